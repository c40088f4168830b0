"""The form for patients: two languages, one set of answers, what to do now by the flags of the evidence, and never a probability."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict

from service.app import create_app
from service.clinical.assessment import Priority
from service.evidence.loader import Evidence
from service.evidence.red_flags import PRIORITIES
from service.fhir.forms.questionnaire import PATIENT_CANONICAL
from service.fhir.forms.questionnaire_patient import patient_questionnaire
from service.web.pages.forms.form import LIMIT
from service.web.pages.forms.patient_words import PATIENT_WORDS, advice_for
from tests.claudicant import claudicant
from tests.web.conftest import Deploy
from tests.web.reading_pages import Part, read_page
from tests.web.test_form import successful
from tests.web.test_pages import HOSTILE, HTML

CALM = {
    "leg-pain-on-walking": "true",
    "symptom-side": "right",
    "sudden-onset-within-14-days": "false",
    "walking-distance-m": "250",
}
NEVER = re.compile(r"\d\s?%|[Pp]robab|likelihood|[Cc]laudica|stenosis|cauda|[Ii]schaem|isquemi|ABI\b|odds|neurogen")


def answered(client: FlaskClient, **fields: Any) -> Part:
    answer = client.post("/form/patient", data=fields, headers=HTML)
    assert answer.status_code == 200, answer.text
    return read_page(answer.text)


def language_of(text: str) -> str:
    return next(part.attributes["lang"] for part in read_page(text).all() if part.tag == "html")


@pytest.mark.parametrize(
    ("query", "accepted", "language"),
    [
        ("", "", "en"),
        ("", "es-MX,es;q=0.9,en;q=0.5", "es"),
        ("", "en-US,en;q=0.9,es;q=0.5", "en"),
        ("", "fr", "en"),
        ("?lang=es", "en", "es"),
        ("?lang=en", "es", "en"),
    ],
)
def test_the_language_is_the_one_asked_for_else_that_of_the_browser(
    client: FlaskClient, query: str, accepted: str, language: str
) -> None:
    answer = client.get(f"/form/patient{query}", headers={"Accept-Language": accepted})
    assert (language_of(answer.text), answer.headers["Content-Language"]) == (language, language)
    assert answer.headers["Vary"] == "Accept, Accept-Language"
    page = read_page(answer.text)
    assert PATIENT_WORDS[language].before_all in page.text
    (other,) = page.having("hreflang")
    assert other.attributes["href"] == f"/form/patient?lang={'en' if language == 'es' else 'es'}"


@pytest.mark.parametrize("language", PATIENT_WORDS)
def test_every_question_is_asked_in_the_language_and_nothing_is_answered_yet(client: FlaskClient, language: str) -> None:
    page = read_page(client.get(f"/form/patient?lang={language}").text)
    asked = [part.attributes["data-item"] for part in page.having("data-item")]
    assert asked == [item["linkId"] for group in patient_questionnaire()["item"] for item in group["item"]]
    assert [value for _, value in successful(page) if value] == []
    spoken = page.text
    assert ("Not sure" in spoken, "No lo sé" in spoken) == (language == "en", language == "es")
    assert NEVER.search(spoken) is None


@pytest.mark.parametrize("language", PATIENT_WORDS)
def test_the_patient_gets_the_answers_to_take_along_and_no_assessment(client: FlaskClient, language: str) -> None:
    page = answered(client, lang=language, **CALM)
    assert not page.having("data-told", "advice")
    assert NEVER.search(page.text.replace("100", "")) is None
    lines = [part.text for part in page.all() if part.tag == "dd"]
    assert lines == (
        ["Yes", "Right", "No", "250 metres"]
        if language == "en"
        else ["Sí Yes", "La derecha Right", "No No", "250 metros 250 metres"]
    )
    assert PATIENT_WORDS[language].give in page.text
    # What the clinician reads beside the Spanish is marked as English.
    assert len([part for part in page.having("lang", "en") if part.tag == "span"]) == (0 if language == "en" else 8)


def test_open_questions_are_counted_among_those_that_were_asked(client: FlaskClient) -> None:
    everything = answered(client, lang="en", **CALM)
    little = answered(client, lang="en", **{"leg-pain-on-walking": "false", "back-pain": "false", "rest-pain-foot": "false"})
    counted = [int(re.findall(r"Questions left open: (\d+)", page.text)[0]) for page in (everything, little)]
    assert counted[1] < counted[0] < 62


@pytest.mark.parametrize("language", PATIENT_WORDS)
def test_the_file_holds_the_same_answers_in_either_language(client: FlaskClient, language: str) -> None:
    answer = client.post("/form/patient", data=CALM | {"lang": language, "show": "response"})
    response = json.loads(answer.data)
    assert answer.headers["Content-Disposition"] == 'attachment; filename="answers.json"'
    assert (response["language"], response["questionnaire"].partition("|")[0]) == (language, PATIENT_CANONICAL)
    assert "subject" not in response
    given = {item["linkId"]: item["answer"] for group in response["item"] for item in group["item"]}
    assert given == {
        "leg-pain-on-walking": [{"valueBoolean": True}],
        "symptom-side": [
            {
                "valueCoding": {
                    "system": "https://claudication-cds.example/fhir/CodeSystem/finding-value",
                    "code": "right",
                    "display": "Right",
                }
            }
        ],
        "sudden-onset-within-14-days": [{"valueBoolean": False}],
        "walking-distance-m": [{"valueDecimal": 250}],
    }


def test_the_file_beside_a_record_is_read_without_a_remark(client: FlaskClient) -> None:
    response = json.loads(client.post("/form/patient", data=CALM | {"lang": "es", "show": "response"}).data)
    bundle = claudicant()
    patient = next(entry for entry in bundle["entry"] if entry["resource"]["resourceType"] == "Patient")
    alone = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [patient, {"fullUrl": "urn:uuid:6c2f0a34-1c63-4a36-9a42-7a6a43b0f6d1", "resource": response}],
    }
    answer = client.post("/fhir/$assess-claudication", json=alone, headers={"Content-Type": "application/fhir+json"})
    assert answer.json is not None
    issues = [
        issue["diagnostics"]
        for entry in answer.json["entry"]
        if entry["resource"]["resourceType"] == "OperationOutcome"
        for issue in entry["resource"]["issue"]
    ]
    assert not [issue for issue in issues if "question" in issue.lower() or "linkId" in issue]


@pytest.mark.parametrize("language", PATIENT_WORDS)
@pytest.mark.parametrize(
    ("given", "priority"),
    [
        ({"saddle-anaesthesia": "true"}, Priority.STAT),
        ({"new-bladder-or-bowel-dysfunction": "true"}, Priority.STAT),
        ({"cold-leg-left": "true"}, Priority.STAT),
        ({"sudden-onset-within-14-days": "true", "leg-motor-loss-right": "paralysis"}, Priority.STAT),
        ({"unilateral-leg-swelling": "true", "calf-tenderness": "true"}, Priority.ASAP),
        ({"gangrene-right": "true"}, Priority.URGENT),
        ({"fever": "true", "back-pain": "true"}, Priority.URGENT),
        ({"saddle-anaesthesia": "true", "gangrene-right": "true"}, Priority.STAT),
    ],
)
def test_what_to_do_now_follows_the_most_urgent_flag(
    client: FlaskClient, language: str, given: dict[str, str], priority: Priority
) -> None:
    page = answered(client, **{"lang": language, "leg-pain-on-walking": "false", **given})
    advice = PATIENT_WORDS[language].advice[priority]
    assert page.told("advice").text == f"{advice.title} {advice.text}"
    assert NEVER.search(page.told("advice").text) is None


@pytest.mark.parametrize("language", PATIENT_WORDS)
def test_what_is_urgent_does_not_wait_until_a_number_is_written_right(deployed: Deploy, language: str) -> None:
    deployment = deployed()
    client = create_app(deployment).test_client()
    fields = CALM | {"lang": language, "saddle-anaesthesia": "true", "walking-distance-m": "two blocks"}
    answer = client.post("/form/patient", data=fields, headers=HTML)
    assert answer.status_code == 400
    advice = PATIENT_WORDS[language].advice[Priority.STAT]
    assert read_page(answer.text).told("advice").text == f"{advice.title} {advice.text}"
    assert list(deployment.audit.rows()) == [], "nothing is recorded before it is taken"
    calm = client.post("/form/patient", data=fields | {"saddle-anaesthesia": "false"}, headers=HTML)
    assert 'data-told="advice"' not in calm.text


@pytest.mark.parametrize("language", PATIENT_WORDS)
def test_every_urgency_of_the_evidence_has_its_advice(language: str, evidence: Evidence) -> None:
    advice = PATIENT_WORDS[language].advice
    assert [one.value for one in advice] == [one for one in PRIORITIES if one != "routine"], (
        "the most urgent first, as it is looked for"
    )
    assert {rule.priority for rule in evidence.red_flags} - {"routine"} <= {one.value for one in advice}
    assert "911" in advice[Priority.STAT].text


def test_the_urgency_is_that_of_the_evidence_and_not_of_the_page(deployed: Deploy) -> None:
    deployment = deployed()
    less = tuple(replace(rule, priority="urgent") for rule in deployment.evidence.red_flags)
    client = create_app(replace(deployment, evidence=replace(deployment.evidence, red_flags=less))).test_client()
    page = answered(client, lang="en", **{"saddle-anaesthesia": "true"})
    assert PATIENT_WORDS["en"].advice[Priority.URGENT].title in page.told("advice").text
    assert advice_for([], PATIENT_WORDS["en"]) is None


@pytest.mark.parametrize(
    ("language", "said"), [("en", "Nothing is answered yet."), ("es", "Todavía no ha contestado ninguna pregunta.")]
)
def test_an_empty_form_is_given_back(client: FlaskClient, language: str, said: str) -> None:
    answer = client.post("/form/patient", data={"lang": language, "fever": ""}, headers=HTML)
    assert answer.status_code == 400
    assert said in read_page(answer.text).text
    assert language_of(answer.text) == language


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"walking-distance-m": "lejos"}, "«lejos» no es un número. Escriba un número (de 0 a 50000 metros)"),
        ({"symptom-side": "front"}, "«front» no es una de las respuestas. Elija una: La derecha, La izquierda, Las dos."),
        ({"fever": "x" * 300}, "pasa del límite de 200 caracteres"),
        ({"diabetes": "true"}, "no hay una pregunta «diabetes»"),
        ({"show": "assessment"}, "«assessment» no es una de las respuestas"),
    ],
)
def test_what_is_wrong_is_said_in_spanish_and_nothing_is_lost(client: FlaskClient, fields: dict[str, str], said: str) -> None:
    answer = client.post("/form/patient", data=CALM | {"lang": "es"} | fields, headers=HTML)
    assert answer.status_code == 400
    page = read_page(answer.text)
    assert said in page.text
    assert "Revise 1 respuesta" in page.text
    kept = dict(successful(page))
    assert all(kept[name] == value for name, value in CALM.items() if name not in fields)
    program = client.post("/form/patient", data=CALM | {"lang": "es"} | fields)
    assert (program.status_code, program.mimetype) == (400, "application/fhir+json")


def test_hostile_words_and_languages_never_become_markup(client: FlaskClient) -> None:
    for fields in ({"lang": HOSTILE}, {"walking-distance-m": HOSTILE}, {HOSTILE: "true"}, {"show": HOSTILE}, {"fever": HOSTILE}):
        answer = client.post("/form/patient", data=CALM | fields, headers=HTML)
        assert answer.status_code == 400
        assert "<script>alert" not in answer.text
        read_page(answer.text)


def test_an_answer_the_others_do_not_lead_to_is_said_and_not_counted(client: FlaskClient) -> None:
    fields = CALM | {"lang": "es", "relieved-by-standing-still": "false", "relief-within-10-minutes": "true"}
    said = answered(client, **fields).told("set-aside").text
    assert "¿Se le quita en 10 minutos o menos" in said
    assert "relief-within-10-minutes" not in client.post("/form/patient", data=fields | {"show": "response"}).text


def test_the_answers_can_be_changed(client: FlaskClient) -> None:
    fields = MultiDict([*CALM.items(), ("symptom-site", "calf"), ("symptom-site", "foot"), ("lang", "es")])
    page = read_page(client.post("/form/patient", data=fields, headers=HTML).text)
    hidden = [
        (part.attributes["name"], part.attributes["value"]) for part in page.all() if part.attributes.get("type") == "hidden"
    ]
    back = client.post("/form/patient", data=MultiDict([*hidden, ("show", "edit")]), headers=HTML)
    assert language_of(back.text) == "es"
    kept = [one for one in successful(read_page(back.text)) if one[1]]
    assert sorted(kept) == sorted(one for one in fields.items(multi=True) if one[0] != "lang")


def test_answers_leave_one_row_in_the_audit_and_a_download_none(deployed: Deploy) -> None:
    deployment = deployed()
    client = create_app(deployment).test_client()
    client.get("/form/patient")
    client.post("/form/patient", data=CALM | {"show": "response"})
    client.post("/form/patient", data=CALM | {"show": "edit"})
    assert list(deployment.audit.rows()) == []
    answered(client, **CALM)
    assert len(list(deployment.audit.rows())) == 1


@pytest.mark.parametrize("language", PATIENT_WORDS)
@pytest.mark.parametrize(
    ("status", "said", "sent"),
    [
        (413, "too_large", {"data": {"walking-distance-m": "1" * LIMIT}}),
        (403, "other_site", {"data": CALM, "headers": {"Sec-Fetch-Site": "cross-site"}}),
        (400, "no_such_language", {"data": CALM | {"lang": "fr"}}),
        (415, "cannot_be_used", {"data": b"{}", "headers": {"Content-Type": "application/json"}}),
    ],
)
def test_a_refusal_is_told_in_the_language_of_the_page(
    client: FlaskClient, language: str, status: int, said: str, sent: dict[str, Any]
) -> None:
    other = "en" if language == "es" else "es"
    headers = HTML | {"Accept-Language": other} | sent.get("headers", {})
    action = next(
        part.attributes["action"]
        for part in read_page(client.get(f"/form/patient?lang={language}").text).all()
        if part.tag == "form"
    )
    answer = client.post(action, data=sent["data"], headers=headers)
    assert (answer.status_code, answer.headers["Content-Language"], language_of(answer.text)) == (status, language, language)
    page = read_page(answer.text)
    words = PATIENT_WORDS[language]
    assert getattr(words, said) in page.text
    assert {part.attributes["href"] for part in page.having("href") if part.tag == "a"} == {
        "#main",
        f"/form/patient?lang={language}",
        f"/form/patient?lang={other}",
    }
    # None of the English of the other pages, and none of the words that are for who runs the service.
    assert not re.search(r"Status|workbench|diagnos(is|e)\b(?! )|Content-Type|bytes", page.text.replace(words.use, ""))
    program = client.post(action, data=sent["data"], headers=sent.get("headers", {}))
    assert (program.status_code, program.mimetype) == (status, "application/fhir+json")


@pytest.mark.parametrize(("accepted", "language"), [("es-MX", "es"), ("fr", "en"), ("", "en")])
def test_where_no_language_of_ours_is_asked_for_a_refusal_is_in_that_of_the_browser(
    client: FlaskClient, accepted: str, language: str
) -> None:
    answer = client.get("/form/patient?lang=fr", headers=HTML | {"Accept-Language": accepted})
    assert (answer.status_code, answer.headers["Content-Language"]) == (400, language)
    assert PATIENT_WORDS[language].no_such_language in read_page(answer.text).text
