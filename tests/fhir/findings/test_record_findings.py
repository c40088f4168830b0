from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from service.clinical.assessment import OpenOrder, Priority
from service.fhir.findings.record_findings import READERS
from service.fhir.mapping import DeploymentCodes
from service.fhir.reading import Read
from service.fhir.terminology.code import LOINC, SNOMED, own_system
from tests.fhir.entries import context_of, entry_of, issue_codes

LOCAL = "https://hospital.example/codes"


def _code(system: str, code: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code}]}


def _read(resource: dict[str, Any], codes: DeploymentCodes | None = None) -> Read:
    read = READERS[resource["resourceType"]](entry_of(resource), context_of(codes))
    assert read is not None
    assert all(issue.source == entry_of(resource).reference and issue.expression for issue in read.issues)
    return read


def _request(system: str, code: str, **rest: Any) -> dict[str, Any]:
    return {
        "resourceType": "ServiceRequest",
        "status": "active",
        "intent": "order",
        "code": _code(system, code),
        "authoredOn": "2026-10-20",
        **rest,
    }


@pytest.mark.parametrize("status", ["draft", "active", "on-hold"])
@pytest.mark.parametrize("intent", ["proposal", "plan", "order"])
@pytest.mark.parametrize(
    ("code", "order"),
    [
        ((own_system("order"), "resting-abi"), "resting-abi"),
        ((LOINC, "30679-5"), "mri-lumbar-without-contrast"),
        ((SNOMED, "401221002"), "resting-abi"),
        ((LOCAL, "VASC1"), "exercise-abi"),
    ],
)
def test_an_order_that_stands_is_open(status: str, intent: str, code: tuple[str, str], order: str) -> None:
    codes = DeploymentCodes(orders={(LOCAL, "VASC1"): "exercise-abi"})
    read = _read(_request(*code, status=status, intent=intent), codes)
    assert read == Read(
        open_orders=(OpenOrder(code=order, source="ServiceRequest/1", authored_at=datetime(2026, 10, 20, tzinfo=UTC)),)
    )


def test_what_is_only_recognised_while_it_is_written_is_no_open_order() -> None:
    codes = DeploymentCodes(orders={(LOCAL, "STOCKING"): "leg-compression"})
    assert _read(_request(LOCAL, "STOCKING"), codes).open_orders == ()


def test_an_order_without_a_date_is_open() -> None:
    request = _request(LOINC, "77194-9")
    del request["authoredOn"]
    assert _read(request).open_orders == (OpenOrder(code="resting-abi", source="ServiceRequest/1"),)
    for said, read in (("stat", Priority.STAT), ("urgent", Priority.URGENT), ("soon", Priority.ROUTINE)):
        (order,) = _read({**request, "priority": said}).open_orders
        assert order.priority is read


@pytest.mark.parametrize(
    ("rest", "issue"),
    [
        ({"status": "completed"}, "status-excluded"),
        ({"status": "revoked"}, "status-excluded"),
        ({"doNotPerform": True}, "status-excluded"),
        ({"status": "entered-in-error"}, "status-excluded"),
        # One of several, and nobody has chosen it.
        ({"intent": "option"}, "status-excluded"),
        ({"code": _code(LOCAL, "bloods")}, "not-relevant"),
        # An orthopaedic referral need not be about the spine.
        ({"code": _code(SNOMED, "308481009")}, "not-relevant"),
    ],
)
def test_any_other_order_is_not_open_and_said_so(rest: dict[str, Any], issue: str) -> None:
    read = _read(_request(LOINC, "77194-9") | rest)
    assert (read.open_orders, issue_codes(read)) == ((), [issue])
