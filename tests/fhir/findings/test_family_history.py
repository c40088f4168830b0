"""A family history of artery disease is a parent, child, brother or sister who has it; that none is named says nothing."""

from __future__ import annotations

from typing import Any

import pytest

from service.clinical.findings import FindingValue
from service.fhir.findings.family_history import read_family_history
from service.fhir.mapping import DeploymentCodes, MappedFinding
from service.fhir.terminology.code import ICD10CM, SNOMED
from tests.fhir.entries import context_of, entry_of, issue_codes, values

ROLE = "http://terminology.hl7.org/CodeSystem/v3-RoleCode"
PAD = (SNOMED, "840580004")
YES: dict[str, FindingValue] = {"family-history-pad": True}
LOCAL = "https://hospital.example/codes"


def _code(system: str, code: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code}]}


def _history(code: tuple[str, str] = PAD, *, relative: dict[str, Any] | None = None, **rest: Any) -> dict[str, Any]:
    return {
        "resourceType": "FamilyMemberHistory",
        "status": "completed",
        "relationship": relative or _code(ROLE, "FTH"),
        "condition": [{"code": _code(SNOMED, "44054006")}, {"code": _code(*code)}],
        "date": "2025-02-03",
        **rest,
    }


def _read(history: dict[str, Any], codes: DeploymentCodes | None = None) -> tuple[dict[str, FindingValue], list[str]]:
    read = read_family_history(entry_of(history), context_of(codes))
    return values(read), issue_codes(read)


@pytest.mark.parametrize("relative", [(ROLE, "FTH"), (ROLE, "NMTH"), (ROLE, "SIS"), (ROLE, "SON"), (SNOMED, "72705000")])
@pytest.mark.parametrize("code", [PAD, (ICD10CM, "I73.9")])
def test_artery_disease_of_the_first_degree(relative: tuple[str, str], code: tuple[str, str]) -> None:
    assert _read(_history(code, relative=_code(*relative), status="partial")) == (YES, [])


@pytest.mark.parametrize(
    ("history", "issue"),
    [
        (_history(relative=_code(ROLE, "GRFTH")), "not-relevant"),
        (_history(relative=_code(ROLE, "STPFTH")), "not-relevant"),
        (_history(relative=_code(ROLE, "FAMMEMB")), "not-relevant"),
        (_history(relative={"text": "father"}), "not-relevant"),
        (_history((SNOMED, "22298006")), "not-relevant"),
        (_history(condition=[]), "not-relevant"),
        (_history(status="entered-in-error"), "status-excluded"),
        (_history(status="health-unknown"), "status-excluded"),
        (_history(dataAbsentReason=_code(ROLE, "subject-unknown")), "status-excluded"),
    ],
)
def test_anything_else_is_neither_yes_nor_no(history: dict[str, Any], issue: str) -> None:
    assert _read(history) == ({}, [issue])


def test_a_relative_of_unknown_degree_is_told_apart_from_a_distant_one() -> None:
    told = [
        read_family_history(entry_of(_history(relative=relative)), context_of()).issues[0].detail
        for relative in (_code(ROLE, "AUNT"), {"text": "aunt"})
    ]
    assert "not of the first degree" in told[0]
    assert "not coded" in told[1]


def test_the_mapping_goes_first() -> None:
    codes = DeploymentCodes(
        findings={(LOCAL, "pvd"): MappedFinding(code="known-pad"), PAD: MappedFinding(code="diabetes")},
    )
    assert _read(_history((LOCAL, "pvd")), codes) == (YES, [])
    assert _read(_history(), codes) == ({}, ["not-relevant"])
