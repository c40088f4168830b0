"""What reading the record takes and gives."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptResource:
    """One resource of a kept result. `patient` is the pseudonym its record has; `entries` the whole result it stands in."""

    record_id: str
    patient: str
    recorded_at: datetime
    resource: dict[str, Any]
    entries: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What is looked for. `since` and `until` bound when it was recorded, [since, until); `patient` is a reference or "".

    `snapshot` and `before` come from the page before: the newest row there was on the first page, and the last one shown.
    """

    patient: str = ""
    since: datetime | None = None
    until: datetime | None = None
    count: int
    snapshot: int | None = None
    before: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What was found, newest first. `more`: snapshot and last shown for the next page, None on the last."""

    found: tuple[Any, ...]
    total: int
    more: tuple[int, int] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptRecord:
    """A record as replay needs it. `asked` is {"bundle": ..., "strict": ...}, None when the input was not kept, or `unreadable`: kept, and no key opens it."""

    record_id: str
    recorded_at: datetime
    as_of: datetime
    door: str
    setting: str
    service_version: str
    evidence_version: str
    leading_diagnosis: str | None
    pad_right: str
    pad_left: str
    red_flags: tuple[str, ...]
    orders: tuple[str, ...]
    asked: dict[str, Any] | None
    unreadable: bool = False
