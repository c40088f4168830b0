"""Reading the record back: kept resources by id or by search, and whole records for replay. A client sees its own records only."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Engine, Row, Select, and_, exists, func, select

from service.store.audit import AuditRow, row_of, utc
from service.store.audit_log import usable
from service.store.keeping import INPUT, RESULT, Keeping, patient_pseudonym
from service.store.record_values import KeptRecord, KeptResource, Page, Search
from service.store.sealing import CannotOpen
from service.store.tables import ASSESSMENTS, AUDIT, KEPT_RESOURCES

_NEWER = KEPT_RESOURCES.alias("newer")
_RECORD_OF_NEWER = ASSESSMENTS.alias("record_of_newer")


class RecordReader:
    """The kept record of one database. Raises StoreError when it cannot be read, CannotOpen (one of them) when no key opens it."""

    def __init__(self, engine: Engine, keeping: Keeping) -> None:
        self._engine = engine
        self._keeping = keeping

    def resource(self, client: str, resource_type: str, id: str) -> KeptResource | None:
        """The newest kept resource with this id among the records of a client."""
        of_id = and_(KEPT_RESOURCES.c.resource_type == resource_type, KEPT_RESOURCES.c.resource_id == id)
        found = self._rows(_KEPT.where(ASSESSMENTS.c.caller == client, of_id).order_by(KEPT_RESOURCES.c.id.desc()).limit(1))
        return self._opened(found[0], {}) if found else None

    def search(self, client: str, resource_type: str, search: Search) -> Page:
        """A page of the kept resources of a type, each in its newest version. What is recorded while somebody turns pages does not move them."""
        newest = search.snapshot
        if newest is None:
            newest = self._rows(select(func.coalesce(func.max(KEPT_RESOURCES.c.id), 0).label("newest")))[0].newest
        wanted = [
            KEPT_RESOURCES.c.resource_type == resource_type,
            KEPT_RESOURCES.c.id <= newest,
            ASSESSMENTS.c.caller == client,
            ~_superseded(newest),
            *_when(ASSESSMENTS.c.recorded_at, search),
        ]
        if search.patient:
            wanted.append(_is(ASSESSMENTS.c.patient, self.pseudonym_of(client, search.patient)))
        total, rows, more = self._page(_KEPT, KEPT_RESOURCES.c.id, wanted, search)
        opened: dict[str, dict[str, Any]] = {}
        return Page(
            found=tuple(self._opened(row, opened) for row in rows), total=total, more=(newest, more) if more is not None else None
        )

    def audit_row(self, client: str, sequence: int) -> AuditRow | None:
        """An audit row about a client's records or doings."""
        found = self._rows(select(AUDIT).where(AUDIT.c.sequence == sequence, _concerns(client)))
        return row_of(found[0]) if found else None

    def search_audit(self, client: str, search: Search) -> Page:
        """A page of the audit rows about a client's records or doings."""
        newest = search.snapshot
        if newest is None:
            newest = self._rows(select(func.coalesce(func.max(AUDIT.c.sequence), 0).label("newest")))[0].newest
        wanted = [AUDIT.c.sequence <= newest, _concerns(client), *_when(AUDIT.c.recorded_at, search)]
        if search.patient:
            wanted.append(_is(AUDIT.c.patient, self.pseudonym_of(client, search.patient)))
        total, rows, more = self._page(select(AUDIT), AUDIT.c.sequence, wanted, search)
        return Page(found=tuple(row_of(row) for row in rows), total=total, more=(newest, more) if more is not None else None)

    def pseudonym_of(self, client: str, patient: str) -> str:
        """The name the record has for a patient of a client; "" where it has none, and for no patient."""
        if self._keeping.seal is None:
            return ""
        return patient_pseudonym(self._keeping, client=client, patient_reference=patient)

    def record(self, id: str) -> KeptRecord | None:
        """A record by its id, or by the id of the result Bundle or of a resource in it; of several the newest."""
        holds = KEPT_RESOURCES.c.record_id == ASSESSMENTS.c.record_id
        by_resource = exists().where(holds, KEPT_RESOURCES.c.resource_id == id)
        found = self._rows(
            select(ASSESSMENTS).where((ASSESSMENTS.c.record_id == id) | by_resource).order_by(ASSESSMENTS.c.id.desc())
        )
        return self._record(found[0]) if found else None

    def records(self) -> Iterator[KeptRecord]:
        """All records, oldest first."""
        for id in self._rows(select(ASSESSMENTS.c.id).order_by(ASSESSMENTS.c.id)):
            for row in self._rows(select(ASSESSMENTS).where(ASSESSMENTS.c.id == id.id)):
                yield self._record(row)

    def _page(
        self, base: Select[Any], key: ColumnElement[int], wanted: list[ColumnElement[bool]], search: Search
    ) -> tuple[int, list[Row[Any]], int | None]:
        total = self._rows(select(func.count().label("total")).select_from(base.where(*wanted).subquery()))[0].total
        if search.count == 0:
            return total, [], None
        if search.before is not None:
            wanted = [*wanted, key < search.before]
        rows = self._rows(base.where(*wanted).order_by(key.desc()).limit(search.count + 1))
        shown = rows[: search.count]
        return total, shown, getattr(shown[-1], key.key or "") if len(rows) > search.count else None

    def _rows(self, query: Select[Any]) -> list[Row[Any]]:
        def read() -> list[Row[Any]]:
            with self._engine.connect() as connection:
                return list(connection.execute(query))

        return usable(read)

    def _opened(self, row: Row[Any], opened: dict[str, dict[str, Any]]) -> KeptResource:
        if row.record_id not in opened:
            # A decimal keeps its zeros: 0.70 says more than 0.7.
            opened[row.record_id] = json.loads(
                self._keeping.opener().open(row.result, record=row.record_id, part=RESULT), parse_float=Decimal
            )
        bundle = opened[row.record_id]
        resources = tuple(entry["resource"] for entry in bundle["entry"])
        return KeptResource(
            record_id=row.record_id,
            patient=row.patient,
            recorded_at=utc(row.recorded_at),
            resource=next(one for one in resources if one["id"] == row.resource_id),
            entries=resources,
        )

    def _record(self, row: Row[Any]) -> KeptRecord:
        asked, unreadable = None, False
        try:
            if row.input is not None:
                asked = orjson.loads(self._keeping.opener().open(row.input, record=row.record_id, part=INPUT))
        except CannotOpen:
            # This one: others may open.
            unreadable = True
        names = (
            "record_id",
            "door",
            "setting",
            "service_version",
            "evidence_version",
            "leading_diagnosis",
            "pad_right",
            "pad_left",
        )
        return KeptRecord(
            **{name: getattr(row, name) for name in names},
            recorded_at=utc(row.recorded_at),
            as_of=utc(row.as_of),
            red_flags=tuple(row.red_flags.split()),
            orders=tuple(row.orders.split()),
            asked=asked,
            unreadable=unreadable,
        )


