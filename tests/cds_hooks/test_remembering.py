"""What a call leaves in the record: enough to answer it the same way again, and nothing about a patient."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from service.cds_hooks.choosing import Chosen, HeldBack, Reason
from service.cds_hooks.clients import PROFILES, Dialect
from service.cds_hooks.judgement import Fired, RuleTrace
from service.cds_hooks.prefetch import KeyReport, KeyState
from service.cds_hooks.remembering import call_record, card_key, chosen_cards, request_digest
from service.cds_hooks.request import HookRequest, read_request
from service.store.hook_values import CallRecord, EarlierCall, Recalled
from tests.cds_hooks.calls import PATIENT_ID, authorization, call
from tests.cds_hooks.judgements import client, fired, judgement

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
SERVER = {"fhirServer": "https://ehr.example/fhir"}


def asked(**changed: Any) -> HookRequest:
    return read_request(call(**changed), PROFILES[Dialect.GENERIC], now=NOW)


def test_the_digest_is_of_what_is_asked_and_not_of_the_token() -> None:
    digest = request_digest(asked(**SERVER))
    assert digest == request_digest(asked(**SERVER, fhirAuthorization=authorization(access_token="another")))
    others = [
        asked(),
        asked(**SERVER, prefetch={}),
        asked(**SERVER, context={"userId": "Practitioner/x", "patientId": PATIENT_ID}),
    ]
    assert len({digest, *map(request_digest, others)}) == 4


def test_a_card_is_told_by_call_rule_and_order() -> None:
    one = fired("a", about="ServiceRequest/1")
    assert card_key("i", one) == card_key("i", fired("a", about="ServiceRequest/1"))
    others = [card_key("j", one), card_key("i", fired("b", about="ServiceRequest/1")), card_key("i", fired("a"))]
    assert len({card_key("i", one), *others}) == 4


def test_a_repetition_gets_the_cards_it_had_and_the_first_call_what_is_left() -> None:
    rules = judgement(fired("a"), fired("b"), fired("c"))
    first = chosen_cards(rules, client(), Recalled(suppressed=frozenset({"a"}), shown_today=5), "i")
    assert [one.rule for one in first.shown] == ["b"]
    earlier = EarlierCall(received_at=NOW, shown=frozenset({card_key("i", fired("c"))}))
    assert [one.rule for one in chosen_cards(rules, client(), Recalled(earlier=earlier), "i").shown] == ["c"]


def record(chosen: Chosen, cards: list[dict[str, Any]], *all_fired: Fired) -> CallRecord:
    keys = (KeyReport(key="patient", mandatory=True, state=KeyState.GIVEN, resources=1, newest="2025-12-24"),)
    trace = (RuleTrace(rule="z", outcome="not-known", lacking=("age",)),)
    return call_record(
        asked(),
        client(),
        digest="d",
        patient="p",
        received_at=NOW,
        keys=keys,
        judgement=replace(judgement(*all_fired), trace=trace),
        chosen=chosen,
        cards=cards,
        assessment_digest="a",
        evidence_version="e",
        steps={"gather": 1.26},
    )


def test_shown_and_held_back_are_recorded_without_the_order_they_are_about() -> None:
    a, b = fired("a", about="ServiceRequest/of-somebody"), fired("b")
    chosen = Chosen(shown=(a,), held_back=(HeldBack(fired=b, reason=Reason.MAX_CARDS),))
    sent = {"uuid": "u", "indicator": "warning", "summary": "of somebody", "suggestions": [{"uuid": "s"}, {"label": "old"}]}
    kept = record(chosen, [sent], a, b)
    shown, held = kept.cards
    assert (shown.uuid, shown.rule, shown.about, shown.indicator, shown.shown, shown.suggestions) == (
        "u",
        "a",
        "ServiceRequest",
        "warning",
        True,
        ("s",),
    )
    assert (held.uuid, held.about, held.indicator, held.shown, held.reason) == ("", "", "info", False, "more-than-max-cards")
    assert kept.steps == {"gather": 1.3}
    assert kept.rules[0].lacking == ("age",)
    for said in ("somebody", "2025-12-24", PATIENT_ID):
        assert said not in repr(kept)


def test_a_card_that_was_chosen_and_not_said_is_a_fault() -> None:
    with pytest.raises(ValueError, match="shorter"):
        record(Chosen(shown=(fired("a"),), held_back=()), [], fired("a"))
