"""What the findings of one patient say about one cause: which entries of the literature are met, which of them count, and by how much."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from service.clinical.assessment import Basis, Contribution, Setting
from service.clinical.facts import PatientFacts
from service.clinical.probability import clamped
from service.evidence.likelihood_ratios import SIDES, Entry, Estimate, LogRatio, Model, log_ratio
from service.evidence.priors import Priors

RISK_FACTOR = "risk-factor"
_NO_EFFECT = log_ratio(Estimate(value=1.0, low=1.0, high=1.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """A sum of log odds at the point estimates, at the ends unfavourable to the cause, and at the favourable ones."""

    value: float = 0.0
    low: float = 0.0
    high: float = 0.0

    def __add__(self, other: Spread) -> Spread:
        return Spread(value=self.value + other.value, low=self.low + other.low, high=self.high + other.high)

    def within(self, limit: float) -> Spread:
        return Spread(
            value=clamped(self.value, limit=limit), low=clamped(self.low, limit=limit), high=clamped(self.high, limit=limit)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Weight:
    """One entry met by this patient, with its shrunk log odds."""

    entry: Entry
    present: bool
    ratio: LogRatio
    spread: Spread
    sources: tuple[str, ...]


def risk_factors(facts: PatientFacts, priors: Priors, setting: Setting, contributions: list[Contribution]) -> Spread:
    """Known risk factors, each centred on what is usual in the setting, so that an unknown one moves nothing."""
    total = Spread()
    for factor in priors.risk_factors:
        value = facts.values.get(factor.finding)
        if value is None:
            continue
        word = {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
        mine = next((level.odds_ratio for level in factor.levels if level.value == word), _NO_EFFECT)
        moves = [
            priors.shrinkage
            * (getattr(mine, end) - sum(level.prevalence[setting] * getattr(level.odds_ratio, end) for level in factor.levels))
            for end in ("log_value", "log_low", "log_high")
        ]
        total += Spread(value=moves[0], low=min(moves), high=max(moves))
        contributions.append(
            Contribution(
                entry=f"risk-{factor.finding}",
                present=mine is not _NO_EFFECT,
                likelihood_ratio=mine.estimate.value,
                low=mine.estimate.low,
                high=mine.estimate.high,
                group=factor.finding,
                part=RISK_FACTOR,
                shrinkage=priors.shrinkage,
                counted=True,
                why="moves the pre-test probability, centred on what is usual in this setting",
                log_odds=moves[0],
                text=f"{factor.text}: {word}",
                basis=Basis(rule=f"risk-{factor.finding}", citation=factor.citation, tag=factor.tag.value),
                sources=facts.sources_of((factor.finding,)),
            )
        )
    return total


def met(entry: Entry, facts: PatientFacts, model: Model) -> Weight | None:
    """The entry, if it is known to be present or absent here and the literature has a ratio for that."""
    truth = _truth(entry, facts)
    ratio = entry.present if truth else entry.absent
    if truth is None or ratio is None:
        return None
    shrinkage = model.shrinkage[entry.part]
    return Weight(
        entry=entry,
        present=truth,
        ratio=ratio,
        spread=Spread(value=shrinkage * ratio.log_value, low=shrinkage * ratio.log_low, high=shrinkage * ratio.log_high),
        sources=facts.sources_of(entry.facts),
    )


def _truth(entry: Entry, facts: PatientFacts) -> bool | None:
    """Present in any leg that hurts; absent only when it is in all of them."""
    wanted = [SIDES.index(side) for side in facts.symptomatic] if entry.per_side else [0]
    present = [entry.when[index].holds(facts.values) for index in wanted]
    if any(truth is True for truth in present):
        return True
    if entry.absent_when:
        absent = all(entry.absent_when[index].holds(facts.values) is True for index in wanted)
        return False if absent else None
    return False if all(truth is False for truth in present) else None


def counted_ids(weights: Sequence[Weight]) -> frozenset[str]:
    """Of each group the strongest; a constellation counts instead of its parts where that says more than the parts together."""
    plain = _strongest([weight for weight in weights if not weight.entry.instead_of])
    best, best_size = plain, _size(plain)
    for constellation in weights:
        if not constellation.entry.instead_of:
            continue
        others = [
            weight
            for weight in weights
            if not weight.entry.instead_of
            and weight.entry.id not in constellation.entry.instead_of
            and (weight.entry.part, weight.entry.group) != (constellation.entry.part, constellation.entry.group)
        ]
        whole = [constellation, *_strongest(others)]
        if _size(whole) > best_size:
            best, best_size = whole, _size(whole)
    return frozenset(weight.entry.id for weight in best)


def _strongest(weights: Iterable[Weight]) -> list[Weight]:
    chosen: dict[tuple[str, str], Weight] = {}
    for weight in weights:
        key = (weight.entry.part, weight.entry.group)
        if key not in chosen or abs(weight.ratio.log_value) > abs(chosen[key].ratio.log_value):
            chosen[key] = weight
    return list(chosen.values())


def _size(weights: Iterable[Weight]) -> float:
    return sum(weight.spread.value for weight in weights)


def contribution(
    weight: Weight, *, counted: bool, weights: Sequence[Weight], chosen: frozenset[str], model: Model
) -> Contribution:
    entry = weight.entry
    return Contribution(
        entry=entry.id,
        present=weight.present,
        likelihood_ratio=weight.ratio.estimate.value,
        low=weight.ratio.estimate.low,
        high=weight.ratio.estimate.high,
        group=entry.group,
        part=entry.part,
        shrinkage=model.shrinkage[entry.part],
        counted=counted,
        why="the strongest of its group" if counted else _why_not(weight, weights, chosen),
        log_odds=weight.spread.value if counted else 0.0,
        text=entry.text if weight.present else entry.text_absent,
        basis=Basis(rule=entry.id, citation=entry.citation, tag=entry.tag.value),
        sources=weight.sources,
    )


def _why_not(weight: Weight, weights: Sequence[Weight], chosen: frozenset[str]) -> str:
    """What of the chosen ones stands in its place: a constellation it is a part of, or the strongest of its group."""
    counted = [other.entry for other in weights if other.entry.id in chosen]
    for entry in counted:
        if weight.entry.id in entry.instead_of:
            return f"part of {entry.id}, which counts instead"
    rival = next((entry.id for entry in counted if (entry.part, entry.group) == (weight.entry.part, weight.entry.group)), "")
    return f"{rival} of the same group says more" if rival else "its parts say more"
