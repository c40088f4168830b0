"""Which facts a condition looks at, and which it cannot do without: asked once, when the evidence is read."""

from __future__ import annotations

from collections.abc import Iterator

from service.evidence.conditions import All, AnyOf, Compare, Condition, Facts, Is, Known, Member, Unless

Leaf = Is | Member | Compare | Known
"""A condition on one fact."""


def facts_named(condition: Condition) -> Iterator[str]:
    """Every fact a condition looks at, with repetitions."""
    return (leaf.fact for leaf in leaves(condition))


def facts_needed(condition: Condition) -> frozenset[str]:
    """The facts without which a condition cannot hold: where one of them is not known it need not be read. Known-to-be-missing and `unless` need none."""
    match condition:
        case All(of=parts):
            return frozenset[str]().union(*(facts_needed(part) for part in parts))
        case AnyOf(of=parts):
            return frozenset.intersection(*(facts_needed(part) for part in parts))
        case Unless() | Known(value=False):
            return frozenset()
        case _:
            return frozenset((condition.fact,))


def facts_lacking(condition: Condition, facts: Facts) -> Iterator[str]:
    """The facts whose absence leaves a condition undecided; none where it holds or does not. With repetitions."""
    if condition.holds(facts) is not None:
        return
    match condition:
        case All(of=parts) | AnyOf(of=parts):
            for part in parts:
                yield from facts_lacking(part, facts)
        case _:
            yield from facts_named(condition)


def add_open(found: dict[str, None], condition: Condition, facts: Facts) -> None:
    """Add to `found` the facts not known that keep a condition open, those under `unless` too. A part that is decided keeps nothing open."""
    if isinstance(condition, All | AnyOf):
        if condition.holds(facts) is None:
            for part in condition.of:
                add_open(found, part, facts)
    elif isinstance(condition, Unless):
        add_open(found, condition.of, facts)
    elif condition.fact not in facts:
        found[condition.fact] = None


def leaves(condition: Condition) -> Iterator[Leaf]:
    """Every statement about one fact that a condition is made of."""
    match condition:
        case All(of=parts) | AnyOf(of=parts):
            for part in parts:
                yield from leaves(part)
        case Unless(of=part):
            yield from leaves(part)
        case _:
            yield condition
