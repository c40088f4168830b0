"""A session is there for the browser that began it, until it ends; whoever copies the database can open none."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
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
    assert sessions.change(secret, "smart", lambda held: held + b", and more", now=NOW) == TOLD + b", and more"
    assert sessions.read(secret, "smart", now=NOW) == TOLD + b", and more"
    assert sessions.change(secret, "smart", lambda _: None, now=NOW) is None
    assert sessions.change(secret, "operator", lambda _: b"", now=NOW) is None
    assert sessions.read(secret, "smart", now=NOW) == TOLD + b", and more"


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


def test_of_too_many_of_a_kind_the_oldest_give_way_and_no_other_kind(sessions: BrowserSessions) -> None:
    minutes = [timedelta(minutes=one) for one in range(6)]
    chart = sessions.begin("smart", TOLD, expires_at=NOW + minutes[2], now=NOW)
    begun = [sessions.begin("smart-launch", TOLD, expires_at=NOW + one, now=NOW) for one in minutes[1:5]]

    def there() -> list[bool]:
        return [sessions.read(one, "smart-launch", now=NOW) is not None for one in begun]

    assert sessions.make_room("smart-launch", at_most=5, now=NOW) == 0
    assert there() == [True] * 4
    assert sessions.make_room("smart-launch", at_most=3, now=NOW) == 2
    assert there() == [False, False, True, True]
    assert sessions.read(chart, "smart", now=NOW) == TOLD
    # What has expired makes room first, and nobody gives way for it.
    assert sessions.make_room("smart-launch", at_most=2, now=NOW + minutes[3]) == 0
    assert there() == [False, False, False, True]


def test_a_session_that_was_ended_does_not_come_back(sessions: BrowserSessions) -> None:
    secret = sessions.begin("smart", TOLD, expires_at=LATER, now=NOW)
    assert sessions.end(secret)
    assert not sessions.end(secret)
    assert sessions.change(secret, "smart", lambda held: held, now=NOW) is None
    assert sessions.read(secret, "smart", now=NOW) is None


def test_of_changes_at_once_none_is_lost(migrated_url: str, sessions: BrowserSessions) -> None:
    """Eight processes, each with its own way into the database."""
    secret = sessions.begin("smart", b"", expires_at=LATER, now=NOW)
    letters = [bytes([one]) for one in b"abcdefgh"]

    def process(letter: bytes) -> None:
        engine = open_database(migrated_url)
        BrowserSessions(engine).change(secret, "smart", lambda held: held + letter, now=NOW)
        engine.dispose()

    with ThreadPoolExecutor(len(letters)) as threads:
        list(threads.map(process, letters))
    kept = sessions.read(secret, "smart", now=NOW) or b""
    assert sorted(kept) == sorted(b"".join(letters))


def test_who_comes_second_is_asked_again_with_what_the_first_put_there(sessions: BrowserSessions) -> None:
    secret = sessions.begin("smart", b"", expires_at=LATER, now=NOW)
    seen: list[bytes] = []

    def slow(held: bytes) -> bytes:
        seen.append(held)
        if len(seen) == 1:
            sessions.change(secret, "smart", lambda _: b"first, ", now=NOW)
        return held + b"second"

    assert sessions.change(secret, "smart", slow, now=NOW) == b"first, second"
    assert seen == [b"", b"first, "]


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
    assert sessions.change(other, "smart", lambda held: held, now=NOW) is None
    assert sessions.read(mine, "smart", now=NOW) == TOLD


def test_nobody_is_let_in_when_the_database_cannot_be_asked(sessions: BrowserSessions, engine: Engine) -> None:
    BROWSER_SESSIONS.drop(engine)
    with pytest.raises(Overloaded, match="try again soon"):
        sessions.read("a" * 43, "smart", now=NOW)
