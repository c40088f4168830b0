"""Which readings may be combined: sessions, and the arms of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from service.clinical.data_issues import DataIssue, IssueCode
from service.clinical.indices import Arms, Reading
from service.clinical.measurements import Bound, Measurements, Phase, Pressure, ReportedIndex, Side, Site
from service.clinical.repeats import Measured, described, instant, reading_of, resolve
from service.evidence.abi_categories import AbiCategories, SessionThresholds


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Readings of one sitting.

    `apart`: several sittings of one day taken together, for an index none of them gives alone; the reader must be told.
    `day` None: nothing in it is dated.
    """

    pressures: tuple[Pressure, ...]
    reported: tuple[ReportedIndex, ...]
    day: date | None
    apart: bool = False

    @property
    def spoken(self) -> str:
        return "an unknown day" if self.day is None else self.day.isoformat()


Place = tuple[Site, Side, Phase]


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """A session with its repeats resolved: one reading a site, side and phase. `rest` and `post` are the arms before and after exercise."""

    session: Session
    by_place: Mapping[Place, Reading]
    rest: Arms
    post: Arms
    issues: tuple[DataIssue, ...]

    @property
    def readings(self) -> tuple[Reading, ...]:
        return tuple(self.by_place.values())

    def at(self, site: Site, side: Side, phase: Phase = Phase.REST) -> Reading | None:
        return self.by_place.get((site, side, phase))


def sessions(measurements: Measurements, thresholds: SessionThresholds) -> tuple[Session, ...]:
    """The sessions, newest first; undated readings come last.

    A session is a sitting of one day, and of one encounter where that day has several. What carries no encounter joins the day's only one. A sitting
    ends at a pause or when it grows too long; one that runs over midnight belongs to the day it began. What has a date and no time joins the
    day's only sitting. A day of several sittings is offered once more as a whole, after its sittings.
    """
    found: list[tuple[tuple[bool, date, float], list[Session]]] = []
    for day, (sittings, loose) in _days(measurements, thresholds).items():
        for parts in _by_encounter(sittings, loose, thresholds):
            offered = [_session(part, day) for part in reversed(parts)]
            if len(parts) > 1:
                offered.append(_session([item for part in parts for item in part], day, apart=True))
            # The last one listed may have no time at all, which says nothing of the others.
            latest = max(instant(item.taken_at) for part in parts for item in part)
            found.append(((day is not None, day or date.min, latest), offered))
    found.sort(key=lambda pair: pair[0], reverse=True)
    return tuple(session for _, offered in found for session in offered)


def study(session: Session, thresholds: AbiCategories) -> Study:
    """One session with its repeats resolved."""
    issues: list[DataIssue] = []
    groups: dict[Place, list[Pressure]] = {}
    for pressure in session.pressures:
        if pressure.site is Site.BRACHIAL and not (pressure.bound is Bound.EXACT and pressure.mmhg):
            issues.append(_unusable_arm(pressure))
            continue
        groups.setdefault((pressure.site, pressure.side, pressure.phase), []).append(pressure)
    by_place: dict[Place, Reading] = {}
    for place, group in groups.items():
        if len(group) == 1:
            by_place[place] = reading_of(group)
        else:
            by_place[place], remarks = resolve(group, thresholds)
            issues.extend(remarks)
    return Study(
        session=session,
        by_place=by_place,
        rest=_arms(by_place, Phase.REST),
        post=_arms(by_place, Phase.POST_EXERCISE),
        issues=tuple(issues),
    )


def arms_only(session: Session) -> bool:
    return not session.reported and all(pressure.site is Site.BRACHIAL for pressure in session.pressures)


