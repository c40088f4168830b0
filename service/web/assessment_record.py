"""Every assessment over HTTP leaves one record and one audit row, and a log line where that could not be written yet."""

from __future__ import annotations

import uuid
from datetime import datetime

from flask import Request, g

from service import __version__
from service.fhir.elements import Json
from service.fhir.json_format import dumps
from service.fhir.operation import guidance_status
from service.pipeline import Answer
from service.store.assessments import record_of
from service.store.keeping import keep
from service.web.callers import audience_of, caller
from service.web.deployment import Deployment


def record_answer(
    deployment: Deployment,
    answer: Answer,
    *,
    bundle: Json,
    strict: bool,
    caller: str,
    door: str,
    as_of: datetime,
    now: datetime,
) -> None:
    """Record one answer to `bundle`. Never raises for a database that fails: the answer must go out."""
    # The id is random on purpose: the same input assessed twice is two records.
    record_id = str(uuid.uuid4())
    kept = keep(
        deployment.keeping,
        record_id=record_id,
        client=caller,
        patient_reference=answer.patient_reference,
        bundle=bundle,
        strict=strict,
        result=answer.bundle,
        write=dumps,
    )
    recorded = deployment.assessments.record(
        record_of(
            answer.assessment,
            record_id=record_id,
            digest=answer.digest,
            door=door,
            as_of=as_of,
            recorded_at=now,
            service_version=__version__,
            guidance_status=guidance_status(answer.bundle),
            caller=caller,
            kept=kept,
        )
    )
    if recorded.head is not None:
        # The log goes elsewhere than the database, and so shows later whether rows are missing at the end of the chain.
        g.audit_head = str(recorded.head)
    if recorded.error:
        deployment.logger.error(
            "assessment not recorded yet", request_id=g.request_id, error=recorded.error, given_up=recorded.lost
        )


def client_of(request: Request, deployment: Deployment) -> str:
    """The id of the client that has something assessed, "" of one that does not say who it is: it can read nothing back.

    Raises Unauthorized for a token that is shown and is not a good one.
    """
    says_who = bool(deployment.clients) and "Authorization" in request.headers
    if says_who or deployment.settings.development:
        return caller(request, deployment, audience_of(request, deployment)).id
    return ""
