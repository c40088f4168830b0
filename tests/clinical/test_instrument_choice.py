"""An instrument counts instead of what it contains where it says more, never with it; every sum here was done by hand."""

from __future__ import annotations

import math
from typing import Any

import pytest

from service.clinical.assessment import Cause, Contribution
from service.clinical.measurements import Measurements
from tests.clinical.patients import NO_PRESSURES, assessed, findings, study

# A man of 55 whose pain no posture changes: every item of the LSS-DST is answered and it comes to 3 of 16 points.
NO_POSTURE: dict[str, Any] = {
    "leg_pain_on_walking": True,
    "symptom_side": "right",
    "diabetes": True,
    "makes_stop_or_slow_down": True,
    "worse_standing_up": False,
    "relieved_by_bending_forward": False,
    "induced_by_bending_forward": False,
    "worse_bending_backward": False,
    "achilles_reflex_right": "normal",
    "achilles_reflex_left": "normal",
    "straight_leg_raise_right": "negative",
    "straight_leg_raise_left": "negative",
}
LOW = study(right=81, left=130)


def neurogenic(told: dict[str, Any], measured: Measurements = NO_PRESSURES, *, age: int | None = 55) -> Cause:
    weighed = assessed(findings(**told), measured, age=age).differential
    assert weighed is not None
    return weighed.neurogenic


def step(cause: Cause, entry: str) -> Contribution:
    (found,) = [one for one in cause.contributions if one.entry == entry]
    return found


def counted(cause: Cause) -> set[str]:
    return {one.entry for one in cause.contributions if one.counted}


def share(log_odds: float) -> float:
    return 1 / (1 + math.exp(-log_odds))


PRIOR = math.log(0.30 / 0.70)


def test_a_negative_score_stronger_than_its_items_counts_instead_of_them() -> None:
    # 66 years: 1 point for the age, 3 for claudication. Items: age +0.458, no relief bending -0.327, not worse standing -0.388: -0.257 together.
    cause = neurogenic(NO_POSTURE, LOW, age=66)
    assert counted(cause) == {"lss-dst", "n-bilateral"}
    score = step(cause, "lss-dst")
    assert (score.present, score.part, score.group, score.shrinkage) == (False, "history", "instrument", 0.5)
    assert (score.likelihood_ratio, score.low, score.high) == (0.10, 0.06, 0.16)
    assert score.why == "says more than the findings it stands for do together (-1.15 against -0.26)"
    assert step(cause, "n-bending-forward").why == "lss-dst contains it and counts instead"
    assert cause.posttest.value == pytest.approx(share(PRIOR + 0.5 * (math.log(0.10) + math.log(0.54))))
    low = math.log(0.20 / 0.80) + 0.5 * (math.log(0.06) + math.log(0.43))
    assert cause.posttest.low == pytest.approx(share(low))


def test_a_negative_score_weaker_than_its_items_steps_back() -> None:
    # 55 years: age -0.539, bending -0.327, standing still helps -0.780: -1.646 together, more than the -1.151 of the score.
    cause = neurogenic({**NO_POSTURE, "relieved_by_standing_still": True}, LOW)
    assert counted(cause) == {"n-age-over-65", "n-bending-forward", "n-relieved-standing-still", "n-bilateral"}
    score = step(cause, "lss-dst")
    assert not score.counted
    assert score.log_odds == 0.0
    assert score.why == "the findings it stands for say at least as much together (-1.65 against -1.15)"


def test_an_undecided_score_is_not_weighed() -> None:
    told = {code: value for code, value in NO_POSTURE.items() if code != "relieved_by_bending_forward"}
    cause = neurogenic(told, LOW, age=72)
    assert "lss-dst" not in {one.entry for one in cause.contributions}


def test_findings_of_a_group_it_speaks_for_step_back_though_it_does_not_contain_them() -> None:
    cause = neurogenic({**NO_POSTURE, "relieved_by_sitting": False}, LOW, age=66)
    assert step(cause, "n-sitting").why == "lss-dst contains findings of its group and counts instead"


