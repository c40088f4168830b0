"""Attempts to sign in, on SQLite and on PostgreSQL: the sixth has to wait, and each further one twice as long."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import create_engine, text

from service.errors import Overloaded
from service.store.database import open_database
from service.store.sign_in_attempts import SignInAttempts, place_of
from tests.store.hook_calls import DAY, NOW

HOME, ELSEWHERE = "192.0.2.1", "192.0.2.2"


@pytest.fixture
def attempts(migrated_url: str) -> Iterator[SignInAttempts]:
    engine = open_database(migrated_url)
    yield SignInAttempts(engine)
    engine.dispose()


def fail(attempts: SignInAttempts, times: int, *, name: str = "ada", address: str = HOME) -> None:
    for _ in range(times):
        assert attempts.begin(name, address, now=NOW) is None


def test_after_five_failures_somebody_waits_and_then_twice_as_long(attempts: SignInAttempts) -> None:
    fail(attempts, 5)
    now = NOW
    for seconds in (30, 60, 120, 240):
        assert attempts.begin("ada", HOME, now=now) == timedelta(seconds=seconds)
        assert attempts.begin("ada", HOME, now=now + timedelta(seconds=seconds - 1)) == timedelta(seconds=1)
        now += timedelta(seconds=seconds)
        assert attempts.begin("ada", HOME, now=now) is None


def test_nobody_waits_longer_than_an_hour_and_a_day_later_it_is_forgotten(attempts: SignInAttempts) -> None:
    now = NOW
    fail(attempts, 5)
    for _ in range(12):
        wait = attempts.begin("ada", HOME, now=now)
        assert wait is not None
        now += wait
        assert attempts.begin("ada", HOME, now=now) is None
    assert attempts.begin("ada", HOME, now=now) == timedelta(hours=1)
    assert attempts.begin("ada", HOME, now=now + DAY + timedelta(seconds=1)) is None


def test_who_is_kept_out_at_one_address_comes_in_at_another(attempts: SignInAttempts) -> None:
    fail(attempts, 5)
    assert attempts.begin("ada", ELSEWHERE, now=NOW) is None
    assert attempts.begin("grace", HOME, now=NOW) is None


def test_one_address_cannot_try_every_name(attempts: SignInAttempts) -> None:
    for number in range(20):
        fail(attempts, 1, name=f"name-{number}")
    assert attempts.begin("ada", HOME, now=NOW) == timedelta(seconds=30)
    assert attempts.begin("ada", ELSEWHERE, now=NOW) is None


def test_whoever_has_one_address_of_a_network_has_all_of_them(attempts: SignInAttempts) -> None:
    for number in range(20):
        fail(attempts, 1, name=f"name-{number}", address=f"2001:db8:1:2::{number:x}")
    assert attempts.begin("ada", "2001:db8:1:2:ffff::1", now=NOW) == timedelta(seconds=30)
    assert attempts.begin("ada", "2001:db8:1:3::1", now=NOW) is None


@pytest.mark.parametrize(
    ("address", "place"),
    [
        (HOME, HOME),
        (f"::ffff:{HOME}", f"::ffff:{HOME}"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("a name", "a name"),
    ],
)
def test_what_counts_as_one_address(address: str, place: str) -> None:
    assert place_of(address) == place


def test_one_name_cannot_be_tried_from_everywhere(attempts: SignInAttempts) -> None:
    for number in range(100):
        fail(attempts, 1, address=f"2001:db8:{number:x}::1")
    assert attempts.begin("ada", HOME, now=NOW) == timedelta(seconds=30)


def test_success_takes_its_failures_back(attempts: SignInAttempts) -> None:
    fail(attempts, 5)
    attempts.succeeded("ada", HOME, now=NOW)
    fail(attempts, 5)
    assert attempts.begin("ada", HOME, now=NOW) is not None


def test_who_succeeds_often_is_not_kept_out_for_it(attempts: SignInAttempts) -> None:
    for _ in range(30):
        fail(attempts, 1)
        attempts.succeeded("ada", HOME, now=NOW)
    assert attempts.begin("ada", HOME, now=NOW) is None


def test_the_typing_errors_of_many_days_lock_nobody_out(attempts: SignInAttempts) -> None:
    """An office behind one address: who came in at last has taken everything back, and the day that forgets never comes where somebody signs in daily."""
    now = NOW
    for day in range(120):
        now = NOW + day * timedelta(hours=23)
        assert attempts.begin("ada", HOME, now=now) is None, f"day {day}, typed wrongly"
        assert attempts.begin("ada", HOME, now=now) is None, f"day {day}, typed well"
        attempts.succeeded("ada", HOME, now=now)
    assert attempts.begin("grace", HOME, now=now) is None


def test_nobody_waits_because_somebody_else_came_in(attempts: SignInAttempts) -> None:
    for number in range(22):
        attempts.begin(f"name-{number}", HOME, now=NOW + number * timedelta(minutes=30))
    later = NOW + timedelta(hours=20)
    assert attempts.begin("ada", HOME, now=later) is None
    attempts.succeeded("ada", HOME, now=later)
    assert attempts.begin("grace", HOME, now=later) is None, "and the failures of the others are counted still"
    assert attempts.begin("eve", HOME, now=later) == timedelta(seconds=240)


def test_nothing_that_names_anybody_is_kept(attempts: SignInAttempts, migrated_url: str) -> None:
    fail(attempts, 1, name="ada")
    engine = create_engine(migrated_url)
    with engine.connect() as connection:
        rows = str(connection.execute(text("SELECT * FROM sign_in_attempts")).all())
    engine.dispose()
    assert "ada" not in rows
    assert HOME not in rows


def test_nobody_tries_without_being_counted(attempts: SignInAttempts, migrated_url: str) -> None:
    engine = create_engine(migrated_url)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE sign_in_attempts"))
    engine.dispose()
    with pytest.raises(Overloaded):
        attempts.begin("ada", HOME, now=NOW)
