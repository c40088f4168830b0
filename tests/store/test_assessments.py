"""The audit table: made once by many processes, written always, lost never."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from service.store import assessments, database
from service.store.assessments import AssessmentLog
from service.store.job_tables import METADATA
from tests.store.rows import row

MIGRATIONS = Path(database.__file__).parent / "migrations"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "audit.db"


@pytest.fixture
def log(file: Path, empty_database: Path) -> Iterator[AssessmentLog]:
    file.parent.mkdir()
    shutil.copy(empty_database, file)
    opened = AssessmentLog.open(f"sqlite:///{file}")
    yield opened
    opened.close()


def rows(file: Path) -> list[sqlite3.Row]:
    with sqlite3.connect(file) as connection:
        connection.row_factory = sqlite3.Row
        return connection.execute("SELECT * FROM assessments ORDER BY id").fetchall()


def run(file: Path, statement: str) -> None:
    with sqlite3.connect(file) as connection:
        connection.execute(statement)


def test_a_row_holds_codes_and_a_digest_and_no_reference(log: AssessmentLog, file: Path) -> None:
    new = row()
    assert log.record(new).error == ""
    [written] = rows(file)
    assert dict(written) | {"id": 0} == {
        "id": 0,
        "recorded_at": "2026-03-02 09:30:00.000000",
        "door": "test",
        "input_digest": "d",
        "as_of": "2026-03-02 09:30:00.000000",
        "setting": "spine-clinic",
        "service_version": "1",
        "evidence_version": "e1",
        "guidance_status": "data-required",
        "leading_diagnosis": None,
        "pad_right": "not-measured",
        "pad_left": "not-measured",
        "red_flags": "",
        "orders": "",
        "record_id": new.row["record_id"],
        "caller": "",
        "patient": "",
        "input": None,
        "result": None,
    }


def test_opening_again_finds_what_was_written(log: AssessmentLog, file: Path) -> None:
    log.record(row())
    again = AssessmentLog.open(f"sqlite:///{file}")
    assert again.ready()
    again.close()
    assert len(rows(file)) == 1


def test_the_migrations_make_the_tables_of_the_code(log: AssessmentLog, file: Path) -> None:
    with create_engine(f"sqlite:///{file}").connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []


def test_the_head_known_to_the_code_is_the_newest_migration() -> None:
    assert ScriptDirectory(str(MIGRATIONS)).get_heads() == [database.HEAD]


def test_every_migration_can_be_undone(log: AssessmentLog, file: Path) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with create_engine(f"sqlite:///{file}").begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
    with sqlite3.connect(file) as connection:
        assert connection.execute("SELECT name FROM sqlite_master WHERE name = 'assessments'").fetchall() == []


def test_workers_that_start_together_make_one_table(file: Path) -> None:
    script = f"from service.store.assessments import AssessmentLog; AssessmentLog.open('sqlite:///{file}').close()"
    workers = [subprocess.Popen([sys.executable, "-c", script], stderr=subprocess.PIPE) for _ in range(4)]
    assert [worker.communicate()[1] for worker in workers] == [b""] * 4
    assert [worker.returncode for worker in workers] == [0] * 4
    assert rows(file) == []


def test_threads_write_every_row(log: AssessmentLog, file: Path) -> None:
    threads = [
        threading.Thread(target=lambda name: [log.record(row(f"{name}-{n}")) for n in range(25)], args=(name,)) for name in "abcd"
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({written["input_digest"] for written in rows(file)}) == 100


def test_a_row_that_cannot_be_written_is_kept_and_written_with_the_next(log: AssessmentLog, file: Path) -> None:
    run(file, "ALTER TABLE assessments RENAME TO elsewhere")
    assert log.record(row("first")).error == "OperationalError"
    assert not log.ready()
    run(file, "ALTER TABLE elsewhere RENAME TO assessments")
    assert log.record(row("second")).error == ""
    assert log.ready()
    assert [written["input_digest"] for written in rows(file)] == ["first", "second"]


def test_what_has_no_room_is_counted_as_lost(log: AssessmentLog, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assessments, "UNSAVED_LIMIT", 2)
    small = AssessmentLog(log._engine)
    run(file, "ALTER TABLE assessments RENAME TO elsewhere")
    assert [small.record(row(name)).lost for name in "abc"] == [0, 0, 1]
    run(file, "ALTER TABLE elsewhere RENAME TO assessments")
    assert small.ready()
    assert [written["input_digest"] for written in rows(file)] == ["b", "c"]


def test_a_table_that_cannot_be_read_is_not_ready(log: AssessmentLog, file: Path) -> None:
    run(file, "DROP TABLE assessments")
    assert not log.ready()


@pytest.mark.parametrize("url", ["sqlite:////proc/nowhere/audit.db", "postgresql+psycopg://reader:hunter2@127.0.0.1:1/none"])
def test_a_database_that_cannot_be_opened_is_named_without_its_password(url: str) -> None:
    with pytest.raises(database.StoreError) as refused:
        AssessmentLog.open(url)
    told = str(refused.value)
    assert "CLAUDICATION_DATABASE_URL" in told
    assert "hunter2" not in told


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "notes.db"
    file.write_text("shopping list, and much more of it than a header would need to be")
    with pytest.raises(database.StoreError, match="not a database"):
        AssessmentLog.open(f"sqlite:///{file}")
