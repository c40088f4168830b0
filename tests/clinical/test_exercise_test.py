"""The exercise test: two criteria, the same artery before and after, and what is said when one of them is not known."""

from __future__ import annotations

from decimal import Decimal

import pytest

from service.clinical.data_issues import IssueCode
from service.clinical.exercise_test import judge
from service.clinical.indices import ExerciseResult, ExerciseTest, PadReason, PadStatus, Ratio, Reading
from service.clinical.measurements import Bound, Pressure, ReportedIndex, Site
from tests.clinical.pressures import TEN, L, R, arms, codes, days, indices, lab, minutes, p, thresholds, told

AFTER = TEN + minutes(10)


def after(site: str, value: int | str, **more: object) -> Pressure:
    return p(site, R, value, at=AFTER, post=True, **more)


def exercised(*items: Pressure | ReportedIndex) -> ExerciseTest:
    test = indices(*items).right.exercise
    assert test is not None
    return test


@pytest.mark.parametrize(
    ("rest", "post", "post_arm", "result", "abi_fall", "ankle_fall"),
    [
        (150, 90, 150, ExerciseResult.CONCORDANT_POSITIVE, "44", "60"),
        (150, 120, 150, ExerciseResult.DISCORDANT, "25.33333333333333333333333333", "30"),
        (150, 119, 140, ExerciseResult.CONCORDANT_POSITIVE, "20.66666666666666666666666667", "31"),
        (150, 120, 140, ExerciseResult.NEGATIVE, "20", "30"),
        (160, 129, 140, ExerciseResult.DISCORDANT, "19.375", "31"),
        (150, 150, 140, ExerciseResult.NEGATIVE, "0", "0"),
        (150, 160, 140, ExerciseResult.NEGATIVE, "-6.666666666666666666666666667", "-10"),
        (150, 0, 140, ExerciseResult.CONCORDANT_POSITIVE, "100", "150"),
    ],
)
def test_both_criteria_on_both_sides_of_their_edges(
    rest: int, post: int, post_arm: int, result: ExerciseResult, abi_fall: str, ankle_fall: str
) -> None:
    test = exercised(*arms(), p("dp", R, rest), after("dp", post), after("arm", post_arm))
    assert test.result is result
    assert test.abi_fall_percent == Decimal(abi_fall)
    assert test.ankle_fall_mmhg == Decimal(ankle_fall)


def test_a_fall_of_exactly_a_fifth_is_not_decided_by_the_last_digit_of_a_division() -> None:
    test = exercised(*arms(130, 130), p("dp", R, 110), after("dp", 88), after("arm", 130))
    assert (test.abi_fall_percent, test.abi_criterion) == (Decimal(20), False)


def test_rest_and_after_are_of_the_artery_that_was_higher_at_rest() -> None:
    test = exercised(*arms(), p("dp", R, 150), p("pt", R, 140), after("dp", 100), after("pt", 138), after("arm", 140))
    assert test.ankle_fall_mmhg == 50
    assert test.post_abi is not None
    assert test.post_abi.numerator is not None
    assert test.post_abi.numerator.site is Site.DORSALIS_PEDIS
    assert len(test.sources) == 4


def test_another_artery_after_exercise_cannot_be_compared() -> None:
    test = exercised(*arms(), p("dp", R, 150), after("pt", 80), after("arm", 140))
    assert test.result is ExerciseResult.NOT_COMPUTABLE
    assert test.sources == (after("pt", 80).source,)


def test_without_an_arm_after_exercise_only_the_ankle_counts_and_that_is_said() -> None:
    found = indices(*arms(), p("dp", R, 150), after("dp", 100))
    assert found.right.exercise is not None
    assert found.right.exercise.result is ExerciseResult.DISCORDANT
    assert (found.right.exercise.abi_criterion, found.right.exercise.ankle_criterion) == (None, True)
    assert codes(found) == {IssueCode.ARM_MISSING}


def test_an_ankle_that_did_not_fall_alone_is_no_result() -> None:
    assert exercised(*arms(), p("dp", R, 150), after("dp", 145)).result is ExerciseResult.NOT_COMPUTABLE


def test_without_an_arm_at_rest_the_ankle_criterion_is_all_there_is() -> None:
    test = exercised(p("dp", R, 150), after("dp", 100), after("arm", 140))
    assert (test.result, test.post_abi) == (ExerciseResult.DISCORDANT, None)


