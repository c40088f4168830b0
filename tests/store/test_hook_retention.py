"""Hook calls go when their time is over, with their cards and what was said of these, and the audit says that they did. On both databases."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, func, select

from service.store.audit_log import AuditLog
from service.store.database import open_database
from service.store.hook_records import HookRecords
from service.store.tables import HOOK_CALLS, HOOK_CARDS, HOOK_FEEDBACK
from tests.store.hook_calls import DAY, NOW, call, card, feedback


@pytest.fixture
def engine(migrated_url: str) -> Iterator[Engine]:
    opened = open_database(migrated_url)
    yield opened
    opened.dispose()


def kept(engine: Engine) -> tuple[int, ...]:
    with engine.connect() as connection:
        return tuple(
            connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in (HOOK_CALLS, HOOK_CARDS, HOOK_FEEDBACK)
        )


def test_old_calls_go_with_all_that_belongs_to_them_and_younger_ones_stay(engine: Engine) -> None:
    records, audit = HookRecords(engine), AuditLog(engine)
    records.save(call(card("a"), card("b", uuid="", shown=False, reason="shadow")))
    records.save(call(card("c"), hook_instance="i-2", received_at=NOW + 9 * DAY))
    # Said late of an old card, of a young one, and of none.
    records.add_feedback([feedback("a", received_at=NOW + 8 * DAY), feedback("c", received_at=NOW + 9 * DAY)])
    records.add_feedback([feedback("x"), feedback("y", received_at=NOW + 9 * DAY)])
    assert kept(engine) == (2, 3, 4)
    assert audit.expire(actor="cli", now=NOW + 10 * DAY).hook_calls == 0, "for ever, unless the settings say otherwise"
    before = NOW + 5 * DAY
    assert audit.expire(actor="cli", now=NOW + 10 * DAY, hooks_before=before).hook_calls == 1
    assert kept(engine) == (1, 1, 2)
    assert audit.expire(actor="cli", now=NOW + 10 * DAY, hooks_before=before).hook_calls == 0
    [said] = [row for row in audit.rows() if row.action == "expired"]
    assert (said.object, '"count":1' in said.detail) == ("hooks", True)
    assert audit.check().faults == ()
    # An override that is not kept suppresses nothing, and the young call is still known.
    recalled = records.recall(
        client="north-hospital",
        hook="patient-view",
        instance="i-2",
        digest="d-1",
        patient="p-1",
        now=NOW + 10 * DAY,
        suppress_days=30,
    )
    assert recalled.earlier is not None
