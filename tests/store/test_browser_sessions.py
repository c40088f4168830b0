"""A session is there for the browser that began it, until it ends; whoever copies the database can open none."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, update

from service.errors import Overloaded
from service.store.browser_sessions import BrowserSessions
from service.store.database import open_database
from service.store.tables import BROWSER_SESSIONS

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
LATER = NOW + timedelta(hours=8)
TOLD = b'{"token": "a very secret token"}'


@pytest.fixture
def engine(migrated_url: str) -> Iterator[Engine]:
    opened = open_database(migrated_url)
    yield opened
    opened.dispose()


@pytest.fixture
def sessions(engine: Engine) -> BrowserSessions:
    return BrowserSessions(engine)


def test_the_browser_that_began_a_session_finds_in_it_what_was_put_there(sessions: BrowserSessions) -> None:
    secret = sessions.begin("smart", TOLD, expires_at=LATER, now=NOW)
    assert sessions.read(secret, "smart", now=NOW) == TOLD
    sessions.keep(secret, b"something else")
    assert sessions.read(secret, "smart", now=NOW) == b"something else"


def test_a_secret_opens_one_session_of_one_kind(sessions: BrowserSessions) -> None:
    mine = sessions.begin("smart", TOLD, expires_at=LATER, now=NOW)
    sessions.begin("smart", b"of somebody else", expires_at=LATER, now=NOW)
    assert sessions.read(mine, "smart", now=NOW) == TOLD
    assert sessions.read(mine, "operator", now=NOW) is None
    assert sessions.read(mine[:-1] + ("a" if mine[-1] != "a" else "b"), "smart", now=NOW) is None


def test_a_session_is_over_when_its_time_has_come_and_leaves_the_table_with_the_next(
    sessions: BrowserSessions, engine: Engine
) -> None:
    secret = sessions.begin("smart", TOLD, expires_at=LATER, now=NOW)
    assert sessions.read(secret, "smart", now=LATER - timedelta(seconds=1)) == TOLD
    assert sessions.read(secret, "smart", now=LATER) is None
    sessions.begin("smart", b"", expires_at=LATER + timedelta(hours=8), now=LATER)
    with engine.connect() as connection:
        assert len(connection.execute(BROWSER_SESSIONS.select()).all()) == 1


def test_a_session_that_was_ended_does_not_come_back(sessions: BrowserSessions) -> None:
    secret = sessions.begin("smart", TOLD, expires_at=LATER, now=NOW)
    assert sessions.end(secret)
    assert not sessions.end(secret)
    sessions.keep(secret, TOLD)
    assert sessions.read(secret, "smart", now=NOW) is None


def test_nothing_in_the_database_tells_what_a_session_holds_or_how_to_open_it(sessions: BrowserSessions, engine: Engine) -> None:
    secret = sessions.begin("smart", TOLD, expires_at=LATER, now=NOW)
    with engine.connect() as connection:
        row = connection.execute(BROWSER_SESSIONS.select()).one()
    assert secret not in str(row)
    assert b"secret" not in row.content


def test_a_row_that_was_put_in_the_place_of_another_opens_for_nobody(sessions: BrowserSessions, engine: Engine) -> None:
    mine = sessions.begin("smart", TOLD, expires_at=LATER, now=NOW)
    with engine.begin() as connection:
        mine_row = connection.execute(BROWSER_SESSIONS.select()).one()
    other = sessions.begin("smart", b"of somebody else", expires_at=LATER, now=NOW)
    with engine.begin() as connection:
        connection.execute(
            update(BROWSER_SESSIONS).where(BROWSER_SESSIONS.c.id_digest != mine_row.id_digest).values(content=mine_row.content)
        )
    assert sessions.read(other, "smart", now=NOW) is None
    assert sessions.read(mine, "smart", now=NOW) == TOLD


def test_nobody_is_let_in_when_the_database_cannot_be_asked(sessions: BrowserSessions, engine: Engine) -> None:
    BROWSER_SESSIONS.drop(engine)
    with pytest.raises(Overloaded, match="try again soon"):
        sessions.read("a" * 43, "smart", now=NOW)
