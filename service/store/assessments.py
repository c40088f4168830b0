"""The record of what was answered: codes, versions and a digest of the input; of the patient only what the deployment keeps, sealed."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, select
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from service.clinical.assessment import Assessment
from service.store.audit import Action, AuditEntry, Head, append
from service.store.database import open_database
from service.store.keeping import NOTHING, Kept
from service.store.tables import ASSESSMENTS, KEPT_RESOURCES
from service.store.transactions import alone

UNSAVED_LIMIT = 10_000

_INSERT = ASSESSMENTS.insert()
_INSERT_RESOURCES = KEPT_RESOURCES.insert()
_PROBE = select(ASSESSMENTS.c.id).limit(1)


@dataclass(frozen=True, slots=True)
class NewRecord:
    """What is written about one answer, in one transaction: its row, the resources to be found again, and the audit entries."""

    row: dict[str, Any]
    resources: list[dict[str, str]]
    audit: tuple[AuditEntry, ...]


def record_of(
    assessment: Assessment,
    *,
    record_id: str,
    digest: str,
    door: str,
    as_of: datetime,
    recorded_at: datetime,
    service_version: str,
    guidance_status: str,
    caller: str = "",
    user: str = "",
    kept: Kept = NOTHING,
) -> NewRecord:
    """The record of one answer. `guidance_status` is the status of its GuidanceResponse, `caller` the id of a client or "", `user` one of its users."""
    leading = assessment.differential.explanations[0].diagnosis.value if assessment.differential else None
    row = {
        "recorded_at": recorded_at,
        "door": door,
        "input_digest": digest,
        "as_of": as_of,
        "setting": assessment.setting.value,
        "service_version": service_version,
        "evidence_version": assessment.evidence_version,
        "guidance_status": guidance_status,
        "leading_diagnosis": leading,
        "pad_right": assessment.indices.right.pad_status.value,
        "pad_left": assessment.indices.left.pad_status.value,
        "red_flags": " ".join(flag.code for flag in assessment.red_flags),
        "orders": " ".join(order.code for order in assessment.orders),
        "record_id": record_id,
        "caller": caller,
        "patient": kept.patient,
        "input": kept.input,
        "result": kept.result,
    }
    audit = AuditEntry(
        recorded_at=recorded_at,
        actor=caller,
        action=Action.ASSESSED,
        object=record_id,
        patient=kept.patient,
        detail={
            "door": door,
            "input_digest": digest,
            "evidence_version": assessment.evidence_version,
            "service_version": service_version,
            **({"user": user} if user else {}),
        },
    )
    resources = [{"record_id": record_id, "resource_type": kind, "resource_id": id} for kind, id in kept.resources]
    return NewRecord(row, resources, (audit,))


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of a record: the head of the audit chain behind it when written, else the kind of error; `lost` counts older ones given up for lack of room."""

    error: str = ""
    lost: int = 0
    head: Head | None = None


class AssessmentLog:
    """The open table of assessments. Safe to use from several threads and, each with its own, from several processes.

    A record that cannot be written now is kept in memory and written with the next one, or by `ready()`: a full disk must not
    keep a red flag from a clinician, and must not lose the record either.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._unsaved: deque[NewRecord] = deque(maxlen=UNSAVED_LIMIT)
        self._lock = threading.Lock()
        self._connection: Connection | None = None
        self._head: Head | None = None

    @classmethod
    def open(cls, url: str) -> AssessmentLog:
        """The log at a database URL, made or migrated as needed. Raises StoreError."""
        return cls(open_database(url))

    def record(self, record: NewRecord) -> Recorded:
        """Write one record of `record_of`. Never raises for a database that fails: the answer it belongs to must go out."""
        with self._lock:
            lost = 1 if len(self._unsaved) == UNSAVED_LIMIT else 0
            self._unsaved.append(record)
            error = self._write()
            return Recorded(error, lost, None if error else self._head)

    def ready(self) -> bool:
        """Whether the table can be read and everything so far is written."""
        with self._lock:
            return not self._write() and not self._try(lambda connection: connection.execute(_PROBE).close())

    def close(self) -> None:
        """Give the connections back."""
        with self._lock:
            self._disconnect()
            self._engine.dispose()

    def _write(self) -> str:
        while self._unsaved:
            error = self._try(self._write_first)
            if error:
                return error
            self._unsaved.popleft()
        return ""

    def _write_first(self, connection: Connection) -> None:
        self._head = alone(connection, lambda writing: write_record(writing, self._unsaved[0]))

    def _try(self, work: Callable[[Connection], None]) -> str:
        """Do something on the open connection, and on a new one should that have broken meanwhile. "" or the kind of error."""
        error = ""
        for _ in range(2):
            try:
                if self._connection is None:
                    self._connection = self._engine.connect()
                work(self._connection)
                self._connection.commit()
            except SQLAlchemyError as raised:
                if isinstance(raised, IntegrityError) and self._connection is not None and self._is_written(self._connection):
                    return ""
                error = type(raised).__name__
                self._disconnect()
            else:
                return ""
        return error

    def _is_written(self, connection: Connection) -> bool:
        """Whether a first try did reach the database after all, and only the word of it was lost."""
        record_id = self._unsaved[0].row["record_id"]
        found = connection.execute(select(ASSESSMENTS.c.id).where(ASSESSMENTS.c.record_id == record_id)).first()
        connection.commit()
        return found is not None

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def write_record(connection: Connection, record: NewRecord) -> Head:
    """Write a record and its audit entry, and give the head of the chain. Only within `transactions.alone`."""
    connection.execute(_INSERT, record.row)
    if record.resources:
        connection.execute(_INSERT_RESOURCES, record.resources)
    return append(connection, record.audit)
