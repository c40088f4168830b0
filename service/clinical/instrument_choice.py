"""Which scored instrument counts instead of the findings it contains, if any; the rules and why they cannot turn a finding against its cause: ADR 0013."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from service.clinical.assessment import InstrumentResult
from service.clinical.facts import PatientFacts
from service.clinical.instruments import negative_without
from service.evidence.instrument_weights import InstrumentWeight
from service.evidence.likelihood_ratios import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class InstrumentInstead:
    """An instrument that counts. `together`: what the findings it stands for would have added to the log odds; `move`: what it adds."""

    outcome: Outcome
    places: frozenset[tuple[str, str]]
    together: float
    move: float

    @property
    def gain(self) -> float:
        """What the log odds change by, against counting the findings."""
        return self.move - self.together


@dataclass(frozen=True, slots=True, kw_only=True)
class InstrumentChoice:
    """`instead`: the one that counts (None: the findings do). `told`: every decided instrument with why it counts or not."""

    instead: InstrumentInstead | None
    told: tuple[tuple[Outcome, str], ...]


NO_INSTRUMENT = InstrumentChoice(instead=None, told=())


def verdicts_of(results: Iterable[InstrumentResult]) -> Mapping[str, bool]:
    """Positive or negative, by instrument; one that missing answers leave open is not there."""
    return {result.code: result.positive for result in results if result.positive is not None}


def choose_instrument(
    weights: Sequence[InstrumentWeight],
    verdicts: Mapping[str, bool],
    found: Sequence[Outcome],
    counted: Sequence[Outcome],
    facts: PatientFacts,
    *,
    good_abi_from: Decimal,
) -> InstrumentChoice:
    """Of the decided instruments the one that changes the sum most, if it is stronger than what it stands for; none where two contradict each other.

    `found`: every outcome of the cause's entries; `counted`: those that count by the rule of the groups.
    """
    told: list[tuple[Outcome, str]] = []
    decided: list[InstrumentInstead] = []
    supporting: frozenset[str] | None = None
    for weight in weights:
        verdict = verdicts.get(weight.instrument.id)
        outcome = None if verdict is None else weight.positive if verdict else weight.negative
        if outcome is None:
            continue
        if not outcome.present:
            if supporting is None:
                supporting = frozenset(fact for one in found if one.log_ratio > 0.0 for fact in one.facts)
            if not negative_without(weight.instrument, facts, supporting, good_abi_from=good_abi_from):
                told.append((outcome, "negative only through findings that speak for the cause"))
                continue
        together = sum(one.moves[0] for one in counted if one.place in weight.places)
        decided.append(InstrumentInstead(outcome=outcome, places=weight.places, together=together, move=outcome.moves[0]))
    instead = None
    against = {one.outcome.present: one.outcome.entry for one in decided}
    if len(against) == 1:
        stronger = [one for one in decided if abs(one.move) > abs(one.together)]
        instead = max(stronger, key=lambda one: abs(one.gain), default=None)
    told += [(one.outcome, _why(one, instead, against)) for one in decided]
    return InstrumentChoice(instead=instead, told=tuple(told))


def _why(one: InstrumentInstead, instead: InstrumentInstead | None, against: Mapping[bool, str]) -> str:
    if one is instead:
        return f"says more than the findings it stands for do together ({one.move:+.2f} against {one.together:+.2f})"
    if len(against) > 1:
        return f"{against[not one.outcome.present]} says the opposite: the findings count"
    if instead is not None and abs(one.move) > abs(one.together):
        return f"{instead.outcome.entry} changes more"
    return f"the findings it stands for say at least as much together ({one.together:+.2f} against {one.move:+.2f})"
