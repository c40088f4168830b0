"""Subscriptions as the R5 backport for R4 has them: what is asked for in one, and how one is shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from service.errors import BadRequest, Problem, Unprocessable
from service.fhir.elements import Json, dicts, moment
from service.fhir.json_format import shortened
from service.fhir.operation import wrong_document
from service.fhir.terminology.code import BASE

BACKPORT = "http://hl7.org/fhir/uv/subscriptions-backport"
_PROFILE = f"{BACKPORT}/StructureDefinition/backport-subscription"
_CONTENT = f"{BACKPORT}/StructureDefinition/backport-payload-content"
_HEARTBEAT = f"{BACKPORT}/StructureDefinition/backport-heartbeat-period"
_FILTER = f"{BACKPORT}/StructureDefinition/backport-filter-criteria"
_JSON_TYPES = ("application/fhir+json", "application/json")
HEARTBEATS_S = (10, 86_400)


class Topic(StrEnum):
    """What a client can be told about."""

    ASSESSMENT_COMPLETED = "assessment-completed"
    RED_FLAG_RAISED = "red-flag-raised"

    @property
    def canonical(self) -> str:
        return f"{BASE}/SubscriptionTopic/{self.value}"


class Payload(StrEnum):
    """How much of it."""

    ID_ONLY = "id-only"
    FULL_RESOURCE = "full-resource"


TOPICS: Mapping[str, Topic] = {topic.canonical: topic for topic in Topic}


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionRequest:
    """What is asked for, read. `heartbeat_seconds` 0: none."""

    topic: Topic
    payload: Payload
    endpoint: str
    reason: str
    heartbeat_seconds: int
    ends_at: datetime | None


def read_subscription(document: Any, *, registered: str) -> SubscriptionRequest:
    """The request in a Subscription. `registered` is the one address the client may name.

    Raises BadRequest with everything missing or wrong at once; Unprocessable for another resource and for an address that is not registered.
    """
    if not isinstance(document, dict) or document.get("resourceType") != "Subscription":
        raise wrong_document(document, "send a Subscription with the topic in criteria and a rest-hook channel")
    channel = document.get("channel")
    channel = channel if isinstance(channel, dict) else {}
    problems: list[Problem] = []
    topic = TOPICS.get(str(document.get("criteria")))
    if topic is None:
        problems.append(
            _problem(
                "code-invalid", f"there is no topic {_told(document.get('criteria'))}; there are: {', '.join(TOPICS)}", "criteria"
            )
        )
    if dicts(_underscored(document, "criteria").get("extension")):
        problems.append(_problem("not-supported", "no topic here can be filtered; leave the filters out", "criteria.extension"))
    if channel.get("type") != "rest-hook":
        problems.append(
            _problem(
                "not-supported", f"the channel is {_told(channel.get('type'))}; rest-hook is the one there is", "channel.type"
            )
        )
    if channel.get("payload") not in _JSON_TYPES:
        problems.append(
            _problem(
                "not-supported",
                f"the payload is {_told(channel.get('payload'))}; allowed: {', '.join(_JSON_TYPES)}",
                "channel.payload",
            )
        )
    if channel.get("header"):
        problems.append(
            _problem(
                "not-supported",
                "headers of your own are not sent, and a token in one would be kept here; check the signature",
                "channel.header",
            )
        )
    payload = _payload(channel, problems)
    heartbeat = _heartbeat(channel, problems)
    ends_at = _end(document, problems)
    if problems or topic is None or payload is None:
        raise BadRequest(problems)
    endpoint = channel.get("endpoint")
    if not registered or endpoint != registered:
        raise Unprocessable(
            _problem(
                "business-rule",
                "the endpoint is not the address registered for this client (callback_url in the clients file); use that one, or have this one registered",
                "channel.endpoint",
            )
        )
    return SubscriptionRequest(
        topic=topic,
        payload=payload,
        endpoint=registered,
        reason=shortened(str(document.get("reason") or "")),
        heartbeat_seconds=heartbeat,
        ends_at=ends_at,
    )


def subscription_resource(
    *,
    id: str,
    topic: str,
    payload: str,
    endpoint: str,
    reason: str,
    status: str,
    heartbeat_seconds: int,
    ends_at: datetime | None,
) -> Json:
    """The Subscription as it is answered."""
    channel: Json = {
        "type": "rest-hook",
        "endpoint": endpoint,
        "payload": _JSON_TYPES[0],
        "_payload": {"extension": [{"url": _CONTENT, "valueCode": payload}]},
    }
    if heartbeat_seconds:
        channel = {"extension": [{"url": _HEARTBEAT, "valueUnsignedInt": heartbeat_seconds}], **channel}
    resource: Json = {
        "resourceType": "Subscription",
        "id": id,
        "meta": {"profile": [_PROFILE]},
        "status": status,
        "reason": reason or "Results of the assessments this client asks for.",
        "criteria": Topic(topic).canonical,
        "channel": channel,
    }
    if ends_at is not None:
        resource["end"] = ends_at.isoformat()
    return resource


def _payload(channel: Json, problems: list[Problem]) -> Payload | None:
    codes = [
        one.get("valueCode") for one in dicts(_underscored(channel, "payload").get("extension")) if one.get("url") == _CONTENT
    ]
    for payload in Payload:
        if codes == [payload.value]:
            return payload
    allowed = ", ".join(Payload)
    told = _told(codes[0]) if codes else "missing"
    problems.append(
        _problem("required", f"the payload content is {told}; give {_CONTENT} as one of: {allowed}", "channel.payload.extension")
    )
    return None


def _heartbeat(channel: Json, problems: list[Problem]) -> int:
    seconds = [one.get("valueUnsignedInt") for one in dicts(channel.get("extension")) if one.get("url") == _HEARTBEAT]
    if not seconds:
        return 0
    low, high = HEARTBEATS_S
    if isinstance(seconds[0], int) and low <= seconds[0] <= high:
        return int(seconds[0])
    problems.append(
        _problem("value", f"the heartbeat is {_told(seconds[0])}; allowed: {low} to {high} seconds", "channel.extension")
    )
    return 0


def _end(document: Json, problems: list[Problem]) -> datetime | None:
    if "end" not in document:
        return None
    found = moment(document["end"])
    if found is None or found[1]:
        problems.append(_problem("value", f"end is {_told(document['end'])}; give an instant, with time and time zone", "end"))
        return None
    return found[0]


def _underscored(element: Json, name: str) -> Json:
    """The extensions of a primitive stand beside it."""
    beside = element.get(f"_{name}")
    return beside if isinstance(beside, dict) else {}


def _told(value: Any) -> str:
    return "missing" if value is None else repr(shortened(str(value)))


def _problem(issue_type: str, diagnostics: str, element: str) -> Problem:
    return Problem(issue_type=issue_type, diagnostics=diagnostics, expression=f"Subscription.{element}")
