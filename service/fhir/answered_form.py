"""The answers of a clinician as a QuestionnaireResponse to our Questionnaire, which any later reading of the record understands."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache

import orjson

from service.fhir.elements import Json, dicts
from service.fhir.form_answers import questionnaire_response
from service.fhir.form_definition import Form, Question, read_definition
from service.fhir.identity import full_url, resource_id
from service.fhir.questionnaire import questionnaire
from service.fhir.terminology.code import BASE

FORM_SYSTEM = f"{BASE}/NamingSystem/answered-form"
"""Of identifiers. Not that of our answers: what a clinician has answered counts in the next assessment, what we have worked out does not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnsweredForm:
    """`answers`: by finding code "true", "false" or a code of its options. `identity`: of this form, the same for all that is answered in it."""

    identity: str
    patient_id: str
    author: str
    authored: datetime
    answers: Mapping[str, str]

    @property
    def id(self) -> str:
        """Another for other answers: what was written is never changed under its readers.

        Another too for the same answers at a later moment: who says yes, then no, then yes again is not to be left with the no as the last word of the record.
        """
        told = orjson.dumps([dict(self.answers), self.authored.isoformat()], option=orjson.OPT_SORT_KEYS)
        return resource_id(self.identity, hashlib.sha256(told).hexdigest())

    @property
    def entry(self) -> Json:
        """The form as an entry of a Bundle."""
        return {"fullUrl": full_url(self.id), "resource": self.resource}

    @property
    def resource(self) -> Json:
        return questionnaire_response(
            history_form(),
            {code: (_value(history_form().questions[code], said),) for code, said in self.answers.items()},
            authored=self.authored,
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
    return {**bundle, "entry": [*others, *([form.entry] if form.answers else [])]}


def _is_of(resource: Json, identity: str) -> bool:
    return resource.get("resourceType") == "QuestionnaireResponse" and any(
        one.get("system") == FORM_SYSTEM and str(one.get("value")).startswith(f"{identity}.")
        for one in dicts(resource.get("identifier"))
    )
