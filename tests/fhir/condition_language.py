"""A reader of `text/x-claudication`, written from the grammar in docs/knowledge.md, as another engine would write it."""

from __future__ import annotations

import re
from decimal import Decimal

from service.evidence.conditions import All, AnyOf, Compare, Comparison, Condition, Is, Known, Member, Membership, Unless

_TOKEN = re.compile(r"[()]|[^\s()]+")
_COMPARED = {
    "<": Comparison.LESS_THAN,
    "<=": Comparison.AT_MOST,
    ">": Comparison.MORE_THAN,
    ">=": Comparison.AT_LEAST,
}


def read(text: str) -> Condition:
    tokens = _TOKEN.findall(text)
    condition, rest = _condition(tokens)
    assert rest == [], rest
    return condition


def _condition(tokens: list[str]) -> tuple[Condition, list[str]]:
    part, rest = _part(tokens)
    parts, joint = [part], None
    while rest and rest[0] in ("and", "or"):
        assert joint in (None, rest[0]), "and beside or needs brackets"
        joint = rest[0]
        part, rest = _part(rest[1:])
        parts.append(part)
    if joint is None:
        return part, rest
    return (All(tuple(parts)) if joint == "and" else AnyOf(tuple(parts))), rest


def _part(tokens: list[str]) -> tuple[Condition, list[str]]:
    head = tokens[0]
    if head == "unless":
        inner, rest = _part(tokens[1:])
        return Unless(inner), rest
    if head == "(":
        inner, rest = _condition(tokens[1:])
        assert rest[0] == ")"
        return inner, rest[1:]
    return _leaf(head, tokens[1:])


def _leaf(fact: str, tokens: list[str]) -> tuple[Condition, list[str]]:
    match tokens:
        case ["is", "not", "known", *rest]:
            return Known(fact, False), rest
        case ["is", "known", *rest]:
            return Known(fact, True), rest
        case ["is", "one", "of", *rest]:
            return _member(fact, Membership.IN, rest)
        case ["includes", "one", "of", *rest]:
            return _member(fact, Membership.INCLUDES, rest)
        case ["holds", "only", *rest]:
            return _member(fact, Membership.ONLY, rest)
        case ["is", "yes" | "no" as answer, *rest]:
            return Is(fact, answer == "yes"), rest
        case ["is", word, *rest]:
            return Is(fact, word), rest
        case [sign, limit, *rest]:
            return Compare(fact, _COMPARED[sign], Decimal(limit)), rest
    raise AssertionError(tokens)


def _member(fact: str, how: Membership, tokens: list[str]) -> tuple[Condition, list[str]]:
    values, more = [], True
    while more:
        value, *tokens = tokens
        more = value.endswith(",")
        values.append(value.rstrip(","))
    return Member(fact, how, frozenset(values)), tokens


def plain(condition: Condition) -> Condition:
    """The same truth without the wrapping of a lone part, which leaves no trace in words."""
    match condition:
        case All(of=parts) | AnyOf(of=parts):
            told = tuple(plain(part) for part in parts)
            return told[0] if len(told) == 1 else type(condition)(told)
        case Unless(of=part):
            return Unless(plain(part))
    return condition
