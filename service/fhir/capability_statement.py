"""What this service can do, said in the form FHIR clients ask for first. It names nothing that is not there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from service import __version__
from service.fhir.elements import Json
from service.fhir.operation_definition import OPERATION, OPERATION_URL, PUBLISHED
from service.fhir.plan_operation_definition import APPLY_URL, LIBRARY_REQUIREMENTS_URL, PLAN_REQUIREMENTS_URL
from service.fhir.terminology.code import BASE

_PUBLISHED_TYPES = (
    "ActivityDefinition",
    "CodeSystem",
    "Evidence",
    "EvidenceVariable",
    "Library",
    "OperationDefinition",
    "PlanDefinition",
    "Questionnaire",
    "StructureDefinition",
    "ValueSet",
)
_OPERATIONS: Mapping[str, Sequence[tuple[str, str]]] = {
    "PlanDefinition": (("apply", APPLY_URL), ("data-requirements", PLAN_REQUIREMENTS_URL)),
    "Library": (("data-requirements", LIBRARY_REQUIREMENTS_URL),),
}

_PATIENT: Json = {
    "type": "Patient",
    "documentation": "No patients are kept here: the operation reads one from the EHR, where the deployment is connected to one, for registered clients.",
    "operation": [{"name": OPERATION, "definition": OPERATION_URL}],
}


def capability_statement() -> Json:
    """The CapabilityStatement of GET /fhir/metadata."""
    return {
        "resourceType": "CapabilityStatement",
        "id": "claudication-cds",
        "url": f"{BASE}/CapabilityStatement/claudication-cds",
        "version": __version__,
        "name": "ClaudicationCds",
        "title": "Claudication CDS",
        "status": "active",
        "experimental": False,
        "date": PUBLISHED,
        "publisher": "Claudication CDS",
        "description": "Ankle-brachial index, claudication differential and proposed orders from one patient's record.",
        "kind": "instance",
        "software": {"name": "Claudication CDS", "version": __version__},
        "implementation": {
            "description": "Claudication CDS: assesses a Bundle and publishes its own definitions; keeps no patient data."
        },
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json", "json"],
        "rest": [
            {
                "mode": "server",
                "documentation": "Stateless. Every answer that is not a success is an OperationOutcome.",
                "resource": [*(_resource(name) for name in _PUBLISHED_TYPES), _PATIENT],
                "operation": [{"name": OPERATION, "definition": OPERATION_URL}],
            }
        ],
    }


def _resource(name: str) -> Json:
    resource: Json = {"type": name, "interaction": [{"code": "read"}], "versioning": "no-version"}
    if name in _OPERATIONS:
        resource["operation"] = [{"name": code, "definition": url} for code, url in _OPERATIONS[name]]
    return resource
