"""The audit of a deployment, to append to, to read and to check. Everything raises StoreError when the database cannot be used."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from service.store import audit, audit_check, retention
from service.store.audit import AuditEntry, AuditRow, Head
from service.store.audit_check import ChainReport
from service.store.database import StoreError
from service.store.retention import Removed

Done = TypeVar("Done")


class AuditLog:
    """The chain of one database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def append(self, *entries: AuditEntry) -> Head:
        """Write entries at the end of the chain and give its head."""
        return usable(lambda: audit.append_to(self._engine, entries))

    def check(self, anchors: Sequence[Head] = ()) -> ChainReport:
        """What is wrong with the chain, as `audit_check.check` says."""
        return usable(lambda: audit_check.check(self._engine, anchors))

    def rows(self) -> Iterator[AuditRow]:
        """The whole chain from its beginning."""
        try:
            with self._engine.connect() as connection:
                yield from audit.rows(connection)
        except SQLAlchemyError as error:
            raise _unusable(error) from error

    def expire(
        self,
        *,
        actor: str,
        now: datetime,
        records_before: datetime | None = None,
        hooks_before: datetime | None = None,
        audit_before: datetime | None = None,
    ) -> Removed:
        """Remove what is older, as `retention.expire` says."""
        return usable(
            lambda: retention.expire(
                self._engine,
                actor=actor,
                now=now,
                records_before=records_before,
                hooks_before=hooks_before,
                audit_before=audit_before,
            )
        )


def usable(work: Callable[[], Done]) -> Done:
    """What `work` gives; StoreError, without a password or a value, where the database fails."""
    try:
        return work()
    except SQLAlchemyError as error:
        raise _unusable(error) from error


def _unusable(error: SQLAlchemyError) -> StoreError:
    return StoreError(
        f"the record cannot be read or written ({type(error).__name__}); see that the database can be reached and its disk has room"
    )