_KEPT = select(
    KEPT_RESOURCES.c.id,
    KEPT_RESOURCES.c.resource_id,
    ASSESSMENTS.c.record_id,
    ASSESSMENTS.c.patient,
    ASSESSMENTS.c.recorded_at,
    ASSESSMENTS.c.result,
).join(ASSESSMENTS, ASSESSMENTS.c.record_id == KEPT_RESOURCES.c.record_id)


def is_record(text: str) -> bool:
    """Whether this is the id of a record, as the audit names them."""
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False


def _superseded(newest: int) -> ColumnElement[bool]:
    """Whether the same client had the same input assessed again: its resources have the same ids."""
    same = and_(
        _NEWER.c.resource_type == KEPT_RESOURCES.c.resource_type,
        _NEWER.c.resource_id == KEPT_RESOURCES.c.resource_id,
        _NEWER.c.id > KEPT_RESOURCES.c.id,
        _NEWER.c.id <= newest,
    )
    return exists().where(
        same, _RECORD_OF_NEWER.c.record_id == _NEWER.c.record_id, _RECORD_OF_NEWER.c.caller == ASSESSMENTS.c.caller
    )


def _is(column: ColumnElement[str], name: str) -> ColumnElement[bool]:
    """Nothing at all where no patient has a name: "" is what stands with everybody then."""
    return (column == name) & (column != "")


def _when(column: ColumnElement[datetime], search: Search) -> list[ColumnElement[bool]]:
    since = [column >= search.since] if search.since is not None else []
    until = [column < search.until] if search.until is not None else []
    return since + until


def _concerns(client: str) -> ColumnElement[bool]:
    own = exists().where(ASSESSMENTS.c.record_id == AUDIT.c.object, ASSESSMENTS.c.caller == client)
    return (AUDIT.c.actor == client) | own
