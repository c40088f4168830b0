"""What a page for people says where it cannot be shown: a page to who reads pages, an OperationOutcome to everybody else."""

from __future__ import annotations

from collections.abc import Callable

from flask import Request, Response

from service.errors import BadGateway, ClaudicationError, GatewayTimeout, Overloaded
from service.web.answers import FHIR_JSON
from service.web.pages.page import HTML_TYPE, page

_FAULT = 500
NOT_ASSESSED = "refused.html"
NOT_SHOWN = "stopped.html"


def reads_pages(request: Request) -> bool:
    """Whether the caller likes a page better than data, as browsers do."""
    return request.accept_mimetypes.best_match((FHIR_JSON, HTML_TYPE)) == HTML_TYPE


def is_told(request: Request, error: ClaudicationError) -> bool:
    """Whether a page says why there is no other: to who reads pages, and not of faults of our own, which go on to the one table of errors."""
    whose = error.status < _FAULT or isinstance(error, BadGateway | GatewayTimeout | Overloaded)
    return whose and reads_pages(request)


def stopped(request: Request, error: ClaudicationError, template: str = NOT_SHOWN) -> Response:
    """The page that says what is wrong and what helps. Raises the error again where no page is to tell it."""
    if not is_told(request, error):
        raise error
    return page(template, status=error.status, problems=error.problems)


def unless_stopped(request: Request, work: Callable[[], Response], template: str = NOT_SHOWN) -> Response:
    """What `work` makes, or the page that says why there is none."""
    try:
        return work()
    except ClaudicationError as error:
        return stopped(request, error, template)
