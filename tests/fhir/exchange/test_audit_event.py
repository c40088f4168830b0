"""Every kind of audit row is a valid AuditEvent that carries what it takes to check the chain."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from service.fhir.elements import Json
from service.fhir.exchange.audit_event import audit_event
from tests.judges.panel import Panel

RECORD = "6f1d9a52-1c0e-5d0f-9a61-6a4f0a3c7e18"


def event(**more: Any) -> Json:
    given = {
        "sequence": 7,
        "recorded_at": datetime(2026, 3, 2, 9, 30, tzinfo=UTC),
        "actor": "ehr",
        "action": "assessed",
        "object": RECORD,
        "is_record": True,
        "patient": "f" * 64,
        "detail": {"door": "fhir-operation", "empty": ""},
        "previous_hash": "0" * 64,
        "hash": "a" * 64,
    }
    return audit_event(**{**given, **more})


@pytest.mark.parametrize(
    "action",
    [
        "assessed",
        "read",
        "searched",
        "fed-back",
        "exported",
        "expired",
        "resealed",
        "verified",
        "replayed",
        "signed-in",
        "not-signed-in",
        "signed-out",
    ],
)
@pytest.mark.parametrize(
    "more",
    [
        {},
        {"actor": "", "patient": ""},
        {"object": "audit", "is_record": False, "detail": {"rows": 3}},
        {"object": "", "is_record": False},
    ],
    ids=["full", "unknown", "named", "nothing"],
)
def test_the_judges_accept_every_kind(panel: Panel, action: str, more: dict[str, Any]) -> None:
    assert panel.complaints(event(action=action, **more)) == []


def test_it_says_who_did_what_with_which_record() -> None:
    told = event()
    about, patient = told["entity"]
    assert told["agent"][0]["who"]["identifier"]["value"] == "ehr"
    assert about["what"]["identifier"]["value"] == f"urn:uuid:{RECORD}"
    assert patient["what"]["identifier"]["value"] == "f" * 64
    assert {one["type"]: one["valueString"] for one in about["detail"]} == {
        "action": "assessed",
        "door": "fhir-operation",
        "sequence": "7",
        "previous-hash": "0" * 64,
        "hash": "a" * 64,
    }


def test_who_was_kept_out_is_a_failure_in_the_event_too() -> None:
    assert event(action="not-signed-in")["outcome"] == "4"
    assert event(action="signed-in")["outcome"] == "0"
