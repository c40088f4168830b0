"""What to ask next: the most useful first, nothing already known, at most three."""

from __future__ import annotations

from typing import Any

from hypothesis import given

from service.clinical.assessment import Effort
from tests.clinical.patients import CLAUDICANT, STENOTIC, assessed, findings, study
from tests.clinical.test_differential import ANSWERS


def codes(told: dict[str, Any], *args: Any, **options: Any) -> list[str]:
    return [datum.code for datum in assessed(findings(leg_pain_on_walking=True, **told), *args, **options).next_data]


def test_with_only_a_pain_known_a_test_or_a_decisive_question_comes_first() -> None:
    asked = assessed(findings(leg_pain_on_walking=True)).next_data
    assert len(asked) == 3
    assert [datum.expected_bits for datum in asked] == sorted((datum.expected_bits for datum in asked), reverse=True)
    assert {datum.effort for datum in asked} <= set(Effort)


def test_with_the_history_taken_the_abi_is_next() -> None:
    assert codes({key: value for key, value in CLAUDICANT.items() if key != "leg_pain_on_walking"})[0] == "resting-abi"


@given(told=ANSWERS)
def test_nothing_known_is_asked_and_never_more_than_three(told: dict[str, Any]) -> None:
    asked = codes(told)
    assert len(asked) <= 3
    assert not {code.replace("-", "_") for code in asked} & set(told)


def test_a_measured_abi_is_not_asked_for_again() -> None:
    told = {key: value for key, value in STENOTIC.items() if key != "leg_pain_on_walking"}
    assert "resting-abi" not in codes(told, study(right=140, left=140))
