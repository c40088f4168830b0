"""The operation over HTTP: what goes in, what comes out, and what never does."""

from __future__ import annotations

import gzip
import io
import json
import sqlite3
from typing import Any

import pytest
from flask.testing import FlaskClient

from service.app import create_app
from tests.claudicant import claudicant, claudicant_json
from tests.web.conftest import Deploy

URL = "/fhir/$assess-claudication"
FHIR = {"Content-Type": "application/fhir+json"}
AS_OF = "2026-03-02T09:30:00Z"


def parameters(*more: dict[str, Any]) -> bytes:
    return json.dumps({"resourceType": "Parameters", "parameter": [{"name": "bundle", "resource": claudicant()}, *more]}).encode()


def diagnostics(answer: Any) -> str:
    assert answer.content_type == "application/fhir+json"
    assert answer.json["resourceType"] == "OperationOutcome"
    return " | ".join(issue["diagnostics"] for issue in answer.json["issue"])


def test_a_bundle_gives_a_collection_with_the_assessment(client: FlaskClient) -> None:
    answer = client.post(URL, headers=FHIR, data=claudicant_json())
    assert answer.status_code == 200
    assert answer.json["type"] == "collection"
    assert {"RiskAssessment", "Observation", "GuidanceResponse", "Provenance", "Device"} <= {
        entry["resource"]["resourceType"] for entry in answer.json["entry"]
    }


def test_the_abi_keeps_its_second_decimal(client: FlaskClient) -> None:
    assert b'"value":0.62' in client.post(URL, headers=FHIR, data=claudicant_json()).data


def test_the_same_bundle_gives_the_same_bytes(client: FlaskClient) -> None:
    first, second = (client.post(f"{URL}?asOf={AS_OF}", headers=FHIR, data=claudicant_json()).data for _ in range(2))
    assert first == second


def test_parameters_and_query_say_the_same_thing(client: FlaskClient) -> None:
    in_query = client.post(f"{URL}?setting=spine-clinic&asOf={AS_OF}&output=transaction", headers=FHIR, data=claudicant_json())
    in_body = client.post(
        URL,
        headers=FHIR,
        data=parameters(
            {"name": "setting", "valueCode": "spine-clinic"},
            {"name": "asOf", "valueDateTime": AS_OF},
            {"name": "output", "valueCode": "transaction"},
        ),
    )
    assert in_query.status_code == in_body.status_code == 200
    assert in_query.data == in_body.data
    assert in_query.json["type"] == "transaction"


def test_the_trace_is_given_when_asked_for_in_either_place(client: FlaskClient) -> None:
    in_query = client.post(f"{URL}?explain=true&asOf={AS_OF}", headers=FHIR, data=claudicant_json())
    in_body = client.post(
        URL, headers=FHIR, data=parameters({"name": "explain", "valueBoolean": True}, {"name": "asOf", "valueDateTime": AS_OF})
    )
    assert in_query.status_code == 200
    assert in_query.data == in_body.data
    assert in_query.json["entry"][-1]["resource"]["resourceType"] == "Parameters"


def test_as_of_defaults_to_the_present(client: FlaskClient) -> None:
    assert (
        client.post(URL, headers=FHIR, data=claudicant_json()).data
        == client.post(f"{URL}?asOf={AS_OF}", headers=FHIR, data=claudicant_json()).data
    )


def test_an_unescaped_plus_in_as_of_is_understood(client: FlaskClient) -> None:
    moved = client.post(f"{URL}?asOf=2026-03-02T11:30:00+02:00", headers=FHIR, data=claudicant_json())
    assert moved.data == client.post(f"{URL}?asOf={AS_OF}", headers=FHIR, data=claudicant_json()).data


def test_every_wrong_option_is_named_at_once(client: FlaskClient) -> None:
    answer = client.post(
        f"{URL}?settings=x&setting=hospital&asOf=soon&output=html&output=pdf", headers=FHIR, data=claudicant_json()
    )
    assert answer.status_code == 400
    told = diagnostics(answer)
    for part in ("'settings'", "'hospital'", "primary-care, vascular-clinic, spine-clinic", "'soon'", "'html'", "more than once"):
        assert part in told


def test_options_beside_parameters_are_refused(client: FlaskClient) -> None:
    answer = client.post(f"{URL}?setting=spine-clinic", headers=FHIR, data=parameters())
    assert answer.status_code == 400
    assert "setting is given beside Parameters" in diagnostics(answer)


@pytest.mark.parametrize(
    "headers",
    [{"Prefer": "handling=strict"}, {"Prefer": 'return=minimal, Handling="strict"; x=1'}],
)
def test_strict_handling_refuses_what_lenient_sets_aside(client: FlaskClient, headers: dict[str, str]) -> None:
    broken = claudicant()
    broken["entry"][3]["resource"]["status"] = 7
    body = json.dumps(broken).encode()
    refused = client.post(URL, headers=FHIR | headers, data=body)
    assert refused.status_code == 400
    assert "entry[3]" in json.dumps(refused.json)
    assert client.post(URL, headers=FHIR, data=body).status_code == 200


@pytest.mark.parametrize("prefer", ["handling=sometimes", "=;,", "return=minimal", "handling"])
def test_a_preference_that_is_not_understood_is_ignored(client: FlaskClient, prefer: str) -> None:
    assert client.post(URL, headers=FHIR | {"Prefer": prefer}, data=claudicant_json()).status_code == 200


def test_strict_handling_is_said_to_have_been_applied(client: FlaskClient) -> None:
    answer = client.post(URL, headers=FHIR | {"Prefer": "handling=strict"}, data=claudicant_json())
    assert answer.headers["Preference-Applied"] == "handling=strict"


