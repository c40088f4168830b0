"""Conditions as the evidence files write them: every shape is read, every misspelling is refused by name."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from service.errors import EvidenceError
from service.evidence.condition_facts import facts_named
from service.evidence.conditions import (
    All,
    AnyOf,
    Compare,
    Comparison,
    Is,
    Known,
    Member,
    Membership,
    Unless,
    parse_condition,
)


def parse(raw: Any, **options: Any) -> Any:
    return parse_condition(raw, where="a file, a rule", pictures=options.pop("pictures", {}), **options)


def test_every_shape_is_read() -> None:
    assert parse({"fact": "diabetes", "is": True}) == Is("diabetes", True)
    assert parse({"fact": "a", "known": False}) == Known("a", False)
    assert parse({"fact": "a", "in": ["x"]}) == Member("a", Membership.IN, frozenset({"x"}))
    assert parse({"fact": "a", "only": ["x", "y"]}) == Member("a", Membership.ONLY, frozenset({"x", "y"}))
    assert parse({"fact": "a", "less_than": Decimal("0.7")}) == Compare("a", Comparison.LESS_THAN, Decimal("0.7"))
    assert parse({"unless": {"fact": "a", "is": "x"}}) == Unless(Is("a", "x"))
    both = parse({"all": [{"fact": "a", "is": True}, {"any": [{"fact": "b", "is": True}]}]})
    assert both == All((Is("a", True), AnyOf((Is("b", True),))))
    assert list(facts_named(both)) == ["a", "b"]
    assert list(facts_named(Unless(Is("c", True)))) == ["c"]


def test_a_list_inside_a_list_of_the_same_kind_is_read_as_its_parts() -> None:
    a, b, c = ({"fact": name, "is": True} for name in "abc")
    assert parse({"any": [a, {"any": [b, c]}]}) == AnyOf((Is("a", True), Is("b", True), Is("c", True)))
    assert parse({"all": [a, {"any": [b, c]}]}) == All((Is("a", True), AnyOf((Is("b", True), Is("c", True)))))


def test_a_picture_stands_for_its_condition() -> None:
    assert parse({"picture": "p"}, pictures={"p": {"fact": "a", "is": True}}) == Is("a", True)


def test_a_side_is_filled_into_fact_and_value() -> None:
    assert parse({"fact": "cold-leg-{side}", "is": True}, side="left") == Is("cold-leg-left", True)
    assert parse({"fact": "symptom-side", "in": ["{side}", "both"]}, side="left").values == frozenset({"left", "both"})


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ("diabetes", "a condition is a table"),
        ({"picture": "unknown"}, "there is no picture named 'unknown'"),
        ({"all": []}, "at least one"),
        ({"any": "x"}, "takes a list"),
        ({"fact": "a", "iss": True}, "is not a condition"),
        ({"fact": "a", "is": 3}, "is not a condition"),
        ({"fact": "a", "in": []}, "is not a condition"),
        ({"fact": "a", "known": "yes"}, "is not a condition"),
        ({"fact": "a", "less_than": True}, "is not a condition"),
        ({"fact": "a"}, "is not a condition"),
        ({"fact": 3, "is": True}, "is not a condition"),
        ({"fact": "cold-leg-{side}", "is": True}, "per_side = true"),
    ],
)
def test_anything_else_is_refused_with_where_it_stands(raw: Any, said: str) -> None:
    with pytest.raises(EvidenceError) as refused:
        parse(raw)
    assert said in str(refused.value)
    assert str(refused.value).startswith("a file, a rule")
