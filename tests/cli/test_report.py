"""`claudication report`: refused as `assess` refuses, and a file only where there is something to put into it."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from service.cli import main
from tests.claudicant import claudicant_json


def report(folder: Path, body: bytes, *options: str) -> Result:
    file = folder / "bundle.json"
    file.write_bytes(body)
    return CliRunner().invoke(main, ["report", str(file), "-o", str(folder / "report.pdf"), *options])


def test_what_cannot_be_assessed_is_said_as_by_assess(tmp_path: Path) -> None:
    for body in (b"{", b"[]", b'{"resourceType": "Patient"}', b'{"resourceType": "Bundle", "type": "collection"}'):
        made = report(tmp_path, body)
        assessed = CliRunner().invoke(main, ["assess", str(tmp_path / "bundle.json")])
        assert (made.exit_code, made.stderr) == (1, assessed.stderr)
        assert made.stderr
        assert not (tmp_path / "report.pdf").exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--as-of", "yesterday"), "--as-of"),
        (("--setting", "ward"), "--setting"),
        (("--paper", "legal"), "--paper"),
        (("--mapping-file", "nowhere.toml"), "--mapping-file"),
    ],
)
def test_a_wrong_option_is_named(tmp_path: Path, options: tuple[str, str], said: str) -> None:
    made = report(tmp_path, claudicant_json(), *options)
    assert made.exit_code == 2
    assert said in made.stderr


def test_a_place_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    made = report(tmp_path, claudicant_json(), "-o", str(tmp_path / "nowhere" / "report.pdf"))
    assert made.exit_code == 1
    assert "report.pdf cannot be written: No such file or directory" in made.stderr


def test_the_answer_can_hold_it_too(tmp_path: Path) -> None:
    file = tmp_path / "bundle.json"
    file.write_bytes(claudicant_json())
    plain, with_report = (CliRunner().invoke(main, ["assess", str(file), *more]).stdout for more in ((), ("--report",)))
    assert '"DiagnosticReport"' in with_report
    assert '"DiagnosticReport"' not in plain
