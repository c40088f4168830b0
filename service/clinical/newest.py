"""The newest study that gives a value. Each index is looked for by itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from service.clinical.indices import Abi, ExerciseResult, ExerciseTest, NotComputed, Reading, Tbi
from service.clinical.session import Study

_NEAREST_FIRST = (NotComputed.ONLY_BOUND_KNOWN, NotComputed.NO_ARM_PRESSURE)

Index = TypeVar("Index", Abi, Tbi)


def newest_index(
    studies: list[Study], index_of: Callable[[Study], Index | NotComputed], missing: NotComputed
) -> tuple[Index | None, NotComputed | None, Study | None]:
    """The index of the newest study that gives it. When none does: the reason of the study that came nearest, `missing` when none came near."""
    reasons = set()
    for one in studies:
        index = index_of(one)
        if not isinstance(index, NotComputed):
            return index, None, one
        reasons.add(index)
    for nearest in _NEAREST_FIRST:
        if nearest in reasons:
            return None, nearest, None
    return None, missing, None


def newest_reading(studies: list[Study], reading_of: Callable[[Study], Reading | None]) -> tuple[Reading | None, Study | None]:
    for one in studies:
        reading = reading_of(one)
        if reading is not None:
            return reading, one
    return None, None


def newest_exercise(
    studies: list[Study], test_of: Callable[[Study], ExerciseTest | None]
) -> tuple[ExerciseTest | None, Study | None]:
    """The newest test with a result; without one the newest that was begun."""
    begun: tuple[ExerciseTest | None, Study | None] = None, None
    for one in studies:
        test = test_of(one)
        if test is not None and test.result is not ExerciseResult.NOT_COMPUTABLE:
            return test, one
        if test is not None and begun[0] is None:
            begun = test, one
    return begun
