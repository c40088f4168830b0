"""What a card of a hook call may say: when, how urgent, in which words, and which change it offers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from marshmallow import fields, validate

from service.evidence.basis import Basis
from service.evidence.condition_facts import facts_named, facts_needed
from service.evidence.conditions import Condition, Pictures, parse_condition
from service.evidence.reading import SourcedSchema, StrictSchema, load, refuse, words
from service.evidence.red_flags import PRIORITIES

HOOKS = ("patient-view", "encounter-start", "order-select", "order-sign", "problem-list-item-create")

WORDS = frozenset(
    {
        "draft",
        "draft-leg-pressures",
        "open-since",
        "done-on",
        "kidneys",
        "confirmed-legs",
        "stiff-legs",
        "problem",
        "flag-summary",
        "flag-text",
        "still-missing",
        "recent-days",
    }
)
"""What a text may name in braces besides the facts that its rule needs; the judge of a hook call fills it in."""

RECORD_KEYS = frozenset(
    [
        "patient",
        "pressures",
        "indices",
        "findings",
        "questionnaires",
        "conditions",
        "procedures",
        "devices",
        "device-use",
        "allergies",
        "family-history",
        "orders",
        "reports",
        "images",
    ]
)
"""The parts of a record that a rule may need to have seen."""

_IN_BRACES = re.compile(r"\{([a-z0-9.-]+)\}")
_TOPIC = re.compile(r"[a-z0-9]{1,100}\Z")


class About(StrEnum):
    """What a rule is read once for: the patient, each order being written, each problem being added, each red flag raised."""

    PATIENT = "patient"
    DRAFT = "draft"
    PROBLEM = "problem"
    RED_FLAG = "red-flag"


class Change(StrEnum):
    ADD = "add"
    REPLACE = "replace"
    REMOVE = "remove"


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A change a card may offer. `named`: offered although the assessment does not propose the order itself; `order` "" for a removal."""

    change: Change
    order: str
    named: bool
    when: Condition | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HookRule:
    """A rule of the cards.

    `keys`: parts of the record without which the rule is not judged, because it speaks of what is not there. `facts`: every fact `when` looks at.
    """

    id: str
    topic: str
    """Lower-case letters and digits only, and never changed: an EHR remembers by it what was overridden."""
    hooks: tuple[str, ...]
    about: About
    keys: frozenset[str]
    priority: str
    when: Condition
    facts: tuple[str, ...]
    summary: str
    detail: str
    offers: tuple[Offer, ...]
    basis: Basis
    note: str = ""


class _OfferSchema(StrictSchema):
    change = fields.Enum(Change, by_value=True, required=True)
    order = words(required=False)
    named = fields.Boolean(load_default=False)
    when = fields.Raw(load_default=None)


class _RuleSchema(SourcedSchema):
    id = words()
    topic = fields.String(
        required=True, validate=validate.Regexp(_TOPIC, error="takes lower-case letters and digits only, at most 100")
    )
    hooks = fields.List(fields.String(validate=validate.OneOf(HOOKS)), required=True, validate=validate.Length(min=1))
    about = fields.Enum(About, by_value=True, load_default=About.PATIENT)
    keys = fields.List(fields.String(validate=validate.OneOf(sorted(RECORD_KEYS))), load_default=list)
    priority = fields.String(required=True, validate=validate.OneOf(PRIORITIES))
    when = fields.Raw(required=True)
    summary = words()
    detail = words()
    offers = fields.List(fields.Nested(_OfferSchema), load_default=list)
    guideline = words(required=False)
    class_of_recommendation = words(required=False)
    level_of_evidence = words(required=False)
    note = words(required=False)


class _DocumentSchema(StrictSchema):
    rule = fields.List(fields.Raw(), required=True)


def placeholders(text: str) -> frozenset[str]:
    """What a text names in braces."""
    return frozenset(_IN_BRACES.findall(text))


def filled(text: str, said: Mapping[str, str]) -> str:
    """The text with what it names in braces; each name must be in `said`."""
    return _IN_BRACES.sub(lambda named: said[named[1]], text)


def parse_hook_rules(document: Mapping[str, Any], pictures: Pictures, *, orders: tuple[str, ...]) -> tuple[HookRule, ...]:
    """hook_rules.toml, in the order of the file. `orders`: every order there is."""
    rules: list[HookRule] = []
    for raw in load(_DocumentSchema(), document, where="hook_rules.toml")["rule"]:
        where = f"hook_rules.toml, {raw.get('id', '(no id)') if isinstance(raw, Mapping) else raw!r}"
        entry = load(_RuleSchema(), raw, where=where)
        for name, value in (("id", entry["id"]), ("topic", entry["topic"])):
            if value in {getattr(rule, name) for rule in rules}:
                raise refuse(where, f"this {name} is used twice")
        rule = _rule(entry, where=where, pictures=pictures)
        _check(rule, where=where, orders=orders, unconfirmed=entry["tag"].to_be_confirmed)
        rules.append(rule)
    return tuple(rules)


def _check(rule: HookRule, *, where: str, orders: tuple[str, ...], unconfirmed: bool) -> None:
    unknown = (placeholders(rule.summary) | placeholders(rule.detail)) - WORDS - facts_needed(rule.when)
    if unknown:
        raise refuse(where, f"names {', '.join(sorted(unknown))} in braces, which is neither a fact it needs nor a word there is")
    for offer in rule.offers:
        if (offer.change is Change.REMOVE) == bool(offer.order):
            raise refuse(where, "an offer to add or replace names an order, and one to remove names none")
        if offer.order and offer.order not in orders:
            raise refuse(where, f"offers {offer.order!r}, which is not among the orders of recommendations.toml")
        if offer.change is not Change.ADD and rule.about is not About.DRAFT:
            raise refuse(where, 'only a rule about = "draft" has something to replace or to remove')
        if offer.named and unconfirmed:
            raise refuse(where, f"an order may not rest on evidence tagged {rule.basis.tag} alone")


def _rule(entry: dict[str, Any], *, where: str, pictures: Pictures) -> HookRule:
    def condition(raw: Any) -> Condition:
        return parse_condition(raw, where=where, pictures=pictures)

    when = condition(entry["when"])
    return HookRule(
        id=entry["id"],
        topic=entry["topic"],
        hooks=tuple(entry["hooks"]),
        about=entry["about"],
        keys=frozenset(entry["keys"]),
        priority=entry["priority"],
        when=when,
        facts=tuple(dict.fromkeys(facts_named(when))),
        summary=entry["summary"],
        detail=entry["detail"],
        offers=tuple(
            Offer(
                change=offer["change"],
                order=offer["order"],
                named=offer["named"],
                when=None if offer["when"] is None else condition(offer["when"]),
            )
            for offer in entry["offers"]
        ),
        basis=Basis(
            rule=entry["id"],
            citation=entry["citation"],
            tag=entry["tag"].value,
            guideline=entry["guideline"],
            class_of_recommendation=entry["class_of_recommendation"],
            level_of_evidence=entry["level_of_evidence"],
        ),
        note=entry["note"],
    )
