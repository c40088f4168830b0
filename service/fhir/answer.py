"""The result Bundle: everything one assessment has to say, as FHIR R4."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from service.clinical.assessment import Assessment
from service.fhir import sentences
from service.fhir.answer_frame import Frame, answer_reference, input_reference
from service.fhir.diagnostic_report import diagnostic_report
from service.fhir.elements import Json
from service.fhir.explanation import explanation
from service.fhir.guidance_response import guidance_response
from service.fhir.identity import full_url, resource_id
from service.fhir.instrument_observation import instrument_observations
from service.fhir.observation import observations
from service.fhir.operation_outcome import input_outcome
from service.fhir.own_identity import identified
from service.fhir.provenance import DEVICE_SYSTEM, device, provenance
from service.fhir.risk_assessment import differential_resource, red_flags_resource
from service.fhir.service_request import in_answer_order, service_request


class Output(StrEnum):
    """What the result Bundle is for: to be read, or to be sent on to a FHIR server as it is."""

    COLLECTION = "collection"
    TRANSACTION = "transaction"


def build_answer(
    assessment: Assessment,
    *,
    patient_reference: str,
    evidence_version: str,
    citations: Mapping[str, str],
    as_of: datetime,
    digest: str,
    output: Output,
    explain: bool = False,
    presented: bytes | None = None,
) -> Json:
    """The result Bundle. Reads no clock and draws no random number: every id follows from `digest`, every time from `as_of` (timezone-aware).

    Entries in order: RiskAssessments (raised red flags first), ServiceRequests (those that answer a red flag first), Observations,
    the DiagnosticReport where there is a PDF `presented`, GuidanceResponse, Provenance, Device, and in a collection the OperationOutcome
    and, where it is asked for, the explanation. No server stores Parameters, so a transaction has none.
    """
    program = device(evidence_version=evidence_version)
    frame = Frame(
        digest=digest,
        subject=input_reference(patient_reference, resource_type="Patient"),
        device=answer_reference(program),
        as_of=as_of.isoformat(),
        evidence_version=evidence_version,
        citations=citations,
    )
    outcome = input_outcome(assessment.issues, frame) if output is Output.COLLECTION else None
    flags = [red_flags_resource(assessment.red_flags, frame)] if assessment.red_flags else []
    differential = differential_resource(assessment, frame, notes=_notes(assessment, output))
    indices = observations(assessment, frame)
    instruments = instrument_observations(assessment.instruments, frame)
    supporting = [answer_reference(resource) for resource in (*flags, differential, *indices)]
    requests = [service_request(order, frame, supporting=supporting) for order in in_answer_order(assessment.orders)]
    guidance = guidance_response(assessment, frame, outcome=answer_reference(outcome) if outcome else None)
    results = [*indices, *instruments]
    reports = [diagnostic_report(assessment, frame, presented=presented, results=results)] if presented is not None else []
    said = [*flags, differential, *requests, *results, *reports, guidance]
    resources = [*said, provenance(said, frame, sources=assessment.sources), program, *([outcome] if outcome else [])]
    explained = explain and output is Output.COLLECTION
    if explained:
        resources.append(explanation(assessment, frame))
    return {
        "resourceType": "Bundle",
        "id": resource_id(digest, f"bundle/{output}{'/explained' if explained else ''}{'/report' if reports else ''}"),
        "type": output.value,
        "timestamp": frame.as_of,
        "entry": [_entry(resource, output) for resource in resources],
    }


def _entry(resource: Json, output: Output) -> Json:
    entry: Json = {"fullUrl": full_url(resource["id"]), "resource": resource}
    if output is Output.TRANSACTION:
        # A server gives ids of its own; by the identifier it is known again.
        entry["resource"] = identified(resource)
        entry["request"] = _request(resource)
    return entry


def _request(resource: Json) -> Json:
    request = {"method": "POST", "url": resource["resourceType"]}
    if resource["resourceType"] == "Device":
        # The program is one and the same in every answer; a server that has it already need not keep it twice.
        request["ifNoneExist"] = f"identifier={DEVICE_SYSTEM}|{resource['identifier'][0]['value']}"
    return request


def _notes(assessment: Assessment, output: Output) -> list[str]:
    """What a reader of the differential must know besides it. In a transaction the issues too, because their OperationOutcome is not sent."""
    notes = []
    if assessment.not_weighed is not None:
        notes.append(sentences.not_weighed(assessment.not_weighed))
    notes += [sentences.pad_status(leg) for leg in assessment.indices.legs]
    if assessment.differential is not None:
        notes += assessment.differential.notes
    notes += assessment.advice
    notes += sentences.withheld(assessment)
    if assessment.red_flags_not_asked:
        notes.append(sentences.warning_signs_not_asked(assessment.red_flags_not_asked))
    if output is Output.TRANSACTION:
        notes += sentences.issues(assessment.issues)
    return notes
