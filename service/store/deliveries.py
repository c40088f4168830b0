"""Deliveries: bodies on their way to a client's address. The id and the body of one stay the same over every attempt."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Engine, and_, select, update

from service.config import Settings
from service.store.at_rest import AtRest
from service.store.job_tables import DELIVERIES, DELIVERY_ATTEMPTS
from service.store.moments import as_utc
from service.store.sealing import CannotOpen

LONGEST_ATTEMPT_S = 5


class DeliveryState(StrEnum):
    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD = "dead"
    """Given up: refused for good, or tried often enough. It can be sent again by hand while it is kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDelivery:
    """What is to be delivered, and where. `what` says what it is (`job-result`, `message-response`, `handshake`, `heartbeat`, `event-notification`)."""

    client: str
    address: str
    what: str
    body: bytes = field(repr=False)
    job: str = ""
    subscription: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One attempt. `status` 0: no answer came, and `why` says why."""

    attempt: int
    at: datetime
    status: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A delivery as it stands. `body` is empty once it is delivered or expired; `body_digest` stays."""

    id: str
    client: str
    address: str
    what: str
    job: str
    subscription: str
    state: DeliveryState
    attempts: int
    due_at: datetime
    why: str
    created_at: datetime
    expires_at: datetime
    body_digest: str
    body: bytes = field(repr=False)
    unopened: str = ""
    """Why its body cannot be opened, where no key does."""


