"""`claudication hooks outcomes`: what became of the cards, as a table, as rows and as data."""

from __future__ import annotations

import csv
import io
import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from service.cli import main
from service.store.database import open_database
from service.store.hook_records import HookRecords
from tests.store.hook_calls import call, card, feedback

RECENTLY = datetime.now(UTC) - timedelta(days=2)


@pytest.fixture
def url(tmp_path: Path, empty_database: Path) -> str:
    address = f"sqlite:///{shutil.copy(empty_database, tmp_path / 'hooks.db')}"
    database = open_database(address)
    records = HookRecords(database)
    records.save(call(card("abi-overdue"), card("mri-first", shown=False, reason="shadow"), received_at=RECENTLY))
    records.save(call(card("abi-overdue", key="k2", uuid="u2"), hook_instance="i-2", received_at=RECENTLY))
    records.save(call(card("abi-overdue", key="k3", uuid="u3"), hook_instance="i-3", client="south", received_at=RECENTLY))
    when = {"outcome_at": RECENTLY, "received_at": RECENTLY}
    records.add_feedback(
        [
            feedback("abi-overdue", reason_code="[bold]declined", **when),
            feedback("none", **when),
            feedback("none", client="south", **when),
        ]
    )
    database.dispose()
    return address


def run(url: str, *options: str) -> str:
    result = CliRunner(env={"CLAUDICATION_DATABASE_URL": url, "COLUMNS": "160"}).invoke(main, ["hooks", "outcomes", *options])
    assert result.exit_code == 0, result.output
    return result.output


def test_the_table_tells_each_client_and_rule(url: str) -> None:
    table = run(url)
    assert "1 [bold]declined" in table
    assert "1 shadow" in table
    assert "south: feedback that names no card shown to it: 1" in table


def test_one_client_only(url: str) -> None:
    assert "south" not in run(url, "--client", "north-hospital")


def test_the_rows_are_one_count_each(url: str) -> None:
    rows = list(csv.reader(io.StringIO(run(url, "--format", "csv", "--client", "north-hospital"))))
    assert rows == [
        ["client", "rule", "counted", "system", "code", "cards"],
        ["north-hospital", "abi-overdue", "shown", "", "", "2"],
        ["north-hospital", "abi-overdue", "accepted", "", "", "0"],
        ["north-hospital", "abi-overdue", "ignored", "", "", "1"],
        ["north-hospital", "abi-overdue", "overridden", "", "[bold]declined", "1"],
        ["north-hospital", "mri-first", "shown", "", "", "0"],
        ["north-hospital", "mri-first", "accepted", "", "", "0"],
        ["north-hospital", "mri-first", "ignored", "", "", "0"],
        ["north-hospital", "mri-first", "held-back", "", "shadow", "1"],
        ["north-hospital", "", "unmatched-feedback", "", "", "1"],
    ]


def test_the_data_are_what_the_door_gives(url: str) -> None:
    found = json.loads(run(url, "--format", "json"))
    assert [one["shown"] for one in found["rules"]] == [2, 0, 1]


def test_nothing_in_these_days_is_said(url: str) -> None:
    assert "No card was decided on" in run(url, "--days", "1")


def test_a_database_that_cannot_be_read_is_named() -> None:
    result = CliRunner(env={"CLAUDICATION_DATABASE_URL": "sqlite:////proc/nowhere/x.db"}).invoke(main, ["hooks", "outcomes"])
    assert result.exit_code == 1
    assert "CLAUDICATION_DATABASE_URL" in result.output
