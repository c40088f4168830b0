"""What this service said is read back by the client it was said to, as valid R4, and every reading is in the audit."""

from __future__ import annotations

import io
import json
import sqlite3
from typing import Any

import pytest
from flask.testing import FlaskClient

from service.app import create_app
from tests.claudicant import claudicant, claudicant_json
from tests.judges.panel import Panel
from tests.test_config import KEY
from tests.web.conftest import Deploy

ASSESS = "/fhir/$assess-claudication"
KEEPS = {"development": "true", "keep_patient_data": "result", "record_key": KEY, "public_url": "https://cds.example/a"}


@pytest.fixture
def keeping(deployed: Deploy) -> FlaskClient:
    return create_app(deployed(**KEEPS)).test_client()


def assess(client: FlaskClient, patient: str = "invented-1") -> dict[str, Any]:
    body = claudicant_json().replace(b"invented-1", patient.encode())
    answer = client.post(ASSESS, data=body, content_type="application/fhir+json")
    assert answer.status_code == 200
    said: dict[str, Any] = json.loads(answer.data)
    return said


def get(client: FlaskClient, path: str, status: int = 200) -> dict[str, Any]:
    answer = client.get(path)
    assert answer.status_code == status, answer.get_data(as_text=True)
    assert answer.headers["Cache-Control"] == "no-store"
    found: dict[str, Any] = json.loads(answer.data)
    return found


def audit(client: FlaskClient) -> list[tuple[str, str]]:
    entries = get(client, "/fhir/AuditEvent?_count=100").get("entry", [])
    told = [{one["type"]: one["valueString"] for one in entry["resource"]["entity"][0]["detail"]} for entry in entries]
    return [(one["action"], one.get("type", "")) for one in reversed(told)]


def test_every_resource_of_an_answer_is_read_back_by_its_id_and_the_judges_accept_it(keeping: FlaskClient, panel: Panel) -> None:
    said = [entry["resource"] for entry in assess(keeping)["entry"]]
    for resource in said:
        if resource["resourceType"] in ("RiskAssessment", "ServiceRequest", "Observation", "Provenance"):
            found = get(keeping, f"/fhir/{resource['resourceType']}/{resource['id']}")
            assert panel.complaints(found) == []
            assert found["meta"]["lastUpdated"] == "2026-03-02T09:30:00.000000+00:00"


def test_a_number_comes_back_as_it_was_written(keeping: FlaskClient) -> None:
    answer = keeping.post(ASSESS, data=claudicant_json(), content_type="application/fhir+json")
    index = next(
        one["resource"]
        for one in json.loads(answer.data)["entry"]
        if one["resource"].get("valueQuantity", {}).get("value") == 1.07
    )
    assert b'"value":1.07' in answer.data
    assert b'"value":1.07' in keeping.get(f"/fhir/Observation/{index['id']}").data


def test_references_lead_to_what_can_be_read_and_name_the_rest(keeping: FlaskClient) -> None:
    assess(keeping)
    [provenance] = get(keeping, "/fhir/Provenance")["entry"]
    [agent] = provenance["resource"]["agent"]
    assert agent["who"]["type"] == "Device"
    assert agent["who"]["identifier"]["value"].startswith("urn:uuid:")
    literal = [target["reference"] for target in provenance["resource"]["target"] if "reference" in target]
    assert literal
    for reference in literal:
        get(keeping, f"/fhir/{reference}")


def test_the_results_of_one_patient_are_found_and_the_judges_accept_the_bundle(keeping: FlaskClient, panel: Panel) -> None:
    for patient in ("invented-1", "invented-2", "invented-1"):
        assess(keeping, patient)
    for spelt in ("invented-1", "Patient/invented-1", "Patient/invented-1/_history/3"):
        found = get(keeping, f"/fhir/RiskAssessment?patient={spelt}")
        assert found["total"] == 1
        [entry] = found["entry"]
        assert entry["resource"]["subject"] == {"reference": "Patient/invented-1"}
        assert entry["fullUrl"] == f"https://cds.example/a/fhir/RiskAssessment/{entry['resource']['id']}"
    assert found["link"] == [
        {"relation": "self", "url": "https://cds.example/a/fhir/RiskAssessment?patient=Patient%2Finvented-1%2F_history%2F3"}
    ]
    assert get(keeping, "/fhir/RiskAssessment?patient=invented-3")["total"] == 0
    for resource_type in ("ServiceRequest", "Observation", "Provenance", "AuditEvent"):
        found = get(keeping, f"/fhir/{resource_type}?patient=invented-1")
        assert found["total"] > 0
        assert panel.complaints(found) == []


