"""Doing what a job asks for: the same functions that the doors call, and the same answers, errors included."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import datetime

from service.clinical.assessment import Setting
from service.errors import BadGateway, ClaudicationError, GatewayTimeout
from service.fhir.answer import Output
from service.fhir.elements import Json
from service.fhir.exchange.instance_operation import read_instance_request
from service.fhir.exchange.message import RequestMessage, read_message, response_message
from service.fhir.exchange.record_queries import record_queries
from service.fhir.exchange.write_back import Told
from service.fhir.json_format import dumps, parse
from service.fhir.knowledge.care_plan import care_plan
from service.fhir.knowledge.plan_application import check_subject, read_application
from service.fhir.knowledge.plan_check import checked_plan
from service.fhir.operation import read_request
from service.fhir.operation_outcome import error_outcome
from service.instance_call import DOOR, answer_instance, connected
from service.pipeline import Answer, assess_bundle
from service.worker.asked import Asked, Kind
from service.worker.workplace import Workplace

_OK, _FAULT = 200, 500
DOORS = {Kind.ASSESS: "fhir-operation", Kind.APPLY: "plan-definition", Kind.MESSAGE: "process-message", Kind.PATIENT: DOOR}
_PASSING = ("transient", "timeout")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of it: an HTTP status and the document that goes with it. `answer` None: it could not be assessed, and `document` says why."""

    status: int
    document: Json
    answer: Answer | None
    as_of: datetime
    bundle: Json = field(default_factory=dict)
    """What was assessed."""
    told: tuple[Told, ...] | None = None
    """What became of each thing that was written into the EHR's record; None where nothing was to be."""
    passing: bool = False
    """It failed for a reason that may have gone when it is tried again."""

    @property
    def written(self) -> bytes:
        """The document as every door writes it."""
        return dumps(self.document) + b"\n"


def carry_out(asked: Asked, place: Workplace) -> Outcome:
    """Do it. What the sender has to put right is an outcome, and so is what the EHR did; only a fault of ours is raised."""
    try:
        if asked.kind is Kind.PATIENT:
            return _patient(asked, place)
        document = parse(asked.body, limit_depth=place.settings.max_depth)
        if asked.kind is Kind.ASSESS:
            return _assess(asked, document, place)
        if asked.kind is Kind.APPLY:
            return _apply(asked, document, place)
        return _message(asked, document, place)
    except ClaudicationError as error:
        of_the_ehr = isinstance(error, BadGateway | GatewayTimeout)
        if error.status >= _FAULT and not of_the_ehr:
            raise
        return Outcome(
            status=error.status,
            document=error_outcome(error.problems),
            answer=None,
            as_of=asked.accepted_at,
            passing=of_the_ehr and any(problem.issue_type in _PASSING for problem in error.problems),
        )


def _patient(asked: Asked, place: Workplace) -> Outcome:
    """Made for the moment it was accepted: what a worker that died had written is then there already for the next one, and not written beside it."""
    document = parse(asked.body, limit_depth=place.settings.max_depth) if asked.body else None
    said = read_instance_request(document, asked.options)
    as_of = said.as_of or asked.accepted_at
    answered = answer_instance(
        asked.patient,
        said,
        connected(place.ehr),
        evidence=place.evidence,
        codes=place.codes,
        queries=record_queries(place.codes),
        gathering=place.settings.ehr_gathering,
        as_of=as_of,
        strict=asked.strict,
        report=place.report,
        timer=time.monotonic,
        deadline_s=time.monotonic() + place.settings.ehr_deadline_ms / 1000,
    )
    return Outcome(
        status=_OK,
        document=answered.bundle,
        answer=answered.answer,
        as_of=as_of,
        bundle=answered.gathered,
        told=answered.told,
    )


def _assess(asked: Asked, document: Json, place: Workplace) -> Outcome:
    said = read_request(document, asked.options)
    as_of = said.as_of or asked.accepted_at
    answer = assess_bundle(
        said.bundle,
        place.evidence,
        as_of=as_of,
        setting=said.setting,
        output=said.output,
        strict=asked.strict,
        explain=said.explain,
        codes=place.codes,
        report=place.report if said.report else None,
    )
    return Outcome(status=_OK, document=answer.bundle, answer=answer, as_of=as_of, bundle=said.bundle)


def _apply(asked: Asked, document: Json, place: Workplace) -> Outcome:
    said = read_application(document, asked.options, names_plan=asked.names_plan, evidence_version=place.evidence.version)
    as_of = said.as_of or asked.accepted_at
    answer = assess_bundle(
        said.bundle,
        place.evidence,
        as_of=as_of,
        setting=said.setting,
        output=Output.TRANSACTION,
        strict=asked.strict,
        codes=place.codes,
    )
    plan = checked_plan(care_plan(answer.bundle, answer.assessment, place.evidence, digest=answer.digest, context=said.context))
    check_subject(said.subject, said.bundle, plan["subject"])
    return Outcome(status=_OK, document=plan, answer=answer, as_of=as_of, bundle=said.bundle)


def _message(asked: Asked, document: Json, place: Workplace) -> Outcome:
    message = read_message(document)
    try:
        answer = assess_bundle(
            message.bundle,
            place.evidence,
            as_of=asked.accepted_at,
            setting=Setting.PRIMARY_CARE,
            strict=asked.strict,
            codes=place.codes,
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
