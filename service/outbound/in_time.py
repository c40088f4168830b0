"""Several things at once, and an answer by the deadline whatever they do."""

from __future__ import annotations

import contextlib
import queue
import socket
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

MOST_THREADS = 48
"""Of all calls of this process together. A thread outlives its deadline only while the system's resolver hangs, some seconds; with so many hanging
there, more would not help."""

_SLOTS = threading.BoundedSemaphore(MOST_THREADS)

Result = TypeVar("Result")


class Crowded(Exception):
    """Too many earlier reads of this process are still waiting; this one was not begun."""


class Lines:
    """The open connections of one job, so that they can be cut from outside."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sockets: list[socket.socket] = []
        self._cut = False

    def add(self, connection: socket.socket) -> None:
        """Remember a connection. Raises TimeoutError when the job has been cut already."""
        # A second handle: TLS takes the first one over, and the job closes it when it likes.
        handle = connection.dup()
        with self._lock:
            self._sockets.append(handle)
            if self._cut:
                raise TimeoutError("cut at the deadline")

    def cut(self) -> None:
        """End every connection: who waits on one goes on at once, with an error."""
        with self._lock:
            self._cut = True
            for handle in self._sockets:
                with contextlib.suppress(OSError):
                    handle.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Give the handles back, once the job has ended."""
        with self._lock:
            for handle in self._sockets:
                handle.close()
            self._sockets.clear()


@dataclass(frozen=True, slots=True)
class Done(Generic[Result]):
    """What a job came to: a result or an error, one of them."""

    result: Result | None = None
    error: Exception | None = None


@dataclass(slots=True)
class _Running(Generic[Result]):
    name: str
    job: Callable[[Lines], Result]
    finished: queue.SimpleQueue[tuple[str, Done[Result]]]
    lines: Lines = field(default_factory=Lines)

    def run(self) -> None:
        try:
            done = Done(result=self.job(self.lines))
        except Exception as error:  # handed to the caller, whose threads must not die unheard
            done = Done(error=error)
        self.lines.close()
        _SLOTS.release()
        self.finished.put((self.name, done))


def in_time(jobs: Mapping[str, Callable[[Lines], Result]], *, deadline_s: float) -> dict[str, Done[Result]]:
    """Run jobs at once, each in a thread, and say what each came to by the deadline (a moment of time.monotonic).

    What is not done by then is missing from the answer, and its connections are cut. A job that could not be begun is done with Crowded.
    """
    finished: queue.SimpleQueue[tuple[str, Done[Result]]] = queue.SimpleQueue()
    done: dict[str, Done[Result]] = {}
    running: dict[str, _Running[Result]] = {}
    for name, job in jobs.items():
        if not _SLOTS.acquire(blocking=False):
            done[name] = Done(error=Crowded())
            continue
        run = _Running(name, job, finished)
        try:
            # A daemon: a resolver that hangs must not keep the process from ending.
            threading.Thread(target=run.run, name="outbound", daemon=True).start()
        except RuntimeError:
            _SLOTS.release()
            done[name] = Done(error=Crowded())
        else:
            running[name] = run
    while running:
        try:
            name, result = finished.get(timeout=max(0.0, deadline_s - time.monotonic()))
        except queue.Empty:
            break
        done[name] = result
        del running[name]
    for late in running.values():
        late.lines.cut()
    return done
