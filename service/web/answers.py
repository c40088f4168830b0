"""HTTP answers that carry FHIR."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from flask import Response

from service.errors import Problem
from service.fhir.json_format import dumps
from service.fhir.operation_outcome import error_outcome, information_outcome

FHIR_JSON = "application/fhir+json"
_ERRORS = 400


def document(value: Any, *, pretty: bool = False) -> bytes:
    """A JSON document as every door writes it: UTF-8, a newline at its end."""
    written = dumps(value, pretty=pretty)
    return written if written.endswith(b"\n") else written + b"\n"


def fhir_answer(body: bytes, *, media_type: str = FHIR_JSON, headers: Mapping[str, str] | None = None) -> Response:
    """A success. It may hold patient data, so nobody keeps a copy."""
    answer = Response(body, status=200, content_type=media_type)
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Vary"] = "Accept"
    if headers:
        answer.headers.update(headers)
    return answer


def problem_answer(status: int, problems: Sequence[Problem], *, headers: Mapping[str, str] | None = None) -> Response:
    """Anything but a success, as an OperationOutcome."""
    answer = Response(document(error_outcome(problems)), status=status, content_type=FHIR_JSON)
    answer.headers["Cache-Control"] = "no-store"
    if headers:
        answer.headers.update(headers)
    return answer


def information_answer(status: int, diagnostics: str) -> Response:
    """Neither a result nor an error: accepted, under way, deleted."""
    answer = Response(document(information_outcome(diagnostics)), status=status, content_type=FHIR_JSON)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def written_answer(status: int, body: bytes, *, pretty: bool, media_type: str) -> Response:
    """A document written before, a result or an OperationOutcome, with the status that goes with it."""
    answer = fhir_answer(_indented(body) if pretty else body, media_type=media_type if status < _ERRORS else FHIR_JSON)
    answer.status_code = status
    return answer


def _indented(body: bytes) -> bytes:
    # As Decimals: 0.70 stays 0.70.
    return document(json.loads(body, parse_float=Decimal), pretty=True)
