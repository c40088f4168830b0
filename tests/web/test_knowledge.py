"""The evidence as FHIR over HTTP: written once, and every reference in it can be followed."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

PATHS = (
    "/fhir/PlanDefinition/claudication",
    "/fhir/PlanDefinition/claudication/$data-requirements",
    "/fhir/ActivityDefinition/resting-abi",
    "/fhir/Library/claudication-logic",
    "/fhir/Library/claudication-logic/$data-requirements",
    "/fhir/Evidence/v-calf",
    "/fhir/EvidenceVariable/finding-v-calf",
)


@pytest.mark.parametrize("path", PATHS)
def test_a_definition_is_the_same_every_time_and_is_not_sent_twice(path: str, standing_client: FlaskClient) -> None:
    first = standing_client.get(path)
    assert first.status_code == 200
    assert first.headers["Cache-Control"] == "no-cache"
    again = standing_client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    pretty = standing_client.get(f"{path}?_pretty=true")
    assert pretty.json == first.json
    assert b"\n  " in pretty.data


def test_the_plan_and_the_library_require_the_same_data(standing_client: FlaskClient) -> None:
    assert standing_client.get(PATHS[1]).json == standing_client.get(PATHS[4]).json


@pytest.mark.parametrize("kind", ["PlanDefinition", "ActivityDefinition", "Library", "Evidence", "EvidenceVariable"])
def test_what_is_not_there_is_told_with_what_there_is(kind: str, standing_client: FlaskClient) -> None:
    answer = standing_client.get(f"/fhir/{kind}/none-such")
    assert answer.status_code == 404
    [issue] = answer.json["issue"]
    assert issue["code"] == "not-found"
    assert "there are: " in issue["diagnostics"]


def test_evidence_leads_to_its_variables(standing_client: FlaskClient) -> None:
    told = standing_client.get("/fhir/Evidence/v-calf").json
    for reference in (told["exposureBackground"], *told["exposureVariant"], *told["outcome"]):
        assert standing_client.get(f"/fhir/{reference['reference']}").status_code == 200
    extension = told["extension"][0]["url"]
    assert standing_client.get(f"/fhir/StructureDefinition/{extension.rpartition('/')[2]}").json["url"] == extension
