"""The table of deliveries, on both databases: tried until settled, under one id and with one body."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from service.store.at_rest import AtRest
from service.store.database import open_database
from service.store.deliveries import Deliveries, Delivery, DeliveryState, NewDelivery

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
KEEP, LEASE = timedelta(hours=24), timedelta(seconds=30)
SOON = NOW + timedelta(seconds=5)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    opened = open_database(database_url)
    yield opened
    opened.dispose()


@pytest.fixture
def table(engine: Engine) -> Deliveries:
    return Deliveries(engine, AtRest(None), keep=KEEP, lease=LEASE)


@pytest.fixture
def added(engine: Engine, table: Deliveries) -> str:
    new = NewDelivery(client="hospital", address="https://ehr.example/in", what="job-result", body=b"body", job="j")
    with engine.begin() as connection:
        return table.add(new, now=NOW, connection=connection)


def claimed(table: Deliveries, id: str, now: datetime = NOW) -> Delivery:
    taken = table.claim(id, holder="first", now=now)
    assert taken is not None
    return taken


def test_one_attempt_at_a_time(table: Deliveries, added: str) -> None:
    assert table.due(now=NOW, limit=10) == [added]
    assert claimed(table, added).attempts == 1
    assert table.claim(added, holder="second", now=NOW) is None
    assert table.due(now=NOW, limit=10) == []
    assert table.due(now=NOW + LEASE, limit=10) == [added]


def test_a_delivery_accepted_is_over_and_its_body_gone(table: Deliveries, added: str) -> None:
    table.settle(claimed(table, added), state=DeliveryState.DELIVERED, status=204, why="accepted it", now=NOW)
    found = table.find(added)
    assert found is not None
    assert (found.state, found.body, len(found.body_digest)) == (DeliveryState.DELIVERED, b"", 64)
    assert table.claim(added, holder="second", now=NOW + 2 * LEASE) is None


def test_a_failed_attempt_is_recorded_and_waits(table: Deliveries, added: str) -> None:
    table.settle(claimed(table, added), state=DeliveryState.PENDING, status=503, why="answered 503", now=NOW, due_at=SOON)
    assert table.due(now=NOW, limit=10) == []
    again = claimed(table, added, SOON)
    assert (again.attempts, again.body) == (2, b"body")
    assert [(tried.attempt, tried.status, tried.why) for tried in table.attempts_of(added)] == [(1, 503, "answered 503")]


def test_who_lost_its_lease_cannot_give_up_what_another_tries(table: Deliveries, added: str) -> None:
    slow = claimed(table, added)
    claimed(table, added, NOW + LEASE)
    table.settle(slow, state=DeliveryState.DEAD, status=400, why="answered 400", now=NOW + LEASE)
    found = table.find(added)
    assert found is not None
    assert found.state is DeliveryState.PENDING
    table.settle(slow, state=DeliveryState.DELIVERED, status=200, why="accepted it", now=NOW + LEASE)
    found = table.find(added)
    assert found is not None
    assert found.state is DeliveryState.DELIVERED, "what was accepted was accepted, whoever sent it"


def test_a_dead_delivery_is_listed_and_can_be_sent_again(table: Deliveries, added: str) -> None:
    assert table.listed([DeliveryState.DEAD], limit=10) == []
    table.settle(claimed(table, added), state=DeliveryState.DEAD, status=400, why="answered 400", now=NOW)
    assert [one.id for one in table.listed([DeliveryState.DEAD], limit=10)] == [added]
    assert table.resend(added, now=SOON)
    assert not table.resend(added, now=SOON), "it is not dead any more"
    assert not table.resend("unknown", now=SOON)
    assert claimed(table, added, SOON).body == b"body"


def test_what_is_settled_is_kept_a_while_and_what_is_not_until_it_is(table: Deliveries, added: str) -> None:
    assert table.expire(now=NOW + 3 * KEEP) == 0
    table.settle(claimed(table, added), state=DeliveryState.DEAD, status=400, why="answered 400", now=NOW)
    assert table.expire(now=NOW + KEEP - timedelta(seconds=1)) == 0
    assert table.expire(now=NOW + KEEP) == 1
    assert table.find(added) is None
    assert table.attempts_of(added) == []
