"""One published instrument applied to a patient or a leg: a part of the answer, offered by `assessment` with the rest of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from service.clinical.measurements import Side
from service.evidence.basis import Basis
from service.evidence.instruments import Instrument


@dataclass(frozen=True, slots=True, kw_only=True)
class InstrumentResult:
    """One published instrument applied to this patient, or to one leg. What is not known counts neither way: it widens the range.

    A score has `score` (None as long as an answer could change it), `lowest` and `highest` as numbers; a classification has `result` and the same as
    codes of its classes, with every class still `possible`, the highest first. `positive` None: undecided, or a classification that says neither.
    """

    code: str
    side: Side | None
    kind: str
    """survey | exam"""
    score: int | None
    result: str | None
    lowest: int | str
    highest: int | str
    possible: tuple[str, ...]
    positive: bool | None
    missing: tuple[str, ...]
    """What to learn: codes of findings, "age", or the code of an order."""
    basis: Basis
    instrument: Instrument = field(repr=False, compare=False)
    """What was applied, as the evidence has it."""
    sources: tuple[str, ...] = ()

    @property
    def decided(self) -> bool:
        return self.lowest == self.highest