@pytest.mark.parametrize(
    ("post", "abi_met", "ankle_met", "result"),
    [
        ("<50", True, True, ExerciseResult.CONCORDANT_POSITIVE),
        ("<140", None, None, ExerciseResult.NOT_COMPUTABLE),
        ("<119", True, True, ExerciseResult.CONCORDANT_POSITIVE),
    ],
)
def test_an_upper_limit_after_exercise_can_meet_a_criterion_and_not_miss_it(
    post: str, abi_met: bool | None, ankle_met: bool | None, result: ExerciseResult
) -> None:
    test = exercised(*arms(), p("dp", R, 150), after("dp", post), after("arm", 140))
    assert (test.abi_criterion, test.ankle_criterion, test.result) == (abi_met, ankle_met, result)
    assert test.abi_fall_percent is None
    assert test.ankle_fall_mmhg is None


def test_arteries_that_do_not_compress_are_not_compared() -> None:
    assert exercised(*arms(), p("dp", R, ">250"), after("dp", 100), after("arm", 140)).result is ExerciseResult.NOT_COMPUTABLE
    assert exercised(*arms(), p("dp", R, 150), after("dp", ">250"), after("arm", 140)).result is ExerciseResult.NOT_COMPUTABLE


def test_no_signal_at_rest_has_nothing_to_fall_from() -> None:
    test = exercised(*arms(), p("dp", R, 0), after("dp", 0), after("arm", 140))
    assert (test.abi_criterion, test.ankle_criterion, test.result) == (None, False, ExerciseResult.NOT_COMPUTABLE)


@pytest.mark.parametrize(
    ("post", "result"),
    [("0.70", ExerciseResult.DISCORDANT), ("0.80", ExerciseResult.NEGATIVE), (">", ExerciseResult.NOT_COMPUTABLE)],
)
def test_a_reported_abi_after_exercise_counts_against_the_abi_at_rest(post: str, result: ExerciseResult) -> None:
    assert exercised(*arms(), p("dp", R, 140), lab("abi", R, post, at=AFTER, post=True)).result is result


def test_a_reported_abi_after_exercise_without_one_at_rest_is_no_test() -> None:
    assert exercised(lab("abi", R, "0.7", post=True)).result is ExerciseResult.NOT_COMPUTABLE
    assert exercised(lab("abi", R, "<0.9"), lab("abi", R, "0.7", post=True)).result is ExerciseResult.NOT_COMPUTABLE


def test_both_reported_by_a_laboratory() -> None:
    test = exercised(lab("abi", R, "1.0"), lab("abi", R, "0.8", at=AFTER, post=True))
    assert (test.abi_fall_percent, test.result) == (Decimal(20), ExerciseResult.NEGATIVE)


def test_a_reported_abi_fills_in_for_a_missing_arm_and_joins_the_ankle() -> None:
    found = indices(*arms(), p("dp", R, 150), after("dp", 90), lab("abi", R, "0.6", at=AFTER, post=True))
    assert found.right.exercise is not None
    assert found.right.exercise.result is ExerciseResult.CONCORDANT_POSITIVE


def test_a_reported_abi_after_exercise_that_differs_from_the_computed_one_is_told() -> None:
    found = indices(*arms(), p("dp", R, 150), after("dp", 90), after("arm", 150), lab("abi", R, "0.9", at=AFTER, post=True))
    assert codes(found) == {IssueCode.INDEX_DISCORDANT}


def test_of_the_recovery_the_earliest_pressure_is_the_test() -> None:
    found = indices(
        *arms(),
        p("dp", R, 150),
        after("dp", 130, minutes_after_exercise=Decimal(5)),
        p("dp", R, 90, at=AFTER, post=True, minutes_after_exercise=Decimal(1)),
        after("arm", 140),
    )
    assert found.right.exercise is not None
    assert found.right.exercise.ankle_fall_mmhg == 60
    (issue,) = told(found, IssueCode.NOT_RELEVANT)
    assert "130 mmHg" in issue.detail


def test_without_minutes_the_earliest_by_time_is_the_test_and_of_equal_times_the_lowest() -> None:
    test = exercised(
        *arms(), p("dp", R, 150), after("dp", 100), p("dp", R, 140, at=AFTER + minutes(4), post=True), after("dp", 90)
    )
    assert test.ankle_fall_mmhg == 60


