"""`kill -9` at every step of a job with a callback: no job lost, none done twice for who looks, nothing delivered with another content."""

from __future__ import annotations

import contextlib
import http.client
import json
import multiprocessing
import random
import socket
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import pytest
from sqlalchemy import create_engine, func, select

from service.store import audit_check
from service.store.audit import Action
from service.store.job_tables import DELIVERIES, JOBS
from service.store.tables import ASSESSMENTS, AUDIT
from service.worker.jobs import record_id_of
from tests.cds_hooks.calls import call, put, searchset
from tests.claudicant import claudicant, form
from tests.outbound.real_server import RealServer
from tests.web.job_states import subscription
from tests.worker.doomed import LEASE, SERVER_DOOMS, TELLING_DOOMS, WORKER_DOOMS, WRITING_DOOMS, labour, serve
from tests.worker.receiver import Receiver, receiving

CLIENT = "development"
AS_OF = "2026-03-02T09:30:00Z"
PATIENCE_S = 60
CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["tests.worker.doomed"])


@dataclass
class House:
    """A server and a worker on one database, and the client who calls them. Each is started again when it has died."""

    environ: dict[str, str]
    receiver: Receiver
    port: int
    server: ForkServerProcess | None = None
    worker: ForkServerProcess | None = None
    kills: int = 0
    jobs: dict[str, str] = field(default_factory=dict)
    """Idempotency-Key -> the job that it led to."""

    def start_server(self, doom: str = "") -> None:
        self.server = CONTEXT.Process(target=serve, args=(self.environ, self.port, doom), daemon=True)
        self.server.start()
        until(lambda: listens(self.port))

    def start_worker(self, doom: str = "") -> None:
        self.worker = CONTEXT.Process(target=labour, args=(self.environ, doom), daemon=True)
        self.worker.start()

    def end(self, process: ForkServerProcess | None) -> None:
        if process is not None:
            process.kill()
            process.join()

    def has_died(self, process: ForkServerProcess | None) -> bool:
        """Whether it died of what it was doomed to; counted."""
        if process is None or process.is_alive():
            return False
        process.join()
        assert process.exitcode == -9, f"it ended by itself ({process.exitcode})"
        self.kills += 1
        return True

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(
                method, path, body=body, headers={name.replace("_", "-"): value for name, value in headers.items()}
            )
            answer = connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        finally:
            connection.close()

    def send(self, number: int) -> bool:
        """Ask for an assessment as a job. False: the server died of it."""
        key = f"request-{number}"
        try:
            status, headers, body = self.ask(
                "POST",
                f"/fhir/$assess-claudication?asOf={AS_OF}",
                patient(number),
                Content_Type="application/fhir+json",
                Prefer="respond-async",
                Idempotency_Key=key,
            )
        except (OSError, http.client.HTTPException):
            return False
        assert status == 202, body
        job = headers["content-location"].rsplit("/", 1)[1]
        assert self.jobs.setdefault(key, job) == job, "the same request became two jobs"
        return True


def soon(holds: Callable[[], bool], *, patience_s: float) -> bool:
    """Whether it came to pass in time."""
    last = time.monotonic() + patience_s
    while time.monotonic() < last:
        # Asked once each time: it may count.
        if holds():
            return True
        time.sleep(0.02)
    return False


def alive(process: ForkServerProcess | None) -> bool:
    return process is not None and process.is_alive()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def patient(number: int) -> bytes:
    """Each with a pressure of their own, so that a result that went to the wrong job would show."""
    bundle = claudicant()
    bundle["entry"][-1]["resource"]["valueQuantity"]["value"] = 60 + number % 60
    bundle["entry"][-2]["resource"]["valueQuantity"]["value"] = 60 + number // 60
    return json.dumps(bundle).encode()


def until(holds: Callable[[], bool], *, patience_s: float = PATIENCE_S) -> None:
    assert soon(holds, patience_s=patience_s), "it did not come to pass"


@pytest.fixture
def house(database_url: str, tmp_path: Path) -> Iterator[House]:
    with receiving() as receiver:
        environ = {
            "CLAUDICATION_DATABASE_URL": database_url,
            "CLAUDICATION_DEVELOPMENT": "true",
            "CLAUDICATION_CLIENTS_FILE": str(receiver.register(tmp_path)),
            "CLAUDICATION_CALLBACK_BACKOFF_MS": "100",
            "CLAUDICATION_LOG_LEVEL": "error",
        }
        built = House(environ=environ, receiver=receiver, port=free_port())
        yield built
        built.end(built.server)
        built.end(built.worker)


