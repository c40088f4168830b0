"""What is said beside the numbers: of which resource, whether its value was used, and the whole sentence a clinician reads."""

from __future__ import annotations

from decimal import Decimal

import pytest

from service.clinical.data_issues import DataIssue, IssueCode
from service.clinical.indices import Indices
from service.clinical.measurements import Pressure, ReportedIndex, Site
from service.clinical.repeats import described, spoken_mmhg
from tests.clinical.pressures import TEN, L, R, arms, days, indices, lab, minutes, p, told

AFTER = TEN + minutes(10)


def remark(found: Indices, code: IssueCode) -> tuple[str | None, bool, str]:
    """The only remark with this code: (source, used, sentence)."""
    (issue,) = told(found, code)
    return issue.source, issue.used, issue.detail


def remarks(found: Indices, code: IssueCode) -> list[tuple[str | None, bool, str]]:
    return [(issue.source, issue.used, issue.detail) for issue in told(found, code)]


@pytest.mark.parametrize(
    ("measured", "words"),
    [
        (p("dp", R, 88), "right dorsalis pedis pressure 88 mmHg of 2026-03-02"),
        (p("dp", R, ">250"), "right dorsalis pedis pressure above 250 mmHg of 2026-03-02"),
        (p("toe", L, "<30"), "left toe pressure below 30 mmHg of 2026-03-02"),
        (p("pt", L, ">"), "left posterior tibial pressure not compressible of 2026-03-02"),
        (p("arm", L, "141.5", at=None), "left brachial pressure 141.5 mmHg without a date"),
        (p("dp", R, 90, post=True), "right dorsalis pedis pressure after exercise 90 mmHg of 2026-03-02"),
        (lab("abi", R, "0.62"), "right reported ankle brachial index 0.62 of 2026-03-02"),
        (lab("tbi", L, "<0.4"), "left reported toe brachial index below 0.4 of 2026-03-02"),
        (lab("abi", L, ">1.3", post=True), "left reported ankle brachial index after exercise above 1.3 of 2026-03-02"),
        (lab("abi", R, ">", at=None), "right reported ankle brachial index noncompressible without a date"),
    ],
)
def test_a_reading_in_words(measured: Pressure | ReportedIndex, words: str) -> None:
    assert described(measured) == words


@pytest.mark.parametrize(
    ("mmhg", "words"), [("88", "88 mmHg"), ("88.0", "88 mmHg"), ("87.96", "88 mmHg"), ("100", "100 mmHg"), ("92.5", "92.5 mmHg")]
)
def test_a_pressure_is_spoken_to_a_tenth(mmhg: str, words: str) -> None:
    assert spoken_mmhg(Decimal(mmhg)) == words


def test_one_arm_alone() -> None:
    found = indices(p("arm", L, 140, source="arm"), p("dp", R, 98), p("toe", L, 90))
    assert remark(found, IssueCode.SINGLE_ARM) == (
        "arm",
        True,
        "Only the left arm was measured (140 mmHg). If the other arm is higher, the indices are lower than shown. Measure both arms.",
    )


def test_arms_far_apart() -> None:
    found = indices(p("arm", R, 120, source="lower"), p("arm", L, 140, source="higher"), p("dp", R, 98))
    assert remark(found, IssueCode.ARM_DIFFERENCE) == (
        "lower",
        True,
        "The right arm is 20 mmHg lower than the left (15 mmHg or more is remarkable). The higher arm is used. Repeat both arms; "
        "a narrowed subclavian artery is possible.",
    )


def test_a_whole_day_taken_together() -> None:
    afternoon = TEN + minutes(300)
    found = indices(*arms(), p("dp", R, 98, at=afternoon, source="ankle"), p("toe", L, 98, at=afternoon, source="toe"))
    assert remarks(found, IssueCode.DIFFERENT_SESSION) == [
        (
            source,
            True,
            f"{name}: no sitting of 2026-03-02 has all its pressures, so those of the whole day were combined. "
            "Measure arms and legs in one sitting if this decides.",
        )
        for source, name in (("ankle", "right ABI"), ("toe", "left TBI"))
    ]


