"""After a change of keys everything that is kept of patients is brought to the new one, so that the old one can be dropped. On both databases."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, select

from service.store.announcements import Announcements, new_announcement
from service.store.at_rest import AtRest
from service.store.database import open_database
from service.store.deliveries import Deliveries, NewDelivery
from service.store.job_tables import DELIVERIES, JOBS, SUBSCRIPTION_EVENTS
from service.store.jobs import Jobs, JobState, NewJob
from service.store.keeping import Keeping
from service.store.resealing import LeftBehind, resealed
from service.store.sealing import CannotOpen, Seal
from service.store.subscriptions import NewSubscription, Subscription, Subscriptions

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
DAY, LEASE = timedelta(days=1), timedelta(seconds=30)
OLD, NEW = b"o" * 32, b"n" * 32
SECRET = b"Invented Patient"


class House:
    """What a service with these keys has open."""

    def __init__(self, engine: Engine, *keys: bytes) -> None:
        kept = AtRest(Seal(keys) if keys else None)
        self.engine = engine
        self.jobs = Jobs(engine, kept, keep=DAY, lease=LEASE)
        self.deliveries = Deliveries(engine, kept, keep=DAY, lease=LEASE)
        self.subscriptions = Subscriptions(engine, kept, keep=DAY)

    def job(self, key: str) -> str:
        new = NewJob(kind="assess", caller="ehr", key=key, request=SECRET, request_digest="d")
        return self.jobs.accept(new, now=NOW)[0].id

    def finished(self, id: str) -> None:
        job = self.jobs.claim(id, holder="w", now=NOW)
        assert job is not None
        assert job.request == SECRET
        assert self.jobs.finish(job, status=200, result=SECRET, now=NOW) is not None

    def delivery(self) -> str:
        with self.engine.begin() as connection:
            new = NewDelivery(client="ehr", address="https://ehr.example/", what="job-result", body=SECRET)
            return self.deliveries.add(new, now=NOW, connection=connection)

    def subscription(self) -> Subscription:
        with self.engine.begin() as connection:
            new = NewSubscription(
                client="ehr",
                topic="assessment-completed",
                payload="full-resource",
                endpoint="https://ehr.example/",
                reason="Results",
                heartbeat_seconds=0,
                ends_at=None,
            )
            made = self.subscriptions.add(new, now=NOW, connection=connection)
            for resource in (SECRET, b"", SECRET):
                assert self.subscriptions.add_event(made, focus="x", resource=resource, now=NOW, connection=connection)
        return made


@pytest.fixture
def engine(migrated_url: str) -> Iterator[Engine]:
    opened = open_database(migrated_url)
    yield opened
    opened.dispose()


def rotated() -> Keeping:
    return Keeping(seal=Seal((NEW, OLD)))


@pytest.mark.parametrize("before", [(OLD,), ()], ids=["another key", "no key yet"])
def test_what_waits_and_what_is_to_be_fetched_opens_with_the_new_key_alone(engine: Engine, before: tuple[bytes, ...]) -> None:
    earlier = House(engine, *before)
    waiting, done = earlier.job("waiting"), earlier.job("done")
    earlier.finished(done)
    delivery, subscription = earlier.delivery(), earlier.subscription()
    # An event of id-only is sealed nothing: that is brought to the new key as well.
    assert resealed(engine, rotated()) == {"records": 0, "jobs": 2, "callbacks": 1, "events": 3}
    assert resealed(engine, rotated()) == {"records": 0, "jobs": 0, "callbacks": 0, "events": 0}
    now = House(engine, NEW)
    assert [event.resource for event in now.subscriptions.events(subscription, first=1, last=3)] == [SECRET, b"", SECRET]
    taken = now.deliveries.claim(delivery, holder="w", now=NOW)
    assert taken is not None
    assert taken.body == SECRET
    found = now.jobs.find(done, now=NOW)
    assert found is not None
    assert found.result == SECRET
    now.finished(waiting)
    with engine.connect() as connection:
        for column in (JOBS.c.request, JOBS.c.result, DELIVERIES.c.body, SUBSCRIPTION_EVENTS.c.resource):
            assert all(SECRET not in bytes(value or b"") for value in connection.execute(select(column)).scalars())
    if before:
        with pytest.raises(CannotOpen, match="CLAUDICATION_RECORD_KEY"):
            earlier.jobs.find(done, now=NOW)


def test_a_key_that_is_missing_is_said_and_nothing_is_lost(engine: Engine) -> None:
    job = House(engine, b"x" * 32).job("k")
    with pytest.raises(CannotOpen, match="add it to CLAUDICATION_RECORD_KEY"):
        resealed(engine, rotated())
    with pytest.raises(CannotOpen):
        resealed(engine, Keeping())
    assert House(engine, b"x" * 32).jobs.find(job, now=NOW) is not None


def test_what_no_key_opens_holds_nothing_else_to_the_old_key(engine: Engine) -> None:
    for _ in range(2):
        House(engine, b"x" * 32).delivery()
    job = House(engine, OLD).job("k")
    subscription = House(engine, OLD).subscription()
    with pytest.raises(LeftBehind, match="and 1 more cannot be opened; all else is encrypted") as raised:
        resealed(engine, rotated())
    assert raised.value.changed == {"records": 0, "jobs": 1, "callbacks": 0, "events": 3}
    House(engine, NEW).finished(job)
    assert len(House(engine, NEW).subscriptions.events(subscription, first=1, last=3)) == 3


def test_what_is_still_to_be_told_is_brought_to_the_new_key_too(engine: Engine) -> None:
    House(engine, OLD).subscription()
    new = new_announcement("ehr", SECRET, now=NOW)
    announcements(engine, OLD).add_now(new)
    assert resealed(engine, rotated())["events"] == 4
    found = announcements(engine, NEW).find(new.id)
    assert found is not None
    assert found.bundle == SECRET


def announcements(engine: Engine, key: bytes) -> Announcements:
    return Announcements(engine, AtRest(Seal((key,))), keep=DAY, grace=LEASE)


def test_while_workers_go_on_no_request_comes_back_behind_its_result(engine: Engine) -> None:
    house = House(engine, OLD)
    ids = [house.job(str(number)) for number in range(20)]
    both = House(engine, NEW, OLD)
    worker = threading.Thread(target=lambda: [both.finished(id) for id in ids])
    worker.start()
    while worker.is_alive():
        resealed(engine, rotated())
    worker.join()
    resealed(engine, rotated())
    with engine.connect() as connection:
        rows = connection.execute(select(JOBS.c.state, JOBS.c.request)).all()
    assert rows == [(JobState.DONE.value, None)] * len(ids)
    for id in ids:
        found = House(engine, NEW).jobs.find(id, now=NOW)
        assert found is not None
        assert found.result == SECRET
