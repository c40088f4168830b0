"""`claudication clients`: an operator finds the registration under which a client acted."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from service.app import deploy
from service.cli import main
from service.config import load_settings

FIRST, SECOND = datetime(2026, 3, 2, 9, 30, tzinfo=UTC), datetime(2026, 4, 2, 9, 30, tzinfo=UTC)
FILE = """[[clients]]
id = "north"
issuer = "https://north.example"
jku = ["https://north.example/keys"]
max_cards = {cards}
callback_url = "https://north.example/results"
callback_secret = "env:SECRET_OF_NORTH"
"""


@pytest.fixture
def changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A service that was started with one clients file, and later with another."""
    monkeypatch.setenv("CLAUDICATION_DATABASE_URL", f"sqlite:///{tmp_path}/a.db")
    file = tmp_path / "clients.toml"
    for cards, at in ((2, FIRST), (5, SECOND)):
        file.write_text(FILE.format(cards=cards))
        settings = {"CLAUDICATION_DATABASE_URL": f"sqlite:///{tmp_path}/a.db", "CLAUDICATION_CLIENTS_FILE": str(file)}
        deploy(load_settings(settings), clock=lambda at=at: at, log_to=io.BytesIO()).assessments.close()


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["clients", *arguments])


@pytest.mark.usefixtures("changed")
def test_each_registration_has_a_line_with_its_time() -> None:
    lines = run().output.splitlines()
    assert lines[0].split()[:5] == ["north", "2026-03-02", "09:30:00", "2026-04-02", "09:30:00"]
    assert "2026-04-02 09:30:00  now" in lines[1]
    assert len(run("--at", "2026-03-15").output.splitlines()) == 1


@pytest.mark.usefixtures("changed")
def test_the_registration_at_a_moment_is_shown_without_its_secret() -> None:
    for at, cards in (("2026-03-15", 2), ("2026-04-02T09:30", 5)):
        [line] = run("north", "--at", at).output.splitlines()
        assert json.loads(line)["registration"]["max_cards"] == cards
        assert "SECRET_OF_NORTH" not in line
    assert len(run("north").output.splitlines()) == 2


@pytest.mark.usefixtures("changed")
def test_who_was_not_registered_is_said() -> None:
    assert run("south").exit_code == 1
    nobody = run("north", "--at", "2026-01-01")
    assert (nobody.exit_code, "was registered then" in nobody.output) == (1, True)


def test_a_database_that_cannot_be_opened_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAUDICATION_DATABASE_URL", "sqlite:////proc/none/a.db")
    assert "cannot be opened" in run().output
