"""POST /fhir/Patient/{id}/$assess-claudication: find out who calls, read the record from the EHR, assess, write back, record, answer."""

from __future__ import annotations

import time

from flask import Blueprint, Request, Response, request

from service.errors import NotFound, Problem
from service.fhir.elements import Json
from service.fhir.exchange.instance_operation import read_instance_request
from service.fhir.exchange.record_queries import is_usable_id, record_queries
from service.fhir.json_format import parse
from service.instance_call import DOOR, answer_instance, connected
from service.pipeline import Answer
from service.web.accepting import accept
from service.web.answers import document, fhir_answer
from service.web.assessment_record import record_answer, record_writing
from service.web.callers import audience_of, caller
from service.web.deployment import Deployment
from service.web.negotiation import STYLE_PARAMETERS, respond_async, strict_handling, wanted_style
from service.web.request_body import read_body
from service.worker.announcing import announce_now
from service.worker.asked import Asked, Kind
from service.worker.assessment_record import writing_entry


def patient_operation(deployment: Deployment) -> Blueprint:
    """The operation's door at one patient."""
    door = Blueprint("patient_operation", __name__)
    settings = deployment.settings
    queries = record_queries(deployment.codes)

    @door.post("/fhir/Patient/<id>/$assess-claudication")
    def assess_patient(id: str) -> Response:
        began = time.monotonic()
        # The record is read with our own token: who may not call must not even learn which patients there are.
        client = caller(request, deployment, audience_of(request, deployment))
        style = wanted_style(request)
        strict = strict_handling(request)
        options = {name: values for name, values in request.args.lists() if name not in STYLE_PARAMETERS}
        sent = _sent(request, deployment)
        body = parse(sent, limit_depth=settings.max_depth) if sent else None
        asked = read_instance_request(body, options)
        ehr = connected(deployment.ehr)
        if not is_usable_id(id):
            raise _no_such_id()
        now = deployment.clock()
        if respond_async(request):
            later = Asked(kind=Kind.PATIENT, accepted_at=now, body=sent, options=options, strict=strict, patient=id)
            return accept(request, deployment, later, body, caller=client.id)
        as_of = asked.as_of or now

        def record(answer: Answer, gathered: Json) -> None:
            record_answer(deployment, answer, bundle=gathered, strict=strict, caller=client.id, door=DOOR, as_of=as_of, now=now)

        answered = answer_instance(
            id,
            asked,
            ehr,
            evidence=deployment.evidence,
            codes=deployment.codes,
            queries=queries,
            gathering=settings.ehr_gathering,
            as_of=as_of,
            strict=strict,
            report=deployment.place.report,
            timer=time.monotonic,
            deadline_s=began + settings.ehr_deadline_ms / 1000,
            record=record,
        )
        if answered.told is not None:
            about = answered.answer.patient_reference
            entry = writing_entry(
                deployment.keeping, answered.told, caller=client.id, door=DOOR, patient_reference=about, now=deployment.clock()
            )
            record_writing(deployment, entry)
        announce_now(deployment.place, client.id, answered.answer, now=now)
        headers = {"Preference-Applied": "handling=strict"} if strict else None
        return fhir_answer(document(answered.bundle, pretty=style.pretty), media_type=style.media_type, headers=headers)

    return door


def _sent(request: Request, deployment: Deployment) -> bytes:
    """What was sent; b"" for nothing, which needs no Content-Type."""
    if not request.content_length and "Transfer-Encoding" not in request.headers:
        return b""
    return read_body(request, limit=deployment.settings.max_body_bytes)


def _no_such_id() -> NotFound:
    return NotFound(
        Problem(
            issue_type="not-found",
            diagnostics="there is no patient of this id: an id has letters, digits, dots, hyphens and underscores",
            expression="Patient.id",
        )
    )
