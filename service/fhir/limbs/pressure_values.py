"""A pressure as it was sent, in mmHg: the unit, what devices send instead of a reading, and what no cuff reads."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from service.clinical.data_issues import IssueCode
from service.clinical.measurements import Bound, Site
from service.evidence.reading_limits import PressureLimits
from service.fhir.limbs.measured_values import Raw
from service.fhir.units import ONE, pressure_unit

SENTINELS = frozenset(map(Decimal, (-1, 255, 300, 666, 777, 888, 999)))
"""What devices and exports send in place of a reading: the cuff's maximum, a full byte, repeated digits."""


class Doubt(NamedTuple):
    """Something doubtful about a value; one that is not `used` sets it aside."""

    code: IssueCode
    detail: str
    used: bool = False


def believed(site: Site, limits: PressureLimits) -> tuple[Decimal, Decimal]:
    """The lowest and the highest pressure in mmHg that is believed at a site, both included."""
    if site is Site.BRACHIAL:
        return limits.arm_from.value, limits.arm_to.value
    return Decimal(0), (limits.toe_to if site is Site.TOE else limits.ankle_to).value


def in_mmhg(raw: Raw, site: Site, named: str, limits: PressureLimits) -> tuple[Decimal | None, Doubt | None]:
    """The value in mmHg, and what is doubtful about it. `named`: side and site, for the words."""
    arm = site is Site.BRACHIAL
    if arm and (raw.bound is not Bound.EXACT or raw.no_signal):
        detail = f"{named} pressure: a bound or an absent signal cannot serve as the arm of an index; measure the arm again"
        return None, Doubt(IssueCode.VALUE_IMPLAUSIBLE, detail)
    if raw.value is None:
        return None, None
    unit = pressure_unit(raw.unit)
    if unit.problem:
        return None, Doubt(
            IssueCode.UNIT_NOT_UNDERSTOOD, f"{named} pressure {raw.value}: {unit.problem}; send the UCUM code mm[Hg]"
        )
    if unit.factor in (None, ONE) and raw.bound is Bound.EXACT and raw.value in SENTINELS:
        detail = (
            f"{named} pressure: {raw.value} is what devices send instead of a reading; "
            "if the signal was still there at that cuff pressure send the comparator '>', else a dataAbsentReason"
        )
        return None, Doubt(IssueCode.SENTINEL_VALUE, detail)
    above, up_to = limits.unit_assumed_above.value, limits.unit_assumed_to.value
    if unit.factor is None and raw.value != 0 and not above < raw.value <= up_to:
        detail = f"{named} pressure {raw.value} has no unit and may not be mmHg, which is assumed only above {above} and up to {up_to}; send mm[Hg]"
        return None, Doubt(IssueCode.UNIT_NOT_UNDERSTOOD, detail)
    mmhg = raw.value * (unit.factor or ONE)
    low, high = believed(site, limits)
    if not low <= mmhg <= high:
        hint = (
            "; this looks like kPa, send the unit it is in"
            if arm and 0 < mmhg < limits.kpa_suspected_below.value
            else "; correct it or measure again"
        )
        return None, Doubt(IssueCode.VALUE_IMPLAUSIBLE, f"{named} pressure {raw.value}: outside {low} to {high} mmHg{hint}")
    if raw.value == 0 and not raw.no_signal:
        detail = f"{named} pressure is 0 and nothing says that no signal was heard; it was used as no signal, confirm it or send a dataAbsentReason"
        return mmhg, Doubt(IssueCode.ASSUMED, detail, used=True)
    if unit.factor is None and raw.value != 0:
        return mmhg, Doubt(
            IssueCode.ASSUMED, f"{named} pressure {raw.value} has no unit; mmHg was assumed, send mm[Hg]", used=True
        )
    return mmhg, None
