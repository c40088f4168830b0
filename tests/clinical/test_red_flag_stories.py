"""What must not wait: each story raises its flag with its orders, and its near neighbour does not."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.clinical.assessment import Assessment, Priority
from service.clinical.findings import Findings
from service.clinical.measurements import Bound, Measurements, Side, Site
from service.clinical.vocabulary import VOCABULARY, Kind
from service.fhir.service_request import in_answer_order
from tests.clinical.patients import (
    CLAUDICANT,
    NO_PRESSURES,
    STENOTIC,
    assessed,
    evidence,
    findings,
    flag_codes,
    order_codes,
    pressure,
    study,
    withheld_codes,
)


def orders_for(result: Assessment, flag: str) -> set[str]:
    return {order.code for order in result.orders if order.red_flag == flag}


def text_of(result: Assessment, flag: str) -> str:
    return next(one.text for one in result.red_flags if one.code == flag)


WITH_CONTRAST = "mri-lumbar-with-and-without-contrast"


@pytest.mark.parametrize(
    ("told", "flag", "priority", "orders"),
    [
        ({"back_pain": True, "fever": True}, "spinal-infection", Priority.URGENT, {"infection-bloods", WITH_CONTRAST}),
        ({"back_pain": True, "iv_drug_use": True}, "spinal-infection", Priority.URGENT, {"infection-bloods", WITH_CONTRAST}),
        (
            {"back_pain": True, "immunosuppression": True},
            "spinal-infection",
            Priority.URGENT,
            {"infection-bloods", WITH_CONTRAST},
        ),
        ({"fever": True, "iv_drug_use": True}, "spinal-infection", Priority.URGENT, {"infection-bloods", WITH_CONTRAST}),
        ({"cancer_history": True, "back_pain": True}, "spinal-malignancy", Priority.URGENT, {WITH_CONTRAST}),
        ({"cancer_history": True, "night_pain": True}, "spinal-malignancy", Priority.URGENT, {WITH_CONTRAST}),
        ({"cancer_history": True, "unexplained_weight_loss": True}, "spinal-malignancy", Priority.URGENT, {WITH_CONTRAST}),
        (
            {"back_pain": True, "night_pain": True, "unexplained_weight_loss": True},
            "spinal-malignancy",
            Priority.URGENT,
            {WITH_CONTRAST},
        ),
        ({"major_trauma": True, "osteoporosis_or_steroids": True}, "vertebral-fracture", Priority.URGENT, {"xr-lumbar"}),
        ({"major_trauma": True, "back_pain": True}, "vertebral-fracture", Priority.URGENT, {"xr-lumbar"}),
        (
            {"abdominal_or_back_pain_with_collapse": True},
            "abdominal-aortic-aneurysm",
            Priority.STAT,
            {"emergency-department", "vascular-surgery-referral"},
        ),
        (
            {"pulsatile_abdominal_mass": True, "back_pain": True},
            "abdominal-aortic-aneurysm",
            Priority.STAT,
            {"emergency-department", "vascular-surgery-referral"},
        ),
        ({"pulsatile_abdominal_mass": True}, "abdominal-aortic-aneurysm", Priority.URGENT, {"aaa-ultrasound"}),
        ({"unilateral_leg_swelling": True, "calf_tenderness": True}, "deep-vein-thrombosis", Priority.ASAP, {"venous-duplex"}),
        ({"unilateral_leg_swelling": True, "cancer_history": True}, "deep-vein-thrombosis", Priority.ASAP, {"venous-duplex"}),
        ({"unilateral_leg_swelling": True, "prior_dvt": True}, "deep-vein-thrombosis", Priority.ASAP, {"venous-duplex"}),
        (
            {"pain_out_of_proportion": True, "major_trauma": True, "sudden_onset_within_14_days": False},
            "acute-compartment-syndrome",
            Priority.STAT,
            {"emergency-department", "compartment-pressure"},
        ),
        (
            {"abdominal_aortic_aneurysm": True, "back_pain": True},
            "abdominal-aortic-aneurysm",
            Priority.URGENT,
            {"aaa-ultrasound"},
        ),
        (
            {"post_void_residual_ml": 200, "back_pain": True},
            "cauda-equina-syndrome",
            Priority.STAT,
            {"emergency-department"},
        ),
        (
            {"bilateral_leg_weakness": True, "leg_pain_on_walking": False},
            "cauda-equina-syndrome",
            Priority.STAT,
            {"emergency-department", "mri-lumbar-without-contrast", "bladder-scan"},
        ),
        (
            {"rest_pain_foot": True, "rest_pain_over_2_weeks": False},
            "acute-limb-ischaemia",
            Priority.STAT,
            {"emergency-department", "vascular-surgery-referral"},
        ),
        (
            {"rest_pain_foot": True, "rest_pain_over_2_weeks": False, "symptom_side": "left"},
            "acute-limb-ischaemia",
            Priority.STAT,
            {"emergency-department", "vascular-surgery-referral"},
        ),
        (
            {"rest_pain_over_2_weeks": True},
            "chronic-limb-threatening-ischaemia",
            Priority.URGENT,
            {"vascular-surgery-referral", "toe-brachial-index"},
        ),
        (
            {"rest_pain_relieved_by_hanging_down": True, "symptom_side": "right"},
            "chronic-limb-threatening-ischaemia",
            Priority.URGENT,
            {"vascular-surgery-referral", "toe-brachial-index", "resting-abi", "arterial-duplex"},
        ),
        (
            {"sudden_onset_within_14_days": False, "arterial_doppler_left": "inaudible"},
            "chronic-limb-threatening-ischaemia",
            Priority.ASAP,
            {"vascular-surgery-referral", "arterial-duplex"},
        ),
        (
            {"sudden_onset_within_14_days": False, "pale_leg_left": True, "leg_sensory_loss_left": "profound"},
            "chronic-limb-threatening-ischaemia",
            Priority.ASAP,
            {"vascular-surgery-referral", "arterial-duplex"},
        ),
        (
            {"pain_out_of_proportion": True},
            "acute-compartment-syndrome",
            Priority.STAT,
            {"emergency-department", "compartment-pressure"},
        ),
    ],
)
def test_a_warning_sign_raises_its_flag_with_its_urgency_and_its_orders(
    told: dict[str, Any], flag: str, priority: Priority, orders: set[str]
) -> None:
    result = assessed(findings(**{"leg_pain_on_walking": True, **told}), age=60)
    assert flag_codes(result) == {flag}
    assert {one.priority for one in result.red_flags} == {priority}
    assert orders_for(result, flag) == orders
    assert {order.priority for order in result.orders if order.red_flag == flag} == {priority}


@pytest.mark.parametrize(
    "told",
    [
        {"cancer_history": True},
        {"fever": True},
        {"fever": True, "iv_drug_use": True, "back_pain": False},
        {"back_pain": True},
        {"night_pain": True, "back_pain": True},
        {"major_trauma": True},
        {"osteoporosis_or_steroids": True, "back_pain": True},
        {"unilateral_leg_swelling": True},
        {"unilateral_leg_swelling": True, "prior_dvt": True, "symptom_duration_weeks": 12},
        {"pain_out_of_proportion": True, "major_trauma": False, "sudden_onset_within_14_days": False},
        {"post_void_residual_ml": 400},
        {"post_void_residual_ml": 199, "back_pain": True},
        {"post_void_residual_ml": 400, "back_pain": True, "new_bladder_or_bowel_dysfunction": False},
        {"abdominal_aortic_aneurysm": True},
        {"sudden_onset_within_14_days": False, "cold_leg_right": True, "pale_leg_right": True, "leg_sensory_loss_right": "toes"},
        {"sudden_onset_within_14_days": False, "leg_motor_loss_right": "paralysis"},
        {"rest_pain_foot": False, "rest_pain_over_2_weeks": True},
    ],
)
def test_a_sign_that_is_not_enough_alone_raises_nothing_and_scans_nothing(told: dict[str, Any]) -> None:
    result = assessed(findings(**CLAUDICANT, **told), age=60)
    assert not result.red_flags
    assert not {code for code in order_codes(result) if "mri" in code or "ct" in code.split("-")}


def test_an_injury_at_70_is_enough_for_a_radiograph_and_counts_once() -> None:
    result = assessed(findings(leg_pain_on_walking=True, major_trauma=True, back_pain=True), age=70)
    assert [one.basis.rule for one in result.red_flags] == ["vertebral-fracture"]
    assert [order.code for order in result.orders].count("xr-lumbar") == 1


@pytest.mark.parametrize(
    ("residual", "said"), [(200, "likely: signs of it, and 200 ml"), (199, "possible"), (0, "possible"), (None, "possible")]
)
def test_a_full_bladder_makes_cauda_equina_likelier_and_an_empty_one_never_clears_it(residual: int | None, said: str) -> None:
    told = {} if residual is None else {"post_void_residual_ml": residual}
    result = assessed(findings(leg_pain_on_walking=True, saddle_anaesthesia=True, **told))
    assert said in text_of(result, "cauda-equina-syndrome")
    assert orders_for(result, "cauda-equina-syndrome") >= {"emergency-department", "mri-lumbar-without-contrast"}
    assert ("bladder-scan" in order_codes(result)) is (residual is None)


@pytest.mark.parametrize(
    ("told", "ordered", "withheld"),
    [
        ({"back_pain": True, "fever": True, "mri_contraindicated": True}, "ct-lumbar", WITH_CONTRAST),
        ({"back_pain": True, "fever": True, "pregnant": True}, "mri-lumbar-without-contrast", WITH_CONTRAST),
        ({"cancer_history": True, "night_pain": True, "mri_contraindicated": True}, "ct-lumbar", WITH_CONTRAST),
        ({"saddle_anaesthesia": True, "mri_contraindicated": True}, "ct-myelogram", "mri-lumbar-without-contrast"),
        (
            {"saddle_anaesthesia": True, "mri_contraindicated": True, "contrast_allergy": True},
            "ct-lumbar",
            "mri-lumbar-without-contrast",
        ),
        (
            {"progressive_motor_deficit": True, "mri_contraindicated": True, "contrast_allergy": True},
            "ct-lumbar",
            "mri-lumbar-without-contrast",
        ),
    ],
)
def test_what_cannot_be_scanned_one_way_is_scanned_another_and_both_are_shown(
    told: dict[str, Any], ordered: str, withheld: str
) -> None:
    result = assessed(findings(leg_pain_on_walking=True, **told))
    assert ordered in order_codes(result)
    assert withheld in withheld_codes(result)
    assert withheld not in order_codes(result)


@pytest.mark.parametrize("sign", [{"saddle_anaesthesia": True}, {"progressive_motor_deficit": True}])
def test_deficit_with_fever_is_one_mri_with_contrast_at_the_greater_urgency(sign: dict[str, Any]) -> None:
    result = assessed(findings(leg_pain_on_walking=True, back_pain=True, fever=True, **sign))
    scans = [order for order in result.orders if "mri" in order.code]
    assert [order.code for order in scans] == [WITH_CONTRAST]
    assert scans[0].priority is result.red_flags[0].priority


def test_kidneys_that_fail_leave_the_radiologist_to_decide_on_gadolinium() -> None:
    result = assessed(findings(leg_pain_on_walking=True, back_pain=True, fever=True, egfr=20))
    assert WITH_CONTRAST in order_codes(result)
    assert any("Gadolinium" in sentence for sentence in result.advice)


def arms(right: int, left: int) -> Measurements:
    return study(arms=(right, left), right=150, left=150)


@pytest.mark.parametrize(("left", "raised"), [(135, True), (136, False), (150, False)])
def test_arms_that_differ_by_15_are_measured_again_in_no_hurry(left: int, raised: bool) -> None:
    result = assessed(findings(**CLAUDICANT), arms(150, left))
    assert ("subclavian-stenosis" in flag_codes(result)) is raised
    assert ("repeat-arm-pressures" in order_codes(result)) is raised
    if raised:
        (flag,) = result.red_flags
        assert flag.priority is Priority.ROUTINE
        assert set(flag.sources) == {"Observation/rest-brachial-right", "Observation/rest-brachial-left"}
        assert result.orders[0].code == "repeat-arm-pressures"


def test_one_arm_alone_differs_from_nothing() -> None:
    only = Measurements(pressures=(pressure(Site.BRACHIAL, Side.RIGHT, 150), pressure(Site.DORSALIS_PEDIS, Side.RIGHT, 150)))
    assert not assessed(findings(**CLAUDICANT), only).red_flags


def test_the_flag_and_the_index_agree_on_when_arms_differ() -> None:
    edge = int(evidence().abi_categories.arms.difference_from.value)
    assert "subclavian-stenosis" in flag_codes(assessed(findings(**CLAUDICANT), arms(150, 150 - edge)))
    assert "subclavian-stenosis" not in flag_codes(assessed(findings(**CLAUDICANT), arms(150, 151 - edge)))


def test_a_threatened_foot_without_a_great_toe_gets_oxygen_and_not_a_toe_pressure() -> None:
    result = assessed(findings(gangrene_right=True, symptom_side="right", great_toe_amputated_right=True))
    assert "transcutaneous-oxygen" in orders_for(result, "chronic-limb-threatening-ischaemia")
    assert "toe-brachial-index" in withheld_codes(result)


def test_weakness_of_both_legs_is_cleared_only_by_pain_that_was_asked_for_and_denied() -> None:
    denied = findings(leg_pain_on_walking=False, back_pain=False, bilateral_leg_weakness=True)
    assert "cauda-equina-syndrome" not in flag_codes(assessed(denied))
    for asked in ({"leg_pain_on_walking": False}, {"back_pain": False}, {}):
        assert "cauda-equina-syndrome" in flag_codes(assessed(findings(**asked, bilateral_leg_weakness=True)))


@pytest.mark.parametrize(
    ("sudden", "flag"),
    [({"sudden_onset_within_14_days": False}, "chronic-limb-threatening-ischaemia"), ({}, "acute-limb-ischaemia")],
)
def test_recent_rest_pain_falls_into_no_gap_and_good_toes_clear_it(sudden: dict[str, Any], flag: str) -> None:
    recent = {**CLAUDICANT, **sudden, "rest_pain_foot": True, "rest_pain_over_2_weeks": False}
    threatened = assessed(findings(**recent), study(right=81, left=130))
    assert flag_codes(threatened) == {flag}
    assert "supervised-exercise-therapy" in withheld_codes(threatened)
    assert not assessed(findings(**recent), study(right=130, left=130, toe_right=100)).red_flags
    assert assessed(findings(**recent), study(right=130, left=130, toe_right=59)).red_flags


def test_nobody_asks_for_a_pressure_that_must_not_be_waited_for() -> None:
    dying = assessed(findings(**CLAUDICANT, cold_leg_right=True))
    rupturing = assessed(findings(**CLAUDICANT, abdominal_or_back_pain_with_collapse=True))
    for result in (dying, rupturing):
        assert not {"resting-abi", "toe-brachial-index"} & {datum.code for datum in result.next_data}
        assert not {"resting-abi", "toe-brachial-index"} & order_codes(result)
        assert "resting-abi" in withheld_codes(result)


def test_an_injury_with_a_deficit_is_seen_in_hospital() -> None:
    told = {"leg_pain_on_walking": True, "major_trauma": True, "back_pain": True}
    assert "emergency-department" not in order_codes(assessed(findings(**told), age=30))
    for age in (30, 80):
        result = assessed(findings(**told, lowest_leg_power_mrc=3), age=age)
        assert "emergency-department" in orders_for(result, "vertebral-fracture")


@pytest.mark.parametrize("foot", [{"foot_wound_left": True}, {"gangrene_left": True}])
@pytest.mark.parametrize("toe", [40, 118])
def test_a_foot_that_is_infected_is_seen_the_same_day_whatever_the_perfusion(foot: dict[str, Any], toe: int) -> None:
    wound = {"leg_pain_on_walking": False, "back_pain": False, **foot}
    urgent = {order.code for order in assessed(findings(**wound, fever=True), study(right=150, left=150, toe_left=toe)).orders if order.priority is Priority.URGENT}  # fmt: skip
    assert urgent >= {"emergency-department", "infection-bloods"}
    for fever in ({}, {"fever": False}):
        calm = order_codes(assessed(findings(**wound, **fever), study(right=150, left=150, toe_left=toe)))
        assert not {"emergency-department", "infection-bloods"} & calm


def test_a_clot_or_an_aneurysm_stops_the_treadmill() -> None:
    clot = assessed(findings(**CLAUDICANT, unilateral_leg_swelling=True, calf_tenderness=True), study(right=130, left=130))
    assert "exercise-abi" in withheld_codes(clot)
    assert "exercise-abi" not in order_codes(clot)
    assert any("No cuff" in sentence for sentence in clot.advice)
    mass = assessed(findings(**CLAUDICANT, pulsatile_abdominal_mass=True), study(right=81, left=130))
    assert "supervised-exercise-therapy" in withheld_codes(mass)
    assert "aaa-ultrasound" in order_codes(mass)


@pytest.mark.parametrize("sudden", [{"sudden_onset_within_14_days": True}, {}])
def test_no_index_is_wanted_of_a_limb_that_may_be_dying(sudden: dict[str, Any]) -> None:
    dying = assessed(findings(**CLAUDICANT, **sudden, diabetes=True, cold_leg_right=True, pale_leg_right=True))
    assert flag_codes(dying) == {"acute-limb-ischaemia"}
    assert order_codes(dying) == {"emergency-department", "vascular-surgery-referral"}
    assert "resting-abi" in withheld_codes(dying)
    known = assessed(findings(**CLAUDICANT, sudden_onset_within_14_days=False, diabetes=True, cold_leg_right=True))
    assert {"resting-abi", "toe-brachial-index"} <= order_codes(known)


def test_back_exercises_wait_for_the_mri_of_an_infected_spine() -> None:
    result = assessed(findings(**STENOTIC, back_pain=True, fever=True), age=72)
    assert "physical-therapy" in withheld_codes(result)
    assert {WITH_CONTRAST, "infection-bloods"} <= order_codes(result)
    assert "mri-lumbar-without-contrast" not in order_codes(result) | withheld_codes(result)


def test_questions_nobody_asked_are_listed_for_every_flag_that_has_any() -> None:
    asked = set(assessed(findings(leg_pain_on_walking=True)).red_flags_not_asked)
    assert asked >= {
        "fever",
        "iv-drug-use",
        "immunosuppression",
        "cancer-history",
        "unexplained-weight-loss",
        "night-pain",
        "major-trauma",
        "osteoporosis-or-steroids",
        "pulsatile-abdominal-mass",
        "abdominal-or-back-pain-with-collapse",
        "unilateral-leg-swelling",
        "calf-tenderness",
        "pain-out-of-proportion",
    }


YES_NO = sorted(code for code, term in VOCABULARY.items() if term.kind is Kind.BOOLEAN)
some_patient = st.dictionaries(st.sampled_from(YES_NO), st.booleans(), max_size=14).map(
    lambda told: findings(**{code.replace("-", "_"): value for code, value in told.items()})
)
some_pressures = st.sampled_from(
    [NO_PRESSURES, study(right=81, left=130), study(right=130, left=130), study(right=45, left=130), study(stiff_right=True)]
)


@given(found=some_patient, measured=some_pressures, age=st.sampled_from([None, 24, 60, 80]))
def test_orders_come_once_a_red_flag_leads_and_angiography_needs_an_intent(
    found: Findings, measured: Measurements, age: int | None
) -> None:
    result = assessed(found, measured, age=age)
    codes = [order.code for order in result.orders]
    assert len(codes) == len(set(codes))
    answered = [order.red_flag is not None for order in in_answer_order(result.orders)]
    assert answered == sorted(answered, reverse=True)
    assert {order.red_flag for order in result.orders if order.red_flag} <= flag_codes(result)
    if found.value("revascularisation-considered") is not True:
        assert not {"cta-runoff", "mra-runoff"} & set(codes)
    assert not set(codes) & withheld_codes(result)


def test_a_pressure_that_no_cuff_closes_raises_no_threat_of_the_limb() -> None:
    stiff = Measurements(pressures=(pressure(Site.DORSALIS_PEDIS, Side.RIGHT, 40, bound=Bound.ABOVE),))
    assert not assessed(findings(**CLAUDICANT), stiff).red_flags
