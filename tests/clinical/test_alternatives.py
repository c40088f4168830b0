"""Other explanations by pattern: each is recognised from its story, and none moves the two causes that are weighed."""

from __future__ import annotations

from typing import Any

import pytest

from service.clinical.assessment import AlternativeMatch, Assessment, PatternMatch
from service.clinical.facts import ALTERNATIVES
from service.clinical.measurements import Measurements
from tests.clinical.patients import CLAUDICANT, NO_PRESSURES, NORMAL_FOOT_PULSES, assessed, findings, order_codes, study

MATCHED, PARTLY, NOT_MATCHED = PatternMatch.MATCHED, PatternMatch.PARTLY, PatternMatch.NOT_MATCHED

POST_THROMBOTIC: dict[str, Any] = {
    "symptom_side": "left",
    "symptom_site": {"thigh", "calf"},
    "symptom_character": {"bursting"},
    "prior_dvt": True,
    "unilateral_leg_swelling": True,
    "symptom_duration_weeks": 60,
    "relieved_by_leg_elevation": True,
    "relief_within_10_minutes": False,
}
RUNNER: dict[str, Any] = {
    "symptom_site": {"calf", "shin"},
    "symptom_character": {"bursting"},
    "runner_or_athlete": True,
    "slow_relief_after_stopping": True,
}
HIP: dict[str, Any] = {"symptom_site": {"groin"}, "symptom_character": {"aching"}, "hip_rotation_painful": True}
SCIATICA: dict[str, Any] = {
    "symptom_side": "left",
    "symptom_character": {"sharp-radiating"},
    "straight_leg_raise_left": "positive",
    "back_pain": True,
    "begins_standing_or_sitting": True,
}
NEUROPATHIC: dict[str, Any] = {
    "symptom_side": "both",
    "symptom_site": {"foot"},
    "symptom_character": {"burning"},
    "stocking_numbness": True,
    "diabetes": True,
}
ENTRAPPED: dict[str, Any] = {
    "symptom_side": "right",
    "symptom_site": {"calf"},
    "runner_or_athlete": True,
    "relief_within_10_minutes": True,
    "smoking_status": "never",
}
CYST: dict[str, Any] = {"symptom_site": {"knee"}, "posterior_knee_swelling": True}
FOOT: dict[str, Any] = {"symptom_site": {"foot", "joints"}, "symptom_character": {"aching"}}


def walking(told: dict[str, Any], measured: Measurements = NO_PRESSURES, **options: Any) -> Assessment:
    return assessed(findings(leg_pain_on_walking=True, **told), measured, **options)


def pattern(result: Assessment, code: str) -> AlternativeMatch:
    return next(one for one in result.alternatives if one.code == code)


@pytest.mark.parametrize(
    ("told", "age", "code", "orders"),
    [
        (POST_THROMBOTIC, 45, "venous-claudication", {"venous-duplex"}),
        (RUNNER, 24, "chronic-compartment-syndrome", {"compartment-pressure"}),
        (HIP, 70, "hip-osteoarthritis", {"hip-xray"}),
        (SCIATICA, 45, "nerve-root-compression", set()),
        ({**SCIATICA, "achilles_reflex_left": "absent"}, 45, "nerve-root-compression", {"emg-ncs"}),
        (NEUROPATHIC, 66, "peripheral-neuropathy", {"neuropathy-bloods"}),
        ({**NEUROPATHIC, **SCIATICA, "symptom_side": "both"}, 66, "peripheral-neuropathy", {"neuropathy-bloods", "emg-ncs"}),
        (ENTRAPPED, 24, "popliteal-artery-entrapment", {"arterial-duplex"}),
        (CYST, 60, "popliteal-cyst", {"knee-ultrasound"}),
        ({**CYST, "calf_tenderness": True}, 60, "popliteal-cyst", {"knee-ultrasound", "venous-duplex"}),
        (FOOT, 60, "foot-ankle-arthritis", {"foot-ankle-xray"}),
    ],
)
def test_the_story_is_recognised_and_brings_the_test_that_settles_it(
    told: dict[str, Any], age: int, code: str, orders: set[str]
) -> None:
    result = walking(told, age=age)
    assert pattern(result, code).match is MATCHED
    assert not result.red_flags
    pressures_apart = order_codes(result) - {"resting-abi", "toe-brachial-index", "physical-therapy"}
    assert pressures_apart == orders


