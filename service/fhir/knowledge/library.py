"""The Library `claudication-logic`: the facts that conditions speak of, what is read to know them, and the evidence files themselves."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping

from service.clinical.facts import FACT_NAMES
from service.clinical.indices import ExerciseResult
from service.clinical.record_facts import DAYS_SINCE, DIAGNOSED, RECORD_FACTS
from service.clinical.vocabulary import VOCABULARY, Kind
from service.evidence.intended_use import INTENDED_USE
from service.evidence.loader import Evidence, version_of
from service.fhir.elements import Json
from service.fhir.extract import LOOKED_UP, READERS
from service.fhir.forms.questionnaire import CANONICAL as QUESTIONNAIRE
from service.fhir.knowledge.definition_parts import (
    LOGIC,
    PLAN,
    activity_canonical,
    canonical,
    citation_artifact,
    heading,
    knowledge_version,
    patient_subject,
)
from service.fhir.terminology.code import Code, own_system
from service.fhir.terminology.finding_names import FINDING_NAMES
from service.fhir.terminology.orders import ORDERS

LIBRARY_IDS = (LOGIC,)

_LIBRARY_TYPE = "http://terminology.hl7.org/CodeSystem/library-type"
_LOGIC_TYPE = Code(_LIBRARY_TYPE, "logic-library", "Logic Library")
_MODULE_TYPE = Code(_LIBRARY_TYPE, "module-definition", "Module Definition")
_SYSTEMS = ("finding", "finding-value", "order", "red-flag", "diagnosis", "pad-status", "abi-category")
_TYPES: Mapping[Kind, tuple[str, str]] = {
    Kind.BOOLEAN: ("boolean", "1"),
    Kind.CHOICE: ("code", "1"),
    Kind.CHOICES: ("code", "*"),
    Kind.DECIMAL: ("decimal", "1"),
    Kind.INTEGER: ("integer", "1"),
}
_EXERCISE = [result for result in ExerciseResult if result is not ExerciseResult.NOT_COMPUTABLE]
_ANY_LEG_THAT_HURTS = "Of the legs that hurt, or of both where the side is not known."
_WORKED_OUT: Mapping[str, tuple[str, str, str]] = {
    "age-years": ("decimal", "1", "Age in whole years at the moment of the assessment."),
    "sex": ("code", "1", "female or male, from Patient.gender."),
    "leg-symptoms": ("boolean", "1", "Leg symptoms on walking, as asked or from an exertional detail that was affirmed."),
    "symptomatic-pulses": ("code", "1", f"abnormal or normal. {_ANY_LEG_THAT_HURTS}"),
    "symptomatic-abi-category": ("code", "*", f"Bands of the ankle-brachial index, or not-measured. {_ANY_LEG_THAT_HURTS}"),
    "symptomatic-tbi": ("code", "*", f"Toe-brachial index: abnormal, normal or not-measured. {_ANY_LEG_THAT_HURTS}"),
    "symptomatic-exercise": ("code", "*", f"Exercise test: {', '.join(_EXERCISE)} or not-measured. {_ANY_LEG_THAT_HURTS}"),
    "symptomatic-pad-status": ("code", "*", f"Status of peripheral artery disease. {_ANY_LEG_THAT_HURTS}"),
    "any-pad-status": ("code", "*", "Status of peripheral artery disease of either leg."),
    "red-flags": ("code", "*", "The red flags raised."),
    "open-orders": ("code", "*", "Orders in the record that are open: drafts and proposals too, none that is done."),
    "vascular-likelihood": ("code", "1", "How likely the vascular cause came out: negligible, low, moderate or high."),
    "neurogenic-likelihood": ("code", "1", "How likely the neurogenic cause came out: negligible, low, moderate or high."),
    "arm-difference-mmhg": ("decimal", "1", "Difference of the systolic pressures of the two arms, mmHg."),
}
_WORKED_OUT_PER_LEG: Mapping[str, tuple[str, str, str]] = {
    "abi": ("decimal", "1", "Ankle-brachial index at rest."),
    "abi-category": ("code", "1", "Band of the ankle-brachial index at rest."),
    "tbi": ("decimal", "1", "Toe-brachial index."),
    "toe-mmhg": ("decimal", "1", "Toe pressure, mmHg."),
    "ankle-mmhg": ("decimal", "1", "Ankle pressure, mmHg."),
    "pad-status": ("code", "1", "Status of peripheral artery disease of this leg."),
    "wifi-ischaemia": (
        "code",
        "1",
        "Ischaemia grade of WIfI, 0 to 3, by the worst of toe pressure, skin oxygen, ABI and ankle pressure.",
    ),
    "toe-days": ("integer", "1", "Whole days since the toe pressure; not known where it has no date."),
    "toe-days-before-threat": (
        "integer",
        "1",
        "By how many whole days toe pressure and toe-brachial index are older than the wound or the rest pain that was last recorded; not known where one has no date.",
    ),
    "tcpo2-days": (
        "integer",
        "1",
        "Whole days since the transcutaneous oxygen pressure of the foot; not known where it has no date.",
    ),
}


def library(library_id: str, evidence: Evidence, files: Mapping[str, bytes]) -> Json | None:
    """The Library with this id; None when there is none. `files`: the evidence files, which it carries as they are.

    Raises ValueError when the files are not those the evidence was read from.
    """
    if library_id not in LIBRARY_IDS:
        return None
    if version_of(files) != evidence.version:
        raise ValueError("these are not the files that the evidence was read from")
    version = knowledge_version(evidence.version)
    return {
        **_logic(evidence, version),
        "type": {"coding": [_LOGIC_TYPE.coding()]},
        "relatedArtifact": [*_dependencies(), *(citation_artifact(one) for one in evidence.citations.values())],
        "content": [_attached(name, content) for name, content in sorted(files.items())],
    }


def data_requirements(evidence: Evidence) -> Json:
    """What the plan and its library read, as a module definition: the answer of $data-requirements."""
    version = knowledge_version(evidence.version)
    plan = {"type": "composed-of", "resource": canonical("PlanDefinition", PLAN, version)}
    activities = [{"type": "depends-on", "resource": activity_canonical(order)} for order in ORDERS]
    logic = _logic(evidence, version)
    del logic["id"], logic["url"]
    return {
        **logic,
        "name": "ClaudicationModule",
        "title": "Leg pain on walking: what its rules read",
        "type": {"coding": [_MODULE_TYPE.coding()]},
        "relatedArtifact": [
            plan,
            {"type": "depends-on", "resource": canonical("Library", LOGIC, version)},
            *_dependencies(),
            *activities,
        ],
    }


def _logic(evidence: Evidence, version: str) -> Json:
    return {
        **heading(
            "Library",
            LOGIC,
            version=version,
            title="Leg pain on walking: facts, data and evidence",
            description=(
                "Every fact that the conditions of PlanDefinition/claudication look at, the resources they are known from, and the evidence files: "
                f"likelihood ratios, pre-test probabilities, thresholds, instruments, rules and citations. {INTENDED_USE}"
            ),
        ),
        "experimental": False,
        "subjectCodeableConcept": patient_subject(),
        "lastReviewDate": max(citation.checked for citation in evidence.citations.values()),
        "parameter": [_parameter(fact) for fact in sorted(FACT_NAMES)],
        "dataRequirement": [_requirement(resource_type) for resource_type in sorted({"Patient", *READERS, *LOOKED_UP})],
    }


def _parameter(fact: str) -> Json:
    kind, most, about = _typed(fact)
    return {"name": fact, "use": "in", "min": 0, "max": most, "documentation": about, "type": kind}


def _typed(fact: str) -> tuple[str, str, str]:
    """FHIR type, the most values it may have, and what it is."""
    if fact in VOCABULARY:
        term = VOCABULARY[fact]
        options = f": {', '.join(term.options)}" if term.options else ""
        return *_TYPES[term.kind], f"Finding: {FINDING_NAMES[fact]}{options}."
    if fact in _WORKED_OUT:
        return _WORKED_OUT[fact]
    if fact in RECORD_FACTS:
        return _of_the_record(fact)
    if fact.startswith("alternative-"):
        return "code", "1", f"Whether the pattern of {fact.removeprefix('alternative-')} is met: matched or partly."
    index, _, side = fact.rpartition("-")
    kind, most, about = _WORKED_OUT_PER_LEG[index]
    return kind, most, f"{about[:-1]}, {side} leg."


def _of_the_record(fact: str) -> tuple[str, str, str]:
    if fact in DIAGNOSED:
        return (
            "string",
            "1",
            f"Diagnosed already, so the red flag {DIAGNOSED[fact]} may stand: the date in words. Never known to be absent.",
        )
    if fact in DAYS_SINCE.values():
        return "integer", "1", f"Whole days since {fact.removesuffix('-days')}; not known where the diagnosis has no date."
    return "boolean", "1", f"Known only from the record: {fact.replace('-', ' ')}. Never no."


def _requirement(resource_type: str) -> Json:
    if resource_type == "Patient":
        return {"type": "Patient", "mustSupport": ["birthDate", "gender"]}
    return {"type": resource_type}


def _dependencies() -> Iterable[Json]:
    """Without versions: they are served in the version of this program only."""
    yield {"type": "depends-on", "resource": QUESTIONNAIRE}
    for system_id in _SYSTEMS:
        yield {"type": "depends-on", "resource": own_system(system_id)}


def _attached(name: str, content: bytes) -> Json:
    return {
        "contentType": "application/toml",
        "title": name,
        "size": len(content),
        "hash": base64.b64encode(hashlib.sha1(content, usedforsecurity=False).digest()).decode(),
        "data": base64.b64encode(content).decode(),
    }
