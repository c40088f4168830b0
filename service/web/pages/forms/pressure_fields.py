"""The table of pressures in the form: which fields it has, and what was filled in, by the limits of the reader (service/evidence/reading_limits.toml)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from service.clinical.measurements import Phase, Side, Site
from service.errors import Problem
from service.evidence.reading_limits import PressureLimits
from service.fhir.forms.pressure_observation import SITES, UNITS, TakenPressure
from service.fhir.limbs.pressure_values import SENTINELS, believed
from service.fhir.units import MMHG_PER_KPA, ONE
from service.web.pages.assessment.measured_words import SITE_NAMES
from service.web.pages.forms.fields import Fields

UNIT, MINUTES = "unit", "minutesAfterExercise"
MEASURED, NOT_COMPRESSIBLE, NO_SIGNAL = "", "not-compressible", "no-signal"
LATEST_MINUTES = 60
"""Engineering limit: a pressure taken later than this is no pressure after exercise."""

_ANKLES = (Site.DORSALIS_PEDIS, Site.POSTERIOR_TIBIAL)
_NUMBER = re.compile(r"\d{1,4}(?:[.,]\d{1,3})?", re.ASCII)
_SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One field. `states` are what can be said besides a number, the first being nothing."""

    name: str
    site: Site
    side: Side
    phase: Phase
    states: tuple[str, ...]

    @property
    def label(self) -> str:
        after = ", after exercise" if self.phase is Phase.POST_EXERCISE else ""
        return f"{self.side.capitalize()} {SITE_NAMES[self.site].lower()}{after}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row of the table: one site, right and left."""

    title: str
    places: tuple[Place, Place]


def _place(phase: Phase, site: Site, side: Side) -> Place:
    said = {Site.BRACHIAL: (), Site.TOE: (NO_SIGNAL,)}.get(site, (NOT_COMPRESSIBLE, NO_SIGNAL))
    states = (MEASURED, *said) if said else ()
    return Place(name=f"pressure-{phase}-{site}-{side}", site=site, side=side, phase=phase, states=states)


def _rows(phase: Phase) -> tuple[Row, ...]:
    # No criterion uses a toe after exercise, so nobody is asked for one.
    sites = SITES if phase is Phase.REST else (Site.BRACHIAL, *_ANKLES)
    return tuple(
        Row(title=SITE_NAMES[site], places=(_place(phase, site, Side.RIGHT), _place(phase, site, Side.LEFT))) for site in sites
    )


ROWS: Mapping[Phase, tuple[Row, ...]] = {phase: _rows(phase) for phase in Phase}
PLACES = tuple(place for rows in ROWS.values() for row in rows for place in row.places)
FIELDS = frozenset(
    [UNIT, MINUTES, *(place.name for place in PLACES), *(f"{place.name}-state" for place in PLACES if place.states)]
)


def read_pressures(fields: Fields, limits: PressureLimits) -> tuple[tuple[TakenPressure, ...], tuple[Problem, ...]]:
    """The pressures that were filled in, and what is wrong with the others."""
    unit = fields.get(UNIT) or UNITS[0]
    if unit not in UNITS:
        return (), (_problem(UNIT, f"The unit is “{unit[:_SHOWN]}”. Choose {' or '.join(UNITS)}."),)
    minutes, problems = _minutes(fields.get(MINUTES, "").strip())
    taken: list[TakenPressure] = []
    for place in PLACES:
        read = _read(place, fields, unit, minutes, limits)
        if isinstance(read, TakenPressure):
            taken.append(read)
        elif read is not None:
            problems.append(read)
    return tuple(taken), tuple(problems)


def _minutes(given: str) -> tuple[Decimal | None, list[Problem]]:
    if not given:
        return None, []
    value = Decimal(given.replace(",", ".")) if _NUMBER.fullmatch(given) else None
    if value is None or value > LATEST_MINUTES:
        said = f"“{given[:_SHOWN]}” minutes cannot be. Give the minutes since the end of exercise, 0 to {LATEST_MINUTES}, or leave it open."
        return None, [_problem(MINUTES, said)]
    return value, []


def _read(
    place: Place, fields: Fields, unit: str, minutes: Decimal | None, limits: PressureLimits
) -> TakenPressure | Problem | None:
    given, state = fields.get(place.name, "").strip(), fields.get(f"{place.name}-state", "")
    if not given and not state:
        return None
    if state and state not in place.states:
        return _problem(place.name, f"“{state[:_SHOWN]}” cannot be said of {place.label}. Choose one of the list.")
    if given and not _NUMBER.fullmatch(given):
        return _problem(place.name, f"“{given[:_SHOWN]}” is not a pressure. Give a number in {unit}, or leave it open.")
    value = Decimal(given.replace(",", ".")) if given else None
    wrong = _wrong(place, value, state, unit, limits)
    if wrong:
        return _problem(place.name, wrong)
    return TakenPressure(
        site=place.site,
        side=place.side,
        phase=place.phase,
        value=Decimal(0) if state == NO_SIGNAL else value,
        unit=unit,
        compressible=state != NOT_COMPRESSIBLE,
        minutes_after_exercise=minutes if place.phase is Phase.POST_EXERCISE else None,
    )


def _wrong(place: Place, value: Decimal | None, state: str, unit: str, limits: PressureLimits) -> str:
    if value is None:
        return ""
    if state == NO_SIGNAL:
        return "" if value == 0 else f"{value} {unit} and no signal cannot both be. Leave out one of them."
    factor = ONE if unit == UNITS[0] else MMHG_PER_KPA
    low, high = believed(place.site, limits)
    if not low <= value * factor <= high:
        return f"{value} {unit} is outside {low} to {high} mmHg. Correct it, or look at the unit ({' or '.join(UNITS)})."
    if value == 0:
        return "0 is no pressure. If no signal was heard choose “no signal”."
    if factor == ONE and value in SENTINELS and state == MEASURED:
        return f"{value} is what devices send instead of a reading. If the signal was still there choose “incompressible”, else measure again."
    return ""


def _problem(name: str, said: str) -> Problem:
    return Problem(issue_type="value", diagnostics=said, expression=name)


def filled_after_exercise(fields: Fields) -> bool:
    """Whether anything was filled in after exercise, so that it is to be shown."""
    names: Iterator[str] = (name for name in fields if name.startswith(f"pressure-{Phase.POST_EXERCISE}") or name == MINUTES)
    return any(fields[name] for name in names)
