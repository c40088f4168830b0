"""Right and left exchanged in one part of the record show as parts that do not agree."""

from __future__ import annotations

from typing import Any

import pytest

from service.clinical.assessment import Assessment
from service.clinical.data_issues import IssueCode
from service.clinical.measurements import Measurements
from tests.clinical.patients import CLAUDICANT, NO_PRESSURES, assessed, findings, study

FELT = {"pulse_dorsalis_pedis_{}": "present", "pulse_posterior_tibial_{}": "present"}


def pulses(*, absent: str, felt: str) -> dict[str, str]:
    told = {name.format(felt): value for name, value in FELT.items()}
    return {**told, f"pulse_dorsalis_pedis_{absent}": "absent"}


def remarks(result: Assessment) -> list[str]:
    return [one.detail for one in result.issues if one.code is IssueCode.CONFLICTING_ANSWERS and "exchanged" in one.detail]


@pytest.mark.parametrize(
    ("told", "measured", "expected"),
    [
        # Pain on the right; 81 of 130 is 0.62 on the left, 130 of 130 is 1.00 on the right.
        (CLAUDICANT, study(right=130, left=81), ["The symptoms point at the right leg only, the pressures at the left leg only"]),
        (
            CLAUDICANT | pulses(absent="left", felt="right"),
            NO_PRESSURES,
            ["The symptoms point at the right leg only, the foot pulses at the left"],
        ),
        (
            pulses(absent="right", felt="left") | {"foot_wound_left": True},
            study(right=81, left=130),
            [
                "The pressures point at the right leg only, skin and wounds",
                "The foot pulses point at the right leg only, skin and wounds",
            ],
        ),
    ],
)
def test_two_parts_of_the_record_that_name_different_legs_are_told(
    told: dict[str, Any], measured: Measurements, expected: list[str]
) -> None:
    said = remarks(assessed(findings(**told), measured))
    assert [text[: len(start)] for text, start in zip(said, expected, strict=True)] == expected


@pytest.mark.parametrize(
    ("told", "measured"),
    [
        (CLAUDICANT, study(right=81, left=130)),
        # Disease in both legs, and pain in one.
        (CLAUDICANT, study(right=100, left=81)),
        (CLAUDICANT | {"symptom_side": "both"}, study(right=130, left=81)),
        # The other leg was not measured, or not felt.
        (CLAUDICANT, study(left=81)),
        (CLAUDICANT | {"pulse_dorsalis_pedis_left": "absent"}, NO_PRESSURES),
        (pulses(absent="left", felt="right"), study(right=130, left=81)),
        (CLAUDICANT | {"foot_wound_left": True, "foot_wound_right": True}, NO_PRESSURES),
    ],
)
def test_parts_that_agree_or_do_not_speak_of_one_leg_are_left_alone(told: dict[str, Any], measured: Measurements) -> None:
    assert remarks(assessed(findings(**told), measured)) == []


def test_what_is_doubtful_is_used_all_the_same() -> None:
    result = assessed(findings(**CLAUDICANT), study(right=130, left=81))
    (issue,) = [one for one in result.issues if "exchanged" in one.detail]
    assert issue.used
    assert issue.source is not None
