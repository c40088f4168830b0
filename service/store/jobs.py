"""Jobs: work that outlives its request. The row is the truth: whoever holds its lease may do the job, and only a holder's result counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Engine, and_, func, or_, select
from sqlalchemy.exc import IntegrityError

from service.store.assessments import NewRecord, write_record
from service.store.at_rest import AtRest
from service.store.audit import Head
from service.store.job_tables import JOBS
from service.store.moments import NEVER, as_utc
from service.store.transactions import alone_on


class JobState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewJob:
    """What is asked, by whom. `key` names the request among those of its caller: two with one key are one job.

    `fresh`: only while that job is not done; its result is no answer to who asks later.
    """

    kind: str
    caller: str
    key: str
    request: bytes = field(repr=False)
    request_digest: str
    fresh: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A job as it stands. `request` is there while it is to be done, `status` and `result` once it is."""

    id: str
    kind: str
    caller: str
    state: JobState
    attempts: int
    request_digest: str
    created_at: datetime
    expires_at: datetime
    status: int
    request: bytes = field(repr=False)
    result: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """A result that was written; `head` is that of the audit chain behind its record."""

    head: Head | None = None


class Jobs:
    """The open table of jobs. `keep`: how long a result is kept, and how long one waits to be done; `lease`: how long a holder is believed to live."""

    def __init__(self, engine: Engine, at_rest: AtRest, *, keep: timedelta, lease: timedelta) -> None:
        self._engine = engine
        self._at_rest = at_rest
        self._keep = keep
        self._lease = lease

    def accept(self, new: NewJob, *, now: datetime) -> tuple[Job, bool]:
        """The job of this request, and whether it is a new one. It stands in the database when this returns."""
        while True:
            id = str(uuid4())
            row = {
                "id": id,
                "caller": new.caller,
                "idempotency_key": new.key,
                "kind": new.kind,
                "request_digest": new.request_digest,
                "request": self._at_rest.close(new.request, record=id, part="request"),
                "state": JobState.QUEUED.value,
                "attempts": 0,
                "holder": "",
                "lease_until": NEVER,
                "status": 0,
                "created_at": now,
                "expires_at": now + self._keep,
            }
            try:
                with self._engine.begin() as connection:
                    connection.execute(JOBS.insert(), row)
            except IntegrityError:
                found = self._one(JOBS.c.caller == new.caller, JOBS.c.idempotency_key == new.key)
                if found is not None and found.expires_at > now:
                    if not (new.fresh and found.state is JobState.DONE):
                        return found, False
                    self._free_the_key(found.id, new.key)
                elif found is not None:
                    self.forget(found.id)
            else:
                return self._job({**row, "result": None}), True

    def find(self, id: str, *, now: datetime) -> Job | None:
        """The job, None when there is none or it has expired."""
        return self._one(JOBS.c.id == id, JOBS.c.expires_at > now)

    def ahead_of(self, job: Job) -> int:
        """How many jobs wait that came before this one."""
        waiting = and_(JOBS.c.state == JobState.QUEUED.value, JOBS.c.created_at < job.created_at)
        with self._engine.connect() as connection:
            return int(connection.execute(select(func.count()).where(waiting).select_from(JOBS)).scalar_one())

    def claim(self, id: str, *, holder: str, now: datetime) -> Job | None:
        """Take a job that waits, or whose holder gives no sign of life. None when there is nothing to take."""
        free = or_(JOBS.c.state == JobState.QUEUED.value, and_(JOBS.c.state == JobState.RUNNING.value, JOBS.c.lease_until <= now))
        taken = (
            JOBS.update()
            .where(JOBS.c.id == id, JOBS.c.expires_at > now, free)
            .values(state=JobState.RUNNING.value, holder=holder, lease_until=now + self._lease, attempts=JOBS.c.attempts + 1)
            .returning(JOBS)
        )
        with self._engine.begin() as connection:
            row = connection.execute(taken).mappings().first()
        return self._job(row) if row is not None else None

    def keep_alive(self, holder: str, *, now: datetime) -> int:
        """Prolong the leases of a holder that lives; how many they are."""
        held = and_(JOBS.c.holder == holder, JOBS.c.state == JobState.RUNNING.value)
        with self._engine.begin() as connection:
            return connection.execute(JOBS.update().where(held).values(lease_until=now + self._lease)).rowcount

    def finish(
        self,
        job: Job,
        *,
        status: int,
        result: bytes,
        now: datetime,
        record: NewRecord | None = None,
        outbox: Callable[[Connection], None] | None = None,
    ) -> Finished | None:
        """Write the result, once: None when somebody else did, or took the job over, or it was deleted.

        Its record with the audit row, and what `outbox` writes, stand or fall with it.
        """
        done = (
            JOBS.update()
            .where(JOBS.c.id == job.id, JOBS.c.attempts == job.attempts, JOBS.c.state == JobState.RUNNING.value)
            .values(
                state=JobState.DONE.value,
                status=status,
                result=self._at_rest.close(result, record=job.id, part="result"),
                request=None,
                holder="",
                finished_at=now,
                expires_at=now + self._keep,
            )
        )

        def write(connection: Connection) -> Finished | None:
            if connection.execute(done).rowcount != 1:
                return None
            if outbox is not None:
                outbox(connection)
            return Finished(head=write_record(connection, record) if record is not None else None)

        return alone_on(self._engine, write)

    def give_back(self, job: Job, *, now: datetime, wait: timedelta) -> bool:
        """Leave a job that could not be done now to whoever takes it after `wait`."""
        held = and_(JOBS.c.id == job.id, JOBS.c.attempts == job.attempts, JOBS.c.state == JobState.RUNNING.value)
        with self._engine.begin() as connection:
            return connection.execute(JOBS.update().where(held).values(holder="", lease_until=now + wait)).rowcount == 1

    def forget(self, id: str) -> bool:
        """Delete a job, done or not, with all it holds. What is being worked on then finds no place for its result."""
        with self._engine.begin() as connection:
            return connection.execute(JOBS.delete().where(JOBS.c.id == id)).rowcount == 1

    def overdue(self, *, now: datetime, waited: timedelta, limit: int) -> list[str]:
        """Jobs that nobody works on although they could: those the queue lost, and those whose worker died. The oldest first."""
        lost = and_(JOBS.c.state == JobState.QUEUED.value, JOBS.c.created_at <= now - waited)
        orphaned = and_(JOBS.c.state == JobState.RUNNING.value, JOBS.c.lease_until <= now)
        query = select(JOBS.c.id).where(or_(lost, orphaned), JOBS.c.expires_at > now).order_by(JOBS.c.created_at).limit(limit)
        with self._engine.connect() as connection:
            return [str(id) for id in connection.execute(query).scalars()]

    def expire(self, *, now: datetime) -> int:
        """Delete what nobody may ask for any more; how many that were."""
        with self._engine.begin() as connection:
            return connection.execute(JOBS.delete().where(JOBS.c.expires_at <= now)).rowcount

    def _free_the_key(self, id: str, key: str) -> None:
        """Let a job that is done keep its result, and leave its key to the next."""
        done = and_(JOBS.c.id == id, JOBS.c.state == JobState.DONE.value)
        with self._engine.begin() as connection:
            connection.execute(JOBS.update().where(done).values(idempotency_key=f"{key} {id}"))

    def _one(self, *conditions: Any) -> Job | None:
        with self._engine.connect() as connection:
            row = connection.execute(select(JOBS).where(*conditions)).mappings().first()
        return self._job(row) if row is not None else None

    def _job(self, row: Any) -> Job:
        id = row["id"]
        return Job(
            id=id,
            kind=row["kind"],
            caller=row["caller"],
            state=JobState(row["state"]),
            attempts=row["attempts"],
            request_digest=row["request_digest"],
            created_at=as_utc(row["created_at"]),
            expires_at=as_utc(row["expires_at"]),
            status=row["status"],
            request=self._at_rest.open(row["request"], record=id, part="request"),
            result=self._at_rest.open(row["result"], record=id, part="result"),
        )
