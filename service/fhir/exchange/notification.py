"""What a subscriber is sent: a Bundle of type history whose first entry is the status of the subscription, as Parameters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from service.fhir.elements import Json
from service.fhir.exchange.subscription import BACKPORT, Topic
from service.fhir.identity import full_url, resource_id

_STATUS_PROFILE = f"{BACKPORT}/StructureDefinition/backport-subscription-status-r4"
_BUNDLE_PROFILE = f"{BACKPORT}/StructureDefinition/backport-subscription-notification-r4"


class Notice(StrEnum):
    """The type of a notification."""

    HANDSHAKE = "handshake"
    HEARTBEAT = "heartbeat"
    EVENT = "event-notification"
    STATUS = "query-status"
    EVENTS = "query-event"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One event as it is told. `entries` are the resources that go with it, the focus first; () for the id only."""

    number: int
    at: datetime
    focus: str
    entries: Sequence[Json] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscribed:
    """Of which subscription, and how it stands. `base` is our own address, "" where references are relative."""

    id: str
    topic: str
    status: str
    events: int
    base: str = ""

    @property
    def reference(self) -> str:
        return f"{self.base}/Subscription/{self.id}" if self.base else f"Subscription/{self.id}"


def status_parameters(subscribed: Subscribed, notice: Notice, told: Sequence[Told] = ()) -> Json:
    """The status of a subscription. The same for the same arguments."""
    named = f"{subscribed.id}|{notice}|{subscribed.status}|{subscribed.events}|{','.join(str(one.number) for one in told)}"
    return {
        "resourceType": "Parameters",
        "id": resource_id(named, "subscription-status"),
        "meta": {"profile": [_STATUS_PROFILE]},
        "parameter": [
            {"name": "subscription", "valueReference": {"reference": subscribed.reference}},
            {"name": "topic", "valueCanonical": Topic(subscribed.topic).canonical},
            {"name": "status", "valueCode": subscribed.status},
            {"name": "type", "valueCode": notice.value},
            {"name": "events-since-subscription-start", "valueString": str(subscribed.events)},
            *(_event(one) for one in told),
        ],
    }


def notification(subscribed: Subscribed, notice: Notice, *, at: datetime, told: Sequence[Told] = ()) -> Json:
    """The Bundle."""
    status = status_parameters(subscribed, notice, told)
    first: Json = {
        "fullUrl": full_url(status["id"]),
        "resource": status,
        "request": {"method": "GET", "url": f"{subscribed.reference}/${'events' if notice is Notice.EVENTS else 'status'}"},
        "response": {"status": "200"},
    }
    resources = {entry["resource"]["id"]: entry["resource"] for one in told for entry in one.entries}
    return {
        "resourceType": "Bundle",
        "id": resource_id(status["id"], at.isoformat()),
        "meta": {"profile": [_BUNDLE_PROFILE]},
        "type": "history",
        "timestamp": at.isoformat(),
        "entry": [first, *(_created(resource) for resource in resources.values())],
    }


def status_searchset(statuses: Sequence[Json], *, at: datetime) -> Json:
    """What $status answers."""
    named = "|".join(status["id"] for status in statuses)
    return {
        "resourceType": "Bundle",
        "id": resource_id(named, at.isoformat()),
        "type": "searchset",
        "timestamp": at.isoformat(),
        "total": len(statuses),
        "entry": [{"fullUrl": full_url(status["id"]), "resource": status, "search": {"mode": "match"}} for status in statuses],
    }


def _event(told: Told) -> Json:
    return {
        "name": "notification-event",
        "part": [
            {"name": "event-number", "valueString": str(told.number)},
            {"name": "timestamp", "valueInstant": told.at.isoformat()},
            {"name": "focus", "valueReference": {"reference": told.focus}},
        ],
    }


def _created(resource: Json) -> Json:
    return {
        "fullUrl": full_url(resource["id"]),
        "resource": resource,
        "request": {"method": "POST", "url": resource["resourceType"]},
        "response": {"status": "201"},
    }
