"""Signed clients at the doors of the hooks, browsers of other origins, proxies in front, and what is said at every start."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient

from service.app import create_app, open_doors
from service.cds_hooks.clients import PROFILES, Client, Dialect
from service.config import Settings
from service.web.deployment import Deployment
from tests.cds_hooks.tokens import CLIENTS, HANDED_OVER, bearer, claims, header, key, signed
from tests.web.conftest import Deploy

DISCOVERY = "/cds-services"
SERVICE = "/cds-services/claudication"
FEEDBACK = "/cds-services/claudication/feedback"
HERE = "http://localhost"
JSON = {"Content-Type": "application/json"}
CALL = json.dumps(
    {
        "hook": "patient-view",
        "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "context": {"userId": "Practitioner/p", "patientId": "p1"},
        "prefetch": {},
    }
)


def known(deployment: Deployment, *clients: Client) -> Deployment:
    return replace(deployment, clients={client.id: client for client in clients or CLIENTS})


@pytest.fixture
def signed_only(deployed: Deploy) -> FlaskClient:
    """A service with registered clients."""
    return create_app(known(deployed())).test_client()


def test_a_call_without_a_token_is_turned_away_and_not_told_why(signed_only: FlaskClient, log: io.BytesIO) -> None:
    told = set()
    for headers in (
        {},
        {"Authorization": "Bearer x.y.z"},
        bearer(aud="https://elsewhere.example"),
        {"Authorization": f"Bearer {signed(by=key('P-384', 1))}"},
    ):
        answer = signed_only.post(SERVICE, data=CALL, headers=JSON | headers)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == "Bearer"
        assert answer.content_type == "application/fhir+json"
        assert answer.json["issue"][0]["code"] == "login"
        told.add(answer.get_data(as_text=True))
    assert len(told) == 1
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    assert [line["reason"] for line in lines if line["event"] == "token refused"] == ["missing", "shape", "aud", "signature"]


def test_a_signed_call_is_let_in_once(signed_only: FlaskClient) -> None:
    token = bearer()
    first, second = (signed_only.post(SERVICE, data=CALL, headers=JSON | token) for _ in range(2))
    assert first.status_code != 401
    assert second.status_code == 401


def test_two_workers_of_one_database_let_it_in_once(deployed: Deploy) -> None:
    token = bearer()
    workers = [create_app(known(deployed())).test_client() for _ in range(2)]
    statuses = [worker.post(SERVICE, data=CALL, headers=JSON | token).status_code for worker in workers]
    assert statuses[0] != 401
    assert statuses[1] == 401


def test_a_token_is_for_one_door(signed_only: FlaskClient) -> None:
    assert signed_only.get(DISCOVERY, headers=bearer()).status_code == 401
    assert signed_only.get(DISCOVERY, headers=bearer(aud=HERE + DISCOVERY)).status_code == 200


def test_discovery_is_open_and_a_token_that_is_sent_is_checked(signed_only: FlaskClient) -> None:
    assert signed_only.get(DISCOVERY).status_code == 200
    assert signed_only.get(DISCOVERY, headers={"Authorization": "Bearer x"}).status_code == 401


def test_in_development_nobody_needs_a_token_and_a_wrong_one_is_refused(deployed: Deploy) -> None:
    client = create_app(known(deployed(development="true"))).test_client()
    assert client.post(SERVICE, data=CALL, headers=JSON).status_code != 401
    assert client.post(SERVICE, data=CALL, headers=JSON | bearer()).status_code != 401
    assert client.post(SERVICE, data=CALL, headers=JSON | bearer(aud="x")).status_code == 401


class TestTheAddressThatWasCalled:
    def test_is_the_setting_where_there_is_one(self, deployed: Deploy) -> None:
        client = create_app(known(deployed(public_url="https://cds.example/leg"))).test_client()
        assert client.get(DISCOVERY, headers=bearer(aud="https://cds.example/leg/cds-services")).status_code == 200
        assert client.get(DISCOVERY, headers=bearer(aud=HERE + DISCOVERY)).status_code == 401
        spoofed = {"Host": "evil.example"} | bearer(aud="https://evil.example/cds-services")
        assert client.get(DISCOVERY, headers=spoofed).status_code == 401

    FORWARDED = {  # noqa: RUF012 - never changed
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "cds.example",
        "X-Forwarded-Prefix": "/leg",
        "X-Forwarded-For": "198.51.100.7",
    }

    def test_is_what_a_proxy_says_that_is_believed(self, deployed: Deploy) -> None:
        client = create_app(known(deployed(proxies="1"))).test_client()
        assert (
            client.get(DISCOVERY, headers=self.FORWARDED | bearer(aud="https://cds.example/leg/cds-services")).status_code == 200
        )

    def test_and_not_what_anybody_says(self, signed_only: FlaskClient) -> None:
        for aud, status in (("https://cds.example/leg/cds-services", 401), (HERE + DISCOVERY, 200)):
            assert signed_only.get(DISCOVERY, headers=self.FORWARDED | bearer(aud=aud)).status_code == status

    def test_nor_more_proxies_than_there_are(self, deployed: Deploy) -> None:
        client = create_app(known(deployed(proxies="1"))).test_client()
        claimed = self.FORWARDED | {"X-Forwarded-Host": "evil.example, cds.example"}
        assert client.get(DISCOVERY, headers=claimed | bearer(aud="https://evil.example/leg/cds-services")).status_code == 401


PAGE = "https://smart.ehr.example"
REGISTERED = replace(HANDED_OVER, origins=(PAGE, "https://[2001:db8::1]:8443"))
CORS_HEADERS = "Access-Control-"


def cors(answer: Any) -> dict[str, str]:
    return {name.removeprefix(CORS_HEADERS): value for name, value in answer.headers if name.startswith(CORS_HEADERS)}


@pytest.fixture
def browsed(deployed: Deploy) -> FlaskClient:
    return create_app(known(deployed(), REGISTERED)).test_client()


@pytest.mark.requirement("208")
@pytest.mark.parametrize(("path", "method"), [(DISCOVERY, "GET"), (SERVICE, "POST"), (FEEDBACK, "POST")])
@pytest.mark.parametrize("origin", REGISTERED.origins)
def test_a_page_of_a_registered_origin_may_ask(browsed: FlaskClient, path: str, method: str, origin: str) -> None:
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "authorization, content-type, x-other",
    }
    answer = browsed.options(path, headers=asked)
    assert (answer.status_code, answer.data) == (204, b"")
    assert cors(answer) == {
        "Allow-Origin": origin,
        "Allow-Headers": "authorization, content-type",
        "Allow-Methods": "GET, POST",
        "Expose-Headers": "X-Request-Id",
        "Max-Age": "600",
    }
    assert "Origin" in answer.headers["Vary"]


@pytest.mark.requirement("208")
def test_the_page_sees_the_answer_the_refusal_and_the_request_id(browsed: FlaskClient) -> None:
    for answer in (
        browsed.get(DISCOVERY, headers={"Origin": PAGE}),
        browsed.post(SERVICE, data=CALL, headers=JSON | {"Origin": PAGE}),
        browsed.post("/cds-services/none", data=CALL, headers=JSON | {"Origin": PAGE}),
    ):
        assert cors(answer) == {"Allow-Origin": PAGE, "Expose-Headers": "X-Request-Id"}
        assert "Origin" in answer.headers["Vary"]


HOSTILE = [
    "https://evil.example",
    "null",
    "*",
    PAGE + ".evil.example",
    "https://evil.example/" + PAGE,
    PAGE + ":443",
    "http://smart.ehr.example",
    "https://smartxehr.example",
    "https://SMART.ehr.example",
    PAGE + "\n",
    "http://localhost:3000",
    "",
]


@pytest.mark.requirement("208")
@pytest.mark.parametrize("origin", HOSTILE)
def test_a_page_of_any_other_origin_gets_no_headers(browsed: FlaskClient, origin: str) -> None:
    headers = {"Origin": origin.strip()} if origin.strip() != PAGE else {"Origin": PAGE + "x"}
    asked = headers | {"Access-Control-Request-Method": "POST"}
    for answer in (
        browsed.options(SERVICE, headers=asked),
        browsed.get(DISCOVERY, headers=headers),
        browsed.post(SERVICE, data=CALL, headers=JSON | headers),
    ):
        assert cors(answer) == {}
        assert "Origin" in answer.headers["Vary"]


def test_without_an_origin_there_are_no_headers_but_a_cache_is_told(browsed: FlaskClient) -> None:
    answer = browsed.get(DISCOVERY)
    assert cors(answer) == {}
    assert "Origin" in answer.headers["Vary"]


def test_no_other_door_knows_of_origins(browsed: FlaskClient) -> None:
    for path in ("/fhir/metadata", "/health/live", "/evidence"):
        answer = browsed.get(path, headers={"Origin": PAGE})
        assert cors(answer) == {}
        assert "Origin" not in answer.headers.get("Vary", "")
        assert browsed.options(path, headers={"Origin": PAGE}).status_code == 405


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("http://localhost:3000", True),
        ("http://localhost", True),
        ("http://127.0.0.1:5173", True),
        ("https://localhost:8443", True),
        ("http://[::1]:8080", True),
        ("http://localhost.evil.example", False),
        ("http://localhost:3000.evil.example", False),
        ("http://127.0.0.1.evil.example:80", False),
        ("http://localhost:", False),
        ("https://evil.example", False),
    ],
)
def test_in_development_pages_of_this_machine_may_ask_and_no_others(deployed: Deploy, origin: str, allowed: bool) -> None:
    client = create_app(deployed(development="true")).test_client()
    assert ("Allow-Origin" in cors(client.get(DISCOVERY, headers={"Origin": origin}))) is allowed


def test_every_start_says_what_is_open() -> None:
    assert open_doors(Settings()) == ()
    [development] = open_doors(Settings(development=True))
    assert "CLAUDICATION_DEVELOPMENT IS ON" in development
    assert "invented patients only" in development


def test_signed_clients_without_a_public_address_are_warned_of(tmp_path: Any) -> None:
    [said] = open_doors(Settings(clients_file=tmp_path))
    assert "CLAUDICATION_PUBLIC_URL is not set" in said
    assert open_doors(Settings(clients_file=tmp_path, public_url="https://cds.example")) == ()


def test_a_profile_of_the_sandbox_is_a_client_like_any_other(deployed: Deploy) -> None:
    sandbox = Client(
        id="sandbox",
        profile=PROFILES[Dialect.SANDBOX],
        issuer="https://sandbox.example",
        jwks=HANDED_OVER.jwks,
        origins=("http://localhost:8080",),
    )
    client = create_app(known(deployed(), sandbox)).test_client()
    token = {
        "Authorization": f"Bearer {signed(header(jku='https://sandbox.example/jwks.json'), claims(iss=sandbox.issuer, aud=HERE + DISCOVERY))}"
    }
    answer = client.get(DISCOVERY, headers=token | {"Origin": "http://localhost:8080"})
    assert answer.status_code == 200
    assert cors(answer)["Allow-Origin"] == "http://localhost:8080"