def check(house: House) -> None:
    """What must hold whatever was killed: asked after everything has settled."""
    expected = {}
    for key, job in house.jobs.items():
        number = int(key.rsplit("-", 1)[1])
        status, _, result = house.ask("GET", f"/fhir/jobs/{job}")
        assert status == 200
        _, _, direct = house.ask(
            "POST", f"/fhir/$assess-claudication?asOf={AS_OF}", patient(number), Content_Type="application/fhir+json"
        )
        assert result == direct, "the job gave another answer than the request itself"
        expected[job] = json.loads(result)
    results = house.receiver.results()
    assert set(results) == set(expected), "a result was lost, or one delivered that nobody asked for"
    for job, bodies in results.items():
        assert len(set(bodies)) == 1, "one result was delivered with different contents"
        said = {part["name"]: part.get("resource", part.get("valueInteger")) for part in json.loads(bodies[0])["parameter"]}
        assert said["result"] == expected[job]
        assert said["status"] == 200
    for bodies in house.receiver.deliveries.values():
        assert len(set(bodies)) == 1
    assert house.receiver.forged == 0
    engine = create_engine(house.environ["CLAUDICATION_DATABASE_URL"])
    with engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(JOBS)).scalar_one() == len(house.jobs)
        assert connection.execute(select(func.count()).select_from(DELIVERIES)).scalar_one() == len(house.jobs)
        records = set(connection.execute(select(ASSESSMENTS.c.record_id).where(ASSESSMENTS.c.caller == CLIENT)).scalars())
        assert records >= {record_id_of(job) for job in house.jobs.values()}, "an answer is without its record"
        # One for each job, however often it was done, and one for each request of this check.
        assert (
            len(records) == connection.execute(select(func.count()).select_from(ASSESSMENTS)).scalar_one() == 2 * len(house.jobs)
        )
        actions = connection.execute(select(AUDIT.c.action, AUDIT.c.object)).all()
        assert sorted(object for action, object in actions if action == Action.ASSESSED) == sorted(records)
        assert connection.execute(select(func.count()).select_from(JOBS).where(JOBS.c.request.is_not(None))).scalar_one() == 0
    assert audit_check.check(engine).faults == ()
    engine.dispose()


def all_delivered(house: House) -> bool:
    engine = create_engine(house.environ["CLAUDICATION_DATABASE_URL"])
    with engine.connect() as connection:
        done = connection.execute(select(func.count()).select_from(JOBS).where(JOBS.c.state == "done")).scalar_one()
        told = connection.execute(
            select(func.count()).select_from(DELIVERIES).where(DELIVERIES.c.state == "delivered")
        ).scalar_one()
    engine.dispose()
    return bool(done == told == len(house.jobs))


def test_whatever_step_is_killed_nothing_is_lost_and_nothing_told_differently(house: House) -> None:
    number = 0
    for doom in SERVER_DOOMS:
        house.start_server(doom)
        assert not house.send(number)
        until(lambda: house.has_died(house.server))
        number += 1
    house.start_server()
    # Who got no answer asks again, with the same key.
    for again in range(number):
        assert house.send(again)
    for doom in WORKER_DOOMS:
        house.start_worker(doom)
        assert house.send(number)
        until(lambda: house.has_died(house.worker))
        number += 1
    house.start_worker()
    until(lambda: all_delivered(house))
    assert house.kills == len(SERVER_DOOMS) + len(WORKER_DOOMS)
    check(house)


