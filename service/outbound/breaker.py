"""A server that keeps failing is left alone for a while: it recovers sooner, and whoever asks is told at once instead of at the deadline."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

FAILURES = 5
"""In a row. A search with its tries comes to four, so that one bad question alone does not close the way to a server."""
REST_S = 30.0


class CircuitBreaker:
    """For one server, shared by all threads. Closed: everybody may ask. Open: nobody, until it has rested; then one job, which finds out for all."""

    def __init__(
        self, *, failures: int = FAILURES, rest_s: float = REST_S, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._limit = failures
        self._rest_s = rest_s
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._failures = 0
        self._open_until: float | None = None

    @property
    def closed(self) -> bool:
        """Whether a failed question may be asked again."""
        return self._open_until is None

    def admit(self) -> bool:
        """Whether a job may ask now. A yes while open is for this one job: if nothing is heard of it, the next may try after another rest."""
        with self._lock:
            if self._open_until is None:
                return True
            now = self._monotonic()
            if now < self._open_until:
                return False
            self._open_until = now + self._rest_s
            return True

    def succeeded(self) -> None:
        """The server answered, be it with a refusal."""
        with self._lock:
            self._failures = 0
            self._open_until = None

    def failed(self) -> None:
        """The server did not answer, or with a fault of its own."""
        with self._lock:
            self._failures += 1
            if self._open_until is not None or self._failures >= self._limit:
                self._open_until = self._monotonic() + self._rest_s
