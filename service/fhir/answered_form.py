"""The answers of a clinician as a QuestionnaireResponse to our Questionnaire, which any later reading of the record understands."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

import orjson

from service.clinical.vocabulary import VOCABULARY, Kind, Section
from service.fhir.elements import Json, dicts
from service.fhir.identity import full_url, resource_id
from service.fhir.questionnaire import CANONICAL, FINDING_VALUE_SYSTEM
from service.fhir.questionnaire_items import GROUP_TITLES, NO_QUESTION, OPTION_DISPLAYS, question
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
        """Another for other answers: what was written is never changed under its readers."""
        told = orjson.dumps(dict(self.answers), option=orjson.OPT_SORT_KEYS)
        return resource_id(self.identity, hashlib.sha256(told).hexdigest())

    @property
    def entry(self) -> Json:
        """The form as an entry of a Bundle."""
        return {"fullUrl": full_url(self.id), "resource": self.resource}

    @property
    def resource(self) -> Json:
        return {
            "resourceType": "QuestionnaireResponse",
            "id": self.id,
            "identifier": {"system": FORM_SYSTEM, "value": f"{self.identity}.{self.id}"},
            "questionnaire": CANONICAL,
            "status": "completed",
            "subject": {"reference": f"Patient/{self.patient_id}"},
            "authored": self.authored.isoformat(),
            "author": {"reference": self.author},
            "source": {"reference": self.author},
            "item": [
                {"linkId": f"group-{section}", "text": GROUP_TITLES[section], "item": items}
                for section in Section
                if (items := list(self._items(section)))
            ],
        }

    def _items(self, section: Section) -> Iterator[Json]:
        for code, term in VOCABULARY.items():
            if term.section is section and code in self.answers:
                yield {"linkId": code, "text": question(code), "answer": [_value(term.kind, self.answers[code])]}


def _value(kind: Kind, said: str) -> Json:
    if kind is Kind.BOOLEAN:
        return {"valueBoolean": said == "true"}
    return {"valueCoding": {"system": FINDING_VALUE_SYSTEM, "code": said, "display": OPTION_DISPLAYS[said]}}


def allowed_answers(code: str) -> tuple[str, ...]:
    """What a finding can be answered with: one of a few words; none for what is a number, takes several, or is nobody's to answer."""
    term = VOCABULARY.get(code)
    if term is None or code in NO_QUESTION:
        return ()
    return {Kind.BOOLEAN: ("true", "false"), Kind.CHOICE: term.options}.get(term.kind, ())


def with_form(bundle: Json, form: AnsweredForm) -> Json:
    """The record with this form instead of what was written of it before: the same input whether it was written or not."""
    others = [entry for entry in bundle["entry"] if not _is_of(entry["resource"], form.identity)]
    return {**bundle, "entry": [*others, *([form.entry] if form.answers else [])]}


def _is_of(resource: Json, identity: str) -> bool:
    return resource.get("resourceType") == "QuestionnaireResponse" and any(
        one.get("system") == FORM_SYSTEM and str(one.get("value")).startswith(f"{identity}.")
        for one in dicts(resource.get("identifier"))
    )
