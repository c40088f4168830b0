"""Which signed tokens were used already, known to every process on the database. No token is kept: a digest of its issuer and id, until it expires."""

from __future__ import annotations

import hashlib
import threading
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from service.errors import Overloaded, Problem
from service.store.tables import TOKEN_IDS

CLEARED_EVERY = timedelta(minutes=1)
"""How often one process removes what has expired; a token lives for minutes, so there is never much."""


class TokenIds:
    """The open table. Safe to use from several threads and, each with its own, from several processes."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._insert = TOKEN_IDS.insert()
        self._lock = threading.Lock()
        self._cleared_at: datetime | None = None

    def first_use(self, issuer: str, jti: str, expires_at: datetime, *, now: datetime) -> bool:
        """Whether no process has seen this token; from now on, one has.

        Raises Overloaded when that cannot be known: a token that may have been used before is not let in because a disk is full.
        """
        try:
            # One statement, so that of two processes with the same token the database lets one in.
            with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                if self._is_time_to_clear(now):
                    connection.execute(TOKEN_IDS.delete().where(TOKEN_IDS.c.expires_at < now.astimezone(UTC)))
                connection.execute(self._insert, {"id_digest": _digest(issuer, jti), "expires_at": expires_at.astimezone(UTC)})
        except IntegrityError:
            return False
        except SQLAlchemyError as error:
            raise Overloaded(
                Problem(
                    issue_type="transient",
                    diagnostics="signed tokens cannot be checked now, because the database of the service cannot be written; try again soon",
                )
            ) from error
        return True

    def _is_time_to_clear(self, now: datetime) -> bool:
        with self._lock:
            if self._cleared_at is not None and now - self._cleared_at < CLEARED_EVERY:
                return False
            self._cleared_at = now
            return True


def _digest(issuer: str, jti: str) -> str:
    # The length keeps two pairs apart that would be the same text one after the other.
    return hashlib.sha256(f"{len(issuer)}:{issuer}{jti}".encode()).hexdigest()
