"""Each pressure and each reported index the page rests on, with the time it was taken."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from service.clinical.indices import Indices, Leg, Reading
from service.clinical.measurements import Bound, Phase, ReportedIndex
from service.web.pages.assessment.leg_drawing import readings
from service.web.pages.assessment.measured_words import NOT_COMPRESSIBLE, SITE_NAMES, at, mmhg


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenReading:
    """`age`: whole days before the moment of the assessment, in words."""

    side: str
    place: str
    value: str
    counts: bool
    taken_at: str
    age: str


def taken_readings(indices: Indices, *, as_of: datetime) -> Iterator[TakenReading]:
    """Right side first, from arm to toe, what was taken at rest before what was taken after exercise."""
    for leg in indices.legs:
        for reading, counts in readings(leg, indices):
            yield _taken(reading, counts, as_of)
        yield from (_taken(reading, True, as_of) for reading in _after_exercise(leg))
        for index in (leg.abi, leg.tbi):
            if index is not None and index.ratio.reported is not None:
                yield _reported(index.ratio.reported, as_of)


def _after_exercise(leg: Leg) -> Iterator[Reading]:
    if leg.exercise is not None and leg.exercise.post_abi is not None:
        ratio = leg.exercise.post_abi
        yield from (reading for reading in (ratio.numerator, ratio.denominator) if reading is not None)


def _taken(reading: Reading, counts: bool, as_of: datetime) -> TakenReading:
    after = ", after exercise" if reading.phase is Phase.POST_EXERCISE else ""
    return TakenReading(
        side=reading.side.value,
        place=f"{SITE_NAMES[reading.site]}{after}",
        value=mmhg(reading),
        counts=counts,
        taken_at=at(reading.taken_at),
        age=_age(reading.taken_at, as_of),
    )


def _reported(index: ReportedIndex, as_of: datetime) -> TakenReading:
    value = NOT_COMPRESSIBLE if index.value is None else f"{index.value}"
    limit = "" if index.bound is Bound.EXACT or index.value is None else f"{index.bound} "
    return TakenReading(
        side=index.side.value,
        place=f"{index.kind.replace('-', ' ')}, as reported",
        value=f"{limit}{value}",
        counts=True,
        taken_at=at(index.taken_at),
        age=_age(index.taken_at, as_of),
    )


def _age(taken_at: datetime | None, as_of: datetime) -> str:
    if taken_at is None:
        return ""
    days = (as_of - taken_at).days
    return "same day" if days <= 0 else f"{days} day{'s' if days > 1 else ''} before"