class Deliveries:
    """The open table of deliveries. `keep`: how long one is kept; `lease`: how long an attempt may take before another worker may try."""

    def __init__(self, engine: Engine, at_rest: AtRest, *, keep: timedelta, lease: timedelta) -> None:
        self._engine = engine
        self._at_rest = at_rest
        self._keep = keep
        self._lease = lease

    def add(self, new: NewDelivery, *, now: datetime, connection: Connection) -> str:
        """Write a delivery in the transaction of what it tells about; its id."""
        id = str(uuid4())
        row = {
            "id": id,
            "client": new.client,
            "address": new.address,
            "what": new.what,
            "job": new.job,
            "subscription": new.subscription,
            "body": self._at_rest.close(new.body, record=id, part="delivery"),
            "body_digest": hashlib.sha256(new.body).hexdigest(),
            "state": DeliveryState.PENDING.value,
            "attempts": 0,
            "holder": "",
            "due_at": now,
            "why": "",
            "created_at": now,
            "expires_at": now + self._keep,
        }
        connection.execute(DELIVERIES.insert(), row)
        return id

    def claim(self, id: str, *, holder: str, now: datetime) -> Delivery | None:
        """Take a delivery that is due. Until it is settled it is due again when the lease ends."""
        due = and_(DELIVERIES.c.id == id, DELIVERIES.c.state == DeliveryState.PENDING.value, DELIVERIES.c.due_at <= now)
        taken = (
            update(DELIVERIES)
            .where(due)
            .values(holder=holder, due_at=now + self._lease, attempts=DELIVERIES.c.attempts + 1)
            .returning(DELIVERIES)
        )
        with self._engine.begin() as connection:
            row = connection.execute(taken).mappings().first()
        if row is None:
            return None
        try:
            return self._delivery(row)
        except CannotOpen as error:
            return replace(self._delivery({**row, "body": None}), unopened=str(error))

    def settle(
        self,
        delivery: Delivery,
        *,
        state: DeliveryState,
        status: int,
        why: str,
        now: datetime,
        due_at: datetime | None = None,
    ) -> None:
        """Record an attempt and what follows from it. One that outlived its lease is recorded too; a success counts whoever had it."""
        delivered = state is DeliveryState.DELIVERED
        values: dict[str, Any] = {"state": state.value, "why": why[:256]}
        if delivered:
            values |= {"body": None}
        if state is not DeliveryState.PENDING:
            values |= {"settled_at": now, "expires_at": now + self._keep}
        if due_at is not None:
            values |= {"due_at": due_at}
        held = and_(DELIVERIES.c.id == delivery.id, DELIVERIES.c.state != DeliveryState.DELIVERED.value)
        if not delivered:
            held = and_(held, DELIVERIES.c.attempts == delivery.attempts)
        with self._engine.begin() as connection:
            connection.execute(update(DELIVERIES).where(held).values(**values))
            connection.execute(
                DELIVERY_ATTEMPTS.insert(),
                {"delivery": delivery.id, "attempt": delivery.attempts, "at": now, "status": status, "why": why[:256]},
            )

    def resend(self, id: str, *, now: datetime) -> bool:
        """Make a dead delivery due again. False: there is none of that id, it is not dead, or its body is gone."""
        dead = and_(DELIVERIES.c.id == id, DELIVERIES.c.state == DeliveryState.DEAD.value, DELIVERIES.c.body.is_not(None))
        again = (
            update(DELIVERIES)
            .where(dead)
            .values(state=DeliveryState.PENDING.value, due_at=now, settled_at=None, expires_at=now + self._keep)
        )
        with self._engine.begin() as connection:
            return connection.execute(again).rowcount == 1

    def withdraw(self, *, job: str = "", subscription: str = "") -> int:
        """Delete what has not been accepted of a job or of a subscription, of which its client wants no more; how many that were."""
        concerned = DELIVERIES.c.job == job if job else DELIVERIES.c.subscription == subscription
        left = and_(concerned, DELIVERIES.c.state != DeliveryState.DELIVERED.value)
        with self._engine.begin() as connection:
            connection.execute(
                DELIVERY_ATTEMPTS.delete().where(DELIVERY_ATTEMPTS.c.delivery.in_(select(DELIVERIES.c.id).where(left)))
            )
            return connection.execute(DELIVERIES.delete().where(left)).rowcount

    def any_of_job(self, job: str) -> bool:
        """Whether there is a delivery of this job, whatever became of it."""
        with self._engine.connect() as connection:
            return connection.execute(select(DELIVERIES.c.id).where(DELIVERIES.c.job == job).limit(1)).first() is not None

    def due(self, *, now: datetime, limit: int) -> list[str]:
        """Deliveries to be tried now, the longest due first."""
        query = (
            select(DELIVERIES.c.id)
            .where(DELIVERIES.c.state == DeliveryState.PENDING.value, DELIVERIES.c.due_at <= now)
            .order_by(DELIVERIES.c.due_at)
            .limit(limit)
        )
        with self._engine.connect() as connection:
            return [str(id) for id in connection.execute(query).scalars()]

    def find(self, id: str) -> Delivery | None:
        """One delivery, whatever became of it."""
        with self._engine.connect() as connection:
            row = connection.execute(select(DELIVERIES).where(DELIVERIES.c.id == id)).mappings().first()
        return self._delivery(row) if row is not None else None

    def attempts_of(self, id: str) -> list[Attempt]:
        """Its attempts, the first first."""
        query = select(DELIVERY_ATTEMPTS).where(DELIVERY_ATTEMPTS.c.delivery == id).order_by(DELIVERY_ATTEMPTS.c.id)
        with self._engine.connect() as connection:
            return [
                Attempt(attempt=row["attempt"], at=as_utc(row["at"]), status=row["status"], why=row["why"])
                for row in connection.execute(query).mappings()
            ]

    def listed(self, states: Sequence[DeliveryState], *, limit: int) -> list[Delivery]:
        """Deliveries in these states, the newest first, without their bodies."""
        query = (
            select(DELIVERIES)
            .where(DELIVERIES.c.state.in_([state.value for state in states]))
            .order_by(DELIVERIES.c.created_at.desc())
            .limit(limit)
        )
        with self._engine.connect() as connection:
            return [self._delivery({**row, "body": None}) for row in connection.execute(query).mappings()]

    def expire(self, *, now: datetime) -> int:
        """Delete what was settled and kept long enough, with its attempts; how many that were. What is still to be delivered stays."""
        old = and_(DELIVERIES.c.expires_at <= now, DELIVERIES.c.state != DeliveryState.PENDING.value)
        with self._engine.begin() as connection:
            connection.execute(
                DELIVERY_ATTEMPTS.delete().where(DELIVERY_ATTEMPTS.c.delivery.in_(select(DELIVERIES.c.id).where(old)))
            )
            return connection.execute(DELIVERIES.delete().where(old)).rowcount

    def _delivery(self, row: Any) -> Delivery:
        id = row["id"]
        return Delivery(
            id=id,
            client=row["client"],
            address=row["address"],
            what=row["what"],
            job=row["job"],
            subscription=row["subscription"],
            state=DeliveryState(row["state"]),
            attempts=row["attempts"],
            due_at=as_utc(row["due_at"]),
            why=row["why"],
            created_at=as_utc(row["created_at"]),
            expires_at=as_utc(row["expires_at"]),
            body_digest=row["body_digest"],
            body=self._at_rest.open(row["body"], record=id, part="delivery"),
        )


def deliveries_of(settings: Settings, engine: Engine, kept: AtRest) -> Deliveries:
    """The table as the settings have it. The lease outlasts an attempt, which takes five seconds at most."""
    lease = timedelta(seconds=settings.job_lease_seconds + LONGEST_ATTEMPT_S)
    return Deliveries(engine, kept, keep=timedelta(hours=settings.job_keep_hours), lease=lease)