def test_an_index_near_the_edge() -> None:
    found = indices(*arms(100, 100), p("dp", R, 91, source="ankle"))
    assert remark(found, IssueCode.NEAR_THRESHOLD) == (
        "ankle",
        True,
        "right ABI 0.91 lies within 0.02 of 0.90: one or two mmHg change its class. A repeat is advised for a first ABI from 0.80 to 1.00.",
    )


@pytest.mark.parametrize(
    ("unnamed", "code", "agreement"),
    [
        (78, IssueCode.DUPLICATE, "It agrees with one of them."),
        (98, IssueCode.DUPLICATE, "It agrees with one of them."),
        (99, IssueCode.REPEAT_DISCORDANT, "It agrees with none of them: check the entry."),
        (77, IssueCode.REPEAT_DISCORDANT, "It agrees with none of them: check the entry."),
    ],
)
def test_an_ankle_without_its_artery_beside_a_named_one(unnamed: int, code: IssueCode, agreement: str) -> None:
    found = indices(*arms(), p("dp", R, 88), p("ankle", R, unnamed, source="unnamed"))
    assert remark(found, code) == (
        "unnamed",
        False,
        f"right ankle pressure {unnamed} mmHg names no artery; the pressures of named arteries of the same session count. {agreement}",
    )


def test_a_toe_beside_an_amputated_great_toe() -> None:
    found = indices(*arms(), p("toe", R, 60, source="toe"), amputated_great_toes=frozenset({R}))
    assert remark(found, IssueCode.ASSUMED) == (
        "toe",
        True,
        "right toe pressure 60 mmHg: the great toe is recorded as amputated; taken as measured at another toe. Confirm which.",
    )


def test_a_reading_of_an_amputated_leg() -> None:
    readings = [p("dp", L, 98, source="ankle"), lab("abi", L, "0.70", source="laboratory"), p("dp", R, 98)]
    found = indices(*arms(), *readings, amputated_legs=frozenset({L}))
    assert remarks(found, IssueCode.NOT_RELEVANT) == [
        (
            source,
            False,
            f"{words} of 2026-03-02: the left leg is recorded as amputated. "
            "Correct the side of the reading or the record of the amputation.",
        )
        for source, words in (
            ("ankle", "left dorsalis pedis pressure 98 mmHg"),
            ("laboratory", "left reported ankle brachial index 0.70"),
        )
    ]
    assert found.right.abi is not None


def test_pressures_without_a_date() -> None:
    found = indices(*arms(at=None), p("dp", R, 98, at=None, source="ankle"))
    assert remark(found, IssueCode.ASSUMED) == (
        "ankle",
        True,
        "The pressures used have no date; they are taken as of one session and as the oldest of all. Send when they were measured.",
    )


def test_an_old_study() -> None:
    old = TEN - days(400)
    found = indices(*arms(at=old), p("dp", R, 98, at=old, source="ankle"))
    assert remark(found, IssueCode.STALE) == (
        "ankle",
        True,
        "The pressures or indices of 2025-01-26 are 400 days old, more than 365; they are used. Measure again.",
    )


def test_an_old_laboratory_index_is_named_itself() -> None:
    found = indices(lab("abi", R, "0.62", at=TEN - days(400), source="laboratory"))
    assert [issue.source for issue in told(found, IssueCode.STALE)] == ["laboratory"]


@pytest.mark.parametrize(
    ("ankle", "toe", "used", "words"),
    [(90, 101, False, "not used"), (20, 40, True, "used")],
)
def test_a_toe_that_was_probably_swapped_with_the_ankle(ankle: int, toe: int, used: bool, words: str) -> None:
    found = indices(*arms(), p("dp", R, ankle), p("toe", R, toe, source="toe"))
    assert remark(found, IssueCode.VALUE_IMPLAUSIBLE) == (
        "toe",
        used,
        f"right toe pressure {toe} mmHg is more than 10 mmHg above the ankle pressure {ankle} mmHg: the two may have been swapped. "
        f"It is {words}: only a value that does not reassure is. Measure both again.",
    )


