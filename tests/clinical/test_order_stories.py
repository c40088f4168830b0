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
