"""Why a call was answered so, in a few sentences."""

from __future__ import annotations

from typing import Any

import pytest

from service.cds_hooks.explaining import explanation, why
from service.store.hook_values import KeyRecord, RecordedCall, RecordedFeedback, RuleRecord
from tests.store.hook_calls import NOW, call, card


def recorded(*cards: Any, evaluation: int = 1, **given: Any) -> RecordedCall:
    return RecordedCall(call=call(*cards, **{"rules": ()} | given), evaluation=evaluation, feedback=())


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (recorded(card("a")), "1 card shown: a."),
        (
            recorded(card("a"), card("b", shown=False, reason="more-than-max-cards")),
            "1 card shown: a. b was held back: more urgent cards had taken the places.",
        ),
        (
            recorded(card("a", shown=False, reason="suppressed-after-override")),
            "No card: 1 rule fired, and nothing was shown. a was held back: somebody overrode it for this patient not long ago.",
        ),
        (
            recorded(
                rules=(RuleRecord(rule="a", outcome="not-met"), RuleRecord(rule="b", outcome="not-known", lacking=("age", "sex")))
            ),
            "No card: none of the 2 rules of patient-view applied. 1 rule could not be decided, not known: age, sex.",
        ),
        (
            recorded(rules=(RuleRecord(rule="a", outcome="not-judged", lacking=("procedures",)),)),
            "No card: none of the 1 rule of patient-view applied. 1 rule not judged for want of the prefetch keys: procedures.",
        ),
        (
            recorded(rules=(RuleRecord(rule="a", outcome="not-known"),)),
            "No card: none of the 1 rule of patient-view applied. 1 rule could not be decided, not known: nothing named.",
        ),
        (
            recorded(status=412, keys=(KeyRecord(key="patient", mandatory=True, state="missing", fetch="not-possible"),)),
            "No card: data that is needed was not sent and could not be fetched (patient).",
        ),
        (recorded(status=412, keys=()), "No card: data that is needed was not sent and could not be fetched."),
        (recorded(status=422), "No card: the call was answered with status 422."),
        (
            recorded(card("a"), evaluation=2),
            "1 card shown: a. The hookInstance had come before with another body; this is evaluation 2.",
        ),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else "",
)
def test_the_reason_in_words(one: RecordedCall, said: str) -> None:
    assert why(one) == said


def test_nothing_that_has_no_value_stands_in_an_explanation() -> None:
    feedback = RecordedFeedback(
        card_uuid="uuid-a", outcome="overridden", outcome_at=NOW, reason_system="", reason_code="x", commented=True, accepted=()
    )
    one = RecordedCall(
        call=call(
            card("a", about="ServiceRequest"),
            card("b", uuid="", shown=False, reason="shadow"),
            assessment_digest="",
            keys=(KeyRecord(key="patient", mandatory=True, state="partial", fetch="too-late", why="the server was slow"),),
        ),
        evaluation=1,
        feedback=(feedback,),
    )
    found = explanation([one])
    assert "assessment" not in found
    assert found["prefetch"][0]["why"] == "the server was slow"
    a, b = found["cards"]
    assert a["feedback"] == [
        {"outcome": "overridden", "outcomeTimestamp": NOW.isoformat(), "commented": True, "reason": {"code": "x"}}
    ]
    assert a["about"] == "ServiceRequest"
    assert b == {"rule": "b", "indicator": "info", "redFlag": False, "shown": False, "reason": "shadow"}
