"""Reading what is remembered of hook calls: what the next call must know, and why an earlier one was answered as it was."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, func, select

from service.store.hook_values import (
    OVERRIDDEN,
    CallRecord,
    CardRecord,
    EarlierCall,
    KeyRecord,
    RecordedCall,
    RecordedFeedback,
    RuleRecord,
)
from service.store.hook_writes import utc
from service.store.tables import HOOK_CALLS, HOOK_CARDS, HOOK_FEEDBACK

# What every call asks is put together once: that takes longer than the database needs to answer it.
_EARLIER = select(HOOK_CALLS.c.id, HOOK_CALLS.c.received_at).where(
    HOOK_CALLS.c.client == bindparam("client"),
    HOOK_CALLS.c.hook == bindparam("hook"),
    HOOK_CALLS.c.hook_instance == bindparam("instance"),
    HOOK_CALLS.c.request_digest == bindparam("digest"),
)
_SHOWN_THEN = select(HOOK_CARDS.c.key).where(HOOK_CARDS.c.call_id == bindparam("call_id"), HOOK_CARDS.c.shown)


def _suppressed() -> Select[str]:
    # Of several items about one card the last counts: who overrides first and accepts then has accepted.
    place = func.row_number().over(
        partition_by=HOOK_FEEDBACK.c.card_uuid, order_by=(HOOK_FEEDBACK.c.outcome_at.desc(), HOOK_FEEDBACK.c.id.desc())
    )
    items = (
        select(HOOK_FEEDBACK.c.rule, HOOK_FEEDBACK.c.outcome, HOOK_FEEDBACK.c.outcome_at, place.label("place"))
        .where(
            HOOK_FEEDBACK.c.client == bindparam("client"),
            HOOK_FEEDBACK.c.patient == bindparam("patient"),
            HOOK_FEEDBACK.c.matched,
            ~HOOK_FEEDBACK.c.red_flag,
        )
        .subquery()
    )
    return select(items.c.rule).where(items.c.place == 1, items.c.outcome == OVERRIDDEN, items.c.outcome_at > bindparam("since"))


_SUPPRESSED = _suppressed()
_SHOWN = (
    select(func.count(HOOK_CARDS.c.key.distinct()))
    .join(HOOK_CALLS, HOOK_CALLS.c.id == HOOK_CARDS.c.call_id)
    .where(
        HOOK_CARDS.c.client == bindparam("client"),
        HOOK_CARDS.c.patient == bindparam("patient"),
        HOOK_CARDS.c.decided_at > bindparam("since"),
        HOOK_CARDS.c.shown,
        ~HOOK_CARDS.c.red_flag,
        HOOK_CALLS.c.hook_instance != bindparam("but_not"),
    )
)


def read_earlier(connection: Connection, *, client: str, hook: str, instance: str, digest: str) -> EarlierCall | None:
    """The same request of the same client, if it was answered before."""
    asked = {"client": client, "hook": hook, "instance": instance, "digest": digest}
    call = connection.execute(_EARLIER, asked).one_or_none()
    if call is None:
        return None
    shown = connection.execute(_SHOWN_THEN, {"call_id": call.id}).scalars()
    return EarlierCall(received_at=_aware(call.received_at), shown=frozenset(shown))


def read_suppressed(connection: Connection, *, client: str, patient: str, since: datetime) -> frozenset[str]:
    """The rules whose card was overridden for this patient since then, and not accepted after all. Never a red flag's."""
    asked = {"client": client, "patient": patient, "since": utc(since)}
    return frozenset(connection.execute(_SUPPRESSED, asked).scalars())


def read_shown(connection: Connection, *, client: str, patient: str, since: datetime, but_not: str = "") -> int:
    """How many cards this patient's record was shown since then, each once; red flags and the cards of the hookInstance `but_not` not counted."""
    asked = {"client": client, "patient": patient, "since": utc(since), "but_not": but_not}
    return connection.execute(_SHOWN, asked).scalar_one()


def read_calls(connection: Connection, *, client: str, service: str, instance: str) -> tuple[RecordedCall, ...]:
    """Every evaluation of one hookInstance, the newest first, each with its cards and what became of them."""
    calls = connection.execute(
        select(HOOK_CALLS)
        .where(HOOK_CALLS.c.client == client, HOOK_CALLS.c.service == service, HOOK_CALLS.c.hook_instance == instance)
        .order_by(HOOK_CALLS.c.id.desc())
    ).all()
    cards: dict[int, list[Row[Any]]] = defaultdict(list)
    of_these = select(HOOK_CARDS).where(HOOK_CARDS.c.call_id.in_([call.id for call in calls])).order_by(HOOK_CARDS.c.id)
    for card in connection.execute(of_these):
        cards[card.call_id].append(card)
    return tuple(_recorded(connection, call, cards[call.id]) for call in calls)


def _recorded(connection: Connection, call: Row[Any], cards: list[Row[Any]]) -> RecordedCall:
    named = [card.uuid for card in cards if card.uuid]
    feedback = connection.execute(
        select(HOOK_FEEDBACK)
        .where(HOOK_FEEDBACK.c.client == call.client, HOOK_FEEDBACK.c.card_uuid.in_(named))
        .order_by(HOOK_FEEDBACK.c.outcome_at, HOOK_FEEDBACK.c.id)
    )
    return RecordedCall(
        evaluation=call.evaluation,
        feedback=tuple(
            RecordedFeedback(
                card_uuid=item.card_uuid,
                outcome=item.outcome,
                outcome_at=_aware(item.outcome_at),
                reason_system=item.reason_system,
                reason_code=item.reason_code,
                commented=item.commented,
                accepted=tuple(item.accepted),
            )
            for item in feedback
        ),
        call=CallRecord(
            client=call.client,
            service=call.service,
            hook=call.hook,
            hook_instance=call.hook_instance,
            request_digest=call.request_digest,
            received_at=_aware(call.received_at),
            patient=call.patient,
            shadow=call.shadow,
            status=call.status,
            assessment_digest=call.assessment_digest,
            service_version=call.service_version,
            evidence_version=call.evidence_version,
            keys=tuple(KeyRecord(**key) for key in call.keys),
            rules=tuple(RuleRecord(**{**rule, "lacking": tuple(rule["lacking"])}) for rule in call.rules),
            steps=call.steps,
            cards=tuple(
                CardRecord(
                    key=card.key,
                    uuid=card.uuid,
                    rule=card.rule,
                    about=card.about,
                    indicator=card.indicator,
                    red_flag=card.red_flag,
                    shown=card.shown,
                    reason=card.reason,
                    suggestions=tuple(card.suggestions),
                )
                for card in cards
            ),
        ),
    )


def _aware(moment: datetime) -> datetime:
    # SQLite gives back what it was given, without the zone, which was UTC.
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
