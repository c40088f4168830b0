"""What the findings of one patient say about one cause: which entries of the literature are met, which of them count, and by how much."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from service.clinical.assessment import Contribution, Setting
from service.clinical.facts import PatientFacts
from service.clinical.instrument_choice import InstrumentInstead
from service.evidence.conditions import Facts
from service.evidence.likelihood_ratios import SIDES, Entry, Outcome, Spread
from service.evidence.priors import Priors

RISK_FACTOR = "risk-factor"
AGE = "age"
"""The group of the entries about age."""
_ONCE = (0,)


def risk_factors(facts: PatientFacts, priors: Priors, setting: Setting) -> tuple[list[Contribution], list[Spread]]:
    """Known risk factors, each centred on what is usual in the setting, so that an unknown one moves nothing."""
    contributions, moves = [], []
    for factor in priors.risk_factors:
        value = facts.values.get(factor.finding)
        if value is None:
            continue
        word = str(value) if not isinstance(value, bool) else "yes" if value else "no"
        effect = factor.effects[setting].get(word) or factor.otherwise[setting]
        moves.append(effect.moves)
        contributions.append(
            Contribution(
                entry=factor.basis.rule,
                present=effect.raises,
                likelihood_ratio=effect.ratio.value,
                low=effect.ratio.low,
                high=effect.ratio.high,
                group=factor.finding,
                part=RISK_FACTOR,
                shrinkage=priors.shrinkage,
                counted=True,
                why="moves the pre-test probability, centred on what is usual in this setting",
                log_odds=effect.moves[0],
                text=f"{factor.text}: {word}",
                basis=factor.basis,
                sources=facts.sources_of((factor.finding,)),
            )
        )
    return contributions, moves


def outcomes(entries: Iterable[Entry], facts: PatientFacts) -> list[Outcome]:
    """Of the entries known to be present or absent here, what the literature says of that; nothing where it has no ratio for it."""
    legs = tuple(SIDES.index(side) for side in facts.symptomatic)
    found = []
    values = facts.values
    for entry in entries:
        truth = _truth(entry, values, legs if entry.per_side else _ONCE)
        outcome = None if truth is None else entry.present if truth else entry.absent
        if outcome is not None:
            found.append(outcome)
    return found


def _truth(entry: Entry, values: Facts, readings: tuple[int, ...]) -> bool | None:
    """Present in any leg that hurts; absent only when it is in all of them."""
    absent = True
    for reading in readings:
        truth = entry.when[reading].holds(values)
        if truth:
            return True
        absent = absent and (entry.absent_when[reading].met(values) if entry.absent_when else truth is False)
    return False if absent else None


def strongest(found: Sequence[Outcome]) -> list[Outcome]:
    """Of each group the strongest; a constellation counts instead of its parts where that says more than the parts together."""
    parts = [outcome for outcome in found if not outcome.instead_of]
    best = _strongest(parts)
    if len(parts) < len(found):
        best_size = _size(best)
        for constellation in found:
            if not constellation.instead_of:
                continue
            others = [
                outcome
                for outcome in parts
                if outcome.entry not in constellation.instead_of and outcome.place != constellation.place
            ]
            whole = [constellation, *_strongest(others)]
            if _size(whole) > best_size:
                best, best_size = whole, _size(whole)
    return best


def _strongest(found: Iterable[Outcome]) -> list[Outcome]:
    chosen: dict[tuple[str, str], Outcome] = {}
    for outcome in found:
        rival = chosen.get(outcome.place)
        if rival is None or abs(outcome.log_ratio) > abs(rival.log_ratio):
            chosen[outcome.place] = outcome
    return list(chosen.values())


def _size(found: Iterable[Outcome]) -> float:
    return sum(outcome.moves[0] for outcome in found)


def contribution(outcome: Outcome, facts: PatientFacts, *, counted: bool, why: str) -> Contribution:
    """One step of the trace. `why`: why it counts, or what counts in its place."""
    part, group = outcome.place
    return Contribution(
        entry=outcome.entry,
        present=outcome.present,
        likelihood_ratio=outcome.ratio.value,
        low=outcome.ratio.low,
        high=outcome.ratio.high,
        group=group,
        part=part,
        shrinkage=outcome.shrinkage,
        counted=counted,
        why=why,
        log_odds=outcome.moves[0] if counted else 0.0,
        text=outcome.text,
        basis=outcome.basis,
        sources=facts.sources_of(outcome.facts),
    )


def why(outcome: Outcome, counted: Sequence[Outcome], instead: InstrumentInstead | None) -> str:
    """Why a finding counts, or what stands in its place: an instrument, a constellation it is a part of, or the strongest of its group."""
    if instead is not None and outcome.place in instead.places:
        stands_for = "contains it" if outcome.entry in instead.outcome.instead_of else "contains findings of its group"
        return f"{instead.outcome.entry} {stands_for} and counts instead"
    rival = ""
    for other in counted:
        if other is outcome:
            return "the strongest of its group"
        if outcome.entry in other.instead_of:
            return f"part of {other.entry}, which counts instead"
        if not rival and other.place == outcome.place:
            rival = other.entry
    return f"{rival} of the same group says more" if rival else "its parts say more"
