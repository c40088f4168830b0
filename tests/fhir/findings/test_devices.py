"""An implant is no contraindication to MRI of itself, and no Device in the record is no statement about devices."""

from __future__ import annotations

from typing import Any

import pytest

from service.clinical.findings import FindingValue
from service.fhir.bundle import open_bundle
from service.fhir.extract import extract
from service.fhir.findings.devices import read_device, read_device_use
from service.fhir.mapping import DeploymentCodes, MappedFinding
from service.fhir.terminology.code import SNOMED
from tests.fhir.entries import AS_OF, LIMITS, context_of, entry_of, issue_codes, values

NCI = "urn:oid:2.16.840.1.113883.3.26.1.1"
SAFE, CONDITIONAL, UNSAFE, NOT_LABELLED = "C106045", "C106046", "C106047", "C113844"
PACEMAKER, DEFIBRILLATOR, CRUTCH = "706004007", "72506001", "363753007"
UNKNOWN: dict[str, FindingValue] = {"implanted-device-mri-safety-unknown": True}


def _code(system: str, code: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code}]}


def _device(kind: str = PACEMAKER, *safety: str, **rest: Any) -> dict[str, Any]:
    device = {"resourceType": "Device", "id": "d1", "type": _code(SNOMED, kind), "patient": {"reference": "Patient/p1"}}
    return {**device, **({"safety": [_code(NCI, one) for one in safety]} if safety else {}), **rest}


@pytest.mark.parametrize(
    ("device", "expected", "issues"),
    [
        (_device(), UNKNOWN, ["assumed"]),
        (_device(DEFIBRILLATOR, NOT_LABELLED), UNKNOWN, ["assumed"]),
        (_device(PACEMAKER, CONDITIONAL), {"implanted-device-mr-conditional": True}, ["assumed"]),
        (_device(PACEMAKER, SAFE), {}, ["assumed"]),
        (_device(PACEMAKER, UNSAFE), {"mri-contraindicated": True}, ["assumed"]),
        (_device(PACEMAKER, CONDITIONAL, UNSAFE), {"mri-contraindicated": True}, ["assumed"]),
        (_device(CRUTCH), {}, ["not-relevant"]),
        # Labelled unsafe, and nobody says that it is in the body.
        (_device(CRUTCH, UNSAFE), UNKNOWN, ["assumed"]),
        (_device(status="inactive"), {}, ["status-excluded"]),
        (_device(status="entered-in-error"), {}, ["status-excluded"]),
        (_device(status="unknown"), UNKNOWN, ["assumed"]),
    ],
)
def test_what_a_device_says_of_mri(device: dict[str, Any], expected: dict[str, FindingValue], issues: list[str]) -> None:
    read = read_device(entry_of(device), context_of())
    assert (values(read), issue_codes(read)) == (expected, issues)


def test_the_deployment_may_know_better() -> None:
    codes = DeploymentCodes(findings={(SNOMED, PACEMAKER): MappedFinding(code="mri-contraindicated", value=False)})
    assert values(read_device(entry_of(_device()), context_of(codes))) == {"mri-contraindicated": False}


def _use(device: str, *contained: dict[str, Any], status: str = "active") -> dict[str, Any]:
    use = {"resourceType": "DeviceUseStatement", "status": status, "subject": {"reference": "Patient/p1"}}
    return {
        **use,
        "device": {"reference": device},
        "recordedOn": "2026-01-01",
        **({"contained": [*contained]} if contained else {}),
    }


def test_a_contained_device_is_read_where_it_is_used() -> None:
    read = read_device_use(entry_of(_use("#d1", _device())), context_of())
    assert (values(read), issue_codes(read)) == (UNKNOWN, ["assumed"])


@pytest.mark.parametrize("status", ["completed", "stopped", "intended", "entered-in-error"])
def test_a_device_that_is_not_in_use_is_not_used(status: str) -> None:
    read = read_device_use(entry_of(_use("#d1", _device(), status=status)), context_of())
    assert (values(read), issue_codes(read)) == ({}, ["status-excluded"])


def _extracted(*resources: dict[str, Any]) -> tuple[dict[str, FindingValue], list[tuple[str, str | None]]]:
    entries = [
        {"resource": {"resourceType": "Patient", "id": "p1", "birthDate": "1950-01-01"}},
        *({"resource": one} for one in resources),
    ]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    read = extract(open_bundle(bundle), as_of=AS_OF, codes=DeploymentCodes(), limits=LIMITS)
    return {one.code: one.value for one in read.findings}, [(issue.code.value, issue.source) for issue in read.issues]


def test_a_device_that_was_taken_out_by_its_use_statement_is_not_used_and_another_one_is() -> None:
    out = _use("Device/d1", status="completed") | {"id": "u1"}
    assert _extracted(_device(), out) == ({}, [("status-excluded", "Device/d1"), ("status-excluded", "DeviceUseStatement/u1")])
    assert _extracted(_device(), out, _device(DEFIBRILLATOR, id="d2"))[0] == UNKNOWN


def test_a_device_in_use_that_is_an_entry_is_read_once() -> None:
    use = _use("Device/d1") | {"id": "u1"}
    assert _extracted(_device(), use) == (UNKNOWN, [("assumed", "Device/d1"), ("not-relevant", "DeviceUseStatement/u1")])


def test_a_use_of_a_device_that_is_not_there_concludes_nothing() -> None:
    assert _extracted(_use("Device/elsewhere") | {"id": "u1"}) == ({}, [("not-relevant", "DeviceUseStatement/u1")])
    gone = _use("Device/elsewhere", status="completed") | {"id": "u1"}
    assert _extracted(_device(), gone)[0] == UNKNOWN, "what ended elsewhere takes nothing out here"
    assert _extracted() == ({}, [])
