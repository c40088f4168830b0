"""Probabilities, odds and what evidence does to them. All logarithms are natural."""

from __future__ import annotations

import math


def log_odds(probability: float) -> float:
    """Of a probability strictly between 0 and 1."""
    return math.log(probability / (1.0 - probability))


def probability(log_odds: float) -> float:
    """The inverse of `log_odds`, without overflow at either end."""
    if log_odds >= 0:
        return 1.0 / (1.0 + math.exp(-log_odds))
    odds = math.exp(log_odds)
    return odds / (1.0 + odds)


def clamped(value: float, *, limit: float) -> float:
    """The value, kept within -limit to +limit."""
    if value > limit:
        return limit
    return -limit if value < -limit else value


def entropy_bits(share: float) -> float:
    """How uncertain a yes/no question is: 1 bit at one half, 0 at certainty."""
    if share <= 0.0 or share >= 1.0:
        return 0.0
    return -(share * math.log2(share) + (1.0 - share) * math.log2(1.0 - share))
