"""`claudication operator`: the entry is printed, the password is not."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from service.cli import main
from service.web.operators import is_operator, load_operators_file

PASSWORD = "a-password-of-hers"


def asked(name: str, *typed: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(main, ["operator", name], input="\n".join(typed) + "\n")
    return done.exit_code, done.stdout, done.stderr


def test_what_is_printed_is_an_entry_of_the_file(tmp_path: Path) -> None:
    status, printed, asked_for = asked("grace", PASSWORD, PASSWORD)
    assert status == 0
    assert PASSWORD not in printed + asked_for
    file = tmp_path / "operators.toml"
    file.write_text(printed)
    assert is_operator(load_operators_file(file), "grace", PASSWORD)


@pytest.mark.parametrize(("name", "password", "says"), [("grace", "short", "at least 12"), ("Grace!", PASSWORD, "lower-case")])
def test_what_is_not_taken_is_said(name: str, password: str, says: str) -> None:
    status, printed, told = asked(name, password, password)
    assert (status, printed) == (1, "")
    assert says in told
