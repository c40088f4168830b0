"""Encrypting anew what an older key encrypted, so that this key can be dropped: records, and what jobs, callbacks and subscriptions hold for a while."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Engine, Table, select, update

from service.store.at_rest import AtRest
from service.store.audit_log import usable
from service.store.job_tables import ANNOUNCEMENTS, DELIVERIES, JOBS, SUBSCRIPTION_EVENTS
from service.store.keeping import INPUT, RESULT, Keeping
from service.store.sealing import CannotOpen
from service.store.tables import ASSESSMENTS

Key = tuple[Any, ...]
"""A primary key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """A column of sealed data: what it is sealed as a part of, and which part, by the row."""

    name: str
    column: Column[Any]
    record: Column[Any]
    part: Callable[[Any], str]

    @property
    def table(self) -> Table:
        table: Table = self.column.table
        return table


def _place(name: str, column: Column[Any], record: Column[Any], part: str) -> _Place:
    return _Place(name=name, column=column, record=record, part=lambda _row: part)


_PLACES = (
    _place("records", ASSESSMENTS.c.input, ASSESSMENTS.c.record_id, INPUT),
    _place("records", ASSESSMENTS.c.result, ASSESSMENTS.c.record_id, RESULT),
    _place("jobs", JOBS.c.request, JOBS.c.id, "request"),
    _place("jobs", JOBS.c.result, JOBS.c.id, "result"),
    _place("callbacks", DELIVERIES.c.body, DELIVERIES.c.id, "delivery"),
    _Place(
        name="events",
        column=SUBSCRIPTION_EVENTS.c.resource,
        record=SUBSCRIPTION_EVENTS.c.subscription,
        part=lambda row: f"event {row['number']}",
    ),
    _place("events", ANNOUNCEMENTS.c.bundle, ANNOUNCEMENTS.c.id, "announcement"),
)


class LeftBehind(CannotOpen):
    """Something opens with none of the keys and stays as it is; all else was closed with the first key: `changed` as `resealed` gives it."""

    def __init__(self, why: str, changed: Mapping[str, int]) -> None:
        super().__init__(why)
        self.changed = changed


def resealed(engine: Engine, keeping: Keeping) -> Mapping[str, int]:
    """Close everything that is kept with the first key; gives how many records, jobs, callbacks and events it changed. Raises LeftBehind, and StoreError."""
    at_rest = AtRest(keeping.opener())
    return usable(lambda: _resealed(engine, at_rest))


def _resealed(engine: Engine, at_rest: AtRest) -> Mapping[str, int]:
    changed: dict[str, set[Key]] = {place.name: set() for place in _PLACES}
    left: list[CannotOpen] = []
    for place in _PLACES:
        for key in _kept(engine, place):
            try:
                if _reseal(engine, at_rest, place, key):
                    changed[place.name].add(key)
            except CannotOpen as error:
                # One that was damaged must not hold all others to the old key for ever.
                left.append(error)
    counts = {name: len(keys) for name, keys in changed.items()}
    if left:
        others = f", and {len(left) - 1} more cannot be opened" if len(left) > 1 else ""
        raise LeftBehind(f"{left[0]}{others}; all else is encrypted with the first key", counts)
    return counts


def _kept(engine: Engine, place: _Place) -> list[Key]:
    with engine.connect() as connection:
        rows = connection.execute(select(*place.table.primary_key.columns).where(place.column.is_not(None)))
        return [tuple(row) for row in rows]


def _reseal(engine: Engine, at_rest: AtRest, place: _Place, key: Key) -> bool:
    """Whether it was to be changed, and was."""
    this_one = [column == value for column, value in zip(place.table.primary_key.columns, key, strict=True)]
    with engine.connect() as connection:
        row = connection.execute(select(place.table).where(*this_one)).mappings().first()
    kept = row[place.column.name] if row is not None else None
    if row is None or not kept or at_rest.is_current(kept):
        return False
    record, part = row[place.record.name], place.part(row)
    new = at_rest.close(at_rest.open(kept, record=record, part=part), record=record, part=part)
    # A worker may be at this row: what it has replaced or deleted meanwhile must not come back.
    changed = update(place.table).where(*this_one, place.column == kept).values({place.column: new})
    with engine.begin() as connection:
        return connection.execute(changed).rowcount == 1
