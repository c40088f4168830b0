"""Whether the process lives, and whether it should be sent requests."""

from __future__ import annotations

from flask import Blueprint, Response

from service import __version__
from service.errors import Problem
from service.web.answers import document, problem_answer
from service.web.deployment import Deployment

_JSON = "application/json"


def health(deployment: Deployment) -> Blueprint:
    """The doors for whoever runs the service."""
    door = Blueprint("health", __name__)

    @door.get("/health/live")
    def live() -> Response:
        return _said({"status": "alive", "service": __version__})

    @door.get("/health/ready")
    def ready() -> Response:
        # The evidence was loaded before the first request could come in; only the database can be lost later.
        if deployment.assessments.ready() and deployment.hook_records.ready():
            return _said({"status": "ready", "service": __version__, "evidence": deployment.evidence.version})
        return problem_answer(
            503,
            [
                Problem(
                    issue_type="transient",
                    diagnostics="assessments are answered but cannot be recorded; see that the database can be reached and its disk has room",
                )
            ],
        )

    return door


def _said(state: dict[str, str]) -> Response:
    answer = Response(document(state), content_type=_JSON)
    answer.headers["Cache-Control"] = "no-store"
    return answer
