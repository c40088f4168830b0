"""The findings that are numbers: what each may be, its unit, and the units it may come in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from service.fhir.units import MMHG_PER_KPA


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """What a number may be, and the unit strings it may come in (lower case, no blanks) with their factors to the finding's own unit."""

    low: Decimal
    high: Decimal
    unit: str
    factors: Mapping[str, Decimal]


def _factors(**groups: tuple[str, str]) -> dict[str, Decimal]:
    return {spelling: Decimal(factor) for factor, spellings in groups.values() for spelling in spellings.split()}


# Of the skin, breathing room air: what lies above was taken breathing oxygen and grades no foot.
_OXYGEN = Measure(
    low=Decimal(0),
    high=Decimal(150),
    unit="mm[Hg]",
    factors=_factors(mercury=("1", "mm[hg] mmhg torr"), pascal=(str(MMHG_PER_KPA), "kpa")),
)

MEASURES: Mapping[str, Measure] = {
    "walking-distance-m": Measure(
        low=Decimal(0),
        high=Decimal(50_000),
        unit="m",
        factors=_factors(
            metre=("1", "m metre metres meter meters"),
            kilometre=("1000", "km kilometre kilometres kilometer kilometers"),
            foot=("0.3048", "[ft_i] ft foot feet"),
            yard=("0.9144", "[yd_i] yd yard yards"),
            mile=("1609.344", "[mi_i] mi mile miles"),
        ),
    ),
    "symptom-duration-weeks": Measure(
        low=Decimal(0),
        high=Decimal(5_200),
        unit="wk",
        # The UCUM month is a twelfth of 365.25 days.
        factors=_factors(
            week=("1", "wk w week weeks"),
            month=("4.348125", "mo month months"),
            year=("52.1785714286", "a yr yrs year years"),
        ),
    ),
    "lowest-leg-power-mrc": Measure(
        low=Decimal(0), high=Decimal(5), unit="{score}", factors=_factors(score=("1", "1 {score} score /5"))
    ),
    "post-void-residual-ml": Measure(
        low=Decimal(0), high=Decimal(5_000), unit="mL", factors=_factors(millilitre=("1", "ml cc cm3"), litre=("1000", "l"))
    ),
    "egfr-ml-min-1.73m2": Measure(
        low=Decimal(0),
        high=Decimal(250),
        unit="mL/min/{1.73_m2}",
        factors=_factors(
            rate=(
                "1",
                "ml/min/{1.73_m2} ml/min/{1.73m2} ml/min/1.73m2 ml/min/1.73m² ml/min/1.73m^2 ml/min/1.73_m2 ml/min/1.73 ml/min/1.73sqm",
            )
        ),
    ),
    "tcpo2-mmhg-right": _OXYGEN,
    "tcpo2-mmhg-left": _OXYGEN,
}

PRESSURES = frozenset(code for code, measure in MEASURES.items() if measure is _OXYGEN)
"""Those that are pressures: their Quantity is read like that of every pressure, device codes and units at odds included."""
