"""Conditions over facts, as the evidence files write them, and whether they hold: yes, no, or not known (None). Not known changes nothing.

`holds` gives all three. `met` asks only whether the answer is yes, and stops as soon as it cannot be: it is what rules that act on a yes are read with.

In TOML a condition is a table with one of these shapes:

    { fact = "diabetes", is = true }                      a yes/no fact, or a word
    { fact = "smoking-status", in = ["current", "former"] }
    { fact = "symptom-site", includes = ["calf"] }         a set that holds at least one of these
    { fact = "symptomatic-abi-category", only = ["normal"] }   a non-empty set that holds nothing else
    { fact = "toe-mmhg-{side}", less_than = 30 }           also at_most, more_than, at_least
    { fact = "sudden-onset-within-14-days", known = false }
    { all = [ ... ] }   { any = [ ... ] }
    { unless = { ... } }                                   holds as long as the inner one is not known to hold
    { picture = "clear-neurogenic" }                       a named condition of the same file set

`{side}` stands for right or left in rules that are read once a side.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from service.errors import EvidenceError, Problem


class Comparison(StrEnum):
    LESS_THAN = "less_than"
    AT_MOST = "at_most"
    MORE_THAN = "more_than"
    AT_LEAST = "at_least"


class Membership(StrEnum):
    IN = "in"
    INCLUDES = "includes"
    ONLY = "only"


FactValue = bool | str | Decimal | frozenset[str]
Facts = Mapping[str, FactValue]
"""What is known, by name. A fact that is not known is not in the mapping."""

_COMPARE: Mapping[Comparison, Callable[[Decimal, Decimal], bool]] = {
    Comparison.LESS_THAN: operator.lt,
    Comparison.AT_MOST: operator.le,
    Comparison.MORE_THAN: operator.gt,
    Comparison.AT_LEAST: operator.ge,
}


@dataclass(frozen=True, slots=True)
class Is:
    fact: str
    value: bool | str

    def holds(self, facts: Facts) -> bool | None:
        value = facts.get(self.fact)
        return None if value is None else value == self.value

    def met(self, facts: Facts) -> bool:
        return facts.get(self.fact) == self.value


@dataclass(frozen=True, slots=True)
class Member:
    fact: str
    how: Membership
    values: frozenset[str]

    def holds(self, facts: Facts) -> bool | None:
        value = facts.get(self.fact)
        return None if value is None else self._agrees(value)

    def met(self, facts: Facts) -> bool:
        value = facts.get(self.fact)
        return value is not None and self._agrees(value)

    def _agrees(self, value: FactValue) -> bool:
        if not isinstance(value, frozenset):
            return value in self.values and self.how is Membership.IN
        if self.values.isdisjoint(value):
            return False
        return self.how is Membership.INCLUDES or (self.how is Membership.ONLY and value <= self.values)


@dataclass(frozen=True, slots=True)
class Compare:
    fact: str
    how: Comparison
    value: Decimal

    def holds(self, facts: Facts) -> bool | None:
        value = facts.get(self.fact)
        return None if value is None else isinstance(value, Decimal) and _COMPARE[self.how](value, self.value)

    def met(self, facts: Facts) -> bool:
        return self.holds(facts) is True


@dataclass(frozen=True, slots=True)
class Known:
    fact: str
    value: bool

    def holds(self, facts: Facts) -> bool:
        return (self.fact in facts) is self.value

    met = holds


@dataclass(frozen=True, slots=True)
class All:
    of: tuple[Condition, ...]

    def holds(self, facts: Facts) -> bool | None:
        """False as soon as one part is; not known where one part is not known and none is false."""
        result: bool | None = True
        for part in self.of:
            truth = part.holds(facts)
            if truth is False:
                return False
            result = result if truth else None
        return result

    def met(self, facts: Facts) -> bool:
        for part in self.of:  # noqa: SIM110 - a generator would cost more than what it asks
            if not part.met(facts):
                return False
        return True


@dataclass(frozen=True, slots=True)
class AnyOf:
    of: tuple[Condition, ...]

    def holds(self, facts: Facts) -> bool | None:
        """True as soon as one part is; not known where one part is not known and none is true."""
        result: bool | None = False
        for part in self.of:
            truth = part.holds(facts)
            if truth:
                return True
            result = None if truth is None else result
        return result

    def met(self, facts: Facts) -> bool:
        for part in self.of:  # noqa: SIM110 - a generator would cost more than what it asks
            if part.met(facts):
                return True
        return False


@dataclass(frozen=True, slots=True)
class Unless:
    """True as long as the inner condition is not known to hold. There is no plain negation: of what is not known nothing follows."""

    of: Condition

    def holds(self, facts: Facts) -> bool:
        return not self.of.met(facts)

    met = holds


Condition = Is | Member | Compare | Known | All | AnyOf | Unless

Pictures = Mapping[str, Mapping[str, Any]]


def parse_condition(raw: Any, *, where: str, pictures: Pictures, side: str | None = None) -> Condition:
    """A condition from its TOML table, with `{side}` filled in. Raises EvidenceError naming `where` for any other shape."""

    def again(part: Any) -> Condition:
        return parse_condition(part, where=where, pictures=pictures, side=side)

    if not isinstance(raw, Mapping):
        raise _wrong(where, f"a condition is a table, not {raw!r}")
    keys = set(raw)
    if keys == {"picture"}:
        if raw["picture"] not in pictures:
            raise _wrong(where, f"there is no picture named {raw['picture']!r}; known: {', '.join(sorted(pictures))}")
        return again(pictures[raw["picture"]])
    if keys == {"unless"}:
        return Unless(again(raw["unless"]))
    for key, build in (("all", All), ("any", AnyOf)):
        if keys == {key}:
            if not isinstance(raw[key], list) or not raw[key]:
                raise _wrong(where, f"{key!r} takes a list of at least one condition")
            parts = [again(part) for part in raw[key]]
            # One of the same kind inside another is read as its parts: the same truth, in fewer steps.
            return build(tuple(inner for part in parts for inner in (part.of if isinstance(part, build) else (part,))))
    if "fact" in keys and len(keys) == 2 and isinstance(raw["fact"], str):
        (how,) = keys - {"fact"}
        leaf = _leaf(_on_side(raw["fact"], side, where), how, _value_on_side(raw[how], side, where))
        if leaf is not None:
            return leaf
    raise _wrong(
        where,
        f"{dict(raw)!r} is not a condition: use fact with one of is, in, includes, only, {', '.join(Comparison)}, known; or all, any, unless, picture",
    )


def _leaf(fact: str, how: str, value: Any) -> Condition | None:
    if how == "is" and isinstance(value, (bool, str)):
        return Is(fact, value)
    if how == "known" and isinstance(value, bool):
        return Known(fact, value)
    if how in set(Membership) and isinstance(value, list) and value and all(isinstance(item, str) for item in value):
        return Member(fact, Membership(how), frozenset(value))
    if how in set(Comparison) and isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        return Compare(fact, Comparison(how), Decimal(value))
    return None


def _on_side(fact: str, side: str | None, where: str) -> str:
    if "{side}" not in fact:
        return fact
    if side is None:
        raise _wrong(where, f"{fact!r} speaks of a side, but the rule is not read once a side: add per_side = true")
    return fact.replace("{side}", side)


def _value_on_side(value: Any, side: str | None, where: str) -> Any:
    if isinstance(value, list):
        return [_value_on_side(item, side, where) for item in value]
    return _on_side(value, side, where) if isinstance(value, str) else value


def _wrong(where: str, what: str) -> EvidenceError:
    return EvidenceError(Problem(issue_type="exception", diagnostics=f"{where}: {what}."))
