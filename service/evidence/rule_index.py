"""Rules filed under the facts that each waits for: of a hundred rules only those are read that what is known lets hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from service.evidence.condition_facts import facts_named
from service.evidence.conditions import All, AnyOf, Compare, Condition, Facts, FactValue, Is, Known, Member

Awaited = tuple[str, FactValue | None]
"""A fact and the value it must have, or one of the values it must hold; None: any value."""


class _Rule(Protocol):
    @property
    def when(self) -> Condition: ...


AnyRule = TypeVar("AnyRule", bound=_Rule)


@dataclass(frozen=True, slots=True)
class RuleIndex(Generic[AnyRule]):
    """Rules, the numbers of those filed under each fact and its value, and of those that must always be read."""

    rules: tuple[AnyRule, ...]
    filed: Mapping[str, Mapping[FactValue | None, tuple[int, ...]]]
    always: tuple[int, ...]

    def met(self, facts: Facts) -> list[AnyRule]:
        """The rules that hold, in their order."""
        numbers = set(self.always)
        for fact in self.filed.keys() & facts.keys():
            waiting, value = self.filed[fact], facts[fact]
            for one in (None, *value) if isinstance(value, frozenset) else (None, value):
                if one in waiting:
                    numbers.update(waiting[one])
        rules = self.rules
        return [rules[number] for number in sorted(numbers) if rules[number].when.met(facts)]


def index_of(rules: Sequence[AnyRule]) -> RuleIndex[AnyRule]:
    """The rules, each filed under facts and values one of which must be known for it to hold: those that the fewest other rules speak of."""
    spoken_of = Counter(fact for rule in rules for fact in set(facts_named(rule.when)))
    filed: dict[str, dict[FactValue | None, tuple[int, ...]]] = {}
    always = []
    for number, rule in enumerate(rules):
        awaited = awaited_by(rule.when, spoken_of)
        if not awaited:
            always.append(number)
        for fact, value in awaited:
            waiting = filed.setdefault(fact, {})
            waiting[value] = (*waiting.get(value, ()), number)
    return RuleIndex(tuple(rules), filed, tuple(always))


def awaited_by(condition: Condition, spoken_of: Mapping[str, int]) -> frozenset[Awaited]:
    """Facts and values of which one must be known for the condition to hold, the least spoken of; none where it may hold with nothing known."""
    match condition:
        case All(of=parts):
            each = [awaited for part in parts if (awaited := awaited_by(part, spoken_of))]
            return min(each, key=lambda awaited: sum(spoken_of[fact] for fact, _ in awaited), default=frozenset[Awaited]())
        case AnyOf(of=parts):
            each = [awaited_by(part, spoken_of) for part in parts]
            return frozenset[Awaited]().union(*each) if all(each) else frozenset()
        case Is(fact=fact, value=value):
            return frozenset({(fact, value)})
        case Member(fact=fact, values=values):
            return frozenset((fact, value) for value in values)
        case Compare(fact=fact) | Known(fact=fact, value=True):
            return frozenset({(fact, None)})
        case _:
            return frozenset()
