"""Which questions of a form are asked, given the answers, and the QuestionnaireResponse that the answers make."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from service.fhir.elements import Json, dicts, number
from service.fhir.forms.form_definition import Condition, Form, Question

Answers = Mapping[str, tuple[Json, ...]]
"""By linkId the answers as R4 has them, each with its value[x]. A question that is not here was not asked, or its answer is not known."""


_NOTHING: Answers = {}


def is_asked(question: Question, form: Form, answers: Answers, known: Answers = _NOTHING) -> bool:
    """Whether the question is enabled. An answer to a question that is not enabled itself enables nothing.

    `known`: what is known otherwise of questions that are not answered in this form, whatever led to it.
    """
    if not question.conditions:
        return True
    met = [_met(condition, form, answers, known) for condition in question.conditions]
    return all(met) if question.all_of else any(met)


def _met(condition: Condition, form: Form, answers: Answers, known: Answers) -> bool:
    asked = is_asked(form.questions[condition.question], form, answers, known)
    here = answers.get(condition.question, ()) if asked else ()
    given = [_value(answer) for answer in here or known.get(condition.question, ())]
    match condition.operator:
        case "exists":
            return bool(given) is condition.answer
        case "=":
            return condition.answer in given
        case "!=":
            return bool(given) and condition.answer not in given
    return any(_compared(value, condition) for value in given)


def _value(answer: Json) -> Any:
    (value,) = answer.values()
    if isinstance(value, dict):
        return value["code"]
    return value if isinstance(value, (bool, str)) else number(value)


def _compared(value: Any, condition: Condition) -> bool:
    limit = condition.answer
    if not isinstance(value, Decimal) or not isinstance(limit, Decimal):
        return False
    return {">": value > limit, ">=": value >= limit, "<": value < limit, "<=": value <= limit}[condition.operator]


def questionnaire_response(
    form: Form, answers: Answers, *, authored: datetime, taken_back: Collection[str] = (), **more: Any
) -> Json:
    """A completed QuestionnaireResponse with the answered questions alone, under their groups, in the words that were shown. `more`: id, subject.

    `taken_back`: questions that stand there without an answer, because the one that was written before holds no more; the form is then an amendment.
    """
    return {
        "resourceType": "QuestionnaireResponse",
        **more,
        "language": form.language,
        "questionnaire": form.canonical,
        "status": "amended" if taken_back else "completed",
        "authored": authored.isoformat(),
        "item": list(_items(form.definition, form, answers, taken_back)),
    }


def _items(holder: Json, form: Form, answers: Answers, taken_back: Collection[str]) -> Iterator[Json]:
    titles = {section.link_id: section.title for section in form.sections}
    for item in dicts(holder.get("item")):
        link_id = item["linkId"]
        if item["type"] == "group":
            inside = list(_items(item, form, answers, taken_back))
            if inside:
                yield {"linkId": link_id, "text": titles[link_id], "item": inside}
        elif link_id in taken_back:
            yield {"linkId": link_id, "text": form.questions[link_id].text}
        elif answers.get(link_id):
            yield {"linkId": link_id, "text": form.questions[link_id].text, "answer": list(answers[link_id])}
