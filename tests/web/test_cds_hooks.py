"""The doors of the hooks: exactly where EHRs look for them, and every answer a sentence somebody can act on."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest
from flask import request
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.app import create_app
from service.cds_hooks.clients import PROFILES, Client, Dialect
from service.cds_hooks.hooks import Hook
from service.errors import RegistrationError
from service.fhir.exchange.record_queries import RECORD_QUERIES
from service.web.callers import audience_of
from tests.cds_hooks.calls import SERVER, TOKEN, authorization, call, condition, patient, put, searchset, without
from tests.cds_hooks.emptiness import empties
from tests.web.conftest import Deploy

SERVICES = "/cds-services"
SERVICE = "/cds-services/claudication"
FHIR_JSON = "application/fhir+json"


@pytest.fixture
def door(deployed: Deploy) -> FlaskClient:
    return create_app(deployed(development="true")).test_client()


def issue_of(answer: TestResponse) -> dict[str, Any]:
    assert answer.mimetype == FHIR_JSON
    assert answer.json is not None
    assert answer.json["resourceType"] == "OperationOutcome"
    issue: dict[str, Any] = answer.json["issue"][0]
    return issue


@pytest.mark.requirement("1")
@pytest.mark.requirement("4")
@pytest.mark.requirement("5")
@pytest.mark.requirement("13")
def test_discovery_is_exactly_where_it_has_to_be(client: FlaskClient) -> None:
    answer = client.get(SERVICES)
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    assert [service["hook"] for service in answer.json["services"]] == [hook.value for hook in Hook]
    assert empties(answer.json) == []
    for elsewhere in ("/cds-services/", "/cds-discovery", "/CDS-services"):
        assert client.get(elsewhere).status_code in (404, 405)


def test_discovery_may_be_kept_and_revalidated(client: FlaskClient) -> None:
    first = client.get(SERVICES)
    assert first.headers["Cache-Control"] == "public, max-age=3600"
    again = client.get(SERVICES, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert client.get(SERVICES, headers={"If-None-Match": '"other"'}).status_code == 200


def test_the_codes_of_a_deployment_are_in_its_templates(deployed: Deploy, tmp_path: Any) -> None:
    mapping = tmp_path / "mapping.toml"
    mapping.write_text(
        '[[pressures]]\nsystem = "https://hospital.example/flowsheet"\ncode = "R-PT"\nsite = "posterior-tibial"\nside = "right"\n'
    )
    services = create_app(deployed(mapping_file=str(mapping))).test_client().get(SERVICES).json["services"]
    assert all("https://hospital.example/flowsheet|R-PT" in service["prefetch"]["pressures"] for service in services)


@pytest.mark.requirement("16")
@pytest.mark.requirement("74")
@pytest.mark.requirement("77")
@pytest.mark.parametrize("hook", Hook)
def test_every_hook_is_answered_at_the_one_address(door: FlaskClient, hook: Hook) -> None:
    answer = door.post(SERVICE, json=call(hook))
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    assert isinstance(answer.json["cards"], list)
    assert empties(answer.json) == []
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_time_of_every_step_is_told(door: FlaskClient) -> None:
    steps = re.findall(r"(\w+);dur=\d+\.\d", door.post(SERVICE, json=call()).headers["Server-Timing"])
    assert steps == ["parse", "recall", "gather", "assess", "judge", "say"]


@pytest.mark.requirement("177")
def test_outside_development_a_signed_client_is_asked_for(client: FlaskClient) -> None:
    answer = client.post(SERVICE, json=call())
    assert (answer.status_code, issue_of(answer)["code"]) == (401, "login")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_discovery_is_open_but_a_token_that_is_shown_is_looked_at(client: FlaskClient, door: FlaskClient) -> None:
    answer = client.get(SERVICES, headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 401
    assert TOKEN not in answer.text
    assert door.get(SERVICES, headers={"Authorization": "Bearer any"}).status_code == 401
    assert door.get(SERVICES).status_code == client.get(SERVICES).status_code == 200


@pytest.mark.requirement("14")
@pytest.mark.requirement("76")
@pytest.mark.parametrize("id", ["leg-pain", "Claudication", "claudication ", "%63laudicationx"])
def test_a_service_there_is_not_is_not_found(door: FlaskClient, id: str) -> None:
    answer = door.post(f"{SERVICES}/{id}", json=call())
    assert (answer.status_code, issue_of(answer)["code"]) == (404, "not-found")
    assert "claudication" in issue_of(answer)["diagnostics"]


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_another_method_is_told_which_one_is_meant(door: FlaskClient, method: str) -> None:
    answer = door.open(SERVICE, method=method)
    assert (answer.status_code, issue_of(answer)["code"]) == (405, "not-supported")
    assert "POST" in answer.headers["Allow"]


@pytest.mark.parametrize(
    "media_type",
    [
        "application/json",
        "application/json; charset=UTF-8",
        "application/fhir+json",
        "application/vnd.cds-hooks+json",
        "text/json",
    ],
)
def test_json_by_any_of_its_names_is_read(door: FlaskClient, media_type: str) -> None:
    assert door.post(SERVICE, data=json.dumps(call()), content_type=media_type).status_code == 200


@pytest.mark.parametrize(
    "media_type", ["text/plain", "application/x-www-form-urlencoded", "application/xml", "application/json; charset=latin-1", ""]
)
def test_anything_else_is_an_unsupported_media_type(door: FlaskClient, media_type: str) -> None:
    answer = door.post(SERVICE, data=json.dumps(call()), content_type=media_type)
    assert (answer.status_code, issue_of(answer)["code"]) == (415, "not-supported")


TWICE = json.dumps(call()).replace('"hook":', '"hook": "order-sign", "hook":', 1).encode()
DEEP = json.dumps(call()).replace('"prefetch": {', '"prefetch": {"deep": ' + "[" * 80 + "]" * 80 + ", ", 1).encode()


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", "structure"),
        (b"", "structure"),
        (b"<html></html>", "structure"),
        (b'{"hook": "patient-view",}', "structure"),
        (b'{"hook": NaN}', "structure"),
        (b'{"hook": Infinity}', "structure"),
        (b'\xff\xfe{"hook"', "structure"),
        (TWICE, "structure"),
        (DEEP, "too-costly"),
        (b"[]", "structure"),
        (b"{}", "required"),
    ],
    ids=[
        "cut off",
        "empty",
        "html",
        "trailing comma",
        "NaN",
        "infinity",
        "UTF-16",
        "a name twice",
        "too deep",
        "a list",
        "nothing in it",
    ],
)
def test_a_body_that_cannot_be_read_is_explained_in_fhir_and_never_in_html(door: FlaskClient, body: bytes, code: str) -> None:
    answer = door.post(SERVICE, data=body, content_type="application/json")
    assert (answer.status_code, issue_of(answer)["code"]) == (400, code)
    assert "Traceback" not in answer.text


def test_a_body_over_the_limit_is_refused(deployed: Deploy) -> None:
    answer = create_app(deployed(development="true", max_body_bytes="2048")).test_client().post(SERVICE, json=call())
    assert (answer.status_code, issue_of(answer)["code"]) == (413, "too-long")


def test_everything_wrong_with_a_request_is_told_at_once_with_its_place(door: FlaskClient) -> None:
    answer = door.post(SERVICE, json=without(put(call(), "hookInstance", "1"), "context.patientId"))
    assert answer.status_code == 400
    assert [issue["expression"] for issue in answer.json["issue"]] == [["hookInstance"], ["context.patientId"]]


@pytest.mark.requirement("54")
def test_what_is_missing_and_cannot_be_fetched_is_named(door: FlaskClient) -> None:
    answer = door.post(SERVICE, json=call(prefetch={}))
    assert answer.status_code == 412
    assert [issue["expression"][0] for issue in answer.json["issue"]] == [
        "prefetch.patient",
        "prefetch.pressures",
        "prefetch.indices",
        "prefetch.conditions",
    ]


def test_data_that_is_there_and_is_not_enough_is_no_412(door: FlaskClient) -> None:
    answer = door.post(SERVICE, json=call(prefetch={query.key: None for query in RECORD_QUERIES}))
    assert (answer.status_code, answer.json) == (200, {"cards": []})


def test_another_patients_data_gives_no_card(door: FlaskClient) -> None:
    answer = door.post(SERVICE, json=put(call(), "prefetch.conditions", searchset(condition(about="Patient/other"))))
    assert (answer.status_code, issue_of(answer)["code"]) == (422, "business-rule")
    assert "cards" not in answer.json


def test_a_fault_of_ours_is_a_500_with_the_id_to_look_for_and_never_an_empty_answer(deployed: Deploy) -> None:
    deployment = deployed(development="true")
    broken = replace(deployment, evidence=replace(deployment.evidence, model=None))
    answer = create_app(broken).test_client().post(SERVICE, json=call(), headers={"X-Request-Id": "call-17"})
    assert (answer.status_code, issue_of(answer)["code"]) == (500, "exception")
    assert "call-17" in issue_of(answer)["diagnostics"]
    assert answer.headers["X-Request-Id"] == "call-17"


@dataclass(frozen=True)
class Answered:
    resources: tuple[dict[str, Any], ...] = ()
    outcome: str = "fetched"
    why: str = ""


class Reader:
    """A way to FHIR servers that remembers where it was sent."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []

    def __call__(
        self,
        searches: Mapping[str, str],
        *,
        base_url: str,
        token: str,
        allowed: Sequence[str],
        deadline_s: float,
        already: Mapping[str, tuple[int, int]],
    ) -> dict[str, Answered]:
        self.asked.append({"searches": searches, "base_url": base_url, "token": token, "allowed": allowed})
        return {key: Answered((patient(),) if key == "patient" else ()) for key in searches}


