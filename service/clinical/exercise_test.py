"""The exercise test: how far ABI and ankle pressure fall from rest to the first minute after exercise, in the same artery."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from service.clinical.indices import ExerciseResult, ExerciseTest, Ratio, Reading
from service.clinical.measurements import Bound
from service.evidence.abi_categories import ExerciseThresholds


def same_artery(rest: Iterable[Reading], post: Iterable[Reading]) -> tuple[Reading, Reading] | None:
    """The artery to compare: of those measured before and after, the one with the higher exact pressure at rest. None: there is no such artery."""
    after = {reading.site: reading for reading in post if reading.bound is not Bound.ABOVE}
    pairs = [
        (reading.mmhg, reading, after[reading.site])
        for reading in rest
        if reading.bound is Bound.EXACT and reading.mmhg is not None and reading.site in after
    ]
    return max(pairs, key=lambda pair: pair[0])[1:] if pairs else None


def judge(
    *,
    artery: tuple[Reading, Reading] | None,
    abi: tuple[Ratio, Ratio] | None,
    sources: tuple[str, ...],
    thresholds: ExerciseThresholds,
) -> ExerciseTest:
    """Both criteria and what they come to. `artery` and `abi` are (rest, after exercise), each None where not known; rest and after must be one session's.

    Positive is an ABI fall of more than 20 % or an ankle fall of more than 30 mmHg (as the thresholds have it). Decisions of this project: both
    positive is concordant; one positive, the other negative or not known, is discordant; an ABI that did not fall is negative even where the
    ankle fall is not known; an ankle that did not fall is not, because the arm's rise may hide a fall of the ABI. Where the pressure after exercise is known only as
    an upper limit, a criterion can be met but not missed, and no fall is given.
    """
    abi_fall, abi_met = _abi_fall(abi, thresholds)
    ankle_fall, ankle_met = _ankle_fall(artery, thresholds)
    return ExerciseTest(
        result=_result(abi_met, ankle_met),
        post_abi=None if abi is None else abi[1],
        abi_fall_percent=abi_fall,
        ankle_fall_mmhg=ankle_fall,
        abi_criterion=abi_met,
        ankle_criterion=ankle_met,
        sources=sources,
    )


def _result(abi_met: bool | None, ankle_met: bool | None) -> ExerciseResult:
    if abi_met and ankle_met:
        return ExerciseResult.CONCORDANT_POSITIVE
    if abi_met or ankle_met:
        return ExerciseResult.DISCORDANT
    return ExerciseResult.NOT_COMPUTABLE if abi_met is None else ExerciseResult.NEGATIVE


def _abi_fall(abi: tuple[Ratio, Ratio] | None, thresholds: ExerciseThresholds) -> tuple[Decimal | None, bool | None]:
    if abi is None:
        return None, None
    rest, post = _fraction(abi[0]), _fraction(abi[1])
    if rest is None or post is None or not rest[0]:
        return None, None
    # By products, not quotients: a fall of exactly the limit must not be decided by the last digit of a division.
    before, after = rest[0] * post[1], post[0] * rest[1]
    fall = (before - after) * 100
    met = fall > thresholds.abi_fall_more_than_percent.value * before
    if abi[1].bound is Bound.BELOW:
        return None, met or None
    return fall / before, met


def _ankle_fall(artery: tuple[Reading, Reading] | None, thresholds: ExerciseThresholds) -> tuple[Decimal | None, bool | None]:
    if artery is None or artery[0].mmhg is None or artery[1].mmhg is None:
        return None, None
    fall = artery[0].mmhg - artery[1].mmhg
    met = fall > thresholds.ankle_fall_more_than.value
    if artery[1].bound is Bound.BELOW:
        return None, met or None
    return fall, met


def _fraction(ratio: Ratio) -> tuple[Decimal, Decimal] | None:
    """Numerator and denominator in mmHg; of a reported index the index itself over one."""
    if ratio.numerator and ratio.denominator and ratio.numerator.mmhg is not None and ratio.denominator.mmhg is not None:
        return ratio.numerator.mmhg, ratio.denominator.mmhg
    return None if ratio.raw is None else (ratio.raw, Decimal(1))
