"""Counting the record of hooks, on SQLite and on PostgreSQL: each card once, with what was said of it last."""

from __future__ import annotations

import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, event, text

from service.store.dashboard import Dashboard
from service.store.dashboard_values import Asked, Became, MetCount
from service.store.database import StoreError, open_database
from service.store.hook_records import HookRecords
from tests.store.hook_calls import DAY, NOW, call, card, feedback
from tests.store.test_assessments import MIGRATIONS

MONDAY = date(2026, 3, 2)


@pytest.fixture
def opened(migrated_url: str) -> Iterator[tuple[HookRecords, Dashboard]]:
    engine = open_database(migrated_url)
    yield HookRecords(engine), Dashboard(engine)
    engine.dispose()


@pytest.fixture
def records(opened: tuple[HookRecords, Dashboard]) -> HookRecords:
    return opened[0]


@pytest.fixture
def board(opened: tuple[HookRecords, Dashboard]) -> Dashboard:
    return opened[1]


def asked(**given: Any) -> Asked:
    return Asked(**{"first_week": MONDAY, "last_week": MONDAY, "silent_since": NOW + DAY} | given)


def became(board: Dashboard, **given: Any) -> dict[Became, int]:
    counts: Counter[Became] = Counter()
    for one in board.count(asked(**given)).cards:
        counts[one.became] += one.cards
    return dict(counts)


def test_a_card_is_accepted_overridden_ignored_or_open(records: HookRecords, board: Dashboard) -> None:
    records.save(call(*(card(rule) for rule in "abcd"), card("e", uuid="")))
    records.add_feedback([feedback("a", "accepted"), feedback("b", reason_system="https://x", reason_code="not-now")])
    ignored = {Became.ACCEPTED: 1, Became.OVERRIDDEN: 1, Became.IGNORED: 2, Became.UNTOLD: 1}
    assert became(board) == ignored
    assert became(board, silent_since=NOW) == {Became.ACCEPTED: 1, Became.OVERRIDDEN: 1, Became.WAITING: 2, Became.UNTOLD: 1}
    [overridden] = [one for one in board.count(asked()).cards if one.became is Became.OVERRIDDEN]
    assert (overridden.rule, overridden.reason_system, overridden.reason_code) == ("b", "https://x", "not-now")
    assert (overridden.week, overridden.service, overridden.hook) == (MONDAY, "claudication", "patient-view")


def test_who_overrides_first_and_accepts_then_has_accepted_in_whatever_order_it_is_told(
    records: HookRecords, board: Dashboard
) -> None:
    records.save(call(card("a")))
    records.add_feedback([feedback("a", "accepted", outcome_at=NOW), feedback("a", outcome_at=NOW - timedelta(minutes=5))])
    assert became(board) == {Became.ACCEPTED: 1}


def test_a_card_that_is_asked_for_again_counts_once_and_keeps_what_was_said_of_it(records: HookRecords, board: Dashboard) -> None:
    records.save(call(card("a"), card("b", shown=False, reason="noise-budget-spent", uuid="")))
    records.add_feedback([feedback("a", "accepted")])
    records.save(call(card("a"), card("b", shown=False, reason="noise-budget-spent", uuid=""), request_digest="d-2"))
    assert became(board) == {Became.ACCEPTED: 1}
    assert [(one.rule, one.reason, one.cards) for one in board.count(asked()).held_back] == [("b", "noise-budget-spent", 1)]
    assert len(list(board.cards(asked()))) == 1


def test_weeks_end_on_sunday_at_midnight_in_utc(records: HookRecords, board: Dashboard) -> None:
    sunday = datetime(2026, 3, 8, 23, 59, tzinfo=UTC)
    for number, moment in enumerate((datetime(2026, 3, 1, 23, 59, tzinfo=UTC), sunday, sunday + timedelta(minutes=1))):
        made = card("a", key=f"k{number}", uuid=f"u{number}")
        records.save(call(made, hook_instance=f"i-{number}", received_at=moment))
    weeks = {one.week: one.cards for one in board.count(asked(first_week=MONDAY - 7 * DAY, last_week=MONDAY + 7 * DAY)).cards}
    assert weeks == {date(2026, 2, 23): 1, MONDAY: 1, date(2026, 3, 9): 1}
    assert became(board, silent_since=sunday + DAY) == {Became.IGNORED: 1}


def test_one_client_hook_or_rule_is_counted_alone(records: HookRecords, board: Dashboard) -> None:
    records.save(call(card("a"), card("b")))
    records.save(call(card("a", uuid="of-south"), client="south", hook="order-sign", steps={"parse": 10.0}))
    assert became(board) == {Became.IGNORED: 3}
    for filtered, cards, calls in (({"client": "south"}, 1, 1), ({"hook": "patient-view"}, 2, 1), ({"rule": "a"}, 2, 2)):
        counted = board.count(asked(**filtered))
        assert (sum(one.cards for one in counted.cards), sum(one.calls for one in counted.calls)) == (cards, calls), filtered
        assert len(list(board.cards(asked(**filtered)))) == cards


