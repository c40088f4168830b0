"""What a scored instrument says for or against a cause: its published ratios, and the entries it may count instead of.

Every figure stands once, under `accuracy` of the instrument. Where no likelihood ratio was published it follows from sensitivity and specificity.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from marshmallow import fields, validate

from service.evidence.instruments import Instrument
from service.evidence.likelihood_ratios import CAUSES, Entry, Estimate, Model, Outcome
from service.evidence.reading import StrictSchema, load, refuse, words

GROUP = "instrument"


@dataclass(frozen=True, slots=True, kw_only=True)
class InstrumentWeight:
    """The weight of one scored instrument. `places`: the (part, group) of everything it contains; of those it or their findings count, never both.

    `positive` and `negative`: what it says then; `negative` None where nothing was published for that.
    """

    instrument: Instrument
    cause: str
    positive: Outcome
    negative: Outcome | None
    places: frozenset[tuple[str, str]]


class _WeighsSchema(StrictSchema):
    cause = fields.String(required=True, validate=validate.OneOf(CAUSES))
    part = fields.String(required=True, validate=validate.OneOf(("history", "examination")))
    contains = fields.List(words(), required=True, validate=validate.Length(min=1))
    positive = words()
    positive_at = words()
    negative = words(required=False)
    negative_at = words(required=False)


def parse_instrument_weights(
    document: Mapping[str, Any], instruments: Iterable[Instrument], entries: Sequence[Entry], model: Model
) -> tuple[InstrumentWeight, ...]:
    """The `weighs` tables of instruments.toml. Raises EvidenceError for a figure that is not there and an entry that is not one of the cause."""
    by_id = {instrument.id: instrument for instrument in instruments}
    return tuple(
        _weight(raw["weighs"], by_id[raw["id"]], entries, model)
        for raw in document["instrument"]
        if raw.get("weighs") is not None
    )


def _weight(raw: Any, instrument: Instrument, entries: Sequence[Entry], model: Model) -> InstrumentWeight:
    where = f"instruments.toml, {instrument.id}, weighs"
    if not instrument.items:
        raise refuse(where, "only a score weighs; this is a classification")
    data = load(_WeighsSchema(), raw, where=where)
    of_cause = {entry.id: entry for entry in entries if entry.cause == data["cause"]}
    if missing := [name for name in data["contains"] if name not in of_cause]:
        raise refuse(where, f"contains names {', '.join(missing)}, which is no entry of the {data['cause']} cause")
    if bool(data["negative"]) != bool(data["negative_at"]):
        raise refuse(where, "negative and negative_at are given both or not at all")
    # The entries it contains are of these parts: their own shrinkage was asked for when they were read.
    share = model.shrinkage[data["part"]]

    def outcome(ratio: Estimate, *, positive: bool) -> Outcome:
        if (ratio.value > 1.0) is not positive:
            raise refuse(where, f"a ratio of {ratio.value:g} does not speak {'for' if positive else 'against'} the cause")
        return Outcome(
            entry=instrument.id,
            present=positive,
            place=(data["part"], GROUP),
            ratio=ratio,
            log_ratio=math.log(ratio.value),
            shrinkage=share,
            moves=(share * math.log(ratio.value), share * math.log(ratio.low), share * math.log(ratio.high)),
            text=data["positive" if positive else "negative"],
            instead_of=tuple(data["contains"]),
            facts=instrument.facts,
            basis=instrument.basis,
        )

    return InstrumentWeight(
        instrument=instrument,
        cause=data["cause"],
        positive=outcome(_ratio(instrument, data["positive_at"], where, positive=True), positive=True),
        negative=outcome(_ratio(instrument, data["negative_at"], where, positive=False), positive=False)
        if data["negative"]
        else None,
        places=frozenset(
            outcome.place for name in data["contains"] for outcome in (of_cause[name].present, of_cause[name].absent) if outcome
        ),
    )


def _ratio(instrument: Instrument, at: str, where: str, *, positive: bool) -> Estimate:
    """The published likelihood ratio at this result, or else the one that sensitivity and specificity there come to, without an interval."""
    figures = {figure.measure: figure.estimate for figure in instrument.accuracy if figure.at == at}
    if "likelihood ratio" in figures:
        return figures["likelihood ratio"]
    if not {"sensitivity", "specificity"} <= set(figures):
        raise refuse(where, f"accuracy has neither a likelihood ratio nor sensitivity and specificity at {at!r}")
    sensitivity, specificity = figures["sensitivity"].value / 100, figures["specificity"].value / 100
    value = sensitivity / (1 - specificity) if positive else (1 - sensitivity) / specificity
    return Estimate(value=value, low=min(value, math.sqrt(value)), high=max(value, math.sqrt(value)), published=False)
