"""The commands on the record: check and export the audit, expire, seal anew, replay. Each leaves a row in the audit."""

from __future__ import annotations

import base64
import json
import sqlite3
import zlib
from collections.abc import Callable
from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner, Result

from service.app import create_app, deploy
from service.cli import main, records
from service.config import load_settings
from service.evidence.loader import read_files, version_of
from service.replay import UNREADABLE
from tests.claudicant import claudicant_json
from tests.judges.panel import Panel
from tests.test_config import KEY

Command = Callable[..., Result]
NEW_KEY = base64.b64encode(b"n" * 32).decode()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "record.db"


@pytest.fixture
def environ(file: Path) -> dict[str, str]:
    return {
        "CLAUDICATION_DATABASE_URL": f"sqlite:///{file}",
        "CLAUDICATION_DEVELOPMENT": "true",
        "CLAUDICATION_KEEP_PATIENT_DATA": "input-and-result",
        "CLAUDICATION_RECORD_KEY": KEY,
    }


@pytest.fixture
def said(environ: dict[str, str], tmp_path: Path) -> list[dict[str, object]]:
    """Two answers of a service with these settings; its log is kept beside the database."""
    with (tmp_path / "service.log").open("wb") as log:
        deployment = deploy(load_settings(environ), log_to=log)
        client = create_app(deployment).test_client()
        answers = [
            client.post(
                "/fhir/$assess-claudication",
                data=claudicant_json().replace(b"invented-1", name),
                content_type="application/fhir+json",
            )
            for name in (b"invented-1", b"invented-2")
        ]
        deployment.assessments.close()
    return [json.loads(answer.data) for answer in answers]


@pytest.fixture
def command(environ: dict[str, str]) -> Command:
    def call(*words: str, **more: str) -> Result:
        return CliRunner().invoke(main, list(words), env=environ | more)

    return call


def run(file: Path, statement: str, *values: object) -> None:
    with sqlite3.connect(file) as connection:
        # As whoever owns the database can: past what the database itself refuses.
        for trigger in ("audit_is_never_changed", "audit_is_never_deleted"):
            connection.execute(f"DROP TRIGGER IF EXISTS {trigger}")
        connection.execute(statement, values)


def test_a_whole_chain_is_said_to_be_whole_with_its_head(command: Command, said: list[object], tmp_path: Path) -> None:
    done = command("audit", "verify", "--log", str(tmp_path / "service.log"))
    assert done.exit_code == 0, done.output
    assert done.output.startswith("2 rows, whole; 2 anchors looked at; head 2:")
    head = done.output.split()[-1]
    assert command("audit", "verify", "--anchor", head).output.startswith("3 rows, whole; 1 anchors looked at; head 3:")


def test_a_changed_row_and_a_cut_end_are_named(command: Command, said: list[object], file: Path, tmp_path: Path) -> None:
    run(file, "UPDATE audit SET actor = 'nobody' WHERE sequence = 1")
    run(file, "DELETE FROM audit WHERE sequence = 2")
    run(file, "DELETE FROM assessments WHERE id = 2")
    done = command("audit", "verify", "--log", str(tmp_path / "service.log"))
    assert done.exit_code == 1
    assert done.output.splitlines()[:2] == ["changed: row 1", "removed: the chain ends at row 1, but row 2 was anchored"]


@pytest.mark.parametrize("anchor", ["3", "3:", "x:abc", "3:xyz"])
def test_what_is_no_anchor_is_refused(command: Command, anchor: str) -> None:
    assert command("audit", "verify", "--anchor", anchor).exit_code == 2


def test_a_log_may_hold_the_lines_of_others(command: Command, said: list[object], tmp_path: Path) -> None:
    other = tmp_path / "other.log"
    other.write_text('started\n{"event": "request"}\n[1]\n')
    assert "0 anchors" in command("audit", "verify", "--log", str(other)).output


