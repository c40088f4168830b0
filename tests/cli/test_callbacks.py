"""`claudication callbacks`: what an operator sees of a delivery that was given up, and how it is sent again."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from service.cli import main
from service.store.at_rest import AtRest
from service.store.database import open_database
from service.store.deliveries import Deliveries, DeliveryState, NewDelivery

NOW = datetime.now(UTC)


@pytest.fixture
def dead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The id of a delivery that its receiver refused."""
    url = f"sqlite:///{tmp_path}/a.db"
    monkeypatch.setenv("CLAUDICATION_DATABASE_URL", url)
    engine = open_database(url)
    table = Deliveries(engine, AtRest(None), keep=timedelta(hours=1), lease=timedelta(seconds=30))
    with engine.begin() as connection:
        new = NewDelivery(
            client="hospital", address="https://ehr.example/in", what="job-result", body=b'{"of":"a patient"}', job="j"
        )
        id = table.add(new, now=NOW, connection=connection)
    taken = table.claim(id, holder="h", now=NOW)
    assert taken is not None
    table.settle(taken, state=DeliveryState.DEAD, status=400, why="answered 400", now=NOW)
    engine.dispose()
    return id


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["callbacks", *arguments])
    return result.exit_code, result.output


def test_what_was_given_up_is_listed(dead: str) -> None:
    code, told = run("list")
    assert code == 0
    assert dead in told
    assert "hospital  job-result  answered 400" in told
    assert run("list", "--state", "delivered") == (0, "")


def test_one_is_shown_with_its_attempts_and_its_body_only_when_asked_for(dead: str) -> None:
    _, told = run("show", dead)
    shown = json.loads(told)
    assert (shown["state"], shown["due"], shown["attempts"][0]["status"]) == ("dead", None, 400)
    assert "patient" not in told
    assert json.loads(run("show", dead, "--body")[1])["body"] == {"of": "a patient"}


def test_one_is_sent_again_and_is_pending_then(dead: str) -> None:
    assert run("resend", dead) == (0, f"{dead} is due again\n")
    assert json.loads(run("show", dead)[1])["due"] is not None
    code, told = run("resend", dead, "unknown")
    assert code == 1
    assert "only what is dead" in told


def test_one_that_is_not_there_is_not_shown(dead: str) -> None:
    code, told = run("show", "unknown")
    assert code == 1
    assert "claudication callbacks list" in told


def test_a_database_that_is_away_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAUDICATION_DATABASE_URL", "sqlite:////proc/nowhere/a.db")
    code, told = run("list")
    assert code == 1
    assert "CLAUDICATION_DATABASE_URL" in told
