"""How many examples a property is tried on: few every day, many every night."""

from __future__ import annotations

from hypothesis import settings

EVERY_DAY = 50
"""Examples of a property that says nothing about it, in scripts/test. The other profiles are in tests/conftest.py."""


def examples(every_day: int) -> settings:
    """For a property that needs more or fewer than others: this many every day, and in proportion in the other profiles."""
    return settings(max_examples=max(1, every_day * settings.default.max_examples // EVERY_DAY))
