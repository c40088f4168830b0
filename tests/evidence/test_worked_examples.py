"""Worked examples from the papers, each with its DOI: our arithmetic on their inputs gives their numbers, to the digits they print."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import pytest

from service.clinical.assessment import InstrumentResult
from service.clinical.indices import AbiCategory, ExerciseResult, Leg, PadStatus
from service.clinical.ischaemia import abi_grade, ankle_grade, toe_grade
from service.clinical.measurements import Measurements, Side, Site
from service.clinical.probability import log_odds, probability
from service.evidence.likelihood_ratios import Outcome
from tests.clinical.patients import NO_PRESSURES, assessed, evidence, findings, pressure, study


def outcome(entry: str, *, present: bool) -> Outcome:
    (found,) = [one for one in evidence().entries if one.id == entry]
    told = found.present if present else found.absent
    assert told is not None
    return told


def doi(entry: str) -> str:
    return evidence().citations[outcome(entry, present=True).basis.citation].doi


def post_test(pretest: float, ratio: float) -> float:
    return probability(log_odds(pretest) + math.log(ratio))


def leg(measured: Measurements, side: Side = Side.RIGHT, **found: Any) -> Leg:
    return assessed(findings(**found), measured).indices.leg(side)


def instrument(code: str, found: dict[str, Any], *, age: int, measured: Measurements = NO_PRESSURES) -> InstrumentResult:
    (one,) = [one for one in assessed(findings(**found), measured, age=age).instruments if one.code == code]
    return one


def test_tehan_toe_index_ratios_follow_from_sensitivity_and_specificity() -> None:
    """doi:10.7863/ultra.15.14.09071 - TBI 71 % and 78 %: 0.71/0.22 = 3.2 and 0.29/0.78 = 0.37."""
    assert doi("v-tbi") == "10.7863/ultra.15.14.09071"
    assert outcome("v-tbi", present=True).ratio.value == pytest.approx(0.71 / (1 - 0.78), abs=0.05)
    assert outcome("v-tbi", present=False).ratio.value == pytest.approx((1 - 0.71) / 0.78, abs=0.005)


def test_xu_ankle_index_ratio_against_disease_is_the_pooled_one() -> None:
    """doi:10.1016/j.cjca.2012.06.014 - pooled sensitivity 75 %, specificity 86 %, LR- 0.29."""
    assert doi("v-abi") == "10.1016/j.cjca.2012.06.014"
    assert outcome("v-abi", present=False).ratio.value == pytest.approx(0.29)
    assert outcome("v-abi", present=False).ratio.value == pytest.approx((1 - 0.75) / 0.86, abs=0.005)


def test_cook_cluster_takes_their_patients_to_76_percent() -> None:
    """doi:10.1002/pri.500 - four of five: LR+ 4.6, post-test probability 76 %; so the pre-test one was 0.76/0.24/4.6 = 0.69 to 1, 41 %."""
    (weight,) = [one for one in evidence().weights_of["neurogenic"] if one.instrument.id == "cook"]
    assert evidence().citations["cook-2011"].doi == "10.1002/pri.500"
    assert (weight.positive.ratio.value, weight.positive.ratio.low, weight.positive.ratio.high) == (4.6, 2.4, 8.9)
    pretest = (0.76 / 0.24 / 4.6) / (1 + 0.76 / 0.24 / 4.6)
    assert round(100 * pretest) == 41
    assert round(100 * post_test(0.41, weight.positive.ratio.value)) == 76


def test_konno_support_tool_runs_to_sixteen_and_turns_at_seven() -> None:
    """doi:10.1007/s00586-007-0402-2 - ten items, -2 to 16, 7 or more positive with 92.8 % and 72.0 %, which give LR+ 3.3 and LR- 0.10."""
    everything = {
        "leg_pain_on_walking": True, "symptom_side": "right", "diabetes": False, "makes_stop_or_slow_down": True, "worse_standing_up": True,
        "relieved_by_bending_forward": True, "induced_by_bending_forward": False, "worse_bending_backward": True,
        "achilles_reflex_right": "absent", "straight_leg_raise_right": "negative", "straight_leg_raise_left": "negative",
    }  # fmt: skip
    assert evidence().citations["konno-2007-dst"].doi == "10.1007/s00586-007-0402-2"
    assert instrument("lss-dst", everything, age=75, measured=study(right=130)).score == 16
    (weight,) = [one for one in evidence().weights_of["neurogenic"] if one.instrument.id == "lss-dst"]
    assert weight.positive.ratio.value == pytest.approx(0.928 / (1 - 0.720), abs=0.05)
    assert weight.negative is not None
    assert weight.negative.ratio.value == pytest.approx((1 - 0.928) / 0.720, abs=0.005)


def test_konno_questionnaire_ratios_follow_from_sensitivity_and_specificity() -> None:
    """doi:10.1186/1471-2474-8-102 - 84 % and 78 %: 0.84/0.22 = 3.82 and 0.16/0.78 = 0.205."""
    assert evidence().citations["konno-2007-sshq"].doi == "10.1186/1471-2474-8-102"
    (weight,) = [one for one in evidence().weights_of["neurogenic"] if one.instrument.id == "lss-sshq"]
    assert weight.negative is not None
    assert (round(weight.positive.ratio.value, 2), round(weight.negative.ratio.value, 3)) == (3.82, 0.205)


def test_sugioka_rule_ratios_follow_from_sensitivity_and_specificity() -> None:
    """doi:10.1093/fampra/cmn031 - 81 % and 58 % at 5 or more: 0.81/0.42 = 1.93 and 0.19/0.58 = 0.33."""
    assert evidence().citations["sugioka-2008"].doi == "10.1093/fampra/cmn031"
    (weight,) = [one for one in evidence().weights_of["neurogenic"] if one.instrument.id == "sugioka"]
    assert weight.negative is not None
    assert (round(weight.positive.ratio.value, 2), round(weight.negative.ratio.value, 2)) == (1.93, 0.33)


@pytest.mark.parametrize(
    ("entry", "present", "published"),
    [
        ("v-skin-cool", True, (5.9, 4.1, 8.6)),
        ("v-bruit", True, (5.6, 4.7, 6.7)),
        ("v-bruit", False, (0.39, 0.34, 0.45)),
        ("v-pulse-abnormal", True, (4.7, 2.2, 9.9)),
        ("v-pulse-abnormal", False, (0.38, 0.23, 0.64)),
    ],
)
def test_khan_signs_in_legs_that_hurt(entry: str, present: bool, published: tuple[float, float, float]) -> None:
    """doi:10.1001/jama.295.5.536 - and several signs say no more than one: of a group the strongest counts."""
    assert doi(entry) == "10.1001/jama.295.5.536"
    ratio = outcome(entry, present=present).ratio
    assert (ratio.value, ratio.low, ratio.high) == published
    both = assessed(
        findings(leg_pain_on_walking=True, symptom_side="right", skin_cool_right=True, bruit_femoral_right=True)
    ).differential
    one = assessed(findings(leg_pain_on_walking=True, symptom_side="right", skin_cool_right=True)).differential
    assert both is not None
    assert one is not None
    assert both.vascular.posttest == one.vascular.posttest


def test_suri_no_pain_seated_and_its_published_interval() -> None:
    """doi:10.1001/jama.2010.1833 - LR+ 7.4 (1.9-30): unshrunken, a pre-test 30 % becomes 76 %; here half the log counts, 54 %."""
    assert doi("n-no-pain-seated") == "10.1001/jama.2010.1833"
    told = outcome("n-no-pain-seated", present=True)
    assert round(100 * post_test(0.30, told.ratio.value)) == 76
    assert round(100 * probability(log_odds(0.30) + told.moves[0])) == 54
    assert (told.ratio.low, told.ratio.high) == (1.9, 30)


def test_nadeau_constellations_count_instead_of_their_parts() -> None:
    """doi:10.1503/cjs.016512 - {calf, standing still}: LR+ 20; its parts alone 3.08 and 4.85, which multiplied would be 15."""
    assert doi("v-calf-and-standing-still") == "10.1503/cjs.016512"
    assert outcome("v-calf-and-standing-still", present=True).ratio.value == 20
    assert outcome("n-cart-constellation", present=True).ratio.value == 13
    weighed = assessed(
        findings(leg_pain_on_walking=True, symptom_site={"calf"}, relieved_by_standing_still=True, symptom_side="right")
    ).differential
    assert weighed is not None
    assert {step.entry for step in weighed.vascular.contributions if step.counted} == {"v-calf-and-standing-still"}


def test_leng_relief_item_ratios_follow_from_its_sensitivity_and_specificity() -> None:
    """doi:10.1016/0895-4356(92)90150-L - question 5: 90.6 % and 63.9 %, 0.906/0.361 = 2.51 and 0.094/0.639 = 0.147."""
    assert doi("v-relief-within-10-minutes") == "10.1016/0895-4356(92)90150-L"
    assert round(0.906 / (1 - 0.639), 2) == outcome("v-relief-within-10-minutes", present=True).ratio.value == 2.51
    assert round((1 - 0.906) / 0.639, 3) == outcome("v-relief-within-10-minutes", present=False).ratio.value == 0.147


def test_mahe_both_post_exercise_criteria_are_told_apart() -> None:
    """doi:10.1097/MD.0000000000000277 - an ABI fall over 20 % and an ankle fall over 30 mmHg disagree in one test of four: both are asked for."""
    # 130/130 = 1.00 falls to 96/130 = 0.738 (26 %), the ankle by 34: both. 101/130 = 0.777 (22 %), the ankle by 29: one.
    both = leg(study(arms=(130, 130), right=130, post_right=96, post_arms=130))
    one = leg(study(arms=(130, 130), right=130, post_right=101, post_arms=130))
    assert both.exercise is not None
    assert one.exercise is not None
    assert (both.exercise.result, both.pad_status) == (ExerciseResult.CONCORDANT_POSITIVE, PadStatus.CONFIRMED)
    assert (one.exercise.result, one.pad_status) == (ExerciseResult.DISCORDANT, PadStatus.POSSIBLE)


def test_kyte_healthy_young_fall_of_the_index_alone_is_no_disease() -> None:
    """doi:10.3390/clinpract13020049 - 60.5 % of the healthy fall by over 20 % as the arm pressure rises, 6.5 % by over 30 mmHg at the ankle."""
    # Rest 130/120 = 1.083; after exercise the ankle still 130, the arm 170: 0.765, a fall of 29 % without any fall of the ankle.
    young = assessed(findings(runner_or_athlete=True), study(arms=(120, 120), right=130, post_right=130, post_arms=170), age=24)
    tested = young.indices.right
    assert tested.exercise is not None
    assert tested.exercise.result is ExerciseResult.DISCORDANT
    assert tested.pad_status is PadStatus.POSSIBLE


def test_getabi_higher_and_lower_artery_give_two_prevalences() -> None:
    """doi:10.1186/1471-2458-7-147 - PAD in 18.0 % by the higher artery, in 34.5 % by the lower: the class is by the higher one."""
    measured = Measurements(
        pressures=(
            pressure(Site.BRACHIAL, Side.RIGHT, 130),
            pressure(Site.BRACHIAL, Side.LEFT, 130),
            pressure(Site.DORSALIS_PEDIS, Side.RIGHT, 100),
            pressure(Site.POSTERIOR_TIBIAL, Side.RIGHT, 130),
        )
    )
    abi = leg(measured).abi
    assert abi is not None
    assert (abi.ratio.value, abi.category) == (Decimal("1.00"), AbiCategory.NORMAL)


def test_symptomatic_diabetic_leg_of_a_case_report_is_not_cleared_by_its_index() -> None:
    """doi:10.1186/s13256-021-03155-z - 1.28 in the leg that hurts, 1.55 in the other: normal does not clear, over 1.40 says nothing."""
    case = assessed(
        findings(leg_pain_on_walking=True, symptom_side="right", diabetes=True), study(arms=(100, 100), right=128, left=155)
    )
    right, left = case.indices.right, case.indices.left
    assert right.abi is not None
    assert left.abi is not None
    assert (right.abi.ratio.value, right.abi.category) == (Decimal("1.28"), AbiCategory.NORMAL)
    assert (left.abi.ratio.value, left.abi.category, left.pad_status) == (
        Decimal("1.55"), AbiCategory.NONCOMPRESSIBLE, PadStatus.INDETERMINATE,
    )  # fmt: skip
    assert case.differential is not None
    counted = [step.entry for step in case.differential.vascular.contributions if step.counted and step.part == "haemodynamic"]
    assert counted == ["v-abi-normal-stiff-arteries"]


@pytest.mark.parametrize(
    ("grade", "abi", "ankle", "toe"),
    [
        (0, "0.80", 101, 60),
        (1, "0.79", 100, 59),
        (1, "0.60", 70, 40),
        (2, "0.59", 69, 39),
        (2, "0.40", 50, 30),
        (3, "0.39", 49, 29),
    ],
)
def test_mills_ischaemia_table_edge_by_edge(grade: int, abi: str, ankle: int, toe: int) -> None:
    """doi:10.1016/j.jvs.2013.08.003 - the four grades, by ABI, ankle and toe pressure; 70 and 50 overlap in print and take the lower grade."""
    assert evidence().citations["mills-2014-wifi"].doi == "10.1016/j.jvs.2013.08.003"
    table = evidence().abi_categories.wifi
    assert abi_grade(Decimal(abi), table) == ankle_grade(Decimal(ankle), table) == toe_grade(Decimal(toe), table) == grade


def test_risk_factors_of_the_pooled_population_studies() -> None:
    """doi:10.1093/eurjpc/zwad381 - current smoking 1.9 (1.4-2.5), past 1.6 (1.3-1.9), diabetes 2.3 (2.0-2.8)."""
    assert evidence().citations["pad-meta-2021"].doi == "10.1093/eurjpc/zwad381"
    levels = {
        (factor.finding, level.value): level.odds_ratio for factor in evidence().priors.risk_factors for level in factor.levels
    }
    told = {key: (ratio.value, ratio.low, ratio.high) for key, ratio in levels.items()}
    assert told["smoking-status", "current"] == (1.9, 1.4, 2.5)
    assert told["smoking-status", "former"] == (1.6, 1.3, 1.9)
    assert told["diabetes", "yes"] == (2.3, 2.0, 2.8)


def test_khaleghi_family_history_nearly_doubles_the_odds_and_half_of_that_counts() -> None:
    """doi:10.1016/j.amjcard.2014.06.029 - adjusted odds ratio 1.97 (1.60-2.42); centred on the 5 % who have it, half its log: +0.32 in log odds."""
    assert evidence().citations["khaleghi-2014"].doi == "10.1016/j.amjcard.2014.06.029"
    story: dict[str, Any] = {"leg_pain_on_walking": True, "symptom_side": "right", "symptom_site": {"calf"}}
    told = {relative: assessed(findings(**story, family_history_pad=relative)).differential for relative in (True, False)}
    moved = {relative: one.vascular.contributions[0] for relative, one in told.items() if one is not None}
    assert (moved[True].likelihood_ratio, moved[True].low, moved[True].high) == (1.97, 1.60, 2.42)
    assert moved[True].log_odds == pytest.approx(0.5 * math.log(1.97) * 0.95)
    assert moved[False].log_odds == pytest.approx(-0.5 * math.log(1.97) * 0.05)


@pytest.mark.parametrize(
    ("finding", "citation", "found_at", "ratio", "usual"),
    [
        ("hyperlipidaemia", "fowkes-2013", "10.1016/S0140-6736(13)61249-0", 1.19, 0.40),
        ("chronic_kidney_disease", "selvin-2004", "10.1161/01.CIR.0000137913.26087.F0", 2.00, 0.15),
    ],
)
def test_lipids_and_kidneys_move_the_odds_by_half_their_published_log(
    finding: str, citation: str, found_at: str, ratio: float, usual: float
) -> None:
    """doi:10.1016/S0140-6736(13)61249-0, doi:10.1161/01.CIR.0000137913.26087.F0 - 1.19 (1.07-1.33) and 2.00."""
    assert evidence().citations[citation].doi == found_at
    weighed = assessed(findings(leg_pain_on_walking=True, symptom_side="right", **{finding: True})).differential
    assert weighed is not None
    (moved,) = [step for step in weighed.vascular.contributions if step.part == "risk-factor"]
    assert moved.likelihood_ratio == ratio
    assert moved.log_odds == pytest.approx(0.5 * math.log(ratio) * (1 - usual))
