"""The answers of a clinician as a QuestionnaireResponse to our Questionnaire, which any later reading of the record understands."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache

import orjson

from service.clinical.findings import Findings, FindingValue
from service.fhir.elements import Json, dicts, value_key
from service.fhir.forms.form_answers import Answers, is_asked, questionnaire_response
from service.fhir.forms.form_definition import Form, Question, read_definition
from service.fhir.forms.own_forms import FORM_SYSTEM, is_own_form
from service.fhir.forms.questionnaire import questionnaire
from service.fhir.identity import full_url, resource_id


@dataclass(frozen=True, slots=True, kw_only=True)
class AnsweredForm:
    """`answers`: by finding code "true", "false" or a code of its options. `identity`: of this form, the same for all that is answered in it.

    `taken_back`: findings that stand without an answer, because the author's own answer is in the record and holds no more.
    """

    identity: str
    patient_id: str
    author: str
    authored: datetime
    answers: Mapping[str, str]
    taken_back: frozenset[str] = frozenset()

    @property
    def says_something(self) -> bool:
        return bool(self.answers or self.taken_back)

    @property
    def id(self) -> str:
        """Another for other answers: what was written is never changed under its readers.

        Another too for the same answers at a later moment: who says yes, then no, then yes again is not to be left with the no as the last word of the record.
        """
        told = orjson.dumps([dict(self.answers), sorted(self.taken_back), self.authored.isoformat()], option=orjson.OPT_SORT_KEYS)
        return resource_id(self.identity, hashlib.sha256(told).hexdigest())

    @property
    def entry(self) -> Json:
        """The form as an entry of a Bundle."""
        return {"fullUrl": full_url(self.id), "resource": self.resource}

    @property
    def resource(self) -> Json:
        return questionnaire_response(
            history_form(),
            as_given(self.answers),
            authored=self.authored,
            taken_back=self.taken_back,
            id=self.id,
            identifier={"system": FORM_SYSTEM, "value": f"{self.identity}.{self.id}"},
            subject={"reference": f"Patient/{self.patient_id}"},
            author={"reference": self.author},
            source={"reference": self.author},
        )


@cache
def history_form() -> Form:
    """Our Questionnaire for clinicians, read once."""
    return read_definition(questionnaire())


def as_given(answers: Mapping[str, str]) -> Answers:
    """The answers as R4 has them."""
    return {code: (_value(history_form().questions[code], said),) for code, said in answers.items()}


def in_words(given: Mapping[str, Json]) -> dict[str, str]:
    """The reverse, of what can be answered with a word; without what cannot."""
    found = {}
    for code, answer in given.items():
        (value,) = (answer[value_key(answer)],)
        said = str(value).lower() if isinstance(value, bool) else value.get("code") if isinstance(value, dict) else None
        if said in allowed_answers(code):
            found[code] = said
    return found


def asked_of(answers: Mapping[str, str], known: Answers) -> dict[str, str]:
    """Of the answers those to questions that the others, and what is `known` otherwise, lead to; the rest is not used, as in every form of ours."""
    given, form = as_given(answers), history_form()
    return {code: said for code, said in answers.items() if is_asked(form.questions[code], form, given, known)}


def known_answers(findings: Findings) -> Answers:
    """What is known of a patient as answers, for the conditions of questions."""
    return {finding.code: tuple(_known(finding.value)) for finding in findings}


def _known(value: FindingValue) -> Iterator[Json]:
    if isinstance(value, bool):
        yield {"valueBoolean": value}
    elif isinstance(value, Decimal):
        yield {"valueDecimal": value}
    else:
        yield from ({"valueCoding": {"code": code}} for code in ((value,) if isinstance(value, str) else sorted(value)))


def _value(question: Question, said: str) -> Json:
    coded = {option.code: option.coding for option in question.options}
    return {"valueCoding": coded[said]} if coded else {"valueBoolean": said == "true"}


def allowed_answers(code: str) -> tuple[str, ...]:
    """What a finding can be answered with: one of a few words; none for what is a number, takes several, or is nobody's to answer."""
    question = history_form().questions.get(code)
    if question is None or question.repeats:
        return ()
    return {"boolean": ("true", "false"), "choice": tuple(option.code for option in question.options)}.get(question.type, ())


def with_form(bundle: Json, form: AnsweredForm) -> Json:
    """The record with this form instead of what was written of it before: the same input whether it was written or not."""
    others = [entry for entry in bundle["entry"] if not _is_of(entry["resource"], form.identity)]
    return {**bundle, "entry": [*others, *([form.entry] if form.says_something else [])]}


def _is_of(resource: Json, identity: str) -> bool:
    return is_own_form(resource) and any(
        one.get("system") == FORM_SYSTEM and str(one.get("value")).startswith(f"{identity}.")
        for one in dicts(resource.get("identifier"))
    )
