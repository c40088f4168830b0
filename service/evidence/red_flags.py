"""Red-flag rules: when one is raised, how urgent it is, what to order and what must not wait."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from marshmallow import fields, validate

from service.evidence.basis import Basis
from service.evidence.condition_facts import facts_named
from service.evidence.conditions import Condition, Pictures, parse_condition
from service.evidence.likelihood_ratios import SIDES
from service.evidence.reading import SourcedSchema, StrictSchema, load, refuse, words

PRIORITIES = ("stat", "asap", "urgent", "routine")


@dataclass(frozen=True, slots=True, kw_only=True)
class FlagOrder:
    """An order that goes with a flag, under an optional further condition (None: always)."""

    order: str
    reason: str
    when: Condition | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RedFlagRule:
    """One rule read on one side (or on none). `asks`: findings that, while not known, leave the flag not cleared.

    `facts`: every fact `when` looks at.
    """

    id: str
    flag: str
    side: str | None
    priority: str
    when: Condition
    facts: tuple[str, ...]
    text: str
    asks: tuple[str, ...]
    orders: tuple[FlagOrder, ...]
    basis: Basis
    note: str = ""


class _FlagOrderSchema(StrictSchema):
    order = words()
    reason = words()
    when = fields.Raw(load_default=None)


class _RuleSchema(SourcedSchema):
    id = words()
    flag = words()
    priority = fields.String(required=True, validate=validate.OneOf(PRIORITIES))
    when = fields.Raw(required=True)
    text = words()
    asks = fields.List(fields.String(), load_default=list)
    orders = fields.List(fields.Nested(_FlagOrderSchema), load_default=list)
    guideline = words(required=False)
    per_side = fields.Boolean(load_default=False)
    note = words(required=False)


class _DocumentSchema(StrictSchema):
    flags = fields.List(words(), required=True)
    rule = fields.List(fields.Raw(), required=True)


def parse_red_flags(document: Mapping[str, Any], pictures: Pictures) -> tuple[RedFlagRule, ...]:
    """red_flags.toml, in the order of the file; a rule read once a side gives two. Raises EvidenceError for a flag without a rule, and the other way round."""
    rules: list[RedFlagRule] = []
    seen: set[str] = set()
    known = load(_DocumentSchema(), document, where="red_flags.toml")
    for raw in known["rule"]:
        where = f"red_flags.toml, {raw.get('id', '(no id)') if isinstance(raw, Mapping) else raw!r}"
        data = load(_RuleSchema(), raw, where=where)
        if data["id"] in seen:
            raise refuse(where, "this id is used twice")
        seen.add(data["id"])
        if data["flag"] not in known["flags"]:
            raise refuse(where, f"raises {data['flag']!r}, which is not among flags")
        sides: tuple[str | None, ...] = SIDES if data["per_side"] else (None,)
        rules.extend(_rule(data, where=where, pictures=pictures, side=side) for side in sides)
    if missing := [flag for flag in known["flags"] if flag not in {rule.flag for rule in rules}]:
        raise refuse("red_flags.toml", f"no rule raises {', '.join(missing)}")
    return tuple(rules)


def _rule(data: dict[str, Any], *, where: str, pictures: Pictures, side: str | None) -> RedFlagRule:
    def condition(raw: Any) -> Condition:
        return parse_condition(raw, where=where, pictures=pictures, side=side)

    def on_side(words: str) -> str:
        return words.replace("{side}", side or "")

    when = condition(data["when"])
    return RedFlagRule(
        id=data["id"],
        flag=data["flag"],
        side=side,
        priority=data["priority"],
        when=when,
        facts=tuple(dict.fromkeys(facts_named(when))),
        text=on_side(data["text"]),
        asks=tuple(on_side(code) for code in data["asks"]),
        orders=tuple(
            FlagOrder(
                order=order["order"], reason=on_side(order["reason"]), when=condition(order["when"]) if order["when"] else None
            )
            for order in data["orders"]
        ),
        basis=Basis(rule=data["id"], citation=data["citation"], tag=data["tag"].value, guideline=data["guideline"]),
        note=data["note"],
    )
