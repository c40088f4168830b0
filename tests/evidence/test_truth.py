"""Three-valued logic: what is not known neither confirms nor excludes."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.evidence.condition_facts import facts_needed
from service.evidence.conditions import (
    All,
    AnyOf,
    Compare,
    Comparison,
    Condition,
    FactValue,
    Is,
    Known,
    Member,
    Membership,
    Unless,
)

FACTS = {
    "yes": True,
    "no": False,
    "word": "current",
    "set": frozenset({"calf", "foot"}),
    "age": Decimal(70),
    "empty": frozenset[str](),
}
YES, NO, UNKNOWN = Is("yes", True), Is("no", True), Is("nobody-asked", True)


@pytest.mark.parametrize(
    ("condition", "truth"),
    [
        (YES, True),
        (NO, False),
        (UNKNOWN, None),
        (Unless(YES), False),
        (Unless(UNKNOWN), True),
        (Unless(NO), True),
        (AnyOf((UNKNOWN, YES)), True),
        (AnyOf((UNKNOWN, NO)), None),
        (AnyOf((NO, NO)), False),
        (All((UNKNOWN, NO)), False),
        (All((UNKNOWN, YES)), None),
        (All((YES, YES)), True),
        (Known("yes", True), True),
        (Known("nobody-asked", True), False),
        (Known("nobody-asked", False), True),
        (Member("word", Membership.IN, frozenset({"current", "former"})), True),
        (Member("word", Membership.IN, frozenset({"never"})), False),
        (Member("set", Membership.INCLUDES, frozenset({"calf"})), True),
        (Member("set", Membership.INCLUDES, frozenset({"thigh"})), False),
        (Member("word", Membership.INCLUDES, frozenset({"current"})), False),
        (Member("set", Membership.ONLY, frozenset({"calf", "foot", "knee"})), True),
        (Member("set", Membership.ONLY, frozenset({"calf"})), False),
        (Member("empty", Membership.ONLY, frozenset({"calf"})), False),
        (Compare("age", Comparison.LESS_THAN, Decimal(70)), False),
        (Compare("age", Comparison.AT_MOST, Decimal(70)), True),
        (Compare("age", Comparison.MORE_THAN, Decimal(70)), False),
        (Compare("age", Comparison.AT_LEAST, Decimal(70)), True),
        (Compare("word", Comparison.AT_LEAST, Decimal(70)), False),
    ],
)
def test_condition(condition: Condition, truth: bool | None) -> None:
    assert condition.holds(FACTS) is truth
    assert condition.met(FACTS) is (truth is True)


@pytest.mark.parametrize(
    ("condition", "needed"),
    [
        (Is("a", False), {"a"}),
        (Member("a", Membership.ONLY, frozenset({"x"})), {"a"}),
        (Compare("a", Comparison.AT_MOST, Decimal(3)), {"a"}),
        (Known("a", True), {"a"}),
        (Known("a", False), set()),
        (Unless(Is("a", True)), set()),
        (All((Is("a", True), Unless(Is("b", True)), Is("c", True))), {"a", "c"}),
        (AnyOf((Is("a", True), Is("b", True))), set()),
        (AnyOf((All((Is("a", True), Is("b", True))), All((Is("c", True), Is("b", False))))), {"b"}),
    ],
)
def test_facts_without_which_a_condition_cannot_hold(condition: Condition, needed: set[str]) -> None:
    assert facts_needed(condition) == needed


NAMES = ("a", "b", "c")
LEAVES = st.one_of(
    st.builds(Is, st.sampled_from(NAMES), st.booleans()),
    st.builds(Known, st.sampled_from(NAMES), st.booleans()),
)
CONDITIONS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(All, st.lists(inner, min_size=1, max_size=3).map(tuple)),
        st.builds(AnyOf, st.lists(inner, min_size=1, max_size=3).map(tuple)),
        st.builds(Unless, inner),
    ),
    max_leaves=8,
)


@given(condition=CONDITIONS, facts=st.dictionaries(st.sampled_from(NAMES), st.booleans()))
def test_met_is_a_known_yes_and_never_without_the_facts_needed(condition: Condition, facts: dict[str, FactValue]) -> None:
    assert condition.met(facts) is (condition.holds(facts) is True)
    if not facts_needed(condition) <= set(facts):
        assert not condition.met(facts)
