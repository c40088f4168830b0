"""The published definition of $assess-claudication."""

from __future__ import annotations

from service import __version__
from service.fhir.elements import Json
from service.fhir.terminology.code import BASE

OPERATION = "assess-claudication"
OPERATION_URL = f"{BASE}/OperationDefinition/{OPERATION}"
PUBLISHED = "2026-11-23"
"""When the definitions last changed; a date of their own, so that they are the same in every process."""


def operation_definition() -> Json:
    """The OperationDefinition resource: a Bundle in at system level, a Patient of the EHR at instance level, a Bundle out."""
    return {
        "resourceType": "OperationDefinition",
        "id": OPERATION,
        "url": OPERATION_URL,
        "version": __version__,
        "name": "AssessClaudication",
        "title": "Assess claudication",
        "status": "active",
        "kind": "operation",
        "experimental": False,
        "date": PUBLISHED,
        "publisher": "Claudication CDS",
        "description": (
            "Reads one patient's limb pressures, answers, conditions and examination from a Bundle and gives back a Bundle: the computed indices "
            "per leg, a weighed differential of leg pain on walking, red flags, proposed orders, what is still missing, and what of the input was "
            "not used. Support for clinicians who can review its basis; not a diagnosis."
        ),
        "affectsState": True,
        "code": OPERATION,
        "comment": (
            "The body may also be the Bundle itself, with setting, asOf, output, explain and report as query parameters. Prefer: handling=strict refuses structurally "
            "broken resources instead of setting them aside. The same input and asOf give the same answer, byte for byte. At a Patient the record is read from "
            "the EHR that the deployment is connected to, and there is no parameter bundle; this is for registered clients. Only writeback affects any state, "
            "and that of the EHR."
        ),
        "resource": ["Patient"],
        "system": True,
        "type": False,
        "instance": True,
        "parameter": [
            {
                "name": "bundle",
                "use": "in",
                "min": 0,
                "max": "1",
                "documentation": "System level only, and needed there. The record of one patient: a Bundle of type collection, searchset, transaction, batch, message or document.",
                "type": "Bundle",
            },
            {
                "name": "setting",
                "use": "in",
                "min": 0,
                "max": "1",
                "documentation": "Where the patient is seen: primary-care (default), vascular-clinic or spine-clinic.",
                "type": "code",
            },
            {
                "name": "asOf",
                "use": "in",
                "min": 0,
                "max": "1",
                "documentation": "The moment ages and intervals are counted from; a date is its last second, UTC. Default: now.",
                "type": "dateTime",
            },
            {
                "name": "output",
                "use": "in",
                "min": 0,
                "max": "1",
                "documentation": "collection (default), or transaction: a Bundle that can be POSTed to a FHIR server as it is.",
                "type": "code",
            },
            {
                "name": "explain",
                "use": "in",
                "min": 0,
                "max": "1",
                "documentation": (
                    "true: a collection also holds one Parameters resource with the whole trace: per cause the pre-test probability, each finding "
                    "with its ratio, its group, whether it counted and why, and the post-test probability; then the rules that fired, what was "
                    "withheld and what was not asked. A transaction never holds it. Default: false."
                ),
                "type": "boolean",
            },
            {
                "name": "report",
                "use": "in",
                "min": 0,
                "max": "1",
                "documentation": (
                    "true: the answer also holds a DiagnosticReport, preliminary, with the assessment as one sheet to look at (presentedForm, a PDF). "
                    "Default: false."
                ),
                "type": "boolean",
            },
            {
                "name": "writeback",
                "use": "in",
                "min": 0,
                "max": "1",
                "documentation": (
                    "Instance level only. true: the answer is written into the EHR, each resource on the condition that it is not there yet, and the "
                    "OperationOutcome of the answer says of each what became of it. Not together with output transaction. Default: false."
                ),
                "type": "boolean",
            },
            {
                "name": "return",
                "use": "out",
                "min": 1,
                "max": "1",
                "documentation": "The assessment.",
                "type": "Bundle",
            },
        ],
    }
