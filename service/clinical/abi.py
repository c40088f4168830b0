"""The ankle-brachial index: the formula, its bands, and the index of one leg in one study."""

from __future__ import annotations

from decimal import Decimal

from service.clinical.ankle import arteries_of, decisive
from service.clinical.indices import Abi, AbiCategory, NotComputed, Ratio, Reading
from service.clinical.measurements import Bound, IndexKind, Side
from service.clinical.reported_index import of_kind, reported_ratio
from service.clinical.session import Study
from service.evidence.abi_categories import AbiCategories, AbiThresholds


def abi_ratio(*, ankle_mmhg: Decimal, arm_mmhg: Decimal) -> tuple[Decimal, Decimal]:
    """ABI = ankle pressure / arm pressure: (as divided, to 28 digits; rounded half up to two decimals). `arm_mmhg` > 0.

    Half up by whole-number division, never by rounding a quotient: 181/200 is 0.905 and becomes 0.91. The toe-brachial index is the same sum.
    """
    hundredths = (200 * ankle_mmhg + arm_mmhg) // (2 * arm_mmhg)
    return ankle_mmhg / arm_mmhg, hundredths.scaleb(-2)


def abi_category(value: Decimal, thresholds: AbiThresholds) -> AbiCategory:
    """The band of an ABI already rounded to two decimals. Bands have one edge each, read in order (2024 ACC/AHA)."""
    if value <= thresholds.abnormal_at_most.value:
        return AbiCategory.ABNORMAL
    if value <= thresholds.borderline_at_most.value:
        return AbiCategory.BORDERLINE
    if value <= thresholds.normal_at_most.value:
        return AbiCategory.NORMAL
    return AbiCategory.NONCOMPRESSIBLE


def ratio_of(reading: Reading, arm: Reading | None) -> Ratio:
    """A pressure of the leg over one of the arm; without an arm, or a number, a ratio that has no value."""
    if arm is None or arm.mmhg is None or reading.mmhg is None:
        return Ratio(
            value=None,
            raw=None,
            bound=reading.bound,
            sources=reading.sources,
            taken_at=reading.taken_at,
            numerator=reading,
            denominator=arm,
        )
    raw, value = abi_ratio(ankle_mmhg=reading.mmhg, arm_mmhg=arm.mmhg)
    return Ratio(
        value=value,
        raw=raw,
        bound=reading.bound,
        sources=tuple(dict.fromkeys(reading.sources + arm.sources)),
        taken_at=reading.taken_at,
        numerator=reading,
        denominator=arm,
    )


def abi_of(one: Study, side: Side, thresholds: AbiCategories) -> Abi | NotComputed:
    """From the pressures; from a reported index where they do not give it."""
    computed = _computed_abi(one, side, thresholds)
    reported = of_kind(one.session.reported, kind=IndexKind.ABI, side=side)
    if isinstance(computed, Abi) or not reported:
        return computed
    ratio = reported_ratio(reported[0])
    category = _category(ratio, thresholds.abi)
    if category is None:
        return NotComputed.ONLY_BOUND_KNOWN
    return Abi(ratio=ratio, category=category, near_threshold=_near(ratio, thresholds.abi))


def _computed_abi(one: Study, side: Side, thresholds: AbiCategories) -> Abi | NotComputed:
    arteries = arteries_of(one, side)
    highest = decisive(arteries)
    if highest is None:
        return NotComputed.NO_ANKLE_PRESSURE
    arm = one.rest.higher
    # Arteries that do not compress are what they are without an arm to compare with.
    if arm is None and highest.bound is not Bound.ABOVE:
        return NotComputed.NO_ARM_PRESSURE
    ratios = [(reading.site, ratio_of(reading, arm)) for reading in arteries]
    (ratio,) = [ratio for _, ratio in ratios if ratio.numerator is highest]
    category = _category(ratio, thresholds.abi)
    if category is None:
        return NotComputed.ONLY_BOUND_KNOWN
    return Abi(
        ratio=ratio,
        category=category,
        near_threshold=_near(ratio, thresholds.abi),
        lower=next((other for _, other in ratios if other is not ratio), None),
        artery_ratios=tuple(ratios),
        single_arm=arm is not None and one.rest.lower is None,
    )


def _category(ratio: Ratio, thresholds: AbiThresholds) -> AbiCategory | None:
    """A lower limit is noncompressible whatever its number; an upper limit is abnormal where even the limit is; else None: the class is not known."""
    if ratio.bound is Bound.ABOVE or ratio.value is None:
        return AbiCategory.NONCOMPRESSIBLE
    category = abi_category(ratio.value, thresholds)
    return category if ratio.bound is Bound.EXACT or category is AbiCategory.ABNORMAL else None


def _near(ratio: Ratio, thresholds: AbiThresholds) -> bool:
    if ratio.raw is None or ratio.bound is not Bound.EXACT:
        return False
    return abs(ratio.raw - thresholds.abnormal_at_most.value) <= thresholds.near_threshold_within.value
