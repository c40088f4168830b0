"""Age and sex, on both sides of every doubt."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from service.clinical.assessment import Sex
from service.clinical.data_issues import IssueCode
from service.fhir.bundle import OpenedBundle
from service.fhir.patient import PatientRead, read_patient

AS_OF = datetime(2026, 3, 15, 12, tzinfo=UTC)


def read(patient: dict[str, Any] | None) -> PatientRead:
    whole = None if patient is None else {"resourceType": "Patient", "id": "p1", **patient}
    opened = OpenedBundle(
        patient_reference="Patient/p1", patient=whole, entries=(), issues=(), patient_path="Bundle.entry[0].resource"
    )
    return read_patient(opened, as_of=AS_OF)


@pytest.mark.parametrize(
    ("birth", "age"),
    [
        ("1956-03-15", 70),
        ("1956-03-16", 69),
        ("1956-03-14", 70),
        ("2026-03-15", 0),
        ("1896-03-15", 130),
        ("1960-02-29", 66),
        ("1956-02", 70),
        ("1956-04", 69),
        ("1956-12", 69),
        ("1956-03-15T23:00:00Z", 70),
    ],
)
def test_the_age_in_whole_years(birth: str, age: int) -> None:
    assert (read({"birthDate": birth}).age_years, read({"birthDate": birth}).issues) == (age, ())


@pytest.mark.parametrize(("birth", "age"), [("1956", 69), ("1956-03", 69), ("2026", 0), ("2026-03", 0)])
def test_without_the_day_the_age_surely_reached_is_used_and_said(birth: str, age: int) -> None:
    patient = read({"birthDate": birth})

    assert patient.age_years == age
    assert [(issue.code, issue.used) for issue in patient.issues] == [(IssueCode.ASSUMED, True)]


@pytest.mark.parametrize("birth", ["2026-03-16", "1895-03-15", "1894", "2027"])
def test_a_birth_date_nobody_can_have_is_no_age(birth: str) -> None:
    patient = read({"birthDate": birth})

    assert patient.age_years is None
    assert [issue.code for issue in patient.issues] == [IssueCode.VALUE_IMPLAUSIBLE]
    assert birth in patient.issues[0].detail


@pytest.mark.parametrize(
    "patient",
    [
        {},
        {"birthDate": None},
        {"birthDate": "15 March 1956"},
        {"birthDate": 1956},
        {"birthDate": "1955-02-29"},
        {
            "_birthDate": {
                "extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}]
            }
        },
    ],
)
def test_without_a_readable_birth_date_the_age_is_not_known(patient: dict[str, Any]) -> None:
    got = read(patient)

    assert got.age_years is None
    assert [(issue.code, issue.expression) for issue in got.issues] == [
        (IssueCode.VALUE_MISSING, "Bundle.entry[0].resource.birthDate")
    ]


def test_without_a_patient_nothing_is_known_and_it_is_said() -> None:
    got = read(None)

    assert (got.age_years, got.sex) == (None, None)
    assert [issue.code for issue in got.issues] == [IssueCode.VALUE_MISSING]


@pytest.mark.parametrize(
    ("gender", "sex"),
    [("female", Sex.FEMALE), ("male", Sex.MALE), ("other", None), ("unknown", None), (None, None), (["male"], None)],
)
def test_sex_is_what_the_record_says_or_not_known(gender: Any, sex: Sex | None) -> None:
    assert read({"gender": gender}).sex is sex


@pytest.mark.parametrize(
    ("death", "said"),
    [
        ({"deceasedBoolean": True}, "Patient.deceasedBoolean"),
        ({"deceasedDateTime": "2026-03-14"}, "Patient.deceasedDateTime"),
        ({"deceasedBoolean": False}, None),
        ({"deceasedDateTime": "2026-03-16"}, None),
    ],
)
def test_a_death_before_the_assessment_is_said(death: dict[str, Any], said: str | None) -> None:
    issues = read({"birthDate": "1950-01-01", **death}).issues

    assert [issue.code for issue in issues] == ([IssueCode.STATUS_EXCLUDED] if said else [])
    assert all(issue.used and issue.detail.startswith(str(said)) for issue in issues)
