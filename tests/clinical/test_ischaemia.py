"""The WIfI ischaemia grade: each measurement's edges, which one decides, and which do not count."""

from __future__ import annotations

from decimal import Decimal

import pytest

from service.clinical.foot_oxygen import with_oxygen
from service.clinical.indices import FootOxygen, Ischaemia
from service.clinical.ischaemia import abi_grade, ankle_grade, oxygen_grade, toe_grade
from tests.clinical.pressures import R, arms, indices, lab, p, thresholds

WIFI = thresholds().wifi


@pytest.mark.parametrize(
    ("value", "grade"), [("0.80", 0), ("0.79", 1), ("0.60", 1), ("0.59", 2), ("0.40", 2), ("0.39", 3), ("0.00", 3)]
)
def test_grade_by_abi(value: str, grade: int) -> None:
    assert abi_grade(Decimal(value), WIFI) == grade


@pytest.mark.parametrize(("mmhg", "grade"), [("100.1", 0), ("100", 1), ("70", 1), ("69.9", 2), ("50", 2), ("49.9", 3), ("0", 3)])
def test_grade_by_ankle_where_70_is_grade_1_and_50_grade_2(mmhg: str, grade: int) -> None:
    assert ankle_grade(Decimal(mmhg), WIFI) == grade


@pytest.mark.parametrize(("mmhg", "grade"), [("60", 0), ("59.9", 1), ("40", 1), ("39.9", 2), ("30", 2), ("29.9", 3), ("0", 3)])
def test_grade_by_toe(mmhg: str, grade: int) -> None:
    assert toe_grade(Decimal(mmhg), WIFI) == grade


@pytest.mark.parametrize(
    ("readings", "expected"),
    [
        ({"toe": 22, "dp": 98}, (3, "toe-pressure")),
        ({"toe": 65, "dp": 70}, (2, "abi")),
        ({"toe": 50, "dp": 98}, (1, "toe-pressure")),
        ({"dp": 98}, (1, "abi")),
        ({"dp": 70}, (2, "abi")),
        ({"dp": 40}, (3, "abi")),
        ({"toe": 60, "dp": 130}, (0, "toe-pressure")),
        ({"toe": 45, "dp": 210}, (1, "toe-pressure")),
        ({"toe": 60, "dp": ">250"}, (0, "toe-pressure")),
        ({"toe": 60, "dp": ">"}, (0, "toe-pressure")),
        ({"toe": "<30", "dp": 150}, (3, "toe-pressure")),
        ({"toe": "<40", "dp": 150}, (0, "abi")),
        ({"toe": ">60", "dp": ">250"}, (0, "toe-pressure")),
        ({"toe": "<50"}, None),
        ({"toe": ">40"}, None),
        ({"toe": ">"}, None),
        ({"dp": ">250"}, None),
        ({"dp": 230}, None),
        ({"dp": "<50"}, (3, "abi")),
        ({"dp": "<120"}, None),
        ({}, None),
    ],
)
def test_the_worst_that_counts_decides_and_is_named(readings: dict[str, int | str], expected: tuple[int, str] | None) -> None:
    leg = indices(*arms(), *(p(site, R, value) for site, value in readings.items())).right
    assert leg.ischaemia == (None if expected is None else Ischaemia(grade=expected[0], decided_by=expected[1]))


def test_an_ankle_pressure_counts_without_an_arm() -> None:
    assert indices(p("dp", R, 65)).right.ischaemia == Ischaemia(grade=2, decided_by="ankle-pressure")
    assert indices(p("dp", R, "<50")).right.ischaemia == Ischaemia(grade=3, decided_by="ankle-pressure")


def test_the_worse_of_abi_and_ankle_counts() -> None:
    assert indices(*arms(80, 80), p("dp", R, 66)).right.ischaemia == Ischaemia(grade=2, decided_by="ankle-pressure")


def test_a_reported_abi_counts_unless_it_is_noncompressible() -> None:
    assert indices(lab("abi", R, "0.35")).right.ischaemia == Ischaemia(grade=3, decided_by="abi")
    assert indices(lab("abi", R, ">")).right.ischaemia is None


@pytest.mark.parametrize(("mmhg", "grade"), [("60", 0), ("59.9", 1), ("40", 1), ("39.9", 2), ("30", 2), ("29.9", 3), ("0", 3)])
def test_grade_by_oxygen_of_the_skin(mmhg: str, grade: int) -> None:
    assert oxygen_grade(Decimal(mmhg), WIFI) == grade


@pytest.mark.parametrize(
    ("readings", "oxygen", "expected"),
    [
        ({}, "29.9", (3, "transcutaneous-oxygen")),
        ({"dp": ">250"}, "45", (1, "transcutaneous-oxygen")),
        ({"toe": 65, "dp": ">250"}, "25", (3, "transcutaneous-oxygen")),
        ({"toe": 35, "dp": ">250"}, "39", (2, "toe-pressure")),
        ({"toe": 22, "dp": 98}, "70", (3, "toe-pressure")),
        ({"dp": 98}, "70", (1, "abi")),
        ({"dp": 70}, "35", (2, "transcutaneous-oxygen")),
    ],
)
def test_oxygen_counts_beside_the_others_and_behind_stiff_arteries(
    readings: dict[str, int | str], oxygen: str, expected: tuple[int, str]
) -> None:
    measured = {R: FootOxygen(mmhg=Decimal(oxygen), sources=("Observation/oxygen",))}
    found = with_oxygen(indices(*arms(), *(p(site, R, value) for site, value in readings.items())), measured, WIFI)
    assert found.right.ischaemia == Ischaemia(grade=expected[0], decided_by=expected[1])
    assert found.left.ischaemia is None
