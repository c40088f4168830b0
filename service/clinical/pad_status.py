"""Whether a leg has peripheral artery disease by the criteria of its pressures. A criterion is a criterion: no likelihood ratio overrides it."""

from __future__ import annotations

from service.clinical.indices import Abi, AbiCategory, ExerciseResult, ExerciseTest, PadReason, PadStatus, Tbi
from service.clinical.measurements import Bound
from service.evidence.abi_categories import AbiThresholds


def pad_status(
    *, abi: Abi | None, tbi: Tbi | None, exercise: ExerciseTest | None, thresholds: AbiThresholds
) -> tuple[PadStatus, PadReason]:
    """The strongest status any criterion gives, and that criterion.

    Engineering decisions: an abnormal TBI beside a normal ABI is `possible` (no guideline has that row); stiff arteries with a normal TBI are
    `not-shown`; an abnormal TBI without any ABI is `possible`.
    """
    category = None if abi is None else abi.category
    stiff = category is AbiCategory.NONCOMPRESSIBLE
    toe_abnormal = tbi is not None and tbi.abnormal
    exercised = None if exercise is None else exercise.result
    one_artery = stiff and abi is not None and _compressible_one_abnormal(abi, thresholds)
    criteria = (
        (category is AbiCategory.ABNORMAL, PadStatus.CONFIRMED, PadReason.ABI_ABNORMAL),
        (stiff and toe_abnormal, PadStatus.CONFIRMED, PadReason.TBI_ABNORMAL_BEHIND_STIFF_ARTERIES),
        (exercised is ExerciseResult.CONCORDANT_POSITIVE, PadStatus.CONFIRMED, PadReason.EXERCISE_CONCORDANT),
        (category is AbiCategory.BORDERLINE, PadStatus.POSSIBLE, PadReason.ABI_BORDERLINE),
        (exercised is ExerciseResult.DISCORDANT, PadStatus.POSSIBLE, PadReason.EXERCISE_DISCORDANT),
        (one_artery, PadStatus.POSSIBLE, PadReason.ONE_ARTERY_ABNORMAL),
        (category is AbiCategory.NORMAL and toe_abnormal, PadStatus.POSSIBLE, PadReason.TBI_ABNORMAL_BESIDE_NORMAL_ABI),
        (category is None and toe_abnormal, PadStatus.POSSIBLE, PadReason.TBI_ABNORMAL_WITHOUT_ABI),
        (stiff and tbi is None, PadStatus.INDETERMINATE, PadReason.STIFF_WITHOUT_TOE),
        (stiff, PadStatus.NOT_SHOWN, PadReason.STIFF_WITH_NORMAL_TBI),
        (category is AbiCategory.NORMAL, PadStatus.NOT_SHOWN, PadReason.ABI_NORMAL),
        (True, PadStatus.NOT_MEASURED, PadReason.NO_PRESSURE),
    )
    return next((status, reason) for met, status, reason in criteria if met)


def _compressible_one_abnormal(abi: Abi, thresholds: AbiThresholds) -> bool:
    values = [ratio.value for _, ratio in abi.artery_ratios if ratio.bound is not Bound.ABOVE and ratio.value is not None]
    return any(value <= thresholds.abnormal_at_most.value for value in values)
