"""Writing a hook call with its cards, or one feedback item. Each function is one transaction's work, and doing it twice changes nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, func, select, update

from service.store.hook_counts import count_met
from service.store.hook_values import CallRecord, CardRecord, FeedbackRecord, KeyRecord
from service.store.tables import HOOK_CALLS, HOOK_CARDS, HOOK_FEEDBACK

# What every call writes is put together once.
_SAME_INSTANCE = (
    (HOOK_CALLS.c.client == bindparam("of_client"))
    & (HOOK_CALLS.c.hook == bindparam("of_hook"))
    & (HOOK_CALLS.c.hook_instance == bindparam("of_instance"))
)
_DIGESTS = select(HOOK_CALLS.c.request_digest).where(_SAME_INSTANCE)
_INSERT_CALL = HOOK_CALLS.insert().returning(HOOK_CALLS.c.id)
_INSERT_CARDS = HOOK_CARDS.insert()


def write_call(connection: Connection, call: CallRecord) -> bool:
    """Write a call and its cards, unless the same request stands there already; whether it was written."""
    same_instance = {"of_client": call.client, "of_hook": call.hook, "of_instance": call.hook_instance}
    digests = connection.execute(_DIGESTS, same_instance).scalars().all()
    if call.request_digest in digests:
        return False
    row = {
        "client": call.client,
        "service": call.service,
        "hook": call.hook,
        "hook_instance": call.hook_instance,
        "request_digest": call.request_digest,
        "evaluation": len(digests) + 1,
        "received_at": utc(call.received_at),
        "patient": call.patient,
        "shadow": call.shadow,
        "status": call.status,
        "assessment_digest": call.assessment_digest,
        "service_version": call.service_version,
        "evidence_version": call.evidence_version,
        "keys": [_key(one) for one in call.keys],
        "rules": [{"rule": one.rule, "outcome": one.outcome, "lacking": one.lacking} for one in call.rules],
        "steps": dict(call.steps),
        "week": monday(call.received_at),
        "spent_ms": int(sum(call.steps.values()) + 0.5) if call.steps else None,
    }
    if digests:
        _replace(connection, same_instance, call)
    call_id = connection.execute(_INSERT_CALL, row).scalar_one()
    if call.cards:
        connection.execute(_INSERT_CARDS, [_card_row(call_id, call, card) for card in call.cards])
    if digests:
        for card in call.cards:
            if card.uuid:
                _mark_said(connection, call.client, card.uuid)
    count_met(connection, call, monday(call.received_at))
    return True


def _replace(connection: Connection, same_instance: Mapping[str, str], call: CallRecord) -> None:
    """Mark the cards that this call decides on again: of a card that was asked for several times the last counts."""
    earlier = select(HOOK_CALLS.c.id).where(_SAME_INSTANCE)
    for shown in (True, False):
        keys = [card.key for card in call.cards if card.shown is shown]
        again = (HOOK_CARDS.c.call_id.in_(earlier), HOOK_CARDS.c.key.in_(keys), HOOK_CARDS.c.shown.is_(shown))
        connection.execute(update(HOOK_CARDS).where(*again).values(replaced=True), same_instance)


def write_feedback(connection: Connection, item: FeedbackRecord) -> bool:
    """Write one item, joined to the newest card of that uuid that this client was shown. True when there is such a card."""
    card = connection.execute(
        select(HOOK_CARDS.c.id, HOOK_CARDS.c.rule, HOOK_CARDS.c.patient, HOOK_CARDS.c.red_flag)
        .where(HOOK_CARDS.c.client == item.client, HOOK_CARDS.c.uuid == item.card_uuid, HOOK_CARDS.c.shown)
        .order_by(HOOK_CARDS.c.id.desc())
        .limit(1)
    ).one_or_none()
    digest = item_digest(item)
    there = select(func.count()).where(HOOK_FEEDBACK.c.client == item.client, HOOK_FEEDBACK.c.item_digest == digest)
    if not connection.execute(there).scalar_one():
        row = {
            "client": item.client,
            "card_uuid": item.card_uuid,
            "item_digest": digest,
            "outcome": item.outcome,
            "reason_system": item.reason_system,
            "reason_code": item.reason_code,
            "commented": item.commented,
            "accepted": list(item.accepted),
            # A clock that runs ahead must not suppress a card for longer than was agreed.
            "outcome_at": min(utc(item.outcome_at), utc(item.received_at)),
            "received_at": utc(item.received_at),
            "matched": card is not None,
            "card_id": card.id if card else None,
            "rule": card.rule if card else "",
            "patient": card.patient if card else "",
            "red_flag": card.red_flag if card else False,
        }
        connection.execute(HOOK_FEEDBACK.insert(), row)
        if card is not None:
            _mark_said(connection, item.client, item.card_uuid)
    return card is not None


def _mark_said(connection: Connection, client: str, card_uuid: str) -> None:
    """Write to a card what was said of it last, if anything was."""
    last = connection.execute(
        select(HOOK_FEEDBACK.c.outcome, HOOK_FEEDBACK.c.reason_system, HOOK_FEEDBACK.c.reason_code)
        .where(HOOK_FEEDBACK.c.client == client, HOOK_FEEDBACK.c.card_uuid == card_uuid)
        .order_by(HOOK_FEEDBACK.c.outcome_at.desc(), HOOK_FEEDBACK.c.id.desc())
        .limit(1)
    ).first()
    if last is not None:
        of_uuid = (HOOK_CARDS.c.client == client, HOOK_CARDS.c.uuid == card_uuid, HOOK_CARDS.c.shown)
        said = {"said": last.outcome, "said_system": last.reason_system, "said_code": last.reason_code}
        connection.execute(update(HOOK_CARDS).where(*of_uuid).values(said))


def item_digest(item: FeedbackRecord) -> str:
    """The same for the same item, however often and whenever it is sent."""
    said = [
        item.card_uuid,
        item.outcome,
        item.reason_system,
        item.reason_code,
        item.commented,
        sorted(item.accepted),
        utc(item.outcome_at).isoformat(),
    ]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def utc(moment: datetime) -> datetime:
    """The same moment in UTC: SQLite keeps the digits and forgets the zone."""
    return moment.astimezone(UTC)


def monday(moment: datetime) -> date:
    """The first day of the moment's ISO week, in UTC."""
    return monday_of(utc(moment).date())


def monday_of(day: date) -> date:
    """The first day of the day's ISO week."""
    return day - timedelta(days=day.weekday())


def _key(one: KeyRecord) -> dict[str, Any]:
    return {
        "key": one.key,
        "mandatory": one.mandatory,
        "state": one.state,
        "fetch": one.fetch,
        "resources": one.resources,
        "why": one.why,
    }


def _card_row(call_id: int, call: CallRecord, card: CardRecord) -> dict[str, Any]:
    return {
        "call_id": call_id,
        "client": call.client,
        "key": card.key,
        "uuid": card.uuid,
        "rule": card.rule,
        "about": card.about,
        "indicator": card.indicator,
        "red_flag": card.red_flag,
        "shown": card.shown,
        "reason": card.reason,
        "patient": call.patient,
        "decided_at": utc(call.received_at),
        "suggestions": list(card.suggestions),
        "service": call.service,
        "hook": call.hook,
        "week": monday(call.received_at),
        "replaced": False,
        "said": "",
        "said_system": "",
        "said_code": "",
    }
