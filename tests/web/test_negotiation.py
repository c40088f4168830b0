"""What may be asked for, and what is given for it."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

FHIR, JSON, TEXT = "application/fhir+json", "application/json", "text/json"

ACCEPTED = [
    ("*/*", FHIR),
    ("", FHIR),
    ("application/*", FHIR),
    ("text/*", TEXT),
    ("application/json", JSON),
    ("json", FHIR),
    ("text/json", TEXT),
    ("application/fhir+json", FHIR),
    ("Application/FHIR+JSON", FHIR),
    ("application/fhir+json; fhirVersion=4.0", FHIR),
    ("application/fhir+json;fhirVersion=4.0.1;q=0.9", FHIR),
    ("application/fhir+xml, application/json;q=0.5", JSON),
    ("application/fhir+json;q=0.2, application/json;q=0.8", JSON),
    ("application/fhir+json;q=0, */*", JSON),
    ("application/json;q=banana", JSON),
    ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", FHIR),
    ("application/fhir+json; fhirVersion=5.0, application/json", JSON),
]

REFUSED = [
    "application/fhir+xml",
    "text/html",
    "*/*;q=0",
    "application/fhir+json;q=0",
    "application/fhir+json; fhirVersion=5.0",
    "nonsense",
]


@pytest.mark.parametrize(("accept", "given"), ACCEPTED)
def test_accept_is_honoured(standing_client: FlaskClient, accept: str, given: str) -> None:
    answer = standing_client.get("/fhir/metadata", headers={"Accept": accept})
    assert (answer.status_code, answer.content_type) == (200, given)


def test_no_accept_at_all_gives_fhir_json(standing_client: FlaskClient) -> None:
    assert standing_client.get("/fhir/metadata").content_type == FHIR


@pytest.mark.parametrize("accept", REFUSED)
def test_what_is_not_offered_is_refused_with_the_remedy(standing_client: FlaskClient, accept: str) -> None:
    answer = standing_client.get("/fhir/metadata", headers={"Accept": accept})
    assert answer.status_code == 406
    assert "ask for application/fhir+json" in answer.json["issue"][0]["diagnostics"]


@pytest.mark.parametrize(
    ("format_", "given"),
    [
        ("json", FHIR),
        ("application/fhir+json", FHIR),
        ("application/fhir%2Bjson", FHIR),
        ("application/json", JSON),
        ("text/json", TEXT),
    ],
)
def test_format_overrides_accept(standing_client: FlaskClient, format_: str, given: str) -> None:
    answer = standing_client.get(f"/fhir/metadata?_format={format_}", headers={"Accept": "application/fhir+xml"})
    assert (answer.status_code, answer.content_type) == (200, given)


@pytest.mark.parametrize("format_", ["xml", "ttl", "", "application/fhir+json;fhirVersion=3.0"])
def test_a_format_that_is_not_offered_is_refused(standing_client: FlaskClient, format_: str) -> None:
    assert standing_client.get(f"/fhir/metadata?_format={format_}").status_code == 406


def test_pretty_is_the_same_document_indented(standing_client: FlaskClient) -> None:
    plain, pretty = standing_client.get("/fhir/metadata"), standing_client.get("/fhir/metadata?_pretty=true")
    assert plain.json == pretty.json
    assert plain.data.count(b"\n") == 1
    assert pretty.data.count(b"\n") > 20
    assert plain.headers["ETag"] != pretty.headers["ETag"]


def test_a_definition_is_revalidated_by_its_etag(standing_client: FlaskClient) -> None:
    tag = standing_client.get("/fhir/metadata").headers["ETag"]
    assert standing_client.get("/fhir/metadata", headers={"If-None-Match": tag}).status_code == 304
    assert standing_client.get("/fhir/metadata", headers={"If-None-Match": f"W/{tag}"}).status_code == 304
    assert standing_client.get("/fhir/metadata", headers={"If-None-Match": '"older"'}).status_code == 200
