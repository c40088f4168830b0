"""The weighing: its arithmetic against a sum done by hand, and what must hold for every patient."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.clinical.assessment import Cause, Contribution, Differential, Likelihood, Setting
from service.clinical.differential import likelihood, prior_for, weigh
from service.clinical.facts import gather_facts
from service.clinical.indices import Indices
from service.clinical.limb_indices import compute_indices
from service.clinical.measurements import Measurements
from service.evidence.loader import load_evidence, read_files
from tests.clinical.patients import CLAUDICANT, NO_PRESSURES, NOW, STENOTIC, assessed, evidence, findings, study


def weighed(told: dict[str, Any], measured: Measurements = NO_PRESSURES, **options: Any) -> Differential:
    result = assessed(
        findings(leg_pain_on_walking=True, **{k: v for k, v in told.items() if k != "leg_pain_on_walking"}), measured, **options
    )
    assert result.differential is not None
    return result.differential


BESIDE = {"worse_standing_up": True}
"""An answer that says nothing of the arteries: with risk factors alone nothing is weighed."""


def contribution(cause: Cause, entry: str) -> Contribution:
    (found,) = [c for c in cause.contributions if c.entry == entry]
    return found


def no_indices() -> Indices:
    return compute_indices(NO_PRESSURES, evidence().abi_categories, as_of=NOW)


def test_sum_done_by_hand_for_a_claudicant_in_primary_care() -> None:
    result = weighed(
        {"symptom_site": {"calf"}, "relieved_by_standing_still": True, "symptom_side": "right"}, study(right=81, left=130), age=60
    )
    by_hand = math.log(0.25 / 0.75) + 0.5 * math.log(20) + math.log(5.4)
    assert result.vascular.posttest.value == pytest.approx(1 / (1 + math.exp(-by_hand)))
    # Against stenosis: age 65 or younger, relief by standing still, one leg, no thigh.
    n = math.log(0.30 / 0.70) + 0.5 * (math.log(0.34) + math.log(0.21) + math.log(0.36))
    assert result.neurogenic.posttest.value == pytest.approx(1 / (1 + math.exp(-n)))


def test_range_runs_the_same_sum_at_both_ends() -> None:
    result = weighed({"no_pain_when_seated": True, "symptom_side": "both"}, age=68)
    low = math.log(0.20 / 0.80) + 0.5 * (math.log(1.9) + math.log(3.1) + math.log(1.4))
    high = math.log(0.45 / 0.55) + 0.5 * (math.log(30) + math.log(13) + math.log(4.2))
    assert result.neurogenic.posttest.low == pytest.approx(1 / (1 + math.exp(-low)))
    assert result.neurogenic.posttest.high == pytest.approx(1 / (1 + math.exp(-min(high, math.log(0.45 / 0.55) + 3.0))))


def test_of_a_group_only_the_strongest_counts() -> None:
    cause = weighed({"no_pain_when_seated": True, "relieved_by_bending_forward": True, "relieved_by_sitting": True}).neurogenic
    assert contribution(cause, "n-no-pain-seated").counted
    loser = contribution(cause, "n-bending-forward")
    assert not loser.counted
    assert loser.log_odds == 0.0
    assert loser.why == "n-no-pain-seated of the same group says more"


def test_a_constellation_counts_instead_of_its_parts() -> None:
    cause = weighed({"symptom_site": {"calf"}, "relieved_by_standing_still": True}).vascular
    assert contribution(cause, "v-calf-and-standing-still").counted
    assert contribution(cause, "v-calf").why == "part of v-calf-and-standing-still, which counts instead"


def test_a_constellation_weaker_than_its_parts_steps_back() -> None:
    files = dict(read_files())
    files["likelihood_ratios.toml"] = files["likelihood_ratios.toml"].replace(
        b"present = { value = 13 }", b"present = { value = 5 }"
    )
    facts = gather_facts(findings(**STENOTIC), no_indices(), age_years=72, sex=None)
    _, neurogenic = weigh(facts, load_evidence(files), setting=Setting.PRIMARY_CARE, pad_confirmed_where_it_hurts=False)
    cause = neurogenic.cause
    assert contribution(cause, "n-no-pain-seated").counted
    assert contribution(cause, "n-cart-constellation").why == "n-no-pain-seated of the same group says more"


def test_history_and_examination_together_are_capped() -> None:
    told = {**CLAUDICANT, "pulse_femoral_right": "absent", "bruit_femoral_right": True}
    cause = weighed(told).vascular
    assert cause.capped
    clinical = sum(c.log_odds for c in cause.contributions if c.part in ("history", "examination"))
    assert clinical > 3.0
    assert cause.posttest.value == pytest.approx(1 / (1 + math.exp(-(math.log(1 / 3) + 3.0))))


def test_risk_factors_move_the_pretest_only_and_centred() -> None:
    smoker = weighed({**BESIDE, "smoking_status": "current"}).vascular
    never = weighed({**BESIDE, "smoking_status": "never"}).vascular
    unknown = weighed(BESIDE).vascular
    assert never.pretest.value < unknown.pretest.value < smoker.pretest.value
    usual = 0.15 * math.log(1.9) + 0.30 * math.log(1.6)
    by_hand = math.log(1 / 3) + 0.5 * (math.log(1.9) - usual)
    assert smoker.pretest.value == pytest.approx(1 / (1 + math.exp(-by_hand)))
    assert not contribution(never, "risk-smoking-status").present


def test_many_risk_factors_are_capped() -> None:
    told = {**BESIDE, "smoking_status": "current", "diabetes": True, "hypertension": True, "obesity": True}
    cause = weighed(told).vascular
    assert cause.pretest.value == pytest.approx(1 / (1 + math.exp(-(math.log(1 / 3) + 0.7))))


def test_bruit_is_absent_only_when_listened_for_on_every_leg_that_hurts() -> None:
    one = weighed({"symptom_side": "both", "bruit_femoral_right": False}).vascular
    assert not [c for c in one.contributions if c.entry == "v-bruit"]
    both = weighed({"symptom_side": "both", "bruit_femoral_right": False, "bruit_femoral_left": False}).vascular
    assert not contribution(both, "v-bruit").present


def test_sign_on_the_leg_that_does_not_hurt_does_not_count() -> None:
    other = weighed({"symptom_side": "right", "skin_cool_left": True}).vascular
    assert not [c for c in other.contributions if c.entry == "v-skin-cool"]


@pytest.mark.parametrize(
    ("share", "band"),
    [
        (0.0, Likelihood.NEGLIGIBLE),
        (0.0499, Likelihood.NEGLIGIBLE),
        (0.05, Likelihood.LOW),
        (0.1999, Likelihood.LOW),
        (0.20, Likelihood.MODERATE),
        (0.60, Likelihood.MODERATE),
        (0.6001, Likelihood.HIGH),
    ],
)
def test_band_edges(share: float, band: Likelihood) -> None:
    assert likelihood(share, evidence().model) is band


def test_share_below_every_band_is_negligible() -> None:
    assert likelihood(0.3, replace(evidence().model, bands=(("high", 0.6),))) is Likelihood.NEGLIGIBLE


def test_prior_of_an_age_no_group_covers_is_an_error() -> None:
    with pytest.raises(LookupError):
        prior_for("vascular", evidence().priors, setting=Setting.PRIMARY_CARE, age_years=250)


def test_setting_with_one_age_group_needs_no_age() -> None:
    prior = prior_for("vascular", evidence().priors, setting=Setting.SPINE_CLINIC, age_years=None)
    assert prior.probability.value == pytest.approx(0.15)


ANSWERS = st.fixed_dictionaries(
    {},
    optional={
        "symptom_side": st.sampled_from(["right", "left", "both"]),
        "symptom_site": st.sets(st.sampled_from(["calf", "thigh", "buttock", "foot"]), min_size=1),
        **{
            code: st.booleans()
            for code in (
                "relieved_by_standing_still",
                "relief_within_10_minutes",
                "begins_standing_or_sitting",
                "provoked_uphill_or_hurrying",
                "provoked_by_standing_alone",
                "worse_standing_up",
                "relieved_by_sitting",
                "no_pain_when_seated",
                "relieved_by_bending_forward",
                "relieved_by_leaning_on_cart",
                "wide_based_gait",
                "romberg_abnormal",
                "skin_cool_right",
                "bruit_femoral_right",
                "bruit_femoral_left",
                "diabetes",
                "hypertension",
            )
        },
        "smoking_status": st.sampled_from(["current", "former", "never"]),
        "pulse_dorsalis_pedis_right": st.sampled_from(["present", "diminished", "absent"]),
    },
)
AGES = st.none() | st.integers(min_value=18, max_value=100)
ANKLES = st.none() | st.integers(min_value=0, max_value=250)


@given(told=ANSWERS, age=AGES, right=ANKLES, left=ANKLES, setting=st.sampled_from(Setting))
def test_states_sum_to_one_and_stay_inside_their_ranges(
    told: dict[str, Any], age: int | None, right: int | None, left: int | None, setting: Setting
) -> None:
    result = weighed({**BESIDE, **told}, study(right=right, left=left), age=age, setting=setting)
    assert sum(state.probability.value for state in result.explanations) == pytest.approx(1.0)
    values = [state.probability.value for state in result.explanations]
    assert values == sorted(values, reverse=True)
    for state in result.explanations:
        assert 0.0 <= state.probability.low <= state.probability.value + 1e-12
        assert state.probability.value <= state.probability.high + 1e-12 <= 1.0 + 1e-9


GAIN = {
    "no_pain_when_seated": "neurogenic",
    "relieved_by_bending_forward": "neurogenic",
    "relieved_by_sitting": "neurogenic",
    "worse_standing_up": "neurogenic",
    "wide_based_gait": "neurogenic",
    "romberg_abnormal": "neurogenic",
    "relieved_by_standing_still": "vascular",
    "relief_within_10_minutes": "vascular",
    "skin_cool_right": "vascular",
}


@given(told=ANSWERS, code=st.sampled_from(sorted(GAIN)), age=AGES)
def test_a_finding_that_speaks_for_a_cause_never_lowers_it(told: dict[str, Any], code: str, age: int | None) -> None:
    beside = BESIDE if code != "worse_standing_up" else {"romberg_abnormal": True}
    without = {key: value for key, value in {**told, **beside}.items() if key != code}
    before = getattr(weighed(without, age=age), GAIN[code]).posttest.value
    after = getattr(weighed({**without, code: True}, age=age), GAIN[code]).posttest.value
    assert after >= before - 1e-12
