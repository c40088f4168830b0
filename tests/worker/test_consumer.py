"""The worker process: what it does beside the work itself, and that `claudication serve` has exactly one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from service.store.deliveries import DeliveryState
from service.store.jobs import NewJob
from service.worker import consumer
from service.worker.asked import Asked, Kind, packed, unpacked
from service.worker.callback_secret import NoSecret, callback_secrets
from service.worker.consumer import beat, expire, keep_house, sweep
from service.worker.deliveries import wait_before
from service.worker.queue import DELIVERY, JOB, open_queue
from service.worker.workplace import Workplace
from tests.claudicant import claudicant_json
from tests.cli.test_serve import FHIR, URL
from tests.serving import PROGRAM, ask, environment, free_port
from tests.web.conftest import NOW, Deploy
from tests.web.conftest import deployed as deployed
from tests.web.conftest import evidence as evidence
from tests.web.conftest import log as log
from tests.web.conftest import started_database as started_database
from tests.web.job_states import SUBSCRIPTION, with_subscription
from tests.web.test_contract import CALLED_BACK


class Bell:
    """Remembers who was rung for."""

    def __init__(self) -> None:
        self.rung: list[tuple[str, str]] = []

    def __call__(self, kind: str, id: str) -> None:
        self.rung.append((kind, id))


@pytest.fixture
def place(deployed: Deploy) -> Workplace:
    return deployed(**CALLED_BACK).place


@pytest.fixture
def queue(place: Workplace) -> Iterator[Any]:
    opened = open_queue(place.settings)
    yield opened
    opened.storage.close()


def at(place: Workplace, seconds: float) -> Workplace:
    return replace(place, clock=lambda: NOW + timedelta(seconds=seconds))


def accepted(place: Workplace, key: str = "k") -> str:
    asked = Asked(kind=Kind.ASSESS, accepted_at=NOW, body=claudicant_json())
    new = NewJob(kind="assess", caller="development", key=key, request=packed(asked), request_digest="d")
    return place.jobs.accept(new, now=NOW)[0].id


def test_what_is_asked_is_kept_as_it_was() -> None:
    asked = Asked(
        kind=Kind.APPLY,
        accepted_at=NOW,
        body=b'{"a":\n1}',
        options={"setting": ["x"]},
        strict=True,
        names_plan=True,
        reply_to="u",
    )
    assert unpacked(packed(asked)) == asked


def test_a_sweep_wakes_for_what_the_queue_lost_once_it_is_empty(place: Workplace, queue: Any) -> None:
    bell = Bell()
    job = accepted(place)
    assert sweep(at(place, 1), queue, bell) == 0, "it may still be in the queue"
    queue.storage.enqueue(b"busy")
    assert sweep(at(place, 2), queue, bell) == 0, "the queue is being worked on"
    assert sweep(at(place, 2), queue, bell, though_busy=True) == 1, "and may be so for ever"
    assert bell.rung == [(JOB, job)]
    bell.rung.clear()
    queue.storage.flush_queue()
    assert sweep(at(place, 2), queue, bell) == 1
    assert bell.rung == [(JOB, job)]


def test_a_sweep_wakes_for_a_job_whose_worker_died_and_for_a_delivery_that_is_due(place: Workplace, queue: Any) -> None:
    bell = Bell()
    job = accepted(place)
    taken = place.jobs.claim(job, holder="dies", now=NOW)
    assert taken is not None
    assert sweep(at(place, 29), queue, bell) == 0
    assert sweep(at(place, 30), queue, bell) == 1
    assert bell.rung == [(JOB, job)]


def test_heartbeats_are_sent_when_they_are_due_and_once(place: Workplace, deployed: Deploy) -> None:
    deployment = with_subscription(deployed(**CALLED_BACK))
    place, bell = deployment.place, Bell()
    beat(at(place, 100), bell)
    assert bell.rung == [], "no heart before the handshake"
    from service.store.subscriptions import SubscriptionState

    place.subscriptions.set_status(SUBSCRIPTION, SubscriptionState.ACTIVE)
    beat(at(place, 59), bell)
    assert bell.rung == []
    beat(at(place, 60), bell)
    beat(at(place, 61), bell)
    [(kind, id)] = bell.rung
    assert kind == DELIVERY
    found = place.deliveries.find(id)
    assert found is not None
    assert (found.what, found.state) == ("heartbeat", DeliveryState.PENDING)


def test_what_was_kept_long_enough_goes(place: Workplace) -> None:
    accepted(place)
    assert expire(at(place, 86_399)) == 0
    assert expire(at(place, 86_400)) == 1


def test_a_worker_keeps_house_whatever_happens_and_ends_with_its_parent(
    place: Workplace, queue: Any, monkeypatch: pytest.MonkeyPatch, log: Any
) -> None:
    ended: list[int] = []
    monkeypatch.setattr(consumer.os, "kill", lambda process, sign: ended.append(sign))

    def broken() -> Any:
        raise OSError("the clock stands")

    stop = threading.Event()
    house = threading.Thread(target=keep_house, args=(replace(place, clock=broken), queue, Bell(), "me", stop, 0))
    house.start()
    while b"worker cannot keep house" not in log.getvalue():
        time.sleep(0.05)
    stop.set()
    house.join()
    assert b"the clock stands" not in log.getvalue()
    keep_house(place, queue, Bell(), "me", threading.Event(), parent=1)
    assert ended == [signal.SIGTERM]


def test_a_queue_that_is_never_empty_keeps_nothing_waiting_for_ever(
    place: Workplace, queue: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumer, "_BUSY_SWEEP_S", 0.0)
    job, bell, stop = accepted(place), Bell(), threading.Event()
    queue.storage.enqueue(b"busy")
    house = threading.Thread(target=keep_house, args=(at(place, 2), queue, bell, "me", stop, 0))
    house.start()
    eventually(lambda: bell.rung != [])
    stop.set()
    house.join()
    assert set(bell.rung) == {(JOB, job)}


@pytest.mark.parametrize(
    ("attempt", "asked_s", "least", "most"),
    [(2, 0, 2.5, 5), (3, 0, 5, 10), (5, 0, 20, 40), (60, 0, 1800, 3600), (2, 100, 100, 100), (2, 10**6, 86_400, 86_400)],
)
def test_each_wait_is_twice_the_last_and_never_less_than_asked(attempt: int, asked_s: int, least: float, most: float) -> None:
    waits = [
        wait_before(attempt, first=timedelta(seconds=5), asked=timedelta(seconds=asked_s), chance=chance) for chance in (0, 1)
    ]
    assert [wait.total_seconds() for wait in waits] == [least, most]


def test_a_secret_is_read_where_the_clients_file_says(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("old\nnew\n")
    assert callback_secrets(f"file:{file}", {}) == ("old", "new")
    assert callback_secrets("env:NAME", {"NAME": "one"}) == ("one",)
    for place in ("env:OTHER", f"file:{tmp_path}/none", "secret-itself", "env:MARK"):
        with pytest.raises(NoSecret) as refused:
            callback_secrets(place, {"MARK": "whsec_"})
        assert "secret-itself" not in str(refused.value)


def workers_of(server: int) -> list[int]:
    """The worker processes of a server, which its keeper runs."""
    keepers = [child for child, line in children(server) if "keeper" in line]
    return [child for keeper in keepers for child, line in children(keeper) if " worker " in line]


def children(parent: int) -> list[tuple[int, str]]:
    found = subprocess.run(
        ["ps", "-ww", "-o", "pid=,args=", "--ppid", str(parent)], capture_output=True, text=True, check=False
    ).stdout
    return [(int(pid), line) for pid, _, line in (line.strip().partition(" ") for line in found.splitlines())]


def test_serve_has_one_worker_starts_it_again_and_ends_it(tmp_path: Path) -> None:
    port = free_port()
    server = subprocess.Popen(
        PROGRAM,
        env=environment(tmp_path, PORT=str(port), CLAUDICATION_WORKERS="2", CLAUDICATION_LOG_LEVEL="error"),
        stderr=subprocess.DEVNULL,
    )
    try:
        eventually(lambda: answers(port))
        eventually(lambda: workers_of(server.pid) != [])
        [worker] = workers_of(server.pid)
        assert done(port, claudicant_json())
        os.kill(worker, signal.SIGKILL)
        eventually(lambda: workers_of(server.pid) not in ([], [worker]))
        [again] = workers_of(server.pid)
        assert done(port, claudicant_json().replace(b"1955", b"1956"))
    finally:
        server.terminate()
        server.wait(timeout=60)
    eventually(lambda: not Path(f"/proc/{again}").exists())


def done(port: int, body: bytes) -> bool:
    status, headers, _ = ask(port, "POST", URL, body, FHIR | {"Prefer": "respond-async"})
    assert status == 202
    job = headers["content-location"].rsplit("/", 1)[1]
    eventually(lambda: ask(port, "GET", f"/fhir/jobs/{job}")[0] == 200)
    return True


def answers(port: int) -> bool:
    try:
        return ask(port, "GET", "/health/ready")[0] == 200
    except OSError:
        return False


def eventually(holds: Any) -> None:
    last = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < last
        time.sleep(0.1)


def test_a_worker_that_cannot_start_says_why(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "from service.cli import main; main()", "worker"]
    settings = environment(tmp_path, CLAUDICATION_QUEUE_URL="sqlite:////proc/nowhere/queue")
    ended = subprocess.run(command, env=settings, capture_output=True, text=True, check=False, timeout=120)
    assert ended.returncode == 1
    assert "CLAUDICATION_QUEUE_URL" in ended.stderr
