"""Asking again after a failure that may pass: when, how often, and after how long. Everything else is answered at once."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from service.outbound.answer import Answer, NoAnswer
from service.outbound.breaker import CircuitBreaker

ATTEMPTS = 4
FIRST_WAIT_S = 0.2
LONGEST_WAIT_S = 5.0
_TOO_MANY = 429
_FAULT = 500


def _present() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Clocks, sleep and chance, so that tests wait for nothing. `random` gives a number from 0 to 1."""

    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    random: Callable[[], float] = random.random
    now: Callable[[], datetime] = _present

    def real(self, deadline_s: float) -> float:
        """The moment of time.monotonic that is as far away as `deadline_s` is on this clock."""
        return time.monotonic() + max(0.0, deadline_s - self.monotonic())


def try_again(send: Callable[[], Answer], *, breaker: CircuitBreaker, timing: Timing, deadline_s: float) -> Answer:
    """What `send` came to: after 429, 5xx or a broken connection asked again up to three times, with full jitter, while the deadline allows it.

    `Retry-After` is obeyed; where it asks for more time than there is, the answer stands. Raises NoAnswer.
    """
    attempt = 0
    while True:
        attempt += 1
        answer, error = _once(send)
        if answer is not None and not _is_passing(answer.status):
            breaker.succeeded()
            return answer
        # Who says "too many" is well.
        if answer is None or answer.status != _TOO_MANY:
            breaker.failed()
        wait_s = timing.random() * min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** (attempt - 1))
        if answer is not None:
            wait_s = max(wait_s, retry_after_s(answer.headers, now=timing.now()))
        hopeless = error is not None and not error.passing
        in_time = timing.monotonic() + wait_s < deadline_s
        if hopeless or attempt == ATTEMPTS or not breaker.closed or not in_time:
            if answer is not None:
                return answer
            error = error or NoAnswer("did not answer")
            # What was sent before and broke off may have arrived.
            error.unsent = error.unsent and attempt == 1
            raise error
        timing.sleep(wait_s)


def _once(send: Callable[[], Answer]) -> tuple[Answer | None, NoAnswer | None]:
    try:
        return send(), None
    except NoAnswer as error:
        return None, error


def _is_passing(status: int) -> bool:
    return status == _TOO_MANY or status >= _FAULT


def retry_after_s(headers: Mapping[str, str], *, now: datetime) -> float:
    """The seconds that a server asks to wait, said as seconds or as a date; 0 for none, or for what is neither."""
    said = headers.get("Retry-After", "").strip()
    if said.isascii() and said.isdigit():
        return float(said[:9])
    try:
        at = parsedate_to_datetime(said)
    except (ValueError, OverflowError):
        return 0.0
    return max(0.0, ((at if at.tzinfo else at.replace(tzinfo=UTC)) - now).total_seconds())
