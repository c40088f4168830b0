"""Every invented record through every hook and every kind of client: what is answered may leave, and agrees with what the other doors say."""

from __future__ import annotations

import functools
from datetime import datetime
from typing import Any

import pytest

from service.cds_hooks.card_check import violations
from service.cds_hooks.cards import cards_of
from service.cds_hooks.drafts import Written
from service.cds_hooks.hooks import Hook
from service.cds_hooks.judgement import Judgement
from service.cds_hooks.rules import judge
from service.clinical.assessment import Assessment
from service.evidence.hook_rules import RECORD_KEYS
from service.fhir.terminology.orders import ORDERS
from service.fhir.terminology.recognised_orders import RECOGNISED
from tests.cases.test_cases import STORIES, assess, expected_of
from tests.cds_hooks.hook_stories import CLIENTS, call, draft, problem
from tests.clinical.patients import evidence

WRITTEN = [draft(code, id=code) for code in (*ORDERS, *RECOGNISED)]
ADDED = [problem("claudication"), problem("lumbar-stenosis", "other")]
ANGIOGRAPHY = {"cta-runoff", "mra-runoff"}


@functools.cache
def assessment_of(story: str) -> Assessment:
    return assess(story).assessment


def judgement_of(story: str, hook: Hook, *written: Written) -> Judgement:
    return judge(
        hook, assessment_of(story), written, RECORD_KEYS, evidence(), as_of=datetime.fromisoformat(expected_of(story)["asOf"])
    )


def written_in(hook: Hook) -> list[list[Written]]:
    """Each order alone, so that what is offered in its place is seen; for other hooks what there may be."""
    if hook in (Hook.ORDER_SELECT, Hook.ORDER_SIGN):
        return [[one] for one in WRITTEN]
    return [ADDED] if hook is Hook.PROBLEM_LIST_ITEM_CREATE else [[]]


@pytest.mark.parametrize("story", STORIES)
@pytest.mark.requirement("3", "74", "83", "85", "88", "93", "95", "122", "127", "128", "136", "147")
def test_cards_of_every_record_may_leave_and_offer_only_what_the_assessment_or_the_rule_proposes(story: str) -> None:
    assessment = assessment_of(story)
    proposed = {order.code for order in assessment.orders}
    withheld = {order.code for order in assessment.withheld}
    named = {rule.id: {offer.order for offer in rule.offers if offer.named} for rule in evidence().hook_rules}
    for hook in (Hook.PATIENT_VIEW, Hook.ORDER_SIGN, Hook.PROBLEM_LIST_ITEM_CREATE):
        for written in written_in(hook):
            judgement = judgement_of(story, hook, *written)
            for fired in judgement.fired:
                offered = {one.order for one in fired.suggestions if one.order}
                assert offered <= proposed | named.get(fired.rule, set()), (fired.rule, offered)
                assert not offered & withheld
                # An angiography is offered only where the assessment itself has a revascularisation or a red flag in view.
                for code in offered & ANGIOGRAPHY:
                    (order,) = [one for one in assessment.orders if one.code == code]
                    assert order.red_flag or order.basis.rule.startswith("row-3")
            flags = [fired.red_flag for fired in judgement.fired]
            assert flags == sorted(flags, reverse=True)
            assert {flag.code for flag in assessment.red_flags} == {
                one.rule.removeprefix("red-flag-") for one in judgement.fired if one.rule.startswith("red-flag-")
            }
            for client in CLIENTS:
                answer = cards_of(
                    judgement.fired, call(hook), client, assessment, (), evidence(), written=written, as_of=judged_at(story)
                )
                assert violations(answer, client) == ()


def judged_at(story: str) -> datetime:
    return datetime.fromisoformat(expected_of(story)["asOf"])


# What each of these records says of itself when it is opened.
OPENED: dict[str, list[str]] = {
    "low-index-found-by-screening": ["artery-disease-not-followed-up"],
    "stiff-arteries-no-toe-pressure": ["toe-pressure-missing"],
    "no-symptoms-no-risk": [],
    "numb-saddle-and-no-pain": ["red-flag-cauda-equina-syndrome"],
}


@pytest.mark.parametrize(("story", "rules"), OPENED.items(), ids=list(OPENED))
def test_what_is_said_when_the_record_is_opened(story: str, rules: list[str]) -> None:
    assert [fired.rule for fired in judgement_of(story, Hook.PATIENT_VIEW).fired] == rules


def outcomes(story: str, code: str) -> dict[str, str]:
    return {one.rule: one.outcome for one in judgement_of(story, Hook.ORDER_SIGN, draft(code)).trace}


def test_an_implant_and_an_allergy_that_only_the_record_states_speak_when_a_scan_is_ordered() -> None:
    assert outcomes("candidate-with-a-pacemaker", "mri-lumbar-without-contrast")["mri-contraindicated"] == "fired"
    unclear = [story for story in STORIES if assessment_of(story).facts.get("implanted-device-mri-safety-unknown") is True]
    for story in unclear:
        asked = assessment_of(story).facts.get("mri-contraindicated")
        expected = "fired" if asked is None else "not-met"
        assert outcomes(story, "mra-runoff")["mri-device-not-reviewed"] == expected
    assert unclear


def test_who_wants_an_angiogram_is_offered_the_walking_first() -> None:
    (card,) = [
        one
        for one in judgement_of("wants-an-angiogram", Hook.ORDER_SIGN, draft("cta-runoff")).fired
        if "revascularisation" in one.rule
    ]
    assert [(one.order, one.instead_of) for one in card.suggestions] == [
        ("supervised-exercise-therapy", "ServiceRequest/draft-1")
    ]


def test_who_has_everything_an_angiogram_is_for_is_not_questioned() -> None:
    found: dict[str, Any] = outcomes("limited-in-spite-of-exercise", "cta-runoff")
    assert {rule for rule, outcome in found.items() if outcome == "fired"} == set()
