"""The published definition of $apply as it is offered here, and the addresses of the operations that are HL7's own."""

from __future__ import annotations

from service import __version__
from service.fhir.elements import Json
from service.fhir.knowledge.operation_definition import PUBLISHED
from service.fhir.terminology.code import BASE

APPLY = "apply-claudication-plan"
"""The id of the definition; the operation's code is `apply`."""
APPLY_URL = f"{BASE}/OperationDefinition/{APPLY}"
PLAN_REQUIREMENTS_URL = "http://hl7.org/fhir/OperationDefinition/PlanDefinition-data-requirements"
LIBRARY_REQUIREMENTS_URL = "http://hl7.org/fhir/OperationDefinition/Library-data-requirements"


def apply_definition() -> Json:
    """The OperationDefinition resource: PlanDefinition/$apply on type and instance, Parameters in, a CarePlan out."""
    return {
        "resourceType": "OperationDefinition",
        "id": APPLY,
        "url": APPLY_URL,
        "version": __version__,
        "name": "ApplyClaudicationPlan",
        "title": "Apply PlanDefinition/claudication",
        "status": "active",
        "kind": "operation",
        "experimental": False,
        "date": PUBLISHED,
        "publisher": "Claudication CDS",
        "description": (
            "The operation http://hl7.org/fhir/OperationDefinition/PlanDefinition-apply of R4, with the record of the subject sent along: a CarePlan that "
            "contains a RequestGroup with the same orders that $assess-claudication proposes for the same record, and everything they rest on. "
            "Support for clinicians who can review its basis; not a diagnosis."
        ),
        "affectsState": False,
        "code": "apply",
        "comment": (
            "This service keeps no records, so data is required, and url, data and asOf are added to the parameters of R4. The body may also be the Bundle "
            "itself, with the other parameters in the query and the subject left to the Bundle. userType, userLanguage, userTaskContext and settingContext "
            "are refused: nothing here is tailored to them. The conditions of the plan are evaluated by this program, which reads the same files, not by an expression engine."
        ),
        "resource": ["PlanDefinition"],
        "system": False,
        "type": True,
        "instance": True,
        "parameter": [
            _in(
                "planDefinition",
                "PlanDefinition",
                "At the type only, unless url is given: the plan to apply, of which url and version are read; the rules applied are those published here.",
            ),
            _in(
                "url",
                "uri",
                "At the type only, unless planDefinition is given: the canonical address of the plan, with or without |version.",
            ),
            _reference(
                "subject",
                "The patient; the data must be about the same one. Left out only where the body is the Bundle itself.",
                least=1,
            ),
            _in("data", "Bundle", "The record of the patient, as $assess-claudication reads it.", least=1),
            _in(
                "setting",
                "CodeableConcept",
                "Where the patient is seen, by a coding or as a plain code: primary-care (default), vascular-clinic or spine-clinic.",
            ),
            _in(
                "asOf",
                "dateTime",
                "The moment ages and intervals are counted from; a date is its last second, UTC. Default: now.",
            ),
            _reference("encounter", "Goes to CarePlan.encounter and RequestGroup.encounter."),
            _reference("practitioner", "Goes to CarePlan.contributor."),
            _reference("organization", "Goes to CarePlan.contributor."),
            {
                "name": "return",
                "use": "out",
                "min": 1,
                "max": "1",
                "documentation": "The plan: draft, a proposal, with everything it refers to contained in it.",
                "type": "CarePlan",
            },
        ],
    }


def _in(name: str, kind: str, about: str, *, least: int = 0) -> Json:
    return {"name": name, "use": "in", "min": least, "max": "1", "documentation": about, "type": kind}


def _reference(name: str, about: str, *, least: int = 0) -> Json:
    return {**_in(name, "string", about, least=least), "searchType": "reference"}
