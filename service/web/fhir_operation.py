"""POST /fhir/$assess-claudication: parse, assess, record, answer."""

from __future__ import annotations

from flask import Blueprint, Response, request

from service.fhir.json_format import parse
from service.fhir.operation import read_request
from service.pipeline import assess_bundle
from service.web.accepting import accept
from service.web.answers import document, fhir_answer
from service.web.assessment_record import record_answer
from service.web.callers import known_caller
from service.web.deployment import Deployment
from service.web.negotiation import STYLE_PARAMETERS, respond_async, strict_handling, wanted_style
from service.web.pages.report.pdf import FILE_NAME, PDF_TYPE
from service.web.request_body import read_body
from service.worker.announcing import announce_now
from service.worker.asked import Asked, Kind

DOOR = "fhir-operation"


def fhir_operation(deployment: Deployment) -> Blueprint:
    """The operation's door."""
    door = Blueprint("fhir_operation", __name__)
    settings = deployment.settings

    @door.post("/fhir/$assess-claudication")
    def assess() -> Response:
        style = wanted_style(request, also=(PDF_TYPE,))
        client = known_caller(request, deployment)
        strict = strict_handling(request)
        sent = read_body(request, limit=settings.max_body_bytes)
        body = parse(sent, limit_depth=settings.max_depth)
        options = {name: values for name, values in request.args.lists() if name not in STYLE_PARAMETERS}
        asked = read_request(body, options)
        now = deployment.clock()
        on_paper = style.media_type == PDF_TYPE
        # A job's result is FHIR; who wants a PDF has it at once, as a preference leaves us free to.
        if respond_async(request) and not on_paper:
            later = Asked(kind=Kind.ASSESS, accepted_at=now, body=sent, options=options, strict=strict)
            return accept(request, deployment, later, body, caller=client)
        as_of = asked.as_of or now
        answer = assess_bundle(
            asked.bundle,
            deployment.evidence,
            as_of=as_of,
            setting=asked.setting,
            output=asked.output,
            strict=strict,
            explain=asked.explain,
            codes=deployment.codes,
            report=deployment.place.report if asked.report else None,
        )
        sheet = b""
        if on_paper:
            sheet = deployment.place.report(answer.assessment, as_of=as_of, patient_reference=answer.patient_reference)
        record_answer(deployment, answer, bundle=asked.bundle, strict=strict, caller=client, door=DOOR, as_of=as_of, now=now)
        announce_now(deployment.place, client, answer, now=now)
        headers = {"Preference-Applied": "handling=strict"} if strict else None
        if on_paper:
            named = {"Content-Disposition": f'inline; filename="{FILE_NAME}"'}
            return fhir_answer(sheet, media_type=PDF_TYPE, headers=named | (headers or {}))
        return fhir_answer(document(answer.bundle, pretty=style.pretty), media_type=style.media_type, headers=headers)

    return door
