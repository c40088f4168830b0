"""Which questions the app asks: what would help most, what a warning sign rests on, and what was answered already. Words and options are the Questionnaire's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from service.clinical.assessment import Assessment
from service.clinical.measurements import Side
from service.errors import BadRequest, Problem
from service.fhir.forms.answered_form import allowed_answers, as_given, history_form
from service.fhir.forms.form_answers import is_asked
from service.web.pages.forms.conditions import condition_words
from service.web.pages.forms.words import CLINICIAN, third_states
from service.web.pages.smart.record import PatientRecord
from service.web.pages.smart.session import AppSession

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
    """`opened`: its questions are seen at once; else when the group is opened."""

    title: str
    opened: bool
    questions: tuple[Question, ...]


def question_groups(assessment: Assessment, session: AppSession, record: PatientRecord) -> tuple[QuestionGroup, ...]:
    """The groups that have a question in them; each question once, and none that is not asked of this patient."""
    seen: set[str] = set()
    given = {**_standing(record.written, session.back), **session.answers}

    def asked(codes: Iterable[str]) -> Iterator[str]:
        return (one for code in codes for one in _leading_to(code, record))

    groups: tuple[tuple[str, bool, Iterable[str]], ...] = (
        ("Answered here", True, session.answers),
        ("Taken back here", True, session.back),
        ("Would help most", True, asked(_both_sides(datum.code for datum in assessment.next_data))),
        ("Not known, and a warning sign rests on it", False, asked(assessment.red_flags_not_asked)),
        ("Answered by you with this app before", False, _standing(record.written, session.back)),
    )
    made = (QuestionGroup(title=title, opened=now, questions=tuple(_asked(codes, given, seen))) for title, now, codes in groups)
    return tuple(group for group in made if group.questions)


def read_answers(form: MultiDict[str, str], session: AppSession) -> tuple[dict[str, str], tuple[str, ...]]:
    """What is answered now, and which of the answers that were written is taken back. A question that was not on the page stays as it was. Raises BadRequest.

    Taken back is only what the page showed as answered: an older page of the same patient, in another window or by the way back, does not know of a yes that was
    given meanwhile, and must not lose it. What stands as it was written is not answered anew: it keeps its day.
    """
    answers, back, shown = dict(session.answers), dict.fromkeys(session.back), set(form.getlist(SHOWN))
    standing = {**_standing(session.written, session.back), **session.answers}
    problems = []
    for name, values in form.lists():
        code, value = name.removeprefix(FIELD), values[0]
        if code == name:
            continue
        if not allowed_answers(code) or len(values) > 1 or (value and value not in allowed_answers(code)):
            said = f"{name[:64]} is {' and '.join(values)[:64]!r}; allowed: {', '.join(allowed_answers(code)) or 'no such question'}, or empty for not asked"
            problems.append(Problem(issue_type="code-invalid", diagnostics=said, expression=name[:64]))
        elif value and value != standing.get(code):
            answers[code] = value
            back.pop(code, None)
        elif not value and code in shown:
            answers.pop(code, None)
            back |= {code: None} if code in session.written else {}
    if problems:
        raise BadRequest(problems)
    return answers, tuple(back)


def set_aside_in_words(codes: Iterable[str]) -> list[tuple[str, str]]:
    """Each question that was answered and is not used, with when it is asked."""
    asked = history_form()
    return [(asked.questions[code].text, condition_words(asked.questions[code], asked, CLINICIAN)) for code in codes]


def _standing(written: Mapping[str, str], back: Iterable[str]) -> dict[str, str]:
    return {code: said for code, said in written.items() if code not in set(back)}


def _leading_to(code: str, record: PatientRecord) -> Iterator[str]:
    """The question itself where it is asked; else those that lead to it and are not answered yet; none where they are, and lead elsewhere."""
    form, given = history_form(), as_given(record.form.answers)
    question = form.questions.get(code)
    if question is None or is_asked(question, form, given, record.known):
        yield code
        return
    for condition in question.conditions:
        if condition.question not in given and condition.question not in record.known:
            yield from _leading_to(condition.question, record)


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
