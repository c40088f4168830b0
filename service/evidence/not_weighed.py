"""Published figures that move nothing here, each with why: a number left out is not to look like one forgotten."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from marshmallow import fields, validate

from service.evidence.reading import Number, SourcedSchema, StrictSchema, Tag, load, refuse, words

MEASURES = ("likelihood ratio", "odds ratio", "sensitivity", "specificity", "share", "points", "threshold")
UNITS = ("", "%", "mm[Hg]", "{ratio}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One published number. `low` and `high`: its 95 % interval (None: not known). `why`: why it moves nothing."""

    id: str
    text: str
    measure: str
    value: Decimal
    low: Decimal | None
    high: Decimal | None
    unit: str
    group: str
    population: str
    why: str
    citation: str
    tag: Tag


class _FigureSchema(StrictSchema):
    id = words()
    text = words()
    value = Number(required=True)
    low = Number(load_default=None)
    high = Number(load_default=None)


class _SourceSchema(SourcedSchema):
    measure = fields.String(required=True, validate=validate.OneOf(MEASURES))
    unit = fields.String(load_default="", validate=validate.OneOf(UNITS))
    group = words()
    population = words()
    why = words()
    figures = fields.List(fields.Nested(_FigureSchema), required=True, validate=validate.Length(min=1))


class _DocumentSchema(StrictSchema):
    source = fields.List(fields.Raw(), required=True)


def parse_not_weighed(document: Mapping[str, Any]) -> tuple[Figure, ...]:
    """not_weighed.toml, in the order of the file. Raises EvidenceError for an id used twice and a value outside its interval."""
    found: list[Figure] = []
    for raw in load(_DocumentSchema(), document, where="not_weighed.toml")["source"]:
        data = load(_SourceSchema(), raw, where=f"not_weighed.toml, {_name(raw)}")
        shared = {key: value for key, value in data.items() if key != "figures"}
        found.extend(_figure({**shared, **figure}) for figure in data["figures"])
    ids = [figure.id for figure in found]
    for id in ids:
        if ids.count(id) > 1:
            raise refuse(f"not_weighed.toml, {id}", "this id is used twice")
    return tuple(found)


def _name(raw: Any) -> str:
    return str(raw.get("citation", "(no citation)")) if isinstance(raw, Mapping) else repr(raw)


def _figure(data: dict[str, Any]) -> Figure:
    where = f"not_weighed.toml, {data['id']}"
    value, low, high = data["value"], data["low"], data["high"]
    if (low is None) != (high is None):
        raise refuse(where, "an interval has both low and high, or neither")
    if low is not None and not low <= value <= high:
        raise refuse(where, f"{value} lies outside its interval {low} to {high}")
    return Figure(**data)
