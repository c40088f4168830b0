"""Iodinated contrast and gadolinium are two allergies, and "no known allergy" is neither."""

from __future__ import annotations

from typing import Any

import pytest

from service.clinical.findings import FindingValue
from service.fhir.findings.allergies import read_allergy
from service.fhir.mapping import DeploymentCodes, MappedFinding
from service.fhir.terminology.code import ICD10CM, SNOMED
from tests.fhir.entries import context_of, entry_of, issue_codes, values

LOCAL = "https://hospital.example/codes"
CLINICAL = "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical"
VERIFICATION = "http://terminology.hl7.org/CodeSystem/allergyintolerance-verification"
IOHEXOL, GADOBUTROL, CONTRAST = (SNOMED, "395751002"), (SNOMED, "418351005"), (SNOMED, "293637006")
CODES = DeploymentCodes(
    findings={
        (LOCAL, "dye"): MappedFinding(code="contrast-allergy"),
        (LOCAL, "no-dye-allergy"): MappedFinding(code="contrast-allergy", value=False),
        (LOCAL, "smoke"): MappedFinding(code="smoking-status"),
    }
)


def _code(system: str, code: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code}]}


def _allergy(code: tuple[str, str], *, clinical: str = "active", verification: str = "confirmed", **rest: Any) -> dict[str, Any]:
    return {
        "resourceType": "AllergyIntolerance",
        "code": _code(*code),
        "clinicalStatus": _code(CLINICAL, clinical),
        "verificationStatus": _code(VERIFICATION, verification),
        "recordedDate": "2020",
        **rest,
    }


def _read(allergy: dict[str, Any]) -> tuple[dict[str, FindingValue], list[str]]:
    read = read_allergy(entry_of(allergy), context_of(CODES))
    return values(read), issue_codes(read)


@pytest.mark.parametrize(
    ("code", "expected", "issues"),
    [
        (IOHEXOL, {"contrast-allergy": True}, []),
        (CONTRAST, {"contrast-allergy": True}, ["assumed"]),
        ((ICD10CM, "Z91.041"), {"contrast-allergy": True}, ["assumed"]),
        (GADOBUTROL, {"gadolinium-allergy": True}, ["assumed"]),
        # Shellfish has to do with neither.
        ((SNOMED, "300913006"), {}, ["not-relevant"]),
        ((SNOMED, "716186003"), {}, ["not-relevant"]),
        ((LOCAL, "dye"), {"contrast-allergy": True}, []),
        ((LOCAL, "no-dye-allergy"), {"contrast-allergy": False}, []),
        ((LOCAL, "smoke"), {}, ["code-not-understood"]),
    ],
)
def test_which_contrast_an_allergy_is_to(code: tuple[str, str], expected: dict[str, FindingValue], issues: list[str]) -> None:
    assert _read(_allergy(code)) == (expected, issues)


def test_the_substance_of_a_reaction_counts() -> None:
    reaction = [{"substance": _code(*IOHEXOL), "manifestation": [{"text": "hives"}]}]
    assert _read(_allergy((LOCAL, "drug-allergy"), reaction=reaction)) == ({"contrast-allergy": True}, [])


def test_no_known_allergy_is_not_no_allergy_to_contrast() -> None:
    read = read_allergy(entry_of(_allergy((SNOMED, "409137002"))), context_of())
    assert "does not name contrast" in read.issues[0].detail


@pytest.mark.parametrize("code", [IOHEXOL, GADOBUTROL, (LOCAL, "dye")])
@pytest.mark.parametrize(
    "status",
    [{"verification": "refuted"}, {"verification": "entered-in-error"}, {"clinical": "resolved"}, {"clinical": "inactive"}],
)
def test_an_allergy_that_is_not_or_not_any_more_is_set_aside(code: tuple[str, str], status: dict[str, str]) -> None:
    assert _read(_allergy(code, **status)) == ({}, ["status-excluded"])


def test_contrast_as_such_refuted_is_no() -> None:
    assert _read(_allergy(CONTRAST, verification="refuted")) == ({"contrast-allergy": False}, ["assumed"])
    assert _read(_allergy(CONTRAST, verification="entered-in-error")) == ({}, ["status-excluded"])


@pytest.mark.parametrize("code", [IOHEXOL, (LOCAL, "dye")])
def test_an_unconfirmed_allergy_counts_until_it_is_refuted(code: tuple[str, str]) -> None:
    assert _read(_allergy(code, verification="unconfirmed")) == ({"contrast-allergy": True}, ["assumed"])


def test_without_statuses_an_allergy_counts() -> None:
    allergy = _allergy(IOHEXOL)
    del allergy["clinicalStatus"], allergy["verificationStatus"]
    assert _read(allergy) == ({"contrast-allergy": True}, [])


@pytest.mark.parametrize(
    ("code", "expected", "issues"),
    [
        ({"text": "IV contrast - anaphylaxis"}, {"contrast-allergy": True}, ["assumed"]),
        ({"text": "Iodinated contrast"}, {"contrast-allergy": True}, ["assumed"]),
        ({"coding": [{"system": LOCAL, "code": "17", "display": "CONTRAST MEDIA"}]}, {"contrast-allergy": True}, ["assumed"]),
        ({"text": "Gadolinium contrast (hives)"}, {"gadolinium-allergy": True}, ["assumed", "assumed"]),
        ({"text": "Gadavist"}, {"gadolinium-allergy": True}, ["assumed", "assumed"]),
        ({"text": "MRI contrast"}, {"gadolinium-allergy": True}, ["assumed", "assumed"]),
        ({"text": "No known contrast allergy"}, {}, ["not-relevant"]),
        ({"text": "Shellfish"}, {}, ["not-relevant"]),
        ({"text": "Iodine on the skin"}, {}, ["not-relevant"]),
        ({"text": 7}, {}, ["not-relevant"]),
        ("contrast", {}, ["not-relevant"]),
    ],
)
def test_an_allergy_in_words_warns_and_denies_nothing(code: Any, expected: dict[str, FindingValue], issues: list[str]) -> None:
    read = _read({"resourceType": "AllergyIntolerance", "code": code, "reaction": [{"substance": "hives"}]})
    assert read == (expected, issues)


def test_a_contrast_allergy_in_words_that_was_refuted_says_nothing() -> None:
    refuted = {
        "resourceType": "AllergyIntolerance",
        "code": {"text": "IV contrast"},
        "verificationStatus": _code(VERIFICATION, "refuted"),
    }
    assert _read(refuted) == ({}, ["status-excluded"])
    dye = {**refuted, "verificationStatus": None, "code": None, "reaction": [{"substance": {"text": "Contrast dye"}}]}
    assert _read(dye) == ({"contrast-allergy": True}, ["assumed"])
