"""The table of jobs, on both databases: one request one job, one holder at a time, one result."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, text

from service.config import Settings
from service.store.at_rest import AtRest, at_rest
from service.store.database import open_database
from service.store.jobs import Job, Jobs, JobState, NewJob
from service.store.sealing import CannotOpen

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
KEEP, LEASE = timedelta(hours=24), timedelta(seconds=30)
PLAIN = AtRest(None)
KEY = base64.b64encode(bytes(32)).decode()


@dataclass(frozen=True)
class Table:
    engine: Engine
    jobs: Jobs

    def accept(self, key: str = "k", *, caller: str = "", now: datetime = NOW) -> Job:
        new = NewJob(kind="assess", caller=caller, key=key, request=b"the record", request_digest="d")
        return self.jobs.accept(new, now=now)[0]

    def claim(self, job: Job, holder: str = "first", now: datetime = NOW) -> Job:
        taken = self.jobs.claim(job.id, holder=holder, now=now)
        assert taken is not None
        return taken


@pytest.fixture
def table(database_url: str) -> Iterator[Table]:
    engine = open_database(database_url)
    yield Table(engine, Jobs(engine, PLAIN, keep=KEEP, lease=LEASE))
    engine.dispose()


def test_the_same_key_of_the_same_caller_is_the_same_job(table: Table) -> None:
    first = table.accept()
    assert table.accept() == first
    assert table.accept(caller="other").id != first.id
    assert table.accept("another").id != first.id


def test_a_job_that_must_be_fresh_leaves_its_key_to_the_next_once_it_is_done(table: Table) -> None:
    def ask() -> Job:
        new = NewJob(kind="patient", caller="ehr", key="k", request=b"the id", request_digest="d", fresh=True)
        return table.jobs.accept(new, now=NOW)[0]

    first = ask()
    assert ask() == first
    taken = table.claim(first)
    assert ask().id == first.id, "it is being worked on"
    assert table.jobs.finish(taken, status=200, result=b"then", now=NOW) is not None
    second = ask()
    assert second.id != first.id
    assert ask().id == second.id
    found = table.jobs.find(first.id, now=NOW)
    assert found is not None
    assert (found.state, found.result) == (JobState.DONE, b"then"), "its result is kept as long as any"


def test_requests_that_come_together_become_one_job(table: Table) -> None:
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(table.accept().id)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 6
    assert len(set(found)) == 1


def test_a_job_has_one_holder(table: Table) -> None:
    job = table.accept()
    taken = table.claim(job)
    assert (taken.state, taken.attempts, taken.request) == (JobState.RUNNING, 1, b"the record")
    assert table.jobs.claim(job.id, holder="second", now=NOW + LEASE - timedelta(seconds=1)) is None


def test_many_who_want_a_job_get_it_once(table: Table) -> None:
    job = table.accept()
    taken: list[Job | None] = []
    threads = [
        threading.Thread(target=lambda name=name: taken.append(table.jobs.claim(job.id, holder=name, now=NOW)))
        for name in "abcdef"
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([one for one in taken if one is not None]) == 1


def test_a_holder_that_gives_no_sign_loses_the_job_and_its_result_does_not_count(table: Table) -> None:
    first = table.claim(table.accept())
    later = NOW + LEASE
    second = table.claim(first, "second", later)
    assert second.attempts == 2
    assert not table.jobs.finish(first, status=200, result=b"of the first", now=later)
    assert table.jobs.finish(second, status=200, result=b"of the second", now=later)
    assert not table.jobs.finish(second, status=200, result=b"again", now=later)
    done = table.jobs.find(first.id, now=later)
    assert done is not None
    assert (done.state, done.status, done.result, done.request) == (JobState.DONE, 200, b"of the second", b"")


def test_a_holder_that_lives_keeps_its_jobs(table: Table) -> None:
    job = table.claim(table.accept())
    assert table.jobs.keep_alive("first", now=NOW + LEASE / 2) == 1
    assert table.jobs.claim(job.id, holder="second", now=NOW + LEASE) is None
    assert table.jobs.overdue(now=NOW + LEASE, waited=timedelta(seconds=2), limit=10) == []
    assert table.jobs.overdue(now=NOW + 2 * LEASE, waited=timedelta(seconds=2), limit=10) == [job.id]


def test_what_the_queue_lost_is_found_the_oldest_first(table: Table) -> None:
    late, early = table.accept("late"), table.accept("early", now=NOW - timedelta(minutes=1))
    assert table.jobs.overdue(now=NOW, waited=timedelta(seconds=2), limit=10) == [early.id]
    assert table.jobs.overdue(now=NOW + timedelta(seconds=2), waited=timedelta(seconds=2), limit=10) == [early.id, late.id]
    assert table.jobs.ahead_of(late) == 1


def test_a_job_given_back_waits_and_can_be_taken_again(table: Table) -> None:
    job = table.claim(table.accept())
    assert table.jobs.give_back(job, now=NOW, wait=timedelta(seconds=5))
    assert table.jobs.claim(job.id, holder="second", now=NOW + timedelta(seconds=4)) is None
    assert table.claim(job, "second", NOW + timedelta(seconds=5)).attempts == 2
    assert not table.jobs.give_back(job, now=NOW, wait=timedelta(0))


def test_a_job_deleted_while_it_is_worked_on_gets_no_result(table: Table) -> None:
    job = table.claim(table.accept())
    assert table.jobs.forget(job.id)
    assert not table.jobs.forget(job.id)
    assert not table.jobs.finish(job, status=200, result=b"late", now=NOW)
    assert table.jobs.find(job.id, now=NOW) is None


def test_a_result_is_kept_from_when_it_was_there(table: Table) -> None:
    job = table.claim(table.accept())
    done_at = NOW + timedelta(seconds=10)
    assert table.jobs.finish(job, status=200, result=b"r", now=done_at)
    assert table.jobs.find(job.id, now=done_at + KEEP - timedelta(seconds=1)) is not None
    assert table.jobs.find(job.id, now=done_at + KEEP) is None
    assert table.jobs.expire(now=done_at + KEEP - timedelta(seconds=1)) == 0
    assert table.jobs.expire(now=done_at + KEEP) == 1


def test_a_request_whose_job_expired_is_done_anew(table: Table) -> None:
    old = table.accept()
    assert table.accept(now=NOW + KEEP).id != old.id


def test_what_the_outbox_cannot_write_leaves_the_job_undone(table: Table) -> None:
    job = table.claim(table.accept())

    def full(connection: object) -> None:
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        table.jobs.finish(job, status=200, result=b"r", now=NOW, outbox=full)
    again = table.jobs.find(job.id, now=NOW)
    assert again is not None
    assert again.state is JobState.RUNNING


def test_with_a_key_nothing_readable_stands_in_the_table(database_url: str) -> None:
    engine = open_database(database_url)
    jobs = Jobs(engine, at_rest(Settings(record_key=KEY)), keep=KEEP, lease=LEASE)
    job = Table(engine, jobs).accept()
    with engine.connect() as connection:
        kept = bytes(connection.execute(text("SELECT request FROM jobs")).scalar_one())
    assert b"record" not in kept
    taken = Table(engine, jobs).claim(job)
    assert taken.request == b"the record"
    assert jobs.finish(taken, status=200, result=b"the result", now=NOW)
    with engine.connect() as connection:
        kept = bytes(connection.execute(text("SELECT result FROM jobs")).scalar_one())
    assert b"result" not in kept
    with pytest.raises(CannotOpen, match="CLAUDICATION_RECORD_KEY"):
        Jobs(engine, PLAIN, keep=KEEP, lease=LEASE).find(job.id, now=NOW)
    engine.dispose()