def _days(
    measurements: Measurements, thresholds: SessionThresholds
) -> dict[date | None, tuple[list[list[Measured]], list[Measured]]]:
    """By day: the sittings in order of time, and what has no time of day. Under None: what has no date."""
    of_day: dict[date | None, tuple[list[list[Measured]], list[Measured]]] = {}
    timed, loose = _split(measurements.pressures + measurements.reported)
    for sitting in _sittings(timed, thresholds):
        of_day.setdefault(_day(sitting[0]), ([], []))[0].append(sitting)
    undated = []
    for item in loose:
        if item.taken_at is None:
            undated.append(item)
        else:
            of_day.setdefault(_day(item), ([], []))[1].append(item)
    if undated:
        days_of = _days_of_encounters(of_day)
        for item in undated:
            # An encounter of one day dates what it holds.
            days = days_of.get(item.encounter, set())
            of_day.setdefault(next(iter(days)) if len(days) == 1 else None, ([], []))[1].append(item)
    return of_day


def _days_of_encounters(
    of_day: dict[date | None, tuple[list[list[Measured]], list[Measured]]],
) -> dict[str | None, set[date | None]]:
    found: dict[str | None, set[date | None]] = {}
    for day, (sittings, loose) in of_day.items():
        for part in (*sittings, loose):
            for item in part:
                if item.encounter is not None:
                    found.setdefault(item.encounter, set()).add(day)
    return found


def _by_encounter(
    sittings: list[list[Measured]], loose: list[Measured], thresholds: SessionThresholds
) -> list[list[list[Measured]]]:
    """The sittings of one day, apart for each encounter when it has several; what has no time of day joins an only sitting or comes before them all."""
    encounters = {item.encounter for part in (*sittings, loose) for item in part}
    if len(encounters - {None}) < 2:
        return [_joined(sittings, loose)]
    groups = []
    for encounter in sorted(encounters, key=lambda reference: reference or ""):
        timed = [item for part in sittings for item in part if item.encounter == encounter]
        groups.append(_joined(_sittings(timed, thresholds), [item for item in loose if item.encounter == encounter]))
    return groups


def _joined(sittings: list[list[Measured]], loose: list[Measured]) -> list[list[Measured]]:
    if not loose:
        return sittings
    return [loose + sittings[0]] if len(sittings) == 1 else [loose, *sittings]


def _split(items: tuple[Measured, ...]) -> tuple[list[Measured], list[Measured]]:
    timed = [item for item in items if item.taken_at is not None and not item.day_only]
    if len(timed) == len(items):
        return timed, []
    return timed, [item for item in items if item.taken_at is None or item.day_only]


def _sittings(timed: list[Measured], thresholds: SessionThresholds) -> list[list[Measured]]:
    found: list[list[Measured]] = []
    gap, longest = float(thresholds.gap_minutes.value) * 60, float(thresholds.longest_minutes.value) * 60
    began = previous = 0.0
    stamped = [(instant(item.taken_at), place) for place, item in enumerate(timed)]
    stamped.sort()
    for now, place in stamped:
        if found and now - previous <= gap and now - began <= longest:
            found[-1].append(timed[place])
        else:
            found.append([timed[place]])
            began = now
        previous = now
    return found


def _session(items: list[Measured], day: date | None, *, apart: bool = False) -> Session:
    return Session(
        pressures=tuple(item for item in items if isinstance(item, Pressure)),
        reported=tuple(item for item in items if isinstance(item, ReportedIndex)),
        day=day,
        apart=apart,
    )


def _arms(by_place: Mapping[Place, Reading], phase: Phase) -> Arms:
    brachial = Site.BRACHIAL
    arms = [
        (reading.mmhg, reading)
        for (site, _, measured_in), reading in by_place.items()
        if site is brachial and measured_in is phase and reading.mmhg is not None
    ]
    if not arms:
        return Arms()
    if len(arms) == 1:
        return Arms(higher=arms[0][1])
    (one, first), (other, second) = arms
    if one >= other:
        return Arms(higher=first, lower=second, difference_mmhg=one - other)
    return Arms(higher=second, lower=first, difference_mmhg=other - one)


def _unusable_arm(pressure: Pressure) -> DataIssue:
    return DataIssue(
        code=IssueCode.VALUE_IMPLAUSIBLE,
        source=pressure.source,
        detail=f"{described(pressure)}: an index divides by an exact arm pressure above 0 mmHg; measure this arm again.",
    )


def _day(item: Measured) -> date | None:
    return None if item.taken_at is None else item.taken_at.date()
