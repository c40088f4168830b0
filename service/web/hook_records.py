"""GET /cds-services/{id}/explain/{hookInstance} and /outcomes: a client asks why its calls were answered so, and what became of the cards."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, Response, request

from service.cds_hooks.explaining import explanation
from service.cds_hooks.hooks import SERVICE_ID
from service.cds_hooks.outcome_report import outcomes_as_data
from service.errors import BadRequest, NotFound, Problem
from service.fhir.elements import Json
from service.fhir.json_format import shortened
from service.web.answers import document
from service.web.callers import audience_of, caller
from service.web.deployment import Deployment
from service.web.hook_feedback import check_service

DEFAULT_DAYS = 90
MOST_DAYS = 3_650


def hook_records(deployment: Deployment) -> Blueprint:
    """The doors to the record of hooks. Each client sees its own calls only."""
    door = Blueprint("hook_records", __name__)

    @door.get("/cds-services/<id>/explain/<hook_instance>")
    def explain(id: str, hook_instance: str) -> Response:
        check_service(id)
        client = caller(request, deployment, audience_of(request, deployment))
        evaluations = deployment.hook_records.explanation(client.id, SERVICE_ID, hook_instance)
        if not evaluations:
            # Another client's call is not there either: who may not read it may not learn of it.
            raise NotFound(
                Problem(
                    issue_type="not-found",
                    diagnostics=f"no call with hookInstance {shortened(hook_instance)!r} is recorded for this client; ask with one that it sent",
                )
            )
        return _json(explanation(evaluations))

    @door.get("/cds-services/<id>/outcomes")
    def outcomes(id: str) -> Response:
        check_service(id)
        client = caller(request, deployment, audience_of(request, deployment))
        since = deployment.clock() - timedelta(days=_days())
        found = deployment.hook_records.outcomes(client=client.id, since=since)
        return _json(outcomes_as_data(found, since=since))

    return door


def _days() -> int:
    """The query parameter `days`. Raises BadRequest for any other, and for a value out of its range."""
    unknown = [name for name in request.args if name != "days"]
    said = request.args.get("days", str(DEFAULT_DAYS))
    if unknown or len(request.args.getlist("days")) > 1:
        raise BadRequest(
            Problem(
                issue_type="not-supported",
                diagnostics=f"{shortened((unknown or ['days'])[0])!r} is not known or stands twice; the one parameter is days, once",
            )
        )
    if not (said.isascii() and said.isdigit() and len(said) <= len(str(MOST_DAYS)) and 1 <= int(said) <= MOST_DAYS):
        raise BadRequest(
            Problem(
                issue_type="value",
                diagnostics=f"days is {shortened(said)!r}; allowed: a whole number from 1 to {MOST_DAYS}",
                expression="days",
            )
        )
    return int(said)


def _json(value: Json) -> Response:
    answer = Response(document(value), content_type="application/json")
    answer.headers["Cache-Control"] = "no-store"
    return answer
