"""Units of pressures and indices, in every spelling seen in records, as a factor to mmHg or to a plain ratio.

Quirks known here: "mmHg" and "mm Hg" sent as UCUM codes, upper case UCUM, "torr", codes of another system (device nomenclature) beside a
readable unit text, any annotation in braces as the unit of an index, and the percent sign.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from service.fhir.terminology.code import UCUM

MMHG_PER_KPA = Decimal("7.50062")
"""Conventional millimetre of mercury: 133.322 Pa."""

ONE = Decimal(1)
PERCENT = Decimal("0.01")

_MMHG = frozenset(
    {
        "mm[hg]",
        "mmhg",
        "mm(hg)",
        "mm-hg",
        "torr",
        "mmmercury",
        "millimeterofmercury",
        "millimetersofmercury",
        "millimetreofmercury",
        "millimetresofmercury",
    }
)
_KPA = frozenset({"kpa", "k[pa]", "kilopascal", "kilopascals"})
_RATIO = frozenset({"1", "ratio", "index", "abi", "abpi", "tbi", "tbpi"})
_PERCENT = frozenset({"%", "percent", "pct"})


_KEPT = 64
"""Spellings of units whose meaning is kept: the same few come again and again."""


class Unit(NamedTuple):
    """`factor` turns the number into mmHg or a ratio. None with an empty `problem`: no unit was sent."""

    factor: Decimal | None
    problem: str = ""


def pressure_unit(quantity: Mapping[str, Any]) -> Unit:
    """The unit of a pressure Quantity."""
    return _unit(quantity, _pressure_factor, "mm[Hg] or kPa")


def index_unit(quantity: Mapping[str, Any]) -> Unit:
    """The unit of an index Quantity. None sent means a plain ratio, as the indices have no dimension."""
    unit = _unit(quantity, _index_factor, "{ratio}, 1 or %")
    return Unit(ONE) if unit == Unit(None) else unit


def is_pressure(quantity: Mapping[str, Any]) -> bool:
    """Whether the Quantity carries a unit of pressure that we read."""
    return pressure_unit(quantity).factor is not None


@lru_cache(maxsize=_KEPT)
def _pressure_factor(spelling: str) -> Decimal | None:
    plain = "".join(spelling.lower().split()).rstrip(".")
    if plain in _MMHG:
        return ONE
    return MMHG_PER_KPA if plain in _KPA else None


@lru_cache(maxsize=_KEPT)
def _index_factor(spelling: str) -> Decimal | None:
    plain = "".join(spelling.lower().split())
    if plain in _RATIO or (plain.startswith("{") and plain.endswith("}")):
        return ONE
    return PERCENT if plain in _PERCENT else None


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""


def _unit(quantity: Mapping[str, Any], factor_of: Callable[[str], Decimal | None], expected: str) -> Unit:
    unit = _text(quantity.get("unit"))
    # The code of another system (device nomenclature) says nothing to us; the text beside it may.
    code = _text(quantity.get("code")) if _text(quantity.get("system")) in ("", UCUM) else ""
    if code:
        by_code = factor_of(code)
        if by_code is None:
            return Unit(None, f"the unit code '{code}' is not {expected}")
        by_unit = by_code if unit == code else factor_of(unit)
        if by_unit is not None and by_unit != by_code:
            return Unit(None, f"the unit code '{code}' and the unit text '{unit}' disagree")
        return Unit(by_code)
    by_unit = factor_of(unit)
    if unit and by_unit is None:
        return Unit(None, f"the unit '{unit}' is not {expected}")
    return Unit(by_unit)
