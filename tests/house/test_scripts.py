"""The commands of the checkout say clearly what stops them, before they change anything."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.house.checkout import ROOT

SCRIPTS = [ROOT / "scripts" / name for name in ("run", "test", "nightly", "lock")] + [ROOT / ".ci" / "run"]


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
