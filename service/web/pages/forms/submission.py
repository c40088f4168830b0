"""The whole form of a clinician, as it was sent: patient, options, answers and pressures, and what is wrong, all of it at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from service.clinical.assessment import Setting
from service.errors import Problem
from service.evidence.reading_limits import PressureLimits
from service.fhir.elements import moment
from service.fhir.forms.form_bundle import FilledForm
from service.fhir.forms.form_definition import Form, Question
from service.fhir.operation import parse_as_of
from service.fhir.patient import OLDEST_YEARS
from service.web.pages.forms import pressure_fields
from service.web.pages.forms.fields import Fields, is_date, read_answers, repeated_fields, unknown_fields
from service.web.pages.forms.words import CLINICIAN
from service.web.pages.submission import Show

BIRTH_DATE, SEX, SETTING, AS_OF, TAKEN_ON, SHOW = "birthDate", "sex", "setting", "asOf", "takenOn", "show"
SEXES = ("female", "male", "other")
EDIT = "edit"
"""What `show` says, besides what it says elsewhere, to have the form back with its answers."""
_OPTIONS = {SEX: SEXES, SETTING: tuple(setting.value for setting in Setting), SHOW: (*(one.value for one in Show), EDIT)}
_FIELDS = frozenset([BIRTH_DATE, SEX, SETTING, AS_OF, TAKEN_ON, SHOW])
_SHOWN = 40
_NEXT_DAY = timedelta(days=1)
"""Somewhere on earth it is already tomorrow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FormSubmission:
    """With any problem nothing is assessed. `as_of` is the moment that was asked for, else that of the request."""

    filled: FilledForm
    set_aside: tuple[Question, ...]
    problems: tuple[Problem, ...]
    as_of: datetime
    setting: str
    show: str


def read_submission(form: Form, fields: Fields, limits: PressureLimits, *, now: datetime) -> FormSubmission:
    """Reads everything; never raises."""
    typed = {name: fields.get(name, "").strip() for name in _FIELDS}
    as_of = (parse_as_of(typed[AS_OF].replace(" ", "+")) if typed[AS_OF] else None) or now.replace(microsecond=0)
    read = read_answers(form, fields, CLINICIAN)
    pressures, wrong = pressure_fields.read_pressures(fields, limits)
    own = _FIELDS | pressure_fields.FIELDS
    problems = (
        *unknown_fields(fields, own | form.questions.keys(), CLINICIAN),
        *repeated_fields(fields, sorted(own), CLINICIAN),
        *_about_options(typed, as_of),
        *wrong,
        *read.problems,
    )
    return FormSubmission(
        filled=FilledForm(
            answers=read.answers,
            pressures=pressures,
            birth_date=typed[BIRTH_DATE],
            sex=typed[SEX],
            taken_on=typed[TAKEN_ON],
            at=as_of,
        ),
        set_aside=read.set_aside,
        problems=problems,
        as_of=as_of,
        setting=typed[SETTING],
        show=typed[SHOW] or Show.PAGE,
    )


def _about_options(typed: dict[str, str], as_of: datetime) -> Iterator[Problem]:
    for name, allowed in _OPTIONS.items():
        if typed[name] and typed[name] not in allowed:
            yield _problem(name, f"“{typed[name][:_SHOWN]}” is not among: {', '.join(allowed)}. Choose one, or none.")
    if typed[AS_OF] and parse_as_of(typed[AS_OF].replace(" ", "+")) is None:
        said = (
            "is no moment. Give a date (2026-03-02) or a date and time with time zone (2026-03-02T09:30:00Z), or leave it open."
        )
        yield _problem(AS_OF, f"“{typed[AS_OF][:_SHOWN]}” {said}")
    if typed[BIRTH_DATE]:
        born = moment(typed[BIRTH_DATE]) if len(typed[BIRTH_DATE]) in (4, 7, 10) and typed[BIRTH_DATE].isascii() else None
        if born is None:
            yield _problem(
                BIRTH_DATE, f"“{typed[BIRTH_DATE][:_SHOWN]}” is not a date. Write 1958-07-19, or only 1958, or leave it open."
            )
        elif not as_of.year - OLDEST_YEARS <= born[0].year or born[0] > as_of:
            yield _problem(
                BIRTH_DATE,
                f"{typed[BIRTH_DATE]} is not between {as_of.year - OLDEST_YEARS} and {as_of.date()}. Correct it, or leave it open.",
            )
    if typed[TAKEN_ON]:
        if not is_date(typed[TAKEN_ON]):
            yield _problem(TAKEN_ON, f"“{typed[TAKEN_ON][:_SHOWN]}” is not a date. Write 2026-03-02, or leave it open for now.")
        elif date.fromisoformat(typed[TAKEN_ON]) - as_of.date() > _NEXT_DAY:
            yield _problem(
                TAKEN_ON, f"{typed[TAKEN_ON]} is after {as_of.date()}, for which this is assessed. Correct one of them."
            )


def _problem(name: str, said: str) -> Problem:
    return Problem(issue_type="value", diagnostics=said, expression=name)
