"""What must hold for every patient, tried on invented ones with any answers, pressures, settings and open orders, through `assess` or the whole pipeline."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from service.clinical.assessment import Assessment, Differential, OpenOrder, Priority, Setting, Sex
from service.clinical.vocabulary import VOCABULARY, Kind
from tests.clinical.patients import NOW, assessed, evidence, findings, study

_PRIORITIES = list(Priority)
ANATOMY = {"cta-runoff", "mra-runoff"}


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
    assert result is not None
    return result


@given(told=ANY_ANSWERS | NEARLY_DECIDED, measured=STUDIES, age=AGES, setting=st.sampled_from(Setting))
def test_the_four_states_sum_to_one_and_every_probability_is_inside_its_range(
    told: dict[str, Any], measured: Any, age: int | None, setting: Setting
) -> None:
    result = assessed(findings(**{**told, "leg_pain_on_walking": True}), measured, age=age, setting=setting).differential
    assert result is not None
    assert len({state.diagnosis for state in result.explanations}) == 4
    assert sum(state.probability.value for state in result.explanations) == pytest.approx(1.0)
    for interval in (
        *(state.probability for state in result.explanations),
        *(interval for cause in (result.vascular, result.neurogenic) for interval in (cause.pretest, cause.posttest)),
    ):
        assert 0.0 <= interval.low <= interval.value + 1e-12
        assert interval.value <= interval.high + 1e-12 <= 1.0 + 1e-9


# Answers that speak for a cause, with what else they would say left out of account.
SPEAKS_FOR = {
    "neurogenic": [
        ("no_pain_when_seated", True),
        ("relieved_by_bending_forward", True),
        ("relieved_by_sitting", True),
        ("worse_standing_up", True),
        ("relieved_by_standing_still", False),
        ("wide_based_gait", True),
        ("romberg_abnormal", True),
        ("symptom_side", "both"),
        ("relieved_by_leaning_on_cart", True),
        ("provoked_by_standing_alone", True),
    ],
    "vascular": [
        ("relieved_by_standing_still", True),
        ("relief_within_10_minutes", True),
        ("skin_cool_right", True),
        ("skin_discoloured_right", True),
        ("foot_wound_right", True),
        ("bruit_femoral_right", True),
        ("pulse_dorsalis_pedis_right", "absent"),
    ],
}
CASES = [(cause, code, value) for cause, answers in SPEAKS_FOR.items() for code, value in answers]


@settings(max_examples=300)
@given(told=NEARLY_DECIDED | ANY_ANSWERS, case=st.sampled_from(CASES), age=AGES, measured=STUDIES)
@example(
    told={
        **_NEGATIVE_ITEMS, "diabetes": False, "relieved_by_sitting": False, "worse_bending_backward": True,
    },
    case=("neurogenic", "relieved_by_standing_still", False), age=50, measured=study(right=130, left=130),
)  # fmt: skip
def test_an_answer_that_speaks_for_a_cause_never_lowers_it(
    told: dict[str, Any], case: tuple[str, str, Any], age: int | None, measured: Any
) -> None:
    cause, code, value = case
    # The side decides which legs are looked at; it is held where the answer is not about it.
    without = {name: answer for name, answer in told.items() if name != code}
    if cause == "vascular":
        without["symptom_side"] = "right"
    before, after = (
        getattr(
            assessed(findings(**{**answers, "leg_pain_on_walking": True}), measured, age=age).differential, cause
        ).posttest.value
        for answers in (without, {**without, code: value})
    )
    assert after >= before - 1e-12


@settings(max_examples=200)
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
    proposed = [(order.code, order.side) for order in result.orders]
    assert len(proposed) == len(set(proposed))
    for order in result.orders:
        if order.code in ANATOMY:
            assert told.get("revascularisation_considered") is True, order


@given(told=ANY_ANSWERS, measured=STUDIES, age=AGES)
def test_the_orders_of_the_most_urgent_flag_come_first(told: dict[str, Any], measured: Any, age: int | None) -> None:
    result = assessed(findings(**told), measured, age=age)
    ranks = [_PRIORITIES.index(flag.priority) for flag in result.red_flags]
    assert ranks == sorted(ranks)
    ranks = [_PRIORITIES.index(order.priority) for order in result.orders]
    assert ranks == sorted(ranks)
