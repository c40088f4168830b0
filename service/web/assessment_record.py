"""Every assessment over HTTP leaves one row in the audit table, and a log line where that could not be written yet."""

from __future__ import annotations

from datetime import datetime

from flask import g

from service import __version__
from service.fhir.operation import guidance_status
from service.pipeline import Answer
from service.store.assessments import record_of
from service.web.deployment import Deployment


def record_answer(deployment: Deployment, answer: Answer, *, door: str, as_of: datetime, now: datetime) -> None:
    """Record one answer. Never raises for a database that fails: the answer must go out."""
    recorded = deployment.assessments.record(
        record_of(
            answer.assessment,
            digest=answer.digest,
            door=door,
            as_of=as_of,
            recorded_at=now,
            service_version=__version__,
            guidance_status=guidance_status(answer.bundle),
        )
    )
    if recorded.error:
        deployment.logger.error(
            "assessment not recorded yet", request_id=g.request_id, error=recorded.error, given_up=recorded.lost
        )
