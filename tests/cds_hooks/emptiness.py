"""What CDS Hooks does not allow in anything that is sent: null, "", [] and {}, save where it says so."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def empties(value: Any, path: str = "$") -> list[str]:
    """The path of every null or empty element. Not inside FHIR resources, which have rules of their own; `cards` may be empty."""
    return list(_empties(value, path))


def _empties(value: Any, path: str) -> Iterator[str]:
    if isinstance(value, dict) and "resourceType" in value:
        return
    if value is None or (isinstance(value, (str, list, dict)) and not value):
        if path != "$.cards":
            yield path
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _empties(inner, f"{path}.{name}")
    elif isinstance(value, list):
        for position, inner in enumerate(value):
            yield from _empties(inner, f"{path}[{position}]")
