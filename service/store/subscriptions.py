"""Subscriptions of registered clients, and the events each was told, numbered without a gap."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Engine, and_, or_, select, update

from service.store.at_rest import AtRest
from service.store.job_tables import SUBSCRIPTION_EVENTS, SUBSCRIPTIONS
from service.store.moments import NEVER, as_utc


class SubscriptionState(StrEnum):
    REQUESTED = "requested"
    """The handshake has not been answered yet."""
    ACTIVE = "active"
    ERROR = "error"
    """A delivery was given up; $events tells what was missed."""
    OFF = "off"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSubscription:
    """What is asked for. `heartbeat_seconds` 0: none. `ends_at` None: until it is deleted."""

    client: str
    topic: str
    payload: str
    endpoint: str
    reason: str
    heartbeat_seconds: int = 0
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A subscription as it stands. `events` is the number of the last event."""

    id: str
    client: str
    topic: str
    payload: str
    endpoint: str
    reason: str
    status: SubscriptionState
    heartbeat_seconds: int
    events: int
    ends_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event. `focus` is the reference it is about; `resource` that resource as JSON, b"" where it is not kept any more."""

    number: int
    at: datetime
    focus: str
    resource: bytes = field(repr=False)


class Subscriptions:
    """The open tables of subscriptions and their events. `keep`: how long an event can be asked for again."""

    def __init__(self, engine: Engine, at_rest: AtRest, *, keep: timedelta) -> None:
        self._engine = engine
        self._at_rest = at_rest
        self._keep = keep

    def add(self, new: NewSubscription, *, now: datetime, connection: Connection) -> Subscription:
        """Write one, requested, in the transaction of its handshake."""
        row = {
            "id": str(uuid4()),
            "client": new.client,
            "topic": new.topic,
            "payload": new.payload,
            "endpoint": new.endpoint,
            "status": SubscriptionState.REQUESTED.value,
            "reason": new.reason,
            "heartbeat_seconds": new.heartbeat_seconds,
            "events": 0,
            "created_at": now,
            "last_sent_at": NEVER,
            "ends_at": new.ends_at,
        }
        connection.execute(SUBSCRIPTIONS.insert(), row)
        return _subscription(row)

    def find(self, id: str, *, client: str) -> Subscription | None:
        """One of this client's."""
        return next(iter(self._some(SUBSCRIPTIONS.c.id == id, SUBSCRIPTIONS.c.client == client)), None)

    def of_client(self, client: str) -> list[Subscription]:
        """All of this client's, the oldest first."""
        return self._some(SUBSCRIPTIONS.c.client == client)

    def listening(self, client: str, *, now: datetime) -> list[Subscription]:
        """Those of a client that are told, the oldest first. One whose deliveries failed goes on counting, so that what was missed can be asked for."""
        states = [SubscriptionState.ACTIVE.value, SubscriptionState.ERROR.value]
        return self._some(
            SUBSCRIPTIONS.c.client == client,
            SUBSCRIPTIONS.c.status.in_(states),
            or_(SUBSCRIPTIONS.c.ends_at.is_(None), SUBSCRIPTIONS.c.ends_at > now),
        )

    def add_event(
        self, subscription: Subscription, *, focus: str, resource: bytes, now: datetime, connection: Connection
    ) -> Event | None:
        """Count an event, and keep what it is about. None: the subscription was deleted meanwhile."""
        counted = (
            update(SUBSCRIPTIONS)
            .where(SUBSCRIPTIONS.c.id == subscription.id)
            .values(events=SUBSCRIPTIONS.c.events + 1, last_sent_at=now)
            .returning(SUBSCRIPTIONS.c.events)
        )
        number = connection.execute(counted).scalar_one_or_none()
        if number is None:
            return None
        row = {
            "subscription": subscription.id,
            "number": number,
            "at": now,
            "focus": focus,
            "resource": self._at_rest.close(resource, record=subscription.id, part=f"event {number}"),
            "expires_at": now + self._keep,
        }
        connection.execute(SUBSCRIPTION_EVENTS.insert(), row)
        return Event(number=number, at=now, focus=focus, resource=resource)

    def events(self, subscription: Subscription, *, first: int, last: int) -> list[Event]:
        """The events with these numbers, both included, as far as they are kept."""
        table = SUBSCRIPTION_EVENTS
        query = select(table).where(table.c.subscription == subscription.id, table.c.number.between(first, last))
        with self._engine.connect() as connection:
            rows = connection.execute(query.order_by(table.c.number)).mappings().all()
        return [
            Event(
                number=row["number"],
                at=as_utc(row["at"]),
                focus=row["focus"],
                resource=self._at_rest.open(row["resource"], record=subscription.id, part=f"event {row['number']}"),
            )
            for row in rows
        ]

    def set_status(self, id: str, status: SubscriptionState) -> None:
        """Say how it is; one that was switched off meanwhile stays off."""
        with self._engine.begin() as connection:
            connection.execute(
                update(SUBSCRIPTIONS)
                .where(SUBSCRIPTIONS.c.id == id, SUBSCRIPTIONS.c.status != SubscriptionState.OFF.value)
                .values(status=status.value)
            )

    def delete(self, id: str, *, client: str) -> bool:
        """Delete one of this client's, with its events."""
        with self._engine.begin() as connection:
            gone = SUBSCRIPTIONS.delete().where(SUBSCRIPTIONS.c.id == id, SUBSCRIPTIONS.c.client == client)
            if connection.execute(gone).rowcount != 1:
                return False
            connection.execute(SUBSCRIPTION_EVENTS.delete().where(SUBSCRIPTION_EVENTS.c.subscription == id))
        return True

    def claim_heartbeats(self, *, now: datetime, connection: Connection) -> list[Subscription]:
        """Active subscriptions whose heartbeat is due, each given to one asker only."""
        going_on = or_(SUBSCRIPTIONS.c.ends_at.is_(None), SUBSCRIPTIONS.c.ends_at > now)
        beats = and_(SUBSCRIPTIONS.c.status == SubscriptionState.ACTIVE.value, SUBSCRIPTIONS.c.heartbeat_seconds > 0, going_on)
        rows = connection.execute(select(SUBSCRIPTIONS).where(beats)).mappings().all()
        due = []
        for row in rows:
            last = as_utc(row["last_sent_at"])
            if last + timedelta(seconds=row["heartbeat_seconds"]) > now:
                continue
            mine = update(SUBSCRIPTIONS).where(
                SUBSCRIPTIONS.c.id == row["id"], SUBSCRIPTIONS.c.last_sent_at == row["last_sent_at"]
            )
            if connection.execute(mine.values(last_sent_at=now)).rowcount == 1:
                due.append(_subscription(row))
        return due

    def expire(self, *, now: datetime) -> int:
        """Switch off what has ended, delete events kept long enough; how many of both."""
        ended = and_(SUBSCRIPTIONS.c.ends_at <= now, SUBSCRIPTIONS.c.status != SubscriptionState.OFF.value)
        with self._engine.begin() as connection:
            off = connection.execute(update(SUBSCRIPTIONS).where(ended).values(status=SubscriptionState.OFF.value)).rowcount
            old = SUBSCRIPTION_EVENTS.delete().where(SUBSCRIPTION_EVENTS.c.expires_at <= now)
            return off + connection.execute(old).rowcount

    def _some(self, *conditions: Any) -> list[Subscription]:
        query = select(SUBSCRIPTIONS).where(*conditions).order_by(SUBSCRIPTIONS.c.created_at)
        with self._engine.connect() as connection:
            return [_subscription(row) for row in connection.execute(query).mappings()]


def _subscription(row: Any) -> Subscription:
    return Subscription(
        id=row["id"],
        client=row["client"],
        topic=row["topic"],
        payload=row["payload"],
        endpoint=row["endpoint"],
        reason=row["reason"],
        status=SubscriptionState(row["status"]),
        heartbeat_seconds=row["heartbeat_seconds"],
        events=row["events"],
        ends_at=as_utc(row["ends_at"]) if row["ends_at"] is not None else None,
    )
