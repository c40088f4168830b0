"""The cards that were shown as CSV (RFC 4180), a row a card: what a committee's own tools count. No patient, no hour, no free text."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from service.cds_hooks.acceptance import iso_week
from service.store.dashboard_values import ShownCard
from service.store.hook_writes import monday_of

COLUMNS = (
    *("week", "day", "service", "hook", "client", "rule", "indicator", "outcome"),
    *("reason_system", "reason_code", "latency_ms"),
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_AT_ONCE = 500


def csv_of(cards: Iterable[ShownCard]) -> Iterator[str]:
    """The header, and then the rows, some hundred in each piece."""
    yield _lines([COLUMNS])
    rows: list[tuple[str, ...]] = []
    for card in cards:
        rows.append(_row(card))
        if len(rows) == _AT_ONCE:
            yield _lines(rows)
            rows = []
    yield _lines(rows)


def _row(card: ShownCard) -> tuple[str, ...]:
    told = (
        iso_week(monday_of(card.day)),
        card.day.isoformat(),
        card.service,
        card.hook,
        card.client,
        card.rule,
        card.indicator,
        card.became.value,
        card.reason_system,
        card.reason_code,
        "" if card.spent_ms is None else str(card.spent_ms),
    )
    return tuple(map(harmless, told))


def harmless(cell: str) -> str:
    """The cell with an apostrophe before it where a spreadsheet would take it for a formula: reasons are written by clients."""
    return f"'{cell}" if cell.lstrip(" ").startswith(_FORMULA) else cell


def _lines(rows: Iterable[tuple[str, ...]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue()
