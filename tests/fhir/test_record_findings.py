from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from service.clinical.assessment import OpenOrder, Priority
from service.clinical.findings import FindingValue
from service.fhir.mapping import DeploymentCodes, MappedFinding
from service.fhir.reading import Read
from service.fhir.record_findings import READERS
from service.fhir.terminology.code import ICD10CM, LOINC, SNOMED, own_system
from tests.fhir.entries import context_of, entry_of, issue_codes, values

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
        ({"code": _code(LOCAL, "bloods")}, "not-relevant"),
        # An orthopaedic referral need not be about the spine.
        ({"code": _code(SNOMED, "308481009")}, "not-relevant"),
    ],
)
def test_any_other_order_is_not_open_and_said_so(rest: dict[str, Any], issue: str) -> None:
    read = _read(_request(LOINC, "77194-9") | rest)
    assert (read.open_orders, issue_codes(read)) == ((), [issue])


@pytest.mark.parametrize(
    ("rest", "at"),
    [({"effectiveDateTime": "2026-09-01"}, datetime(2026, 9, 1, tzinfo=UTC)), ({}, None)],
    ids=["dated", "undated"],
)
def test_a_report_is_a_study_done(rest: dict[str, Any], at: datetime | None) -> None:
    read = _read({"resourceType": "DiagnosticReport", "status": "final", "code": _code(LOINC, "39421-3"), **rest})
    assert read == Read(open_orders=(OpenOrder(code="arterial-duplex", source="DiagnosticReport/1", authored_at=at, done=True),))


@pytest.mark.parametrize(
    ("status", "code", "issue"),
    [("registered", (LOINC, "39421-3"), "status-excluded"), ("final", (LOINC, "24323-8"), "not-relevant")],
)
def test_any_other_report_is_set_aside(status: str, code: tuple[str, str], issue: str) -> None:
    read = _read({"resourceType": "DiagnosticReport", "status": status, "code": _code(*code)})
    assert (read.open_orders, issue_codes(read)) == ((), [issue])


BYPASS = DeploymentCodes(findings={(LOCAL, "bypass-r"): MappedFinding(code="prior-revascularisation-right")})


@pytest.mark.parametrize(
    ("dates", "at"),
    [
        ({"performedDateTime": "2019-03-04"}, datetime(2019, 3, 4, tzinfo=UTC)),
        ({"performedPeriod": {"start": "2019-03-05"}}, datetime(2019, 3, 5, tzinfo=UTC)),
        ({}, None),
    ],
)
def test_a_mapped_procedure_states_its_finding(dates: dict[str, Any], at: datetime | None) -> None:
    read = _read({"resourceType": "Procedure", "status": "completed", "code": _code(LOCAL, "bypass-r"), **dates}, BYPASS)
    assert [(finding.code, finding.value, finding.recorded_at) for finding in read.findings] == [
        ("prior-revascularisation-right", True, at)
    ]


@pytest.mark.parametrize(
    ("status", "code", "issue"), [("not-done", "bypass-r", "status-excluded"), ("completed", "appendicectomy", "not-relevant")]
)
def test_any_other_procedure_is_set_aside(status: str, code: str, issue: str) -> None:
    read = _read({"resourceType": "Procedure", "status": status, "code": _code(LOCAL, code)}, BYPASS)
    assert (values(read), issue_codes(read)) == ({}, [issue])


@pytest.mark.parametrize(
    ("mapped", "expected"),
    [
        (MappedFinding(code="contrast-allergy"), {"contrast-allergy": True}),
        (MappedFinding(code="smoking-status", value="former"), {"smoking-status": "former"}),
        (MappedFinding(code="smoking-status"), {}),
    ],
)
def test_an_allergy_is_read_through_the_mapping(mapped: MappedFinding, expected: dict[str, FindingValue]) -> None:
    allergy = {"resourceType": "AllergyIntolerance", "code": _code(LOCAL, "iohexol"), "recordedDate": "2020"}
    read = _read(allergy, DeploymentCodes(findings={(LOCAL, "iohexol"): mapped}))
    assert (values(read), issue_codes(read)) == (expected, [] if expected else ["not-relevant"])


@pytest.mark.parametrize(
    "rest",
    [
        {"verificationStatus": _code(LOCAL, "refuted")},
        {"verificationStatus": _code(LOCAL, "unconfirmed")},
        {"clinicalStatus": _code(LOCAL, "resolved")},
    ],
)
def test_an_allergy_that_is_not_so_is_set_aside(rest: dict[str, Any]) -> None:
    codes = DeploymentCodes(findings={(LOCAL, "iohexol"): MappedFinding(code="contrast-allergy")})
    read = _read({"resourceType": "AllergyIntolerance", "code": _code(LOCAL, "iohexol"), **rest}, codes)
    assert (values(read), issue_codes(read)) == ({}, ["status-excluded"])


@pytest.mark.parametrize(
    ("status", "code", "rest", "expected", "issues"),
    [
        ("completed", (SNOMED, "840580004"), {"date": "2025-02-03"}, {"family-history-pad": True}, []),
        ("partial", (ICD10CM, "I73.9"), {}, {"family-history-pad": True}, []),
        ("entered-in-error", (SNOMED, "840580004"), {}, {}, ["status-excluded"]),
        ("completed", (SNOMED, "44054006"), {}, {}, ["not-relevant"]),
    ],
)
def test_family_history(
    status: str, code: tuple[str, str], rest: dict[str, Any], expected: dict[str, FindingValue], issues: list[str]
) -> None:
    read = _read({"resourceType": "FamilyMemberHistory", "status": status, "condition": [{"code": _code(*code)}], **rest})
    assert (values(read), issue_codes(read)) == (expected, issues)


@pytest.mark.parametrize("resource_type", ["Device", "DeviceUseStatement"])
def test_a_device_is_neither_safe_nor_unsafe_in_mri(resource_type: str) -> None:
    read = _read({"resourceType": resource_type, "type": _code(SNOMED, "14106009")})
    assert (values(read), issue_codes(read)) == ({}, ["not-relevant"])
