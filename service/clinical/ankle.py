"""Which reading stands for an ankle."""

from __future__ import annotations

from decimal import Decimal

from service.clinical.indices import Reading
from service.clinical.measurements import ANKLE_SITES, Bound, Phase, Side, Site
from service.clinical.session import Study
from service.evidence.abi_categories import AbiCategories

_ANKLES = {(side, phase): tuple((site, side, phase) for site in ANKLE_SITES) for side in Side for phase in Phase}
_LOWER_THAN_ANY = Decimal(-1)


def arteries_of(one: Study, side: Side, phase: Phase = Phase.REST) -> tuple[Reading, ...]:
    """The ankle readings that count. One without an artery's name counts when no artery is named, or as the second artery when it did not compress."""
    known = one.by_place
    found = [known[place] for place in _ANKLES[side, phase] if place in known]
    if len(found) > 1 and found[-1].site is Site.ANKLE and not (len(found) == 2 and found[-1].bound is Bound.ABOVE):
        found.pop()
    return tuple(found)


def decisive(arteries: tuple[Reading, ...]) -> Reading | None:
    """The reading that stands for the ankle: one that did not compress, else the higher. A reading known only as an upper limit stands where it may be the higher."""
    if not arteries:
        return None
    above = Bound.ABOVE
    return max([reading for reading in arteries if reading.bound is above] or arteries, key=_height)


def _height(reading: Reading) -> tuple[Decimal, bool]:
    return _LOWER_THAN_ANY if reading.mmhg is None else reading.mmhg, reading.bound is Bound.EXACT


def superseded(one: Study, side: Side) -> Reading | None:
    """The reading without an artery's name that does not count because arteries are named."""
    ankle = one.at(Site.ANKLE, side)
    return None if ankle is None or any(reading is ankle for reading in arteries_of(one, side)) else ankle


def swapped_toe(one: Study, side: Side, thresholds: AbiCategories) -> tuple[Reading, Reading] | None:
    """Toe and ankle reading when the toe is so far above the ankle that the two entries were probably swapped."""
    toe = one.at(Site.TOE, side)
    if toe is None or toe.mmhg is None or toe.bound is Bound.BELOW:
        return None
    ankle = decisive(arteries_of(one, side))
    if ankle is None or ankle.mmhg is None or ankle.bound is not Bound.EXACT:
        return None
    return (toe, ankle) if toe.mmhg > ankle.mmhg + thresholds.tbi.toe_above_ankle_by_more_than.value else None
