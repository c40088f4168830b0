"""How clients were registered, and from when to when. The clients file says how they are; this says, years later, how they were when they acted."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import Connection, Engine, or_, select, update
from sqlalchemy.exc import SQLAlchemyError

from service.store.audit_log import usable
from service.store.database import StoreError
from service.store.moments import as_utc
from service.store.tables import CLIENT_REGISTRATIONS
from service.store.transactions import alone_on

SEEN_AGAIN = timedelta(days=1)
"""A start writes that a registration is still in force no more often."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """One registration of a client. `public` is what it said but for secrets; `ended_at` None: it is in force."""

    client: str
    digest: str
    public: Mapping[str, Any]
    first_seen_at: datetime
    last_seen_at: datetime
    ended_at: datetime | None


def remember_registrations(engine: Engine, registrations: Mapping[str, Mapping[str, Any]], *, now: datetime) -> None:
    """Record how the clients are registered now, by their ids: what is new begins, what is changed or gone ends. Raises StoreError."""
    written = {client: orjson.dumps(said, option=orjson.OPT_SORT_KEYS) for client, said in registrations.items()}
    digests = {client: hashlib.sha256(said).hexdigest() for client, said in written.items()}

    def work(connection: Connection) -> None:
        # Read again where nobody else writes: the processes of a service start together.
        known = _in_force(connection)
        ended = [id for client, (id, digest, _) in known.items() if digests.get(client) != digest]
        same = [id for client, (id, digest, _) in known.items() if digests.get(client) == digest]
        table = CLIENT_REGISTRATIONS
        connection.execute(update(table).where(table.c.id.in_(ended)).values(ended_at=now))
        connection.execute(update(table).where(table.c.id.in_(same)).values(last_seen_at=now))
        new = [
            {
                "client": client,
                "digest": digest,
                "registration": written[client].decode(),
                "first_seen_at": now,
                "last_seen_at": now,
                "ended_at": None,
            }
            for client, digest in digests.items()
            if client not in known or known[client][1] != digest
        ]
        if new:
            connection.execute(table.insert(), new)

    try:
        with engine.connect() as connection:
            known = _in_force(connection)
        lately = all(now - seen < SEEN_AGAIN for _, _, seen in known.values())
        if {client: digest for client, (_, digest, _) in known.items()} != digests or not lately:
            alone_on(engine, work)
    except SQLAlchemyError as error:
        raise StoreError(f"how clients are registered cannot be recorded ({type(error).__name__})") from error


def registrations(engine: Engine, *, client: str = "", at: datetime | None = None) -> Sequence[Registration]:
    """All of them, or those of a client, or those in force at a moment; the oldest first. Raises StoreError."""
    table = CLIENT_REGISTRATIONS
    query = select(table).order_by(table.c.client, table.c.id)
    if client:
        query = query.where(table.c.client == client)
    if at is not None:
        query = query.where(table.c.first_seen_at <= at, or_(table.c.ended_at.is_(None), table.c.ended_at > at))

    def read() -> Sequence[Registration]:
        with engine.connect() as connection:
            return [_registration(row) for row in connection.execute(query).mappings()]

    return usable(read)


def _in_force(connection: Connection) -> dict[str, tuple[int, str, datetime]]:
    """By client: the row, its digest, and when it was last seen."""
    table = CLIENT_REGISTRATIONS
    rows = connection.execute(
        select(table.c.client, table.c.id, table.c.digest, table.c.last_seen_at).where(table.c.ended_at.is_(None))
    )
    return {row.client: (row.id, row.digest, as_utc(row.last_seen_at)) for row in rows}


def _registration(row: Mapping[Any, Any]) -> Registration:
    return Registration(
        client=row["client"],
        digest=row["digest"],
        public=orjson.loads(row["registration"]),
        first_seen_at=as_utc(row["first_seen_at"]),
        last_seen_at=as_utc(row["last_seen_at"]),
        ended_at=as_utc(row["ended_at"]) if row["ended_at"] is not None else None,
    )