def test_calls_are_counted_by_their_milliseconds_and_status(records: HookRecords, board: Dashboard) -> None:
    records.save(call(steps={"gather": 3.4, "assess": 7.2}))
    records.save(call(request_digest="d-2", steps={}, status=412))
    counted = {(one.spent_ms, one.status): one.calls for one in board.count(asked()).calls}
    assert counted == {(11, 200): 1, (None, 412): 1}


def test_what_was_met_is_counted_by_calls_and_a_repetition_once(records: HookRecords, board: Dashboard) -> None:
    met = {"data_issues": frozenset(("stale", "single-arm")), "red_flags": frozenset(("cauda-equina-syndrome",))}
    records.save(call(**met))
    records.save(call(**met))
    records.save(call(request_digest="d-2", data_issues=frozenset(("stale",))))
    assert board.count(asked()).met == (
        MetCount(kind="data-issue", code="stale", calls=2),
        MetCount(kind="data-issue", code="single-arm", calls=1),
        MetCount(kind="red-flag", code="cauda-equina-syndrome", calls=1),
    )
    assert board.count(asked(client="south")).met == ()


def test_what_a_call_met_is_not_written_to_the_call(records: HookRecords, migrated_url: str) -> None:
    records.save(call(red_flags=frozenset(("cauda-equina-syndrome",))))
    engine = create_engine(migrated_url)
    with engine.connect() as connection:
        [row] = connection.execute(text("SELECT * FROM hook_calls")).all()
    engine.dispose()
    assert "cauda-equina-syndrome" not in str(row)


def test_feedback_that_names_no_card_is_counted(records: HookRecords, board: Dashboard) -> None:
    records.add_feedback([feedback("unknown")])
    assert board.count(asked()).unmatched == 1
    assert board.count(asked(client="south")).unmatched == 0
    assert board.count(asked(first_week=MONDAY - 7 * DAY, last_week=MONDAY - 7 * DAY)).unmatched == 0


def test_the_rows_of_the_export_add_up_to_the_counts(records: HookRecords, board: Dashboard) -> None:
    records.save(call(*(card(rule) for rule in "abc"), card("d", uuid="")))
    records.add_feedback([feedback("a", "accepted"), feedback("b", reason_code="not-now")])
    for silent_since in (NOW, NOW + DAY):
        rows = Counter(one.became for one in board.cards(asked(silent_since=silent_since)))
        assert dict(rows) == became(board, silent_since=silent_since)
    [overridden] = [one for one in board.cards(asked()) if one.became is Became.OVERRIDDEN]
    assert (overridden.day, overridden.indicator, overridden.reason_code, overridden.spent_ms) == (MONDAY, "info", "not-now", 11)


def test_a_database_that_cannot_be_read_is_said_before_the_first_row(migrated_url: str, board: Dashboard) -> None:
    engine = create_engine(migrated_url)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE hook_feedback"))
        connection.execute(text("DROP TABLE hook_cards"))
    engine.dispose()
    with pytest.raises(StoreError):
        board.count(asked())
    with pytest.raises(StoreError):
        board.cards(asked())


def test_nothing_on_record_is_no_row(board: Dashboard) -> None:
    assert list(board.cards(asked())) == []
    counted = board.count(asked())
    assert (counted.cards, counted.held_back, counted.calls, counted.met, counted.unmatched) == ((), (), (), (), 0)


def test_calls_from_before_the_dashboard_are_counted_too(migrated_url: str, records: HookRecords, board: Dashboard) -> None:
    records.save(call(card("a"), card("b"), steps={"gather": 3.4, "assess": 7.2}))
    records.save(call(card("a"), request_digest="d-2"))
    records.add_feedback([feedback("b", reason_code="not-now")])
    before = board.count(asked())
    engine = create_engine(migrated_url)
    for step, to in ((command.downgrade, "0006"), (command.upgrade, "head")):
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            step(config, to)
    engine.dispose()
    assert Counter(board.count(asked()).cards) == Counter(before.cards)
    assert Counter(board.count(asked()).calls) == Counter(before.calls)


def test_counting_reads_indices_and_no_row(tmp_path: Path, empty_database: Path) -> None:
    file = shutil.copy(empty_database, tmp_path / "store.db")
    engine = open_database(f"sqlite:///{file}")
    asked_of_it: list[tuple[str, Any]] = []
    event.listen(engine, "before_cursor_execute", lambda *told: asked_of_it.append((told[2], told[3])))
    Dashboard(engine).count(asked())
    engine.dispose()
    with closing(sqlite3.connect(file)) as connection:
        plans = {
            step
            for statement, parameters in asked_of_it
            if "hook_calls" in statement or "hook_cards" in statement
            for *_, step in connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
        }
    assert {plan.partition(" (")[0] for plan in plans if plan.startswith(("SEARCH", "SCAN"))} == {
        "SEARCH hook_cards USING COVERING INDEX hook_cards_counted",
        "SEARCH hook_calls USING COVERING INDEX hook_calls_counted",
    }
    counting_cards = [plan for plan in plans if "TEMP B-TREE" in plan]
    assert len(counting_cards) <= 1, "cards and calls are counted while they are read; only what was held back is sorted"