# A woman of 50 with pain of both legs on walking that sitting relieves; less back pain than leg pain. Five of the five of Cook.
COOK: dict[str, Any] = {
    "leg_pain_on_walking": True,
    "symptom_side": "both",
    "leg_pain_worse_than_back_pain": True,
    "relieved_by_sitting": True,
}


def test_a_positive_score_weaker_than_its_items_steps_back() -> None:
    # Items: both legs +0.920, sitting +0.597, 50 years -0.539: +0.978 together; the cluster would add +0.763.
    cause = neurogenic(COOK, age=50)
    assert counted(cause) == {"n-bilateral", "n-sitting", "n-age-over-65"}
    assert step(cause, "cook").why == "the findings it stands for say at least as much together (+0.98 against +0.76)"


def test_a_positive_score_stronger_than_its_items_counts() -> None:
    # One leg, and sitting: one leg -0.308, sitting +0.597, 50 years -0.539: -0.250 together; four of five +0.763.
    cause = neurogenic({**COOK, "symptom_side": "right"}, age=50)
    assert counted(cause) == {"cook"}
    assert cause.posttest.value == pytest.approx(share(PRIOR + 0.5 * math.log(4.6)))


def test_scores_that_contradict_each_other_leave_it_to_the_findings() -> None:
    # LSS-DST 4 of 16 is negative; the cluster has leg over back pain, walking, sitting and age: positive.
    cause = neurogenic({**NO_POSTURE, "relieved_by_sitting": True, "leg_pain_worse_than_back_pain": True}, LOW, age=60)
    assert step(cause, "lss-dst").why == "cook says the opposite: the findings count"
    assert step(cause, "cook").why == "lss-dst says the opposite: the findings count"
    assert counted(cause) == {"n-sitting", "n-worse-standing-up", "n-age-over-65", "n-bilateral"}


def test_of_two_that_agree_the_one_that_changes_more_counts() -> None:
    # Sugioka: age 66 two points, claudication one: 3, negative; -0.558 against -1.151 of the LSS-DST.
    told = {
        **NO_POSTURE,
        "symptom_duration_weeks": 10,
        "relieved_by_bending_backward": False,
        "new_bladder_or_bowel_dysfunction": False,
    }
    cause = neurogenic(told, LOW, age=66)
    assert counted(cause) == {"lss-dst", "n-bilateral"}
    assert step(cause, "sugioka").why == "lss-dst changes more"


def test_a_finding_that_speaks_for_the_canal_cannot_make_a_score_negative() -> None:
    # Not relieved by standing still speaks for the canal (2.78). Together with no relief by sitting or bending it also says that there is no
    # claudication in the sense of the LSS-DST; without it the score could still reach 3 more points: 4 to 7, not negative.
    told = {
        **NO_POSTURE,
        "diabetes": False,
        "makes_stop_or_slow_down": False,
        "relieved_by_sitting": False,
        "worse_bending_backward": True,
        "relieved_by_standing_still": False,
    }
    without = {code: value for code, value in told.items() if code != "relieved_by_standing_still"}
    normal = study(right=130, left=130)
    before, after = neurogenic(without, normal, age=50), neurogenic(told, normal, age=50)
    assert "lss-dst" not in {one.entry for one in before.contributions}
    assert step(after, "lss-dst").why == "negative only through findings that speak for the cause"
    assert after.posttest.value > before.posttest.value


def test_the_abi_adds_nothing_to_the_canal_beside_the_score_that_contains_it() -> None:
    cause = neurogenic(NO_POSTURE, LOW, age=66)
    assert not [one for one in cause.contributions if one.part == "haemodynamic"]


def test_no_instrument_moves_the_vascular_cause() -> None:
    weighed = assessed(findings(**NO_POSTURE), LOW, age=66).differential
    assert weighed is not None
    assert not [one for one in weighed.vascular.contributions if one.group == "instrument"]


def test_what_an_answer_is_worth_counts_the_instrument_that_stands() -> None:
    # The LSS-DST counts -1.151 for items of -0.257. No relief by sitting changes nothing then; relief (+0.597 for -0.327) makes them +0.667: still less.
    found = assessed(findings(**NO_POSTURE), LOW, age=66)
    bits = {datum.code: datum.expected_bits for datum in found.next_data}
    assert "relieved-by-sitting" not in bits
