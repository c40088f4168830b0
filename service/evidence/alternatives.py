"""Other explanations than the two that are weighed: the pattern of each, as features that must, may and must not be there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from marshmallow import fields, validate

from service.evidence.basis import Basis
from service.evidence.condition_facts import facts_named
from service.evidence.conditions import Condition, Pictures, parse_condition
from service.evidence.reading import SourcedSchema, StrictSchema, Tag, load, refuse, words

FILE = "alternatives.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """One feature of a pattern, in words and as a condition. `facts`: every fact `when` looks at."""

    text: str
    when: Condition
    facts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """One pattern. All `essential` features are needed; of the `supporting` ones `matched_from` make it matched, `partly_from` partly so."""

    code: str
    essential: tuple[Feature, ...]
    supporting: tuple[Feature, ...]
    against: tuple[Feature, ...]
    matched_from: int
    partly_from: int
    citation: str
    tag: Tag
    basis: Basis


class _FeatureSchema(StrictSchema):
    text = words()
    when = fields.Raw(required=True)


class _AlternativeSchema(SourcedSchema):
    code = words()
    essential = fields.List(fields.Nested(_FeatureSchema), required=True, validate=validate.Length(min=1))
    supporting = fields.List(fields.Nested(_FeatureSchema), required=True)
    against = fields.List(fields.Nested(_FeatureSchema), required=True)
    matched_from = fields.Integer(required=True, strict=True)
    partly_from = fields.Integer(required=True, strict=True)
    note = words(required=False)


class _DocumentSchema(StrictSchema):
    codes = fields.List(words(), required=True)
    alternative = fields.List(fields.Raw(), required=True)


def parse_alternatives(document: Mapping[str, Any], pictures: Pictures) -> tuple[Alternative, ...]:
    """alternatives.toml, in the order of the file. Raises EvidenceError for a code used twice or numbers of features that cannot be met in order."""
    found: list[Alternative] = []
    known = load(_DocumentSchema(), document, where=FILE)
    for raw in known["alternative"]:
        where = f"{FILE}, {raw.get('code', '(no code)') if isinstance(raw, Mapping) else raw!r}"
        data = load(_AlternativeSchema(), raw, where=where)
        if data["code"] in {other.code for other in found}:
            raise refuse(where, "this code is used twice")
        if data["code"] not in known["codes"]:
            raise refuse(where, f"{data['code']!r} is not among codes")
        if not 0 <= data["partly_from"] < data["matched_from"] <= len(data["supporting"]):
            raise refuse(
                where, "partly_from must be below matched_from, and matched_from no more than there are supporting features"
            )
        features = {
            name: _features(data[name], where=where, pictures=pictures) for name in ("essential", "supporting", "against")
        }
        basis = Basis(rule=f"alternative-{data['code']}", citation=data["citation"], tag=data["tag"].value)
        found.append(Alternative(**{**{key: value for key, value in data.items() if key != "note"}, **features}, basis=basis))
    if missing := [code for code in known["codes"] if code not in {one.code for one in found}]:
        raise refuse(FILE, f"no pattern for {', '.join(missing)}")
    return tuple(found)


def _features(raw: list[dict[str, Any]], *, where: str, pictures: Pictures) -> tuple[Feature, ...]:
    found = []
    for one in raw:
        when = parse_condition(one["when"], where=where, pictures=pictures)
        found.append(Feature(text=one["text"], when=when, facts=tuple(dict.fromkeys(facts_named(when)))))
    return tuple(found)
