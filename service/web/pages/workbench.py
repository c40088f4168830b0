"""The workbench at / and the assessment page: the same answer as through every door, for eyes. Made here, without a script it would need."""

from __future__ import annotations

from functools import cache

from flask import Blueprint, Response, request

from service.errors import NotFound, Problem
from service.web.answers import FHIR_JSON
from service.web.callers import known_caller
from service.web.definitions import revalidated, tagged
from service.web.deployment import Deployment
from service.web.pages.assessing import assessing, settings_to_choose
from service.web.pages.examples import EXAMPLES, example_body
from service.web.pages.page import page
from service.web.pages.stopped import NOT_ASSESSED, unless_stopped
from service.web.pages.submission import read_form

DOOR = "workbench"


def workbench(deployment: Deployment) -> Blueprint:
    """The doors for people."""
    door = Blueprint("workbench", __name__, template_folder="templates")
    settings = deployment.settings
    shown = assessing(deployment, door=DOOR)

    @door.get("/")
    def open_workbench() -> Response:
        return page("workbench.html", examples=EXAMPLES.values(), settings=settings_to_choose())

    @door.post("/assessment")
    def assess() -> Response:
        def assessed() -> Response:
            known_caller(request, deployment)
            return shown(read_form(request, limit=settings.max_body_bytes, limit_depth=settings.max_depth))

        return unless_stopped(request, assessed, NOT_ASSESSED)

    @door.get("/examples/<id>")
    def example(id: str) -> Response:
        if id not in EXAMPLES:
            raise NotFound(
                Problem(
                    issue_type="not-found",
                    diagnostics=f"there is no example {id[:64]!r} here; there are: {', '.join(sorted(EXAMPLES))}",
                )
            )
        return revalidated(*_tagged_example(id), FHIR_JSON)

    return door


@cache
def _tagged_example(id: str) -> tuple[bytes, str]:
    return tagged(example_body(id))
