"""The access token of a request, the client's own token and the patient go where they must and stand nowhere afterwards, whatever the FHIR server does."""

from __future__ import annotations

import io
import json
import logging
import sqlite3
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.app import create_app, deploy
from service.config import load_settings
from service.web.deployment import Deployment
from tests.cds_hooks.calls import condition, draft, full_prefetch, patient, put, searchset
from tests.cds_hooks.tokens import HANDED_OVER, NOW, bearer
from tests.outbound.fault_server import Fault, FaultServer

SERVICE = "/cds-services/claudication"
ACCESS_TOKEN = "access-7f3a-SECRET"
PATIENT = "pt-4471"
WAITING = {Fault.SLOW, Fault.DRIP, Fault.DRIPPING_HEADERS, Fault.SECOND_PAGE_SLOW}
# How long is waited for a server that will not answer, and for one that will. The short one too leaves a machine with much else to do the time to ask.
SHORT_MS, LONG_MS = 1500, 8000


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


NAME, BORN, NUMBER, WHO, ORDER = "Erfundene-Musterfrau", "1951-07-13", "MRN-90817263", "dr-4711-ofall", "draft-of-Musterfrau"
PATIENT_DATA = (PATIENT, NAME, "Musterfrau", BORN, NUMBER, WHO)
INSTANCE = "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea"
HERE = "http://localhost"
TABLES = ("assessments", "hook_calls", "hook_cards", "hook_feedback", "token_ids")


def whole_call(server: str) -> dict[str, Any]:
    """An angiography about to be signed, for somebody with a name, a date of birth and a number, of whom everything was sent."""
    about = {"reference": f"Patient/{PATIENT}", "display": NAME}
    order = draft() | {"id": ORDER, "subject": about, "note": [{"text": f"for {NAME}"}]}
    order["code"] = {"coding": [{"system": "http://www.ama-assn.org/go/cpt", "code": "75635"}], "text": f"CTA {NAME}"}
    person = patient(PATIENT) | {"name": [{"family": NAME}], "birthDate": BORN, "identifier": [{"value": NUMBER}]}
    known = full_prefetch() | {"patient": person, "pressures": None, "questionnaires": None}
    body = json.loads(call(server))
    body["hook"] = "order-sign"
    body["context"] = {
        "userId": f"Practitioner/{WHO}",
        "patientId": PATIENT,
        "draftOrders": {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": order}]},
    }
    body["prefetch"] = known | {"conditions": searchset(condition(about=f"Patient/{PATIENT}"))}
    return dict(body)


class Doors:
    """The doors of one service as a signed client uses them, with every token that was sent and all that was told."""

    def __init__(self, running: Running) -> None:
        self._running, self.tokens, self.told = running, [], ""

    def __call__(self, method: str, path: str, body: Any = None) -> TestResponse:
        token = bearer(aud=HERE + path.partition("?")[0])
        self.tokens.append(token)
        answer = self._running.client().open(path, method=method, json=body, headers=token)
        self.told += f"{answer.headers}{answer.get_data(as_text=True)}"
        return answer

    def secrets(self) -> list[str]:
        return [part for token in self.tokens for part in secrets(token)]


def rows_of(folder: Path) -> dict[str, int]:
    with sqlite3.connect(folder / "audit.db") as connection:
        return {table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in TABLES}


def test_from_the_card_to_its_feedback_and_its_explanation_nobody_is_named(running: Running) -> None:
    """The whole life of a card, through every door around it."""
    doors = Doors(running)
    body = whole_call(running.server.base_url)
    called = doors("POST", SERVICE, body)
    assert called.status_code == 200
    cards = called.json["cards"]
    assert cards
    doors.told = ""  # the card itself is about the patient, and for who asked
    reason = {
        "reason": {"system": "https://reasons.example", "code": "patient-declined", "display": NAME},
        "userComment": f"{NAME} no",
    }
    item = {
        "card": cards[0]["uuid"],
        "outcome": "overridden",
        "outcomeTimestamp": "2026-03-02T09:00:00Z",
        "overrideReason": reason,
    }
    assert doors("POST", f"{SERVICE}/feedback", {"feedback": [item]}).status_code == 200
    assert doors("POST", SERVICE, body | {"hookInstance": "0b8c2b8e-2f0e-4c8f-9a55-0d5d0a4c9f11"}).status_code == 200
    doors.told = ""
    explained = doors("GET", f"{SERVICE}/explain/{INSTANCE}")
    assert explained.status_code == 200
    assert explained.json["cards"][0]["feedback"][0]["commented"] is True
    assert doors("GET", f"{SERVICE}/outcomes").json["rules"]
    linted = doors("POST", "/lint", body)
    assert linted.status_code == 200
    assert all(rows_of(running.folder).values()), rows_of(running.folder)
    written = running.written()
    assert [secret for secret in (*doors.secrets(), *PATIENT_DATA) if secret in written] == []
    assert [secret for secret in (*doors.secrets(), *PATIENT_DATA) if secret in doors.told] == []


WRONG: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "412": lambda body: body | {"prefetch": {}, "fhirServer": "https://elsewhere.example/fhir"},
    "422": lambda body: put(body, "context.patientId", "another"),
    "422 of the conditions": lambda body: put(body, "prefetch.conditions", searchset(condition(about="Patient/Musterfrau"))),
    "400 of the token": lambda body: put(body, "fhirAuthorization.expires_in", ACCESS_TOKEN),
    "400 of the context": lambda body: put(body, "context.draftOrders", [NAME]),
    "400 of an id": lambda body: put(body, "context.patientId", f"Patient/{PATIENT}"),
    "400 of the user": lambda body: put(body, "context.userId", WHO),
    "500": lambda body: body,
}


@pytest.mark.parametrize("wrong", WRONG)
def test_an_error_and_its_explanation_name_nobody(running: Running, wrong: str) -> None:
    if wrong == "500":
        running.deployment = replace(running.deployment, evidence=replace(running.deployment.evidence, model=None))
    doors = Doors(running)
    body = WRONG[wrong](whole_call(running.server.base_url)) | {"hookInstance": str(uuid.uuid4())}
    assert doors("POST", SERVICE, body).status_code == int(wrong[:3])
    doors("GET", f"{SERVICE}/explain/{body['hookInstance']}")
    everything = (*doors.secrets(), *PATIENT_DATA)
    assert [secret for secret in everything if secret in doors.told] == []
    # Lint quotes what is wrong to who sent it, an id too; never a token, never a name or a date of birth.
    linted = doors("POST", "/lint", body).text
    assert [secret for secret in (*doors.secrets(), NAME, BORN, NUMBER) if secret in linted] == []
    written = running.written()
    assert [secret for secret in everything if secret in written] == []


@pytest.mark.parametrize("path", [SERVICE, f"{SERVICE}/feedback", "/lint"])
def test_a_body_that_cannot_be_read_is_not_quoted(running: Running, path: str) -> None:
    token = bearer(aud=HERE + path)
    for body in (b'{"patient": "Musterfrau", "token": "' + ACCESS_TOKEN.encode(), b'{"Musterfrau": 1, "Musterfrau": 2}'):
        answer = running.client().post(path, data=body, headers={"Content-Type": "application/json"} | token)
        assert ACCESS_TOKEN not in answer.text
        written = running.written()
        assert [secret for secret in (*secrets(token), *PATIENT_DATA) if secret in written] == []
