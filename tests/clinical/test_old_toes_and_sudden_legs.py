"""What clears a limb and what does not: a toe pressure of long ago, a question nobody asked, a sign under another name."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from service.clinical.assessment import Assessment, Priority
from service.clinical.findings import Finding, Findings, resolve
from service.clinical.measurements import Measurements, Side
from tests.clinical.patients import CLAUDICANT, NOW, assessed, findings, flag_codes, order_codes, study, withheld_codes

THREAT = "chronic-limb-threatening-ischaemia"
ACUTE = "acute-limb-ischaemia"


def dated(days: int | None, **told: Any) -> list[Finding]:
    """Findings of so many days ago; None: nobody wrote down when."""
    return [replace(one, recorded_at=None if days is None else NOW - timedelta(days=days)) for one in findings(**told)]


def today(**told: Any) -> Findings:
    return resolve(dated(0, **told))[0]


def good_toes(*, days: int | None) -> Measurements:
    """Toe 110 mmHg and TBI 0.85 on the right, so many days ago; None: nobody wrote down when."""
    at = None if days is None else NOW - timedelta(days=days)
    measured = study(right=140, left=140, toe_right=110, toe_left=108)
    return Measurements(pressures=tuple(replace(one, taken_at=at) for one in measured.pressures))


@pytest.mark.parametrize(("days", "cleared"), [(0, True), (90, True), (91, False), (416, False), (None, False)])
def test_good_toes_clear_a_wound_for_ninety_days(days: int | None, cleared: bool) -> None:
    result = assessed(today(foot_wound_right=True, diabetes=True), good_toes(days=days))
    assert (THREAT in flag_codes(result)) is not cleared
    assert any("good perfusion" in one for one in result.advice) is cleared
    assert ("toe-brachial-index" in order_codes(result)) is not cleared


@pytest.mark.parametrize(
    ("wound", "toes", "cleared"), [(400, 490, True), (400, 491, False), (400, 400, True), (400, 100, True), (None, 91, False)]
)
def test_what_good_toes_clear_is_the_wound_of_their_days(wound: int | None, toes: int, cleared: bool) -> None:
    told, _ = resolve(dated(wound, foot_wound_right=True))
    assert (THREAT in flag_codes(assessed(told, good_toes(days=toes)))) is not cleared


def test_the_newest_threat_counts_and_a_wound_of_the_other_foot_does_not() -> None:
    old = dated(400, foot_wound_right=True)
    again, _ = resolve([*old, *dated(0, rest_pain_foot=True, symptom_side="right")])
    assert THREAT in flag_codes(assessed(again, good_toes(days=400)))
    elsewhere, _ = resolve([*old, *dated(0, foot_wound_left=True)])
    assert [flag.side for flag in assessed(elsewhere, good_toes(days=400)).red_flags] == [Side.LEFT]


@pytest.mark.parametrize("side", ["right", "left"])
def test_the_toes_of_one_foot_are_enough_for_its_wound(side: str) -> None:
    measured = Measurements(pressures=study(right=140, left=140, **{f"toe_{side}": 110}).pressures)
    assert THREAT not in flag_codes(assessed(today(**{f"foot_wound_{side}": True}), measured))


@pytest.mark.parametrize(("days", "cleared"), [(90, True), (91, False)])
def test_good_toes_clear_old_rest_pain_for_ninety_days(days: int, cleared: bool) -> None:
    told = today(rest_pain_foot=True, rest_pain_over_2_weeks=True, symptom_side="right")
    result = assessed(told, good_toes(days=days))
    assert (THREAT in flag_codes(result)) is not cleared


@pytest.mark.parametrize(("sudden", "flag"), [(None, ACUTE), (False, THREAT)])
@pytest.mark.parametrize(("days", "cleared"), [(14, True), (15, False)])
def test_rest_pain_of_two_weeks_is_not_cleared_by_toes_measured_before_it(
    sudden: bool | None, flag: str, days: int, cleared: bool
) -> None:
    told: dict[str, Any] = {"rest_pain_foot": True, "rest_pain_over_2_weeks": False, "symptom_side": "right"}
    if sudden is not None:
        told["sudden_onset_within_14_days"] = sudden
    assert flag_codes(assessed(today(**told), good_toes(days=days))) == (set() if cleared else {flag})


def acute(result: Assessment) -> list[tuple[Side | None, Priority]]:
    return [(flag.side, flag.priority) for flag in result.red_flags if flag.code == ACUTE]


@pytest.mark.parametrize(
    ("told", "side"),
    [
        ({}, None),
        ({"symptom_side": "left"}, Side.LEFT),
        ({"symptom_side": "left", "makes_stop_or_slow_down": True}, Side.LEFT),
        ({"provoked_ordinary_pace_level": True}, None),
        ({"leg_pain_on_walking": False, "skin_cool_left": True}, Side.LEFT),
        ({"leg_pain_on_walking": False, "pulse_femoral_left": "absent"}, Side.LEFT),
        ({"leg_pain_on_walking": False, "symptom_side": "left", "symptom_character": {"numbness"}}, Side.LEFT),
        ({"leg_pain_on_walking": False, "symptom_character": {"weakness"}}, None),
    ],
)
def test_a_sudden_onset_is_cleared_by_nothing_that_was_not_asked(told: dict[str, Any], side: Side | None) -> None:
    result = assessed(findings(sudden_onset_within_14_days=True, **told))
    assert acute(result) == [(side, Priority.STAT)]


@pytest.mark.parametrize(
    "sign",
    [
        {"cold_leg_left": True},
        {"pale_leg_left": True},
        {"skin_cool_left": True},
        {"leg_sensory_loss_left": "toes"},
        {"leg_motor_loss_left": "paralysis"},
        {"arterial_doppler_left": "inaudible"},
        {"pulse_femoral_left": "absent"},
        {"pulse_dorsalis_pedis_left": "absent", "pulse_posterior_tibial_left": "absent"},
    ],
)
def test_a_sign_names_the_leg_and_the_flag_is_raised_once(sign: dict[str, Any]) -> None:
    told = findings(sudden_onset_within_14_days=True, leg_pain_on_walking=True, **sign)
    assert acute(assessed(told)) == [(Side.LEFT, Priority.STAT)]


def test_a_sudden_onset_of_what_does_not_hurt_and_shows_no_sign_is_no_limb() -> None:
    told = findings(
        sudden_onset_within_14_days=True, leg_pain_on_walking=False, symptom_side="left", symptom_character={"aching"}
    )
    assert acute(assessed(told)) == []


NO_FOOT_PULSE: dict[str, Any] = {"pulse_dorsalis_pedis_right": "absent", "pulse_posterior_tibial_right": "absent"}


@pytest.mark.parametrize("sign", [NO_FOOT_PULSE, {"pulse_femoral_right": "absent"}, {"skin_cool_right": True}, {"leg_sensory_loss_right": "toes"}])  # fmt: skip
@pytest.mark.parametrize(("weeks", "raised"), [(2, True), (3, False)])
def test_two_weeks_and_a_sign_are_acute_where_nobody_asked_how_it_began(sign: dict[str, Any], weeks: int, raised: bool) -> None:
    result = assessed(findings(**CLAUDICANT, **sign, symptom_duration_weeks=weeks))
    assert acute(result) == ([(Side.RIGHT, Priority.STAT)] if raised else [])


@pytest.mark.parametrize(
    "told",
    [
        {"symptom_duration_weeks": 1},
        {"symptom_duration_weeks": 1, "pulse_dorsalis_pedis_right": "absent"},
        {"symptom_duration_weeks": 1, "pulse_popliteal_right": "absent"},
        {"symptom_duration_weeks": 1, "pulse_femoral_left": "absent"},
        {"symptom_duration_weeks": 1, "sudden_onset_within_14_days": False, **NO_FOOT_PULSE},
    ],
)
def test_a_recent_pain_alone_or_a_pulse_missed_elsewhere_is_no_acute_limb(told: dict[str, Any]) -> None:
    assert acute(assessed(findings(**CLAUDICANT, **told))) == []


@pytest.mark.parametrize(
    "told",
    [
        {"major_trauma": True, "osteoporosis_or_steroids": True},
        {"back_pain": True, "fever": True},
        {"cancer_history": True, "back_pain": True},
    ],
)
def test_no_treadmill_while_a_spine_may_be_broken_infected_or_eaten_away(told: dict[str, Any]) -> None:
    result = assessed(findings(**CLAUDICANT, **told), study(right=140, left=140))
    assert "exercise-abi" not in order_codes(result)
    assert "exercise-abi" in withheld_codes(result)


def with_old(code: str, value: bool, *, days: int | None, **found: Any) -> Findings:
    """What was found today beside one answer of so many days ago."""
    at = None if days is None else NOW - timedelta(days=days)
    return resolve([*dated(0, **found), Finding(code=code, value=value, source="QuestionnaireResponse/old", recorded_at=at)])[0]


@pytest.mark.parametrize(("days", "clears"), [(14, True), (15, False), (400, False), (None, True)])
def test_a_no_of_last_year_does_not_clear_the_cold_leg_of_today(days: int | None, clears: bool) -> None:
    result = assessed(with_old("sudden-onset-within-14-days", False, days=days, cold_leg_right=True))
    assert acute(result) == ([] if clears else [(Side.RIGHT, Priority.STAT)])
    assert ("sudden-onset-within-14-days" in result.red_flags_not_asked) is not clears


@pytest.mark.parametrize(("sign", "clears"), [(400, True), (386, True), (385, False), (None, False)])
def test_a_no_says_how_the_leg_began_that_was_cold_then(sign: int | None, clears: bool) -> None:
    told, _ = resolve([*dated(400, sudden_onset_within_14_days=False), *dated(sign, cold_leg_right=True, rest_pain_foot=False)])
    assert acute(assessed(told)) == ([] if clears else [(Side.RIGHT, Priority.STAT)])


@pytest.mark.parametrize(
    "newer",
    [
        {"rest_pain_foot": True, "rest_pain_over_2_weeks": False},
        {"pulse_femoral_right": "absent"},
        {"leg_motor_loss_left": "paralysis"},
    ],
)
def test_a_newer_sign_ends_an_old_no(newer: dict[str, Any]) -> None:
    told, _ = resolve([*dated(30, sudden_onset_within_14_days=False, cold_leg_right=True), *dated(10, **newer)])
    assert (Side.RIGHT, Priority.STAT) in acute(assessed(told))


@pytest.mark.parametrize(("weeks", "raised"), [(2, True), (3, False)])
def test_an_old_no_was_not_about_symptoms_that_began_since(weeks: int, raised: bool) -> None:
    then = dated(60, sudden_onset_within_14_days=False, **NO_FOOT_PULSE)
    told, _ = resolve([*then, *dated(0, **CLAUDICANT, symptom_duration_weeks=weeks)])
    assert acute(assessed(told)) == ([(Side.RIGHT, Priority.STAT)] if raised else [])


@pytest.mark.parametrize("kept", [{"pulse_femoral_right": "present"}, {"smoking_status": "current"}, {"rest_pain_foot": False}])
def test_what_warns_of_nothing_does_not(kept: dict[str, Any]) -> None:
    told, _ = resolve([*dated(30, sudden_onset_within_14_days=False, cold_leg_right=True), *dated(10, **kept)])
    assert acute(assessed(told)) == []


def test_a_pressure_is_no_sign_while_there_is_a_signal() -> None:
    told, _ = resolve(dated(30, sudden_onset_within_14_days=False, cold_leg_right=True))
    assert acute(assessed(told, study(right=140, left=140))) == []


@pytest.mark.parametrize(("studied", "clears"), [(30, True), (10, False)])
def test_an_artery_without_a_signal_is_a_sign_of_its_day(studied: int, clears: bool) -> None:
    silent = study(right=0, left=140)
    on_the_day = Measurements(pressures=tuple(replace(one, taken_at=NOW - timedelta(days=studied)) for one in silent.pressures))
    told, _ = resolve(dated(30, sudden_onset_within_14_days=False))
    assert acute(assessed(told, on_the_day)) == ([] if clears else [(Side.RIGHT, Priority.STAT)])


@pytest.mark.parametrize(("days", "raises"), [(14, True), (15, False)])
def test_a_yes_of_more_than_two_weeks_ago_is_not_sudden_now(days: int, raises: bool) -> None:
    result = assessed(with_old("sudden-onset-within-14-days", True, days=days, **CLAUDICANT))
    assert bool(acute(result)) is raises
    told = [one.detail for one in result.issues if one.source == "QuestionnaireResponse/old"]
    assert told == ([] if raises else [one for one in told if "more than 14 days ago" in one])
    assert bool(told) is not raises


@pytest.mark.parametrize(("days", "flag"), [(14, ACUTE), (15, THREAT)])
def test_rest_pain_that_was_recent_then_is_old_now(days: int, flag: str) -> None:
    told = with_old("rest-pain-over-2-weeks", False, days=days, rest_pain_foot=True, symptom_side="right")
    assert flag_codes(assessed(told)) == {flag}


def test_rest_pain_that_was_recent_is_judged_today_however_old_the_pain() -> None:
    told, _ = resolve(dated(30, rest_pain_foot=True, rest_pain_over_2_weeks=False, symptom_side="right"))
    assert flag_codes(assessed(told)) == {THREAT}


def test_rest_pain_that_was_old_then_does_not_get_younger() -> None:
    told = with_old("rest-pain-over-2-weeks", True, days=200, rest_pain_foot=True, symptom_side="right")
    assert assessed(told).facts["rest-pain-over-2-weeks"] is True


LIMITED: dict[str, Any] = {
    "walking_limitation": "lifestyle-limiting",
    "guideline_therapy_inadequate": True,
    "revascularisation_considered": True,
    "egfr": 80,
}


@pytest.mark.parametrize(
    "emergency",
    [
        {"cold_leg_right": True},
        {"saddle_anaesthesia": True},
        {"pulsatile_abdominal_mass": True, "back_pain": True},
        {"pain_out_of_proportion": True, "major_trauma": True},
    ],
)
@pytest.mark.parametrize("kidneys", [80, 20])
def test_no_angiography_is_planned_while_an_emergency_stands(emergency: dict[str, Any], kidneys: int) -> None:
    told = {**CLAUDICANT, **LIMITED, "egfr": kidneys}
    at_leisure = assessed(findings(**told), study(right=70, left=130))
    assert "arterial-duplex" in order_codes(at_leisure)
    now = assessed(findings(**told, **emergency), study(right=70, left=130))
    assert not {"cta-runoff", "mra-runoff", "arterial-duplex"} & order_codes(now)
    assert "cta-runoff" in withheld_codes(now)
