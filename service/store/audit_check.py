"""Whether the audit chain is whole: which row was changed, removed or moved, and what an anchor kept elsewhere says of its end."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson
from sqlalchemy import Engine, Select, exists, select

from service.store.audit import BEGINNING, Action, AuditRow, Head, digest, rows
from service.store.tables import ASSESSMENTS, AUDIT

MOVED_LIMIT = 1_000
"""Rows looked at for where they belong; beyond that they are only said to be changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainReport:
    """What a check found: how many rows, the head, and a sentence for each thing that is wrong, none when the chain is whole."""

    rows: int
    head: Head
    faults: tuple[str, ...]
    begins_at: int = 1
    """The first row there is: later than 1 when retention removed those before."""
    began: datetime | None = None
    """When that was."""


def check(engine: Engine, anchors: Sequence[Head] = ()) -> ChainReport:
    """Check the chain of a database, against anchors kept elsewhere too, and that each record has its row. Raises SQLAlchemyError."""
    with engine.connect() as connection:
        report = check_chain(rows(connection), anchors)
        unaudited = connection.execute(_without_row(report.began)).scalars().all()
    faults = [f"missing: no row says that record {record_id} was assessed" for record_id in unaudited]
    return dataclasses.replace(report, faults=(*report.faults, *faults))


def _without_row(began: datetime | None) -> Select[tuple[str]]:
    """Records without their row. Retention removes rows from before some moment only, so a record from after the first row left must have one."""
    is_audited = exists().where(AUDIT.c.object == ASSESSMENTS.c.record_id, AUDIT.c.action == Action.ASSESSED.value)
    unaudited = select(ASSESSMENTS.c.record_id).where(ASSESSMENTS.c.caller.is_not(None), ~is_audited)
    return unaudited if began is None else unaudited.where(ASSESSMENTS.c.recorded_at >= began)


def check_chain(chain: Iterable[AuditRow], anchors: Sequence[Head] = ()) -> ChainReport:
    """Check rows in the order of their sequence. An anchor holds a row's sequence and the beginning of its hash, or all of it."""
    faults: list[tuple[int, str]] = []
    broken: list[AuditRow] = []
    first: AuditRow | None = None
    previous: AuditRow | None = None
    checkpoints: list[tuple[int, str]] = []
    wanted = {anchor.sequence: anchor for anchor in anchors}
    count = 0
    for row in chain:
        count += 1
        first = first or row
        if previous is not None and row.sequence != previous.sequence + 1:
            faults.append((previous.sequence + 1, _removed(previous.sequence + 1, row.sequence - 1)))
        elif previous is not None and row.previous_hash != previous.hash:
            faults.append(
                (
                    row.sequence,
                    f"row {row.sequence} does not follow row {previous.sequence}: one of the two was changed or put in",
                )
            )
        if _hash(row) != row.hash:
            broken.append(row)
        checkpoints += _checkpoint(row)
        anchor = wanted.pop(row.sequence, None)
        if anchor is not None and not row.hash.startswith(anchor.hash):
            faults.append((row.sequence, f"row {row.sequence} is not the one that was anchored: its hash was {anchor.hash}"))
        previous = row
    faults += _beginning(first, checkpoints)
    faults += _moved_or_changed(broken)
    head = Head(previous.sequence, previous.hash) if previous else Head(0, BEGINNING)
    begins_at = first.sequence if first else 1
    for sequence in sorted(wanted):
        if sequence > head.sequence:
            faults.append((sequence, f"removed: the chain ends at row {head.sequence}, but row {sequence} was anchored"))
    began = first.recorded_at if first else None
    return ChainReport(rows=count, head=head, begins_at=begins_at, began=began, faults=tuple(told for _, told in sorted(faults)))


def _hash(row: AuditRow) -> str:
    content = dataclasses.asdict(row)
    del content["hash"]
    return digest(content)


def _removed(low: int, high: int) -> str:
    return f"removed: row {low}" if low == high else f"removed: rows {low} to {high}"


def _checkpoint(row: AuditRow) -> list[tuple[int, str]]:
    """What a retention row says was removed: the last sequence, and its hash."""
    if row.action != Action.EXPIRED or row.object != "audit":
        return []
    try:
        told = orjson.loads(row.detail)
        return [(int(told["removed_through"]), str(told["hash"]))]
    except (ValueError, KeyError, TypeError):
        return []


def _beginning(first: AuditRow | None, checkpoints: list[tuple[int, str]]) -> list[tuple[int, str]]:
    if first is None or (first.sequence, first.previous_hash) == (1, BEGINNING):
        return []
    if (first.sequence - 1, first.previous_hash) in checkpoints:
        return []
    if first.sequence == 1:
        return [(1, "row 1 is not the beginning of a chain: it was changed or put in")]
    return [(1, f"{_removed(1, first.sequence - 1)}, and no checkpoint of retention says so")]


def _moved_or_changed(broken: list[AuditRow]) -> list[tuple[int, str]]:
    """A row whose hash is right for the place of another broken row was moved; any other was changed."""
    places = [row.sequence for row in broken[:MOVED_LIMIT]]
    found = []
    for row in broken:
        place = next((place for place in places if _hash(dataclasses.replace(row, sequence=place)) == row.hash), None)
        told = (
            f"changed: row {row.sequence}" if place is None else f"reordered: what stands as row {row.sequence} was row {place}"
        )
        found.append((row.sequence, told))
    return found
