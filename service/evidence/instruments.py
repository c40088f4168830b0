"""Instruments: scores and classifications from the literature, as weights and ordered classes over conditions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from marshmallow import fields, validate

from service.evidence.basis import Basis
from service.evidence.condition_facts import facts_named
from service.evidence.conditions import Condition, Pictures, parse_condition
from service.evidence.instrument_parts import Case, Class, Item, Option
from service.evidence.likelihood_ratios import SIDES, Estimate, EstimateSchema
from service.evidence.reading import SourcedSchema, StrictSchema, Tag, load, refuse, words

TOTAL = "total"
KINDS = ("survey", "exam")
_KNOWN_OF_EVERYBODY = frozenset({"age-years", "sex", "leg-symptoms", *(f"walking-pain-{side}" for side in SIDES)})
"""Known of nearly everybody: with nothing else an instrument says nothing."""
MEASURES = ("sensitivity", "specificity", "area under the curve", "likelihood ratio", "share with stenosis")


@dataclass(frozen=True, slots=True, kw_only=True)
class Accuracy:
    """One published figure. `at`: the result it is about; `unit` is "%" or ""."""

    measure: str
    at: str
    estimate: Estimate
    unit: str
    tag: Tag


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    """One instrument read on one side (or on none): `items` for a score, `classes`, the highest first, for a classification; never both.

    `cut_offs`: the score is positive when, for one of them, each part named reaches its number. `applies`: only of such patients (None: of all).
    `facts`: every fact the conditions look at; `telling`: those of them that are not known of nearly everybody. `remark`: what a reader must know to use it, ambiguities of the source among it.
    """

    id: str
    side: str | None
    kind: str
    applies: Condition
    items: tuple[Item, ...]
    cut_offs: tuple[Mapping[str, int], ...]
    classes: tuple[Class, ...]
    facts: tuple[str, ...]
    telling: frozenset[str]
    accuracy: tuple[Accuracy, ...]
    population: str
    remark: str
    citation: str
    tag: Tag
    basis: Basis

    def __hash__(self) -> int:
        # What is said of an instrument is kept by it; its conditions and numbers need not all be hashed each time.
        return hash((self.id, self.side))


class _CaseSchema(StrictSchema):
    when = fields.Raw(load_default=None)
    absent_when = fields.Raw(load_default=None)


class _OptionSchema(_CaseSchema):
    points = fields.Integer(required=True, strict=True)


class _ItemSchema(StrictSchema):
    id = words()
    text = words()
    part = words(required=False)
    options = fields.List(fields.Nested(_OptionSchema), required=True, validate=validate.Length(min=1))


class _ClassSchema(_CaseSchema):
    code = words()
    otherwise = fields.Boolean(load_default=False)
    not_recorded = fields.Boolean(load_default=False)
    positive = fields.Boolean(load_default=None)


class _AccuracySchema(StrictSchema):
    measure = fields.String(required=True, validate=validate.OneOf(MEASURES))
    at = words()
    estimate = fields.Nested(EstimateSchema, required=True)
    unit = fields.String(load_default="", validate=validate.OneOf(("", "%")))
    tag = fields.Enum(Tag, by_value=True, required=True)


class _InstrumentSchema(SourcedSchema):
    id = words()
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    per_side = fields.Boolean(load_default=False)
    applies = fields.Raw(required=True)
    item = fields.List(fields.Nested(_ItemSchema), load_default=list)
    cut_offs = fields.List(fields.Dict(keys=fields.String(), values=fields.Integer(strict=True)), load_default=list)
    classes = fields.List(fields.Nested(_ClassSchema), load_default=list)
    accuracy = fields.List(fields.Nested(_AccuracySchema), load_default=list)
    population = words(required=False)
    remark = words(required=False)
    # Read in instrument_weights.py, where the entries it may count instead of are known.
    weighs = fields.Raw(load_default=None)


class _DocumentSchema(StrictSchema):
    instrument = fields.List(fields.Raw(), required=True)


def parse_instruments(document: Mapping[str, Any], pictures: Pictures) -> tuple[Instrument, ...]:
    """instruments.toml, in the order of the file; an instrument read once a side gives two."""
    found: list[Instrument] = []
    seen: set[str] = set()
    for raw in load(_DocumentSchema(), document, where="instruments.toml")["instrument"]:
        name = raw.get("id", "(no id)") if isinstance(raw, Mapping) else repr(raw)
        where = f"instruments.toml, {name}"
        data = load(_InstrumentSchema(), raw, where=where)
        if data["id"] in seen:
            raise refuse(where, "this id is used twice")
        seen.add(data["id"])
        _check(data, where=where)
        sides: tuple[str | None, ...] = SIDES if data["per_side"] else (None,)
        found.extend(_instrument(data, where=where, pictures=pictures, side=side) for side in sides)
    return tuple(found)


def _check(data: Mapping[str, Any], *, where: str) -> None:
    """What a schema cannot see: one of two kinds, no name twice, cut-offs of parts there are, and one class for everybody else, the last."""
    items, classes = data["item"], data["classes"]
    if bool(items) == bool(classes):
        raise refuse(where, "an instrument has either items or classes")
    names = [item["id"] for item in items] or [one["code"] for one in classes]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise refuse(where, f"{', '.join(twice)} stands there twice")
    parts = {TOTAL, *(item["part"] for item in items)}
    for cut_off in data["cut_offs"]:
        unknown = sorted(set(cut_off) - parts)
        if unknown or not cut_off:
            raise refuse(where, f"a cut-off names {TOTAL!r} or a part of its items, not {', '.join(unknown) or 'nothing'}")
    if bool(items) != bool(data["cut_offs"]):
        raise refuse(where, "a score has cut_offs, and nothing else has")
    for number, one in enumerate(classes, start=1):
        if one["otherwise"] != (number == len(classes)):
            raise refuse(f"{where}, {one['code']}", "the last class, and no other, is that of otherwise = true")
        if [one["otherwise"], one["not_recorded"], bool(one["when"] or one["absent_when"])].count(True) != 1:
            raise refuse(f"{where}, {one['code']}", "a class has conditions, or otherwise = true, or not_recorded = true")


def _instrument(data: Mapping[str, Any], *, where: str, pictures: Pictures, side: str | None) -> Instrument:
    def condition(raw: Any, place: str = "applies") -> Condition:
        return parse_condition(raw, where=f"{where}, {place}", pictures=pictures, side=side)

    def case(raw: Mapping[str, Any], place: str) -> Case:
        return Case(
            when=condition(raw["when"], place) if raw["when"] else None,
            absent_when=condition(raw["absent_when"], place) if raw["absent_when"] else None,
        )

    applies = condition(data["applies"])
    items = tuple(
        Item(
            id=item["id"],
            text=item["text"],
            part=item["part"] or TOTAL,
            options=tuple(Option(points=option["points"], case=case(option, item["id"])) for option in item["options"]),
        )
        for item in data["item"]
    )
    classes = tuple(Class(code=one["code"], case=case(one, one["code"]), positive=one["positive"]) for one in data["classes"])
    cases = [option.case for item in items for option in item.options] + [one.case for one in classes]
    facts = tuple(dict.fromkeys([*facts_named(applies), *(fact for case in cases for fact in case.named())]))
    return Instrument(
        id=data["id"],
        side=side,
        kind=data["kind"],
        applies=applies,
        items=items,
        cut_offs=tuple(dict(cut_off) for cut_off in data["cut_offs"]),
        classes=classes,
        facts=facts,
        telling=frozenset(facts) - _KNOWN_OF_EVERYBODY,
        accuracy=tuple(Accuracy(**figure) for figure in data["accuracy"]),
        population=data["population"],
        remark=data["remark"],
        citation=data["citation"],
        tag=data["tag"],
        basis=Basis(rule=data["id"], citation=data["citation"], tag=data["tag"].value),
    )
