"""The corpus of broken bodies over HTTP: each gets its 4xx OperationOutcome that says what is wrong, never a 5xx."""

from __future__ import annotations

import json

import pytest
from flask.testing import FlaskClient

from tests.corpora.bad_bodies import BAD_BODIES, BadBody

URL = "/fhir/$assess-claudication"


def headers_of(bad: BadBody) -> dict[str, str]:
    named = {"Content-Type": bad.content_type, "Content-Encoding": bad.content_encoding, "Prefer": bad.prefer}
    return {name: value for name, value in named.items() if value}


@pytest.mark.parametrize("bad", BAD_BODIES, ids=lambda bad: bad.name)
def test_a_broken_body_is_refused_with_its_reason(standing_client: FlaskClient, bad: BadBody) -> None:
    answer = standing_client.post(URL, headers=headers_of(bad), data=bad.body)
    assert answer.status_code == bad.status, answer.get_data(as_text=True)[:500]
    assert answer.content_type == "application/fhir+json"
    assert answer.json["resourceType"] == "OperationOutcome"
    assert all(issue["severity"] in ("fatal", "error") for issue in answer.json["issue"])
    assert bad.word.lower() in json.dumps(answer.json["issue"], ensure_ascii=False).lower()
