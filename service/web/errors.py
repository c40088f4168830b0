"""The one table that turns exceptions into answers. Every error on every path is an OperationOutcome."""

from __future__ import annotations

import traceback
from collections.abc import Mapping

from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound

from service.errors import BadGateway, ClaudicationError, GatewayTimeout, Overloaded, Problem, Unauthorized, UnsupportedMedia
from service.web.answers import problem_answer
from service.web.deployment import Deployment

_FAULT = 500
# What an answer of this kind has to say besides.
_HEADERS: Mapping[type[ClaudicationError], Mapping[str, str]] = {
    UnsupportedMedia: {"Accept-Encoding": "gzip"},
    Unauthorized: {"WWW-Authenticate": "Bearer"},
    # Seconds. What is lacking is the database's answer, which comes back in a moment or with an operator.
    Overloaded: {"Retry-After": "5"},
}


def register_errors(app: Flask, deployment: Deployment) -> None:
    """Make every exception an answer, and a fault of ours a log line."""

    def answer_error(error: Exception) -> Response:
        match error:
            case ClaudicationError() if error.status < _FAULT or isinstance(error, BadGateway | GatewayTimeout | Overloaded):
                headers = next((headers for kind, headers in _HEADERS.items() if isinstance(error, kind)), None)
                return problem_answer(error.status, error.problems, headers=headers)
            case NotFound():
                return problem_answer(404, [_no_such_path()])
            case MethodNotAllowed():
                allowed = ", ".join(sorted(error.valid_methods or ()))
                return problem_answer(405, [_no_such_method(allowed)], headers={"Allow": allowed})
            case HTTPException() if error.code is not None and error.code < _FAULT:
                return problem_answer(error.code, [_refused()])
            case _:
                # The text of an exception may quote the input; its kind and the places it passed do not.
                deployment.logger.error("fault", request_id=g.request_id, error=type(error).__name__, places=_places(error))
                return problem_answer(_FAULT, [_fault(g.request_id)])

    app.register_error_handler(Exception, answer_error)


def _no_such_path() -> Problem:
    return Problem(
        issue_type="not-found",
        diagnostics=f"there is nothing at {request.path[:128]!r}; GET /fhir/metadata and /openapi.yaml say what there is",
    )


def _no_such_method(allowed: str) -> Problem:
    return Problem(
        issue_type="not-supported", diagnostics=f"{request.method[:16]!r} is not offered at {request.path[:128]!r}; use {allowed}"
    )


def _refused() -> Problem:
    return Problem(issue_type="structure", diagnostics="the request could not be read to its end; send it again, whole")


def _fault(request_id: str) -> Problem:
    return Problem(issue_type="exception", diagnostics=f"a fault in this service; report it with the request id {request_id}")


def _places(error: Exception) -> list[str]:
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)]
