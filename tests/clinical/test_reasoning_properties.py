"""What must hold for every patient, tried on invented ones with any answers, pressures, settings and open orders, through `assess` or the whole pipeline."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import example, given, reject
from hypothesis import strategies as st

from service.clinical.assessment import Assessment, Differential, OpenOrder, Priority, Setting, Sex
from service.clinical.measurements import Side
from service.clinical.vocabulary import VOCABULARY, Kind
from tests.clinical.patients import (
    NOW,
    STENOTIC,
    assessed,
    evidence,
    findings,
    flag_codes,
    order_codes,
    study,
    withheld_codes,
)
from tests.properties import examples

_PRIORITIES = list(Priority)
ANATOMY = {"cta-runoff", "mra-runoff"}
LUMBAR_MRI = {"mri-lumbar-without-contrast", "mri-lumbar-with-and-without-contrast"}
SPINAL_FLAGS = {"cauda-equina-syndrome", "progressive-motor-deficit", "spinal-infection", "spinal-malignancy"}


def _answer(code: str) -> st.SearchStrategy[Any]:
    term = VOCABULARY[code]
    match term.kind:
        case Kind.BOOLEAN:
            return st.booleans()
        case Kind.CHOICES:
            return st.frozensets(st.sampled_from(sorted(term.options)), min_size=1, max_size=3)
        case Kind.INTEGER:
            return st.integers(0, 5)
        case Kind.DECIMAL:
            return st.integers(0, 600)
        case _:
            return st.sampled_from(sorted(term.options))


_NAME = {code: code.replace("egfr-ml-min-1.73m2", "egfr").replace("-", "_") for code in VOCABULARY}
ANY_ANSWERS = st.fixed_dictionaries({}, optional={_NAME[code]: _answer(code) for code in VOCABULARY})

# The answers the weighing and the instruments look at: with so many questions a free draw seldom answers enough of them to decide an instrument.
_WEIGHED = sorted(
    {fact for entry in evidence().entries for fact in entry.facts if fact in VOCABULARY}
    | {fact for of_cause in evidence().weights_of.values() for weight in of_cause for fact in weight.instrument.facts if fact in VOCABULARY}
)  # fmt: skip
WEIGHED_ANSWERS = st.fixed_dictionaries({}, optional={_NAME[code]: _answer(code) for code in _WEIGHED})
_NEGATIVE_ITEMS = {
    "diabetes": True,
    "makes_stop_or_slow_down": False,
    "worse_standing_up": False,
    "relieved_by_bending_forward": False,
    "induced_by_bending_forward": False,
    "worse_bending_backward": False,
    "achilles_reflex_right": "normal",
    "achilles_reflex_left": "normal",
    "straight_leg_raise_right": "negative",
    "straight_leg_raise_left": "negative",
}
# A patient whose instruments are near to being decided: most items answered, some changed or taken away.
NEARLY_DECIDED = st.builds(
    lambda changed, gone: {code: value for code, value in {**_NEGATIVE_ITEMS, **changed}.items() if code not in gone},
    WEIGHED_ANSWERS,
    st.sets(st.sampled_from(sorted(_NEGATIVE_ITEMS)), max_size=3),
)
MMHG = st.none() | st.integers(20, 260)
STUDIES = st.builds(
    study,
    arms=st.tuples(st.none() | st.integers(90, 190), st.none() | st.integers(90, 190)),
    right=MMHG,
    left=MMHG,
    toe_right=MMHG,
    toe_left=MMHG,
    post_right=MMHG,
    post_left=MMHG,
    post_arms=st.none() | st.integers(90, 190),
    stiff_right=st.booleans(),
)
AGES = st.none() | st.integers(18, 100)
OPEN_ORDERS = st.lists(
    st.builds(
        OpenOrder,
        code=st.sampled_from(["resting-abi", "cta-runoff", "mri-lumbar-without-contrast", "venous-duplex", "aaa-ultrasound"]),
        source=st.sampled_from(["ServiceRequest/1", "ServiceRequest/2"]),
        authored_at=st.just(NOW),
        done=st.booleans(),
        priority=st.sampled_from(Priority),
    ),
    max_size=3,
).map(tuple)


def weighing(told: dict[str, Any], *, age: int | None, **options: Any) -> Differential:
    result = assessed(findings(**{**told, "leg_pain_on_walking": True}), age=age, **options).differential
    if result is None:
        # A prior alone is not sent out, and is tried elsewhere.
        reject()
    return result


@given(told=ANY_ANSWERS | NEARLY_DECIDED, measured=STUDIES, age=AGES, setting=st.sampled_from(Setting))
def test_the_four_states_sum_to_one_and_every_probability_is_inside_its_range(
    told: dict[str, Any], measured: Any, age: int | None, setting: Setting
) -> None:
    result = weighing(told, age=age, measured=measured, setting=setting)
    assert len({state.diagnosis for state in result.explanations}) == 4
    assert sum(state.probability.value for state in result.explanations) == pytest.approx(1.0)
    for interval in (
        *(state.probability for state in result.explanations),
        *(interval for cause in (result.vascular, result.neurogenic) for interval in (cause.pretest, cause.posttest)),
    ):
        assert 0.0 <= interval.low <= interval.value + 1e-12
        assert interval.value <= interval.high + 1e-12 <= 1.0 + 1e-9


# What makes an entry of the evidence present that speaks for its cause: answers, pressures, an age. A test below holds this list to the evidence.
CLASSIC = {"begins_standing_or_sitting": False, "provoked_uphill_or_hurrying": True, "relief_within_10_minutes": True, "symptom_site": {"calf"}}  # fmt: skip
CART = {"relieved_by_leaning_on_cart": True, "symptom_site": {"thigh"}, "provoked_by_standing_alone": True, "relieved_by_sitting": True}  # fmt: skip
SPEAKS_FOR: dict[str, dict[str, Any]] = {
    "v-calf": {"symptom_site": {"calf"}},
    "v-relieved-standing-still": {"relieved_by_standing_still": True},
    "v-calf-and-standing-still": {"symptom_site": {"calf"}, "relieved_by_standing_still": True},
    "v-claudication-by-history": CLASSIC,
    "v-relief-within-10-minutes": {"relief_within_10_minutes": True},
    "v-pulse-abnormal": {"pulse_dorsalis_pedis_right": "absent"},
    "v-bruit": {"bruit_limb_right": True},
    "v-skin-cool": {"skin_cool_right": True},
    "v-skin-discoloured": {"skin_discoloured_right": True},
    "v-foot-wound": {"foot_wound_right": True},
    "n-no-pain-seated": {"no_pain_when_seated": True},
    "n-bending-forward": {"relieved_by_bending_forward": True},
    "n-sitting": {"relieved_by_sitting": True},
    "n-cart-constellation": CART,
    "n-worse-standing-up": {"worse_standing_up": True},
    "n-relieved-standing-still": {"relieved_by_standing_still": False},
    "n-bilateral": {"symptom_side": "both"},
    "n-thigh": {"symptom_site": {"thigh"}},
    "n-wide-based-gait": {"wide_based_gait": True},
    "n-romberg": {"romberg_abnormal": True},
}
PRESSURES_THAT_SPEAK: dict[str, dict[str, Any]] = {
    "v-abi": {"right": 81},
    "v-tbi": {"right": 130, "toe_right": 60},
    "v-exercise": {"right": 130, "post_right": 60, "post_arms": 140},
}
AGES_THAT_SPEAK = {"n-age-over-65": 66, "n-age-over-70": 71}


def test_every_ratio_over_one_is_tried() -> None:
    speaking = {
        entry.id
        for entry in evidence().entries
        if (entry.present is not None and entry.present.ratio.value > 1)
        or (entry.absent is not None and entry.absent.ratio.value > 1)
    }
    assert speaking == SPEAKS_FOR.keys() | PRESSURES_THAT_SPEAK.keys() | AGES_THAT_SPEAK.keys()
    for entry, answers in SPEAKS_FOR.items():
        assert _ratio(weighing({"symptom_side": "right", **answers}, age=60), entry) > 1
    for entry, mmhg in PRESSURES_THAT_SPEAK.items():
        assert _ratio(weighing({"symptom_side": "right"}, age=60, measured=study(**mmhg)), entry) > 1
    for entry, age in AGES_THAT_SPEAK.items():
        assert _ratio(weighing({"symptom_side": "right"}, age=age), entry) > 1


def _ratio(result: Differential, entry: str) -> float:
    steps = (*result.vascular.contributions, *result.neurogenic.contributions)
    return next(step.likelihood_ratio for step in steps if step.entry == entry)


def _cause(entry: str) -> str:
    return "vascular" if entry.startswith("v-") else "neurogenic"


# An answer that counts in no group of the finding that is added: without it there may be nothing to weigh before.
_BESIDE = {"vascular": {"worse_standing_up": True}, "neurogenic": {"skin_cool_right": True}}


@examples(120)
@given(told=NEARLY_DECIDED | ANY_ANSWERS, entry=st.sampled_from(sorted(SPEAKS_FOR)), age=AGES, measured=STUDIES)
@example(
    told={
        **_NEGATIVE_ITEMS, "diabetes": False, "relieved_by_sitting": False, "worse_bending_backward": True,
    },
    entry="n-relieved-standing-still", age=50, measured=study(right=130, left=130),
)  # fmt: skip
def test_an_answer_that_speaks_for_a_cause_never_lowers_it(
    told: dict[str, Any], entry: str, age: int | None, measured: Any
) -> None:
    added, cause = SPEAKS_FOR[entry], _cause(entry)
    without = {name: answer for name, answer in told.items() if name not in added}
    # The side decides which legs are looked at; it is held where the answer is not about it.
    if "symptom_side" not in added:
        without["symptom_side"] = "right"
        without |= _BESIDE[cause]
    before, after = (
        getattr(weighing(answers, age=age, measured=measured), cause).posttest.value
        for answers in (without, {**without, **added})
    )
    assert after >= before - 1e-12


@given(
    told=NEARLY_DECIDED | ANY_ANSWERS,
    entry=st.sampled_from(sorted(PRESSURES_THAT_SPEAK)),
    age=AGES,
    toe=MMHG,
    stiff=st.booleans(),
)
def test_a_pressure_that_speaks_for_the_arteries_never_lowers_them(
    told: dict[str, Any], entry: str, age: int | None, toe: int | None, stiff: bool
) -> None:
    added = PRESSURES_THAT_SPEAK[entry]
    told = {**told, "symptom_side": "right", "worse_standing_up": True}
    # What is measured already stays as it is; the left leg, which does not hurt, has anything.
    base: dict[str, Any] = {
        "left": 130,
        "toe_left": toe,
        "right": added["right"] if entry != "v-abi" else None,
        "stiff_right": stiff,
    }
    before, after = (
        weighing(told, age=age, measured=study(**mmhg)).vascular.posttest.value for mmhg in (base, {**base, **added})
    )
    assert after >= before - 1e-12


@examples(80)
@given(told=NEARLY_DECIDED, age=st.integers(66, 100), measured=STUDIES)
@example(told={**_NEGATIVE_ITEMS, "relieved_by_bending_forward": True}, age=68, measured=study(right=81, left=81))
def test_an_age_that_speaks_for_the_canal_never_lowers_it(told: dict[str, Any], age: int, measured: Any) -> None:
    unknown, known = (weighing(told, age=years, measured=measured) for years in (None, age))
    assert known.neurogenic.posttest.value >= unknown.neurogenic.posttest.value - 1e-12


@given(told=NEARLY_DECIDED | ANY_ANSWERS, age=AGES, measured=STUDIES)
def test_an_instrument_never_counts_together_with_what_it_contains(told: dict[str, Any], age: int | None, measured: Any) -> None:
    steps = weighing(told, age=age, measured=measured).neurogenic.contributions
    counted = {one.entry for one in steps if one.counted}
    scores = {weight.instrument.id: weight for weight in evidence().weights_of["neurogenic"]}
    assert len(counted & set(scores)) <= 1
    for score in counted & set(scores):
        assert counted.isdisjoint(scores[score].positive.instead_of)
        assert not [one for one in steps if one.counted and (one.part, one.group) in scores[score].places]


@given(told=ANY_ANSWERS, measured=STUDIES, age=AGES, order=st.randoms(use_true_random=False))
def test_the_order_of_the_answers_changes_nothing(
    told: dict[str, Any], measured: Any, age: int | None, order: random.Random
) -> None:
    names = list(told)
    order.shuffle(names)
    one, other = (
        assessed(findings(**told), measured, age=age),
        assessed(findings(**{name: told[name] for name in names}), measured, age=age),
    )
    assert _said(one) == _said(other)


def _said(result: Assessment) -> tuple[Any, ...]:
    return (
        result.differential,
        result.orders,
        result.withheld,
        result.red_flags,
        result.next_data,
        result.instruments,
        result.alternatives,
        result.advice,
    )


@given(told=ANY_ANSWERS, measured=STUDIES, age=AGES, sex=st.none() | st.sampled_from(Sex), orders=OPEN_ORDERS)
def test_no_order_twice_and_no_angiography_that_nobody_means_to_act_on(
    told: dict[str, Any], measured: Any, age: int | None, sex: Sex | None, orders: tuple[OpenOrder, ...]
) -> None:
    result = assessed(findings(**told), measured, age=age, sex=sex, open_orders=orders)
    _once_and_with_intent(result, told)


def _once_and_with_intent(result: Assessment, told: dict[str, Any]) -> None:
    proposed = [order.code for order in result.orders]
    assert len(proposed) == len(set(proposed))
    assert not set(proposed) & withheld_codes(result)
    if ANATOMY & set(proposed):
        assert told.get("revascularisation_considered") is True
    if LUMBAR_MRI & set(proposed):
        cared_for = told.get("spine_care_6_weeks_failed") is True and told.get("spine_intervention_candidate") is True
        assert cared_for or flag_codes(result) & SPINAL_FLAGS
    if told.get("spine_intervention_candidate") is True:
        legs = [side for side in Side if told.get("symptom_side") in (side.value, "both", None)]
        unmeasured = [
            side for side in legs if result.indices.leg(side).abi is None and told.get(f"leg_amputated_{side}") is not True
        ]
        assert not unmeasured or "resting-abi" in order_codes(result) | withheld_codes(result)


# A free draw seldom meets all conditions of a row at once. This patient meets most of them, and each may be missing.
_LIKELY = st.sampled_from([True, True, True, False])
NEAR_ANGIOGRAPHY = st.fixed_dictionaries(
    {
        "leg_pain_on_walking": _LIKELY,
        "symptom_side": st.just("right"),
        "walking_limitation": st.sampled_from(["lifestyle-limiting", "lifestyle-limiting", "mild"]),
    },
    optional={
        "guideline_therapy_inadequate": _LIKELY,
        "revascularisation_considered": _LIKELY,
        "egfr": st.sampled_from([15, 29, 30, 80, 80]),
        **{code: st.sampled_from([False, False, True]) for code in ("contrast_allergy", "pregnant", "dialysis", "mri_contraindicated")},
        **{code: st.booleans() for code in ("gangrene_right", "rest_pain_foot", "rest_pain_over_2_weeks", "sudden_onset_within_14_days", "cold_leg_right")},
    },
)  # fmt: skip
CLAUDICATION = {
    "leg_pain_on_walking": True, "symptom_side": "right", "walking_limitation": "lifestyle-limiting",
    "guideline_therapy_inadequate": True, "revascularisation_considered": True, "egfr": 80,
}  # fmt: skip
THREAT = {"leg_pain_on_walking": False, "symptom_side": "right", "gangrene_right": True, "revascularisation_considered": True, "egfr": 80}  # fmt: skip


@examples(120)
@given(told=NEAR_ANGIOGRAPHY, ankle=st.sampled_from([40, 81, 81, 130]))
@example(told=CLAUDICATION, ankle=81)
@example(told=THREAT, ankle=81)
def test_angiography_needs_confirmed_disease_an_intent_and_a_contrast_that_can_be_given(told: dict[str, Any], ankle: int) -> None:
    result = assessed(findings(**told), study(right=ankle, left=130))
    _once_and_with_intent(result, told)
    proposed, flags = order_codes(result), flag_codes(result)
    limiting = (
        told["leg_pain_on_walking"] is True
        and told["walking_limitation"] == "lifestyle-limiting"
        and told.get("guideline_therapy_inadequate") is True
        and "acute-limb-ischaemia" not in flags
    )
    threatened = "chronic-limb-threatening-ischaemia" in flags and "acute-limb-ischaemia" not in flags
    in_view = told.get("revascularisation_considered") is True and ankle < 118 and (limiting or threatened)
    unsafe = any(told.get(code) is True for code in ("contrast_allergy", "pregnant", "dialysis")) or told.get("egfr", 30) < 30
    no_mri = told.get("mri_contraindicated") is True or told.get("pregnant") is True
    assert ("cta-runoff" in proposed) is (in_view and not unsafe and "egfr" in told)
    assert ("mra-runoff" in proposed) is (in_view and unsafe and not no_mri)


@pytest.mark.parametrize("base", [CLAUDICATION, THREAT])
@pytest.mark.parametrize(
    ("changed", "proposed"),
    [
        ({}, {"cta-runoff"}),
        ({"egfr": 29}, {"mra-runoff"}),
        ({"contrast_allergy": True}, {"mra-runoff"}),
        ({"dialysis": True}, {"mra-runoff"}),
        ({"dialysis": True, "mri_contraindicated": True}, set()),
        ({"pregnant": True}, set()),
        ({"egfr": None}, set()),
        ({"revascularisation_considered": None}, set()),
        ({"revascularisation_considered": False}, set()),
    ],
)
def test_angiography_by_what_contrast_and_intent_allow(base: dict[str, Any], changed: dict[str, Any], proposed: set[str]) -> None:
    told = {code: value for code, value in {**base, **changed}.items() if value is not None}
    result = assessed(findings(**told), study(right=81, left=130))
    assert order_codes(result) & ANATOMY == proposed
    assert "cta-runoff" in proposed | withheld_codes(result)


NEAR_LUMBAR_MRI = st.fixed_dictionaries(
    {**{code: st.just(value) for code, value in STENOTIC.items()}},
    optional={
        **dict.fromkeys(("spine_care_6_weeks_failed", "spine_intervention_candidate"), _LIKELY),
        **{code: st.sampled_from([False, False, True]) for code in ("mri_contraindicated", "contrast_allergy", "pregnant", "abdominal_or_back_pain_with_collapse")},
        **{code: st.sampled_from([False, False, False, True]) for code in ("saddle_anaesthesia", "progressive_motor_deficit", "fever", "back_pain", "cancer_history", "leg_amputated_right")},
    },
)  # fmt: skip


@examples(120)
@given(told=NEAR_LUMBAR_MRI, measured=STUDIES)
def test_a_lumbar_mri_needs_failed_care_in_a_candidate_or_a_flag_and_a_body_that_can_be_scanned(
    told: dict[str, Any], measured: Any
) -> None:
    result = assessed(findings(**told), measured, age=72)
    _once_and_with_intent(result, told)
    if told.get("mri_contraindicated") is True:
        assert not LUMBAR_MRI & order_codes(result)


@given(told=ANY_ANSWERS, measured=STUDIES, age=AGES)
def test_the_orders_of_the_most_urgent_flag_come_first(told: dict[str, Any], measured: Any, age: int | None) -> None:
    result = assessed(findings(**told), measured, age=age)
    ranks = [_PRIORITIES.index(flag.priority) for flag in result.red_flags]
    assert ranks == sorted(ranks)
    ranks = [_PRIORITIES.index(order.priority) for order in result.orders]
    assert ranks == sorted(ranks)
