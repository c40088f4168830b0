"""The record of what was answered: codes, versions and a digest of the input. No patient data, no references."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Executable, select
from sqlalchemy.exc import SQLAlchemyError

from service.clinical.assessment import Assessment
from service.store.database import open_database
from service.store.tables import ASSESSMENTS

UNSAVED_LIMIT = 10_000


def record_of(
    assessment: Assessment,
    *,
    digest: str,
    door: str,
    as_of: datetime,
    recorded_at: datetime,
    service_version: str,
    guidance_status: str,
) -> dict[str, Any]:
    """One row about one answer. `guidance_status` is the status of its GuidanceResponse."""
    leading = assessment.differential.explanations[0].diagnosis.value if assessment.differential else None
    return {
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
    }


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of a row: "" when written, else the kind of error; `lost` counts older rows given up for lack of room."""

    error: str = ""
    lost: int = 0


class AssessmentLog:
    """The open audit table. Safe to use from several threads and, each with its own, from several processes.

    A row that cannot be written now is kept in memory and written with the next one, or by `ready()`: a full disk must not
    keep a red flag from a clinician, and must not lose the record either.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._insert = ASSESSMENTS.insert()
        self._probe = select(ASSESSMENTS.c.id).limit(1)
        self._unsaved: deque[dict[str, Any]] = deque(maxlen=UNSAVED_LIMIT)
        self._lock = threading.Lock()
        self._connection: Connection | None = None

    @classmethod
    def open(cls, url: str) -> AssessmentLog:
        """The log at a database URL, made or migrated as needed. Raises StoreError."""
        return cls(open_database(url))

    def record(self, row: dict[str, Any]) -> Recorded:
        """Write one row of `record_of`. Never raises for a database that fails: the answer it belongs to must go out."""
        with self._lock:
            lost = 1 if len(self._unsaved) == UNSAVED_LIMIT else 0
            self._unsaved.append(row)
            return Recorded(self._write(), lost)

    def ready(self) -> bool:
        """Whether the table can be read and everything so far is written."""
        with self._lock:
            return not self._write() and not self._try(self._probe)

    def close(self) -> None:
        """Give the connections back."""
        with self._lock:
            self._disconnect()
            self._engine.dispose()

    def _write(self) -> str:
        while self._unsaved:
            error = self._try(self._insert, self._unsaved[0])
            if error:
                return error
            self._unsaved.popleft()
        return ""

    def _try(self, statement: Executable, row: dict[str, Any] | None = None) -> str:
        """Run a statement on the open connection, and on a new one should that have broken meanwhile. "" or the kind of error."""
        error = ""
        for _ in range(2):
            try:
                if self._connection is None:
                    # One statement is one row, so there is nothing for a transaction to hold together.
                    self._connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
                self._connection.execute(statement, row).close()
                self._connection.commit()
            except SQLAlchemyError as raised:
                error = type(raised).__name__
                self._disconnect()
            else:
                return ""
        return error

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
