"""Odds and entropy at their edges."""

from __future__ import annotations

import math

import pytest

from service.clinical.probability import clamped, entropy_bits, log_odds, probability


@pytest.mark.parametrize("share", [0.001, 0.05, 0.5, 0.95, 0.999])
def test_log_odds_and_probability_undo_each_other(share: float) -> None:
    assert probability(log_odds(share)) == pytest.approx(share)


def test_probability_does_not_overflow_at_either_end() -> None:
    assert probability(800.0) == 1.0
    assert probability(-800.0) == 0.0


def test_clamping_keeps_within_the_limit() -> None:
    assert [clamped(value, limit=3.0) for value in (-4.0, 0.5, 4.0)] == [-3.0, 0.5, 3.0]


def test_entropy_is_one_bit_at_one_half_and_none_at_certainty() -> None:
    assert entropy_bits(0.5) == 1.0
    assert entropy_bits(0.0) == entropy_bits(1.0) == 0.0
    assert entropy_bits(0.25) == pytest.approx(2 - 0.75 * math.log2(3))
