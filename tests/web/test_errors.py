"""Every error on every path is an OperationOutcome, and none tells what it should not."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from service.app import create_app
from tests.claudicant import claudicant_json
from tests.web.conftest import Deploy

ASSESS = "/fhir/$assess-claudication"
PATHS = (ASSESS, "/fhir/metadata", "/fhir/CodeSystem/diagnosis", "/health/live", "/openapi.yaml")
METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW")


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("path", PATHS)
def test_a_method_that_is_not_offered_gets_405_and_those_that_are(standing_client: FlaskClient, path: str, method: str) -> None:
    offered = {"POST"} if path == ASSESS else {"GET", "HEAD"}
    if method in offered:
        return
    answer = standing_client.open(path, method=method)
    assert answer.status_code == 405
    assert set(answer.headers["Allow"].split(", ")) == offered
    assert answer.content_type == "application/fhir+json"
    assert answer.json["issue"][0]["code"] == "not-supported"


@pytest.mark.parametrize(
    "path",
    [
        "/fhir",
        "/fhir/",
        "/fhir/metadata/",
        "//fhir/metadata",
        "/fhir/Patient/1",
        "/fhir/Patient/1/$assess",
        "/fhir/%00",
        "/static/x",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_unknown_path_gets_an_outcome_with_the_way_on(standing_client: FlaskClient, path: str, method: str) -> None:
    answer = standing_client.open(path, method=method)
    assert answer.status_code == 404
    assert answer.content_type == "application/fhir+json"
    assert "/fhir/metadata" in answer.json["issue"][0]["diagnostics"]


def test_head_answers_as_get_without_the_body(client: FlaskClient) -> None:
    for path in PATHS[1:]:
        head, get = client.head(path), client.get(path)
        assert head.status_code == get.status_code == 200
        assert head.data == b""
        assert {name: head.headers.get(name) for name in ("Content-Type", "Content-Length", "ETag")} == {
            name: get.headers.get(name) for name in ("Content-Type", "Content-Length", "ETag")
        }


def test_a_fault_of_ours_says_its_request_id_and_nothing_else(deployed: Deploy, log: io.BytesIO) -> None:
    deployment = deployed()
    spoilt = replace(deployment, evidence=replace(deployment.evidence, model=None))
    answer = (
        create_app(spoilt)
        .test_client()
        .post(ASSESS, headers={"Content-Type": "application/fhir+json", "X-Request-Id": "abc-1"}, data=claudicant_json())
    )
    assert answer.status_code == 500
    assert answer.json["issue"][0]["diagnostics"] == "a fault in this service; report it with the request id abc-1"
    fault, request = [json.loads(line) for line in log.getvalue().splitlines()]
    assert fault["event"] == "fault"
    assert fault["request_id"] == "abc-1"
    assert fault["error"] == "AttributeError"
    assert any("service/" in place for place in fault["places"])
    assert request["status"] == 500


def test_security_headers_stand_on_every_answer(client: FlaskClient) -> None:
    for path in (*PATHS, "/nowhere"):
        answer = client.get(path)
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Cache-Control"] in ("no-store", "no-cache")
