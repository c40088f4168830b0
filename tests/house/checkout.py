"""The files of the checkout, without what git ignores."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
SERVICE = ROOT / "service"

LEFT_OUT = {
    ".git",
    ".venv",
    ".venv-test",
    ".venv-clients",
    ".venv-lock",
    ".venv-mutation",
    ".hypothesis",
    ".import_linter_cache",
    ".mypy_cache",
    ".pytest_cache",
    ".ruff_cache",
    ".schemathesis",
    "__pycache__",
    "dist",
    "node_modules",
    "var",
}


def files(under: Path = ROOT) -> Iterator[Path]:
    """Every file below a directory that belongs to the project, in the order of its name."""
    for path in sorted(under.iterdir()):
        if path.name in LEFT_OUT or path.name.startswith(".coverage"):
            continue
        if path.is_dir():
            yield from files(path)
        else:
            yield path


def name(path: Path) -> str:
    """A path as the tests print it."""
    return path.relative_to(ROOT).as_posix()
