"""What is asked again and what is not, how long is waited, and when a server is left alone. No test waits."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as some

from service.outbound.answer import Answer, NoAnswer
from service.outbound.breaker import CircuitBreaker
from service.outbound.trying_again import ATTEMPTS, LONGEST_WAIT_S, Timing, retry_after_s, try_again

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@dataclass
class Clock:
    """Time that passes only by sleeping."""

    seconds: float = 1000.0
    slept: list[float] = field(default_factory=list)
    chance: float = 1.0

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds

    @property
    def timing(self) -> Timing:
        return Timing(monotonic=lambda: self.seconds, sleep=self.sleep, random=lambda: self.chance, now=lambda: NOW)

    def breaker(self, failures: int = 100) -> CircuitBreaker:
        return CircuitBreaker(failures=failures, rest_s=30, monotonic=lambda: self.seconds)


def answer(status: int, **headers: str) -> Answer:
    named = {name.replace("_", "-").title(): value for name, value in headers.items()}
    return Answer(status=status, media_type="application/fhir+json", body=b"", headers=named)


def in_turn(*outcomes: Answer | NoAnswer) -> Callable[[], Answer]:
    left = list(outcomes)

    def send() -> Answer:
        outcome = left.pop(0)
        if isinstance(outcome, NoAnswer):
            raise outcome
        return outcome

    return send


def tried(clock: Clock, *outcomes: Answer | NoAnswer, seconds: float = 60, breaker: CircuitBreaker | None = None) -> Answer:
    return try_again(
        in_turn(*outcomes), breaker=breaker or clock.breaker(), timing=clock.timing, deadline_s=clock.seconds + seconds
    )


@pytest.mark.parametrize("failure", [answer(429), answer(500), answer(502), answer(503), NoAnswer("broke off", passing=True)])
def test_what_may_pass_is_asked_again(failure: Answer | NoAnswer) -> None:
    clock = Clock()
    assert tried(clock, failure, failure, answer(200)).status == 200
    assert clock.slept == [0.2, 0.4]


@pytest.mark.parametrize("status", [200, 201, 301, 400, 401, 403, 404, 409, 410, 412, 422])
def test_every_other_answer_stands(status: int) -> None:
    clock = Clock()
    assert tried(clock, answer(status)).status == status
    assert clock.slept == []


def test_what_will_not_pass_is_told_at_once() -> None:
    clock = Clock()
    with pytest.raises(NoAnswer, match="certificate"):
        tried(clock, NoAnswer("has a certificate that is not valid"))
    assert clock.slept == []


def test_after_four_tries_it_is_over() -> None:
    clock = Clock()
    assert tried(clock, *[answer(500)] * ATTEMPTS).status == 500
    assert len(clock.slept) == ATTEMPTS - 1
    with pytest.raises(NoAnswer, match="broke off"):
        tried(clock, *[NoAnswer("broke off", passing=True)] * ATTEMPTS)


@given(chance=some.floats(0, 1))
def test_the_wait_is_anything_up_to_its_limit(chance: float) -> None:
    clock = Clock(chance=chance)
    tried(clock, answer(500), answer(500), answer(500), answer(200))
    assert clock.slept == [chance * 0.2, chance * 0.4, chance * 0.8]
    assert max(clock.slept) <= LONGEST_WAIT_S


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("7", 7.0),
        ("Mon, 02 Mar 2026 09:30:09 GMT", 9.0),
        ("Mon, 02 Mar 2026 09:00:00 GMT", 0.0),
        ("Mon, 02 Mar 2026 09:30:09", 9.0),
        ("soon", 0.0),
        ("", 0.0),
        ("-3", 0.0),
        ("Fri, 31 Dec 99999999999999999999 23:59:59 GMT", 0.0),
        ("Fri, 31 Dec 9999 23:59:59 -1200", 251_629_900_199.0),
    ],
)
def test_retry_after_is_seconds_or_a_date(said: str, seconds: float) -> None:
    assert retry_after_s({"Retry-After": said}, now=NOW) == seconds


def test_who_asks_for_time_gets_it() -> None:
    clock = Clock()
    assert tried(clock, answer(429, retry_after="7"), answer(200)).status == 200
    assert clock.slept == [7.0]


def test_nobody_waits_for_what_would_come_after_the_deadline() -> None:
    clock = Clock()
    assert tried(clock, answer(503, retry_after="7"), seconds=5).status == 503
    assert tried(clock, answer(500), seconds=0.1).status == 500
    assert clock.slept == []


def test_a_server_that_keeps_failing_is_left_alone_and_then_asked_by_one() -> None:
    clock = Clock()
    breaker = clock.breaker(failures=2)
    assert tried(clock, answer(500), answer(500), breaker=breaker).status == 500
    assert not breaker.closed
    assert not breaker.admit()
    clock.seconds += 30
    assert breaker.admit()
    assert not breaker.admit()
    # The one that was let through fails once, and is not tried again.
    assert tried(clock, answer(500), breaker=breaker).status == 500
    assert not breaker.admit()
    clock.seconds += 30
    assert breaker.admit()
    assert tried(clock, answer(404), breaker=breaker).status == 404
    assert breaker.closed
    assert breaker.admit()
    assert breaker.admit()


def test_one_that_was_let_through_and_never_heard_of_does_not_close_the_way_for_ever() -> None:
    clock = Clock()
    breaker = clock.breaker(failures=1)
    breaker.failed()
    clock.seconds += 30
    assert breaker.admit()
    clock.seconds += 30
    assert breaker.admit()


def test_failures_in_a_row_count_and_too_many_is_none() -> None:
    clock = Clock()
    breaker = clock.breaker(failures=2)
    tried(clock, answer(500), answer(200), breaker=breaker)
    tried(clock, answer(500), answer(200), breaker=breaker)
    tried(clock, *[answer(429)] * ATTEMPTS, breaker=breaker)
    assert breaker.closed


def test_of_many_threads_one_finds_out() -> None:
    clock = Clock()
    breaker = clock.breaker(failures=1)
    breaker.failed()
    clock.seconds += 30
    admitted: list[bool] = []
    start = threading.Barrier(16)

    def ask() -> None:
        start.wait()
        admitted.append(breaker.admit())

    threads = [threading.Thread(target=ask) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert admitted.count(True) == 1
