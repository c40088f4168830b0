"""What the service remembers of a signed-in browser. The database alone opens none of it: the key is made from the secret that only the browser has."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, Delete, Engine, Row, Update, func, select
from sqlalchemy.exc import SQLAlchemyError

from service.errors import Overloaded, Problem
from service.store.sealing import CannotOpen, Seal
from service.store.tables import BROWSER_SESSIONS

_BYTES = 32
_PART = "session"
_T = TypeVar("_T")


class BrowserSessions:
    """The open table. Every method raises Overloaded when the database cannot be used: nobody is let in because a disk is full."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def begin(self, kind: str, content: bytes, *, expires_at: datetime, now: datetime) -> str:
        """A new session; gives the secret for the browser's cookie, 43 characters that stand nowhere else. What has expired is removed."""
        secret = secrets.token_urlsafe(_BYTES)
        digest = _digest(secret)
        row = {"id_digest": digest, "kind": kind, "content": _close(secret, content), "expires_at": expires_at.astimezone(UTC)}

        def work(connection: Connection) -> None:
            connection.execute(BROWSER_SESSIONS.delete().where(BROWSER_SESSIONS.c.expires_at <= now.astimezone(UTC)))
            connection.execute(BROWSER_SESSIONS.insert(), row)

        self._with_database(work)
        return secret

    def make_room(self, kind: str, *, at_most: int, now: datetime) -> int:
        """Remove what has expired, and of this kind the oldest, so that one more makes `at_most` of them; gives how many gave way that had not expired."""
        table = BROWSER_SESSIONS.c

        def work(connection: Connection) -> int:
            connection.execute(BROWSER_SESSIONS.delete().where(table.expires_at <= now.astimezone(UTC)))
            there = connection.execute(select(func.count()).where(table.kind == kind)).scalar_one()
            if there < at_most:
                return 0
            oldest = select(table.id_digest).where(table.kind == kind).order_by(table.expires_at).limit(there + 1 - at_most)
            return connection.execute(BROWSER_SESSIONS.delete().where(table.id_digest.in_(oldest))).rowcount

        return self._with_database(work)

    def read(self, secret: str, kind: str, *, now: datetime) -> bytes | None:
        """What a session of this kind holds; None when there is none, or it has expired."""
        row = self._row(secret, kind, now=now)
        return None if row is None else _opened(secret, row)

    def change(self, secret: str, kind: str, work: Callable[[bytes], bytes | None], *, now: datetime) -> bytes | None:
        """Put into a session what `work` makes of what it holds, and give that; None where there is no such session, or `work` gives None to leave it.

        Whatever other requests and processes do at once, nothing that one of them put there is lost: `work` is then asked again, with theirs.
        """
        while True:
            held = self._row(secret, kind, now=now)
            found = None if held is None else _opened(secret, held)
            wanted = None if found is None else work(found)
            if held is None or wanted is None:
                return None
            # The bytes that lie there are others each time that something is put there, even the same.
            changed = (
                BROWSER_SESSIONS.update()
                .where(BROWSER_SESSIONS.c.id_digest == held.id_digest, BROWSER_SESSIONS.c.content == held.content)
                .values(content=_close(secret, wanted))
            )
            if self._changed_one(changed):
                return wanted

    def end(self, secret: str) -> bool:
        """End a session, whoever has its secret; whether there was one. Of several that end it at once, one is told so."""
        gone = BROWSER_SESSIONS.delete().where(BROWSER_SESSIONS.c.id_digest == _digest(secret))
        return self._changed_one(gone)

    def _row(self, secret: str, kind: str, *, now: datetime) -> Row[Any] | None:
        table = BROWSER_SESSIONS.c
        asked = BROWSER_SESSIONS.select().where(
            table.id_digest == _digest(secret), table.kind == kind, table.expires_at > now.astimezone(UTC)
        )
        return self._with_database(lambda connection: connection.execute(asked).one_or_none())

    def _changed_one(self, statement: Update | Delete) -> bool:
        return self._with_database(lambda connection: connection.execute(statement).rowcount == 1)

    def _with_database(self, work: Callable[[Connection], _T]) -> _T:
        try:
            with self._engine.begin() as connection:
                return work(connection)
        except SQLAlchemyError as error:
            raise Overloaded(
                Problem(
                    issue_type="transient",
                    diagnostics="nobody can be signed in or out now, because the database of the service cannot be used; try again soon",
                )
            ) from error


def _digest(secret: str) -> str:
    return hashlib.sha256(f"id:{secret}".encode()).hexdigest()


def _seal(secret: str) -> Seal:
    # The secret is 256 random bits, so one round makes a key of it.
    return Seal((hashlib.sha256(f"key:{secret}".encode()).digest(),))


def _opened(secret: str, row: Row[Any]) -> bytes | None:
    try:
        return _seal(secret).open(row.content, record=row.id_digest, part=_PART)
    except CannotOpen:
        # Somebody wrote into the table. A session that says anything else than what was put in is none.
        return None


def _close(secret: str, content: bytes) -> bytes:
    return _seal(secret).close(content, record=_digest(secret), part=_PART)
