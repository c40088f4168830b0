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
        style = wanted_style(request)
        client = known_caller(request, deployment)
        strict = strict_handling(request)
        sent = read_body(request, limit=settings.max_body_bytes)
        body = parse(sent, limit_depth=settings.max_depth)
        options = {name: values for name, values in request.args.lists() if name not in STYLE_PARAMETERS}
        asked = read_request(body, options)
        now = deployment.clock()
        if respond_async(request):
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
        )
        record_answer(deployment, answer, bundle=asked.bundle, strict=strict, caller=client, door=DOOR, as_of=as_of, now=now)
        announce_now(deployment.place, client, answer, now=now)
        headers = {"Preference-Applied": "handling=strict"} if strict else None
        return fhir_answer(document(answer.bundle, pretty=style.pretty), media_type=style.media_type, headers=headers)

    return door
