"""A study that was done is not proposed again while it is recent, and what it concludes is read as a diagnosis of its day."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from service.clinical.assessment import OpenOrder
from service.fhir.findings.record_findings import READERS
from service.fhir.reading import Read
from service.fhir.terminology.code import ICD10CM, LOINC, SNOMED
from tests.fhir.entries import context_of, entry_of, issue_codes, values

AT = datetime(2026, 9, 1, tzinfo=UTC)


def _code(system: str, code: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code}]}


def _report(code: tuple[str, str] = (LOINC, "39421-3"), **rest: Any) -> dict[str, Any]:
    return {"resourceType": "DiagnosticReport", "status": "final", "code": _code(*code), "effectiveDateTime": "2026-09-01"} | rest


def _images(code: tuple[str, str] = (LOINC, "30679-5"), **rest: Any) -> dict[str, Any]:
    return {
        "resourceType": "ImagingStudy",
        "status": "available",
        "procedureCode": [_code(*code)],
        "started": "2026-09-01",
    } | rest


def _read(resource: dict[str, Any]) -> Read:
    read = READERS[resource["resourceType"]](entry_of(resource), context_of())
    assert read is not None
    return read


def _undated(resource: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in resource.items() if key not in ("effectiveDateTime", "started")}


@pytest.mark.parametrize("status", ["final", "amended", "corrected", "appended"])
def test_a_report_is_a_study_done(status: str) -> None:
    done = OpenOrder(code="arterial-duplex", source="DiagnosticReport/1", authored_at=AT, done=True)
    assert _read(_report(status=status)) == Read(open_orders=(done,))


def test_images_that_are_there_are_a_study_done() -> None:
    done = OpenOrder(code="mri-lumbar-without-contrast", source="ImagingStudy/1", authored_at=AT, done=True)
    assert _read(_images()) == Read(open_orders=(done,))


@pytest.mark.parametrize("resource", [_report(), _images()], ids=["report", "images"])
def test_a_study_without_a_date_keeps_no_order_back_and_that_is_said(resource: dict[str, Any]) -> None:
    read = _read(_undated(resource))
    assert (read.open_orders, issue_codes(read)) == ((), ["value-missing"])


@pytest.mark.parametrize(
    ("resource", "issue"),
    [
        (_report(status="registered"), "status-excluded"),
        (_report(status="preliminary"), "status-excluded"),
        (_report(status="entered-in-error"), "status-excluded"),
        (_report((LOINC, "24323-8")), "not-relevant"),
        (_images(status="cancelled"), "status-excluded"),
        (_images(status="registered"), "status-excluded"),
        (_images((LOINC, "24323-8")), "not-relevant"),
    ],
)
def test_any_other_study_is_set_aside(resource: dict[str, Any], issue: str) -> None:
    read = _read(resource)
    assert (read.open_orders, read.findings, issue_codes(read)) == ((), (), [issue])


def test_what_a_report_concludes_is_read_like_a_condition_of_its_date() -> None:
    concluded = [_code(SNOMED, "18347007"), _code(ICD10CM, "M46.26"), _code(LOINC, "24323-8")]
    read = _read(_report((LOINC, "30679-5"), conclusionCode=concluded))
    assert values(read) == {"known-lumbar-stenosis": True, "diagnosed-spinal-infection": True}
    assert {finding.recorded_at for finding in read.findings} == {AT}
    assert [order.code for order in read.open_orders] == ["mri-lumbar-without-contrast"]


def test_a_conclusion_counts_although_the_study_is_none_of_ours() -> None:
    read = _read(_report((LOINC, "24323-8"), conclusionCode=[_code(ICD10CM, "I82.401")]))
    assert values(read) == {"prior-dvt": True, "diagnosed-deep-vein-thrombosis": True}
    assert read.open_orders == ()


def test_a_conclusion_of_a_report_that_is_not_final_is_not_used() -> None:
    read = _read(_report((LOINC, "24323-8"), status="preliminary", conclusionCode=[_code(ICD10CM, "I82.401")]))
    assert (values(read), issue_codes(read)) == ({}, ["status-excluded"])


def test_a_conclusion_about_a_leg_that_is_not_named_says_so() -> None:
    read = _read(_report(conclusionCode=[_code(ICD10CM, "I96")]))
    assert (values(read), issue_codes(read)) == ({}, ["side-missing"])
