"""The audit chain: one over all processes, and whoever changes, removes or moves a row is found out. On both databases."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, text, update
from sqlalchemy.exc import DatabaseError

from service.store.assessments import AssessmentLog
from service.store.audit import Action, AuditEntry, Head
from service.store.audit_check import check_chain
from service.store.audit_log import AuditLog
from service.store.database import StoreError, open_database
from service.store.tables import AUDIT
from tests.store.rows import NOW, row


@pytest.fixture
def engine(migrated_url: str) -> Iterator[Engine]:
    opened = open_database(migrated_url)
    yield opened
    opened.dispose()


@pytest.fixture
def audit(engine: Engine) -> AuditLog:
    return AuditLog(engine)


@pytest.fixture
def log(engine: Engine) -> Iterator[AssessmentLog]:
    opened = AssessmentLog(engine)
    yield opened
    opened.close()


def read(number: int, **more: Any) -> AuditEntry:
    return AuditEntry(
        **{"recorded_at": NOW + timedelta(days=number), "actor": "ehr", "action": Action.READ, "object": f"o{number}"} | more
    )


def run(engine: Engine, statement: str) -> None:
    """As whoever owns the database can: past what the database itself refuses."""
    with engine.begin() as connection:
        unguard(connection)
        connection.execute(text(statement))


def unguard(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        for trigger in ("audit_is_never_changed", "audit_is_never_deleted"):
            connection.execute(text(f"DROP TRIGGER IF EXISTS {trigger}"))
    else:
        connection.execute(text("ALTER TABLE audit DISABLE TRIGGER USER"))


@pytest.fixture
def ten(audit: AuditLog) -> list[Head]:
    """Ten rows, a day apart; the head behind each."""
    return [audit.append(read(number)) for number in range(1, 11)]


def test_a_chain_as_it_was_written_is_whole(audit: AuditLog, ten: list[Head]) -> None:
    report = audit.check([ten[4], Head(10, ten[9].hash[:16])])
    assert (report.rows, report.head, report.faults) == (10, ten[9], ())
    assert str(report.head) == f"10:{ten[9].hash}"


def test_an_empty_chain_is_whole(audit: AuditLog) -> None:
    assert audit.check().faults == ()


@pytest.mark.parametrize(
    "change",
    [
        "actor = 'nobody'",
        "object = 'other'",
        "patient = 'p'",
        "action = 'exported'",
        "detail = '[]'",
        "recorded_at = '2026-01-01 00:00:00'",
    ],
)
def test_a_changed_row_is_named(engine: Engine, audit: AuditLog, ten: list[Head], change: str) -> None:
    run(engine, f"UPDATE audit SET {change} WHERE sequence = 4")
    assert audit.check().faults == ("changed: row 4",)


def test_a_removed_row_is_named(engine: Engine, audit: AuditLog, ten: list[Head]) -> None:
    run(engine, "DELETE FROM audit WHERE sequence IN (4, 5, 8)")
    assert audit.check().faults == ("removed: rows 4 to 5", "removed: row 8")


def test_rows_that_changed_places_are_named(engine: Engine, audit: AuditLog, ten: list[Head]) -> None:
    for statement in (-1, 3), (3, 6), (6, -1):
        run(engine, f"UPDATE audit SET sequence = {statement[0]} WHERE sequence = {statement[1]}")
    faults = audit.check().faults
    assert "reordered: what stands as row 3 was row 6" in faults
    assert "reordered: what stands as row 6 was row 3" in faults


def test_a_row_made_anew_with_its_hash_does_not_fit_the_next(engine: Engine, audit: AuditLog, ten: list[Head]) -> None:
    other = AuditLog(open_memory())
    for number in range(1, 5):
        other.append(read(number, actor="nobody" if number == 4 else "ehr"))
    forged = list(other.rows())[-1]
    with engine.begin() as connection:
        unguard(connection)
        connection.execute(update(AUDIT).where(AUDIT.c.sequence == 4).values(actor="nobody", hash=forged.hash))
    assert audit.check().faults == ("row 5 does not follow row 4: one of the two was changed or put in",)


def test_the_end_cut_off_is_found_by_an_anchor_and_only_by_one(engine: Engine, audit: AuditLog, ten: list[Head]) -> None:
    run(engine, "DELETE FROM audit WHERE sequence > 7")
    assert audit.check().faults == ()
    assert audit.check([ten[8]]).faults == ("removed: the chain ends at row 7, but row 9 was anchored",)


def test_a_chain_made_anew_is_found_by_an_anchor_and_only_by_one(engine: Engine, audit: AuditLog, ten: list[Head]) -> None:
    run(engine, "DELETE FROM audit")
    for number in range(1, 11):
        audit.append(read(number, actor="nobody"))
    assert audit.check().faults == ()
    assert audit.check([ten[6]]).faults == (f"row 7 is not the one that was anchored: its hash was {ten[6].hash}",)


def test_the_beginning_cut_off_is_found(engine: Engine, audit: AuditLog, ten: list[Head]) -> None:
    run(engine, "DELETE FROM audit WHERE sequence < 3")
    assert audit.check().faults == ("removed: rows 1 to 2, and no checkpoint of retention says so",)
    run(engine, "UPDATE audit SET sequence = 1 WHERE sequence = 3")
    assert "row 1 is not the beginning of a chain: it was changed or put in" in audit.check().faults


def test_a_record_whose_audit_row_is_gone_is_named(engine: Engine, audit: AuditLog, log: AssessmentLog) -> None:
    first, second = row("first"), row("second")
    head = log.record(first).head
    assert head == Head(1, [one.hash for one in audit.rows()].pop())
    log.record(second)
    assert audit.check().faults == ()
    run(engine, "DELETE FROM audit WHERE sequence = 2")
    assert audit.check().faults == (f"missing: no row says that record {second.row['record_id']} was assessed",)
    run(engine, "DELETE FROM audit")
    assert len(audit.check().faults) == 2


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET actor = 'nobody' WHERE sequence = 4",
        "UPDATE audit SET actor = actor",
        "DELETE FROM audit WHERE sequence = 4",
        "DELETE FROM audit WHERE sequence = 10",
        "DELETE FROM audit",
    ],
)
def test_the_database_refuses_to_change_the_audit_by_a_slip_of_the_hand(
    engine: Engine, audit: AuditLog, ten: list[Head], statement: str
) -> None:
    audit.expire(actor="cli", now=NOW + timedelta(days=30), audit_before=NOW + timedelta(days=3))
    with pytest.raises(DatabaseError, match="audit rows are appended and never changed"), engine.begin() as connection:
        connection.execute(text(statement))
    assert audit.check([ten[7]]).faults == ()
    assert audit.check().rows == 9


def test_what_retention_has_said_it_removes_may_go_and_no_more(engine: Engine, audit: AuditLog, ten: list[Head]) -> None:
    audit.append(AuditEntry(recorded_at=NOW, actor="cli", action=Action.EXPIRED, object="audit", detail={"removed_through": 3}))
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM audit WHERE sequence <= 3"))
    with pytest.raises(DatabaseError), engine.begin() as connection:
        connection.execute(text("DELETE FROM audit WHERE sequence = 4"))
    audit.append(read(12))
    assert audit.check().rows == 9


def test_what_retention_removes_leaves_a_chain_that_can_be_checked(audit: AuditLog, ten: list[Head]) -> None:
    def expire(day: int) -> int:
        now = NOW + timedelta(days=20 + day)
        return audit.expire(actor="cli", now=now, records_before=None, audit_before=NOW + timedelta(days=day)).audit_rows

    assert expire(0) == 0
    assert expire(5) == 4
    report = audit.check([ten[7]])
    assert (report.begins_at, report.rows, report.faults) == (5, 7, ())
    assert expire(9) == 4
    assert audit.check().faults == ()
    assert expire(1_000) == 4
    report = audit.check()
    assert (report.begins_at, report.rows, report.faults) == (13, 1, ())


def test_more_removed_than_retention_says_is_found(engine: Engine, audit: AuditLog, ten: list[Head]) -> None:
    audit.expire(actor="cli", now=NOW + timedelta(days=30), records_before=None, audit_before=NOW + timedelta(days=5))
    run(engine, "DELETE FROM audit WHERE sequence < 7")
    assert audit.check().faults == ("removed: rows 1 to 6, and no checkpoint of retention says so",)


def test_a_checkpoint_that_says_nothing_is_none(audit: AuditLog) -> None:
    audit.append(read(1), read(2, action=Action.EXPIRED, object="audit", detail={"before": "then"}))
    rows = list(audit.rows())
    assert check_chain(rows[1:]).faults == ("removed: row 1, and no checkpoint of retention says so",)


def test_processes_that_write_together_make_one_chain(migrated_url: str, audit: AuditLog) -> None:
    script = f"""
import sys
from service.store.assessments import AssessmentLog
from tests.store.test_assessments import row
log = AssessmentLog.open({migrated_url!r})
assert [log.record(row()).error for _ in range(25)] == [""] * 25
log.close()
"""
    workers = [subprocess.Popen([sys.executable, "-c", script], stderr=subprocess.PIPE) for _ in range(4)]
    assert [worker.communicate()[1] for worker in workers] == [b""] * 4
    report = audit.check()
    assert (report.rows, report.faults) == (100, ())


def test_a_database_that_fails_is_said(engine: Engine, audit: AuditLog) -> None:
    run(engine, "DROP TABLE audit")
    with pytest.raises(StoreError, match="cannot be read or written"):
        audit.append(read(1))
    with pytest.raises(StoreError):
        list(audit.rows())


def open_memory() -> Engine:
    from sqlalchemy import create_engine
    from sqlalchemy.pool import StaticPool

    engine = create_engine("sqlite://", poolclass=StaticPool)
    AUDIT.create(engine)
    return engine
