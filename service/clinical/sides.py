"""Do the parts of the record speak of the same leg? Sides exchanged in one of them show as parts that contradict each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations

from service.clinical.data_issues import DataIssue, IssueCode
from service.clinical.facts import PatientFacts
from service.clinical.indices import Indices, PadStatus
from service.clinical.measurements import Side

_FOOT_PULSES = ("pulse-dorsalis-pedis", "pulse-posterior-tibial")
_SKIN = ("foot-wound", "gangrene", "cold-leg", "pale-leg", "skin-cool", "elevation-pallor")

Told = Mapping[Side, tuple[str, ...]]
"""The resources behind what one part of the record says of a leg."""


def side_issues(facts: PatientFacts, indices: Indices) -> Iterator[DataIssue]:
    """A remark for every two parts of the record (symptoms, pressures, foot pulses, skin) that each point at one leg only, and not at the same.

    Disease in the other leg than the one that hurts does occur: everything was used, and the reader is asked to check the sides.
    """
    parts = {
        "the symptoms": _symptoms(facts),
        "the pressures": _pressures(facts, indices),
        "the foot pulses": _pulses(facts),
        "skin and wounds": _skin(facts),
    }
    alone = [(name, *one) for name, told in parts.items() if (one := _only_side(told)) is not None]
    for (first, one_side, sources), (second, other_side, others) in combinations(alone, 2):
        if one_side is not other_side:
            yield DataIssue(
                code=IssueCode.CONFLICTING_ANSWERS,
                source=(*others, *sources)[0],
                used=True,
                detail=(
                    f"{first[0].upper()}{first[1:]} point at the {one_side} leg only, {second} at the {other_side} leg only. Both were used as they "
                    "are recorded; check that right and left were not exchanged."
                ),
            )


def _only_side(told: Told) -> tuple[Side, tuple[str, ...]] | None:
    return next(iter(told.items())) if len(told) == 1 else None


def _symptoms(facts: PatientFacts) -> Told:
    side = facts.values.get("symptom-side")
    return {one: facts.sources["symptom-side"] for one in Side if side == one.value}


def _pressures(facts: PatientFacts, indices: Indices) -> Told:
    """The one leg with confirmed disease where the other was measured and shows none."""
    status = {side: indices.leg(side).pad_status for side in Side}
    return {
        side: facts.sources[f"pad-status-{side}"]
        for side in Side
        if status[side] is PadStatus.CONFIRMED and status[side.other] is PadStatus.NOT_SHOWN
    }


def _pulses(facts: PatientFacts) -> Told:
    """The one leg with an absent foot pulse where both pulses of the other foot are felt."""
    return {
        side: _sources(facts, _FOOT_PULSES, side)
        for side in Side
        if any(facts.values.get(f"{pulse}-{side}") == "absent" for pulse in _FOOT_PULSES)
        and all(facts.values.get(f"{pulse}-{side.other}") == "present" for pulse in _FOOT_PULSES)
    }


def _skin(facts: PatientFacts) -> Told:
    return {
        side: _sources(facts, _SKIN, side) for side in Side if any(facts.values.get(f"{sign}-{side}") is True for sign in _SKIN)
    }


def _sources(facts: PatientFacts, names: tuple[str, ...], side: Side) -> tuple[str, ...]:
    return facts.sources_of([f"{name}-{side}" for name in names])
