"""A request id and one log line for every request. No bodies, no query values, no paths with ids: nothing about a patient."""

from __future__ import annotations

import logging
import re
import sys
import time
import uuid
from typing import BinaryIO

import orjson
import structlog
from flask import Flask, Response, g, request
from structlog.typing import FilteringBoundLogger

from service.web.deployment import Deployment

REQUEST_ID = "X-Request-Id"
_SANE_ID = re.compile(r"[A-Za-z0-9._~:+/=@-]{1,128}")


def json_logger(level: str, stream: BinaryIO | None = None) -> FilteringBoundLogger:
    """A logger that writes one JSON object a line, to standard output unless told otherwise. `level` as in the settings."""
    logger: FilteringBoundLogger = structlog.wrap_logger(
        structlog.BytesLogger(stream or sys.stdout.buffer),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(serializer=_one_line),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
    )
    return logger.bind()


def register_request_log(app: Flask, deployment: Deployment) -> None:
    """Give every request its id, and log it when it is answered."""

    @app.before_request
    def begin() -> None:
        given = request.headers.get(REQUEST_ID, "")
        g.request_id = given if _SANE_ID.fullmatch(given) else str(uuid.uuid4())
        g.began = time.perf_counter()

    @app.after_request
    def end(answer: Response) -> Response:
        answer.headers[REQUEST_ID] = g.request_id
        deployment.logger.info(
            "request",
            method=request.method if request.url_rule else "-",
            route=request.url_rule.rule if request.url_rule else "-",
            status=answer.status_code,
            ms=round((time.perf_counter() - g.began) * 1000, 2),
            request_id=g.request_id,
            **({"audit": g.audit_head} if "audit_head" in g else {}),
        )
        return answer


def _one_line(event: object, default: object = None) -> bytes:
    return orjson.dumps(event)
