"""A Questionnaire as a form is made of it: its groups, and of each question what may be answered and when it is asked.

Nothing is known here of a single question. What cannot be shown (a type that is not among TYPES, a question inside a question) is refused, never left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from service.fhir.elements import Json, dicts, number
from service.fhir.forms.translations import in_language

TYPES = ("boolean", "choice", "decimal", "integer", "date", "string", "text")
"""The types of question a form can show; besides them there are groups, and texts to be displayed."""
UNIT = "http://hl7.org/fhir/StructureDefinition/questionnaire-unit"
LOWEST = "http://hl7.org/fhir/StructureDefinition/minValue"
HIGHEST = "http://hl7.org/fhir/StructureDefinition/maxValue"

_DISPLAY, _GROUP = "display", "group"


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One of the answers to choose from. `coding` is what is sent, as the definition has it; `display` is in the language of the form."""

    code: str
    display: str
    coding: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One enableWhen. `answer`: true or false, a code, or a number; for `exists` whether there is to be an answer."""

    question: str
    operator: str
    answer: bool | str | Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """`type` is one of TYPES, or "display". `low` and `high` None: no limit. `all_of`: asked when all conditions hold, not any."""

    link_id: str
    text: str
    type: str
    options: tuple[Option, ...] = ()
    repeats: bool = False
    required: bool = False
    unit: str = ""
    low: Decimal | None = None
    high: Decimal | None = None
    max_length: int | None = None
    conditions: tuple[Condition, ...] = ()
    all_of: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One group; `link_id` and `title` "" for questions that stand in none. A group inside a group follows it."""

    link_id: str
    title: str
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """`definition` is the Questionnaire itself, `canonical` its address with its version."""

    definition: Json
    canonical: str
    language: str
    title: str
    description: str
    sections: tuple[Section, ...]
    questions: Mapping[str, Question]


def read_definition(questionnaire: Json, language: str = "en") -> Form:
    """The form of a Questionnaire in one language; what is not translated keeps its own words. Raises ValueError for what a form cannot show."""
    sections = tuple(_sections(questionnaire, language))
    return Form(
        definition=questionnaire,
        canonical=f"{questionnaire['url']}|{questionnaire['version']}",
        language=language,
        title=in_language(questionnaire, "title", language),
        description=in_language(questionnaire, "description", language),
        sections=sections,
        questions={question.link_id: question for section in sections for question in section.questions},
    )


def _sections(holder: Json, language: str) -> Iterator[Section]:
    items = dicts(holder.get("item"))
    questions = tuple(_question(item, language) for item in items if item["type"] != _GROUP)
    if questions or "linkId" in holder:
        yield Section(link_id=holder.get("linkId", ""), title=in_language(holder, "text", language), questions=questions)
    for item in items:
        if item["type"] == _GROUP:
            yield from _sections(item, language)


def _question(item: Json, language: str) -> Question:
    kind = item["type"]
    if kind not in (*TYPES, _DISPLAY) or "item" in item:
        what = f"is of type {kind}" if kind not in (*TYPES, _DISPLAY) else "holds items of its own"
        raise ValueError(f"item {item['linkId']} {what}; a form shows {', '.join(TYPES)} and {_DISPLAY}, without items inside")
    values = {one["url"]: one for one in dicts(item.get("extension"))}
    return Question(
        link_id=item["linkId"],
        text=in_language(item, "text", language),
        type=kind,
        options=tuple(_option(one["valueCoding"], language) for one in dicts(item.get("answerOption"))),
        repeats=item.get("repeats", False),
        required=item.get("required", False),
        unit=_unit(values.get(UNIT, {}), language),
        low=_limit(values.get(LOWEST, {})),
        high=_limit(values.get(HIGHEST, {})),
        max_length=item.get("maxLength"),
        conditions=tuple(_condition(one) for one in dicts(item.get("enableWhen"))),
        all_of=item.get("enableBehavior") == "all",
    )


def _option(coding: Json, language: str) -> Option:
    sent = {name: value for name, value in coding.items() if name != "_display"}
    return Option(code=coding["code"], display=in_language(coding, "display", language), coding=sent)


def _condition(condition: Json) -> Condition:
    ((key, value),) = [(name, value) for name, value in condition.items() if name.startswith("answer")]
    return Condition(question=condition["question"], operator=condition["operator"], answer=_plain(key, value))


def _plain(key: str, value: Any) -> bool | str | Decimal:
    if key == "answerCoding":
        return str(value["code"])
    if isinstance(value, bool):
        return value
    return number(value) or Decimal(0) if key in ("answerDecimal", "answerInteger") else str(value)


def _unit(extension: Json, language: str) -> str:
    coding = extension.get("valueCoding", {})
    return in_language(coding, "display", language) or str(coding.get("code", ""))


def _limit(extension: Json) -> Decimal | None:
    return number(next((value for name, value in extension.items() if name.startswith("value")), None))
