"""The queue wakes, and carries nothing that could do more."""

from __future__ import annotations

import importlib.util
import pickle
import sqlite3
from pathlib import Path

import pytest

from service.config import Settings
from service.worker.queue import DELIVERY, JOB, LazyAlarm, QueueError, open_queue, queue_address, waiting, with_tasks


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


@pytest.mark.parametrize("url", ["sqlite:////proc/nowhere/queue", "postgresql://u:hunter2@127.0.0.1:1/none"])
def test_a_queue_that_cannot_be_opened_is_told_of_without_its_password(url: str, tmp_path: Path) -> None:
    with pytest.raises(QueueError, match="CLAUDICATION_QUEUE_URL") as refused:
        open_queue(settings(tmp_path, queue_url=url))
    assert "hunter2" not in str(refused.value)


def test_redis_without_its_package_is_told_of(tmp_path: Path) -> None:
    if importlib.util.find_spec("redis") is not None:
        pytest.skip("the package redis is installed here")
    with pytest.raises(QueueError, match="that the package for it is installed"):
        open_queue(settings(tmp_path, queue_url="redis://:hunter2@127.0.0.1:1/0"))


def test_a_queue_that_is_away_costs_no_request(tmp_path: Path) -> None:
    told: list[str] = []
    alarm = LazyAlarm(settings(tmp_path, queue_url="sqlite:////proc/nowhere/queue"), told.append)
    alarm(JOB, "one")
    alarm.close()
    assert told == ["QueueError"]
