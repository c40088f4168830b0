"""Who depends on what: for every entry of the evidence the facts it reads and the results it gives, and for every fact and result both again, the other way round.

All of it is taken from the conditions of the rules and from what they name; nothing is listed by hand but which facts the thresholds of the indices decide.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from service.evidence.condition_facts import Leaf, leaves
from service.evidence.conditions import Condition, Is, Member
from service.evidence.loader import Evidence
from service.evidence.recommendations import DAY_LIMITS

_SIDES = ("-right", "-left")
# Facts whose values are results of the evidence: what is read is the result, not the list of all.
_LISTS: Mapping[str, str] = {"red-flags": "red flag", "flag": "red flag", "proposed-orders": "order"}
_ANY_FLAG = "any red flag"
_PAD = ("pad-status", "symptomatic-pad-status", "any-pad-status")
_OF_THRESHOLDS: Mapping[str, tuple[str, ...]] = {
    "abi": ("abi-category", "symptomatic-abi-category", "draft-leg-abi-category", *_PAD),
    "tbi": ("symptomatic-tbi", *_PAD),
    "exercise": ("symptomatic-exercise", *_PAD),
    "wifi": ("wifi-ischaemia",),
}
_WEIGHT = "weight "


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """One entry: the section of the report it stands in, and its name there."""

    section: str
    name: str

    @property
    def anchor(self) -> str:
        """Where it is on the page."""
        return f"{self.section}-{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Something that rules speak of: a finding, or a result such as "red flag cauda-equina-syndrome", "order exercise-abi", "vascular-likelihood".

    `given_by` is empty for what only the record, or an answer, can say.
    """

    name: str
    given_by: tuple[Place, ...]
    read_by: tuple[Place, ...]

    @property
    def anchor(self) -> str:
        """Where it is on the page."""
        return f"fact-{self.name.replace(' ', '-')}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependence:
    """`reads` and `gives` by entry, names of facts in order; `facts` by name, in order."""

    reads: Mapping[Place, tuple[str, ...]]
    gives: Mapping[Place, tuple[str, ...]]
    facts: Mapping[str, Fact]


def dependence(evidence: Evidence) -> Dependence:
    """Both directions, for the whole evidence."""
    reads: dict[Place, set[str]] = {}
    gives: dict[Place, set[str]] = {}
    for place, read, given in _entries(evidence):
        # Rules that are read once a side are one entry; so are the ages of a prior.
        reads.setdefault(place, set()).update(read)
        gives.setdefault(place, set()).update(given)
    read_by_any = set().union(*reads.values())
    for given in gives.values():
        # That an entry may be counted in another's place is told of those of which it is true.
        given.difference_update({name for name in given if name.startswith(_WEIGHT) and name not in read_by_any})
    names = sorted(read_by_any.union(*gives.values()))
    return Dependence(
        reads={place: tuple(sorted(found)) for place, found in reads.items()},
        gives={place: tuple(sorted(found)) for place, found in gives.items()},
        facts={name: Fact(name=name, given_by=_with(name, gives), read_by=_with(name, reads)) for name in names},
    )


def _with(name: str, found: Mapping[Place, set[str]]) -> tuple[Place, ...]:
    return tuple(sorted(place for place, names in found.items() if name in names))


_Entry = tuple[Place, Iterable[str], Iterable[str]]


def _entries(evidence: Evidence) -> Iterator[_Entry]:
    yield from _of_weighing(evidence)
    for name, _ in evidence.abi_categories.thresholds:
        yield Place("thresholds", name), (), _OF_THRESHOLDS.get(name.partition(".")[0], ())
    for name, _ in evidence.reading_limits.thresholds:
        yield Place("reading-limits", name), (), ("obesity",) if name == "record.obesity_from" else ()
    for flag in evidence.red_flags:
        read = _read(flag.when, *(order.when for order in flag.orders))
        yield (
            Place("red-flags", flag.id),
            read,
            (f"red flag {flag.flag}", _ANY_FLAG, *(f"order {order.order}" for order in flag.orders)),
        )
    for rule in evidence.recommendations.rules:
        told = [f"order {rule.order}"] if rule.order else []
        changed = [f"order {order}" for order in rule.cautions]
        # A rule that withholds an order, or adds to it, needs another that proposes it.
        read = {*_read(rule.when), *changed, *(told if rule.withhold else ())}
        yield Place("orders", rule.id), read, (*changed, *told)
    for card in evidence.hook_rules:
        offered = [f"order {offer.order}" for offer in card.offers if offer.order and not offer.named]
        yield (
            Place("hook-rules", card.id),
            {*_read(card.when, *(offer.when for offer in card.offers)), *offered},
            (f"card {card.id}",),
        )
    for pattern in evidence.alternatives:
        features = (*pattern.essential, *pattern.supporting, *pattern.against)
        yield (
            Place("alternatives", pattern.code),
            _read(*(feature.when for feature in features)),
            (f"alternative-{pattern.code}",),
        )


def _of_weighing(evidence: Evidence) -> Iterator[_Entry]:
    both = ("vascular-likelihood", "neurogenic-likelihood")
    for entry in evidence.entries:
        read = {*map(_one_side, entry.facts), *_read(entry.ask.when if entry.ask else None), *map(_weight, entry.instead_of)}
        yield Place("likelihood-ratios", entry.id), read, (f"{entry.cause}-likelihood", _weight(entry.id))
    for prior in evidence.priors.priors:
        yield Place("priors", f"prior-{prior.cause}-{prior.setting}"), ("age-years",), (f"{prior.cause}-likelihood",)
    for factor in evidence.priors.risk_factors:
        yield Place("risk-factors", f"risk-{factor.finding}"), (factor.finding,), ("vascular-likelihood",)
    weights = {weight.instrument.id: weight for of_cause in evidence.weights_of.values() for weight in of_cause}
    for instrument in evidence.instruments:
        weight = weights.get(instrument.id)
        contained = map(_weight, weight.positive.instead_of) if weight else ()
        given = (f"instrument {instrument.id}", *((f"{weight.cause}-likelihood",) if weight else ()))
        yield Place("instruments", instrument.id), {*map(_one_side, instrument.facts), *contained}, given
    model = ("cap", "floor-when-confirmed", "assumed-share-of-yes", "risk-shrinkage", "risk-cap")
    named = [
        *model,
        *(f"shrinkage-{part}" for part in evidence.model.shrinkage),
        *(f"band-{name}" for name, _ in evidence.model.bands),
    ]
    for name in named:
        yield Place("model", name), (), both
    for name in DAY_LIMITS:
        yield Place("model", name), (), ()


def _weight(entry: str) -> str:
    return f"{_WEIGHT}{entry}"


def _read(*conditions: Condition | None) -> set[str]:
    return {name for condition in conditions if condition is not None for leaf in leaves(condition) for name in _named(leaf)}


def _named(leaf: Leaf) -> Iterator[str]:
    fact = _one_side(leaf.fact)
    values = leaf.values if isinstance(leaf, Member) else (leaf.value,) if isinstance(leaf, Is) else ()
    if fact in _LISTS and values:
        yield from (f"{_LISTS[fact]} {value}" for value in values)
    else:
        yield _ANY_FLAG if fact == "flag" else fact


def _one_side(fact: str) -> str:
    for side in _SIDES:
        fact = fact.removesuffix(side)
    return fact
