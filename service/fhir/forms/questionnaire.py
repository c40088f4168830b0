"""The Questionnaire `claudication-history`: every finding a person can be asked for, grouped, with no question compulsory."""

from __future__ import annotations

from service import __version__
from service.clinical.vocabulary import VOCABULARY, Kind, Section, Term
from service.fhir.elements import Json
from service.fhir.finding_measures import MEASURES, Measure
from service.fhir.forms.form_definition import HIGHEST, LOWEST, UNIT
from service.fhir.forms.questionnaire_items import ASKED_WHEN_ANY, GROUP_TITLES, OPTION_DISPLAYS, asked, question
from service.fhir.terminology.code import BASE, UCUM, own_system

CANONICAL = f"{BASE}/Questionnaire/claudication-history"
PATIENT_CANONICAL = f"{CANONICAL}-patient"
"""The same questions in the words of patients: questionnaire_patient.py."""
FINDING_SYSTEM = own_system("finding")
FINDING_VALUE_SYSTEM = own_system("finding-value")

_ITEM_TYPES = {
    Kind.BOOLEAN: "boolean",
    Kind.CHOICE: "choice",
    Kind.CHOICES: "choice",
    Kind.DECIMAL: "decimal",
    Kind.INTEGER: "integer",
}

_UNIT_WORDS = {"m": "metres", "wk": "weeks", "{score}": "grade", "mL": "ml"}


def questionnaire() -> Json:
    """The FHIR R4 resource. `linkId` and `item.code` of every question are the finding code; an unanswered question means not known."""
    return {
        "resourceType": "Questionnaire",
        "id": "claudication-history",
        "url": CANONICAL,
        "version": __version__,
        "name": "ClaudicationHistory",
        "title": "Leg pain on walking: history, examination and risk factors",
        "status": "active",
        "experimental": False,
        "subjectType": ["Patient"],
        "publisher": "Claudication CDS",
        "description": (
            "Questions for a clinician to go through with a patient whose legs hurt on walking. Leave open what was not asked or is not known: "
            "an open question is never read as no."
        ),
        "purpose": "Collects the findings that $assess-claudication weighs.",
        "copyright": "Wording by the Claudication CDS project; it reproduces no published questionnaire. Free to use and to translate.",
        "code": [{"system": own_system("assessment-kind"), "code": "claudication-differential"}],
        "item": [_group(section) for section in Section],
    }


def _group(section: Section) -> Json:
    return {
        "linkId": f"group-{section}",
        "text": GROUP_TITLES[section],
        "type": "group",
        "item": [question_item(VOCABULARY[code]) for code in asked(section)],
    }


def question_item(term: Term) -> Json:
    """The item of one finding, in the words for clinicians. Numbers carry their unit and their limits, so that any form can say what it takes."""
    measure = MEASURES.get(term.code)
    limits: Json = {"extension": _limits(term, measure)} if measure else {}
    item: Json = {
        **limits,
        "linkId": term.code,
        "code": [{"system": FINDING_SYSTEM, "code": term.code}],
        "text": question(term.code),
        "type": _ITEM_TYPES[term.kind],
    }
    conditions = ASKED_WHEN_ANY.get(term.code, ())
    if conditions:
        item["enableWhen"] = [{"question": code, "operator": "=", "answerBoolean": True} for code in conditions]
    if len(conditions) > 1:
        item["enableBehavior"] = "any"
    if term.kind is Kind.CHOICES:
        item["repeats"] = True
    if term.options:
        item["answerOption"] = [
            {"valueCoding": {"system": FINDING_VALUE_SYSTEM, "code": option, "display": OPTION_DISPLAYS[option]}}
            for option in term.options
        ]
    return item


def _limits(term: Term, measure: Measure) -> list[Json]:
    value = "valueInteger" if term.kind is Kind.INTEGER else "valueDecimal"
    return [
        {"url": UNIT, "valueCoding": {"system": UCUM, "code": measure.unit, "display": _UNIT_WORDS[measure.unit]}},
        {"url": LOWEST, value: int(measure.low)},
        {"url": HIGHEST, value: int(measure.high)},
    ]
