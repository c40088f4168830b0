"""Under which registration a client acted: found again years later, on both databases."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, create_engine, event, text

from service.store.assessments import AssessmentLog
from service.store.client_registrations import registrations, remember_registrations
from service.store.database import StoreError, migrate, open_database
from service.store.keeping import Keeping
from service.store.record_reader import RecordReader
from tests.store.rows import row
from tests.store.test_assessments import MIGRATIONS

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
NORTH = {"id": "north", "issuer": "https://north.example", "max_cards": 2}
SOUTH = {"id": "south", "issuer": "https://south.example", "max_cards": 2}


@pytest.fixture
def engine(migrated_url: str) -> Iterator[Engine]:
    opened = open_database(migrated_url)
    yield opened
    opened.dispose()


def start(engine: Engine, *clients: dict[str, Any], day: int) -> None:
    """A service starts with these clients in its file."""
    remember_registrations(engine, {one["id"]: one for one in clients}, now=NOW + timedelta(days=day))


def said(engine: Engine, client: str, day: float) -> list[Any]:
    return [one.public for one in registrations(engine, client=client, at=NOW + timedelta(days=day))]


def test_a_registration_holds_from_the_start_that_found_it_to_the_start_that_found_another(engine: Engine) -> None:
    wide = NORTH | {"max_cards": 5}
    start(engine, NORTH, SOUTH, day=0)
    start(engine, wide, SOUTH, day=10)
    start(engine, NORTH, day=20)
    assert [said(engine, "north", day) for day in (-1, 0, 9.9, 10, 19, 20, 900)] == [
        [],
        [NORTH],
        [NORTH],
        [wide],
        [wide],
        [NORTH],
        [NORTH],
    ]
    assert [said(engine, "south", day) for day in (0, 19, 20)] == [[SOUTH], [SOUTH], []]
    assert [(one.client, one.ended_at is None) for one in registrations(engine)] == [
        ("north", False),
        ("north", False),
        ("north", True),
        ("south", False),
    ]
    first, _, again, _ = registrations(engine)
    assert first.digest == again.digest, "the same registration has the same digest"


def test_a_start_that_finds_nothing_new_asks_once_and_writes_once_a_day(engine: Engine) -> None:
    start(engine, NORTH, day=0)
    asked: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    turned = dict(reversed(NORTH.items()))
    remember_registrations(engine, {"north": turned}, now=NOW + timedelta(hours=23))
    assert [statement.split()[0] for statement in asked] == ["SELECT"]
    [one] = registrations(engine)
    assert one.last_seen_at == NOW
    start(engine, NORTH, day=1)
    [one] = registrations(engine)
    assert (one.first_seen_at, one.last_seen_at) == (NOW, NOW + timedelta(days=1))


def test_processes_that_start_together_leave_one_row(engine: Engine) -> None:
    threads = [threading.Thread(target=start, args=(engine, NORTH, SOUTH), kwargs={"day": 0}) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [one.client for one in registrations(engine)] == ["north", "south"]


def test_a_service_without_clients_ends_what_there_was_and_writes_nothing_else(engine: Engine) -> None:
    start(engine, day=0)
    assert registrations(engine) == []
    start(engine, NORTH, day=1)
    start(engine, day=2)
    assert [one.ended_at for one in registrations(engine)] == [NOW + timedelta(days=2)]


def test_what_cannot_be_recorded_stops_the_start(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE client_registrations"))
    with pytest.raises(StoreError, match="how clients are registered cannot be recorded"):
        start(engine, NORTH, day=0)
    with pytest.raises(StoreError):
        registrations(engine)


def test_the_way_down_and_up_leaves_the_records_and_takes_the_registrations(database_url: str) -> None:
    engine = open_database(database_url)
    start(engine, NORTH, day=0)
    log = AssessmentLog(engine)
    log.record(row())
    log.close()
    engine.dispose()
    engine = create_engine(database_url)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0006")
    with engine.begin() as connection:
        migrate(connection)
    assert len(list(RecordReader(engine, Keeping()).records())) == 1
    assert registrations(engine) == []
    start(engine, NORTH, day=3)
    assert said(engine, "north", 3) == [NORTH]
    engine.dispose()
