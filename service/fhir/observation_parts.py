"""Pieces of an index Observation: quantities, components, sides, reasons for a missing value."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from service.clinical.indices import Ischaemia, Leg, NotComputed, Ratio, Reading
from service.clinical.measurements import Bound, Side
from service.fhir import sentences
from service.fhir.answer_frame import LEG
from service.fhir.elements import Json
from service.fhir.fixed import Fixed
from service.fhir.terminology import snomed
from service.fhir.terminology.code import DATA_ABSENT_REASON, INTERPRETATION, UCUM, Code
from service.fhir.terminology.own import INDICES

RATIO_UNIT = ("ratio", "{ratio}")
PRESSURE_UNIT = ("mmHg", "mm[Hg]")
PERCENT_UNIT = ("%", "%")

NORMAL = Code(INTERPRETATION, "N", "Normal")
LOW = Code(INTERPRETATION, "L", "Low")
HIGH = Code(INTERPRETATION, "H", "High")
OFF_SCALE_HIGH = Code(INTERPRETATION, ">", "Off scale high")
EQUIVOCAL = Code(INTERPRETATION, "E", "Equivocal")
POSITIVE = Code(INTERPRETATION, "POS", "Positive")
NEGATIVE = Code(INTERPRETATION, "NEG", "Negative")

UNKNOWN = Code(DATA_ABSENT_REASON, "unknown", "Unknown")
_NOT_APPLICABLE = Code(DATA_ABSENT_REASON, "not-applicable", "Not Applicable")
_BEYOND_MEASURE = Fixed(Code(DATA_ABSENT_REASON, "positive-infinity", "Positive Infinity (PINF)").coding())

_ANKLE: Mapping[Side, Code] = {Side.RIGHT: snomed.RIGHT_ANKLE, Side.LEFT: snomed.LEFT_ANKLE}
_COMPARATOR: Mapping[Bound, str] = {Bound.ABOVE: ">", Bound.BELOW: "<"}
# Whole mmHg divide to quotients that lie further from a rounding edge than a millionth: six decimals never hide on which side a value fell.
_MILLIONTH = Decimal("0.000001")
_TENTH = Decimal("0.1")


ANKLE: Mapping[Side, Json] = {side: Fixed({"coding": [code.coding()], "text": f"{side} ankle"}) for side, code in _ANKLE.items()}
"""The bodySite of everything about one leg, so that Observations can be sorted by leg by one code."""
TOE: Mapping[Side, Json] = {side: Fixed({"coding": [snomed.TOE.coding()], "text": f"{side} toe"}) for side in Side}
"""No verified SNOMED code names one side's toe: the side is in the text, and in the LOINC code of the index."""
OWN_CODE: Mapping[tuple[str, Side], Json] = {
    (code, side): Fixed({"coding": [concept.coding("index")], "text": f"{concept.display}, {LEG[side]}"})
    for code, concept in INDICES.items()
    for side in Side
}
"""Observation.code of one of our index codes."""
_PART_CODE: Mapping[str, Json] = {code: Fixed({"coding": [concept.coding("index")]}) for code, concept in INDICES.items()}


def quantity(value: Decimal, unit: tuple[str, str], bound: Bound = Bound.EXACT) -> Json:
    """`unit`: (as read by people, UCUM code)."""
    comparator: Json = {} if bound is Bound.EXACT else {"comparator": _COMPARATOR[bound]}
    return {"value": value, **comparator, "unit": unit[0], "system": UCUM, "code": unit[1]}


def absent(reason: NotComputed) -> Json:
    """dataAbsentReason of an index that could not be computed. Not in the record is not the same as not performed: "unknown"."""
    code = _NOT_APPLICABLE if reason is NotComputed.LEG_AMPUTATED else UNKNOWN
    return {"dataAbsentReason": {"coding": [code.coding()], "text": sentences.not_computed(reason).capitalize()}}


def ratio_value(ratio: Ratio) -> Json:
    """valueQuantity, or the dataAbsentReason of a ratio without a number."""
    if ratio.value is not None:
        return {"valueQuantity": quantity(ratio.value, RATIO_UNIT, ratio.bound)}
    if ratio.bound is Bound.ABOVE:
        return {
            "dataAbsentReason": {
                "coding": [_BEYOND_MEASURE],
                "text": "No cuff pressure closes the artery, and no number was recorded",
            }
        }
    return absent(NotComputed.NO_ARM_PRESSURE)


def component(code: str, value: Json) -> Json:
    return {"code": _PART_CODE[code], **value}


def measured(code: str, value: Decimal, unit: tuple[str, str]) -> Json:
    """A component with a number, to a tenth."""
    return component(code, {"valueQuantity": quantity(tidy(value), unit)})


def pressure(code: str, reading: Reading) -> Json:
    """A component with the pressure an index rests on."""
    if reading.mmhg is None:
        return component(
            code,
            {"dataAbsentReason": {"coding": [_BEYOND_MEASURE], "text": "Does not compress; no number was recorded"}},
        )
    return component(code, {"valueQuantity": quantity(tidy(reading.mmhg), PRESSURE_UNIT, reading.bound)})


def parts_of(ratio: Ratio, *, numerator: str) -> list[Json]:
    """The ratio before rounding and the two pressures, as far as they are known. `numerator`: our code for the upper one."""
    found = []
    if ratio.raw is not None:
        found.append(
            component(
                "unrounded-ratio",
                {"valueQuantity": quantity(ratio.raw.quantize(_MILLIONTH, ROUND_HALF_UP), RATIO_UNIT, ratio.bound)},
            )
        )
    if ratio.numerator is not None:
        found.append(pressure(numerator, ratio.numerator))
    if ratio.denominator is not None:
        found.append(pressure("arm-systolic-pressure", ratio.denominator))
    return found


def perfusion(leg: Leg) -> list[Json]:
    """Components with what a grade of ischaemia may rest on besides the ABI."""
    readings = (("ankle-systolic-pressure", leg.ankle), ("toe-systolic-pressure", leg.toe))
    found = [pressure(code, reading) for code, reading in readings if reading]
    return [*found, measured("transcutaneous-oxygen-pressure", leg.oxygen.mmhg, PRESSURE_UNIT)] if leg.oxygen else found


def decided_by(leg: Leg, ischaemia: Ischaemia) -> tuple[str, datetime | None]:
    """In words what decided a grade of ischaemia, and when that was measured."""
    decisive = {
        "abi": ("ABI", leg.abi and leg.abi.ratio),
        "toe-pressure": ("toe pressure", leg.toe),
        "transcutaneous-oxygen": ("transcutaneous oxygen pressure", leg.oxygen),
        "ankle-pressure": ("ankle pressure", leg.ankle),
    }
    told, measurement = decisive[ischaemia.decided_by]
    return told, measurement.taken_at if measurement else None


def tidy(value: Decimal) -> Decimal:
    """To a tenth, half up; a whole number without decimals."""
    tenths = value.quantize(_TENTH, ROUND_HALF_UP)
    whole = tenths.to_integral_value()
    return whole if tenths == whole else tenths
