"""How badly a foot is perfused: the ischaemia grade of WIfI (wound, ischaemia, foot infection)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from service.clinical.indices import Abi, AbiCategory, FootOxygen, Ischaemia, Reading
from service.clinical.measurements import Bound
from service.evidence.abi_categories import WifiThresholds

WORST = 3


def ischaemia_grade(
    *,
    abi: Abi | None,
    ankle: Reading | None,
    toe: Reading | None,
    oxygen: FootOxygen | None = None,
    thresholds: WifiThresholds,
) -> Ischaemia | None:
    """The worst grade that toe pressure, oxygen of the skin, ABI and ankle pressure give, and which of them gave it (in this order when they agree).

    None: nothing gradable. Arteries that do not compress make the ABI and the ankle pressure unreliable: then only toe and oxygen count, the toe first.
    A pressure known only as a bound counts where every value it allows has the same grade. Source: Mills 2014; that 70 mmHg is grade 1 and the worst of several counts is this project's decision.
    """
    worst: tuple[int, str] | None = None
    for found in _grades(abi, ankle, toe, oxygen, thresholds):
        if worst is None or found[0] > worst[0]:
            worst = found
    return None if worst is None else Ischaemia(grade=worst[0], decided_by=worst[1])


def toe_grade(mmhg: Decimal, thresholds: WifiThresholds) -> int:
    if mmhg >= thresholds.toe_grade_0_from.value:
        return 0
    if mmhg >= thresholds.toe_grade_1_from.value:
        return 1
    return 2 if mmhg >= thresholds.toe_grade_2_from.value else WORST


def oxygen_grade(mmhg: Decimal, thresholds: WifiThresholds) -> int:
    if mmhg >= thresholds.oxygen_grade_0_from.value:
        return 0
    if mmhg >= thresholds.oxygen_grade_1_from.value:
        return 1
    return 2 if mmhg >= thresholds.oxygen_grade_2_from.value else WORST


def ankle_grade(mmhg: Decimal, thresholds: WifiThresholds) -> int:
    if mmhg > thresholds.ankle_grade_0_above.value:
        return 0
    if mmhg >= thresholds.ankle_grade_1_from.value:
        return 1
    return 2 if mmhg >= thresholds.ankle_grade_2_from.value else WORST


def abi_grade(value: Decimal, thresholds: WifiThresholds) -> int:
    """`value` is the ABI rounded half up to two decimals."""
    if value >= thresholds.abi_grade_0_from.value:
        return 0
    if value >= thresholds.abi_grade_1_from.value:
        return 1
    return 2 if value >= thresholds.abi_grade_2_from.value else WORST


def _grades(
    abi: Abi | None, ankle: Reading | None, toe: Reading | None, oxygen: FootOxygen | None, thresholds: WifiThresholds
) -> Iterator[tuple[int, str]]:
    """In order of precedence."""
    if toe is not None and toe.mmhg is not None:
        grade = toe_grade(toe.mmhg, thresholds)
        if toe.bound is Bound.EXACT:
            yield grade, "toe-pressure"
        elif toe.bound is Bound.ABOVE and grade == 0:
            yield 0, "toe-pressure"
        elif toe.bound is Bound.BELOW and toe.mmhg <= thresholds.toe_grade_2_from.value:
            yield WORST, "toe-pressure"
    if oxygen is not None:
        yield oxygen_grade(oxygen.mmhg, thresholds), "transcutaneous-oxygen"
    if abi is not None and abi.category is AbiCategory.NONCOMPRESSIBLE:
        return
    if abi is not None and abi.ratio.value is not None:
        grade = abi_grade(abi.ratio.value, thresholds)
        if abi.ratio.bound is Bound.EXACT or grade == WORST:
            yield grade, "abi"
    if ankle is not None and ankle.mmhg is not None:
        if ankle.bound is Bound.EXACT:
            yield ankle_grade(ankle.mmhg, thresholds), "ankle-pressure"
        elif ankle.bound is Bound.BELOW and ankle.mmhg <= thresholds.ankle_grade_2_from.value:
            yield WORST, "ankle-pressure"
