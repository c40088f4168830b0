"""What a finished job sends off: its result to who asked for it, notifications to who subscribed. Written with the result, or not at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from service.fhir.elements import Json
from service.fhir.json_format import dumps
from service.store.deliveries import NewDelivery
from service.store.jobs import Job, JobState
from service.worker.announcing import announce, listeners
from service.worker.asked import Asked, Kind, unpacked
from service.worker.queue import DELIVERY
from service.worker.work import Outcome
from service.worker.workplace import Workplace

JOB_RESULT, MESSAGE_RESPONSE = "job-result", "message-response"


@dataclass(slots=True)
class Outbox:
    """The deliveries of one job: `fill` in its transaction, `ring` once that has ended well."""

    fill: Callable[[Any], None]
    _deliveries: list[str] = field(default_factory=list)

    def ring(self, place: Workplace) -> None:
        """Wake who delivers."""
        for id in self._deliveries:
            place.alarm(DELIVERY, id)


def outbox_of(place: Workplace, job: Job, asked: Asked, outcome: Outcome, *, now: datetime) -> Outbox:
    """The outbox of a job that came to this. What can be read is read here, so that its transaction only writes."""
    client = place.clients.get(job.caller)
    told = listeners(place, job.caller, outcome.answer.bundle["entry"], now=now) if outcome.answer is not None else []
    written: list[str] = []

    def fill(connection: Any) -> None:
        written.clear()
        result = None
        if asked.kind is Kind.MESSAGE:
            if asked.reply_to:
                result = (MESSAGE_RESPONSE, asked.reply_to, outcome.document)
        elif client is not None and client.callback_url:
            result = (JOB_RESULT, client.callback_url, job_result(job.id, outcome.status, outcome.document))
        if result is not None:
            what, address, document = result
            new = NewDelivery(client=job.caller, address=address, what=what, body=dumps(document), job=job.id)
            written.append(place.deliveries.add(new, now=now, connection=connection))
        written.extend(announce(place, told, now=now, connection=connection))

    return Outbox(fill, written)


def deliver_again_asked(place: Workplace, job: Job, reply_to: str, *, now: datetime) -> bool:
    """Deliver the response of a message that was answered before without being delivered; False where it is still being worked on without that.

    Who got no answer, and sends the message again to be called back, is to be called back.
    """
    if job.state is not JobState.DONE:
        return bool(unpacked(job.request).reply_to)
    if not place.deliveries.any_of_job(job.id):
        new = NewDelivery(client=job.caller, address=reply_to, what=MESSAGE_RESPONSE, body=job.result.rstrip(b"\n"), job=job.id)
        with place.transaction() as connection:
            id = place.deliveries.add(new, now=now, connection=connection)
        place.alarm(DELIVERY, id)
    return True


def job_result(job: str, status: int, document: Json) -> Json:
    """What is delivered for a job: which one, the HTTP status its result is answered with, and the result, all of it signed together."""
    return {
        "resourceType": "Parameters",
        "parameter": [
            {"name": "job", "valueId": job},
            {"name": "status", "valueInteger": status},
            {"name": "result", "resource": document},
        ],
    }