def test_gzip_is_read(client: FlaskClient) -> None:
    plain = client.post(URL, headers=FHIR, data=claudicant_json())
    packed = client.post(URL, headers=FHIR | {"Content-Encoding": "gzip"}, data=gzip.compress(claudicant_json()))
    assert packed.data == plain.data


def test_a_gzip_bomb_is_stopped_at_the_limit(client: FlaskClient) -> None:
    bomb = gzip.compress(b" " * 50_000_000)
    assert len(bomb) < 100_000
    answer = client.post(URL, headers=FHIR | {"Content-Encoding": "gzip"}, data=bomb)
    assert answer.status_code == 413
    assert "decompressed" in diagnostics(answer)


@pytest.mark.parametrize(
    "packed",
    [
        claudicant_json(),
        gzip.compress(claudicant_json())[:-9],
        gzip.compress(claudicant_json()) + b"more",
        b"",
    ],
    ids=["not packed at all", "cut off", "something behind it", "empty"],
)
def test_broken_gzip_is_the_senders_fault(client: FlaskClient, packed: bytes) -> None:
    assert client.post(URL, headers=FHIR | {"Content-Encoding": "gzip"}, data=packed).status_code == 400


@pytest.mark.parametrize("encoding", ["br", "deflate", "gzip, gzip"])
def test_other_encodings_are_named(client: FlaskClient, encoding: str) -> None:
    answer = client.post(URL, headers=FHIR | {"Content-Encoding": encoding}, data=claudicant_json())
    assert answer.status_code == 415
    assert answer.headers["Accept-Encoding"] == "gzip"


@pytest.mark.parametrize(
    "content_type",
    [
        "application/fhir+json",
        "application/json",
        "text/json",
        "application/fhir+json; charset=UTF-8; fhirVersion=4.0",
        'application/json; charset="utf-8"',
    ],
)
def test_json_in_utf8_is_read_under_its_names(client: FlaskClient, content_type: str) -> None:
    assert client.post(URL, headers={"Content-Type": content_type}, data=claudicant_json()).status_code == 200


@pytest.mark.parametrize(
    "content_type",
    [
        "application/fhir+xml",
        "application/json; charset=latin-1",
        "application/fhir+json; fhirVersion=5.0",
        "application/x-www-form-urlencoded",
        None,
    ],
)
def test_anything_else_is_unsupported(client: FlaskClient, content_type: str | None) -> None:
    answer = client.post(URL, headers={"Content-Type": content_type} if content_type else {}, data=claudicant_json())
    assert answer.status_code == 415
    assert "application/fhir+json" in diagnostics(answer) or "FHIR 4.0" in diagnostics(answer)


def test_a_body_of_unknown_length_is_held_to_the_limit(deployed: Deploy) -> None:
    client = create_app(deployed(max_body_bytes="2048")).test_client()
    fits, too_long = b"[" + b" " * 2000 + b"]", b" " * 10_000
    for body, status in ((fits, 400), (too_long, 413)):
        environ = {"wsgi.input_terminated": True, "CONTENT_TYPE": "application/fhir+json", "HTTP_TRANSFER_ENCODING": "chunked"}
        builder_stream = io.BytesIO(body)
        answer = client.open(URL, method="POST", input_stream=builder_stream, environ_overrides=environ)
        assert answer.status_code == status


def test_a_body_that_ends_early_is_refused(client: FlaskClient) -> None:
    environ = {"CONTENT_LENGTH": "100000", "CONTENT_TYPE": "application/fhir+json"}
    answer = client.open(URL, method="POST", input_stream=io.BytesIO(b"{}"), environ_overrides=environ)
    assert answer.status_code == 400
    assert "send it again, whole" in diagnostics(answer)


def test_every_assessment_is_recorded_without_the_patient(deployed: Deploy) -> None:
    deployment = deployed()
    create_app(deployment).test_client().post(f"{URL}?setting=vascular-clinic", headers=FHIR, data=claudicant_json())
    with sqlite3.connect(deployment.settings.database_url.removeprefix("sqlite:///")) as connection:
        connection.row_factory = sqlite3.Row
        [row] = connection.execute("SELECT * FROM assessments").fetchall()
    assert row["door"] == "fhir-operation"
    assert row["setting"] == "vascular-clinic"
    assert row["pad_left"] == "confirmed"
    assert row["evidence_version"] == deployment.evidence.version
    assert "invented-1" not in str(dict(row))


def test_a_refused_request_is_not_recorded(deployed: Deploy) -> None:
    deployment = deployed()
    create_app(deployment).test_client().post(URL, headers=FHIR, data=b"{}")
    with sqlite3.connect(deployment.settings.database_url.removeprefix("sqlite:///")) as connection:
        assert connection.execute("SELECT count(*) FROM assessments").fetchone() == (0,)


def test_the_answer_goes_out_when_it_cannot_be_recorded_and_is_recorded_later(deployed: Deploy) -> None:
    deployment = deployed()
    client = create_app(deployment).test_client()
    with sqlite3.connect(deployment.settings.database_url.removeprefix("sqlite:///")) as connection:
        connection.execute("ALTER TABLE assessments RENAME TO elsewhere")
    assert client.post(URL, headers=FHIR, data=claudicant_json()).status_code == 200
    assert client.get("/health/ready").status_code == 503
    with sqlite3.connect(deployment.settings.database_url.removeprefix("sqlite:///")) as connection:
        connection.execute("ALTER TABLE elsewhere RENAME TO assessments")
    assert client.get("/health/ready").status_code == 200
    with sqlite3.connect(deployment.settings.database_url.removeprefix("sqlite:///")) as connection:
        assert connection.execute("SELECT count(*) FROM assessments").fetchone() == (1,)
