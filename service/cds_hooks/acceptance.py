"""What a CDS committee reads from the counts: how many of the cards that were answered or left were accepted, and how sure that is. Pure arithmetic.

Accepted is not helped: whether a card did a patient good stands in no count of this kind.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from service.store.dashboard_values import Became, CallCount, CardCount, HeldBackCount

FEWEST = 5
"""Of fewer cards no share is told: one card more or less would make it another."""
_Z = 1.959963984540054
"""The standard normal quantile that leaves 2.5 % on either side."""
_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """`part` of `whole`, as a fraction with its 95 % interval of Wilson's score; `enough` is False where the whole is too small to tell."""

    part: int
    whole: int
    value: float
    low: float
    high: float

    @property
    def enough(self) -> bool:
        return self.whole >= FEWEST


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """The cards of one rule, client, hook, service or week. `waiting` may still be answered, `untold` cannot be: neither is part of the share."""

    name: str
    accepted: int = 0
    overridden: int = 0
    ignored: int = 0
    waiting: int = 0
    untold: int = 0

    @property
    def shown(self) -> int:
        return self.settled + self.waiting + self.untold

    @property
    def settled(self) -> int:
        """Accepted, overridden or ignored: what the share is of."""
        return self.accepted + self.overridden + self.ignored

    @property
    def acceptance(self) -> Share:
        return share(self.accepted, self.settled)


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """Milliseconds of the calls of one week, or of all. None where none was recorded."""

    name: str
    calls: int
    recorded: int
    median: int | None
    p95: int | None


def share(part: int, whole: int) -> Share:
    """The share with its interval after Wilson (1927), which stays between 0 and 1 and is wide where there is little."""
    if whole == 0:
        return Share(part=0, whole=0, value=0.0, low=0.0, high=1.0)
    value = part / whole
    shrunk = 1 + _Z**2 / whole
    middle = (value + _Z**2 / (2 * whole)) / shrunk
    half = _Z / shrunk * math.sqrt(value * (1 - value) / whole + _Z**2 / (4 * whole**2))
    return Share(part=part, whole=whole, value=value, low=max(0.0, middle - half), high=min(1.0, middle + half))


def tallies(cards: Iterable[CardCount], of: Callable[[CardCount], str]) -> tuple[Tally, ...]:
    """A tally for each name that `of` gives, sorted by name."""
    counts: dict[str, dict[Became, int]] = {}
    for one in cards:
        became = counts.setdefault(of(one), dict.fromkeys(Became, 0))
        became[one.became] += one.cards
    return tuple(Tally(name=name, **{became.value: number for became, number in counts[name].items()}) for name in sorted(counts))


def by_week(cards: Iterable[CardCount], *, first: date, last: date) -> tuple[Tally, ...]:
    """A tally for every week from the first Monday to the last, those without a card too."""
    found = {one.name: one for one in tallies(cards, lambda card: iso_week(card.week))}
    return tuple(found.get(name, Tally(name=name)) for name in map(iso_week, mondays(first, last)))


def total(cards: Iterable[CardCount]) -> Tally:
    """All cards together."""
    found = tallies(cards, lambda _: "all")
    return found[0] if found else Tally(name="all")


def reasons(cards: Iterable[CardCount]) -> tuple[tuple[str, int], ...]:
    """The codes of the reasons given for overriding, the most frequent first; "" is none given."""
    counts: dict[str, int] = {}
    for one in cards:
        if one.became is Became.OVERRIDDEN:
            counts[one.reason_code] = counts.get(one.reason_code, 0) + one.cards
    return tuple(sorted(counts.items(), key=lambda found: (-found[1], found[0])))


def held_back(counts: Iterable[HeldBackCount]) -> tuple[tuple[str, int], ...]:
    """Why cards were not shown, the most frequent reason first."""
    found: dict[str, int] = {}
    for one in counts:
        found[one.reason] = found.get(one.reason, 0) + one.cards
    return tuple(sorted(found.items(), key=lambda reason: (-reason[1], reason[0])))


def latency(name: str, calls: Iterable[CallCount]) -> Latency:
    """The median and the 95th percentile by the nearest rank: milliseconds that a call really took."""
    counts: dict[int, int] = {}
    every = 0
    for one in calls:
        every += one.calls
        if one.spent_ms is not None:
            counts[one.spent_ms] = counts.get(one.spent_ms, 0) + one.calls
    return Latency(
        name=name, calls=every, recorded=sum(counts.values()), median=_percentile(counts, 50), p95=_percentile(counts, 95)
    )


def latency_by_week(calls: Sequence[CallCount], *, first: date, last: date) -> tuple[Latency, ...]:
    """The same for every week from the first Monday to the last."""
    weeks: dict[date, list[CallCount]] = {monday: [] for monday in mondays(first, last)}
    for one in calls:
        weeks[one.week].append(one)
    return tuple(latency(iso_week(monday), of_week) for monday, of_week in weeks.items())


def _percentile(counts: Mapping[int, int], percent: int) -> int | None:
    rank = -(-sum(counts.values()) * percent // 100)
    for value in sorted(counts):
        rank -= counts[value]
        if rank <= 0:
            return value
    return None


def mondays(first: date, last: date) -> tuple[date, ...]:
    """Every Monday from the first to the last."""
    return tuple(first + number * _WEEK for number in range((last - first) // _WEEK + 1))


def iso_week(monday: date) -> str:
    """The week by its name, e.g. 2026-W09."""
    year, week, _ = monday.isocalendar()
    return f"{year}-W{week:02d}"
