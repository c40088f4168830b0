"""The environment of programs that nobody here wrote: .venv-clients, which scripts/test makes from requirements/clients.txt."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".venv-clients" / "bin" / "python"


def missing() -> str:
    """Why it cannot be used, or ""."""
    return (
        "" if PYTHON.exists() else f"{PYTHON.relative_to(ROOT)} is not there; scripts/test makes it from requirements/clients.txt"
    )
