"""Answers of which subscribers are still to be told: written with the record of a call, taken away in the transaction that tells of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import Connection, Engine, exists, select

from service.store.at_rest import AtRest
from service.store.job_tables import ANNOUNCEMENTS, SUBSCRIPTIONS
from service.store.moments import as_utc

_PART = "announcement"


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """One that waits. `bundle` is the answer as JSON."""

    id: str
    client: str
    at: datetime
    bundle: bytes = field(repr=False)


def new_announcement(client: str, bundle: bytes, *, now: datetime) -> Announcement:
    """One that is to be written."""
    return Announcement(id=str(uuid4()), client=client, at=now, bundle=bundle)


class Announcements:
    """The open table. `keep`: how long one waits to be told; `grace`: how long the process that answered has for it before a worker does it."""

    def __init__(self, engine: Engine, at_rest: AtRest, *, keep: timedelta, grace: timedelta) -> None:
        self._engine = engine
        self._at_rest = at_rest
        self._keep = keep
        self._grace = grace

    def add(self, new: Announcement, connection: Connection) -> None:
        """Write one, in the transaction of what it is about; nothing where its client has no subscription that could be told."""
        told = exists().where(SUBSCRIPTIONS.c.client == new.client)
        if not connection.execute(select(told)).scalar():
            return
        row = {
            "id": new.id,
            "client": new.client,
            "at": new.at,
            "due_at": new.at + self._grace,
            "expires_at": new.at + self._keep,
            "bundle": self._at_rest.close(new.bundle, record=new.id, part=_PART),
        }
        connection.execute(ANNOUNCEMENTS.insert(), row)

    def add_now(self, new: Announcement) -> None:
        """The same in a transaction of its own."""
        with self._engine.begin() as connection:
            self.add(new, connection)

    def find(self, id: str) -> Announcement | None:
        """One that waits. Raises CannotOpen."""
        with self._engine.connect() as connection:
            row = connection.execute(select(ANNOUNCEMENTS).where(ANNOUNCEMENTS.c.id == id)).mappings().first()
        if row is None:
            return None
        bundle = self._at_rest.open(row["bundle"], record=id, part=_PART)
        return Announcement(id=id, client=row["client"], at=as_utc(row["at"]), bundle=bundle)

    def take(self, id: str, *, connection: Connection) -> bool:
        """Take one away in the transaction that tells of it. False: somebody else did."""
        return connection.execute(ANNOUNCEMENTS.delete().where(ANNOUNCEMENTS.c.id == id)).rowcount == 1

    def due(self, *, now: datetime, limit: int) -> list[str]:
        """Those that were left, the longest waiting first."""
        query = select(ANNOUNCEMENTS.c.id).where(ANNOUNCEMENTS.c.due_at <= now).order_by(ANNOUNCEMENTS.c.due_at).limit(limit)
        with self._engine.connect() as connection:
            return [str(id) for id in connection.execute(query).scalars()]

    def put_off(self, id: str, *, until: datetime) -> None:
        """Leave one that could not be told of alone until then."""
        with self._engine.begin() as connection:
            connection.execute(ANNOUNCEMENTS.update().where(ANNOUNCEMENTS.c.id == id).values(due_at=until))

    def expire(self, *, now: datetime) -> int:
        """Delete what nobody could tell of in all that time; how many that were."""
        with self._engine.begin() as connection:
            return connection.execute(ANNOUNCEMENTS.delete().where(ANNOUNCEMENTS.c.expires_at <= now)).rowcount
