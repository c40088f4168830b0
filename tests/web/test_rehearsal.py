"""What a worker does before its first call, so that this one is as quick as the others."""

from __future__ import annotations

import io
import sqlite3
import subprocess
import sys
from pathlib import Path

from service.web.rehearsal import rehearse
from tests.serving import environment
from tests.web.conftest import Deploy


def test_the_rehearsal_goes_all_the_way_to_a_card_on_both_hooks(deployed: Deploy) -> None:
    viewed, signed = rehearse(deployed())
    assert [card["indicator"] for card in viewed["cards"]] == ["warning"]
    assert all("ServiceRequest/draft" in card["detail"] for card in signed["cards"])
    assert signed["cards"]


def test_nothing_of_it_is_recorded_or_logged(deployed: Deploy, log: io.BytesIO) -> None:
    deployment = deployed(log_level="debug")
    rehearse(deployment)
    with sqlite3.connect(deployment.settings.database_url.removeprefix("sqlite:///")) as database:
        for table in ("assessments", "hook_calls", "hook_cards"):
            assert database.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)
    assert log.getvalue() == b""


FIRST_CALL = """
import os, sys
from service.app import from_environment
door = from_environment().test_client()
from service.fhir import structure_schema
from tests.cds_hooks.calls import call
def late(*_):
    raise AssertionError("compiled while somebody waits")
structure_schema._compiled = late
body = call()
before = set(sys.modules)
answer = door.post("/cds-services/claudication", json=body)
assert answer.status_code == 200, answer.text
assert len(answer.json["cards"]) == 1
print(sorted(set(sys.modules) - before))
"""


def test_the_first_call_loads_and_compiles_nothing(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FIRST_CALL],
        env=environment(tmp_path, CLAUDICATION_DEVELOPMENT="true", CLAUDICATION_LOG_LEVEL="error"),
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert (done.returncode, done.stdout) == (0, "[]\n"), done.stderr
