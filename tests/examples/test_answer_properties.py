"""What must hold for every answer, tried on the examples through the whole pipeline: entries in any order, answers left open, and what leads."""

from __future__ import annotations

import copy
import json
import random
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.clinical.vocabulary import VOCABULARY
from service.evidence.loader import load_evidence
from service.pipeline import Answer, assess_bundle
from tests.properties import examples

EXAMPLES = Path(__file__).parents[2] / "examples"
BUNDLES: dict[str, dict[str, Any]] = {
    folder.name: json.loads((folder / "bundle.json").read_bytes()) for folder in sorted(EXAMPLES.iterdir()) if folder.is_dir()
}
AS_OF = datetime(2026, 3, 2, 9, tzinfo=UTC)
EVIDENCE = load_evidence()


def answered(bundle: dict[str, Any]) -> Answer:
    return assess_bundle(copy.deepcopy(bundle), EVIDENCE, as_of=AS_OF)


def reasoning(answer: Answer) -> tuple[Any, ...]:
    one = answer.assessment
    return one.differential, one.red_flags, one.orders, one.withheld, one.next_data, one.instruments, one.alternatives


@examples(30)
@given(name=st.sampled_from(sorted(BUNDLES)), order=st.randoms(use_true_random=False))
def test_the_order_of_entries_changes_no_part_of_the_reasoning(name: str, order: random.Random) -> None:
    bundle = copy.deepcopy(BUNDLES[name])
    order.shuffle(bundle["entry"])

    one, other = answered(BUNDLES[name]), answered(bundle)
    assert [flag.code for flag in one.assessment.red_flags] == [flag.code for flag in other.assessment.red_flags]
    assert [(order.code, order.side, order.priority) for order in one.assessment.orders] == [
        (order.code, order.side, order.priority) for order in other.assessment.orders
    ]
    assert [datum.code for datum in one.assessment.next_data] == [datum.code for datum in other.assessment.next_data]
    assert _weighed(one) == _weighed(other)


def _weighed(answer: Answer) -> Any:
    """Both causes, step by step, without the resources a step rests on: those are named in the order they were read."""
    found = answer.assessment.differential
    if found is None:
        return None
    return [
        (cause.posttest, [(step.entry, step.counted, step.why) for step in cause.contributions])
        for cause in (found.vascular, found.neurogenic)
    ]


UNANSWERED = sorted(VOCABULARY)
"""Every question there is, left open where the form does not answer it."""


@pytest.mark.parametrize("name", sorted(BUNDLES))
def test_a_question_without_an_answer_changes_nothing(name: str) -> None:
    bundle = copy.deepcopy(BUNDLES[name])
    forms = [entry["resource"] for entry in bundle["entry"] if entry["resource"]["resourceType"] == "QuestionnaireResponse"]
    for form in forms:
        asked = set(re.findall(r'"linkId": "([^"]+)"', json.dumps(form)))
        form.setdefault("item", []).extend({"linkId": code} for code in UNANSWERED if code not in asked)
    assert reasoning(answered(bundle)) == reasoning(answered(BUNDLES[name]))


@pytest.mark.parametrize("name", sorted(BUNDLES))
def test_a_red_flag_leads_the_answer(name: str) -> None:
    answer = answered(BUNDLES[name])
    risks = [entry["resource"] for entry in answer.bundle["entry"] if entry["resource"]["resourceType"] == "RiskAssessment"]
    kinds = [risk["code"]["coding"][0]["code"] for risk in risks]
    if not answer.assessment.red_flags:
        assert "red-flags" not in kinds
        return
    assert kinds[0] == "red-flags"
    orders = [entry["resource"] for entry in answer.bundle["entry"] if entry["resource"]["resourceType"] == "ServiceRequest"]
    assert orders[0]["priority"] == answer.assessment.red_flags[0].priority


@pytest.mark.parametrize("name", sorted(BUNDLES))
def test_an_answer_made_when_it_is_asked_for_is_the_same_and_is_made_once(name: str) -> None:
    later = assess_bundle(copy.deepcopy(BUNDLES[name]), EVIDENCE, as_of=AS_OF, at_once=False)
    assert "bundle" not in vars(later)
    assert later.bundle == answered(BUNDLES[name]).bundle
    assert later.bundle is later.bundle
