"""The audit chain: who did what with which record, when. Rows are only ever appended, and each holds the hash of the one before.

A row names records and clients, never a patient: what it says of one is a pseudonym, or nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import orjson
from sqlalchemy import Connection, Engine, Row, select

from service.store.tables import AUDIT
from service.store.transactions import alone_on

BEGINNING = "0" * 64
"""What stands for the hash before the first row."""

_INSERT = AUDIT.insert()
# Written out: it runs with every assessment, and putting it together again takes longer than the database needs for it.
_LAST = "SELECT sequence, hash FROM audit ORDER BY sequence DESC LIMIT 1"
_AT_ONCE = 1_000


class Action(StrEnum):
    ASSESSED = "assessed"
    READ = "read"
    SEARCHED = "searched"
    EXPORTED = "exported"
    FED_BACK = "fed-back"
    REPLAYED = "replayed"
    VERIFIED = "verified"
    RESEALED = "resealed"
    EXPIRED = "expired"
    SIGNED_IN = "signed-in"
    NOT_SIGNED_IN = "not-signed-in"
    SIGNED_OUT = "signed-out"
    LAUNCHED = "launched"
    WROTE = "wrote"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """What is to be recorded. `object` is the id of a record or what a search was about; `detail` holds codes and counts, and
    which user of the client it was."""

    recorded_at: datetime
    actor: str
    action: Action
    object: str = ""
    patient: str = ""
    detail: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRow:
    """A row as it stands in the chain; `detail` is its canonical JSON."""

    sequence: int
    recorded_at: datetime
    actor: str
    action: str
    object: str
    patient: str
    detail: str
    previous_hash: str
    hash: str


@dataclass(frozen=True, slots=True)
class Head:
    """The last row of the chain. Kept elsewhere, it shows later whether rows up to it are still there."""

    sequence: int
    hash: str

    def __str__(self) -> str:
        return f"{self.sequence}:{self.hash}"


def append(connection: Connection, entries: Sequence[AuditEntry]) -> Head:
    """Write entries at the end of the chain and give its head. Only within `transactions.alone`."""
    head = last(connection)
    rows = []
    for entry in entries:
        content = {
            "sequence": head.sequence + 1,
            "recorded_at": entry.recorded_at.astimezone(UTC),
            "actor": entry.actor,
            "action": entry.action.value,
            "object": entry.object,
            "patient": entry.patient,
            "detail": orjson.dumps(dict(entry.detail), option=orjson.OPT_SORT_KEYS).decode(),
            "previous_hash": head.hash,
        }
        head = Head(head.sequence + 1, digest(content))
        rows.append({**content, "hash": head.hash})
    if rows:
        connection.execute(_INSERT, rows if len(rows) > 1 else rows[0])
    return head


def append_to(engine: Engine, entries: Sequence[AuditEntry]) -> Head:
    """The same in a transaction of its own. Raises SQLAlchemyError."""
    return alone_on(engine, lambda connection: append(connection, entries))


def last(connection: Connection) -> Head:
    """The head of the chain as it is now."""
    found = connection.exec_driver_sql(_LAST).first()
    return Head(found.sequence, found.hash) if found else Head(0, BEGINNING)


def digest(content: Mapping[str, Any]) -> str:
    """SHA-256 of a row over its canonical JSON: every column but the hash itself, names sorted, the time in UTC to the microsecond."""
    told = {**content, "recorded_at": content["recorded_at"].isoformat(timespec="microseconds")}
    return hashlib.sha256(orjson.dumps(told, option=orjson.OPT_SORT_KEYS)).hexdigest()


def rows(connection: Connection) -> Iterator[AuditRow]:
    """The chain from its beginning, row by row."""
    with connection.execution_options(yield_per=_AT_ONCE).execute(select(AUDIT).order_by(AUDIT.c.sequence)) as found:
        for row in found:
            yield row_of(row)


def row_of(row: Row[Any]) -> AuditRow:
    """A row of the table; SQLite gives its times without the zone, which is UTC."""
    columns = row._mapping
    return AuditRow(**{**columns, "recorded_at": utc(columns["recorded_at"])})


def utc(moment: datetime) -> datetime:
    """A moment as a database gives it, in UTC."""
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
