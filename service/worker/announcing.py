"""Who is told of an assessment: the one client it was made for, by the subscriptions it has."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from service.fhir.elements import Json
from service.fhir.exchange.notification import Notice, Subscribed, Told, notification
from service.fhir.exchange.subscription import Payload, Topic
from service.fhir.json_format import dumps
from service.pipeline import Answer
from service.store.deliveries import NewDelivery
from service.store.subscriptions import Event, Subscription
from service.worker.queue import DELIVERY
from service.worker.workplace import Workplace

_FOCUS = {Topic.ASSESSMENT_COMPLETED.value: "claudication-differential", Topic.RED_FLAG_RAISED.value: "red-flags"}

Listener = tuple[Subscription, Sequence[Json]]
"""A subscription, and the entries of the answer that concern it, the focus first."""


def listeners(place: Workplace, client: str, answered: Sequence[Json], *, now: datetime) -> list[Listener]:
    """The subscriptions that an answer with these entries is an event for."""
    registered = place.clients.get(client)
    if registered is None or not registered.callback_url:
        # Nobody could be told. Most clients have no address, and at the hooks a millisecond counts.
        return []
    found: list[Listener] = []
    for one in place.subscriptions.listening(client, now=now):
        entries = _focus_first(answered, _FOCUS[one.topic])
        found += [(one, entries)] if entries else []
    return found


def announce(place: Workplace, told: Sequence[Listener], *, now: datetime, connection: Any) -> Iterator[str]:
    """Count the event for each, and write its notification, in the transaction given; the ids of the deliveries."""
    for subscription, entries in told:
        focus = f"{own_base(place)}RiskAssessment/{entries[0]['resource']['id']}"
        whole = subscription.payload == Payload.FULL_RESOURCE.value
        event = place.subscriptions.add_event(
            subscription, focus=focus, resource=dumps(entries) if whole else b"", now=now, connection=connection
        )
        if event is None:
            continue
        standing = subscribed(place, subscription, events=event.number)
        body = dumps(notification(standing, Notice.EVENT, at=now, told=[as_told(event)]))
        yield place.deliveries.add(
            NewDelivery(
                client=subscription.client,
                address=subscription.endpoint,
                what=Notice.EVENT.value,
                body=body,
                subscription=subscription.id,
            ),
            now=now,
            connection=connection,
        )


def announce_now(place: Workplace, client: str, answer: Answer, *, now: datetime) -> None:
    """Tell of an answer that is no job's. Never raises: the answer it is about must go out."""
    try:
        told = listeners(place, client, answer.bundle["entry"], now=now)
        if not told:
            return
        with place.transaction() as connection:
            written = list(announce(place, told, now=now, connection=connection))
        for id in written:
            place.alarm(DELIVERY, id)
    except Exception as error:
        place.logger.error("subscribers not told", error=type(error).__name__)


def subscribed(place: Workplace, subscription: Subscription, *, events: int | None = None) -> Subscribed:
    """How a subscription stands, as notifications tell it."""
    return Subscribed(
        id=subscription.id,
        topic=subscription.topic,
        status=subscription.status.value,
        events=subscription.events if events is None else events,
        base=own_base(place).rstrip("/"),
    )


def as_told(event: Event) -> Told:
    """An event as it is told."""
    # As Decimals: 0.70 is told as 0.70 whenever it is asked for.
    entries = json.loads(event.resource, parse_float=Decimal) if event.resource else ()
    return Told(number=event.number, at=event.at, focus=event.focus, entries=entries)


def own_base(place: Workplace) -> str:
    """Our FHIR base with a slash at its end; "" where it is not known, and references are relative."""
    return f"{place.settings.public_url}/fhir/" if place.settings.public_url else ""


def _focus_first(entries: Sequence[Json], kind: str) -> list[Json]:
    focus = [one for one in entries if _kind(one["resource"]) == kind]
    return [*focus, *(one for one in entries if one not in focus)] if focus else []


def _kind(resource: Json) -> str:
    if resource["resourceType"] != "RiskAssessment":
        return ""
    return str(resource["code"]["coding"][0]["code"])
