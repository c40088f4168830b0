"""An error as a page, for people; as an OperationOutcome for whoever does not ask for a page."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response, request

from service.errors import BadGateway, ClaudicationError, GatewayTimeout, Overloaded
from service.web.answers import FHIR_JSON
from service.web.pages.page import HTML_TYPE, page

_FAULT = 500


def as_page(work: Callable[[], Response]) -> Response:
    """What the work gives, or the page that says why it gives nothing. A fault of ours goes on to where faults are logged."""
    try:
        return work()
    except ClaudicationError as error:
        told = error.status < _FAULT or isinstance(error, BadGateway | GatewayTimeout | Overloaded)
        if not told or request.accept_mimetypes.best_match((FHIR_JSON, HTML_TYPE)) != HTML_TYPE:
            raise
        return page("smart_refused.html", status=error.status, problems=error.problems)
