"""Moments in the database are UTC; SQLite gives them back without saying so."""

from __future__ import annotations

from datetime import UTC, datetime

NEVER = datetime(1970, 1, 1, tzinfo=UTC)
"""A moment that lies behind every other: no lease, nothing sent yet."""


def as_utc(moment: datetime) -> datetime:
    """The moment with its time zone."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