@pytest.mark.parametrize(
    ("told", "code", "match"),
    [
        ({**POST_THROMBOTIC, "relieved_by_leg_elevation": False}, "venous-claudication", PARTLY),
        ({"prior_dvt": True, "symptom_character": {"heaviness"}}, "venous-claudication", PARTLY),
        ({"prior_dvt": True}, "venous-claudication", NOT_MATCHED),
        ({**RUNNER, "runner_or_athlete": False}, "chronic-compartment-syndrome", NOT_MATCHED),
        ({**RUNNER, "slow_relief_after_stopping": False}, "chronic-compartment-syndrome", PARTLY),
        (
            {**RUNNER, "slow_relief_after_stopping": False, "relief_within_10_minutes": True},
            "chronic-compartment-syndrome",
            NOT_MATCHED,
        ),
        ({**HIP, "hip_rotation_painful": False}, "hip-osteoarthritis", NOT_MATCHED),
        ({"symptom_site": {"hip"}, "hip_rotation_painful": True}, "hip-osteoarthritis", PARTLY),
        ({**SCIATICA, "no_pain_when_seated": True}, "nerve-root-compression", PARTLY),
        ({**NEUROPATHIC, "stocking_numbness": False}, "peripheral-neuropathy", PARTLY),
        ({"posterior_knee_swelling": True}, "popliteal-cyst", PARTLY),
        ({**FOOT, "rest_pain_foot": True}, "foot-ankle-arthritis", PARTLY),
    ],
)
def test_half_a_pattern_is_half_a_match_and_what_speaks_against_it_counts(
    told: dict[str, Any], code: str, match: PatternMatch
) -> None:
    assert pattern(walking(told, age=60), code).match is match


def test_a_runner_whose_pain_settles_slowly_is_no_clear_case_of_entrapment() -> None:
    fell = study(right=139, left=136, post_right=100, post_left=130, post_arms=170)
    assert pattern(walking({**ENTRAPPED, **RUNNER}, fell, age=24), "popliteal-artery-entrapment").match is PARTLY


def test_what_matched_what_did_not_and_what_nobody_asked_are_told_with_their_sources() -> None:
    one = pattern(walking({**HIP, "relieved_by_sitting": False}, age=70), "hip-osteoarthritis")
    assert one.matched == ("in the hip or groin", "turning the hip hurts", "aching")
    assert one.not_known == ("not gone soon after stopping", "better without weight on it")
    assert one.against == ()
    assert set(one.sources) == {
        "QuestionnaireResponse/symptom-site",
        "QuestionnaireResponse/hip-rotation-painful",
        "QuestionnaireResponse/symptom-character",
    }


def test_best_match_comes_first_and_every_pattern_is_there() -> None:
    result = walking(RUNNER, age=24)
    order = [MATCHED, PARTLY, NOT_MATCHED]
    ranks = [order.index(one.match) for one in result.alternatives]
    assert ranks == sorted(ranks)
    assert {one.code for one in result.alternatives} == set(ALTERNATIVES)


@pytest.mark.parametrize("told", [{"leg_pain_on_walking": False, **RUNNER}, {"posterior_knee_swelling": True}])
def test_without_leg_symptoms_known_there_is_nothing_to_explain(told: dict[str, Any]) -> None:
    assert assessed(findings(**told)).alternatives == ()


@pytest.mark.parametrize(
    "extra", [{"symptom_character": {"bursting"}}, {"posterior_knee_swelling": True}, {"hip_rotation_painful": True}]
)
def test_a_pattern_takes_no_probability(extra: dict[str, Any]) -> None:
    plain, more = assessed(findings(**CLAUDICANT)), assessed(findings(**CLAUDICANT, **extra))
    assert plain.differential is not None
    assert more.differential is not None
    assert plain.differential.explanations == more.differential.explanations


def test_the_plain_question_of_stenosis_brings_no_nerve_conduction() -> None:
    stenosis = {"relieved_by_sitting": True, "provoked_by_standing_alone": True, "symptom_side": "both"}
    assert "emg-ncs" not in order_codes(walking(stenosis, age=75))


def test_a_classic_claudicant_matches_no_other_pattern() -> None:
    result = assessed(findings(**CLAUDICANT, **NORMAL_FOOT_PULSES), study(right=81, left=130))
    assert {one.match for one in result.alternatives} == {NOT_MATCHED}