def test_the_earlier_pressure_is_the_test_although_a_later_one_is_lower() -> None:
    test = exercised(*arms(), p("dp", R, 150), after("dp", 130), p("dp", R, 90, at=AFTER + minutes(4), post=True))
    assert test.ankle_fall_mmhg == 20


def test_the_minutes_after_exercise_tell_before_the_hour_and_what_has_none_comes_last() -> None:
    first = after("dp", 130, minutes_after_exercise=Decimal(1))
    fifth = p("dp", R, 90, at=AFTER - minutes(2), post=True, minutes_after_exercise=Decimal(5))
    unknown = p("dp", R, 80, at=AFTER - minutes(3), post=True)
    for readings in ((first, fifth, unknown), (unknown, fifth, first)):
        assert exercised(*arms(), p("dp", R, 150), *readings).ankle_fall_mmhg == 20


def test_of_two_arteries_equal_at_rest_one_is_compared() -> None:
    test = exercised(*arms(), p("dp", R, 150), p("pt", R, 150), after("dp", 100), after("pt", 100), after("arm", 140))
    assert (test.ankle_fall_mmhg, test.result) == (50, ExerciseResult.CONCORDANT_POSITIVE)


def test_an_artery_without_a_number_at_rest_leaves_both_criteria_unknown() -> None:
    test = exercised(*arms(), p("dp", R, ">"), after("dp", 100), after("arm", 140))
    assert (test.abi_criterion, test.ankle_criterion) == (None, None)


def reading(mmhg: int | None) -> Reading:
    return Reading(site=Site.ANKLE, side=R, mmhg=None if mmhg is None else Decimal(mmhg), sources=("ankle",), taken_at=TEN)


@pytest.mark.parametrize(("rest", "post"), [(150, None), (None, 90), (None, None)])
def test_a_pressure_without_a_number_leaves_both_criteria_unknown(rest: int | None, post: int | None) -> None:
    ratios = [
        Ratio(value=None, raw=None, bound=Bound.ABOVE, sources=("ankle",), taken_at=TEN, numerator=reading(mmhg))
        if mmhg is None
        else Ratio(value=Decimal(1), raw=Decimal(1), bound=Bound.EXACT, sources=("laboratory",), taken_at=TEN)
        for mmhg in (rest, post)
    ]
    test = judge(
        artery=(reading(rest), reading(post)), abi=(ratios[0], ratios[1]), sources=("ankle",), thresholds=thresholds().exercise
    )
    assert (test.abi_criterion, test.ankle_criterion, test.result) == (None, None, ExerciseResult.NOT_COMPUTABLE)


def test_a_late_pressure_is_used_and_said_to_be_late() -> None:
    found = indices(*arms(), p("dp", R, 150), after("dp", 140, minutes_after_exercise=Decimal(4)), after("arm", 140))
    (issue,) = told(found, IssueCode.ASSUMED)
    assert issue.used
    assert not told(
        indices(*arms(), p("dp", R, 150), after("dp", 140, minutes_after_exercise=Decimal(3)), after("arm", 140)),
        IssueCode.ASSUMED,
    )


def test_rest_and_exercise_of_two_days_are_not_compared() -> None:
    found = indices(*arms(at=TEN - days(1)), p("dp", R, 150, at=TEN - days(1)), after("dp", 80), after("arm", 140))
    assert found.right.exercise is not None
    assert found.right.exercise.result is ExerciseResult.NOT_COMPUTABLE


def test_an_older_test_with_a_result_stands_before_a_newer_without() -> None:
    before = TEN - days(3)
    found = indices(
        *arms(at=before),
        p("dp", R, 150, at=before),
        p("dp", R, 90, at=before, post=True),
        p("arm", R, 140, at=before, post=True),
        after("dp", 80),
        p("pt", R, 80, at=AFTER - days(5), post=True),
    )
    assert found.right.exercise is not None
    assert found.right.exercise.result is ExerciseResult.CONCORDANT_POSITIVE
    assert (found.right.pad_status, found.right.pad_reason) == (PadStatus.CONFIRMED, PadReason.EXERCISE_CONCORDANT)
    assert found.left.exercise is None


def test_pressures_after_exercise_never_make_the_index_at_rest() -> None:
    found = indices(after("dp", 80), after("arm", 140), p("dp", L, 80, at=AFTER, post=True))
    assert [leg.abi for leg in found.legs] == [None, None]
    assert [leg.ankle for leg in found.legs] == [None, None]
    assert found.arms.higher is None
