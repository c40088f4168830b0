"""Jobs, messages and subscriptions in the states in which a caller may find them, under ids that a test can name."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from typing import Any

from service.fhir.json_format import dumps
from service.fhir.operation_outcome import information_outcome
from service.store.jobs import Job, NewJob
from service.store.subscriptions import NewSubscription
from service.web.accepting import name_of
from service.web.deployment import Deployment
from service.worker.asked import Asked, Kind, digest_of, packed
from tests.claudicant import claudicant

JOB = "00000000-0000-4000-8000-000000000001"
SUBSCRIPTION = "00000000-0000-4000-8000-000000000002"
ENDPOINT = "https://127.0.0.1:8443/claudication/results"


def message(id: str = "message-1") -> dict[str, Any]:
    """The claudicant as a message."""
    bundle = claudicant()
    header = {
        "resourceType": "MessageHeader",
        "id": id,
        "eventCoding": {
            "system": "https://claudication-cds.example/fhir/CodeSystem/message-event",
            "code": "assess-claudication",
        },
        "source": {"endpoint": "https://ehr.example/messages"},
    }
    return bundle | {
        "type": "message",
        "entry": [{"fullUrl": f"https://ehr.example/fhir/MessageHeader/{id}", "resource": header}, *bundle["entry"]],
    }


def message_json() -> bytes:
    return json.dumps(message()).encode()


def subscription_json(endpoint: str = ENDPOINT, reason: str = "Results", **changed: Any) -> bytes:
    return json.dumps(subscription(endpoint=endpoint, reason=reason) | changed).encode()


def subscription(
    *, endpoint: str = ENDPOINT, topic: str = "assessment-completed", payload: str = "id-only", reason: str = "Results"
) -> dict[str, Any]:
    """What a client posts to subscribe."""
    backport = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition"
    return {
        "resourceType": "Subscription",
        "meta": {"profile": [f"{backport}/backport-subscription"]},
        "status": "requested",
        "reason": reason,
        "criteria": f"https://claudication-cds.example/fhir/SubscriptionTopic/{topic}",
        "channel": {
            "type": "rest-hook",
            "endpoint": endpoint,
            "payload": "application/fhir+json",
            "_payload": {"extension": [{"url": f"{backport}/backport-payload-content", "valueCode": payload}]},
        },
    }


def with_job_waiting(deployment: Deployment) -> Deployment:
    """A job that nobody has taken yet."""
    _job(deployment)
    return deployment


def with_job(status: int) -> Callable[[Deployment], Deployment]:
    """A job that is done, with this status."""

    def spoilt(deployment: Deployment) -> Deployment:
        now = deployment.clock()
        _job(deployment)
        taken = deployment.place.jobs.claim(JOB, holder="test", now=now)
        assert taken is not None
        assert deployment.place.jobs.finish(taken, status=status, result=dumps(information_outcome("done")), now=now)
        return deployment

    return spoilt


def with_message_begun(deployment: Deployment, caller: str = "") -> Deployment:
    """The message of `message_json`, which another process is at."""
    asked = Asked(kind=Kind.MESSAGE, accepted_at=deployment.clock(), body=message_json())
    content = {"entry": message()["entry"]}
    digest = digest_of(asked, content)
    job = _accepted(deployment, asked, key=name_of("message message-1", digest, caller=caller), digest=digest, caller=caller)
    assert deployment.place.jobs.claim(job.id, holder="another", now=deployment.clock()) is not None
    return deployment


def with_subscription(deployment: Deployment) -> Deployment:
    """A subscription of the client that calls in development."""
    place, now = deployment.place, deployment.clock()
    new = NewSubscription(
        client="development",
        topic="assessment-completed",
        payload="full-resource",
        endpoint=ENDPOINT,
        reason="Results",
        heartbeat_seconds=60,
        ends_at=now.replace(year=2027),
    )
    with place.transaction() as connection:
        made = place.subscriptions.add(new, now=now, connection=connection)
        for number in (1, 2):
            entries = [{"resource": {"resourceType": "RiskAssessment", "id": f"risk-{number}"}}]
            place.subscriptions.add_event(
                made, focus=f"RiskAssessment/risk-{number}", resource=dumps(entries), now=now, connection=connection
            )
    _rename(deployment, "subscriptions", "id", made.id, SUBSCRIPTION)
    _rename(deployment, "subscription_events", "subscription", made.id, SUBSCRIPTION)
    return deployment


def _job(deployment: Deployment) -> None:
    asked = Asked(kind=Kind.ASSESS, accepted_at=deployment.clock(), body=json.dumps(claudicant()).encode())
    made = _accepted(deployment, asked, key="key", digest="digest")
    _rename(deployment, "jobs", "id", made.id, JOB)


def _accepted(deployment: Deployment, asked: Asked, *, key: str, digest: str, caller: str = "") -> Job:
    new = NewJob(kind=asked.kind.value, caller=caller, key=key, request=packed(asked), request_digest=digest)
    return deployment.place.jobs.accept(new, now=deployment.clock())[0]


def _rename(deployment: Deployment, table: str, column: str, old: str, new: str) -> None:
    with sqlite3.connect(deployment.settings.database_url.removeprefix("sqlite:///")) as connection:
        connection.execute(f"UPDATE {table} SET {column} = ? WHERE {column} = ?", (new, old))
