"""A line for every request, and not a word about a patient in it."""

from __future__ import annotations

import io
import json
import uuid

import pytest
from flask.testing import FlaskClient

from service.app import create_app
from tests.claudicant import claudicant
from tests.web.conftest import Deploy

URL = "/fhir/$assess-claudication"
FHIR = {"Content-Type": "application/fhir+json"}
MARKS = ("Marksurname", "1901-02-03", "MARK-IDENT-77", "marknote", "Patient/markid", "markquery", "markpath")


def marked() -> dict[str, object]:
    bundle = claudicant()
    patient = bundle["entry"][0]["resource"]
    patient |= {
        "id": "markid",
        "name": [{"family": "Marksurname"}],
        "birthDate": "1901-02-03",
        "identifier": [{"value": "MARK-IDENT-77"}],
    }
    bundle["entry"][0]["fullUrl"] = "https://ehr.example/fhir/Patient/markid"
    for entry in bundle["entry"][1:]:
        entry["resource"]["subject"] = {"reference": "Patient/markid"}
        entry["resource"]["note" if entry["resource"]["resourceType"] == "Observation" else "text"] = (
            [{"text": "marknote"}]
            if entry["resource"]["resourceType"] == "Observation"
            else {"status": "generated", "div": "<div>marknote</div>"}
        )
    return bundle


@pytest.mark.parametrize("level", ["debug", "info"])
def test_no_patient_data_is_logged(deployed: Deploy, log: io.BytesIO, capfd: pytest.CaptureFixture[str], level: str) -> None:
    client = create_app(deployed(log_level=level)).test_client()
    good, broken = marked(), marked()
    broken["type"] = "Marksurname"
    client.post(URL, headers=FHIR, data=json.dumps(good))
    client.post(URL, headers=FHIR | {"Prefer": "handling=strict"}, data=json.dumps(broken))
    client.post(URL, headers=FHIR, data=json.dumps(good)[:-10])
    client.post(f"{URL}?setting=markquery", headers=FHIR, data=json.dumps(good))
    client.get("/fhir/Patient/markpath")
    client.get("/fhir/CodeSystem/markpath?x=markquery")
    said = log.getvalue().decode() + "".join(capfd.readouterr())
    assert len(log.getvalue().splitlines()) == 6
    assert [mark for mark in MARKS if mark in said] == []


def test_a_line_says_method_route_status_duration_and_request_id(client: FlaskClient, log: io.BytesIO) -> None:
    answer = client.get("/fhir/CodeSystem/nothing", headers={"X-Request-Id": "trace/1"})
    line = json.loads(log.getvalue())
    assert line.pop("ms") >= 0
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "request",
        "level": "info",
        "method": "GET",
        "route": "/fhir/CodeSystem/<id>",
        "status": 404,
        "request_id": "trace/1",
    }
    assert answer.headers["X-Request-Id"] == "trace/1"


def test_less_can_be_logged(deployed: Deploy, log: io.BytesIO) -> None:
    create_app(deployed(log_level="warning")).test_client().get("/health/live")
    assert log.getvalue() == b""


@pytest.mark.parametrize("given", ["a", "x" * 128, "0af7651916cd43dd8448eb211c80319c", "urn:uuid:1/2+3=@~"])
def test_a_sane_request_id_is_echoed(client: FlaskClient, given: str) -> None:
    assert client.get("/health/live", headers={"X-Request-Id": given}).headers["X-Request-Id"] == given


@pytest.mark.parametrize("given", ["", "x" * 129, "two words", "<script>", "naïve", 'quote"', "tab\there"])
def test_any_other_is_replaced_and_never_reflected(client: FlaskClient, given: str, log: io.BytesIO) -> None:
    answer = client.get("/health/live", headers={"X-Request-Id": given})
    uuid.UUID(answer.headers["X-Request-Id"])
    assert not given or given.encode() not in log.getvalue()
