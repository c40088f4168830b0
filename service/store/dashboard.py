"""Counting the record of hooks for a dashboard, in the database: what comes back is as long as the calendar and the rules, not as the record."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, FromClause, Row, and_, case, func, select

from service.store.audit_log import usable
from service.store.dashboard_values import Asked, Became, CallCount, CardCount, Counted, HeldBackCount, MetCount, ShownCard
from service.store.hook_writes import utc
from service.store.moments import as_utc
from service.store.tables import HOOK_CALLS, HOOK_CARDS, HOOK_COUNTS, HOOK_FEEDBACK

_AT_ONCE = 1_000
_WEEK = timedelta(days=7)


class Dashboard:
    """The counts of one database. Raises StoreError when it cannot be read."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def count(self, asked: Asked) -> Counted:
        """Everything that is counted."""

        def read() -> Counted:
            with self._engine.connect() as connection:
                return Counted(
                    cards=tuple(_cards(connection, asked)),
                    held_back=tuple(_held_back(connection, asked)),
                    calls=tuple(_calls(connection, asked)),
                    met=tuple(_met(connection, asked)),
                    unmatched=_unmatched(connection, asked),
                )

        return usable(read)

    def cards(self, asked: Asked) -> Iterator[ShownCard]:
        """Every card shown, in the order they were; read piece by piece, and the first of them now."""
        rows = self._shown(asked)
        first = usable(lambda: next(rows, None))
        return _all_of(first, rows)

    def _shown(self, asked: Asked) -> Iterator[ShownCard]:
        wanted = (
            select(HOOK_CARDS, HOOK_CALLS.c.spent_ms)
            .join(HOOK_CALLS, HOOK_CALLS.c.id == HOOK_CARDS.c.call_id)
            .where(HOOK_CARDS.c.shown, *_decided(asked))
            .order_by(HOOK_CARDS.c.week, HOOK_CARDS.c.id)
        )
        with (
            self._engine.connect() as connection,
            connection.execution_options(yield_per=_AT_ONCE).execute(wanted) as found,
        ):
            for row in found:
                yield _shown_card(row, asked)


def _all_of(first: ShownCard | None, others: Iterator[ShownCard]) -> Iterator[ShownCard]:
    if first is not None:
        yield first
        yield from others


def _shown_card(row: Row[Any], asked: Asked) -> ShownCard:
    decided_at = as_utc(row.decided_at)
    silent = Became.IGNORED if decided_at < asked.silent_since else Became.WAITING
    return ShownCard(
        day=decided_at.date(),
        service=row.service,
        hook=row.hook,
        client=row.client,
        rule=row.rule,
        indicator=row.indicator,
        became=Became(row.said) if row.said else Became.UNTOLD if not row.uuid else silent,
        reason_system=row.said_system,
        reason_code=row.said_code,
        spent_ms=row.spent_ms,
    )


def _cards(connection: Connection, asked: Asked) -> Iterator[CardCount]:
    # Grouped by columns in the order of their index, so that the database counts while it reads; what is no column is added up beside.
    alike = tuple(
        HOOK_CARDS.c[name] for name in ("week", "rule", "client", "hook", "service", "said", "said_system", "said_code")
    )
    is_untold = HOOK_CARDS.c.uuid == ""
    is_waiting = and_(~is_untold, HOOK_CARDS.c.decided_at >= utc(asked.silent_since))
    counted = (
        select(*alike, func.count().label("cards"), _how_many(is_untold).label("untold"), _how_many(is_waiting).label("waiting"))
        .where(HOOK_CARDS.c.shown, *_decided(asked))
        .group_by(*alike)
    )
    for row in connection.execute(counted):
        became = {Became(row.said): row.cards} if row.said else _unsaid(row.cards, row.untold, row.waiting)
        for what, cards in became.items():
            if cards:
                yield CardCount(
                    week=row.week,
                    service=row.service,
                    client=row.client,
                    hook=row.hook,
                    rule=row.rule,
                    became=what,
                    reason_system=row.said_system,
                    reason_code=row.said_code,
                    cards=cards,
                )


def _how_many(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))


def _unsaid(cards: int, untold: int, waiting: int) -> dict[Became, int]:
    return {Became.IGNORED: cards - untold - waiting, Became.WAITING: waiting, Became.UNTOLD: untold}


def _held_back(connection: Connection, asked: Asked) -> Iterator[HeldBackCount]:
    alike = (HOOK_CARDS.c.rule, HOOK_CARDS.c.reason)
    counted = (
        select(*alike, func.count().label("cards")).where(~HOOK_CARDS.c.shown, *_decided(asked)).group_by(*alike).order_by(*alike)
    )
    for row in connection.execute(counted):
        yield HeldBackCount(rule=row.rule, reason=row.reason, cards=row.cards)


def _calls(connection: Connection, asked: Asked) -> Iterator[CallCount]:
    alike = (HOOK_CALLS.c.week, HOOK_CALLS.c.spent_ms, HOOK_CALLS.c.status)
    counted = select(*alike, func.count().label("calls")).where(*_in_weeks(HOOK_CALLS, asked)).group_by(*alike)
    for row in connection.execute(counted):
        yield CallCount(week=row.week, spent_ms=row.spent_ms, status=row.status, calls=row.calls)


def _met(connection: Connection, asked: Asked) -> Iterator[MetCount]:
    alike = (HOOK_COUNTS.c.kind, HOOK_COUNTS.c.code)
    calls = func.sum(HOOK_COUNTS.c.calls).label("calls")
    counted = select(*alike, calls).where(*_in_weeks(HOOK_COUNTS, asked)).group_by(*alike).order_by(calls.desc(), *alike)
    for row in connection.execute(counted):
        yield MetCount(kind=row.kind, code=row.code, calls=row.calls)


def _unmatched(connection: Connection, asked: Asked) -> int:
    begins, ends = (datetime.combine(day, time(), tzinfo=UTC) for day in (asked.first_week, asked.last_week + _WEEK))
    received = HOOK_FEEDBACK.c.received_at
    of_client = (HOOK_FEEDBACK.c.client == asked.client,) if asked.client else ()
    counted = select(func.count()).where(~HOOK_FEEDBACK.c.matched, received >= begins, received < ends, *of_client)
    return int(connection.execute(counted).scalar_one())


def _decided(asked: Asked) -> tuple[ColumnElement[bool], ...]:
    of_rule = (HOOK_CARDS.c.rule == asked.rule,) if asked.rule else ()
    return (~HOOK_CARDS.c.replaced, *_in_weeks(HOOK_CARDS, asked), *of_rule)


def _in_weeks(table: FromClause, asked: Asked) -> tuple[ColumnElement[bool], ...]:
    wanted = (("client", asked.client), ("hook", asked.hook))
    chosen = (table.c[name] == value for name, value in wanted if value)
    return (table.c.week >= asked.first_week, table.c.week <= asked.last_week, *chosen)
