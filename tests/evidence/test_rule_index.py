"""An index of rules leaves out only rules that cannot hold."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.evidence.condition_facts import leaves
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
from service.evidence.loader import load_evidence
from service.evidence.rule_index import awaited_by, index_of

EVIDENCE = load_evidence()
RULES: tuple[Any, ...] = (*EVIDENCE.recommendations.rules, *EVIDENCE.red_flags, *EVIDENCE.hook_rules)

LIMPS, TALL, OLD = Is("limps", True), Is("stature", "tall"), Compare("age", Comparison.MORE_THAN, Decimal(70))
NUMB = Member("numb", Membership.INCLUDES, frozenset({"toe", "heel"}))

SPOKEN_OF = {"limps": 2, "stature": 3, "age": 9, "numb": 4}


class Rule(NamedTuple):
    when: Condition


def values_named(rules: Sequence[Any]) -> dict[str, list[FactValue]]:
    """Every fact of some rules, with values on both sides of what they ask of it."""
    found: dict[str, list[FactValue]] = {}
    for leaf in (leaf for rule in rules for leaf in leaves(rule.when)):
        values = found.setdefault(leaf.fact, [True, False])
        match leaf:
            case Is(value=value):
                values.append(value)
            case Member(how=Membership.IN, values=named):
                values += sorted(named)
            case Member(values=named):
                values += [frozenset(named), frozenset(sorted(named)[:1]), frozenset({*named, "another"}), frozenset()]
            case Compare(value=limit):
                values += [limit - 1, limit, limit + 1]
    return found


NAMED = values_named(RULES)


@given(st.fixed_dictionaries({}, optional={fact: st.sampled_from(values) for fact, values in NAMED.items()}))
def test_of_the_shipped_rules_those_that_hold_are_found_in_their_order(facts: dict[str, FactValue]) -> None:
    assert index_of(RULES).met(facts) == [rule for rule in RULES if rule.when.met(facts)]


@pytest.mark.parametrize(
    ("condition", "awaited"),
    [
        (LIMPS, {("limps", True)}),
        (OLD, {("age", None)}),
        (NUMB, {("numb", "toe"), ("numb", "heel")}),
        (Known("age", True), {("age", None)}),
        (Known("age", False), set()),
        (Unless(LIMPS), set()),
        (All((NUMB, LIMPS)), {("limps", True)}),
        (All((OLD, TALL)), {("stature", "tall")}),
        (All((Unless(LIMPS), TALL)), {("stature", "tall")}),
        (AnyOf((LIMPS, TALL)), {("limps", True), ("stature", "tall")}),
        (AnyOf((LIMPS, Unless(TALL))), set()),
    ],
)
def test_a_rule_waits_for_what_must_be_known_and_others_speak_least_of(condition: Condition, awaited: set[Any]) -> None:
    assert awaited_by(condition, SPOKEN_OF) == awaited


def test_a_rule_is_read_only_when_what_it_waits_for_is_known() -> None:
    index = index_of([Rule(All((LIMPS, OLD))), Rule(NUMB), Rule(Unless(TALL))])
    assert [index.rules.index(rule) for rule in index.met({"numb": frozenset({"heel"}), "limps": False})] == [1, 2]
    assert [index.rules.index(rule) for rule in index.met({"limps": True, "age": Decimal(71), "stature": "tall"})] == [0]
