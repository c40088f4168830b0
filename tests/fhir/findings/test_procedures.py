"""What was done to the patient, where it says so in a code, and only if it was really done."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from service.clinical.assessment import OpenOrder
from service.clinical.findings import FindingValue
from service.fhir.findings.procedures import read_procedure
from service.fhir.mapping import DeploymentCodes, MappedFinding
from service.fhir.reading import Read
from service.fhir.terminology.code import LOINC, SNOMED
from tests.fhir.entries import context_of, entry_of, issue_codes, values

LOCAL = "https://hospital.example/codes"
PCS = "http://www.cms.gov/Medicare/Coding/ICD10"
BYPASS = DeploymentCodes(
    findings={
        (LOCAL, "bypass-r"): MappedFinding(code="prior-revascularisation-right"),
        (LOCAL, "smoking"): MappedFinding(code="smoking-status"),
    }
)
RIGHT = {"coding": [{"system": SNOMED, "code": "24028007"}]}
LEFT = {"coding": [{"system": SNOMED, "code": "7771000"}]}


def _procedure(system: str, code: str, **rest: Any) -> dict[str, Any]:
    coded = {"coding": [{"system": system, "code": code}]}
    return {"resourceType": "Procedure", "status": "completed", "code": coded, "performedDateTime": "2026-09-01"} | rest


def _read(procedure: dict[str, Any]) -> Read:
    return read_procedure(entry_of(procedure), context_of(BYPASS))


@pytest.mark.parametrize(
    ("code", "rest", "expected", "issues"),
    [
        ((LOCAL, "bypass-r"), {}, {"prior-revascularisation-right": True}, []),
        # Bypass and dilation of a femoral artery, extirpation of a popliteal one: the fourth character is the vessel.
        ((PCS, "041K09L"), {}, {"prior-revascularisation-right": True}, []),
        ((PCS, "047L3ZZ"), {}, {"prior-revascularisation-left": True}, []),
        ((PCS, "04CN0ZZ"), {}, {"prior-revascularisation-left": True}, []),
        # Of the renal artery, and of an internal iliac one, which does not feed the leg.
        ((PCS, "04793ZZ"), {}, {}, ["not-relevant"]),
        ((PCS, "047E3ZZ"), {}, {}, ["not-relevant"]),
        ((PCS, "0Y6H0Z1"), {}, {"leg-amputated-right": True}, []),
        ((PCS, "0Y6J0Z2"), {}, {"leg-amputated-left": True}, []),
        ((PCS, "0Y640ZZ"), {}, {"leg-amputated-right": True, "leg-amputated-left": True}, []),
        ((PCS, "0Y6P0Z0"), {}, {"great-toe-amputated-right": True}, []),
        # Of the foot: the whole first ray, and part of the fifth.
        ((PCS, "0Y6N0Z4"), {}, {"great-toe-amputated-left": True}, []),
        ((PCS, "0Y6N0ZD"), {}, {}, ["not-relevant"]),
        ((PCS, "5A1D70Z"), {}, {"dialysis": True}, []),
        ((SNOMED, "302497006"), {}, {"dialysis": True}, []),
        ((SNOMED, "447365002"), {}, {"implanted-device-mri-safety-unknown": True}, ["assumed"]),
        ((SNOMED, "397117006"), {"bodySite": [LEFT]}, {"leg-amputated-left": True}, []),
        ((SNOMED, "397117006"), {}, {}, ["side-missing"]),
        # A toe, and nobody says which.
        ((SNOMED, "371186005"), {"bodySite": [LEFT]}, {}, ["not-relevant"]),
        ((PCS, "0Y6H0Z1"), {"bodySite": [LEFT]}, {}, ["conflicting-answers", "side-missing"]),
        ((LOCAL, "smoking"), {}, {}, ["code-not-understood"]),
        ((LOCAL, "appendicectomy"), {}, {}, ["not-relevant"]),
    ],
)
def test_a_procedure_states_its_finding(
    code: tuple[str, str], rest: dict[str, Any], expected: dict[str, FindingValue], issues: list[str]
) -> None:
    read = _read(_procedure(*code, **rest))
    assert (values(read), issue_codes(read)) == (expected, issues)


@pytest.mark.parametrize(
    ("dates", "at"),
    [
        ({}, datetime(2026, 9, 1, tzinfo=UTC)),
        ({"performedDateTime": None, "performedPeriod": {"start": "2019-03-05"}}, datetime(2019, 3, 5, tzinfo=UTC)),
        ({"performedDateTime": None, "performedPeriod": {"end": "2019-04-05"}}, datetime(2019, 4, 5, tzinfo=UTC)),
        ({"performedDateTime": None, "performedString": "as a child"}, None),
    ],
)
def test_when_it_was_done(dates: dict[str, Any], at: datetime | None) -> None:
    (finding,) = _read(_procedure(PCS, "041K09L", **dates)).findings
    assert finding.recorded_at == at


@pytest.mark.parametrize("status", ["not-done", "entered-in-error", "preparation", "on-hold", "stopped", "unknown"])
def test_what_was_not_done_or_perhaps_not_says_nothing(status: str) -> None:
    for code in ((PCS, "041K09L"), (SNOMED, "401221002")):
        read = _read(_procedure(*code, status=status))
        assert (values(read), read.open_orders, issue_codes(read)) == ({}, (), ["status-excluded"])


def test_dialysis_in_progress_is_dialysis_and_holds_for_a_while_only() -> None:
    (finding,) = _read(_procedure(SNOMED, "265764009", status="in-progress")).findings
    assert (finding.code, finding.value, finding.lapses) == ("dialysis", True, True)


def test_a_study_of_ours_done_as_a_procedure_is_done() -> None:
    done = OpenOrder(code="resting-abi", source="Procedure/1", authored_at=datetime(2026, 9, 1, tzinfo=UTC), done=True)
    assert _read(_procedure(SNOMED, "401221002")) == Read(open_orders=(done,))
    undated = _procedure(LOINC, "77194-9", performedDateTime=None)
    assert (_read(undated).open_orders, issue_codes(_read(undated))) == ((), ["value-missing"])


def test_a_course_of_exercise_under_way_is_an_open_order() -> None:
    (order,) = _read(_procedure(SNOMED, "390864007", status="in-progress")).open_orders
    assert (order.code, order.done) == ("supervised-exercise-therapy", False)
