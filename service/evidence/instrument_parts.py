"""What instruments are made of: cases that hold or not, items that give points for them, classes that they decide."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from service.evidence.condition_facts import add_open, facts_named
from service.evidence.conditions import Condition, Facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Something that holds or not. Without `absent_when` it is absent where `when` is false; with neither condition it is never known."""

    when: Condition | None
    absent_when: Condition | None
    facts: frozenset[str] = field(init=False, repr=False, compare=False)
    """Every fact its conditions look at."""
    with_nothing_known: bool | None = field(init=False, repr=False, compare=False)
    """Whether it holds where none of them is known, as of most cases most are not; `all_open`: the facts that then keep it open."""
    all_open: tuple[str, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "facts", frozenset(self.named()))
        object.__setattr__(self, "with_nothing_known", self._truth({}))
        object.__setattr__(self, "all_open", tuple(self._open({})))

    def named(self) -> Iterator[str]:
        """Every fact its conditions look at, in their order and with repetitions."""
        for condition in (self.when, self.absent_when):
            if condition is not None:
                yield from facts_named(condition)

    def holds(self, facts: Facts) -> bool | None:
        """Whether it does: yes, no, or not known."""
        return self.with_nothing_known if facts.keys().isdisjoint(self.facts) else self._truth(facts)

    def kept_open_by(self, facts: Facts) -> Collection[str]:
        """The facts not known that keep its conditions open."""
        return self.all_open if facts.keys().isdisjoint(self.facts) else self._open(facts)

    def _truth(self, facts: Facts) -> bool | None:
        held = self.when.holds(facts) if self.when else None
        if held or self.absent_when is None:
            return held
        return False if self.absent_when.met(facts) else None

    def _open(self, facts: Facts) -> dict[str, None]:
        found: dict[str, None] = {}
        for condition in (self.when, self.absent_when):
            if condition is not None:
                add_open(found, condition, facts)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """So many points in this case."""

    points: int
    case: Case


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One item of a score: the points of the first option that holds, 0 when none does. `part`: the subscale it counts to, besides the total."""

    id: str
    text: str
    part: str
    options: tuple[Option, ...]

    def points(self, facts: Facts) -> tuple[int, int]:
        """The fewest and the most points: those of the first option that holds, and of all that may hold before it."""
        possible = []
        for option in self.options:
            held = option.case.holds(facts)
            if held:
                possible.append(option.points)
                break
            if held is None:
                possible.append(option.points)
        else:
            possible.append(0)
        return (possible[0], possible[0]) if len(possible) == 1 else (min(possible), max(possible))


@dataclass(frozen=True, slots=True, kw_only=True)
class Class:
    """One result of a classification; the last, which has no conditions, is of who is in no class before it. `positive` None: neither yes nor no.

    One before it without conditions is told by nothing that is recorded: it stays possible.
    """

    code: str
    case: Case
    positive: bool | None
