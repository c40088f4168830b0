"""What stands on the dashboard: the counts as words and drawings. Pure; the template puts it in place and works nothing out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from service.cds_hooks.acceptance import (
    FEWEST,
    Latency,
    Share,
    Tally,
    by_week,
    held_back,
    latency,
    latency_by_week,
    reasons,
    tallies,
    total,
)
from service.fhir.terminology.override_reasons import OVERRIDE_REASONS
from service.store.dashboard_values import Asked, Counted
from service.store.hook_counts import DATA_ISSUE, RED_FLAG
from service.web.pages.dashboard.outcome_drawing import latency_plot, part_bar, share_bar, week_plot

_REASON_DISPLAYS = {reason.code: reason.display for reason in OVERRIDE_REASONS}
_FAILED = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class TallyRow:
    """One line of a table. `acceptance` and `range` are in words; `bar` draws them."""

    tally: Tally
    acceptance: str
    range: str
    bar: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CountRow:
    """A code, how often, and a bar of it."""

    name: str
    code: str
    count: int
    bar: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DashboardValues:
    """Everything on the page."""

    all: TallyRow
    groups: tuple[tuple[str, str, tuple[TallyRow, ...]], ...]
    """(id, title, lines) of the tables by rule, client, hook."""
    weeks: tuple[TallyRow, ...]
    week_plot: str
    reasons: tuple[CountRow, ...]
    held_back: tuple[CountRow, ...]
    latency: Latency
    latency_weeks: tuple[Latency, ...]
    latency_plot: str
    failed_calls: tuple[tuple[int, int], ...]
    """(HTTP status, calls) of the calls that were not answered with cards."""
    data_issues: tuple[CountRow, ...]
    red_flags: tuple[CountRow, ...]
    unmatched: int


def dashboard_values(counted: Counted, asked: Asked, *, deadline_ms: int) -> DashboardValues:
    """The page of these counts. `deadline_ms`: how long a call may take, drawn as a line."""
    first, last = asked.first_week, asked.last_week
    cards, calls = counted.cards, counted.calls
    weeks = by_week(cards, first=first, last=last)
    latencies = latency_by_week(calls, first=first, last=last)
    failed: dict[int, int] = {}
    for one in calls:
        if one.status >= _FAILED:
            failed[one.status] = failed.get(one.status, 0) + one.calls
    return DashboardValues(
        all=_row(total(cards)),
        groups=(
            ("by-rule", "Rule", _rows(tallies(cards, lambda card: card.rule))),
            ("by-client", "Client", _rows(tallies(cards, lambda card: card.client))),
            ("by-hook", "Service and hook", _rows(tallies(cards, lambda card: f"{card.service}, {card.hook}"))),
        ),
        weeks=_rows(weeks),
        week_plot=week_plot(weeks),
        reasons=_counts(reasons(cards), {"": "No reason given", **_REASON_DISPLAYS}),
        held_back=_counts(held_back(counted.held_back), {}),
        latency=latency("all", calls),
        latency_weeks=latencies,
        latency_plot=latency_plot(latencies, deadline_ms=deadline_ms),
        failed_calls=tuple(sorted(failed.items())),
        data_issues=_counts([(met.code, met.calls) for met in counted.met if met.kind == DATA_ISSUE], {}),
        red_flags=_counts([(met.code, met.calls) for met in counted.met if met.kind == RED_FLAG], {}),
        unmatched=counted.unmatched,
    )


def percent(part: float) -> str:
    """A share as whole percents, half up."""
    return f"{(Decimal(str(part)) * 100).quantize(Decimal(1), rounding=ROUND_HALF_UP)} %"


def acceptance_in_words(share: Share) -> str:
    """The share, or that there are too few to tell one."""
    if not share.enough:
        return f"too few to judge (fewer than {FEWEST})" if share.whole else "none to judge"
    return percent(share.value)


def _rows(found: Iterable[Tally]) -> tuple[TallyRow, ...]:
    return tuple(map(_row, found))


def _row(tally: Tally) -> TallyRow:
    share = tally.acceptance
    return TallyRow(
        tally=tally,
        acceptance=acceptance_in_words(share),
        range=f"{percent(share.low)[:-2]} to {percent(share.high)}" if share.enough else "",
        bar=share_bar(share),
    )


def _counts(found: Sequence[tuple[str, int]], names: Mapping[str, str]) -> tuple[CountRow, ...]:
    most = max((count for _, count in found), default=1)
    return tuple(
        CountRow(name=names.get(code, code.replace("-", " ")), code=code, count=count, bar=part_bar(count, most))
        for code, count in found
    )
