"""A token is used once, whichever process sees it first; and what has expired does not stay."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import Engine

from service.errors import Overloaded
from service.store.database import open_database
from service.store.token_ids import CLEARED_EVERY, TokenIds

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
SOON = NOW + timedelta(minutes=5)
ISSUER = "https://ehr.example/fhir"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "used.db"


@pytest.fixture
def engine(file: Path) -> Iterator[Engine]:
    opened = open_database(f"sqlite:///{file}")
    yield opened
    opened.dispose()


@pytest.fixture
def ids(engine: Engine) -> TokenIds:
    return TokenIds(engine)


def rows(file: Path) -> list[tuple[str, str]]:
    connection = sqlite3.connect(file)
    try:
        return connection.execute("SELECT id_digest, expires_at FROM token_ids").fetchall()
    finally:
        connection.close()


def test_a_token_is_new_once(ids: TokenIds) -> None:
    assert ids.first_use(ISSUER, "1", SOON, now=NOW)
    assert not ids.first_use(ISSUER, "1", SOON, now=NOW)
    assert not ids.first_use(ISSUER, "1", SOON + timedelta(days=1), now=NOW)


def test_another_id_and_the_same_of_another_issuer_are_new(ids: TokenIds) -> None:
    assert ids.first_use(ISSUER, "1", SOON, now=NOW)
    assert ids.first_use(ISSUER, "2", SOON, now=NOW)
    assert ids.first_use("https://other.example", "1", SOON, now=NOW)
    assert ids.first_use(ISSUER + "1", "", SOON, now=NOW)


def test_neither_issuer_nor_id_is_kept(ids: TokenIds, file: Path) -> None:
    ids.first_use(ISSUER, "jti-1", SOON, now=NOW)
    [(digest, expires_at)] = rows(file)
    assert len(digest) == 64
    assert expires_at == "2026-03-02 09:35:00.000000"
    for part in file.parent.glob("used.db*"):
        assert b"ehr.example" not in part.read_bytes()
        assert b"jti-1" not in part.read_bytes()


def test_what_has_expired_is_removed(ids: TokenIds, file: Path) -> None:
    ids.first_use(ISSUER, "1", SOON, now=NOW)
    ids.first_use(ISSUER, "2", SOON + timedelta(hours=1), now=NOW)
    ids.first_use(ISSUER, "3", SOON, now=NOW + CLEARED_EVERY / 2)
    assert len(rows(file)) == 3
    ids.first_use(ISSUER, "4", SOON + timedelta(hours=1), now=SOON)
    assert len(rows(file)) == 4, "it may still be valid in this moment"
    ids.first_use(ISSUER, "5", SOON + timedelta(hours=1), now=SOON + CLEARED_EVERY)
    assert len(rows(file)) == 3


def test_a_clock_of_another_zone_is_the_same_moment(ids: TokenIds, file: Path) -> None:
    tokyo = timezone(timedelta(hours=9))
    ids.first_use(ISSUER, "1", SOON.astimezone(tokyo), now=NOW.astimezone(tokyo))
    assert rows(file)[0][1] == "2026-03-02 09:35:00.000000"
    ids.first_use(ISSUER, "2", SOON, now=(NOW + CLEARED_EVERY).astimezone(tokyo))
    assert len(rows(file)) == 2


def test_of_several_processes_one_is_first(ids: TokenIds, file: Path) -> None:
    script = (
        "from datetime import datetime, UTC; from service.store.database import open_database; from service.store.token_ids import TokenIds\n"
        f"ids = TokenIds(open_database('sqlite:///{file}')); moment = datetime(2026, 3, 2, tzinfo=UTC)\n"
        "print(sum(ids.first_use('issuer', str(n), moment, now=moment) for n in range(40)))"
    )
    workers = [subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) for _ in range(3)]
    firsts = [int(worker.communicate()[0]) for worker in workers]
    assert sum(firsts) == 40


def test_when_the_database_fails_nobody_is_let_in(ids: TokenIds, file: Path) -> None:
    connection = sqlite3.connect(file)
    connection.execute("DROP TABLE token_ids")
    connection.close()
    with pytest.raises(Overloaded) as told:
        ids.first_use(ISSUER, "jti-1", SOON, now=NOW)
    assert told.value.status == 503
    assert "jti-1" not in str(told.value)
    assert told.value.problems[0].issue_type == "transient"