def test_the_export_is_a_valid_audit_event_a_row(command: Command, said: list[object], panel: Panel) -> None:
    lines = command("audit", "export").output.splitlines()
    assert len(lines) == 2
    for line in lines:
        assert panel.complaints(line.encode()) == []
    assert "invented" not in "".join(lines)
    assert len(command("audit", "export").output.splitlines()) == 3


def test_what_is_old_goes_by_the_settings(command: Command, said: list[object], file: Path) -> None:
    assert command("expire").output == "0 records without patient data from now on, 0 hook calls and 0 audit rows removed\n"
    run(file, "UPDATE assessments SET recorded_at = '2020-01-01 00:00:00' WHERE id = 1")
    done = command("expire", CLAUDICATION_RECORD_KEEP_DAYS="30", CLAUDICATION_AUDIT_KEEP_DAYS="30")
    assert done.output == "1 records without patient data from now on, 0 hook calls and 0 audit rows removed\n"
    assert command("audit", "verify").exit_code == 0


def test_after_sealing_anew_the_old_key_is_not_needed(command: Command, said: list[dict[str, str]]) -> None:
    assert command("reseal", CLAUDICATION_RECORD_KEY=f"{NEW_KEY},{KEY}").output == (
        "2 records, 0 jobs, 0 callbacks, 0 events encrypted anew with the first key\n"
    )
    assert command("replay", said[0]["id"], CLAUDICATION_RECORD_KEY=NEW_KEY).exit_code == 0
    done = command("replay", said[0]["id"])
    assert done.exit_code == 2
    assert "CLAUDICATION_RECORD_KEY" in done.output
    assert command("reseal", CLAUDICATION_KEEP_PATIENT_DATA="none", CLAUDICATION_RECORD_KEY="").exit_code == 2


def test_what_is_damaged_is_named_and_the_rest_sealed_anew_and_audited(
    command: Command, said: list[dict[str, str]], file: Path
) -> None:
    run(file, "UPDATE assessments SET result = x'ff00' WHERE id = 1")
    done = command("reseal", CLAUDICATION_RECORD_KEY=f"{NEW_KEY},{KEY}")
    assert done.exit_code == 2
    assert "the result of record" in done.output
    assert command("replay", said[1]["id"], CLAUDICATION_RECORD_KEY=NEW_KEY).exit_code == 0
    with sqlite3.connect(file) as connection:
        [(detail,)] = connection.execute("SELECT detail FROM audit WHERE action = 'resealed'").fetchall()
    assert json.loads(detail)["records"] == 2


def test_with_the_same_evidence_a_replay_changes_nothing(command: Command, said: list[dict[str, str]]) -> None:
    done = command("replay", said[0]["id"])
    assert done.exit_code == 0, done.output
    assert done.output.splitlines()[-1] == "nothing changed"
    assert "0 of 2 changed" in command("replay", "--all").output


def with_evidence_of_then(file: Path, new: str, old: str) -> None:
    """Make the records look as if an older evidence had given them: one number was another, the abdominal order was not there."""
    files = {name: text.decode() for name, text in read_files().items()}
    assert new in files["likelihood_ratios.toml"]
    files["likelihood_ratios.toml"] = files["likelihood_ratios.toml"].replace(new, old, 1)
    version = version_of({name: text.encode() for name, text in files.items()})
    run(file, "INSERT INTO evidence_versions VALUES (?, '2026-01-01 00:00:00', ?)", version, zlib.compress(orjson.dumps(files)))
    run(file, "UPDATE assessments SET evidence_version = ?", version)


