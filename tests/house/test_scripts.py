"""The commands of the checkout say clearly what stops them, before they change anything."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.checkout import ROOT

SCRIPTS = [ROOT / "scripts" / name for name in ("run", "test", "nightly", "mutation", "lock")] + [ROOT / ".ci" / "run"]


def run(script: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", str(ROOT / "scripts" / script)],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.relative_to(ROOT).as_posix())
def test_a_script_can_be_run_and_read_by_bash(script: Path) -> None:
    assert os.access(script, os.X_OK)
    assert subprocess.run(["bash", "-n", str(script)], check=False).returncode == 0


def test_ci_runs_what_a_developer_runs() -> None:
    assert (ROOT / ".ci" / "run").read_text().splitlines()[-1] == "exec scripts/test"


@pytest.mark.parametrize("port", ["http", "0", "65536", "-1", "80 80"])
def test_a_port_that_is_none_is_named(port: str) -> None:
    done = run("run", PORT=port)
    assert done.returncode == 1
    assert f"PORT={port} is not a port" in done.stderr
    assert "from 1 to 65535" in done.stderr


@pytest.mark.parametrize("jobs", ["0", "-1", "two", "2 2"])
def test_a_number_of_processes_that_is_none_is_named(jobs: str) -> None:
    done = run("mutation", JOBS=jobs)
    assert done.returncode == 1
    assert f"JOBS={jobs} is not a number of processes" in done.stderr


@pytest.mark.parametrize(("survived", "code"), [(1, 0), (2, 1)])
def test_fewer_than_nine_changes_in_ten_noticed_are_too_few(survived: int, code: int, tmp_path: Path) -> None:
    """Of ten changes one made the tests run on without end, which is noticed; what has not been tried counts for nothing."""
    statuses = ["killed"] * (9 - survived) + ["timeout"] + ["survived"] * survived + ["not checked"] * 5
    results = tmp_path / "results.txt"
    results.write_text("".join(f"    service.clinical.abi.x__leg__mutmut_{n}: {status}\n" for n, status in enumerate(statuses)))
    done = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "mutation-report"), str(results)], capture_output=True, text=True, check=False
    )
    assert done.returncode == code
    assert ("fewer than 90 %" in done.stdout) is bool(code)
    assert done.stdout.count("survived: service.clinical.abi.x__leg__mutmut_") == survived


@pytest.mark.parametrize("script", ["run", "test"])
def test_a_python_that_is_too_old_is_named(script: str, tmp_path: Path) -> None:
    old = tmp_path / "python3"
    old.write_text("#!/bin/sh\n[ \"$1\" = --version ] && echo 'Python 3.9.2'\nexit 1\n")
    old.chmod(0o755)
    done = run(script, PYTHON=str(old))
    assert done.returncode == 1
    assert "not a Python 3.11 or newer" in done.stderr


def test_a_machine_without_python_is_told_what_to_install(tmp_path: Path) -> None:
    for command in ("bash", "dirname"):
        (tmp_path / command).symlink_to(shutil.which(command) or "")
    done = run("run", PATH=str(tmp_path), PYTHON="")
    assert done.returncode == 1
    assert "no Python 3.11 or newer was found" in done.stderr
    assert "Install Python 3.11 or newer" in done.stderr


def test_what_the_browser_saw_is_kept_in_the_checkout_and_out_of_the_repository() -> None:
    assert (
        "export CLAUDICATION_SCREENSHOTS=${CLAUDICATION_SCREENSHOTS:-$PWD/var/screenshots}"
        in (ROOT / "scripts" / "test").read_text()
    )
    assert "/var/" in (ROOT / ".gitignore").read_text().splitlines()


def test_a_service_that_a_test_starts_is_told_nothing_of_screenshots() -> None:
    assert "CLAUDICATION_SCREENSHOTS" not in os.environ
