"""PAD status per leg: the strongest criterion met, row by row."""

from __future__ import annotations

import pytest

from service.clinical.indices import Abi, AbiCategory, ExerciseResult, ExerciseTest, PadReason, PadStatus, Ratio, Tbi
from service.clinical.measurements import Site
from service.clinical.pad_status import pad_status
from tests.clinical.pressures import amount, thresholds

ABNORMAL, BORDERLINE, NORMAL, STIFF = AbiCategory
CONCORDANT, DISCORDANT, NEGATIVE, NOT_COMPUTABLE = ExerciseResult


def ratio(value: str) -> Ratio:
    number, bound = amount(value)
    return Ratio(value=number, raw=number, bound=bound, sources=(), taken_at=None)


def status(
    category: AbiCategory | None,
    *,
    toe: bool | None = None,
    exercise: ExerciseResult | None = None,
    arteries: tuple[str, ...] = (),
) -> tuple[PadStatus, PadReason]:
    named = tuple(
        (site, ratio(value)) for site, value in zip((Site.DORSALIS_PEDIS, Site.POSTERIOR_TIBIAL), arteries, strict=False)
    )
    return pad_status(
        abi=None if category is None else Abi(ratio=ratio("1"), category=category, artery_ratios=named),
        tbi=None if toe is None else Tbi(ratio=ratio("0.5"), abnormal=toe),
        exercise=None if exercise is None else ExerciseTest(result=exercise),
        thresholds=thresholds().abi,
    )


@pytest.mark.parametrize(
    ("category", "toe", "exercise", "arteries", "expected"),
    [
        (ABNORMAL, None, None, (), (PadStatus.CONFIRMED, PadReason.ABI_ABNORMAL)),
        (ABNORMAL, False, NEGATIVE, (), (PadStatus.CONFIRMED, PadReason.ABI_ABNORMAL)),
        (STIFF, True, None, (), (PadStatus.CONFIRMED, PadReason.TBI_ABNORMAL_BEHIND_STIFF_ARTERIES)),
        (STIFF, True, None, (">1.79", "0.70"), (PadStatus.CONFIRMED, PadReason.TBI_ABNORMAL_BEHIND_STIFF_ARTERIES)),
        (NORMAL, True, CONCORDANT, (), (PadStatus.CONFIRMED, PadReason.EXERCISE_CONCORDANT)),
        (BORDERLINE, None, CONCORDANT, (), (PadStatus.CONFIRMED, PadReason.EXERCISE_CONCORDANT)),
        (None, None, CONCORDANT, (), (PadStatus.CONFIRMED, PadReason.EXERCISE_CONCORDANT)),
        (BORDERLINE, None, None, (), (PadStatus.POSSIBLE, PadReason.ABI_BORDERLINE)),
        (BORDERLINE, True, DISCORDANT, (), (PadStatus.POSSIBLE, PadReason.ABI_BORDERLINE)),
        (NORMAL, None, DISCORDANT, (), (PadStatus.POSSIBLE, PadReason.EXERCISE_DISCORDANT)),
        (None, None, DISCORDANT, (), (PadStatus.POSSIBLE, PadReason.EXERCISE_DISCORDANT)),
        (STIFF, None, None, (">1.79", "0.90"), (PadStatus.POSSIBLE, PadReason.ONE_ARTERY_ABNORMAL)),
        (STIFF, False, None, ("1.50", "<0.40"), (PadStatus.POSSIBLE, PadReason.ONE_ARTERY_ABNORMAL)),
        (STIFF, None, None, (">1.79", "0.91"), (PadStatus.INDETERMINATE, PadReason.STIFF_WITHOUT_TOE)),
        (STIFF, None, None, (">0.80", ">"), (PadStatus.INDETERMINATE, PadReason.STIFF_WITHOUT_TOE)),
        (NORMAL, True, None, (), (PadStatus.POSSIBLE, PadReason.TBI_ABNORMAL_BESIDE_NORMAL_ABI)),
        (NORMAL, True, NEGATIVE, (), (PadStatus.POSSIBLE, PadReason.TBI_ABNORMAL_BESIDE_NORMAL_ABI)),
        (STIFF, None, NEGATIVE, (), (PadStatus.INDETERMINATE, PadReason.STIFF_WITHOUT_TOE)),
        (STIFF, False, None, (), (PadStatus.NOT_SHOWN, PadReason.STIFF_WITH_NORMAL_TBI)),
        (NORMAL, False, NEGATIVE, (), (PadStatus.NOT_SHOWN, PadReason.ABI_NORMAL)),
        (NORMAL, None, NOT_COMPUTABLE, (), (PadStatus.NOT_SHOWN, PadReason.ABI_NORMAL)),
        (None, True, None, (), (PadStatus.POSSIBLE, PadReason.TBI_ABNORMAL_WITHOUT_ABI)),
        (None, None, NEGATIVE, (), (PadStatus.NOT_MEASURED, PadReason.NO_PRESSURE)),
        (None, None, None, (), (PadStatus.NOT_MEASURED, PadReason.NO_PRESSURE)),
    ],
)
def test_the_strongest_criterion_gives_the_status(
    category: AbiCategory | None,
    toe: bool | None,
    exercise: ExerciseResult | None,
    arteries: tuple[str, ...],
    expected: tuple[PadStatus, PadReason],
) -> None:
    assert status(category, toe=toe, exercise=exercise, arteries=arteries) == expected
