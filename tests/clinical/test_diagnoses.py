"""A diagnosis that the record holds raises its flag while it is recent, names its date, and is never an alarm for ever."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from service.clinical.assessment import Assessment, Priority
from service.clinical.data_issues import IssueCode
from service.clinical.findings import Finding, resolve
from service.clinical.record_facts import DIAGNOSED
from tests.clinical.patients import CLAUDICANT, NOW, STENOTIC, assessed, findings, flag_codes, order_codes, study, withheld_codes


def found(code: str, *, days_ago: int | None, lapses: bool = False) -> Finding:
    at = None if days_ago is None else NOW - timedelta(days=days_ago)
    return Finding(code=code, value=True, source="Condition/1", recorded_at=at, lapses=lapses)


def told(*record: Finding, **answers: Any) -> Assessment:
    return assessed(resolve([*findings(**answers), *record])[0], age=60)


def stale(result: Assessment) -> list[str | None]:
    return [issue.source for issue in result.issues if issue.code is IssueCode.STALE]


LIMITS = {
    "acute-limb-ischaemia": (14, Priority.STAT),
    "chronic-limb-threatening-ischaemia": (90, Priority.URGENT),
    "cauda-equina-syndrome": (30, Priority.STAT),
    "spinal-infection": (90, Priority.URGENT),
    "spinal-malignancy": (90, Priority.URGENT),
    "vertebral-fracture": (90, Priority.URGENT),
    "abdominal-aortic-aneurysm": (30, Priority.STAT),
    "deep-vein-thrombosis": (90, Priority.ASAP),
    "acute-compartment-syndrome": (14, Priority.STAT),
}


@pytest.mark.parametrize("code", sorted(DIAGNOSED))
def test_a_diagnosis_raises_its_flag_up_to_its_limit_and_not_a_day_longer(code: str) -> None:
    flag = DIAGNOSED[code].removesuffix("-right").removesuffix("-left")
    limit, priority = LIMITS[flag]
    for days_ago in (0, limit):
        result = told(found(code, days_ago=days_ago), **CLAUDICANT)
        (raised,) = result.red_flags
        date = (NOW - timedelta(days=days_ago)).date().isoformat()
        assert (raised.code, raised.priority, raised.sources) == (flag, priority, ("Condition/1",))
        assert f"already diagnosed in the record ({date})" in raised.text
        assert (str(raised.side) if raised.side else "") == DIAGNOSED[code].removeprefix(flag).removeprefix("-")
        assert not stale(result)
    past = told(found(code, days_ago=limit + 1), **CLAUDICANT)
    assert not past.red_flags
    assert stale(past) == ["Condition/1"]


@pytest.mark.parametrize("code", sorted(DIAGNOSED))
def test_a_diagnosis_without_a_date_is_not_taken_for_an_old_one(code: str) -> None:
    (raised,) = told(found(code, days_ago=None)).red_flags
    assert "already diagnosed in the record (date not recorded)" in raised.text


def test_a_diagnosis_beside_its_signs_is_one_flag_and_the_diagnosis_speaks() -> None:
    result = told(found("diagnosed-cauda-equina-syndrome", days_ago=2), **STENOTIC, saddle_anaesthesia=True)
    (raised,) = result.red_flags
    assert "already diagnosed" in raised.text
    assert order_codes(result) >= {"emergency-department", "mri-lumbar-without-contrast"}


def test_a_known_clot_is_not_looked_for_again_but_keeps_the_treadmill_away() -> None:
    result = told(found("diagnosed-deep-vein-thrombosis", days_ago=5), **CLAUDICANT)
    assert flag_codes(result) == {"deep-vein-thrombosis"}
    assert "venous-duplex" not in order_codes(result)
    assert any("none on a leg with a suspected clot" in sentence for sentence in result.advice)


def test_a_diagnosis_dated_a_few_hours_ahead_is_of_today() -> None:
    # A bare date of another time zone may lie ahead of the moment of the assessment.
    ahead = Finding(code="diagnosed-acute-limb-ischaemia", value=True, source="Condition/1", recorded_at=NOW + timedelta(hours=5))
    assert flag_codes(told(ahead)) == {"acute-limb-ischaemia"}


@pytest.mark.parametrize("code", ["gangrene-left", "foot-wound-left"])
def test_gangrene_of_an_old_diagnosis_is_not_known_any_more(code: str) -> None:
    assert flag_codes(told(found(code, days_ago=90, lapses=True))) == {"chronic-limb-threatening-ischaemia"}
    old = told(found(code, days_ago=91, lapses=True))
    assert not old.red_flags
    assert code in old.red_flags_not_asked
    assert stale(old) == ["Condition/1"]


@pytest.mark.parametrize(("days_ago", "proposed"), [(90, True), (91, False)])
def test_no_contrast_is_given_on_the_kidney_function_of_months_ago(days_ago: int, proposed: bool) -> None:
    measured = Finding(
        code="egfr-ml-min-1.73m2",
        value=Decimal(88),
        source="Observation/egfr",
        recorded_at=NOW - timedelta(days=days_ago),
        lapses=True,
    )
    limited = findings(
        **CLAUDICANT,
        walking_limitation="lifestyle-limiting",
        guideline_therapy_inadequate=True,
        revascularisation_considered=True,
    )
    result = assessed(resolve([*limited, measured])[0], study(right=70, left=130))
    assert ("cta-runoff" in order_codes(result)) is proposed
    assert ("cta-runoff" in withheld_codes(result)) is not proposed
    assert stale(result) == ([] if proposed else ["Observation/egfr"])


def test_gangrene_that_was_seen_does_not_lapse_and_an_undated_one_neither() -> None:
    for finding in (found("gangrene-left", days_ago=400), found("gangrene-left", days_ago=None, lapses=True)):
        assert flag_codes(told(finding)) == {"chronic-limb-threatening-ischaemia"}


def test_no_abi_is_waited_for_while_a_limb_is_lost() -> None:
    result = assessed(findings(**CLAUDICANT, sudden_onset_within_14_days=True, cold_leg_right=True, diabetes=True), age=80)
    assert order_codes(result) >= {"emergency-department", "vascular-surgery-referral"}
    assert not {"resting-abi", "toe-brachial-index"} & order_codes(result)
    assert {"resting-abi", "toe-brachial-index"} <= withheld_codes(result)
    assert all("no pressure may be waited for" in one.reason for one in result.withheld if one.code == "resting-abi")


def test_the_abi_of_a_red_flag_gives_way_as_well() -> None:
    """Rest pain calls for an ABI by itself; with the limb acutely lost it does not."""
    both = {**CLAUDICANT, "rest_pain_foot": True, "rest_pain_over_2_weeks": True}
    assert "resting-abi" in order_codes(assessed(findings(**both)))
    lost = assessed(findings(**both, cold_leg_right=True))
    assert "resting-abi" not in order_codes(lost)
    assert "resting-abi" in withheld_codes(lost)


def test_an_abi_nobody_called_for_is_not_shown_as_held_back() -> None:
    measured = assessed(findings(cold_leg_right=True), study(right=130, left=130))
    assert not {"resting-abi", "toe-brachial-index"} & withheld_codes(measured)


SPINE = {**STENOTIC, "spine_care_6_weeks_failed": True, "spine_intervention_candidate": True}
UNKNOWN, CONDITIONAL = "implanted-device-mri-safety-unknown", "implanted-device-mr-conditional"


def reason(result: Assessment, code: str) -> str:
    return next(order.reason for order in result.orders if order.code == code)


def test_an_implant_of_unknown_safety_neither_blocks_the_mri_nor_is_it_passed_over() -> None:
    result = told(found(UNKNOWN, days_ago=None), **SPINE)
    assert "Device card review before the scan" in reason(result, "mri-lumbar-without-contrast")
    order = next(order for order in result.orders if order.code == "mri-lumbar-without-contrast")
    assert "Condition/1" in order.sources
    assert "ct-myelogram" not in order_codes(result)


def test_the_emergency_mri_carries_the_review_too() -> None:
    result = told(found(UNKNOWN, days_ago=None), saddle_anaesthesia=True)
    assert "Device card review before the scan" in reason(result, "mri-lumbar-without-contrast")
    assert "Device card" not in reason(result, "emergency-department")


def test_who_has_looked_at_the_card_is_believed() -> None:
    cleared = told(found(UNKNOWN, days_ago=None), **SPINE, mri_contraindicated=False)
    assert "Device card review" not in reason(cleared, "mri-lumbar-without-contrast")
    barred = told(found(UNKNOWN, days_ago=None), **SPINE, mri_contraindicated=True)
    assert "mri-lumbar-without-contrast" not in order_codes(barred)
    assert "ct-myelogram" in order_codes(barred)


def test_a_conditional_implant_is_no_contraindication_and_its_conditions_are_named() -> None:
    result = told(found(CONDITIONAL, days_ago=None), **SPINE)
    assert "keeps to the conditions on its card" in reason(result, "mri-lumbar-without-contrast")
    assert "review" not in reason(result, "mri-lumbar-without-contrast")


def test_no_device_in_the_record_says_nothing_of_devices() -> None:
    assert "card" not in reason(told(**SPINE), "mri-lumbar-without-contrast")


def test_an_allergy_to_gadolinium_goes_with_gadolinium_only() -> None:
    allergy = found("gadolinium-allergy", days_ago=None)
    assert "gadolinium agent is recorded" in reason(
        told(allergy, back_pain=True, fever=True), "mri-lumbar-with-and-without-contrast"
    )
    assert "gadolinium" not in reason(told(allergy, **SPINE), "mri-lumbar-without-contrast")
