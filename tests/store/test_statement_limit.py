"""A PostgreSQL that hangs does not hold the doors: a statement that takes too long is given up, and what it was to write is written later."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from service.store.assessments import AssessmentLog
from service.store.audit_log import AuditLog
from service.store.database import open_database
from service.store.transactions import alone
from tests.store.rows import row

# Long enough for what a statement of ours does on a machine with much else to do.
LIMIT_MS = 400


@pytest.fixture
def limited(migrated_postgresql_url: str) -> Iterator[Engine]:
    engine = open_database(migrated_postgresql_url, statement_ms=LIMIT_MS)
    yield engine
    engine.dispose()


def test_a_statement_that_takes_too_long_is_given_up_on_every_connection_and_after_every_transaction(limited: Engine) -> None:
    with limited.connect() as first, limited.connect() as second:
        for connection in (first, second, first):
            assert connection.execute(text("SHOW statement_timeout")).scalar() == f"{LIMIT_MS}ms"
            with pytest.raises(OperationalError, match="statement timeout"):
                connection.execute(text("SELECT pg_sleep(30)"))
            connection.rollback()


def test_a_command_over_the_whole_record_has_all_the_time(migrated_postgresql_url: str) -> None:
    engine = open_database(migrated_postgresql_url)
    with engine.connect() as connection:
        assert connection.execute(text("SHOW statement_timeout")).scalar() == "0"
    engine.dispose()


def test_a_record_waits_while_another_process_is_long_in_the_audit_and_is_written_then(
    limited: Engine, migrated_postgresql_url: str
) -> None:
    log, other = AssessmentLog(limited), open_database(migrated_postgresql_url)
    with other.connect() as connection:
        waiting = alone(connection, lambda _: log.record(row()))
    assert waiting.error == "OperationalError"
    assert log.ready(), "it was kept in memory"
    assert AuditLog(limited).check().rows == 1
    log.close()
    other.dispose()


def test_a_new_database_is_migrated_however_long_that_takes(postgresql_url: str) -> None:
    engine = open_database(postgresql_url, statement_ms=1)
    with engine.connect() as connection:
        assert connection.execute(text("SHOW statement_timeout")).scalar() == "1ms"
    engine.dispose()
