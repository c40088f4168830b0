"""GET /cds-services and POST /cds-services/{id}: parse, find out who calls, call, answer."""

from __future__ import annotations

import time
from collections.abc import Mapping

from flask import Blueprint, Response, request

from service.cds_hooks.discovery import discovery
from service.cds_hooks.hooks import SERVICE_ID
from service.cds_hooks.request import read_request
from service.errors import NotFound, Problem
from service.fhir.json_format import parse
from service.fhir.record_queries import record_queries
from service.hook_call import answer_call
from service.web.answers import document, fhir_answer
from service.web.assessment_record import record_answer
from service.web.callers import audience_of, caller
from service.web.definitions import revalidated, tagged
from service.web.deployment import Deployment
from service.web.request_body import read_body

DOOR = "cds-hooks"
JSON = "application/json"
# Clients look again once a day; an hour keeps a change of the templates from waiting much longer than that.
_KEPT_S = 3600


def cds_hooks(deployment: Deployment) -> Blueprint:
    """The doors of the hooks."""
    door = Blueprint("cds_hooks", __name__)
    settings = deployment.settings
    queries = record_queries(deployment.codes)
    services, tag = tagged(document(discovery(queries)))

    @door.get("/cds-services")
    def discover() -> Response:
        # Open to everybody, but whoever shows a token is told when it is not a good one.
        if "Authorization" in request.headers:
            caller(request, deployment, audience_of(request, deployment))
        answer = revalidated(services, tag, JSON)
        answer.headers["Cache-Control"] = f"public, max-age={_KEPT_S}"
        del answer.headers["Vary"]
        return answer

    @door.post("/cds-services/<id>")
    def call(id: str) -> Response:
        began = time.monotonic()
        if id != SERVICE_ID:
            raise _no_such_service(id)
        client = caller(request, deployment, audience_of(request, deployment))
        body = parse(read_body(request, limit=settings.max_body_bytes, any_json=True), limit_depth=settings.max_depth)
        now = deployment.clock()
        asked = read_request(body, client.profile, now=now)
        parsed_ms = (time.monotonic() - began) * 1000
        answered = answer_call(
            asked,
            client,
            evidence=deployment.evidence,
            codes=deployment.codes,
            queries=queries,
            read=deployment.read_together,
            now=now,
            deadline_ms=max(0, settings.hook_deadline_ms - round(parsed_ms)),
            timer=time.monotonic,
        )
        record_answer(deployment, answered.answer, door=DOOR, as_of=now, now=now)
        timing = _server_timing({"parse": parsed_ms, **answered.spent_ms})
        return fhir_answer(document(answered.body), media_type=JSON, headers={"Server-Timing": timing})

    return door


def _server_timing(spent_ms: Mapping[str, float]) -> str:
    return ", ".join(f"{step};dur={spent:.1f}" for step, spent in spent_ms.items())


def _no_such_service(id: str) -> NotFound:
    return NotFound(
        Problem(
            issue_type="not-found",
            diagnostics=f"there is no service {id[:64]!r} here; GET /cds-services lists those there are: {SERVICE_ID}",
        )
    )
