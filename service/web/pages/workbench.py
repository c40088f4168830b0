"""The workbench at / and the assessment page: the same answer as through every door, for eyes. Made here, without a script it would need."""

from __future__ import annotations

from functools import cache

from flask import Blueprint, Response, request

from service.errors import ClaudicationError, NotFound, Problem
from service.web.answers import FHIR_JSON
from service.web.callers import known_caller
from service.web.definitions import revalidated, tagged
from service.web.deployment import Deployment
from service.web.pages.assessing import assessing, settings_to_choose
from service.web.pages.examples import EXAMPLES, example_body
from service.web.pages.page import HTML_TYPE, page
from service.web.pages.submission import read_form

DOOR = "workbench"
FAULT = 500


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
        try:
            known_caller(request, deployment)
            return shown(read_form(request, limit=settings.max_body_bytes, limit_depth=settings.max_depth))
        except ClaudicationError as error:
            return refused(error)

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


def wants_page() -> bool:
    """Whether the caller would rather have a page than FHIR, as browsers say."""
    return request.accept_mimetypes.best_match((FHIR_JSON, HTML_TYPE)) == HTML_TYPE


def refused(error: ClaudicationError) -> Response:
    """The page that says why nothing was assessed. Raises the error again for a program, and where the fault is ours."""
    if error.status >= FAULT or not wants_page():
        raise error
    return page("refused.html", status=error.status, problems=error.problems)


@cache
def _tagged_example(id: str) -> tuple[bytes, str]:
    return tagged(example_body(id))
