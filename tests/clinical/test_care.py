"""Care in words: only where its cause is likely, with its evidence, contested where it is, and never as an order."""

from __future__ import annotations

from typing import Any

import pytest

from service.fhir.terminology.orders import ORDERS
from tests.clinical.patients import CLAUDICANT, STENOTIC, assessed, evidence, findings, study, withheld_codes

PAD_CARE = ("no tobacco", "antiplatelet")
CANAL_CARE = ("bends the back", "NSAIDs", "gabapentin", "epidural steroid injection")


def said(advice: tuple[str, ...], words: str) -> bool:
    return any(words in sentence for sentence in advice)


def test_disease_of_the_arteries_brings_its_care_and_not_that_of_the_canal() -> None:
    advice = assessed(findings(**CLAUDICANT), study(right=81, left=130)).advice
    assert all(said(advice, words) for words in PAD_CARE)
    assert not any(said(advice, words) for words in CANAL_CARE)


def test_a_narrow_canal_brings_its_care_and_not_that_of_the_arteries() -> None:
    advice = assessed(findings(**STENOTIC), study(right=140, left=140), age=72).advice
    assert all(said(advice, words) for words in CANAL_CARE)
    assert not any(said(advice, words) for words in PAD_CARE)


@pytest.mark.parametrize(
    "flag",
    [{"saddle_anaesthesia": True}, {"back_pain": True, "fever": True}, {"major_trauma": True, "back_pain": True}],
    ids=["cauda equina", "infection", "fracture"],
)
def test_no_exercise_for_the_back_is_named_while_exercise_for_the_back_waits(flag: dict[str, Any]) -> None:
    result = assessed(findings(**STENOTIC, **flag), study(right=140, left=140), age=72)
    assert "physical-therapy" in withheld_codes(result)
    assert not any(said(result.advice, words) for words in CANAL_CARE)


def test_who_may_lose_the_limb_is_not_told_to_walk_to_pain_and_is_told_of_medication() -> None:
    advice = assessed(findings(**CLAUDICANT, gangrene_right=True), study(right=81, left=130)).advice
    assert not said(advice, "walking to moderate pain")
    assert said(advice, "antiplatelet")


@pytest.mark.parametrize(
    "flag",
    [
        {"abdominal_or_back_pain_with_collapse": True},
        {"saddle_anaesthesia": True},
        {"cold_leg_right": True},
        {"pain_out_of_proportion": True, "major_trauma": True},
    ],
)
def test_no_antithrombotic_is_named_to_who_goes_to_hospital_now(flag: dict[str, Any]) -> None:
    assert not said(assessed(findings(**CLAUDICANT, **flag), study(right=81, left=130)).advice, "antiplatelet")


def test_without_a_likely_cause_there_is_no_advice_on_treatment() -> None:
    advice = assessed(findings(**CLAUDICANT)).advice
    assert not any(said(advice, words) for words in PAD_CARE + CANAL_CARE)


def test_what_the_2021_guideline_is_against_is_marked_as_contested() -> None:
    advice = assessed(findings(**STENOTIC), age=72).advice
    for words in ("NSAIDs", "gabapentin", "epidural"):
        sentences = [one for one in advice if words in one]
        assert sentences
        assert all(one.startswith("Contested:") for one in sentences)


def test_an_operation_is_named_only_where_the_canal_disables() -> None:
    assert not said(assessed(findings(**STENOTIC), age=72).advice, "Decompression")
    assert said(assessed(findings(**STENOTIC, walking_limitation="lifestyle-limiting"), age=72).advice, "Decompression")


def test_every_sentence_on_care_says_that_it_is_information_and_cites_its_source() -> None:
    care = [rule for rule in evidence().recommendations.rules if rule.row == "care"]
    assert len(care) >= 7
    for rule in care:
        assert "For information" in rule.reason
        assert rule.basis.guideline
        assert not rule.order


def test_there_is_no_order_for_a_drug_or_an_injection() -> None:
    assert not [code for code in ORDERS if any(word in code for word in ("drug", "injection", "steroid", "statin", "gaba"))]


def test_under_eighteen_the_reader_is_told_that_this_is_not_made_for_children() -> None:
    for age, is_said in ((17, True), (18, False), (None, False)):
        assert said(assessed(findings(**CLAUDICANT), age=age).advice, "not made for children") is is_said
