"""What a page for people says where it cannot be shown: a page to who reads pages, an OperationOutcome to everybody else."""

from __future__ import annotations

from collections.abc import Callable

from flask import Request, Response

from service.errors import BadGateway, ClaudicationError, GatewayTimeout, Overloaded
from service.web.answers import FHIR_JSON
from service.web.pages.page import HTML_TYPE, page

_FAULT = 500


def reads_pages(request: Request) -> bool:
    """Whether the caller likes a page better than data, as browsers do."""
    return request.accept_mimetypes.best_match((FHIR_JSON, HTML_TYPE)) == HTML_TYPE


def shown(request: Request, work: Callable[[], Response]) -> Response:
    """The page, or why there is none: for whose fault it is not ours, too. Our own faults go on to the one table of errors."""
    try:
        return work()
    except ClaudicationError as error:
        told = error.status < _FAULT or isinstance(error, BadGateway | GatewayTimeout | Overloaded)
        if not told or not reads_pages(request):
            raise
        return page("stopped.html", status=error.status, problems=error.problems)
