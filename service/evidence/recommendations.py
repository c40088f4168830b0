"""The next-step decision table: which findings call for which order, what is withheld and why, and what is said besides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from marshmallow import fields, validate

from service.evidence.basis import Basis
from service.evidence.condition_facts import facts_named
from service.evidence.conditions import Condition, Pictures, parse_condition
from service.evidence.reading import SourcedSchema, StrictSchema, load, refuse, words
from service.evidence.red_flags import PRIORITIES
from service.evidence.rule_index import RuleIndex, index_of

DAY_LIMITS = ("recent-days", "lapse-days", "onset-lapse-days")
"""Numbers of the table on which every order hangs, as the report names them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRule:
    """A rule of the table. It proposes `order`, or withholds it (with `reason`), or only says `reason` as advice when `order` is "".

    `overrides`: the order is withheld although another rule proposes it. `cautions`: orders that carry `reason` as a caution, whoever proposes them.
    `facts`: every fact `when` looks at.
    """

    id: str
    row: str
    order: str
    withhold: bool
    priority: str
    when: Condition
    facts: tuple[str, ...]
    reason: str
    basis: Basis
    overrides: bool = False
    cautions: frozenset[str] = frozenset()
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommendations:
    rules: tuple[OrderRule, ...]
    orders: tuple[str, ...]
    """Every order there is, proposed by a rule or by a red flag."""
    named_in_words: tuple[str, ...]
    """Those of them that are only named in advice."""
    recent_days: int
    """A study done within so many days is not proposed again."""
    lapse_days: int
    """What a diagnosis or a procedure said of its day is not known any more after so many days."""
    onset_lapse_days: int
    """Likewise what an answer said of the last two weeks."""
    index: RuleIndex[OrderRule] = field(init=False, repr=False, compare=False)
    overriding: RuleIndex[OrderRule] = field(init=False, repr=False, compare=False)
    """Those that withhold what another rule proposes."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "index", index_of(self.rules))
        object.__setattr__(self, "overriding", index_of([rule for rule in self.rules if rule.overrides]))


class _RuleSchema(SourcedSchema):
    id = words()
    row = words()
    order = words(required=False)
    withhold = fields.Boolean(load_default=False)
    overrides = fields.Boolean(load_default=False)
    cautions = fields.List(fields.String(), load_default=list)
    priority = fields.String(load_default="routine", validate=validate.OneOf(PRIORITIES))
    when = fields.Raw(required=True)
    reason = words()
    guideline = words(required=False)
    class_of_recommendation = words(required=False)
    level_of_evidence = words(required=False)
    note = words(required=False)


class _DocumentSchema(StrictSchema):
    orders = fields.List(words(), required=True)
    named_in_words = fields.List(words(), required=True)
    recent_days = fields.Integer(required=True)
    lapse_days = fields.Integer(required=True)
    onset_lapse_days = fields.Integer(required=True)
    rule = fields.List(fields.Raw(), required=True)


def parse_recommendations(document: Mapping[str, Any], pictures: Pictures) -> Recommendations:
    """recommendations.toml, in the order of the file. An order that rests on an unconfirmed number alone is refused."""
    data = load(_DocumentSchema(), document, where="recommendations.toml")
    rules: list[OrderRule] = []
    for raw in data["rule"]:
        where = f"recommendations.toml, {raw.get('id', '(no id)') if isinstance(raw, Mapping) else raw!r}"
        entry = load(_RuleSchema(), raw, where=where)
        if entry["id"] in {rule.id for rule in rules}:
            raise refuse(where, "this id is used twice")
        if entry["order"] and not entry["withhold"] and entry["tag"].to_be_confirmed:
            raise refuse(where, f"an order may not rest on evidence tagged {entry['tag']} alone")
        if entry["overrides"] and not entry["withhold"]:
            raise refuse(where, "overrides is for a rule that withholds an order: add withhold = true")
        if entry["cautions"] and entry["order"]:
            raise refuse(where, "a rule has an order or cautions for the orders of others, not both")
        if entry["order"] and entry["order"] not in data["orders"]:
            raise refuse(where, f"names the order {entry['order']!r}, which is not among orders")
        rules.append(_rule(entry, parse_condition(entry["when"], where=where, pictures=pictures)))
    return Recommendations(
        rules=tuple(rules),
        orders=tuple(data["orders"]),
        named_in_words=tuple(data["named_in_words"]),
        recent_days=data["recent_days"],
        lapse_days=data["lapse_days"],
        onset_lapse_days=data["onset_lapse_days"],
    )


def _rule(entry: dict[str, Any], when: Condition) -> OrderRule:
    return OrderRule(
        id=entry["id"],
        row=entry["row"],
        order=entry["order"],
        withhold=entry["withhold"],
        priority=entry["priority"],
        when=when,
        facts=tuple(dict.fromkeys(facts_named(when))),
        reason=entry["reason"],
        basis=Basis(
            rule=entry["id"],
            citation=entry["citation"],
            tag=entry["tag"].value,
            guideline=entry["guideline"],
            class_of_recommendation=entry["class_of_recommendation"],
            level_of_evidence=entry["level_of_evidence"],
        ),
        overrides=entry["overrides"],
        cautions=frozenset(entry["cautions"]),
        note=entry["note"],
    )
