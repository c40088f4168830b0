"""One call from data to cards."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest

from service.cds_hooks.clients import PROFILES, Client, Dialect
from service.cds_hooks.request import read_request
from service.clinical.assessment import Setting
from service.evidence.hook_rules import RECORD_KEYS
from service.evidence.loader import Evidence, load_evidence
from service.fhir.exchange.record_queries import RECORD_QUERIES
from service.fhir.mapping import DeploymentCodes
from service.hook_call import FETCH_SHARE, HookAnswer, answer_call
from service.pipeline import assess_bundle
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
    assert result.spent_ms == dict.fromkeys(["gather", "assess", "judge", "say"], 1000.0)


def test_only_what_is_chosen_is_said(evidence: Evidence) -> None:
    """A man with one bad leg, confirmed and followed up by nobody: one card about that, and none where the choice holds it back."""
    result = answered(evidence, call())
    assert [fired.rule for fired in result.judgement.fired] == ["artery-disease-not-followed-up"]
    assert [card["summary"] for card in result.body["cards"]] == [result.judgement.fired[0].summary]
    silent = answered(evidence, call(), choose=lambda judgement, client: [])
    assert (silent.judgement, silent.body) == (result.judgement, {"cards": []})


def test_a_rule_is_judged_by_the_keys_that_are_known(evidence: Evidence) -> None:
    result = answered(evidence, without(call(), "prefetch.orders"))
    assert result.body == {"cards": []}
    trace = next(one for one in result.judgement.trace if one.rule == "artery-disease-not-followed-up")
    assert (trace.outcome, trace.lacking) == ("not-judged", ("orders",))


def test_the_keys_that_rules_name_are_those_of_the_queries() -> None:
    assert {query.key for query in RECORD_QUERIES} == RECORD_KEYS


@pytest.mark.requirement("27")
def test_data_is_fetched_within_a_part_of_the_deadline(evidence: Evidence) -> None:
    told: list[float] = []

    def read(searches: Any, *, deadline_s: float, **_: Any) -> dict[str, Any]:
        told.append(deadline_s)
        return {}

    body = without(call(fhirServer=SERVER, fhirAuthorization=authorization()), "prefetch.reports")
    answered(evidence, body, read=read)
    assert told == [pytest.approx(100 + FETCH_SHARE * 0.45)]
