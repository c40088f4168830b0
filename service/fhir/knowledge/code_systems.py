"""Our code systems and value sets as FHIR resources, as GET /fhir/CodeSystem/{id} and /fhir/ValueSet/{id} serve them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from service import __version__
from service.clinical.vocabulary import TERMS
from service.fhir.elements import Json
from service.fhir.forms.questionnaire_items import NO_QUESTION, OPTION_DISPLAYS, question
from service.fhir.terminology import own
from service.fhir.terminology.card_topics import CARD_TOPICS
from service.fhir.terminology.code import BASE, own_system
from service.fhir.terminology.finding_names import FINDING_NAMES
from service.fhir.terminology.instruments import INSTRUMENT_RESULTS, INSTRUMENTS
from service.fhir.terminology.orders import ORDERS
from service.fhir.terminology.own import Concept

_FINDINGS = tuple(
    Concept(
        term.code,
        FINDING_NAMES[term.code],
        "From laboratory results and the problem list only." if term.code in NO_QUESTION else question(term.code),
    )
    for term in TERMS
)
_OPTIONS = tuple(
    Concept(option, OPTION_DISPLAYS[option], "") for option in dict.fromkeys(option for term in TERMS for option in term.options)
)

_PUBLISHED: Mapping[str, tuple[str, str, Iterable[Concept]]] = {
    "diagnosis": ("Diagnosis", "Explanations of leg symptoms on walking", own.DIAGNOSES.values()),
    "order": ("Order", "Tests, referrals and care this service may propose", [order.concept for order in ORDERS.values()]),
    "red-flag": ("RedFlag", "Conditions that must not wait", own.RED_FLAGS.values()),
    "finding": ("Finding", "Findings of history, examination, risk factors and management", _FINDINGS),
    "finding-value": ("FindingValue", "Options of findings that are more than yes or no", _OPTIONS),
    "data-issue": ("DataIssue", "What can be wrong with, or worth saying about, a piece of the input", own.DATA_ISSUES.values()),
    "abi-category": ("AbiCategory", "Bands of the ankle-brachial index at rest", own.ABI_CATEGORIES.values()),
    "pad-status": ("PadStatus", "What the pressures of one leg say about peripheral artery disease", own.PAD_STATUSES.values()),
    "index": ("Index", "Indices and their parts that no public code names", own.INDICES.values()),
    "instrument": ("Instrument", "Published questionnaires, scores and stages this service applies", INSTRUMENTS.values()),
    "instrument-result": ("InstrumentResult", "Classes that published instruments give", INSTRUMENT_RESULTS.values()),
    "assessment-kind": ("AssessmentKind", "Kinds of risk assessment this service gives", own.ASSESSMENT_KINDS.values()),
    "report-kind": ("ReportKind", "Kinds of report this service gives", own.REPORT_KINDS.values()),
    "card-topic": ("CardTopic", "What a CDS Hooks card is about", CARD_TOPICS.values()),
    "message-event": ("MessageEvent", "Events of the messages this service answers", own.MESSAGE_EVENTS.values()),
}

CODE_SYSTEM_IDS: tuple[str, ...] = tuple(_PUBLISHED)
"""Every id `code_system` and `value_set` know."""

MEMBERS: Mapping[str, frozenset[str]] = {
    own_system(system_id): frozenset(concept.code for concept in concepts) for system_id, (_, _, concepts) in _PUBLISHED.items()
}
"""The codes of each of our systems, by its canonical URL."""


def code_system(system_id: str) -> Json | None:
    """The CodeSystem with this id, complete; None when there is none."""
    if system_id not in _PUBLISHED:
        return None
    name, title, concepts = _PUBLISHED[system_id]
    listed = [_concept(concept) for concept in concepts]
    return {
        **_heading("CodeSystem", system_id, name, title),
        "caseSensitive": True,
        "valueSet": f"{BASE}/ValueSet/{system_id}",
        "content": "complete",
        "count": len(listed),
        "concept": listed,
    }


def value_set(set_id: str) -> Json | None:
    """The ValueSet of every code of the code system with the same id; None when there is none."""
    if set_id not in _PUBLISHED:
        return None
    name, title, _ = _PUBLISHED[set_id]
    return {
        **_heading("ValueSet", set_id, f"{name}Codes", title),
        "immutable": False,
        "compose": {"include": [{"system": own_system(set_id)}]},
    }


def _heading(resource_type: str, definition_id: str, name: str, title: str) -> Json:
    return {
        "resourceType": resource_type,
        "id": definition_id,
        "url": f"{BASE}/{resource_type}/{definition_id}",
        "version": __version__,
        "name": name,
        "title": title,
        "status": "active",
        "experimental": False,
        "publisher": "Claudication CDS",
        "description": f"{title}.",
    }


def _concept(concept: Concept) -> Json:
    if not concept.definition:
        return {"code": concept.code, "display": concept.display}
    return {"code": concept.code, "display": concept.display, "definition": concept.definition}
