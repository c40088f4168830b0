"""Repeats: the one reading that stands for a site measured more than once in a session."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from service.clinical.data_issues import DataIssue, IssueCode
from service.clinical.indices import Reading
from service.clinical.measurements import Bound, Phase, Pressure, ReportedIndex, Site
from service.evidence.abi_categories import AbiCategories

Measured = Pressure | ReportedIndex

_MORE_THAN_ANY = Decimal("Infinity")


def described(measured: Measured) -> str:
    """A reading in words: side, site, value with its bound, phase, day."""
    bound = "" if measured.bound is Bound.EXACT else f"{measured.bound} "
    after = " after exercise" if measured.phase is Phase.POST_EXERCISE else ""
    day = "without a date" if measured.taken_at is None else f"of {measured.taken_at.date().isoformat()}"
    if isinstance(measured, Pressure):
        return f"{measured.side} {measured.site.replace('-', ' ')} pressure{after} {bound if measured.mmhg is not None else ''}{spoken_mmhg(measured.mmhg)} {day}"
    value = "noncompressible" if measured.value is None else f"{bound}{measured.value}"
    return f"{measured.side} reported {measured.kind.replace('-', ' ')}{after} {value} {day}"


def spoken_mmhg(mmhg: Decimal | None) -> str:
    """For sentences only: to a tenth, without a trailing zero."""
    return "not compressible" if mmhg is None else f"{mmhg:.1f}".removesuffix(".0") + " mmHg"


def resolve(group: list[Pressure], thresholds: AbiCategories) -> tuple[Reading, list[DataIssue]]:
    """The reading that stands for pressures of one site, side and phase, taken in one session; and what was set aside for it.

    Repeats that agree are averaged (28 digits); otherwise the latest counts. Of repeats known only as bounds, or mixed with exact ones, the latest counts.
    """
    ordered = _newest_last(group)
    distinct, issues = _without_duplicates(ordered)
    if len(distinct) == 1:
        return reading_of(distinct), issues
    if distinct[0].phase is Phase.POST_EXERCISE:
        return _first_after_exercise(distinct, issues)
    if all(pressure.bound is distinct[0].bound for pressure in distinct) and distinct[0].bound is not Bound.EXACT:
        return reading_of(distinct[-1:], also=distinct), issues
    kept = _kept(distinct, thresholds)
    chosen = reading_of(kept)
    if len(kept) < len(distinct):
        issues.append(
            DataIssue(
                code=IssueCode.REPEAT_DISCORDANT,
                source=kept[-1].source,
                used=True,
                detail=f"{_values(distinct)} were measured at the same place; {spoken_mmhg(chosen.mmhg)} is used. Repeat the measurement if this decides.",
            )
        )
        issues.extend(
            DataIssue(
                code=IssueCode.REPEAT_DISCORDANT,
                source=pressure.source,
                detail=f"{described(pressure)}: a later reading of the same place disagrees ({spoken_mmhg(chosen.mmhg)}) and is used instead.",
            )
            for pressure in distinct
            if pressure not in kept
        )
    return chosen, issues


def _kept(ordered: list[Pressure], thresholds: AbiCategories) -> list[Pressure]:
    """Repeats that agree are all kept, to be averaged; of those that do not, the latest. Of an arm the first may be discarded and the rest agree."""
    if _agree(ordered, thresholds):
        return ordered
    if ordered[0].site is Site.BRACHIAL and _agree(ordered[1:], thresholds):
        return ordered[1:]
    return ordered[-1:]


def _agree(ordered: list[Pressure], thresholds: AbiCategories) -> bool:
    values = [pressure.mmhg for pressure in ordered if pressure.bound is Bound.EXACT and pressure.mmhg is not None]
    if len(values) < len(ordered):
        return False
    rules = thresholds.repeats
    allowed = rules.first_arm_differs_by_more_than if ordered[0].site is Site.BRACHIAL else rules.agree_within
    if max(values) - min(values) > allowed.value:
        return False
    # Readings whose hour is not known are of one day at least; they are taken as one sitting.
    instants = [instant(pressure.taken_at) for pressure in ordered if pressure.taken_at is not None and not pressure.day_only]
    return not instants or max(instants) - min(instants) <= float(rules.within_minutes.value) * 60


def _first_after_exercise(ordered: list[Pressure], issues: list[DataIssue]) -> tuple[Reading, list[DataIssue]]:
    """After exercise several readings are the recovery, not repeats: the first minute is the test."""
    chosen = min(ordered, key=lambda item: (_minutes(item), instant(item.taken_at), -_caution(item)))
    issues.extend(
        DataIssue(
            code=IssueCode.NOT_RELEVANT,
            source=pressure.source,
            detail=f"{described(pressure)} belongs to the recovery; the exercise test is judged on the earliest pressure after exercise.",
        )
        for pressure in ordered
        if pressure is not chosen
    )
    return reading_of([chosen]), issues


def _without_duplicates(ordered: list[Pressure]) -> tuple[list[Pressure], list[DataIssue]]:
    distinct: list[Pressure] = []
    issues: list[DataIssue] = []
    for pressure in ordered:
        twin = next((other for other in distinct if _same_measurement(other, pressure)), None)
        if twin is None:
            distinct.append(pressure)
        elif twin.source != pressure.source:
            issues.append(
                DataIssue(
                    code=IssueCode.DUPLICATE,
                    source=pressure.source,
                    detail=f"{described(pressure)} has the value and time of {twin.source}; it is counted once.",
                )
            )
    return distinct, issues


def _same_measurement(one: Pressure, other: Pressure) -> bool:
    if (one.mmhg, one.bound, one.taken_at, one.minutes_after_exercise) != (
        other.mmhg,
        other.bound,
        other.taken_at,
        other.minutes_after_exercise,
    ):
        return False
    # On a date without an hour two equal readings of two resources may be two measurements.
    return one.source == other.source or (one.taken_at is not None and not one.day_only)


def reading_of(kept: list[Pressure], also: list[Pressure] | None = None) -> Reading:
    """The latest of `kept` with their mean; `also` are readings it rests on besides."""
    latest = kept[-1]
    mmhg = latest.mmhg
    sources: tuple[str, ...] = (latest.source,)
    if len(kept) > 1:
        mmhg = sum((pressure.mmhg for pressure in kept if pressure.mmhg is not None), Decimal(0)) / len(kept)
    resting_on = also or kept
    if len(resting_on) > 1:
        sources = tuple(dict.fromkeys(pressure.source for pressure in resting_on))
    return Reading(
        site=latest.site,
        side=latest.side,
        mmhg=mmhg,
        sources=sources,
        taken_at=latest.taken_at,
        phase=latest.phase,
        bound=latest.bound,
    )


def instant(taken_at: datetime | None) -> float:
    """Seconds since 1970 for ordering; what has no time is older than everything that has."""
    return float("-inf") if taken_at is None else taken_at.timestamp()


def _newest_last(group: list[Pressure]) -> list[Pressure]:
    """In order of time. Where the time does not tell, the value that reassures least comes last: the higher arm, the lower ankle or toe."""
    return sorted(group, key=lambda pressure: (instant(pressure.taken_at), _caution(pressure), pressure.bound, pressure.source))


def _caution(pressure: Pressure) -> Decimal:
    mmhg = _MORE_THAN_ANY if pressure.mmhg is None else pressure.mmhg
    return mmhg if pressure.site is Site.BRACHIAL else -mmhg


def _minutes(pressure: Pressure) -> Decimal:
    return _MORE_THAN_ANY if pressure.minutes_after_exercise is None else pressure.minutes_after_exercise


def _values(ordered: list[Pressure]) -> str:
    return " and ".join(described(pressure) for pressure in ordered)