def test_killed_around_its_writing_into_the_record_a_job_leaves_each_thing_there_once(house: House, tmp_path: Path) -> None:
    with RealServer(tmp_path / "ehr") as ehr:
        ehr.load(claudicant())
        house.environ["CLAUDICATION_EHR_BASE_URL"] = ehr.base_url
        house.start_server()
        # A setting each, which makes another answer.
        settings = ("primary-care", "spine-clinic", "vascular-clinic")
        url = f"/fhir/Patient/invented-1/$assess-claudication?asOf={AS_OF}&writeback=true&setting="
        for doom, setting in zip(WRITING_DOOMS, settings, strict=True):
            house.start_worker(doom)
            status, headers, body = house.ask("POST", f"{url}{setting}", Prefer="respond-async")
            assert status == 202, body
            house.jobs[setting] = headers["content-location"].rsplit("/", 1)[1]
            until(lambda: house.has_died(house.worker))
        house.start_worker()
        until(lambda: all_delivered(house))
        assert house.kills == len(WRITING_DOOMS)
        written = {kind: len(ehr.all_of(kind)) for kind in ("RiskAssessment", "ServiceRequest", "Observation", "Provenance")}
        results = house.receiver.results()
        for setting, job in house.jobs.items():
            status, _, result = house.ask("GET", f"/fhir/jobs/{job}")
            assert (status, len(set(results[job]))) == (200, 1)
            _, _, direct = house.ask("POST", f"{url}{setting}")
            assert json.loads(result)["id"] == json.loads(direct)["id"]
            assert b" was written as " not in direct
        assert written == {kind: len(ehr.all_of(kind)) for kind in written}
        assert written["RiskAssessment"] == len(settings)
    engine = create_engine(house.environ["CLAUDICATION_DATABASE_URL"])
    assert audit_check.check(engine).faults == ()
    engine.dispose()


def test_killed_after_the_cards_have_left_a_red_flag_is_told_of_all_the_same_and_once(house: House) -> None:
    wanted = json.dumps(subscription() | {"channel": subscription()["channel"] | {"endpoint": house.receiver.url}})
    wanted = wanted.replace("assessment-completed", "red-flag-raised")
    house.start_server()
    house.start_worker()
    status, headers, body = house.ask("POST", "/fhir/Subscription", wanted.encode(), Content_Type="application/fhir+json")
    assert status == 201, body
    here = f"/fhir/Subscription/{headers['location'].rsplit('/', 1)[1]}"
    until(lambda: json.loads(house.ask("GET", here)[2])["status"] == "active")
    house.end(house.server)
    flagged = put(call(), "prefetch.questionnaires", searchset(form({"leg-pain-on-walking": True, "saddle-anaesthesia": True})))

    def cards() -> None:
        said = json.dumps(put(flagged, "hookInstance", str(uuid.uuid4()))).encode()
        status, _, body = house.ask("POST", "/cds-services/claudication", said, Content_Type="application/json")
        assert (status, json.loads(body)["cards"][0]["indicator"]) == (200, "critical")

    def events() -> list[str]:
        found = [entry for one in house.receiver.documents() for entry in one["entry"][0]["resource"]["parameter"]]
        return sorted(one["part"][0]["valueString"] for one in found if one["name"] == "notification-event")

    def has_come(number: str) -> None:
        until(lambda: number in events())

    for number, doom in enumerate(TELLING_DOOMS, start=1):
        house.start_server(doom)
        cards()
        until(lambda: house.has_died(house.server))
        has_come(str(number))
    # The worker that takes it up may die of it too.
    house.end(house.worker)
    house.start_worker("inside finishing")
    house.start_server("before telling")
    cards()
    until(lambda: house.has_died(house.server))
    until(lambda: house.has_died(house.worker))
    house.start_worker()
    house.start_server()
    has_come("4")
    time.sleep(2 * LEASE.total_seconds())
    assert events() == ["1", "2", "3", "4"]
    assert house.kills == len(TELLING_DOOMS) + 2


@pytest.mark.slow
def test_two_hundred_kills_at_every_step_and_at_any_moment(house: House) -> None:
    chance = random.Random(7_194_944)
    number = 0
    house.start_server()
    house.start_worker()
    while house.kills < 200:
        turn = house.kills % 3
        if turn == 0:
            house.end(house.server)
            house.start_server(chance.choice(SERVER_DOOMS))
            while house.send(number):
                number += 1
            until(lambda: house.has_died(house.server))
            house.start_server()
            assert house.send(number)
        elif turn == 1:
            house.end(house.worker)
            house.start_worker(chance.choice(WORKER_DOOMS))
            while not house.has_died(house.worker):
                # It comes to its step with this job, or with an earlier one, or with none any more: then it gets another.
                number += 1
                assert house.send(number)
                soon(lambda: not alive(house.worker), patience_s=2)
            house.start_worker()
        else:
            house.send(number)
            time.sleep(chance.random() * 0.2)
            house.end(house.worker)
            house.kills += 1
            house.start_worker()
        number += 1
    until(lambda: all_delivered(house), patience_s=300)
    check(house)