def test_the_impact_of_a_changed_number_is_reported_through_its_entry(
    command: Command, said: list[dict[str, str]], file: Path
) -> None:
    entries = read_files()["likelihood_ratios.toml"].decode().split("[[entry]]")
    found = next(entry for entry in entries if 'id = "v-relieved-standing-still"' in entry)
    value = next(line for line in found.splitlines() if line.startswith("present"))
    with_evidence_of_then(file, found, found.replace(value, "present = { value = 1.01 }"))
    done = command("replay", said[0]["id"])
    assert done.exit_code == 1, done.output
    assert "    through likelihood_ratios.toml, entry.v-relieved-standing-still: present" in done.output
    every = command("replay", "--all")
    assert every.exit_code == 1
    assert "probabilities, through the evidence: 2 changed" in every.output
    assert "2 through likelihood_ratios.toml, entry.v-relieved-standing-still" in every.output
    assert "2 of 2 changed" in every.output


def test_a_record_without_its_input_is_counted_and_said(command: Command, said: list[dict[str, str]], file: Path) -> None:
    run(file, "UPDATE assessments SET input = NULL, orders = 'leeches' WHERE id = 1")
    run(file, "UPDATE assessments SET orders = 'leeches' WHERE id = 2")
    assert command("replay", said[0]["id"]).exit_code == 2
    every = command("replay", "--all").output
    assert "1 not made again: its input was not kept" in every
    assert "orders, through the software: 1 changed" in every
    assert "through the software" in command("replay", said[1]["id"]).output
    run(file, "UPDATE assessments SET evidence_version = 'gone' WHERE id = 2")
    assert "was never kept here" in command("replay", said[1]["id"]).output


def test_a_record_that_no_key_opens_keeps_no_other_from_being_made_again(
    command: Command, said: list[dict[str, str]], file: Path
) -> None:
    run(file, "UPDATE assessments SET input = x'00112233' WHERE id = 1")
    one = command("replay", said[0]["id"])
    assert (one.exit_code, one.output.splitlines()[-1]) == (2, f"not made again: {UNREADABLE}")
    every = command("replay", "--all")
    assert f"1 not made again: {UNREADABLE}" in every.output
    assert "0 of 1 changed" in every.output
    assert every.exit_code == 2, "nothing changed is not what is known"
    run(file, "UPDATE assessments SET orders = 'leeches' WHERE id = 2")
    assert command("replay", "--all").exit_code == 1


@pytest.mark.parametrize(("left", "status"), [(1, 0), (0, 2)])
def test_what_was_never_kept_is_no_failure_unless_nothing_was(
    command: Command, said: list[dict[str, str]], file: Path, left: int, status: int
) -> None:
    run(file, "UPDATE assessments SET input = NULL WHERE id > ?", left)
    assert command("replay", "--all").exit_code == status


def test_of_no_records_nothing_has_changed(command: Command) -> None:
    assert command("replay", "--all").exit_code == 0


def test_which_record_must_be_said_and_must_be_there(command: Command) -> None:
    assert command("replay").exit_code == 2
    assert command("replay", "x", "--all").exit_code == 2
    assert "there is no record 'x'" in command("replay", "x").output


def test_a_mapping_file_that_is_wrong_is_said(command: Command, tmp_path: Path) -> None:
    (tmp_path / "codes.toml").write_text("nonsense = 1")
    assert command("replay", "--all", CLAUDICATION_MAPPING_FILE=str(tmp_path / "codes.toml")).exit_code == 2


def test_settings_and_databases_that_are_wrong_end_with_a_sentence(command: Command, file: Path) -> None:
    assert "needs a key" in command("audit", "verify", CLAUDICATION_RECORD_KEY="").output
    file.write_text("no database, but a longer text than the header of one would need to be, so that it is read as one")
    done = command("audit", "verify")
    assert done.exit_code == 2, "a broken chain is another thing"
    assert "cannot be opened" in done.output


def test_a_user_without_a_name_is_still_an_actor(monkeypatch: pytest.MonkeyPatch) -> None:
    assert records.actor().startswith("cli:")

    def nobody() -> str:
        raise KeyError("uid not found")

    monkeypatch.setattr("getpass.getuser", nobody)
    assert records.actor() == "cli"
