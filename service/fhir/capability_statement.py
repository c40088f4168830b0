"""What this service can do, said in the form FHIR clients ask for first. It names nothing that is not there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from service import __version__
from service.fhir.elements import Json
from service.fhir.operation_definition import OPERATION, OPERATION_URL, PUBLISHED
from service.fhir.plan_operation_definition import APPLY_URL, LIBRARY_REQUIREMENTS_URL, PLAN_REQUIREMENTS_URL
from service.fhir.subscription import BACKPORT, TOPICS
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

_SUBSCRIPTION: Json = {
    "type": "Subscription",
    "supportedProfile": [f"{BACKPORT}/StructureDefinition/backport-subscription"],
    "documentation": f"For registered clients, their own only. Topics: {', '.join(TOPICS)}. Channel rest-hook, to the registered address.",
    "interaction": [{"code": code} for code in ("create", "read", "delete", "search-type")],
    "versioning": "no-version",
    "operation": [
        {"name": name, "definition": f"{BACKPORT}/OperationDefinition/backport-subscription-{name}"}
        for name in ("status", "events")
    ],
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
            "description": "Claudication CDS: assesses a Bundle and publishes its own definitions; keeps patient data only for jobs and callbacks, and only until they are done or expire."
        },
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json", "json"],
        "rest": [
            {
                "mode": "server",
                "documentation": (
                    "Every answer that is not a success is an OperationOutcome. Operations can be asked for with Prefer: respond-async: the answer is 202 "
                    "with Content-Location, and the result is fetched from there; a registered client gets it at its address too, signed."
                ),
                "resource": sorted(
                    [*(_resource(name) for name in _PUBLISHED_TYPES), _SUBSCRIPTION], key=lambda one: str(one["type"])
                ),
                "operation": [
                    {"name": OPERATION, "definition": OPERATION_URL},
                    {
                        "name": "process-message",
                        "definition": "http://hl7.org/fhir/OperationDefinition/MessageHeader-process-message",
                    },
                ],
            }
        ],
    }


def _resource(name: str) -> Json:
    resource: Json = {"type": name, "interaction": [{"code": "read"}], "versioning": "no-version"}
    if name in _OPERATIONS:
        resource["operation"] = [{"name": code, "definition": url} for code, url in _OPERATIONS[name]]
    return resource
