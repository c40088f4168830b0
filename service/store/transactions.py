"""Transactions over several tables: an ordinary one, and one that no other process is in meanwhile, which the audit chain needs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from sqlalchemy import Connection, Engine, text

Done = TypeVar("Done")

_LOCK = text("SELECT pg_advisory_xact_lock(7194945)")


def alone(connection: Connection, work: Callable[[Connection], Done]) -> Done:
    """Do `work` in one transaction while no other process is in such a one; all of it is written, or nothing. The connection must be in none."""
    try:
        if connection.dialect.name == "sqlite":
            # The lock must come before the first read, or two processes that both read cannot both write.
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.execute(_LOCK)
        done = work(connection)
        connection.commit()
    except BaseException:
        connection.rollback()
        raise
    return done


def alone_on(engine: Engine, work: Callable[[Connection], Done]) -> Done:
    """The same on a connection of the pool."""
    with engine.connect() as connection:
        return alone(connection, work)


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """A connection whose changes are kept when the block ends well, for what must stand or fall together."""
    with engine.begin() as connection:
        yield connection
