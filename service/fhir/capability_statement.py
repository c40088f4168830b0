"""What this service can do, said in the form FHIR clients ask for first. It names nothing that is not there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from service import __version__
from service.fhir.elements import Json
from service.fhir.exchange.record_search import MOST_COUNT, PREFIXES, READ_BACK
from service.fhir.exchange.subscription import BACKPORT, TOPICS
from service.fhir.knowledge.operation_definition import OPERATION, OPERATION_URL, PUBLISHED
from service.fhir.knowledge.plan_operation_definition import APPLY_URL, LIBRARY_REQUIREMENTS_URL, PLAN_REQUIREMENTS_URL
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

_READ_BACK_TEXT = (
    f"What an assessment said, where the deployment keeps results. Newest first; _count up to {MOST_COUNT}, and next links. No _include, no _sort.",
    f"Who did what with a client's records, when. Newest first; _count up to {MOST_COUNT}, and next links. By patient only where results are kept.",
)

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
            "description": (
                "Claudication CDS: assesses a Bundle, publishes its own definitions, and keeps of patients only what the deployment says, "
                "and for jobs and callbacks what they need until they are done or expire."
            )
        },
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json", "json"],
        "rest": [
            {
                "mode": "server",
                "documentation": (
                    "Every answer that is not a success is an OperationOutcome. Definitions are open; what is read back is not. Operations can be asked "
                    "for with Prefer: respond-async: the answer is 202 with Content-Location, and the result is fetched from there; a registered client "
                    "gets it at its address too, signed."
                ),
                "security": {
                    "description": (
                        "What is read back, and the subscriptions, are for the registered client they belong to, which shows its signed token "
                        "(Authorization: Bearer)."
                    )
                },
                "resource": [
                    *(_resource(name) for name in _PUBLISHED_TYPES),
                    *(_read_back(name) for name in READ_BACK),
                    _PATIENT,
                    _SUBSCRIPTION,
                ],
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


def _read_back(name: str) -> Json:
    return {
        "type": name,
        "documentation": _READ_BACK_TEXT[name == "AuditEvent"],
        "interaction": [{"code": "read"}, {"code": "search-type"}],
        "versioning": "no-version",
        "readHistory": False,
        "updateCreate": False,
        "searchParam": [
            {
                "name": "patient",
                "type": "reference",
                "documentation": "The patient of the assessment it belongs to, as the Bundle named him: 23, Patient/23 or an absolute URL. One only; no chain, no modifier.",
            },
            {
                "name": "_lastUpdated",
                "definition": "http://hl7.org/fhir/SearchParameter/Resource-lastUpdated",
                "type": "date",
                "documentation": f"When it was recorded. Prefixes: {', '.join(PREFIXES)}; may be given more than once.",
            },
        ],
    }
