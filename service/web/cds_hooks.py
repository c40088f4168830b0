"""GET /cds-services and POST /cds-services/{id}: parse, find out who calls, call, answer."""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import partial

from flask import Blueprint, Response, request

from service.cds_hooks.discovery import discovery
from service.cds_hooks.hooks import SERVICE_ID, hooks_of
from service.cds_hooks.request import read_request
from service.errors import NotFound, PreconditionFailed, Problem, Unprocessable
from service.fhir.exchange.record_queries import record_queries
from service.fhir.json_format import parse
from service.hook_call import answer_call
from service.web.answers import document, fhir_answer
from service.web.assessment_record import record_answer
from service.web.callers import audience_of, caller
from service.web.definitions import revalidated, tagged
from service.web.deployment import Deployment
from service.web.hook_memory import recall_call, remember_answer, remember_refusal
from service.web.request_body import read_body
from service.worker.hook_events import tell

DOOR = "cds-hooks"
JSON = "application/json"
# Clients look again once a day; an hour keeps a change of the templates from waiting much longer than that.
_KEPT_S = 3600


def cds_hooks(deployment: Deployment) -> Blueprint:
    """The doors of the hooks."""
    door = Blueprint("cds_hooks", __name__)
    settings = deployment.settings
    queries = record_queries(deployment.codes)
    documents = {shared_id: tagged(document(discovery(queries, shared_id=shared_id))) for shared_id in (True, False)}

    @door.get("/cds-services")
    def discover() -> Response:
        # Open to everybody, but whoever shows a token is told when it is not a good one, and is shown the services as it can take them.
        signed = "Authorization" in request.headers
        shared_id = not signed or caller(request, deployment, audience_of(request, deployment)).profile.shared_id
        answer = revalidated(*documents[shared_id], JSON)
        answer.headers["Cache-Control"] = f"{'private' if signed else 'public'}, max-age={_KEPT_S}"
        answer.headers["Vary"] = "Authorization"
        return answer

    @door.post("/cds-services/<id>")
    def call(id: str) -> Response:
        began = time.monotonic()
        if not hooks_of(id):
            raise _no_such_service(id)
        client = caller(request, deployment, audience_of(request, deployment))
        body = parse(read_body(request, limit=settings.max_body_bytes, any_json=True), limit_depth=settings.max_depth)
        now = deployment.clock()
        asked = read_request(body, client.profile, now=now, service=id)
        parsed_ms = (time.monotonic() - began) * 1000
        memory = recall_call(deployment, asked, client, now=now)
        recalled_ms = (time.monotonic() - began) * 1000
        try:
            answered = answer_call(
                asked,
                client,
                evidence=deployment.evidence,
                codes=deployment.codes,
                queries=queries,
                read=deployment.read_together,
                now=now,
                deadline_ms=max(0, settings.hook_deadline_ms - round(recalled_ms)),
                timer=time.monotonic,
                choose=memory.choose,
                as_of=memory.as_of,
                public_url=settings.public_url,
            )
        except (PreconditionFailed, Unprocessable) as error:
            remember_refusal(deployment, memory, error, {"parse": parsed_ms, "recall": recalled_ms - parsed_ms})
            raise
        spent_ms = {"parse": parsed_ms, "recall": recalled_ms - parsed_ms, **answered.spent_ms}
        record_answer(
            deployment,
            answered.answer,
            bundle=answered.gathered.bundle,
            strict=False,
            caller=client.id,
            door=DOOR,
            as_of=memory.as_of,
            now=now,
        )
        told = remember_answer(deployment, memory, answered, spent_ms)
        answer = fhir_answer(document(answered.body), media_type=JSON, headers={"Server-Timing": _server_timing(spent_ms)})
        if told is not None:
            # After the cards have left: somebody waits for them in front of a screen, and nobody there for a subscriber.
            answer.call_on_close(partial(tell, deployment.place, told.id))
        return answer

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
