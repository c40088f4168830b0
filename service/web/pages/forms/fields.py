"""What a browser sends of a form, read by its definition: answers as R4 has them, what was answered although it was not asked, and what is wrong."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from flask import Request
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import RequestEntityTooLarge

from service.errors import PayloadTooLarge, Problem, UnsupportedMedia
from service.fhir.elements import Json
from service.fhir.forms.form_answers import Answers, is_asked
from service.fhir.forms.form_definition import Form, Question
from service.web.pages.forms.words import FormWords, third_states
from service.web.pages.same_site import refuse_other_sites

FORM_TYPE = "application/x-www-form-urlencoded"
Fields = MultiDict[str, str]

_LONGEST = 200
"""Characters of one answer, unless the definition says otherwise: a number, a date or a code."""
_SHOWN = 40
_NUMBER = re.compile(r"-?\d{1,9}(?:[.,]\d{1,6})?", re.ASCII)
_CHOSEN = ("boolean", "choice")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadAnswers:
    """`set_aside`: questions that were answered although the other answers do not lead to them."""

    answers: Answers
    set_aside: tuple[Question, ...]
    problems: tuple[Problem, ...]


def read_fields(request: Request, *, limit: int) -> Fields:
    """The fields of a form of ours. Raises Forbidden for another site's page, UnsupportedMedia, and PayloadTooLarge over `limit` bytes."""
    refuse_other_sites(request)
    if request.mimetype != FORM_TYPE:
        said = (
            f"Content-Type is {request.mimetype[:64]!r}; send the form as {FORM_TYPE}, or a Bundle to /fhir/$assess-claudication"
        )
        raise UnsupportedMedia(Problem(issue_type="not-supported", diagnostics=said, expression="Content-Type"))
    request.max_content_length = limit
    request.max_form_memory_size = limit
    try:
        return Fields(request.form)
    except RequestEntityTooLarge:
        said = f"the form is over the limit of {limit} bytes; its answers are numbers and choices, nothing longer"
        raise PayloadTooLarge(Problem(issue_type="too-long", diagnostics=said)) from None


def read_answers(form: Form, fields: Fields, words: FormWords) -> ReadAnswers:
    """The answers to the questions that are asked. What is wrong with an answer to another question does not matter."""
    problems: dict[str, Problem] = {}
    given: dict[str, tuple[Json, ...]] = {}
    open_states = third_states(form, words)
    for link_id, question in form.questions.items():
        here = replace(words, left_open=open_states[link_id])
        answers, wrong = _read(question, [one.strip() for one in fields.getlist(link_id) if one.strip()], here)
        if wrong:
            problems[link_id] = Problem(issue_type=wrong[0], diagnostics=wrong[1], expression=link_id)
        if answers:
            given[link_id] = answers
    asked = {link_id for link_id, question in form.questions.items() if is_asked(question, form, given)}
    for link_id in asked:
        if form.questions[link_id].required and link_id not in given and link_id not in problems:
            problems[link_id] = Problem(issue_type="required", diagnostics=words.needed, expression=link_id)
    order = list(form.questions)
    return ReadAnswers(
        answers={link_id: answers for link_id, answers in given.items() if link_id in asked},
        set_aside=tuple(form.questions[name] for name in order if name not in asked and (name in given or name in problems)),
        problems=tuple(problems[name] for name in order if name in problems and name in asked),
    )


def unknown_fields(fields: Fields, known: Collection[str], words: FormWords) -> Iterator[Problem]:
    """A problem for each field that no form of ours has."""
    for name in fields:
        if name not in known:
            yield Problem(
                issue_type="not-supported", diagnostics=words.no_such_field.format(given=name[:_SHOWN]), expression=name[:64]
            )


def repeated_fields(fields: Fields, names: Iterable[str], words: FormWords) -> Iterator[Problem]:
    """A problem for each of these fields that is filled in more than once: which of them is meant is not for us to say."""
    for name in names:
        if len([one for one in fields.getlist(name) if one.strip()]) > 1:
            yield Problem(issue_type="invalid", diagnostics=words.given_twice, expression=name)


_Wrong = tuple[str, str]


def _read(question: Question, given: list[str], words: FormWords) -> tuple[tuple[Json, ...], _Wrong | None]:
    """The answers, and what is wrong with them as issue type and sentence: one of both, or neither where nothing was answered."""
    if len(given) > 1 and not question.repeats:
        return (), ("invalid", words.given_twice)
    longest = question.max_length or _LONGEST
    if any(len(one) > longest for one in given):
        return (), ("too-long", words.too_long.format(limit=longest))
    answers: list[Json] = []
    for one in dict.fromkeys(given):
        answer = _answer(question, one, words)
        if isinstance(answer, tuple):
            return (), answer
        answers.append(answer)
    return tuple(answers), None


def _answer(question: Question, given: str, words: FormWords) -> Json | _Wrong:
    match question.type:
        case "boolean" if given in ("true", "false"):
            return {"valueBoolean": given == "true"}
        case "choice" if coding := next((option.coding for option in question.options if option.code == given), None):
            return {"valueCoding": coding}
        case "boolean" | "choice":
            allowed = [option.display for option in question.options] or [words.yes, words.no, words.left_open]
            return "code-invalid", words.not_an_option.format(given=given[:_SHOWN], allowed=", ".join(allowed))
        case "decimal" | "integer":
            return _number(question, given, words)
        case "date":
            return {"valueDate": given} if is_date(given) else ("value", words.not_a_date.format(given=given[:_SHOWN]))
    return {"valueString": given}


def _number(question: Question, given: str, words: FormWords) -> Json | _Wrong:
    shown, within = given[:_SHOWN], limits_in_words(question, words)
    if not _NUMBER.fullmatch(given):
        return "value", words.not_a_number.format(given=shown, range=within)
    value = Decimal(given.replace(",", "."))
    if question.type == "integer" and value != value.to_integral_value():
        return "value", words.not_whole.format(given=shown, range=within)
    if (question.low is not None and value < question.low) or (question.high is not None and value > question.high):
        return "value", words.not_within.format(given=shown, range=within)
    return {"valueInteger": int(value)} if question.type == "integer" else {"valueDecimal": value}


def limits_in_words(question: Question, words: FormWords) -> str:
    """What a number may be: "0 to 5200 weeks"; only its unit where there are no limits."""
    if question.low is None or question.high is None:
        return question.unit
    return words.between.format(low=question.low, high=question.high, unit=question.unit).strip()


def is_date(text: str) -> bool:
    """Whether this is a whole date of the calendar, as FHIR writes them."""
    try:
        return len(text) == 10 and text.isascii() and bool(date.fromisoformat(text))
    except ValueError:
        return False
