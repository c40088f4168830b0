"""Limb pressures and reported indices as read from the record, one unit inside: mmHg."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum


class Side(StrEnum):
    RIGHT = "right"
    LEFT = "left"

    @property
    def other(self) -> Side:
        return Side.LEFT if self is Side.RIGHT else Side.RIGHT


class Site(StrEnum):
    """Where the signal was listened to. ANKLE is an ankle pressure whose artery is not recorded."""

    BRACHIAL = "brachial"
    DORSALIS_PEDIS = "dorsalis-pedis"
    POSTERIOR_TIBIAL = "posterior-tibial"
    ANKLE = "ankle"
    TOE = "toe"


ANKLE_SITES = (Site.DORSALIS_PEDIS, Site.POSTERIOR_TIBIAL, Site.ANKLE)


class Phase(StrEnum):
    REST = "rest"
    POST_EXERCISE = "post-exercise"


class Bound(StrEnum):
    """How a number stands to the true value.

    ABOVE: the signal was still there at this cuff pressure, the vessel does not compress; BELOW: the value is smaller than this number.
    """

    EXACT = "exact"
    ABOVE = "above"
    BELOW = "below"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressure:
    """One systolic pressure. `mmhg` 0 is a measurement: no Doppler signal. `mmhg` None only with ABOVE: "does not compress", no number given.

    `source` is the reference of the resource it came from. `taken_at` is timezone-aware; with `day_only` only its date is known.
    """

    site: Site
    side: Side
    mmhg: Decimal | None
    source: str
    taken_at: datetime | None
    phase: Phase = Phase.REST
    bound: Bound = Bound.EXACT
    day_only: bool = False
    encounter: str | None = None
    minutes_after_exercise: Decimal | None = None


class IndexKind(StrEnum):
    ABI = "ankle-brachial-index"
    TBI = "toe-brachial-index"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedIndex:
    """An ABI or TBI computed elsewhere (a vascular laboratory). `value` None only with ABOVE: "noncompressible", no number given.

    `artery` is set when the code names it (a posterior tibial ABI is not the guideline's ABI when the dorsalis pedis was higher).
    """

    kind: IndexKind
    side: Side
    value: Decimal | None
    source: str
    taken_at: datetime | None
    phase: Phase = Phase.REST
    bound: Bound = Bound.EXACT
    day_only: bool = False
    encounter: str | None = None
    artery: Site | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurements:
    """Everything measured that could be read, in the order of the input, before repeats and sessions are sorted out."""

    pressures: tuple[Pressure, ...] = ()
    reported: tuple[ReportedIndex, ...] = ()
