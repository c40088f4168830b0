"""Stories: each is a patient, and what a careful clinician would want said."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from service.clinical.assessment import Diagnosis, Likelihood, NotWeighed, OpenOrder, Priority
from service.clinical.data_issues import IssueCode
from service.clinical.indices import PadReason, PadStatus
from service.clinical.measurements import Measurements, Side
from tests.clinical.patients import (
    CLAUDICANT,
    NORMAL_FOOT_PULSES,
    NOW,
    STENOTIC,
    assessed,
    findings,
    flag_codes,
    leading,
    order_codes,
    study,
    withheld_codes,
)


def test_classic_claudicant_with_a_low_abi_is_vascular_and_gets_exercise_not_a_scan() -> None:
    result = assessed(findings(**CLAUDICANT, smoking_status="current"), study(right=81, left=130))
    assert result.indices.right.pad_status is PadStatus.CONFIRMED
    assert leading(result) == Diagnosis.VASCULAR
    assert result.differential is not None
    assert result.differential.vascular.likelihood is Likelihood.HIGH
    assert order_codes(result) == {"supervised-exercise-therapy", "smoking-cessation"}
    assert withheld_codes(result) >= {"cta-runoff", "mra-runoff"}
    assert not result.red_flags


def test_stenosis_story_with_a_normal_abi_is_neurogenic_and_needs_neither_mri_nor_treadmill() -> None:
    result = assessed(findings(**STENOTIC, **NORMAL_FOOT_PULSES), study(right=140, left=140), age=72)
    assert leading(result) == Diagnosis.NEUROGENIC
    assert order_codes(result) == {"physical-therapy"}
    assert withheld_codes(result) >= {"mri-lumbar-without-contrast", "exercise-abi"}


def test_low_abi_with_relief_only_by_sitting_is_mixed_not_neurogenic() -> None:
    sitting_only = {**STENOTIC, "relieved_by_leaning_on_cart": False, "no_pain_when_seated": True}
    result = assessed(findings(**sitting_only), study(right=80, left=85), age=72)
    assert leading(result) == Diagnosis.MIXED
    assert order_codes(result) >= {"supervised-exercise-therapy", "physical-therapy"}
    assert any("Both causes" in sentence for sentence in result.advice)


def test_six_weeks_of_failed_care_in_a_candidate_bring_the_mri_and_an_abi_first() -> None:
    result = assessed(findings(**STENOTIC, spine_care_6_weeks_failed=True, spine_intervention_candidate=True))
    assert order_codes(result) >= {"mri-lumbar-without-contrast", "resting-abi", "physical-therapy"}


def test_mri_contraindicated_becomes_ct_myelography_and_says_so() -> None:
    result = assessed(
        findings(**STENOTIC, spine_care_6_weeks_failed=True, spine_intervention_candidate=True, mri_contraindicated=True)
    )
    assert "ct-myelogram" in order_codes(result)
    assert "mri-lumbar-without-contrast" in withheld_codes(result)


REVASCULARISATION = {
    **CLAUDICANT,
    "walking_limitation": "lifestyle-limiting",
    "guideline_therapy_inadequate": True,
    "revascularisation_considered": True,
}


@pytest.mark.parametrize(
    ("extra", "ordered", "withheld"),
    [
        ({"egfr": 72}, {"arterial-duplex", "vascular-surgery-referral", "cta-runoff"}, set()),
        ({"egfr": 30}, {"arterial-duplex", "vascular-surgery-referral", "cta-runoff"}, set()),
        ({"egfr": 29}, {"arterial-duplex", "vascular-surgery-referral", "mra-runoff"}, {"cta-runoff"}),
        ({"egfr": 72, "contrast_allergy": True}, {"arterial-duplex", "vascular-surgery-referral", "mra-runoff"}, {"cta-runoff"}),
        (
            {"egfr": 20, "mri_contraindicated": True},
            {"arterial-duplex", "vascular-surgery-referral"},
            {"cta-runoff", "mra-runoff"},
        ),
        ({}, {"arterial-duplex", "vascular-surgery-referral"}, {"cta-runoff"}),
    ],
)
def test_angiography_only_for_revascularisation_and_never_against_the_kidney(
    extra: dict[str, object], ordered: set[str], withheld: set[str]
) -> None:
    result = assessed(findings(**REVASCULARISATION, **extra), study(right=70, left=130))
    assert order_codes(result) == ordered
    assert withheld_codes(result) == withheld


def test_no_angiography_when_nobody_considers_revascularisation() -> None:
    without = {**REVASCULARISATION, "revascularisation_considered": False, "egfr": 72}
    result = assessed(findings(**without), study(right=70, left=130))
    assert "cta-runoff" not in order_codes(result)
    assert "supervised-exercise-therapy" in order_codes(result)


def test_exertional_pain_without_an_abi_asks_for_one_and_for_the_toe_in_diabetes() -> None:
    assert order_codes(assessed(findings(**CLAUDICANT))) == {"resting-abi"}
    assert order_codes(assessed(findings(**CLAUDICANT, diabetes=True))) == {"resting-abi", "toe-brachial-index"}
    assert "toe-brachial-index" in order_codes(assessed(findings(**CLAUDICANT), age=75))


def test_absent_foot_pulses_without_any_pain_still_call_for_an_abi() -> None:
    result = assessed(findings(leg_pain_on_walking=False, pulse_dorsalis_pedis_right="absent"))
    assert "resting-abi" in order_codes(result)


def test_normal_abi_with_claudication_calls_for_a_treadmill_or_heel_raises() -> None:
    assert "exercise-abi" in order_codes(assessed(findings(**CLAUDICANT), study(right=128, left=130)))
    seated = assessed(findings(**CLAUDICANT, can_walk_on_treadmill=False), study(right=128, left=130))
    assert "plantarflexion-abi" in order_codes(seated)
    assert "exercise-abi" not in order_codes(seated)


def test_pain_in_joints_alone_calls_for_no_treadmill() -> None:
    joints = {**CLAUDICANT, "symptom_site": {"knee", "joints"}}
    assert "exercise-abi" not in order_codes(assessed(findings(**joints), study(right=128, left=130)))


def test_arteries_that_do_not_compress_call_for_the_toe() -> None:
    result = assessed(findings(**CLAUDICANT, diabetes=True), study(stiff_right=True, left=130))
    assert result.indices.right.pad_status is PadStatus.INDETERMINATE
    assert "toe-brachial-index" in order_codes(result)
    no_toe = assessed(findings(**CLAUDICANT, great_toe_amputated_right=True), study(stiff_right=True, left=130))
    assert "transcutaneous-oxygen" in order_codes(no_toe)


def test_stiff_arteries_with_a_low_toe_index_are_confirmed_disease() -> None:
    result = assessed(findings(**CLAUDICANT, diabetes=True), study(stiff_right=True, left=130, toe_right=62))
    assert result.indices.right.pad_reason is PadReason.TBI_ABNORMAL_BEHIND_STIFF_ARTERIES
    assert leading(result) == Diagnosis.VASCULAR
    assert "supervised-exercise-therapy" in order_codes(result)


def test_normal_abi_and_low_toe_index_are_shown_as_disagreeing_and_the_treadmill_stays() -> None:
    result = assessed(findings(**CLAUDICANT, diabetes=True), study(right=130, left=130, toe_right=80, toe_left=110))
    assert any("disagree" in sentence for sentence in result.advice)
    assert "exercise-abi" in order_codes(result)
    assert result.differential is not None
    counted = {c.entry for c in result.differential.vascular.contributions if c.counted and c.part == "haemodynamic"}
    assert counted == {"v-tbi"}


def test_exercise_drop_by_both_criteria_confirms() -> None:
    result = assessed(findings(**CLAUDICANT), study(right=130, left=130, post_right=80, post_left=128, post_arms=150))
    assert result.indices.right.pad_reason is PadReason.EXERCISE_CONCORDANT
    assert "supervised-exercise-therapy" in order_codes(result)


def test_in_a_young_runner_the_exercise_drop_alone_is_not_yet_disease() -> None:
    runner = {**CLAUDICANT, "runner_or_athlete": True}
    result = assessed(findings(**runner), study(right=130, left=130, post_right=80, post_left=128, post_arms=150), age=28)
    assert result.indices.right.pad_status is PadStatus.POSSIBLE
    assert result.indices.right.pad_reason is PadReason.EXERCISE_DROP_IN_YOUNG_ATHLETE
    assert "arterial-duplex" in order_codes(result)
    assert "supervised-exercise-therapy" not in order_codes(result)
    assert result.differential is not None
    counted = {one.entry for one in result.differential.vascular.contributions if one.counted}
    assert "v-exercise" not in counted
    walker = assessed(findings(**CLAUDICANT), study(right=130, left=130, post_right=80, post_left=128, post_arms=150), age=28)
    assert walker.differential is not None
    assert "v-exercise" in {one.entry for one in walker.differential.vascular.contributions if one.counted}


def test_discordant_exercise_test_is_not_labelled() -> None:
    # Arm pressure rises steeply, the ankle does not fall: the ratio alone drops.
    result = assessed(findings(**CLAUDICANT), study(right=130, left=130, post_right=125, post_left=170, post_arms=180))
    assert result.indices.right.pad_status is PadStatus.POSSIBLE
    assert "arterial-duplex" in order_codes(result)


def test_normal_at_rest_and_after_exercise_sends_the_reader_to_other_causes() -> None:
    result = assessed(findings(**CLAUDICANT), study(right=130, left=130, post_right=150, post_left=150, post_arms=150))
    assert any("unlikely cause" in sentence for sentence in result.advice)


@pytest.mark.parametrize(
    ("told", "measured"),
    [
        ({}, {"right": 130, "toe_right": 60}),
        ({}, {"right": 124}),
        ({"diabetes": True}, {"right": 130}),
    ],
    ids=["the toe says otherwise", "the index is borderline", "the arteries may be stiff and no toe was measured"],
)
def test_a_good_exercise_test_does_not_talk_the_arteries_away(told: dict[str, Any], measured: dict[str, int]) -> None:
    result = assessed(findings(**CLAUDICANT, **told), study(left=130, post_right=150, post_left=150, post_arms=150, **measured))
    assert not any("unlikely cause" in sentence for sentence in result.advice)


def test_no_fall_after_exercise_says_nothing_of_arteries_that_do_not_compress() -> None:
    result = assessed(findings(**CLAUDICANT), study(right=190, left=130, post_right=192, post_left=130, post_arms=130))
    assert result.indices.right.exercise is not None
    assert result.indices.right.exercise.result == "negative"
    assert result.differential is not None
    assert "v-exercise" not in {one.entry for one in result.differential.vascular.contributions}


# --- traps -----------------------------------------------------------------------------------------------------------


def test_cold_leg_of_unknown_onset_is_acute_ischaemia_if_new() -> None:
    result = assessed(findings(cold_leg_left=True))
    (flag,) = result.red_flags
    assert (flag.code, flag.side, flag.priority) == ("acute-limb-ischaemia", Side.LEFT, Priority.STAT)
    assert "if this is new (onset not recorded)" in flag.text
    assert {"emergency-department", "vascular-surgery-referral"} <= order_codes(result)
    assert all(order.priority is Priority.STAT for order in result.orders if order.red_flag)


def test_cold_leg_known_to_be_old_is_not_acute() -> None:
    assert "acute-limb-ischaemia" not in flag_codes(assessed(findings(cold_leg_left=True, sudden_onset_within_14_days=False)))


def test_sudden_leg_pain_is_acute_whether_or_not_the_side_is_known() -> None:
    sided = assessed(findings(leg_pain_on_walking=True, sudden_onset_within_14_days=True, symptom_side="left"))
    assert [flag.side for flag in sided.red_flags] == [Side.LEFT]
    unsided = assessed(findings(leg_pain_on_walking=True, sudden_onset_within_14_days=True))
    assert [flag.side for flag in unsided.red_flags] == [None]


def test_no_ankle_signal_of_unknown_onset_is_acute_if_new_and_limb_threatening() -> None:
    result = assessed(findings(), study(right=0, left=130))
    assert flag_codes(result) == {"acute-limb-ischaemia", "chronic-limb-threatening-ischaemia"}
    assert result.red_flags[0].code == "acute-limb-ischaemia"


@pytest.mark.parametrize(
    "told",
    [
        {"saddle_anaesthesia": True},
        {"new_bladder_or_bowel_dysfunction": True},
        {"bilateral_leg_weakness": True, "back_pain": True},
        {"bilateral_leg_weakness": True, "leg_pain_on_walking": True},
    ],
)
def test_cauda_equina_is_raised_with_or_without_pain(told: dict[str, bool]) -> None:
    result = assessed(findings(**told))
    assert result.red_flags[0].code == "cauda-equina-syndrome"
    assert order_codes(result) >= {"emergency-department", "mri-lumbar-without-contrast", "bladder-scan"}
    assert result.orders[0].priority is Priority.STAT


def test_cauda_equina_with_mri_contraindicated_gets_ct_myelography() -> None:
    result = assessed(findings(saddle_anaesthesia=True, mri_contraindicated=True))
    assert "ct-myelogram" in order_codes(result)
    assert "mri-lumbar-without-contrast" not in order_codes(result)


def test_rest_pain_with_a_toe_pressure_of_22_is_limb_threatening() -> None:
    told = findings(leg_pain_on_walking=True, symptom_side="right", rest_pain_foot=True, rest_pain_over_2_weeks=True)
    result = assessed(told, study(right=60, left=130, toe_right=22, toe_left=90))
    assert [flag.side for flag in result.red_flags] == [Side.RIGHT]
    assert {"vascular-surgery-referral", "arterial-duplex"} == order_codes(result)
    assert "supervised-exercise-therapy" in withheld_codes(result)
    assert result.orders[0].priority is Priority.URGENT


def test_rest_pain_of_unknown_side_is_not_lost() -> None:
    result = assessed(findings(rest_pain_foot=True))
    assert [(flag.code, flag.side) for flag in result.red_flags] == [("chronic-limb-threatening-ischaemia", None)]


def test_diabetic_foot_wound_with_good_perfusion_is_not_limb_ischaemia() -> None:
    result = assessed(findings(foot_wound_right=True, diabetes=True), study(right=140, left=140, toe_right=100, toe_left=100))
    assert "chronic-limb-threatening-ischaemia" not in flag_codes(result)
    assert any("foot-wound pathway" in sentence for sentence in result.advice)


def test_diabetic_foot_wound_without_pressures_gets_the_toe_pressure_first() -> None:
    result = assessed(findings(foot_wound_right=True, diabetes=True))
    assert "chronic-limb-threatening-ischaemia" in flag_codes(result)
    assert result.orders[0].code == "toe-brachial-index"


def test_motor_deficit_brings_the_mri_urgently() -> None:
    result = assessed(findings(lowest_leg_power_mrc=3))
    assert flag_codes(result) == {"progressive-motor-deficit"}
    assert "mri-lumbar-without-contrast" in order_codes(result)


def test_no_leg_pain_means_nothing_to_weigh_but_indices_and_flags_stand() -> None:
    result = assessed(findings(leg_pain_on_walking=False, saddle_anaesthesia=True), study(right=80, left=130))
    assert result.differential is None
    assert result.not_weighed is NotWeighed.NO_LEG_SYMPTOMS
    assert result.indices.right.pad_status is PadStatus.CONFIRMED
    assert flag_codes(result) == {"cauda-equina-syndrome"}
    assert result.next_data == ()


def test_pain_denied_and_yet_described_is_said() -> None:
    result = assessed(findings(leg_pain_on_walking=False, provoked_uphill_or_hurrying=True))
    assert IssueCode.CONFLICTING_ANSWERS in {issue.code for issue in result.issues}
    assert result.differential is None


def test_nothing_known_but_age_gives_no_probability_and_asks_for_the_pain() -> None:
    result = assessed(findings())
    assert result.differential is None
    assert result.not_weighed is NotWeighed.SYMPTOMS_NOT_KNOWN
    assert result.next_data[0].code == "leg-pain-on-walking"
    assert len(result.next_data) == 3


def test_exertional_details_stand_for_the_pain_nobody_ticked() -> None:
    result = assessed(findings(makes_stop_or_slow_down=True, worse_standing_up=True))
    assert result.differential is not None


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"diabetes": True, "smoking_status": "current"},
        {"consistent_walking_distance": True, "makes_stop_or_slow_down": True},
        {"known_pad": True, "known_lumbar_stenosis": True, "back_pain": True},
        {"cold_leg_right": True},
    ],
)
@pytest.mark.parametrize("age", [None, 44, 81])
def test_a_prior_alone_is_never_sent_out_as_a_result(told: dict[str, Any], age: int | None) -> None:
    result = assessed(findings(leg_pain_on_walking=True, **told), age=age)
    assert result.differential is None
    assert result.not_weighed is NotWeighed.NOTHING_TO_WEIGH
    assert (result.next_data[0].code == "age") is (age is None)
    assert "resting-abi" in order_codes(result) | withheld_codes(result)


def test_one_answer_that_tells_the_causes_apart_is_enough_to_weigh() -> None:
    assert assessed(findings(leg_pain_on_walking=True, symptom_side="both")).differential is not None
    assert assessed(findings(leg_pain_on_walking=True), study(right=81, left=130)).differential is not None
    # A stiff artery tells nothing.
    assert assessed(findings(leg_pain_on_walking=True), study(right=250, left=250)).differential is None


def test_age_unknown_widens_the_range_and_is_asked_first() -> None:
    known = assessed(findings(**CLAUDICANT), age=60)
    unknown = assessed(findings(**CLAUDICANT), age=None)
    assert unknown.differential is not None
    assert known.differential is not None
    assert unknown.next_data[0].code == "age"
    assert unknown.differential.vascular.posttest.low < known.differential.vascular.posttest.low
    assert any("Age not known" in note for note in unknown.differential.notes)


def test_one_leg_measured_and_pain_in_the_other_asks_for_the_other() -> None:
    told = {**CLAUDICANT, "symptom_side": "left"}
    result = assessed(findings(**told), study(right=80))
    assert result.indices.right.pad_status is PadStatus.CONFIRMED
    assert result.indices.left.pad_status is PadStatus.NOT_MEASURED
    assert "resting-abi" in order_codes(result)
    assert result.differential is not None
    assert not [c for c in result.differential.vascular.contributions if c.part == "haemodynamic"]
    assert any("does not hurt" in note for note in result.differential.notes)
    assert "supervised-exercise-therapy" not in order_codes(result)


def test_side_not_asked_lets_an_abnormal_leg_count_and_says_so() -> None:
    told = {key: value for key, value in CLAUDICANT.items() if key != "symptom_side"}
    result = assessed(findings(**told), study(right=80, left=130))
    assert result.differential is not None
    assert any("Which leg hurts was not recorded" in note for note in result.differential.notes)
    assert leading(result) == Diagnosis.VASCULAR


def test_confirmed_disease_in_the_leg_that_hurts_is_never_below_moderate() -> None:
    against = {**STENOTIC, "symptom_site": {"buttock"}}
    result = assessed(findings(**against, **NORMAL_FOOT_PULSES), study(right=115, left=115), age=45)
    assert result.differential is not None
    assert result.differential.vascular.floored
    assert result.differential.vascular.likelihood is Likelihood.MODERATE


def test_amputated_leg_is_not_waited_for() -> None:
    told = {**CLAUDICANT, "symptom_side": "both"}
    result = assessed(findings(**told, leg_amputated_left=True), study(right=80))
    assert "resting-abi" not in order_codes(result)
    assert "supervised-exercise-therapy" in order_codes(result)


# --- orders already there --------------------------------------------------------------------------------------------


def test_open_order_is_not_proposed_again_and_the_answer_says_so() -> None:
    standing = OpenOrder(code="resting-abi", source="ServiceRequest/abi-1")
    result = assessed(findings(**CLAUDICANT), open_orders=(standing,))
    assert "resting-abi" not in order_codes(result)
    assert "resting-abi" in withheld_codes(result)
    assert [issue.source for issue in result.issues if issue.code is IssueCode.ORDER_ALREADY_OPEN] == ["ServiceRequest/abi-1"]


@pytest.mark.parametrize(("days", "proposed"), [(10, False), (90, False), (91, True)])
def test_recent_study_is_not_repeated(days: int, proposed: bool) -> None:
    done = OpenOrder(code="resting-abi", source="DiagnosticReport/1", authored_at=NOW - timedelta(days=days), done=True)
    result = assessed(findings(**CLAUDICANT), open_orders=(done,))
    assert ("resting-abi" in order_codes(result)) is proposed


def test_study_of_unknown_date_or_of_another_kind_does_not_stand_in() -> None:
    undated = OpenOrder(code="resting-abi", source="DiagnosticReport/1", done=True)
    other = OpenOrder(code="arterial-duplex", source="ServiceRequest/2")
    result = assessed(findings(**CLAUDICANT), open_orders=(undated, other))
    assert "resting-abi" in order_codes(result)


def test_routine_mri_waiting_for_weeks_does_not_stand_in_for_the_emergency_one() -> None:
    waiting = OpenOrder(code="mri-lumbar-without-contrast", source="ServiceRequest/mri-1")
    result = assessed(findings(saddle_anaesthesia=True), open_orders=(waiting,))
    assert "mri-lumbar-without-contrast" in order_codes(result)
    assert any("raise the urgency" in issue.detail for issue in result.issues)


def test_routine_referral_does_not_stand_in_for_the_urgent_one_of_a_threatened_limb() -> None:
    told = findings(leg_pain_on_walking=True, symptom_side="right", rest_pain_foot=True, rest_pain_over_2_weeks=True)
    routine = OpenOrder(code="vascular-surgery-referral", source="ServiceRequest/v-1")
    assert "vascular-surgery-referral" in order_codes(assessed(told, open_orders=(routine,)))
    urgent = replace(routine, priority=Priority.URGENT)
    assert "vascular-surgery-referral" not in order_codes(assessed(told, open_orders=(urgent,)))


def test_emergency_already_ordered_as_one_is_not_ordered_twice_but_an_old_result_does_not_cover_it() -> None:
    told = findings(saddle_anaesthesia=True)
    asked = OpenOrder(code="mri-lumbar-without-contrast", source="ServiceRequest/mri-1", priority=Priority.STAT)
    assert "mri-lumbar-without-contrast" not in order_codes(assessed(told, open_orders=(asked,)))
    last_week = replace(asked, done=True, authored_at=NOW - timedelta(days=7))
    assert "mri-lumbar-without-contrast" in order_codes(assessed(told, open_orders=(last_week,)))


def test_same_measurements_give_the_same_answer() -> None:
    once = assessed(findings(**CLAUDICANT), study(right=81, left=130))
    assert once == assessed(findings(**dict(reversed(CLAUDICANT.items()))), study(right=81, left=130))
    assert isinstance(Measurements().pressures, tuple)


def test_a_recorded_sex_is_known_and_an_unknown_one_is_not_guessed() -> None:
    assert assessed(findings(), sex=None).sex is None
