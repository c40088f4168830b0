"""Age and sex, from the Patient of a Bundle; what is doubtful about them is said, and what is not known stays unknown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from service.clinical.assessment import Sex
from service.clinical.data_issues import DataIssue, IssueCode
from service.fhir.bundle import OpenedBundle
from service.fhir.elements import Json, moment

OLDEST_YEARS = 130
"""Nobody has reached 123; beyond this a birth date is a typing error or a placeholder such as 1900-01-01 sometimes is."""

_SEXES = {"female": Sex.FEMALE, "male": Sex.MALE}


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientRead:
    """`age_years` in whole years at the moment of assessment; None: not known."""

    age_years: int | None
    sex: Sex | None
    issues: tuple[DataIssue, ...]


def read_patient(opened: OpenedBundle, *, as_of: datetime) -> PatientRead:
    """What the Patient says of age and sex. Administrative gender other or unknown is no sex to reason with."""
    patient = opened.patient
    if patient is None:
        said = f"The Bundle names the patient {opened.patient_reference} but holds no Patient, so age and sex are not known. Add the Patient."
        missing = DataIssue(code=IssueCode.VALUE_MISSING, source=opened.patient_reference, expression="Bundle.entry", detail=said)
        return PatientRead(age_years=None, sex=None, issues=(missing,))
    age_years, about_age = _age(opened, patient, as_of.date())
    gender = patient.get("gender")
    return PatientRead(
        age_years=age_years,
        sex=_SEXES.get(gender) if isinstance(gender, str) else None,
        issues=(*about_age, *_about_death(opened, patient, as_of)),
    )


def _age(opened: OpenedBundle, patient: Json, today: date) -> tuple[int | None, tuple[DataIssue, ...]]:
    birth = patient.get("birthDate")
    read = moment(birth)
    if read is None:
        said = "is missing" if birth is None else "is not a date"
        return None, (
            _issue(opened, IssueCode.VALUE_MISSING, "birthDate", f"{said}, so the age is not known; give it as YYYY-MM-DD"),
        )
    first = read[0].date()
    last = _last_day(first, birth)
    youngest, oldest = _years(last, today), _years(first, today)
    if first > today or youngest > OLDEST_YEARS:
        limit = f"it must lie between {today.year - OLDEST_YEARS} and {today.isoformat()}, the day of the assessment"
        said = f"is {birth}: {limit}. The age was taken as not known; correct it"
        return None, (_issue(opened, IssueCode.VALUE_IMPLAUSIBLE, "birthDate", said),)
    if youngest == oldest:
        return youngest, ()
    youngest = max(youngest, 0)
    said = f"is {birth}, without the day: the patient is {youngest} or {oldest}, and {youngest} was used, an age surely reached; give it as YYYY-MM-DD"
    return youngest, (_issue(opened, IssueCode.ASSUMED, "birthDate", said, used=True),)


def _last_day(first: date, text: Any) -> date:
    """The last day that a birth date may mean: a year alone may mean its 31 December."""
    if len(text) == 4:
        return date(first.year, 12, 31)
    if len(text) == 7:
        # Thirty-one days on from the first is always within the next month.
        return (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return first


def _years(born: date, today: date) -> int:
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def _about_death(opened: OpenedBundle, patient: Json, as_of: datetime) -> tuple[DataIssue, ...]:
    died = moment(patient.get("deceasedDateTime"))
    if patient.get("deceasedBoolean") is not True and (died is None or died[0] > as_of):
        return ()
    element = "deceasedBoolean" if died is None else "deceasedDateTime"
    said = "says that the patient has died; the assessment was made all the same, from the record as it is. Correct it if that is wrong"
    return (_issue(opened, IssueCode.STATUS_EXCLUDED, element, said, used=True),)


def _issue(opened: OpenedBundle, code: IssueCode, element: str, said: str, *, used: bool = False) -> DataIssue:
    return DataIssue(
        code=code,
        source=opened.patient_reference,
        expression=f"{opened.patient_path}.{element}",
        detail=f"Patient.{element} {said}.",
        used=used,
    )
