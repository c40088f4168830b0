"""Installs the JavaScript judges from their lock; does nothing when they are there. scripts/test runs it: python -m tests.judges.install."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.judges.node import HERE, LOCK, STAMP, missing, node, npm


def install() -> int:
    """npm ci, once per lock. The number is the exit status."""
    if not missing():
        sys.stdout.write("the judges are installed\n")
        return 0
    command, runner = npm(), node()
    if command is None or runner is None:
        sys.stderr.write("Neither the Node of requirements/test.txt nor another one is here: the judges stay away.\n")
        return 1
    path = os.pathsep.join([str(Path(runner).parent), os.environ.get("PATH", "")])
    done = subprocess.run([*command, "ci", "--no-audit", "--no-fund"], cwd=HERE, env=os.environ | {"PATH": path}, check=False)
    if done.returncode != 0:
        sys.stderr.write("npm could not install the judges; its own words are above. Most often the network is missing.\n")
        return 1
    STAMP.write_text(LOCK.read_text())
    return 0


if __name__ == "__main__":
    sys.exit(install())
