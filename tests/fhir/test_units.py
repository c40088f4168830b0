"""Every spelling of a unit seen in records, and what is not a unit of ours."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from service.fhir.units import MMHG_PER_KPA, ONE, PERCENT, Unit, index_unit, is_pressure, pressure_unit

UCUM = "http://unitsofmeasure.org"


@pytest.mark.parametrize(
    "spelling", ["mm[Hg]", "mmHg", "mm Hg", "mm(Hg)", "MMHG", "MM[HG]", "torr", "Torr", " mmHg. ", "millimeters of mercury"]
)
def test_mmhg_in_every_spelling(spelling: str) -> None:
    assert pressure_unit({"unit": spelling}) == pressure_unit({"code": spelling, "system": UCUM}) == Unit(ONE)


@pytest.mark.parametrize("spelling", ["kPa", "KPA", "kilopascal"])
def test_kilopascal(spelling: str) -> None:
    assert pressure_unit({"unit": spelling}) == Unit(MMHG_PER_KPA)


def test_sixteen_kilopascal_are_120_mmhg() -> None:
    assert Decimal(16) * MMHG_PER_KPA == Decimal("120.00992")


@pytest.mark.parametrize(
    ("quantity", "problem"),
    [
        ({"unit": "cmH2O"}, "the unit 'cmH2O' is not mm[Hg] or kPa"),
        ({"code": "%", "system": UCUM}, "the unit code '%' is not mm[Hg] or kPa"),
        ({"code": "%", "unit": "mmHg"}, "the unit code '%' is not mm[Hg] or kPa"),
        ({"code": "kPa", "unit": "mmHg", "system": UCUM}, "the unit code 'kPa' and the unit text 'mmHg' disagree"),
    ],
)
def test_what_is_no_unit_of_pressure_is_told(quantity: dict[str, Any], problem: str) -> None:
    assert pressure_unit(quantity) == Unit(None, problem)


@pytest.mark.parametrize(
    ("quantity", "unit"),
    [
        ({}, Unit(None)),
        ({"unit": 1}, Unit(None)),
        ({"code": "mm[Hg]", "unit": "mmHg sys"}, Unit(ONE)),
        ({"code": "266016", "system": "urn:iso:std:iso:11073:10101", "unit": "mmHg"}, Unit(ONE)),
    ],
)
def test_code_before_text_and_the_codes_of_devices_are_passed_over(quantity: dict[str, Any], unit: Unit) -> None:
    assert pressure_unit(quantity) == unit


@pytest.mark.parametrize("spelling", ["{ratio}", "{index}", "{ABI}", "1", "ratio", "index", "", "ABPI"])
def test_a_ratio_in_every_spelling(spelling: str) -> None:
    assert index_unit({"unit": spelling}) == Unit(ONE)


@pytest.mark.parametrize("quantity", [{"unit": "%"}, {"code": "%", "unit": "percent"}])
def test_percent(quantity: dict[str, Any]) -> None:
    assert index_unit(quantity) == Unit(PERCENT)


@pytest.mark.parametrize("quantity", [{"unit": "mmHg"}, {"code": "1", "unit": "%"}])
def test_what_is_no_unit_of_an_index_is_told(quantity: dict[str, Any]) -> None:
    assert index_unit(quantity).problem


def test_only_a_unit_of_pressure_makes_a_pressure() -> None:
    assert is_pressure({"unit": "kPa"})
    assert not is_pressure({"unit": "{ratio}"})
    assert not is_pressure({})