def test_next_links_lead_through_all_pages(keeping: FlaskClient) -> None:
    for number in range(3):
        assess(keeping, f"invented-{number}")
    page = get(keeping, "/fhir/RiskAssessment?_count=2&_lastUpdated=ge2026&_lastUpdated=lt2027")
    assert (page["total"], len(page["entry"])) == (3, 2)
    links = {link["relation"]: link["url"] for link in page["link"]}
    assess(keeping, "invented-9")
    onward = get(keeping, links["next"].removeprefix("https://cds.example/a"))
    assert (onward["total"], len(onward["entry"])) == (3, 1)
    assert [link["relation"] for link in onward["link"]] == ["self"]
    assert get(keeping, "/fhir/RiskAssessment?_lastUpdated=lt2026")["total"] == 0
    assert "entry" not in get(keeping, "/fhir/RiskAssessment?_count=0")


def test_every_reading_is_in_the_audit_for_each_patient_seen(keeping: FlaskClient) -> None:
    said = assess(keeping)
    assess(keeping, "invented-2")
    get(keeping, f"/fhir/RiskAssessment/{said['entry'][0]['resource']['id']}")
    get(keeping, "/fhir/RiskAssessment")
    get(keeping, "/fhir/RiskAssessment?patient=nobody")
    get(keeping, "/fhir/RiskAssessment/none", 404)
    get(keeping, "/fhir/AuditEvent/1")
    assert audit(keeping) == [
        ("assessed", ""),
        ("assessed", ""),
        ("read", "RiskAssessment"),
        ("searched", "RiskAssessment"),
        ("searched", "RiskAssessment"),
        ("searched", "RiskAssessment"),
        ("read", "AuditEvent"),
    ]
    assert audit(keeping)[-1] == ("searched", "AuditEvent")
    of_one = get(keeping, "/fhir/AuditEvent?patient=invented-2")
    assert [entry["resource"]["id"] for entry in of_one["entry"]] == ["4", "2"]


def test_where_nothing_is_kept_it_is_said_which_setting_would(deployed: Deploy) -> None:
    client = create_app(deployed(development="true")).test_client()
    said = assess(client)
    found = get(client, "/fhir/RiskAssessment?patient=invented-1")
    assert found["total"] == 0
    [entry] = found["entry"]
    assert entry["search"] == {"mode": "outcome"}
    assert "CLAUDICATION_KEEP_PATIENT_DATA=result" in entry["resource"]["issue"][0]["diagnostics"]
    missing = get(client, f"/fhir/RiskAssessment/{said['entry'][0]['resource']['id']}", 404)
    assert "CLAUDICATION_KEEP_PATIENT_DATA=result" in missing["issue"][0]["diagnostics"]
    assert get(client, "/fhir/AuditEvent")["total"] == 2
    assert "KEEP_PATIENT_DATA" not in get(client, "/fhir/AuditEvent/99", 404)["issue"][0]["diagnostics"]
    get(client, "/fhir/AuditEvent/none", 404)


def test_a_search_of_the_judges_liking_where_nothing_is_kept(deployed: Deploy, panel: Panel) -> None:
    client = create_app(deployed(development="true")).test_client()
    assert panel.complaints(get(client, "/fhir/Observation")) == []


def test_who_did_not_say_who_they_are_reads_nothing_back(deployed: Deploy) -> None:
    keeps = {name: value for name, value in KEEPS.items() if name != "development"}
    assess(create_app(deployed(**keeps)).test_client())
    client = create_app(deployed(**KEEPS)).test_client()
    assert get(client, "/fhir/RiskAssessment")["total"] == 0
    closed = create_app(deployed(**keeps)).test_client()
    for path in ("/fhir/RiskAssessment", "/fhir/Provenance/1"):
        get(closed, path, 401)


@pytest.mark.parametrize(
    "query",
    [
        "code=x",
        "patient:Patient=1",
        "patient=1&patient=2",
        "patient=1,2",
        "patient=Group/1",
        "_count=-1",
        "_count=x",
        "_lastUpdated=ne2026",
        "_page=x",
        "_include=*",
    ],
)
def test_what_is_not_known_is_refused(keeping: FlaskClient, query: str) -> None:
    get(keeping, f"/fhir/Observation?{query}", 400)


def test_a_read_takes_no_parameters(keeping: FlaskClient) -> None:
    get(keeping, "/fhir/Observation/1?patient=1", 400)


def test_without_its_database_the_record_says_so(deployed: Deploy) -> None:
    deployment = deployed(**KEEPS)
    client = create_app(deployment).test_client()
    with sqlite3.connect(deployment.settings.database_url.removeprefix("sqlite:///")) as connection:
        connection.execute("DROP TABLE audit")
    answer = client.get("/fhir/Observation")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")


def test_the_log_has_the_head_of_the_chain_and_no_patient(deployed: Deploy, log: io.BytesIO) -> None:
    client = create_app(deployed(**KEEPS)).test_client()
    assess(client)
    get(client, "/fhir/RiskAssessment?patient=invented-1")
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    assert lines[0]["audit"].startswith("1:")
    assert b"invented" not in log.getvalue()


def test_a_client_that_is_registered_and_shows_a_bad_token_is_refused(deployed: Deploy) -> None:
    deployment = deployed()
    client = create_app(deployment).test_client()
    headers = {"Authorization": "Bearer none"}
    assert client.post(ASSESS, json=claudicant(), headers=headers).status_code == 200
