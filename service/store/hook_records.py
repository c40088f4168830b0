"""The memory of hook calls: what was shown, what was overridden, what it was decided on. Its failing never keeps a card from a clinician."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from sqlalchemy import Connection, Engine, select
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, SQLAlchemyError

from service.errors import Overloaded, Problem
from service.store.assessments import Recorded
from service.store.audit import AuditEntry, append_to
from service.store.hook_outcomes import read_outcomes
from service.store.hook_queries import read_calls, read_earlier, read_shown, read_suppressed
from service.store.hook_values import CallRecord, EarlierCall, FeedbackRecord, Outcomes, Recalled, RecordedCall
from service.store.hook_writes import write_call, write_feedback
from service.store.tables import HOOK_CALLS
from service.store.transactions import transaction

UNSAVED_LIMIT = 10_000
PAUSE_S = 5.0
"""After a failure the database is left alone for so long: a clinician does not wait again and again for what does not answer."""
DAY = timedelta(hours=24)
"""The day of the noise budget is the last 24 hours, which is the same in every time zone."""

_Write = Callable[[Engine], object]
_T = TypeVar("_T")


class HookRecords:
    """The open tables. Safe to use from several threads and, each with its own, from several processes.

    What a hook call asks is answered with "nothing known" when the database cannot be read: a card is shown once too often rather than not at
    all. What cannot be written is kept in memory, and written in its order with the next, or by `ready()`.
    """

    def __init__(self, engine: Engine, *, ticks: Callable[[], float] = time.monotonic) -> None:
        self._engine = engine
        self._ticks = ticks
        self._unsaved: deque[_Write] = deque(maxlen=UNSAVED_LIMIT)
        self._lock = threading.Lock()
        self._not_before = 0.0

    def recall(
        self, *, client: str, hook: str, instance: str, digest: str, patient: str, now: datetime, suppress_days: int
    ) -> Recalled:
        """Everything a hook call must know of earlier ones, with one connection. Never raises."""

        def read(connection: Connection) -> Recalled:
            earlier = read_earlier(connection, client=client, hook=hook, instance=instance, digest=digest)
            if earlier or not patient:
                return Recalled(earlier=earlier)
            since = now - timedelta(days=suppress_days)
            return Recalled(
                suppressed=read_suppressed(connection, client=client, patient=patient, since=since),
                shown_today=read_shown(connection, client=client, patient=patient, since=now - DAY, but_not=instance),
            )

        found, error = self._read(read)
        return found or Recalled(error=error)

    def earlier(self, client: str, hook: str, instance: str, digest: str) -> EarlierCall | None:
        """The same request answered before; None also when that cannot be known now."""
        return self._read(lambda c: read_earlier(c, client=client, hook=hook, instance=instance, digest=digest))[0]

    def suppressed_rules(self, client: str, patient: str, now: datetime, *, days: int) -> frozenset[str]:
        """Rules not to be shown again for this patient; none when that cannot be known now."""
        since = now - timedelta(days=days)
        return self._read(lambda c: read_suppressed(c, client=client, patient=patient, since=since))[0] or frozenset()

    def shown_today(self, client: str, patient: str, now: datetime) -> int:
        """Cards shown for this patient in the last 24 hours, without red flags; 0 when that cannot be known now."""
        return self._read(lambda c: read_shown(c, client=client, patient=patient, since=now - DAY))[0] or 0

    def save(self, call: CallRecord, beside: Callable[[Connection], None] | None = None) -> Recorded:
        """Write one call with its cards; the same request again changes nothing. Never raises for a database that fails.

        What `beside` writes stands or falls with the call, and is not written again for the same request.
        """

        def write(engine: Engine) -> None:
            with transaction(engine) as connection:
                if write_call(connection, call) and beside is not None:
                    beside(connection)

        return self._write([write])

    def add_feedback(self, items: Sequence[FeedbackRecord], audit: AuditEntry | None = None) -> tuple[Recorded, int]:
        """Write feedback, each item once, and who gave it into the audit. Also how many items, of those written now, name no card shown to that client."""
        matched: list[bool] = []

        def write(item: FeedbackRecord, engine: Engine) -> None:
            with transaction(engine) as connection:
                found = write_feedback(connection, item)
            matched.append(found)

        writes: list[_Write] = [partial(write, item) for item in items]
        if audit is not None:
            writes.append(lambda engine: append_to(engine, (audit,)))
        recorded = self._write(writes)
        return recorded, matched.count(False)

    def explanation(self, client: str, service: str, instance: str) -> tuple[RecordedCall, ...]:
        """Every evaluation of a hookInstance of this client, the newest first; none when there was none. Raises Overloaded."""
        return self._needed(lambda c: read_calls(c, client=client, service=service, instance=instance))

    def outcomes(self, *, client: str = "", since: datetime) -> Outcomes:
        """What became of the cards decided on since then, of one client or of all. Raises Overloaded."""
        return self._needed(lambda c: read_outcomes(c, client=client, since=since))

    def ready(self) -> bool:
        """Whether the tables can be read and everything so far is written. Asks even while the database is left alone."""
        with self._lock:
            self._not_before = 0.0
            if self._flush().error:
                return False
        return not self._read(lambda c: c.execute(select(HOOK_CALLS.c.id).limit(1)).all())[1]

    def _needed(self, query: Callable[[Connection], _T]) -> _T:
        found, error = self._read(query)
        if found is None:
            raise Overloaded(
                Problem(
                    issue_type="transient",
                    diagnostics=f"the record cannot be read now ({error}); ask again in {PAUSE_S:.0f} seconds",
                )
            )
        return found

    def _read(self, query: Callable[[Connection], _T]) -> tuple[_T | None, str]:
        """What a query finds, and the kind of error."""
        if self._ticks() < self._not_before:
            return None, "left alone after a failure"
        try:
            with self._engine.connect() as connection:
                return query(connection), ""
        except SQLAlchemyError as error:
            self._not_before = self._ticks() + PAUSE_S
            return None, type(error).__name__

    def _write(self, writes: Sequence[_Write]) -> Recorded:
        with self._lock:
            lost = max(0, len(self._unsaved) + len(writes) - UNSAVED_LIMIT)
            self._unsaved.extend(writes)
            written = self._flush()
            return Recorded(written.error, lost + written.lost)

    def _flush(self) -> Recorded:
        lost, refused = 0, ""
        while self._unsaved:
            if self._ticks() < self._not_before:
                return Recorded("left alone after a failure", lost)
            try:
                self._unsaved[0](self._engine)
            except IntegrityError:
                # Another process wrote the same meanwhile.
                self._unsaved.popleft()
            except SQLAlchemyError as error:
                if isinstance(error, DBAPIError) and not isinstance(error, DataError):
                    self._not_before = self._ticks() + PAUSE_S
                    return Recorded(type(error).__name__, lost)
                # What the database will never take must not hold up what waits behind it.
                lost, refused = lost + 1, type(error).__name__
                self._unsaved.popleft()
            else:
                self._unsaved.popleft()
        return Recorded(refused, lost)