@pytest.mark.parametrize(("arm", "words"), [(">250", "above 250 mmHg"), ("<60", "below 60 mmHg"), (0, "0 mmHg")])
def test_an_arm_nothing_can_be_divided_by(arm: int | str, words: str) -> None:
    found = indices(p("arm", R, arm, source="arm"), p("arm", L, 140), p("dp", R, 98))
    assert remark(found, IssueCode.VALUE_IMPLAUSIBLE) == (
        "arm",
        False,
        f"right brachial pressure {words} of 2026-03-02: an index divides by an exact arm pressure above 0 mmHg; measure this arm again.",
    )


def test_legs_without_arms_and_no_arm_anywhere() -> None:
    found = indices(p("dp", R, 98, source="ankle"))
    assert remark(found, IssueCode.ARM_MISSING) == (
        "ankle",
        True,
        "The leg pressures of 2026-03-02 have no arm pressure of the same session, so they count as pressures and give no ratio. "
        "Measure both arms together with the legs.",
    )


def test_legs_without_arms_name_the_last_three_days_that_have_arms() -> None:
    elsewhen = [p("arm", R, 140, at=TEN - days(count)) for count in (10, 20, 30, 40)]
    found = indices(p("dp", R, 98, source="ankle"), *elsewhen, p("arm", L, 140, at=TEN - days(5), post=True))
    assert remark(found, IssueCode.ARM_MISSING) == (
        "ankle",
        True,
        "The leg pressures of 2026-03-02 have no arm pressure of the same session, so they count as pressures and give no ratio. "
        "The arm pressures at hand are of 2026-02-20, 2026-02-10, 2026-01-31 and are not combined with them. "
        "Measure both arms together with the legs.",
    )


def test_a_reading_of_another_day() -> None:
    found = indices(*arms(), p("dp", R, 98), p("dp", R, 120, at=TEN - days(3), source="older"))
    assert remark(found, IssueCode.DIFFERENT_SESSION) == (
        "older",
        False,
        "right dorsalis pedis pressure 120 mmHg of 2026-02-27: not used, the indices rest on the session of 2026-03-02. "
        "Readings of different sessions are never combined.",
    )


def test_a_reading_of_a_third_day_names_every_day_that_is_used() -> None:
    earlier = TEN - days(2)
    readings = [*arms(), p("dp", R, 98), *arms(at=earlier), p("dp", L, 98, at=earlier)]
    found = indices(*readings, p("dp", R, 120, at=TEN - days(3), source="older"))
    (issue,) = [issue for issue in told(found, IssueCode.DIFFERENT_SESSION) if issue.source == "older"]
    assert "the indices rest on the session of 2026-03-02, 2026-02-28." in issue.detail


def test_a_reading_nothing_can_be_made_of() -> None:
    found = indices(p("arm", R, 140), p("arm", L, 130, at=TEN - days(3), source="older"))
    assert remark(found, IssueCode.DIFFERENT_SESSION) == (
        "older",
        False,
        "left brachial pressure 130 mmHg of 2026-02-27: not used, nothing of the same session makes an index of it. "
        "Readings of different sessions are never combined.",
    )


def test_an_ankle_after_exercise_without_an_arm() -> None:
    found = indices(*arms(), p("dp", R, 150), p("dp", R, 100, at=AFTER, post=True, source="after"))
    assert remark(found, IssueCode.ARM_MISSING) == (
        "after",
        True,
        "right ankle pressure after exercise: no arm pressure after exercise, so no ABI after exercise is computed from it. "
        "Measure an arm together with the ankle after exercise.",
    )


def test_an_ankle_late_after_exercise() -> None:
    late = p("dp", R, 140, at=AFTER, post=True, minutes_after_exercise=Decimal(4), source="late")
    found = indices(*arms(), p("dp", R, 150), late, p("arm", R, 140, at=AFTER, post=True))
    assert remark(found, IssueCode.ASSUMED) == (
        "late",
        True,
        "right dorsalis pedis pressure after exercise 140 mmHg of 2026-03-02 was taken 4 minutes after exercise; after 3 minutes a fall may have "
        "recovered, so a negative test does not exclude disease. Repeat the test with a pressure in the first minute.",
    )


