"""What our published knowledge has in common: canonical addresses and versions, headings, conditions, citations."""

from __future__ import annotations

from service import __version__
from service.evidence.basis import Basis
from service.evidence.citations import Citation
from service.evidence.condition_words import in_words
from service.evidence.conditions import Condition
from service.evidence.loader import Evidence
from service.fhir import sentences
from service.fhir.elements import Json
from service.fhir.knowledge.operation_definition import PUBLISHED
from service.fhir.terminology.code import BASE

PLAN = "claudication"
"""The id of our one PlanDefinition."""
PLAN_URL = f"{BASE}/PlanDefinition/{PLAN}"
LOGIC = "claudication-logic"
"""The id of our one Library."""
CONDITION_LANGUAGE = "text/x-claudication"
"""Conditions over named facts, as docs/knowledge.md has the grammar. Neither FHIRPath nor CQL, and not to be taken for either."""

_OWN_DECISION = "engineering"


def knowledge_version(evidence_version: str) -> str:
    """The version of what is made from the evidence files: it changes with the program and with the files."""
    return f"{__version__}-evidence-{evidence_version}"


def canonical(resource_type: str, definition_id: str, version: str) -> str:
    """The address of one version of one of our definitions."""
    return f"{BASE}/{resource_type}/{definition_id}|{version}"


def activity_canonical(order: str) -> str:
    """The address of the ActivityDefinition of an order code, in this version of the program."""
    return canonical("ActivityDefinition", order, __version__)


def heading(resource_type: str, definition_id: str, *, version: str, title: str, description: str) -> Json:
    """The elements that all our knowledge resources begin with."""
    return {
        "resourceType": resource_type,
        "id": definition_id,
        "url": f"{BASE}/{resource_type}/{definition_id}",
        "version": version,
        "name": "".join(part.capitalize() for part in definition_id.split("-")),
        "title": title,
        "status": "active",
        "date": PUBLISHED,
        "publisher": "Claudication CDS",
        "description": description,
    }


def expression(condition: Condition, *, description: str = "") -> Json:
    """A condition of the evidence as an Expression."""
    said: Json = {"description": description} if description else {}
    return {**said, "language": CONDITION_LANGUAGE, "expression": in_words(condition)}


def patient_subject() -> Json:
    """What every plan and activity here is about."""
    return {"coding": [{"system": "http://hl7.org/fhir/resource-types", "code": "Patient", "display": "Patient"}]}


def citation_artifact(citation: Citation, *, display: str = "") -> Json:
    """A source as a RelatedArtifact, with its DOI or PubMed address where it has one. `display`: what is taken from it."""
    artifact: Json = {
        "type": "justification" if citation.key == _OWN_DECISION else "citation",
        "label": citation.key,
        "citation": citation.printed,
    }
    if display:
        artifact["display"] = display
    if citation.doi:
        artifact["url"] = f"https://doi.org/{citation.doi}"
    elif citation.pmid:
        artifact["url"] = f"https://pubmed.ncbi.nlm.nih.gov/{citation.pmid}/"
    return artifact


def documentation(basis: Basis, evidence: Evidence) -> list[Json]:
    """The source of a rule, with rule id, guideline, class of recommendation, level of evidence and how sure we are of it."""
    return [citation_artifact(evidence.citations[basis.citation], display=sentences.standing(basis))]
