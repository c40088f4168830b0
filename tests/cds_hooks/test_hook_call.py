"""One call from data to cards, with rules, choice and cards put in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest

from service.cds_hooks.clients import PROFILES, Client, Dialect
from service.cds_hooks.judgement import Fired, Judgement, RuleTrace
from service.cds_hooks.prefetch import KeyReport
from service.cds_hooks.request import HookRequest, read_request
from service.clinical.assessment import Assessment, Priority, Setting
from service.evidence.basis import Basis
from service.evidence.loader import Evidence, load_evidence
from service.fhir.mapping import DeploymentCodes
from service.fhir.record_queries import RECORD_QUERIES
from service.hook_call import FETCH_SHARE, HookAnswer, answer_call
from service.pipeline import Answer, assess_bundle
from tests.cds_hooks.calls import SERVER, Json, authorization, call, without

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
CLIENT = Client(id="hospital", profile=PROFILES[Dialect.GENERIC], fhir_servers=(SERVER,), setting=Setting.VASCULAR_CLINIC)


@pytest.fixture(scope="module")
def evidence() -> Evidence:
    return load_evidence()


def answered(evidence: Evidence, body: Json, **parts: Any) -> HookAnswer:
    ticks = count(100)
    return answer_call(
        read_request(body, CLIENT.profile, now=NOW),
        CLIENT,
        evidence=evidence,
        codes=DeploymentCodes(),
        queries=RECORD_QUERIES,
        read=parts.pop("read", None),
        now=NOW,
        deadline_ms=450,
        timer=lambda: float(next(ticks)),
        **parts,
    )


def test_the_assessment_is_the_one_that_the_same_data_gives_through_every_door(evidence: Evidence) -> None:
    result = answered(evidence, call())
    assert result.answer == assess_bundle(result.gathered.bundle, evidence, as_of=NOW, setting=Setting.VASCULAR_CLINIC)
    assert result.body == {"cards": []}
    assert result.spent_ms == dict.fromkeys(["gather", "assess", "judge", "say"], 1000.0)


def test_rules_are_asked_with_what_is_known_and_only_what_is_chosen_is_said(evidence: Evidence) -> None:
    basis = Basis(**dict.fromkeys(Basis.__slots__, ""))
    first, second = (
        Fired(rule=rule, priority=Priority.ROUTINE, red_flag=False, summary=rule, detail="", basis=basis)
        for rule in ("one", "two")
    )
    asked: list[frozenset[str]] = []

    def judge(request: HookRequest, client: Client, assessment: Assessment, available: frozenset[str]) -> Judgement:
        asked.append(available)
        return Judgement(fired=(first, second), trace=(RuleTrace(rule="one", outcome="fired"),))

    def choose(judgement: Judgement, client: Client) -> Sequence[Fired]:
        return judgement.fired[:1]

    def say(shown: Sequence[Fired], request: HookRequest, client: Client, answer: Answer, keys: Sequence[KeyReport]) -> Json:
        return {"cards": [{"summary": one.summary} for one in shown]}

    result = answered(evidence, without(call(), "prefetch.reports"), judge=judge, choose=choose, say=say)
    assert asked == [frozenset(query.key for query in RECORD_QUERIES) - {"reports"}]
    assert result.shown == (first,)
    assert result.body == {"cards": [{"summary": "one"}]}
    assert answered(evidence, call(), judge=judge).shown == (first, second)


@pytest.mark.requirement("27")
def test_data_is_fetched_within_a_part_of_the_deadline(evidence: Evidence) -> None:
    told: list[float] = []

    def read(searches: Any, *, deadline_s: float, **_: Any) -> dict[str, Any]:
        told.append(deadline_s)
        return {}

    body = without(call(fhirServer=SERVER, fhirAuthorization=authorization()), "prefetch.reports")
    answered(evidence, body, read=read)
    assert told == [pytest.approx(100 + FETCH_SHARE * 0.45)]
