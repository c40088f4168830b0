"""What a patient has answered at home comes to the clinician as a file, and into the form, and is assessed only when the clinician has seen it."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from service.app import create_app
from service.fhir.forms.questionnaire import CANONICAL, PATIENT_CANONICAL
from tests.web.conftest import Deploy
from tests.web.reading_pages import Part, read_page
from tests.web.test_form_fields import successful
from tests.web.test_pages import HOSTILE, HTML

AT_HOME = {
    "leg-pain-on-walking": "true",
    "symptom-side": "left",
    "symptom-site": "calf",
    "walking-distance-m": "250.5",
    "symptom-duration-weeks": "200",
    "relieved-by-sitting": "false",
}


def given(client: FlaskClient, content: bytes, status: int = 200) -> Part:
    answer = client.post("/form/answers", data={"file": (io.BytesIO(content), "answers.json")}, headers=HTML)
    assert answer.status_code == status, answer.text
    return read_page(answer.text)


def response(*items: dict[str, Any], questionnaire: str = CANONICAL, **more: Any) -> bytes:
    return json.dumps(
        {"resourceType": "QuestionnaireResponse", "questionnaire": questionnaire, "item": list(items), **more}
    ).encode()


@pytest.mark.parametrize("language", ["en", "es"])
def test_what_was_answered_at_home_stands_in_the_form_of_the_clinician(client: FlaskClient, language: str) -> None:
    saved = client.post("/form/patient", data=AT_HOME | {"lang": language, "show": "response"}).data
    page = given(client, saved)
    assert {name: value for name, value in successful(page) if value} == AT_HOME
    assert page.told("taken").text.startswith(
        "The patient's own answers from a file, written on 2026-03-02. Go through them before you assess"
    )


def test_nothing_is_assessed_by_taking_a_file(deployed: Deploy) -> None:
    deployment = deployed()
    client = create_app(deployment).test_client()
    given(client, client.post("/form/patient", data=AT_HOME | {"show": "response"}).data)
    assert list(deployment.audit.rows()) == []


def test_a_file_that_says_little_of_itself_is_taken_too(client: FlaskClient) -> None:
    page = given(client, response({"linkId": "fever", "answer": [{"valueBoolean": True}], "item": []}, authored=7))
    assert dict(successful(page))["fever"] == "true"
    assert page.told("taken").text.startswith("Answers from a file. Go through")


@pytest.mark.parametrize(
    ("item", "said"),
    [
        ({"linkId": "fever", "answer": [{"valueString": HOSTILE}]}, "is not one of the answers"),
        ({"linkId": HOSTILE, "answer": [{"valueBoolean": True}]}, "There is no question"),
        ({"answer": [{"valueBoolean": True}]}, "There is no question"),
        (
            {"linkId": "symptom-side", "answer": [{"valueCoding": {"display": "Left leg"}}]},
            "is not one of",
        ),
        ({"linkId": "walking-distance-m", "answer": [{"valueDecimal": 1e300}]}, "over the limit of 200 characters"),
    ],
)
def test_an_answer_the_form_cannot_take_is_said_as_if_it_had_been_typed(
    client: FlaskClient, item: dict[str, Any], said: str
) -> None:
    others = [
        {"linkId": name, "answer": [{"valueBoolean": name != "back-pain"}]} for name in ("leg-pain-on-walking", "back-pain")
    ]
    page = given(client, response(item, *others), 400)
    assert said in page.having("id", "errors")[0].text
    assert dict(successful(page))["back-pain"] == "false"
    program = client.post("/form/answers", data={"file": (io.BytesIO(response(item, *others)), "answers.json")})
    assert (program.status_code, program.mimetype) == (400, "application/fhir+json")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("asOf", {"valueString": "2019-01-01"}),
        ("birthDate", {"valueDate": "1931-01-01"}),
        ("pressure-rest-brachial-right", {"valueDecimal": 120}),
        ("unit", {"valueString": "kPa"}),
    ],
)
def test_a_file_answers_questions_and_fills_in_nothing_else(client: FlaskClient, name: str, value: dict[str, Any]) -> None:
    """A day to assess for, or a pressure, is nothing a patient brings from home."""
    page = given(
        client, response({"linkId": name, "answer": [value]}, {"linkId": "fever", "answer": [{"valueBoolean": True}]}), 400
    )
    assert f"There is no question “{name}”" in page.having("id", "errors")[0].text
    assert {name: value for name, value in successful(page) if value} == {"fever": "true"}


def test_an_answer_below_another_answer_is_taken_too(client: FlaskClient) -> None:
    below = {"linkId": "relief-within-10-minutes", "answer": [{"valueBoolean": True}]}
    page = given(client, response({"linkId": "relieved-by-standing-still", "answer": [{"valueBoolean": True, "item": [below]}]}))
    assert dict(successful(page))["relief-within-10-minutes"] == "true"


@pytest.mark.parametrize(
    ("content", "status", "said"),
    [
        (response(status="entered-in-error"), 422, "of the status 'entered-in-error', and are not to be used"),
        (response(status=["x"]), 422, "not to be used"),
        (b"", 400, "no file was chosen"),
        (b"{", 400, "JSON"),
        (b"[]", 422, "the file holds 'None' to the form ''"),
        (b'{"resourceType": "Bundle"}', 422, "the file holds 'Bundle'"),
        (
            response(questionnaire="https://other.example/Questionnaire/legs"),
            422,
            "to the form 'https://other.example/Questionnaire/legs'",
        ),
        (response(questionnaire=PATIENT_CANONICAL, subject=[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]), 400, "deep"),
        (b" " * 70_000, 413, "the file is over the limit of 65536 bytes"),
    ],
)
def test_what_is_no_file_of_ours_is_refused_in_words(client: FlaskClient, content: bytes, status: int, said: str) -> None:
    assert said in given(client, content, status).text


def test_the_form_offers_to_take_a_file(client: FlaskClient) -> None:
    (chosen,) = read_page(client.get("/form").text).having("type", "file")
    assert chosen.attributes["name"] == "file"
