"""Orders, row by row and modifier by modifier: what is proposed, what is shown as considered, and what stands in its place."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.clinical.assessment import Assessment
from service.clinical.vocabulary import VOCABULARY
from service.evidence.reading import Tag
from tests.clinical.patients import CLAUDICANT, STENOTIC, assessed, evidence, findings, order_codes, study, withheld_codes

REVASCULARISATION: dict[str, Any] = {
    **CLAUDICANT,
    "walking_limitation": "lifestyle-limiting",
    "guideline_therapy_inadequate": True,
    "revascularisation_considered": True,
}
SPINE_CANDIDATE: dict[str, Any] = {**STENOTIC, "spine_care_6_weeks_failed": True, "spine_intervention_candidate": True}


def said(result: Assessment, words: str) -> bool:
    return any(words in sentence for sentence in result.advice)


@pytest.mark.parametrize(
    ("extra", "mra_ordered", "mra_withheld"),
    [
        ({"dialysis": True}, True, False),
        ({"pregnant": True, "egfr": 90}, False, True),
        ({"egfr": 12, "mri_contraindicated": True}, False, True),
        ({"egfr": 90}, False, False),
    ],
)
def test_angiography_that_is_contraindicated_is_shown_with_what_replaces_it(
    extra: dict[str, Any], mra_ordered: bool, mra_withheld: bool
) -> None:
    result = assessed(findings(**REVASCULARISATION, **extra), study(right=70, left=130))
    assert ("mra-runoff" in order_codes(result)) is mra_ordered
    assert ("mra-runoff" in withheld_codes(result)) is mra_withheld
    assert "arterial-duplex" in order_codes(result)


def test_gadolinium_and_a_failing_kidney_are_a_conflict_of_sources_and_said_so() -> None:
    result = assessed(findings(**REVASCULARISATION, egfr=20), study(right=70, left=130))
    assert said(result, "the two are at odds")
    assert not said(assessed(findings(**REVASCULARISATION, egfr=60), study(right=70, left=130)), "at odds")


@pytest.mark.parametrize(
    ("extra", "ordered", "withheld"),
    [
        ({}, {"mri-lumbar-without-contrast"}, set()),
        ({"mri_contraindicated": True}, {"ct-myelogram"}, {"mri-lumbar-without-contrast"}),
        (
            {"mri_contraindicated": True, "contrast_allergy": True},
            {"ct-lumbar"},
            {"mri-lumbar-without-contrast", "ct-myelogram"},
        ),
        ({"mri_contraindicated": True, "pregnant": True}, set(), {"mri-lumbar-without-contrast", "ct-myelogram"}),
    ],
)
def test_a_candidate_for_the_spine_is_scanned_the_way_that_is_safe(
    extra: dict[str, Any], ordered: set[str], withheld: set[str]
) -> None:
    result = assessed(findings(**SPINE_CANDIDATE, **extra), study(right=140, left=140), age=72)
    scans = {code for code in order_codes(result) if code.startswith(("mri", "ct"))}
    assert scans == ordered
    assert {code for code in withheld_codes(result) if code.startswith(("mri", "ct"))} == withheld


def test_nobody_walks_on_a_treadmill_who_cannot_and_the_treadmill_is_shown_as_considered() -> None:
    result = assessed(findings(**CLAUDICANT, can_walk_on_treadmill=False), study(right=128, left=130))
    assert "plantarflexion-abi" in order_codes(result)
    assert "exercise-abi" in withheld_codes(result)


def test_options_of_class_2a_are_named_and_not_ordered() -> None:
    result = assessed(findings(**CLAUDICANT), study(right=81, left=130))
    assert said(result, "segmental pressures")
    assert said(result, "aneurysm is reasonable")
    assert not {"segmental-pressures", "exercise-abi", "aaa-ultrasound"} & order_codes(result)


def test_what_is_not_confirmed_says_so_in_the_advice_itself() -> None:
    result = assessed(findings(**CLAUDICANT), study(right=81, left=130))
    (sentence,) = [one for one in result.advice if "aneurysm" in one]
    assert sentence.endswith("(To be confirmed against the primary source.)")
    assert not said(assessed(findings(**CLAUDICANT, abdominal_aortic_aneurysm=True), study(right=81, left=130)), "aneurysm")


@pytest.mark.parametrize("told", [{"foot_wound_right": True}, {"gangrene_left": True}])
def test_no_cuff_goes_over_a_wound(told: dict[str, Any]) -> None:
    assert said(assessed(findings(**told)), "No cuff over a wound")


def test_no_graft_is_followed_by_the_cuff_alone() -> None:
    assert said(assessed(findings(**CLAUDICANT, prior_revascularisation_left=True)), "no graft is followed by ABI alone")


def test_great_toe_gone_where_it_hurts_no_toe_pressure_there() -> None:
    gone = assessed(findings(**CLAUDICANT, diabetes=True, great_toe_amputated_right=True))
    assert "toe-brachial-index" not in order_codes(gone)
    both = assessed(findings(**{**CLAUDICANT, "symptom_side": "both"}, diabetes=True, great_toe_amputated_right=True))
    assert "toe-brachial-index" in order_codes(both)
    stiff = assessed(findings(**CLAUDICANT, great_toe_amputated_right=True), study(stiff_right=True))
    assert "transcutaneous-oxygen" in order_codes(stiff)
    assert "toe-brachial-index" in withheld_codes(stiff)


def test_both_causes_at_once_are_tested_for_and_treated_for() -> None:
    result = assessed(findings(**SPINE_CANDIDATE), study(right=80, left=85), age=72)
    assert order_codes(result) >= {"supervised-exercise-therapy", "physical-therapy", "mri-lumbar-without-contrast"}


def test_no_order_is_active_on_an_unconfirmed_number_and_none_is_a_drug() -> None:
    rules = evidence().recommendations.rules
    assert all(not rule.order for rule in rules if rule.row in ("care", "screening"))
    assert all(rule.withhold or not rule.order or not Tag(rule.basis.tag).to_be_confirmed for rule in rules)


CODES = sorted(VOCABULARY)


@given(st.sets(st.sampled_from(CODES), max_size=8), st.sampled_from([CLAUDICANT, STENOTIC, REVASCULARISATION]))
def test_a_question_answered_with_not_known_is_a_question_not_asked(unknown: set[str], told: dict[str, Any]) -> None:
    answered = findings(**told)
    blank = findings(**{code: value for code, value in told.items() if code.replace("_", "-") not in unknown})
    result = assessed(blank, study(right=81, left=130))
    known = {finding.code for finding in answered} - unknown
    assert {source.removeprefix("QuestionnaireResponse/") for source in result.sources if "Questionnaire" in source} <= known
    assert assessed(blank, study(right=81, left=130)) == result


def reason_of(result: Assessment, code: str) -> str:
    return next(order.reason for order in result.orders if order.code == code)


def test_what_radiates_says_that_she_is_pregnant() -> None:
    expecting = {"leg_pain_on_walking": True, "pregnant": True, "mri_contraindicated": True, "saddle_anaesthesia": True}
    assert "Pregnancy is recorded" in reason_of(assessed(findings(**expecting)), "ct-myelogram")
    assert "Pregnancy is recorded" not in reason_of(assessed(findings(**{**expecting, "pregnant": False})), "ct-myelogram")
    hip = {"leg_pain_on_walking": True, "symptom_site": {"hip"}, "hip_rotation_painful": True, "pregnant": True}
    assert "Pregnancy is recorded" in reason_of(assessed(findings(**hip)), "hip-xray")


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"foot_wound_right": True}, "No cuff where it would lie on the wound."),
        ({"unilateral_leg_swelling": True, "calf_tenderness": True}, "No cuff on the leg with the suspected clot"),
        ({"prior_revascularisation_right": True}, "no cuff over a distal bypass"),
    ],
)
def test_an_order_for_a_cuff_says_where_none_goes(told: dict[str, Any], words: str) -> None:
    assert words in reason_of(assessed(findings(**CLAUDICANT, **told)), "resting-abi")
    assert "No cuff" not in reason_of(assessed(findings(**CLAUDICANT)), "resting-abi")


def test_known_disease_is_helped_before_it_is_measured_again() -> None:
    result = assessed(findings(**CLAUDICANT, known_pad=True, smoking_status="current"))
    assert "smoking-cessation" in order_codes(result)
    assert said(result, "one antiplatelet")
    assert not said(result, "rivaroxaban and cilostazol are avoided")
    assert said(assessed(findings(**CLAUDICANT, known_pad=True, pregnant=True)), "rivaroxaban and cilostazol are avoided")
    assert "smoking-cessation" not in order_codes(assessed(findings(**CLAUDICANT, known_pad=False, smoking_status="current")))


def test_of_legs_that_are_gone_no_index_is_wanted() -> None:
    gone = {"leg_amputated_right": True, "leg_amputated_left": True, "spine_intervention_candidate": True, "diabetes": True}
    result = assessed(findings(**STENOTIC, **gone))
    indices = {"resting-abi", "toe-brachial-index", "exercise-abi"}
    assert not indices & order_codes(result)
    assert not (indices | {"pulse-dorsalis-pedis-right"}) & {datum.code for datum in result.next_data}
    assert result.differential is not None
    assert not [note for note in result.differential.notes if "no usable pressure" in note]
    one = assessed(findings(**STENOTIC, leg_amputated_right=True, spine_intervention_candidate=True))
    assert "resting-abi" in order_codes(one)


def test_what_is_considered_and_not_proposed_is_not_asked_for() -> None:
    lame = assessed(findings(**CLAUDICANT, can_walk_on_treadmill=False), study(right=130, left=130))
    assert "exercise-abi" in withheld_codes(lame)
    assert "exercise-abi" not in {datum.code for datum in lame.next_data}
    assert "exercise-abi" in {datum.code for datum in assessed(findings(**CLAUDICANT), study(right=130, left=130)).next_data}


@pytest.mark.parametrize(
    "pair",
    [
        {"relieved_by_standing_still": True, "provoked_by_standing_alone": True},
        {"relief_within_10_minutes": True, "slow_relief_after_stopping": True},
        {"no_pain_when_seated": True, "relieved_by_sitting": False},
        {"relieved_by_bending_forward": True, "induced_by_bending_forward": True},
        {"rest_pain_over_2_weeks": True, "rest_pain_foot": False},
        {"rest_pain_relieved_by_hanging_down": True, "rest_pain_foot": False},
    ],
)
def test_answers_that_exclude_each_other_are_said_and_used(pair: dict[str, bool]) -> None:
    (issue,) = assessed(findings(leg_pain_on_walking=True, **pair)).issues
    one, other = (code.replace("_", "-") for code in pair)
    assert issue.code == "conflicting-answers"
    assert issue.used
    assert issue.detail.startswith(f"{one} is yes, but {other} is {'yes' if pair[other.replace('-', '_')] else 'no'}: ")
    assert issue.source == f"QuestionnaireResponse/{one}"
    assert not assessed(findings(leg_pain_on_walking=True, **dict(list(pair.items())[:1]))).issues


LIMITED: dict[str, Any] = {
    "walking_limitation": "lifestyle-limiting",
    "guideline_therapy_inadequate": True,
    "revascularisation_considered": True,
}


@pytest.mark.parametrize(
    ("egfr", "proposed", "warned"), [("29.9", False, False), (30, True, True), ("44.9", True, True), (45, True, False)]
)
def test_contrast_carries_its_caution_where_the_kidneys_are_neither_well_nor_failing(
    egfr: Any, proposed: bool, warned: bool
) -> None:
    result = assessed(findings(**CLAUDICANT, **LIMITED, egfr=egfr), study(right=70, left=130))
    assert ("cta-runoff" in order_codes(result)) is proposed
    assert (proposed and "eGFR 30 to 44" in reason_of(result, "cta-runoff")) is warned


@pytest.mark.parametrize("heart", ["coronary_artery_disease", "atrial_fibrillation"])
@pytest.mark.parametrize("known", [True, False])
def test_a_treadmill_asks_about_the_heart_that_is_on_record(heart: str, known: bool) -> None:
    told = {**CLAUDICANT, heart: known}
    assert ("unstable angina" in reason_of(assessed(findings(**told), study(right=140, left=140)), "exercise-abi")) is known
    walked = assessed(findings(**told), study(right=80, left=140))
    assert ("unstable angina" in reason_of(walked, "supervised-exercise-therapy")) is known


@pytest.mark.parametrize(
    "urgent", [{"saddle_anaesthesia": True}, {"spine_care_6_weeks_failed": True, "spine_intervention_candidate": True}]
)
def test_a_myelogram_is_a_puncture_whoever_calls_for_it(urgent: dict[str, Any]) -> None:
    result = assessed(findings(**STENOTIC, **urgent, mri_contraindicated=True), study(right=140, left=140), age=72)
    assert "ask first about anticoagulants" in reason_of(result, "ct-myelogram")


@pytest.mark.parametrize(("post", "named"), [(None, True), (60, False)])
def test_who_has_just_walked_on_the_treadmill_is_offered_no_second_walk(post: int | None, named: bool) -> None:
    measured = study(right=110, left=140, post_right=post, post_left=post and 138, post_arms=post and 130)
    advice = assessed(findings(**CLAUDICANT), measured).advice
    assert any("exercise ABI for the walking capacity" in one for one in advice) is named
    assert any("segmental pressures" in one for one in advice)


@pytest.mark.parametrize(
    ("sites", "turning", "walks"),
    [
        ({"hip", "groin"}, True, False),
        ({"groin"}, True, False),
        ({"groin"}, None, True),
        ({"groin"}, False, True),
        ({"groin", "thigh"}, True, True),
        ({"hip"}, None, False),
    ],
)
def test_a_groin_that_hurts_on_turning_the_hip_is_a_joint_and_needs_no_treadmill(
    sites: set[str], turning: bool | None, walks: bool
) -> None:
    told: dict[str, Any] = {"leg_pain_on_walking": True, "symptom_side": "right", "symptom_site": sites}
    if turning is not None:
        told["hip_rotation_painful"] = turning
    assert ("exercise-abi" in order_codes(assessed(findings(**told), study(right=140, left=140)))) is walks
