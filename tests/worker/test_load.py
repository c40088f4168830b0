"""Two workers and four web processes on one PostgreSQL: a thousand jobs, each done once and delivered at least once."""

from __future__ import annotations

import http.client
import os
import signal
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, func, select

from service.store.job_tables import DELIVERIES, JOBS
from service.store.tables import ASSESSMENTS
from tests.worker.doomed import labour, serve_for_real
from tests.worker.receiver import receiving
from tests.worker.test_kill import AS_OF, CONTEXT, free_port, listens, patient, until

JOBS_SENT = 1_000
WEB_PROCESSES, WORKERS, SENDERS = 4, 2, 8


@pytest.mark.slow
def test_a_thousand_jobs_are_each_done_once_and_delivered(postgresql_url: str, tmp_path: Path) -> None:
    port = free_port()
    with receiving() as receiver:
        environ = {
            "CLAUDICATION_DATABASE_URL": postgresql_url,
            "CLAUDICATION_DEVELOPMENT": "true",
            "CLAUDICATION_CLIENTS_FILE": str(receiver.register(tmp_path)),
            "CLAUDICATION_WORKERS": str(WEB_PROCESSES),
            "CLAUDICATION_PORT": str(port),
            "CLAUDICATION_LOG_LEVEL": "error",
        }
        server = CONTEXT.Process(target=serve_for_real, args=(environ,))
        workers = [CONTEXT.Process(target=labour, args=(environ, "")) for _ in range(WORKERS)]
        for process in (server, *workers):
            process.start()
        try:
            until(lambda: listens(port))
            with ThreadPoolExecutor(SENDERS) as senders:
                jobs = list(senders.map(lambda number: send(port, number), range(JOBS_SENT)))
            assert len(set(jobs)) == JOBS_SENT
            until(lambda: len(receiver.results()) == JOBS_SENT, patience_s=900)
            until(lambda: counted(postgresql_url)["delivered"] == JOBS_SENT)
        finally:
            for process in (server, *workers):
                os.kill(process.pid or 0, signal.SIGTERM)
            for process in (server, *workers):
                process.join(30)
    assert set(receiver.results()) == set(jobs)
    assert receiver.forged == 0
    assert counted(postgresql_url) == {"done once": JOBS_SENT, "delivered": JOBS_SENT, "assessed": JOBS_SENT}
    for bodies in receiver.results().values():
        assert len(set(bodies)) == 1


def send(port: int, number: int) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    try:
        connection.request(
            "POST",
            f"/fhir/$assess-claudication?asOf={AS_OF}",
            patient(number),
            {"Content-Type": "application/fhir+json", "Prefer": "respond-async"},
        )
        answer = connection.getresponse()
        body = answer.read()
        assert answer.status == 202, body
        return str(answer.headers["Content-Location"]).rsplit("/", 1)[1]
    finally:
        connection.close()


def counted(url: str) -> dict[str, Any]:
    engine = create_engine(url)
    with engine.connect() as connection:
        attempts = Counter(connection.execute(select(JOBS.c.attempts).where(JOBS.c.state == "done")).scalars())
        delivered = select(func.count()).select_from(DELIVERIES).where(DELIVERIES.c.state == "delivered")
        found = {
            "done once": attempts[1],
            "delivered": connection.execute(delivered).scalar_one(),
            "assessed": connection.execute(select(func.count()).select_from(ASSESSMENTS)).scalar_one(),
        }
    engine.dispose()
    return found
