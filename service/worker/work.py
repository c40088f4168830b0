"""Doing what a job asks for: the same functions that the doors call, and the same answers, errors included."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from service.clinical.assessment import Setting
from service.errors import ClaudicationError
from service.evidence.loader import Evidence
from service.fhir.answer import Output
from service.fhir.care_plan import care_plan
from service.fhir.elements import Json
from service.fhir.json_format import dumps, parse
from service.fhir.mapping import DeploymentCodes
from service.fhir.message import RequestMessage, read_message, response_message
from service.fhir.operation import read_request
from service.fhir.operation_outcome import error_outcome
from service.fhir.plan_application import check_subject, read_application
from service.fhir.plan_check import checked_plan
from service.pipeline import Answer, ReportWriter, assess_bundle
from service.worker.asked import Asked, Kind

_OK, _FAULT = 200, 500
DOORS = {Kind.ASSESS: "fhir-operation", Kind.APPLY: "plan-definition", Kind.MESSAGE: "process-message"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of it: an HTTP status and the document that goes with it. `answer` None: it could not be assessed, and `document` says why."""

    status: int
    document: Json
    answer: Answer | None
    as_of: datetime
    bundle: Json = field(default_factory=dict)
    """What was assessed."""

    @property
    def written(self) -> bytes:
        """The document as every door writes it."""
        return dumps(self.document) + b"\n"


def carry_out(
    asked: Asked, evidence: Evidence, codes: DeploymentCodes, *, limit_depth: int, report: ReportWriter | None = None
) -> Outcome:
    """Do it. What the sender has to put right is an outcome; only a fault of ours is raised."""
    try:
        document = parse(asked.body, limit_depth=limit_depth)
        if asked.kind is Kind.ASSESS:
            return _assess(asked, document, evidence, codes, report)
        if asked.kind is Kind.APPLY:
            return _apply(asked, document, evidence, codes)
        return _message(asked, document, evidence, codes)
    except ClaudicationError as error:
        if error.status >= _FAULT:
            raise
        return Outcome(status=error.status, document=error_outcome(error.problems), answer=None, as_of=asked.accepted_at)


def _assess(asked: Asked, document: Json, evidence: Evidence, codes: DeploymentCodes, report: ReportWriter | None) -> Outcome:
    said = read_request(document, asked.options)
    as_of = said.as_of or asked.accepted_at
    answer = assess_bundle(
        said.bundle,
        evidence,
        as_of=as_of,
        setting=said.setting,
        output=said.output,
        strict=asked.strict,
        explain=said.explain,
        codes=codes,
        report=report if said.report else None,
    )
    return Outcome(status=_OK, document=answer.bundle, answer=answer, as_of=as_of, bundle=said.bundle)


def _apply(asked: Asked, document: Json, evidence: Evidence, codes: DeploymentCodes) -> Outcome:
    said = read_application(document, asked.options, names_plan=asked.names_plan, evidence_version=evidence.version)
    as_of = said.as_of or asked.accepted_at
    answer = assess_bundle(
        said.bundle, evidence, as_of=as_of, setting=said.setting, output=Output.TRANSACTION, strict=asked.strict, codes=codes
    )
    plan = checked_plan(care_plan(answer.bundle, answer.assessment, evidence, digest=answer.digest, context=said.context))
    check_subject(said.subject, said.bundle, plan["subject"])
    return Outcome(status=_OK, document=plan, answer=answer, as_of=as_of, bundle=said.bundle)


def _message(asked: Asked, document: Json, evidence: Evidence, codes: DeploymentCodes) -> Outcome:
    message = read_message(document)
    try:
        answer = assess_bundle(
            message.bundle,
            evidence,
            as_of=asked.accepted_at,
            setting=Setting.PRIMARY_CARE,
            strict=asked.strict,
            codes=codes,
        )
    except ClaudicationError as error:
        if error.status >= _FAULT:
            raise
        return _refused(asked, message, error)
    said = response_message(message, [entry["resource"] for entry in answer.bundle["entry"]], at=asked.accepted_at)
    return Outcome(status=_OK, document=said, answer=answer, as_of=asked.accepted_at, bundle=message.bundle)


def _refused(asked: Asked, message: RequestMessage, error: ClaudicationError) -> Outcome:
    """A message that was read but cannot be assessed is answered by a message that says so."""
    said = response_message(message, [], at=asked.accepted_at, problems=error.problems)
    return Outcome(status=_OK, document=said, answer=None, as_of=asked.accepted_at)
