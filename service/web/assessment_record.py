"""Every assessment over HTTP leaves one record and one audit row, and a log line where that could not be written yet."""

from __future__ import annotations

import uuid
from datetime import datetime

from flask import g

from service.fhir.elements import Json
from service.pipeline import Answer
from service.store.audit import AuditEntry
from service.store.database import StoreError
from service.web.deployment import Deployment
from service.worker.assessment_record import answer_record


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
    user: str = "",
) -> None:
    """Record one answer to `bundle`. Never raises for a database that fails: the answer must go out."""
    recorded = deployment.assessments.record(
        answer_record(
            deployment.keeping,
            answer,
            # Random on purpose: the same input assessed twice is two records.
            record_id=str(uuid.uuid4()),
            bundle=bundle,
            strict=strict,
            caller=caller,
            door=door,
            as_of=as_of,
            now=now,
            user=user,
        )
    )
    if recorded.head is not None:
        # The log goes elsewhere than the database, and so shows later whether rows are missing at the end of the chain.
        g.audit_head = str(recorded.head)
    if recorded.error:
        deployment.logger.error(
            "assessment not recorded yet", request_id=g.request_id, error=recorded.error, given_up=recorded.lost
        )


def record_writing(deployment: Deployment, entry: AuditEntry) -> None:
    """Record who wrote. What is written is written: a database that fails is a line in the log."""
    try:
        deployment.audit.append(entry)
    except StoreError:
        deployment.logger.error("writing not recorded", client=entry.actor)
