"""The plan applied over HTTP: the same orders as the operation, whichever way they are asked for."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.claudicant import claudicant, claudicant_json
from tests.examples.test_examples import FOLDERS, read
from tests.judges.panel import Panel

APPLY = "/fhir/PlanDefinition/claudication/$apply"
ANY = "/fhir/PlanDefinition/$apply"
ASSESS = "/fhir/$assess-claudication"
FHIR = {"Content-Type": "application/fhir+json"}


def subject_of(bundle: dict[str, Any]) -> str:
    """The patient by id, or by fullUrl in a Bundle of what no server has yet."""
    [entry] = [entry for entry in bundle["entry"] if entry["resource"]["resourceType"] == "Patient"]
    return f"Patient/{entry['resource']['id']}" if "id" in entry["resource"] else str(entry["fullUrl"])


def parameters(bundle: dict[str, Any], *more: dict[str, Any]) -> bytes:
    given = [{"name": "subject", "valueString": subject_of(bundle)}, {"name": "data", "resource": bundle}, *more]
    return json.dumps({"resourceType": "Parameters", "parameter": given}, default=float).encode()


def orders(resources: list[dict[str, Any]]) -> list[tuple[str, str, str, str]]:
    return [
        (one["id"], one["code"]["coding"][0]["code"], one["priority"], one["instantiatesCanonical"][0])
        for one in resources
        if one["resourceType"] == "ServiceRequest"
    ]


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_plan_proposes_what_the_operation_proposes(folder: str, standing_client: FlaskClient, panel: Panel) -> None:
    expected, bundle = read(folder, "expected.json"), read(folder, "bundle.json")
    setting, as_of = expected["setting"], expected["asOf"]
    applied = standing_client.post(
        APPLY,
        headers=FHIR,
        data=parameters(bundle, {"name": "setting", "valueCode": setting}, {"name": "asOf", "valueDateTime": as_of}),
    )
    assessed = standing_client.post(
        ASSESS,
        query_string={"setting": setting, "asOf": as_of},
        headers=FHIR,
        data=json.dumps(bundle, default=float),
    )
    assert applied.status_code == assessed.status_code == 200
    assert orders(applied.json["contained"]) == orders([entry["resource"] for entry in assessed.json["entry"]])
    assert panel.complaints(applied.data) == []


def test_type_and_instance_parameters_and_bare_bundle_give_the_same_bytes(standing_client: FlaskClient) -> None:
    url = "https://claudication-cds.example/fhir/PlanDefinition/claudication"
    whole = standing_client.get("/fhir/PlanDefinition/claudication").json
    by_url, by_plan = {"name": "url", "valueUri": url}, {"name": "planDefinition", "resource": whole}
    answers = [
        standing_client.post(APPLY, headers=FHIR, data=parameters(claudicant())),
        standing_client.post(APPLY, headers=FHIR, data=claudicant_json()),
        standing_client.post(f"{ANY}?url={url}", headers=FHIR, data=claudicant_json()),
        standing_client.post(ANY, headers=FHIR, data=parameters(claudicant(), by_url)),
        standing_client.post(ANY, headers=FHIR, data=parameters(claudicant(), by_plan)),
    ]
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.data for answer in answers}) == 1
    assert answers[0].headers["Cache-Control"] == "no-store"


def test_the_abi_keeps_its_second_decimal(standing_client: FlaskClient) -> None:
    assert b'"value":0.62' in standing_client.post(APPLY, headers=FHIR, data=claudicant_json()).data


def test_the_data_of_another_patient_is_refused_and_nothing_is_recorded(client: FlaskClient, tmp_path: Path) -> None:
    other = client.post(f"{APPLY}?subject=Patient/somebody-else", headers=FHIR, data=claudicant_json())
    assert other.status_code == 422
    assert "somebody-else" in other.json["issue"][0]["diagnostics"]
    with sqlite3.connect(tmp_path / "audit.db") as connection:
        assert connection.execute("SELECT count(*) FROM assessments").fetchone() == (0,)


def test_an_application_is_recorded_as_one(client: FlaskClient, tmp_path: Path) -> None:
    assert client.post(APPLY, headers=FHIR, data=claudicant_json()).status_code == 200
    with sqlite3.connect(tmp_path / "audit.db") as connection:
        assert connection.execute("SELECT door FROM assessments").fetchall() == [("plan-definition",)]


def test_strict_handling_is_applied_and_said(standing_client: FlaskClient) -> None:
    strict = FHIR | {"Prefer": "handling=strict"}
    answer = standing_client.post(APPLY, headers=strict, data=claudicant_json())
    assert answer.headers["Preference-Applied"] == "handling=strict"
    broken = claudicant()
    broken["entry"][3]["resource"]["status"] = 7
    refused = standing_client.post(APPLY, headers=strict, data=parameters(broken))
    assert refused.status_code == 400
    assert "entry[3]" in json.dumps(refused.json)


def test_the_activity_an_order_instantiates_can_be_read(standing_client: FlaskClient) -> None:
    answer = standing_client.post(APPLY, headers=FHIR, data=claudicant_json())
    for _, code, _, canonical in orders(answer.json["contained"]):
        activity = standing_client.get(f"/fhir/ActivityDefinition/{code}").json
        assert canonical == f"{activity['url']}|{activity['version']}"


def test_the_plan_it_instantiates_is_the_one_published(standing_client: FlaskClient) -> None:
    plan = standing_client.get("/fhir/PlanDefinition/claudication").json
    applied = standing_client.post(APPLY, headers=FHIR, data=claudicant_json()).json
    assert applied["instantiatesCanonical"] == [f"{plan['url']}|{plan['version']}"]
    assert plan["library"] == [
        f"{(logic := standing_client.get('/fhir/Library/claudication-logic').json)['url']}|{logic['version']}"
    ]