@pytest.mark.requirement("34")
@pytest.mark.requirement("60")
def test_a_call_without_a_prefetch_is_answered_from_the_clients_server(deployed: Deploy) -> None:
    reader = Reader()
    client = Client(id="development", profile=PROFILES[Dialect.GENERIC], fhir_servers=(SERVER,))
    deployment = replace(deployed(development="true"), read_together=reader, clients={client.id: client})
    answer = (
        create_app(deployment)
        .test_client()
        .post(SERVICE, json=call(prefetch=None, fhirServer=SERVER, fhirAuthorization=authorization()))
    )
    assert answer.status_code == 200
    (asked,) = reader.asked
    assert (asked["base_url"], asked["token"], asked["allowed"]) == (SERVER, TOKEN, (SERVER,))


SECRETS = [TOKEN, "invented-1", "Invented", "1955-06-01", "some-scope"]


@pytest.mark.parametrize(
    "changed",
    [
        lambda body: body,
        lambda body: without(body, "prefetch.indices"),
        lambda body: put(body, "prefetch.conditions", searchset(condition(about="Patient/other"))),
        lambda body: put(body, "fhirAuthorization.expires_in", "soon"),
        lambda body: put(body, "context", {}),
    ],
    ids=["answered", "412", "422", "400", "400 without a patient"],
)
def test_neither_token_nor_patient_is_logged_or_recorded(deployed: Deploy, log: Any, changed: Callable[[Any], Any]) -> None:
    deployment = deployed(development="true", log_level="debug")
    body = changed(call(fhirServer=SERVER, fhirAuthorization=authorization(scope="some-scope")))
    answer = create_app(deployment).test_client().post(SERVICE, json=body)
    assert TOKEN not in answer.text
    with sqlite3.connect(deployment.settings.database_url.removeprefix("sqlite:///")) as database:
        rows = database.execute("SELECT * FROM assessments").fetchall()
    for secret in SECRETS:
        assert secret not in log.getvalue().decode()
        assert secret not in repr(rows)


