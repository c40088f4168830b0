"""What became of the cards: shown, accepted, overridden and why, ignored, held back and why; for each client and rule."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime

from sqlalchemy import Connection, func, select

from service.store.hook_values import ACCEPTED, OVERRIDDEN, Outcomes, RuleOutcomes
from service.store.hook_writes import utc
from service.store.tables import HOOK_CARDS, HOOK_FEEDBACK

_Rule = tuple[str, str]


def read_outcomes(connection: Connection, *, client: str = "", since: datetime) -> Outcomes:
    """The cards decided on since then, of one client or ("") of all. A card counts once, however often it was asked for, with what was last said of it."""
    shown: Counter[_Rule] = Counter()
    held_back: dict[_Rule, Counter[str]] = defaultdict(Counter)
    decided = (
        select(
            HOOK_CARDS.c.client,
            HOOK_CARDS.c.rule,
            HOOK_CARDS.c.shown,
            HOOK_CARDS.c.reason,
            func.count(HOOK_CARDS.c.key.distinct()).label("cards"),
        )
        .where(HOOK_CARDS.c.decided_at > utc(since), *([HOOK_CARDS.c.client == client] if client else []))
        .group_by(HOOK_CARDS.c.client, HOOK_CARDS.c.rule, HOOK_CARDS.c.shown, HOOK_CARDS.c.reason)
    )
    for row in connection.execute(decided):
        if row.shown:
            shown[row.client, row.rule] += row.cards
        else:
            held_back[row.client, row.rule][row.reason] += row.cards
    said = _last_said(connection, client=client, since=since)
    return Outcomes(
        rules=tuple(_of_rule(rule, shown[rule], said[rule], held_back[rule]) for rule in sorted(shown.keys() | held_back.keys())),
        unmatched=_unmatched(connection, client=client, since=since),
    )


def _of_rule(rule: _Rule, shown: int, said: Counter[tuple[str, tuple[str, str]]], held_back: Counter[str]) -> RuleOutcomes:
    reasons = {reason: count for (outcome, reason), count in said.items() if outcome == OVERRIDDEN}
    return RuleOutcomes(
        client=rule[0],
        rule=rule[1],
        shown=shown,
        accepted=sum(count for (outcome, _), count in said.items() if outcome == ACCEPTED),
        overridden=sum(reasons.values()),
        reasons=tuple(sorted(reasons.items())),
        held_back=tuple(sorted(held_back.items())),
    )


def _last_said(connection: Connection, *, client: str, since: datetime) -> dict[_Rule, Counter[tuple[str, tuple[str, str]]]]:
    """For each rule: how many cards ended with (outcome, reason)."""
    place = func.row_number().over(
        partition_by=(HOOK_FEEDBACK.c.client, HOOK_FEEDBACK.c.card_uuid),
        order_by=(HOOK_FEEDBACK.c.outcome_at.desc(), HOOK_FEEDBACK.c.id.desc()),
    )
    items = (
        select(HOOK_FEEDBACK, place.label("place"))
        .join(HOOK_CARDS, HOOK_CARDS.c.id == HOOK_FEEDBACK.c.card_id)
        .where(HOOK_CARDS.c.decided_at > utc(since), *([HOOK_FEEDBACK.c.client == client] if client else []))
        .subquery()
    )
    last = (
        select(
            items.c.client, items.c.rule, items.c.outcome, items.c.reason_system, items.c.reason_code, func.count().label("cards")
        )
        .where(items.c.place == 1)
        .group_by(items.c.client, items.c.rule, items.c.outcome, items.c.reason_system, items.c.reason_code)
    )
    found: dict[_Rule, Counter[tuple[str, tuple[str, str]]]] = defaultdict(Counter)
    for row in connection.execute(last):
        found[row.client, row.rule][row.outcome, (row.reason_system, row.reason_code)] += row.cards
    return found


def _unmatched(connection: Connection, *, client: str, since: datetime) -> tuple[tuple[str, int], ...]:
    counted = (
        select(HOOK_FEEDBACK.c.client, func.count().label("items"))
        .where(
            HOOK_FEEDBACK.c.received_at > utc(since),
            ~HOOK_FEEDBACK.c.matched,
            *([HOOK_FEEDBACK.c.client == client] if client else []),
        )
        .group_by(HOOK_FEEDBACK.c.client)
        .order_by(HOOK_FEEDBACK.c.client)
    )
    return tuple((row.client, row.items) for row in connection.execute(counted))
