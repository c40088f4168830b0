"""Which questions the app asks: what would help most, what a warning sign rests on, and what was answered already. Words and options are the Questionnaire's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from service.clinical.assessment import Assessment
from service.clinical.measurements import Side
from service.errors import BadRequest, Problem
from service.fhir.answered_form import allowed_answers, history_form
from service.web.pages.forms.words import CLINICIAN, third_states

FIELD, SHOWN = "answer-", "shown"
"""`shown` stands once for each question that the page showed as answered."""
_YES_NO = (("true", "Yes"), ("false", "No"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """`options`: value and words; `given`: the value answered here, "" for not asked or not examined, in the words of `left_open`."""

    code: str
    text: str
    options: tuple[tuple[str, str], ...]
    given: str
    left_open: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionGroup:
    title: str
    questions: tuple[Question, ...]


def question_groups(assessment: Assessment, answers: Mapping[str, str]) -> tuple[QuestionGroup, ...]:
    """The groups that have a question in them; each question once."""
    seen: set[str] = set()
    groups = (
        ("Answered here", answers),
        ("Would help most", _both_sides(datum.code for datum in assessment.next_data)),
        ("Not known, and a warning sign rests on it", assessment.red_flags_not_asked),
    )
    made = (QuestionGroup(title=title, questions=tuple(_asked(codes, answers, seen))) for title, codes in groups)
    return tuple(group for group in made if group.questions)


def read_answers(form: MultiDict[str, str], before: Mapping[str, str]) -> dict[str, str]:
    """What is answered now. A question that was not on the page stays as it was; one left at "not asked" is not answered. Raises BadRequest.

    Taken back is only what the page showed as answered: an older page of the same patient, in another window or by the way back, does not know of a yes that was
    given meanwhile, and must not lose it.
    """
    answers, shown = dict(before), set(form.getlist(SHOWN))
    problems = []
    for name, values in form.lists():
        code, value = name.removeprefix(FIELD), values[0]
        if code == name:
            continue
        if not allowed_answers(code) or len(values) > 1 or (value and value not in allowed_answers(code)):
            said = f"{name[:64]} is {' and '.join(values)[:64]!r}; allowed: {', '.join(allowed_answers(code)) or 'no such question'}, or empty for not asked"
            problems.append(Problem(issue_type="code-invalid", diagnostics=said, expression=name[:64]))
        elif value:
            answers[code] = value
        elif code in shown:
            answers.pop(code, None)
    if problems:
        raise BadRequest(problems)
    return answers


def _both_sides(codes: Iterable[str]) -> Iterator[str]:
    for code in codes:
        stems = [code.removesuffix(f"-{side}") for side in Side]
        stem = min(stems, key=len)
        yield from (code,) if stem == code else (f"{stem}-{side}" for side in Side)


def _asked(codes: Iterable[str], answers: Mapping[str, str], seen: set[str]) -> Iterator[Question]:
    for code in codes:
        if allowed_answers(code) and code not in seen:
            seen.add(code)
            asked = history_form().questions[code]
            options = tuple((option.code, option.display) for option in asked.options) or _YES_NO
            left_open = third_states(history_form(), CLINICIAN)[code]
            yield Question(code=code, text=asked.text, options=options, given=answers.get(code, ""), left_open=left_open)
