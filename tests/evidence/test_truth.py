"""Three-valued logic: what is not known neither confirms nor excludes."""

from __future__ import annotations

from decimal import Decimal

import pytest

from service.evidence.conditions import All, AnyOf, Compare, Comparison, Condition, Is, Known, Member, Membership, Unless

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
