"""POST /lint: where a body departs from the standards. Nothing of it is kept, and nothing of it is logged."""

from __future__ import annotations

from flask import Blueprint, Response, request

from service.cds_hooks.lint import lint_bytes
from service.cds_hooks.lint_report import report_as_data
from service.fhir.exchange.record_queries import record_queries
from service.web.answers import document
from service.web.deployment import Deployment
from service.web.request_body import read_body


def lint_door(deployment: Deployment) -> Blueprint:
    """The door for integrators. It asks for no token: what it tells stands in what is sent, and a team may have no token that works yet."""
    door = Blueprint("lint", __name__)
    settings = deployment.settings
    queries = record_queries(deployment.codes)

    @door.post("/lint")
    def check() -> Response:
        body = read_body(request, limit=settings.max_body_bytes, any_json=True)
        report = lint_bytes(body, queries, now=deployment.clock(), limit_depth=settings.max_depth)
        answer = Response(document(report_as_data(report)), content_type="application/json")
        answer.headers["Cache-Control"] = "no-store"
        return answer

    return door
