"""Patients nobody here wrote: carebundle's deterministic US Core records, clean, over years, and soiled on purpose."""

from __future__ import annotations

import functools
import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import carebundle
import pytest

from service.evidence.loader import Evidence, load_evidence
from service.fhir.json_format import dumps, parse
from service.fhir.output_check import violations
from service.pipeline import assess_bundle
from tests.examples import reading_answers as answer_of
from tests.judges.panel import Panel

AS_OF = datetime(2026, 3, 2, 9, tzinfo=UTC)
PROFILES = sorted(carebundle.PROFILES)
SOILED = carebundle.Imperfection(
    missing_field=0.3, duplicate_entry=0.2, out_of_order_timestamp=0.2, unparseable_value=0.3, unknown_code_system=0.3
)
USED_OF_A_GENERAL_RECORD = {"Patient", "Condition", "Observation", "Encounter"}


@functools.cache
def evidence() -> Evidence:
    return load_evidence()


def as_received(bundle: Any) -> dict[str, Any]:
    text = bundle if isinstance(bundle, str) else carebundle.to_json(bundle)
    found: dict[str, Any] = parse(text.encode())
    return found


def answered(sent: dict[str, Any]) -> dict[str, Any]:
    answer = assess_bundle(sent, evidence(), as_of=AS_OF).bundle
    assert list(violations(answer)) == []
    received: dict[str, Any] = json.loads(dumps(answer), parse_float=Decimal)
    return received


RECORDS = [
    *((profile, seed, sex) for profile in PROFILES for seed, sex in ((11, "F"), (12, "M"))),
    ("hypertension over years", 5, "F"),
]
each_record = pytest.mark.parametrize(("profile", "seed", "sex"), RECORDS)


def record(profile: str, seed: int, sex: str) -> dict[str, Any]:
    if profile == "hypertension over years":
        return as_received(carebundle.generate_history(profile="hypertension", seed=seed, sex=sex, visits=3))
    return as_received(carebundle.generate_bundle(profile=profile, seed=seed, sex=sex, age_range=(40, 85)))


@each_record
def test_a_general_record_without_leg_data_asks_for_them(profile: str, seed: int, sex: str) -> None:
    sent = record(profile, seed, sex)
    answer = answered(sent)
    assert answer_of.guidance(answer)["status"] == "data-required"
    assert answer_of.leading(answer) is None
    assert answer_of.red_flags(answer) == []
    assert answer_of.resources(answer, "Observation") == []


@each_record
def test_what_is_not_ours_is_reported_as_not_used(profile: str, seed: int, sex: str) -> None:
    sent = record(profile, seed, sex)
    answer = answered(sent)
    assert answer_of.silently_dropped(sent, answer) == []
    referred, _ = answer_of.spoken_of(answer)
    used = {entry["resource"]["resourceType"] for entry in sent["entry"] if entry["fullUrl"] in referred}
    assert used <= USED_OF_A_GENERAL_RECORD
    assert "not-relevant" in answer_of.issues(answer)


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("seed", range(4))
def test_a_soiled_record_is_answered_and_what_is_broken_is_told(profile: str, seed: int) -> None:
    clean = json.loads(carebundle.to_json(carebundle.generate_bundle(profile=profile, seed=seed, age_range=(40, 85))))
    soiled, defects = carebundle.inject_defects(clean, SOILED, seed=seed)
    assert defects
    sent = as_received(json.dumps(soiled))
    answer = answered(sent)
    assert answer_of.silently_dropped(sent, answer) == []


def test_the_judges_accept_the_answers(panel: Panel) -> None:
    for profile in PROFILES:
        sent = as_received(carebundle.generate_bundle(profile=profile, seed=3))
        assert panel.complaints(dumps(assess_bundle(sent, evidence(), as_of=AS_OF).bundle)) == []
