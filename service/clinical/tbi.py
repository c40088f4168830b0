"""The toe-brachial index, and which toe pressure it may rest on."""

from __future__ import annotations

from service.clinical.abi import ratio_of
from service.clinical.ankle import swapped_toe
from service.clinical.indices import Arms, NotComputed, Ratio, Reading, Tbi
from service.clinical.ischaemia import toe_grade
from service.clinical.measurements import Bound, IndexKind, Side, Site
from service.clinical.reported_index import of_kind, reported_ratio
from service.clinical.session import Study
from service.evidence.abi_categories import AbiCategories


def tbi_of(one: Study, side: Side, thresholds: AbiCategories) -> Tbi | NotComputed:
    """From the pressures; from a reported index where they do not give it."""
    toe = toe_reading(one, side, thresholds)
    computed = NotComputed.NO_TOE_PRESSURE if toe is None else _computed_tbi(toe, one.rest, thresholds)
    reported = of_kind(one.session.reported, kind=IndexKind.TBI, side=side)
    if isinstance(computed, Tbi) or not reported:
        return computed
    ratio = reported_ratio(reported[0])
    abnormal = _toe_abnormal(ratio, thresholds)
    return NotComputed.ONLY_BOUND_KNOWN if abnormal is None else Tbi(ratio=ratio, abnormal=abnormal)


def _computed_tbi(toe: Reading, arms: Arms, thresholds: AbiCategories) -> Tbi | NotComputed:
    if arms.higher is None:
        return NotComputed.NO_ARM_PRESSURE
    ratio = ratio_of(toe, arms.higher)
    abnormal = _toe_abnormal(ratio, thresholds)
    return (
        NotComputed.ONLY_BOUND_KNOWN if abnormal is None else Tbi(ratio=ratio, abnormal=abnormal, single_arm=arms.lower is None)
    )


def _toe_abnormal(ratio: Ratio, thresholds: AbiCategories) -> bool | None:
    """None where only a limit is known and it lies on the wrong side of the edge."""
    if ratio.value is None:
        return None
    abnormal = ratio.value <= thresholds.tbi.abnormal_at_most.value
    if ratio.bound is Bound.EXACT:
        return abnormal
    return abnormal if abnormal is (ratio.bound is Bound.BELOW) else None


def toe_reading(one: Study, side: Side, thresholds: AbiCategories) -> Reading | None:
    """The toe reading, unless it looks swapped with the ankle's and would reassure: a wrong high toe hides ischaemia, a wrong low one is measured again."""
    toe = one.at(Site.TOE, side)
    if toe is None or toe.mmhg is None or swapped_toe(one, side, thresholds) is None:
        return toe
    tbi = _computed_tbi(toe, one.rest, thresholds)
    reassuring = not tbi.abnormal if isinstance(tbi, Tbi) else toe_grade(toe.mmhg, thresholds.wifi) == 0
    return None if reassuring else toe