def test_an_assessment_behind_a_card_is_recorded_like_any_other(deployed: Deploy) -> None:
    deployment = deployed(development="true")
    create_app(deployment).test_client().post(SERVICE, json=call())
    with sqlite3.connect(deployment.settings.database_url.removeprefix("sqlite:///")) as database:
        assert database.execute("SELECT door FROM assessments").fetchall() == [("cds-hooks",)]


def test_a_clients_file_that_is_wrong_stops_the_start(deployed: Deploy, tmp_path: Any) -> None:
    path = tmp_path / "clients.toml"
    path.write_text("[[clients]]\nid = 'one'\ncolour = 'red'\n")
    with pytest.raises(RegistrationError, match="colour"):
        deployed(clients_file=str(path))


def test_the_clients_file_is_read_at_the_start(deployed: Deploy, tmp_path: Any) -> None:
    path = tmp_path / "clients.toml"
    path.write_text("[[clients]]\nid = 'development'\nprofile = 'epic'\n")
    door = create_app(deployed(clients_file=str(path), development="true")).test_client()
    assert door.post(SERVICE, json=put(call(), "hookInstance", "no-uuid-but-epic")).status_code == 200


@pytest.mark.parametrize("public_url", ["", "https://cds.hospital.example/claudication"])
def test_the_audience_of_a_call_is_its_address_as_callers_know_it(deployed: Deploy, public_url: str) -> None:
    deployment = deployed(**({"public_url": public_url} if public_url else {}))
    with create_app(deployment).test_request_context(f"{SERVICE}?x=1", method="POST", base_url="http://inside:8000/"):
        assert audience_of(request, deployment) == f"{public_url or 'http://inside:8000'}{SERVICE}"
