"""Opening the database: one engine for SQLite and PostgreSQL, brought to the newest schema before anyone uses it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import SQLAlchemyError

HEAD = "0011"
"""The newest migration. Known here so that a start on a current database need not load Alembic."""

_LOCK_NUMBER = 7_194_944
_LOCK_SECONDS = 60
STATEMENT_MS = 5_000
"""How long a statement of the service may take or wait for another: both databases. Somebody waits for the answer, which goes out without its record
where that cannot be written; what a statement of ours does takes some milliseconds."""


class StoreError(Exception):
    """The database cannot be used. The message says which and what to do, and never holds a password."""


def open_database(url: str, *, statement_ms: int = 0) -> Engine:
    """An engine on a database that has the newest schema. Several processes may call this at once. Raises StoreError.

    `statement_ms`: after how long PostgreSQL gives a statement up; 0, for commands that go over the whole record, never.
    """
    address = make_url(url)
    try:
        if address.get_backend_name() == "sqlite":
            Path(str(address.database)).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(address, pool_pre_ping=address.get_backend_name() != "sqlite")
        if address.get_backend_name() == "sqlite":
            event.listen(engine, "connect", _prepare_sqlite)
        if _revision(engine) != HEAD:
            with _one_at_a_time(engine, address) as connection:
                migrate(connection)
        if statement_ms and address.get_backend_name() != "sqlite":
            # From the next connection on: a migration, or waiting for that of another process, may take its time.
            engine.dispose()
            event.listen(engine, "connect", partial(_limit_statements, statement_ms))
    except (SQLAlchemyError, sqlite3.Error, OSError, ImportError) as error:
        raise StoreError(
            f"the database {address.render_as_string(hide_password=True)} cannot be opened ({_reason(error)}); "
            "point CLAUDICATION_DATABASE_URL at a place that can be written"
        ) from error
    return engine


def migrate(connection: Connection, revision: str = "head") -> None:
    """Bring the schema to a revision. The caller makes sure that nobody else does so meanwhile."""
    # Alembic takes a tenth of a second to load, and a current database never needs it.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def _revision(engine: Engine) -> str | None:
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


@contextmanager
def _one_at_a_time(engine: Engine, address: URL) -> Iterator[Connection]:
    """A connection for migrating, held by one process at a time: workers start together."""
    if address.get_backend_name() == "sqlite":
        # SQLite itself has the one file lock that works on every system.
        with closing(sqlite3.connect(f"{address.database}.lock", timeout=_LOCK_SECONDS, isolation_level=None)) as lock:
            lock.execute("BEGIN EXCLUSIVE")
            with engine.begin() as connection:
                yield connection
        return
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _LOCK_NUMBER})
        yield connection


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    # WAL lets readers and one writer work together; NORMAL may lose the last moments in a power cut, never the file.
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute(f"PRAGMA busy_timeout={STATEMENT_MS}")


def _limit_statements(statement_ms: int, connection: Any, _record: Any) -> None:
    # Outside a transaction, whose end would take it back.
    connection.autocommit = True
    connection.execute(f"SET statement_timeout = {statement_ms:d}")
    connection.autocommit = False


def _reason(error: Exception) -> str:
    cause = getattr(error, "orig", None) or error
    return str(cause).strip().splitlines()[0]
