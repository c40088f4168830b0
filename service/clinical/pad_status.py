"""Whether a leg has peripheral artery disease by the criteria of its pressures. A criterion is a criterion: no likelihood ratio overrides it."""

from __future__ import annotations

from collections.abc import Mapping

from service.clinical.indices import Abi, AbiCategory, ExerciseResult, ExerciseTest, PadReason, PadStatus, Tbi
from service.clinical.measurements import Bound
from service.evidence.abi_categories import AbiThresholds

_STATUS: Mapping[PadReason, PadStatus] = {
    PadReason.ABI_ABNORMAL: PadStatus.CONFIRMED,
    PadReason.TBI_ABNORMAL_BEHIND_STIFF_ARTERIES: PadStatus.CONFIRMED,
    PadReason.EXERCISE_CONCORDANT: PadStatus.CONFIRMED,
    PadReason.ABI_BORDERLINE: PadStatus.POSSIBLE,
    PadReason.EXERCISE_DISCORDANT: PadStatus.POSSIBLE,
    PadReason.ONE_ARTERY_ABNORMAL: PadStatus.POSSIBLE,
    PadReason.TBI_ABNORMAL_BESIDE_NORMAL_ABI: PadStatus.POSSIBLE,
    PadReason.TBI_ABNORMAL_WITHOUT_ABI: PadStatus.POSSIBLE,
    PadReason.STIFF_WITHOUT_TOE: PadStatus.INDETERMINATE,
    PadReason.STIFF_WITH_NORMAL_TBI: PadStatus.NOT_SHOWN,
    PadReason.ABI_NORMAL: PadStatus.NOT_SHOWN,
    PadReason.NO_PRESSURE: PadStatus.NOT_MEASURED,
}


def pad_status(
    *, abi: Abi | None, tbi: Tbi | None, exercise: ExerciseTest | None, thresholds: AbiThresholds
) -> tuple[PadStatus, PadReason]:
    """The strongest status any criterion gives, and that criterion.

    Engineering decisions: an abnormal TBI beside a normal ABI is `possible` (no guideline has that row); stiff arteries with a normal TBI are
    `not-shown`; an abnormal TBI without any ABI is `possible`.
    """
    reason = _reason(abi, tbi, None if exercise is None else exercise.result, thresholds)
    return _STATUS[reason], reason


def _reason(abi: Abi | None, tbi: Tbi | None, exercised: ExerciseResult | None, thresholds: AbiThresholds) -> PadReason:
    """The first criterion that is met, in the order of the table above."""
    category = None if abi is None else abi.category
    stiff = category is AbiCategory.NONCOMPRESSIBLE
    toe_abnormal = tbi is not None and tbi.abnormal
    if category is AbiCategory.ABNORMAL:
        return PadReason.ABI_ABNORMAL
    if stiff and toe_abnormal:
        return PadReason.TBI_ABNORMAL_BEHIND_STIFF_ARTERIES
    if exercised is ExerciseResult.CONCORDANT_POSITIVE:
        return PadReason.EXERCISE_CONCORDANT
    if category is AbiCategory.BORDERLINE:
        return PadReason.ABI_BORDERLINE
    if exercised is ExerciseResult.DISCORDANT:
        return PadReason.EXERCISE_DISCORDANT
    if abi is None:
        return PadReason.TBI_ABNORMAL_WITHOUT_ABI if toe_abnormal else PadReason.NO_PRESSURE
    if not stiff:
        return PadReason.TBI_ABNORMAL_BESIDE_NORMAL_ABI if toe_abnormal else PadReason.ABI_NORMAL
    if _compressible_one_abnormal(abi, thresholds):
        return PadReason.ONE_ARTERY_ABNORMAL
    return PadReason.STIFF_WITHOUT_TOE if tbi is None else PadReason.STIFF_WITH_NORMAL_TBI


def _compressible_one_abnormal(abi: Abi, thresholds: AbiThresholds) -> bool:
    values = [ratio.value for _, ratio in abi.artery_ratios if ratio.bound is not Bound.ABOVE and ratio.value is not None]
    return any(value <= thresholds.abnormal_at_most.value for value in values)
