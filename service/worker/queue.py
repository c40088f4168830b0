"""The queue: huey, in SQLite, PostgreSQL or Redis. What goes through it is a word and an id, never data, and losing it loses nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import orjson
from huey import Huey, PostgresHuey, RedisHuey, SqliteHuey
from huey.registry import Message
from huey.serializer import Serializer

from service.config import Settings

NAME = "claudication"
_CONNECT_S = 1.0
# Longer than a worker waits for the next message in one go.
_ANSWER_S = 5.0
_STARTING_TOGETHER = 8
JOB = "job"
DELIVERY = "delivery"


class QueueError(Exception):
    """The queue cannot be used. The message says what to do, and never holds a password."""


class Words(Serializer):  # type: ignore[misc]  # huey comes without types
    """Messages as JSON: whoever can write into the queue can wake a worker, and no more. huey's own way is pickle, which would let them run code."""

    def _serialize(self, data: Message) -> bytes:
        return orjson.dumps([data.id, data.name, data.args])

    def _deserialize(self, data: bytes) -> Message:
        id, name, arguments = orjson.loads(bytes(data))
        return Message(id=id, name=name, args=tuple(arguments), kwargs={}, retries=0, retry_delay=0)


class Alarm(Protocol):
    """Wakes a worker for one job or delivery."""

    def __call__(self, kind: str, id: str) -> None: ...


def queue_address(settings: Settings) -> str:
    """The queue of these settings: the one named, or one beside the database."""
    if settings.queue_url:
        return settings.queue_url
    if settings.database_url.startswith("sqlite:"):
        return f"{settings.database_url}.queue"
    return settings.database_url


def open_queue(settings: Settings) -> Huey:
    """The queue, without tasks. Raises QueueError."""
    address = queue_address(settings)
    scheme = urlsplit(address).scheme.partition("+")[0]
    shared: dict[str, Any] = {"results": False, "serializer": Words()}
    try:
        if scheme == "sqlite":
            file = Path(address.removeprefix("sqlite:///"))
            file.parent.mkdir(parents=True, exist_ok=True)
            return SqliteHuey(NAME, filename=str(file), **shared)
        if scheme.startswith("redis"):
            # An optional package. Left to itself it waits for a Redis that does not answer for as long as the system does, minutes, and a request with it.
            from redis import ConnectionPool

            pool = ConnectionPool.from_url(address, socket_connect_timeout=_CONNECT_S, socket_timeout=_ANSWER_S)
            return RedisHuey(NAME, connection_pool=pool, **shared)
        return _in_postgresql(address.replace("postgresql+psycopg:", "postgresql:", 1), shared)
    except Exception as error:
        # Each kind has its own errors, and their text may hold the address with its password.
        raise QueueError(
            f"the queue ({scheme}) cannot be opened ({type(error).__name__}); see CLAUDICATION_QUEUE_URL, and that the package for it is installed"
        ) from error


def _in_postgresql(address: str, shared: dict[str, Any]) -> Huey:
    # Processes that start together all find no table, and PostgreSQL lets one of them make it; for the others it is there then.
    for _ in range(_STARTING_TOGETHER):
        try:
            return PostgresHuey(NAME, dsn=address, **shared)
        except Exception as error:
            if type(error).__name__ not in ("UniqueViolation", "DuplicateTable", "DuplicateObject"):
                raise
    return PostgresHuey(NAME, dsn=address, **shared)


def with_tasks(queue: Huey, do_job: Callable[[str], None], deliver: Callable[[str], None]) -> Alarm:
    """Give the queue its two tasks; what wakes a worker for one."""
    # huey names a task after the module of its function, which must be one and the same for who rings and who is woken.
    tasks = {kind: queue.task(name=kind)(_of_this_module(work)) for kind, work in ((JOB, do_job), (DELIVERY, deliver))}

    def alarm(kind: str, id: str) -> None:
        tasks[kind](id)

    return alarm


def waiting(queue: Huey) -> int:
    """How many messages wait in the queue."""
    return int(queue.storage.queue_size())


class LazyAlarm:
    """Rings in the queue of these settings, opened when first needed. A queue that cannot be reached is reported, and the sweep finds the work anyway."""

    def __init__(self, settings: Settings, report: Callable[[str], None]) -> None:
        self._settings = settings
        self._report = report
        self._alarm: Alarm | None = None
        self._queue: Huey | None = None

    def __call__(self, kind: str, id: str) -> None:
        """Wake a worker; never raises."""
        try:
            if self._alarm is None:
                self._queue = open_queue(self._settings)
                self._alarm = with_tasks(self._queue, _elsewhere, _elsewhere)
            self._alarm(kind, id)
        except Exception as error:
            self._report(type(error).__name__)

    def close(self) -> None:
        """Give the connection back."""
        if self._queue is not None:
            self._queue.storage.close()
            self._queue = self._alarm = None


def _of_this_module(work: Callable[[str], None]) -> Callable[[str], None]:
    def task(id: str) -> None:
        work(id)

    return task


def _elsewhere(_id: str) -> None:
    """A task that this process only calls for."""
