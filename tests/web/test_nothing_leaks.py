"""The access token of a request and the client's own token go where they must and stand nowhere afterwards, whatever the FHIR server does."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from service.app import create_app, deploy
from service.config import load_settings
from service.web.deployment import Deployment
from tests.cds_hooks.tokens import HANDED_OVER, NOW, bearer
from tests.outbound.fault_server import Fault, FaultServer

SERVICE = "/cds-services/claudication"
ACCESS_TOKEN = "access-7f3a-SECRET"
PATIENT = "pt-4471"
WAITING = {Fault.SLOW, Fault.DRIP, Fault.DRIPPING_HEADERS, Fault.SECOND_PAGE_SLOW}
# How long is waited for a server that will not answer, and for one that will, on a machine with much else to do.
SHORT_MS, LONG_MS = 300, 8000


@dataclass
class Running:
    """A service with everything it writes: its log at the lowest level, its database, its standard output and error, the loggers of libraries."""

    deployment: Deployment
    log: io.BytesIO
    folder: Path
    server: FaultServer
    capture: pytest.CaptureFixture[str]
    records: pytest.LogCaptureFixture

    def client(self, deadline_ms: int = LONG_MS) -> FlaskClient:
        settings = replace(self.deployment.settings, hook_deadline_ms=deadline_ms)
        return create_app(replace(self.deployment, settings=settings)).test_client()

    def written(self) -> str:
        files = [path.read_bytes() for path in self.folder.iterdir()]
        assert any(files)
        texts = [self.log.getvalue(), *files]
        return "\n".join([*(text.decode("latin-1") for text in texts), *self.capture.readouterr(), self.records.text])


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[FaultServer]:
    with FaultServer() as other:
        yield other


@pytest.fixture(scope="module")
def deployed_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Deployment, io.BytesIO, Path]]:
    folder, log = tmp_path_factory.mktemp("written"), io.BytesIO()
    environ = {
        "CLAUDICATION_DATABASE_URL": f"sqlite:///{folder}/audit.db",
        "CLAUDICATION_DEVELOPMENT": "true",
        "CLAUDICATION_LOG_LEVEL": "debug",
    }
    deployment = deploy(load_settings(environ), clock=lambda: NOW, log_to=log)
    yield deployment, log, folder
    deployment.assessments.close()


@pytest.fixture
def running(
    deployed_once: tuple[Deployment, io.BytesIO, Path],
    elsewhere: FaultServer,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> Iterator[Running]:
    deployment, log, folder = deployed_once
    caplog.set_level(logging.DEBUG)
    elsewhere.seen.clear()
    with FaultServer(elsewhere=elsewhere.base_url) as server:
        client = replace(HANDED_OVER, fhir_servers=(server.base_url,))
        yield Running(replace(deployment, clients={client.id: client}), log, folder, server, capfd, caplog)


def call(fhir_server: str) -> bytes:
    return json.dumps(
        {
            "hook": "patient-view",
            "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
            "context": {"userId": "Practitioner/p", "patientId": PATIENT},
            "fhirServer": fhir_server,
            "fhirAuthorization": {
                "access_token": ACCESS_TOKEN,
                "token_type": "Bearer",
                "expires_in": 300,
                "scope": "patient/*.read",
                "subject": "cds-service",
            },
        }
    ).encode()


def secrets(token: dict[str, str]) -> tuple[str, ...]:
    """What must stand nowhere: the access token, and each part of the client's token."""
    return (ACCESS_TOKEN, *token["Authorization"].removeprefix("Bearer ").split("."))


@pytest.mark.parametrize("fault", list(Fault))
def test_no_token_stands_anywhere_and_none_goes_elsewhere(running: Running, elsewhere: FaultServer, fault: Fault) -> None:
    token = bearer()
    running.server.fault = fault
    client = running.client(SHORT_MS if fault in WAITING else LONG_MS)
    answer = client.post(SERVICE, data=call(running.server.base_url), headers={"Content-Type": "application/json"} | token)
    assert answer.status_code in {200, 412, 422}
    assert running.server.seen, "the FHIR server was asked, so the token was in use"
    assert {seen.headers["authorization"] for seen in running.server.seen} == {f"Bearer {ACCESS_TOKEN}"}
    assert elsewhere.seen == []
    told = f"{answer.headers}{answer.get_data(as_text=True)}"
    written = running.written()
    assert [secret for secret in secrets(token) if secret in told or secret in written] == []
    assert PATIENT not in written


@pytest.mark.parametrize(
    "server", ["http://127.0.0.1:9/fhir", "https://evil.example/fhir", "http://169.254.169.254/latest", "http://10.0.0.1/fhir"]
)
def test_a_server_that_the_client_may_not_name_is_sent_nothing(running: Running, server: str) -> None:
    token = bearer()
    answer = running.client().post(SERVICE, data=call(server), headers={"Content-Type": "application/json"} | token)
    assert answer.status_code in {200, 412}
    written = running.written() + answer.get_data(as_text=True)
    assert [secret for secret in secrets(token) if secret in written] == []
    assert running.server.seen == []


@pytest.mark.parametrize(
    "changed",
    [{}, {"aud": "https://elsewhere.example"}, {"iss": "https://nobody.example"}, {"exp": 1, "iat": 0}, {"jti": None}],
    ids=str,
)
def test_a_token_that_is_refused_stands_nowhere(running: Running, changed: dict[str, object]) -> None:
    token = bearer(**changed)
    headers = {"Content-Type": "application/json"} | token
    if not changed:
        running.client().post(SERVICE, data=b"{", headers=headers)
    answer = running.client().post(SERVICE, data=call(running.server.base_url), headers=headers)
    assert answer.status_code == 401
    written = running.written() + answer.get_data(as_text=True)
    assert [secret for secret in secrets(token) if secret in written] == []
    assert running.server.seen == []
