"""Answers and signs that were recorded long ago: they are used, because dropping them would clear a warning, and said to be old."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from service.clinical.data_issues import DataIssue, IssueCode
from service.clinical.findings import Finding
from service.clinical.vocabulary import VOCABULARY, Section

_OF_THE_DAY = frozenset({Section.HISTORY, Section.RED_FLAG, Section.EXAMINATION})
_STAYS_TRUE = frozenset({"prior-dvt", "cancer-history", "osteoporosis-or-steroids", "runner-or-athlete"})
_NAMED = 3


def old_answers(findings: Iterable[Finding], *, as_of: datetime, after_days: int) -> Iterator[DataIssue]:
    """One issue a resource whose answers on symptoms and signs are more than `after_days` old, the newest source of each counting."""
    old: dict[tuple[str, datetime], list[str]] = {}
    for one in findings:
        at = one.recorded_at
        if at is not None and (as_of - at).days > after_days and _is_of_the_day(one.code):
            old.setdefault((one.source, at), []).append(one.code)
    for (source, at), codes in old.items():
        more = f" and {len(codes) - _NAMED} more" if len(codes) > _NAMED else ""
        yield DataIssue(
            code=IssueCode.STALE,
            source=source,
            used=True,
            detail=f"{', '.join(codes[:_NAMED])}{more}: recorded {at.date().isoformat()}, more than {after_days} days ago; used as it stands. Ask and look again.",
        )


def _is_of_the_day(code: str) -> bool:
    term = VOCABULARY.get(code)
    return term is not None and term.section in _OF_THE_DAY and code not in _STAYS_TRUE
