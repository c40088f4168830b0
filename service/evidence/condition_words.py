"""Conditions in words, so that a rule can be reviewed by who does not read TOML."""

from __future__ import annotations

from collections.abc import Mapping

from service.evidence.conditions import All, AnyOf, Compare, Comparison, Condition, Is, Known, Membership, Unless

_COMPARED: Mapping[Comparison, str] = {
    Comparison.LESS_THAN: "<",
    Comparison.AT_MOST: "<=",
    Comparison.MORE_THAN: ">",
    Comparison.AT_LEAST: ">=",
}
_HELD: Mapping[Membership, str] = {
    Membership.IN: "is one of",
    Membership.INCLUDES: "includes one of",
    Membership.ONLY: "holds only",
}


def in_words(condition: Condition) -> str:
    """The condition as one line; parts that belong together stand in brackets."""
    match condition:
        case All(of=parts):
            return " and ".join(_part(part) for part in parts)
        case AnyOf(of=parts):
            return " or ".join(_part(part) for part in parts)
        case Unless(of=part):
            return f"unless ({in_words(part)})"
        case Is(fact=fact, value=value):
            return f"{fact} is {_value(value)}"
        case Known(fact=fact, value=known):
            return f"{fact} is {'known' if known else 'not known'}"
        case Compare(fact=fact, how=how, value=limit):
            return f"{fact} {_COMPARED[how]} {limit}"
        case _:
            return f"{condition.fact} {_HELD[condition.how]} {', '.join(sorted(condition.values))}"


def _part(part: Condition) -> str:
    return f"({in_words(part)})" if isinstance(part, (All, AnyOf)) else in_words(part)


def _value(value: bool | str) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value
