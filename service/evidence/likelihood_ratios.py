"""What each finding says for or against a cause: likelihood ratios with their intervals, groups and sources."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from marshmallow import ValidationError, fields, post_load, validate

from service.evidence.basis import Basis
from service.evidence.condition_facts import facts_named
from service.evidence.conditions import Condition, Pictures, parse_condition
from service.evidence.reading import Number, Share, SourcedSchema, StrictSchema, load, refuse, words

SIDES = ("right", "left")
CAUSES = ("vascular", "neurogenic")


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A positive number with its 95 % interval, low <= value <= high. `published`: the interval is the source's own; else it is half the log ratio to the whole."""

    value: float
    low: float
    high: float
    published: bool = True


Spread = tuple[float, float, float]
"""Log odds at the point estimate, at the end unfavourable to the cause, and at the favourable one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """How to learn it: a code (finding or order), its effort (question, examination, test) and the words to ask it with. `when`: only then (None: always)."""

    code: str
    effort: str
    text: str
    when: Condition | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One of the two answers an entry can give, with everything that is the same for every patient who gives it.

    `log_ratio`: of the likelihood ratio; `moves`: the same after shrinkage. Where no interval was published, their range runs from half the log ratio to the whole.
    `place`: (part, group); of one place only the strongest counts.
    """

    entry: str
    present: bool
    place: tuple[str, str]
    ratio: Estimate
    log_ratio: float
    shrinkage: float
    moves: Spread
    text: str
    instead_of: tuple[str, ...]
    facts: tuple[str, ...]
    basis: Basis


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One statement of the literature about one cause.

    `when` and `absent_when` hold one condition, or one for each side (right, left) when `per_side`. Without `absent_when` the entry is absent
    where `when` is false. `facts`: every fact the conditions look at. `instead_of`: a constellation counts instead of these entries, never with them.
    `present` and `absent`: what it says then; None where the literature has no ratio for that.
    """

    id: str
    cause: str
    when: tuple[Condition, ...]
    absent_when: tuple[Condition, ...]
    facts: tuple[str, ...]
    per_side: bool
    present: Outcome | None
    absent: Outcome | None
    instead_of: tuple[str, ...]
    ask: Ask | None
    basis: Basis
    population: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """Shrinkage of log LR by part (history, examination, haemodynamic) and the cap on history plus examination, all in natural log odds."""

    shrinkage: Mapping[str, float]
    cap: float
    floor_when_confirmed: float
    bands: tuple[tuple[str, float], ...]
    """(likelihood, lower limit) from the highest down."""
    assumed_share_of_yes: float


class EstimateSchema(StrictSchema):
    value = Number(required=True)
    low = Number(load_default=None)
    high = Number(load_default=None)

    @post_load
    def _build(self, data: dict[str, Any], **_: Any) -> Estimate:
        value, low, high = data["value"], data["low"], data["high"]
        if value <= 0 or (low is None) != (high is None):
            raise ValidationError("an estimate is a positive value, with both low and high or neither")
        if low is None:
            told, half = float(value), math.sqrt(value)
            return Estimate(value=told, low=min(told, half), high=max(told, half), published=False)
        if not 0 < low <= value <= high:
            raise ValidationError(f"{value} lies outside its interval {low} to {high}")
        return Estimate(value=float(value), low=float(low), high=float(high))


class _AskSchema(StrictSchema):
    code = words()
    effort = fields.String(required=True, validate=validate.OneOf(("question", "examination", "test")))
    text = words()
    when = fields.Raw(load_default=None)


class _EntrySchema(SourcedSchema):
    id = words()
    cause = fields.String(required=True, validate=validate.OneOf(CAUSES))
    part = fields.String(required=True, validate=validate.OneOf(("history", "examination", "haemodynamic")))
    group = words()
    text = words()
    text_absent = words(required=False)
    when = fields.Raw(required=True)
    absent_when = fields.Raw(load_default=None)
    per_side = fields.Boolean(load_default=False)
    present = fields.Nested(EstimateSchema, load_default=None)
    absent = fields.Nested(EstimateSchema, load_default=None)
    instead_of = fields.List(fields.String(), load_default=list)
    ask = fields.Nested(_AskSchema, load_default=None)
    population = words(required=False)
    note = words(required=False)


class _ModelSchema(StrictSchema):
    shrinkage = fields.Dict(keys=fields.String(), values=Share(), required=True)
    cap = fields.Float(required=True)
    floor_when_confirmed = Share(required=True)
    bands = fields.Dict(keys=fields.String(), values=Share(), required=True)
    assumed_share_of_yes = Share(required=True)


class _DocumentSchema(StrictSchema):
    model = fields.Nested(_ModelSchema, required=True)
    entry = fields.List(fields.Raw(), required=True)


def parse_likelihood_ratios(document: Mapping[str, Any], pictures: Pictures) -> tuple[Model, tuple[Entry, ...]]:
    """likelihood_ratios.toml. Raises EvidenceError for a dangling `instead_of`, an id used twice, or an entry that says nothing."""
    data = load(_DocumentSchema(), document, where="likelihood_ratios.toml")
    model = data["model"]
    entries = tuple(_entry(raw, pictures, model["shrinkage"]) for raw in data["entry"])
    ids = [entry.id for entry in entries]
    for entry in entries:
        where = f"likelihood_ratios.toml, {entry.id}"
        if ids.count(entry.id) > 1:
            raise refuse(where, "this id is used twice")
        if dangling := set(entry.instead_of) - set(ids):
            raise refuse(where, f"instead_of names {', '.join(sorted(dangling))}, which is not there")
        if entry.present is None and entry.absent is None:
            raise refuse(where, "an entry needs a ratio for present, for absent, or both")
        if entry.present and entry.absent and entry.present.log_ratio * entry.absent.log_ratio >= 0:
            raise refuse(where, "the ratios for present and for absent must lie on opposite sides of 1")
    bands = tuple(sorted(model["bands"].items(), key=lambda band: -band[1]))
    return Model(**{**model, "bands": bands}), entries


def _entry(raw: Any, pictures: Pictures, shrinkage: Mapping[str, float]) -> Entry:
    where = f"likelihood_ratios.toml, {raw.get('id', '(no id)') if isinstance(raw, Mapping) else raw!r}"
    data = load(_EntrySchema(), raw, where=where)
    if data["part"] not in shrinkage:
        raise refuse(where, f"the model has no shrinkage for the part {data['part']!r}")
    sides: tuple[str | None, ...] = SIDES if data["per_side"] else (None,)

    def conditions(name: str) -> tuple[Condition, ...]:
        if data[name] is None:
            return ()
        return tuple(parse_condition(data[name], where=where, pictures=pictures, side=side) for side in sides)

    when, absent_when = conditions("when"), conditions("absent_when")
    facts = tuple(dict.fromkeys(fact for condition in when + absent_when for fact in facts_named(condition)))
    basis = Basis(rule=data["id"], citation=data["citation"], tag=data["tag"].value)

    def outcome(ratio: Estimate | None, *, present: bool) -> Outcome | None:
        if ratio is None:
            return None
        share = shrinkage[data["part"]]
        return Outcome(
            entry=data["id"],
            present=present,
            place=(data["part"], data["group"]),
            ratio=ratio,
            log_ratio=math.log(ratio.value),
            shrinkage=share,
            moves=(share * math.log(ratio.value), share * math.log(ratio.low), share * math.log(ratio.high)),
            text=data["text"] if present else data["text_absent"] or f"not: {data['text']}",
            instead_of=tuple(data["instead_of"]),
            facts=facts,
            basis=basis,
        )

    return Entry(
        id=data["id"],
        cause=data["cause"],
        when=when,
        absent_when=absent_when,
        facts=facts,
        per_side=data["per_side"],
        present=outcome(data["present"], present=True),
        absent=outcome(data["absent"], present=False),
        instead_of=tuple(data["instead_of"]),
        ask=_ask(data["ask"], where=where, pictures=pictures) if data["ask"] else None,
        basis=basis,
        population=data["population"],
        note=data["note"],
    )


def _ask(data: dict[str, Any], *, where: str, pictures: Pictures) -> Ask:
    when = parse_condition(data["when"], where=where, pictures=pictures) if data["when"] else None
    return Ask(code=data["code"], effort=data["effort"], text=data["text"], when=when)