def test_a_pressure_of_the_recovery() -> None:
    recovery = p("dp", R, 130, at=AFTER + minutes(5), post=True, source="recovery")
    found = indices(
        *arms(), p("dp", R, 150), p("dp", R, 90, at=AFTER, post=True), recovery, p("arm", R, 140, at=AFTER, post=True)
    )
    assert remark(found, IssueCode.NOT_RELEVANT) == (
        "recovery",
        False,
        "right dorsalis pedis pressure after exercise 130 mmHg of 2026-03-02 belongs to the recovery; "
        "the exercise test is judged on the earliest pressure after exercise.",
    )


def test_the_same_measurement_from_two_resources() -> None:
    found = indices(*arms(), p("dp", R, 98, source="one"), p("dp", R, 98, source="two"))
    assert remark(found, IssueCode.DUPLICATE) == (
        "two",
        False,
        "right dorsalis pedis pressure 98 mmHg of 2026-03-02 has the value and time of one; it is counted once.",
    )


def test_repeats_that_disagree() -> None:
    repeats = (p("dp", R, 70, source="first"), p("dp", R, 98, at=TEN + minutes(5), source="second"))
    assert remarks(indices(*arms(), *repeats), IssueCode.REPEAT_DISCORDANT) == [
        (
            "second",
            True,
            "right dorsalis pedis pressure 70 mmHg of 2026-03-02 and right dorsalis pedis pressure 98 mmHg of 2026-03-02 "
            "were measured at the same place; 98 mmHg is used. Repeat the measurement if this decides.",
        ),
        (
            "first",
            False,
            "right dorsalis pedis pressure 70 mmHg of 2026-03-02: a later reading of the same place disagrees (98 mmHg) and is used instead.",
        ),
    ]


def said_of_laboratory(*items: Pressure | ReportedIndex) -> DataIssue:
    (issue,) = indices(*items).issues
    return issue


def test_a_laboratory_index_that_agrees() -> None:
    assert said_of_laboratory(*arms(), p("dp", R, 98), lab("abi", R, "0.72", source="laboratory")) == DataIssue(
        code=IssueCode.DUPLICATE,
        source="laboratory",
        detail="right reported ankle brachial index 0.72 of 2026-03-02 agrees with 0.70, which is used; it is counted once.",
    )
    assert said_of_laboratory(*arms(), p("dp", R, ">"), lab("abi", R, ">", source="laboratory")).detail == (
        "right reported ankle brachial index noncompressible of 2026-03-02 agrees with noncompressible, which is used; it is counted once."
    )


def test_a_laboratory_index_that_differs_from_the_pressures() -> None:
    assert said_of_laboratory(*arms(), p("toe", R, 98), lab("tbi", R, "0.90", source="laboratory")) == DataIssue(
        code=IssueCode.INDEX_DISCORDANT,
        source="laboratory",
        used=True,
        detail=(
            "right reported toe brachial index 0.90 of 2026-03-02 differs from 0.70, computed from the pressures of the same session, by more than "
            "0.05; the computed one is used. Check the pressures and the laboratory's method."
        ),
    )


def test_two_laboratory_indices_that_differ() -> None:
    assert said_of_laboratory(lab("abi", R, "<0.4", at=AFTER), lab("abi", R, "0.8", source="laboratory")) == DataIssue(
        code=IssueCode.REPEAT_DISCORDANT,
        source="laboratory",
        detail="right reported ankle brachial index 0.8 of 2026-03-02: below 0.40 of the same session is used instead. Check which of the two is right.",
    )


def test_a_laboratory_index_of_one_artery() -> None:
    issue = said_of_laboratory(lab("abi", R, "0.8", artery=Site.POSTERIOR_TIBIAL, source="laboratory"))
    assert issue == DataIssue(
        code=IssueCode.ASSUMED,
        source="laboratory",
        used=True,
        detail=(
            "right reported ankle brachial index 0.8 of 2026-03-02 is of the posterior tibial artery alone and taken for the index of the ankle; "
            "that would be higher if the other artery's pressure is. Send the pressures of both arteries."
        ),
    )
