"""The form for clinicians: what it shows, what it makes of what was filled in, and that nothing sent to it is lost or believed too easily."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict

from service.app import create_app
from service.fhir.forms.questionnaire import questionnaire
from service.web.pages.forms.pressure_fields import PLACES
from tests.web.conftest import NOW, Deploy
from tests.web.reading_pages import Part, read_page
from tests.web.test_form_fields import successful
from tests.web.test_pages import HOSTILE, HTML

CLAUDICANT = {
    "birthDate": "1962-07-19",
    "sex": "male",
    "leg-pain-on-walking": "true",
    "symptom-side": "right",
    "symptom-site": "calf",
    "relieved-by-standing-still": "true",
    "relief-within-10-minutes": "true",
    "relieved-by-sitting": "false",
    "back-pain": "false",
    "smoking-status": "current",
    "walking-distance-m": "250",
    "pressure-rest-brachial-right": "148",
    "pressure-rest-brachial-left": "150",
    "pressure-rest-dorsalis-pedis-right": "93",
    "pressure-rest-posterior-tibial-right": "88",
    "pressure-rest-dorsalis-pedis-left": "158",
}


def filled(client: FlaskClient, **fields: Any) -> Part:
    answer = client.post("/form", data=CLAUDICANT | fields, headers=HTML)
    assert answer.status_code == 200, answer.text
    return read_page(answer.text)


def given_back(client: FlaskClient, fields: dict[str, Any]) -> Part:
    answer = client.post("/form", data=fields, headers=HTML)
    assert (answer.status_code, answer.mimetype) == (400, "text/html")
    return read_page(answer.text)


def made(client: FlaskClient, **fields: Any) -> list[dict[str, Any]]:
    sent = client.post("/form", data=CLAUDICANT | fields | {"show": "sent"})
    assert sent.status_code == 200, sent.text
    return [entry["resource"] for entry in json.loads(sent.data)["entry"]]


def issues(client: FlaskClient, **fields: Any) -> list[str]:
    answer = client.post("/form", data=CLAUDICANT | fields | {"show": "answer"})
    (outcome,) = [
        one["resource"] for one in json.loads(answer.data)["entry"] if one["resource"]["resourceType"] == "OperationOutcome"
    ]
    return [issue["diagnostics"] for issue in outcome["issue"]]


def test_the_form_asks_every_question_of_the_definition_and_for_every_pressure(client: FlaskClient) -> None:
    answer = client.get("/form")
    page = read_page(answer.text)
    for group in questionnaire()["item"]:
        (fieldset,) = page.having("id", group["linkId"])
        assert fieldset.tag == "fieldset"
        assert fieldset.text.startswith(group["text"])
        assert [part.attributes["data-item"] for part in fieldset.having("data-item")] == [
            item["linkId"] for item in group["item"]
        ]
    for place in PLACES:
        assert page.having("name", place.name)
        (label,) = page.having("for", place.name)
        assert label.text == place.label
    assert not [value for _, value in successful(page) if value]


def test_the_bands_are_those_of_the_evidence_and_stand_in_the_page(client: FlaskClient) -> None:
    (table,) = read_page(client.get("/form").text).having("id", "pressures")
    told = {name.removeprefix("data-"): value for name, value in table.attributes.items() if name.startswith("data-")}
    assert told == {
        "abnormal-at-most": "0.90",
        "borderline-at-most": "0.99",
        "normal-at-most": "1.40",
        "toe-abnormal-at-most": "0.70",
        "toe-above-ankle": "10",
        "mmhg-per-kpa": "7.50062",
        "sentinels": "-1 255 300 666 777 888 999",
    }


def test_a_claudicant_is_assessed_from_the_form_alone(client: FlaskClient) -> None:
    page = filled(client)
    assert page.told("leg:right").attributes["data-abi"] == "0.62"
    assert page.told("leg:left").attributes["data-abi"] == "1.05"
    assert page.codes("state")[0] == "vascular-claudication"
    assert "63 years, male" in page.text
    assert issues(client) == ["Everything in the input was used, and there is nothing to remark on."]


def test_what_was_not_asked_is_in_no_answer(client: FlaskClient) -> None:
    (response,) = [one for one in made(client) if one["resourceType"] == "QuestionnaireResponse"]
    answered = {item["linkId"]: item["answer"] for group in response["item"] for item in group["item"]}
    assert set(answered) == {name for name in CLAUDICANT if not name.startswith("pressure") and name not in ("birthDate", "sex")}
    assert answered["relieved-by-sitting"] == [{"valueBoolean": False}]
    assert (response["status"], response["questionnaire"]) == (
        "completed",
        f"{questionnaire()['url']}|{questionnaire()['version']}",
    )


@pytest.mark.parametrize("as_of", ["2026-03-02T11:00:00+02:00", "2026-02-27", ""])
def test_the_bundle_sent_by_hand_gives_the_same_answer_byte_for_byte(client: FlaskClient, as_of: str) -> None:
    fields = CLAUDICANT | {"asOf": as_of, "setting": "vascular-clinic"}
    bundle = client.post("/form", data=fields | {"show": "sent"}).data
    answer = client.post("/form", data=fields | {"show": "answer"})
    moment = quote(as_of or NOW.isoformat())
    by_hand = client.post(
        f"/fhir/$assess-claudication?asOf={moment}&setting=vascular-clinic&_pretty=true",
        data=bundle,
        content_type="application/fhir+json",
    )
    assert answer.data == by_hand.data
    assert answer.headers["Content-Disposition"].startswith("attachment")
    # And so does what the page takes along.
    page = read_page(client.post("/form", data=fields, headers=HTML).text)
    (text,) = [part for part in page.having("name", "bundle") if part.tag == "textarea"]
    again = {"bundle": "".join(str(child) for child in text.children), "setting": "vascular-clinic", "show": "answer"}
    again["asOf"] = next(part.attributes["value"] for part in page.having("id", "asOf"))
    assert client.post("/assessment", data=again).data == answer.data


def test_kilopascal_incompressible_no_signal_and_after_exercise_are_read(client: FlaskClient) -> None:
    fields = {
        "unit": "kPa",
        "takenOn": "2026-02-27",
        "minutesAfterExercise": "1,5",
        "pressure-rest-brachial-right": "19.7",
        "pressure-rest-brachial-left": "",
        "pressure-rest-dorsalis-pedis-right": "12.4",
        "pressure-rest-posterior-tibial-right": "",
        "pressure-rest-dorsalis-pedis-left": "33",
        "pressure-rest-dorsalis-pedis-left-state": "not-compressible",
        "pressure-rest-posterior-tibial-left-state": "not-compressible",
        "pressure-rest-toe-left-state": "no-signal",
        "pressure-post-exercise-brachial-right": "22",
        "pressure-post-exercise-dorsalis-pedis-right": "6",
    }
    page = filled(client, **fields)
    assert (page.told("leg:right").attributes["data-abi"], page.told("leg:right").attributes["data-post-abi"]) == ("0.63", "0.27")
    assert (page.told("leg:left").attributes["data-band"], page.told("leg:left").attributes["data-tbi"]) == (
        "noncompressible",
        "0.00",
    )
    taken = [one for one in made(client, **fields) if one["resourceType"] == "Observation"]
    assert {one["effectiveDateTime"] for one in taken} == {"2026-02-27"}
    assert len(taken) == 7


def test_an_answer_the_others_do_not_lead_to_is_not_used_and_this_is_said(client: FlaskClient) -> None:
    fields = {"relieved-by-standing-still": "false", "relief-within-10-minutes": "true"}
    said = filled(client, **fields).told("set-aside").text
    assert "Is it gone within 10 minutes of standing still?" in said
    assert "Only if: “Does it ease when standing still, without sitting down?”: Yes" in said
    assert "relief-within-10-minutes" not in json.dumps(made(client, **fields))
    assert filled(client).codes("set-aside") == []
    assert not filled(client).having("data-told", "set-aside")


def test_an_empty_form_is_an_answer_too(client: FlaskClient) -> None:
    page = read_page(client.post("/form", data={"fever": ""}, headers=HTML).text)
    assert page.codes("next")
    assert page.codes("state") == []


def test_everything_wrong_is_said_at_once_and_nothing_is_lost(client: FlaskClient) -> None:
    wrong = {
        "birthDate": "19.7.1962",
        "sex": "man",
        "setting": "ward",
        "asOf": "yesterday",
        "takenOn": "2026-02-31",
        "minutesAfterExercise": "1000",
        "walking-distance-m": "far",
        "symptom-side": "front",
        "fever": "perhaps",
        "pressure-rest-brachial-right": "15",
        "pressure-rest-brachial-left": "abc",
        "pressure-rest-dorsalis-pedis-right": "999",
        "pressure-rest-posterior-tibial-right": "0",
        "pressure-rest-dorsalis-pedis-left": "60",
        "pressure-rest-dorsalis-pedis-left-state": "no-signal",
        "pressure-rest-toe-left": "40",
        "pressure-rest-toe-left-state": "not-compressible",
    }
    fields = CLAUDICANT | wrong | {"pressure-post-exercise-brachial-left": "170"}
    page = given_back(client, fields)
    (summary,) = page.having("id", "errors")
    assert summary.attributes.keys() >= {"autofocus", "tabindex", "role"}
    assert f"{len(wrong) - 2} answers need another look" in summary.text
    links = [part.attributes["href"] for part in summary.having("href")]
    assert len(links) == len(wrong) - 2
    for link in links:
        assert page.having("id", link[1:]), link
        assert page.having("aria-describedby", f"{link[1:]}-error"), link
        assert len(page.having("id", f"{link[1:]}-error")) == 1
    assert [part.attributes["class"] for part in page.all() if part.tag == "td" and "class" in part.attributes] == ["wrong"] * 6
    (after,) = [part for part in page.having("id", "pressures")[0].all() if part.tag == "details"]
    assert "open" in after.attributes
    # A code that is none of the choices cannot be shown as chosen; all that was typed, and all other choices, can.
    kept = dict(successful(page))
    for name, value in fields.items():
        if name not in ("sex", "setting", "symptom-side", "fever") and not name.endswith("-state"):
            assert kept[name] == value, name
    chosen = [part.attributes["value"] for part in page.having("selected") if "value" in part.attributes]
    assert chosen.count("no-signal") == 1


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"birthDate": "2031-01-01"}, "2031-01-01 is not between 1896 and 2026-03-02"),
        ({"birthDate": "1850"}, "1850 is not between"),
        ({"birthDate": "١٩٦٢"}, "is not a date"),
        ({"takenOn": "2026-0٣-02"}, "is not a date"),
        ({"takenOn": "10000-01-01"}, "is not a date"),
        ({"birthDate": "62"}, "“62” is not a date. Write 1958-07-19, or only 1958"),
        ({"takenOn": "2026-03-05"}, "2026-03-05 is after 2026-03-02"),
        ({"unit": "psi"}, "The unit is “psi”. Choose mmHg or kPa."),
        ({"pressure-rest-brachial-right": "15"}, "15 mmHg is outside 50 to 300 mmHg. Correct it, or look at the unit"),
        ({"pressure-rest-dorsalis-pedis-right": "255"}, "255 is what devices send instead of a reading"),
        (
            {"pressure-rest-brachial-right-state": "no-signal"},
            "There is no question “pressure-rest-brachial-right-state” in this form",
        ),
        ({"pressure-rest-toe-right-state": "not-compressible"}, "cannot be said of Right toe"),
        ({"pain": "yes"}, "There is no question “pain” in this form. It was left out."),
        ({"show": "all"}, "“all” is not among: page, answer, card, pdf, sent, edit"),
        ({"fever": "x" * 300}, "over the limit of 200 characters"),
    ],
)
def test_what_is_wrong_and_what_helps(client: FlaskClient, fields: dict[str, str], said: str) -> None:
    assert said in given_back(client, CLAUDICANT | fields).text
    program = client.post("/form", data=CLAUDICANT | fields)
    assert (program.status_code, program.mimetype) == (400, "application/fhir+json")
    assert program.json is not None
    assert said in program.json["issue"][0]["diagnostics"]


def test_a_year_of_birth_is_enough_and_a_bound_above_the_cuff_too(client: FlaskClient) -> None:
    assert "63 years" in filled(client, birthDate="1962").text
    page = filled(
        client, **{"pressure-rest-dorsalis-pedis-left": "300", "pressure-rest-dorsalis-pedis-left-state": "not-compressible"}
    )
    assert page.told("leg:left").attributes["data-band"] == "noncompressible"


def test_a_field_given_twice_is_not_chosen_between(client: FlaskClient) -> None:
    for name, first, second in (
        ("fever", "true", "false"),
        ("birthDate", "1962", "1963"),
        ("pressure-rest-toe-left", "61", "16"),
        ("show", "page", "sent"),
    ):
        fields = MultiDict([*CLAUDICANT.items(), (name, first), (name, second)])
        assert "This was answered twice" in given_back(client, fields).text


def test_a_moment_at_the_end_of_time_is_assessed_like_any_other(client: FlaskClient) -> None:
    assert (
        filled(client, asOf="9999-12-31", birthDate="9940", takenOn="9999-12-30").told("leg:right").attributes["data-abi"]
        == "0.62"
    )


def test_rest_and_exercise_of_one_form_are_one_session(client: FlaskClient) -> None:
    after = {"pressure-post-exercise-brachial-right": "160", "pressure-post-exercise-dorsalis-pedis-right": "50"}
    assert filled(client, **after).told("leg:right").attributes["data-post-abi"] == "0.31"


@pytest.mark.parametrize("path", ["/form", "/form/patient"])
def test_every_id_stands_once_and_every_label_and_link_leads_somewhere(client: FlaskClient, path: str) -> None:
    page = read_page(client.get(path).text)
    ids = [part.attributes["id"] for part in page.having("id")]
    assert len(ids) == len(set(ids))
    named = [part.attributes[name] for name in ("for", "aria-labelledby") for part in page.having(name)]
    named += [part.attributes["href"][1:] for part in page.having("href") if part.attributes["href"].startswith("#")]
    assert set(named) <= set(ids)
    labelled = {part.attributes["for"] for part in page.having("for")}
    for part in page.all():
        if part.tag in ("select", "textarea") or (part.tag == "input" and part.attributes["type"] == "text"):
            assert part.attributes["id"] in labelled


@pytest.mark.parametrize(
    "name",
    [
        "birthDate",
        "sex",
        "setting",
        "asOf",
        "takenOn",
        "unit",
        "minutesAfterExercise",
        "walking-distance-m",
        "symptom-side",
        "fever",
        PLACES[0].name,
        HOSTILE,
    ],
)
def test_hostile_words_never_become_markup(client: FlaskClient, name: str) -> None:
    answer = client.post("/form", data=CLAUDICANT | {name: HOSTILE}, headers=HTML)
    assert answer.status_code == 400
    assert "<script>alert" not in answer.text
    assert "<img" not in answer.text
    read_page(answer.text)


def test_the_answers_can_be_changed_from_the_page_of_the_assessment(client: FlaskClient) -> None:
    (section,) = filled(client, **{"symptom-character": ["cramping", "aching"]}).having("aria-label", "The form")
    hidden = MultiDict((part.attributes["name"], part.attributes["value"]) for part in section.all() if part.tag == "input")
    back = client.post("/form", data=MultiDict([*hidden.items(multi=True), ("show", "edit")]), headers=HTML)
    assert back.status_code == 200
    kept = [one for one in successful(read_page(back.text)) if one[1]]
    assert sorted(kept) == sorted([*CLAUDICANT.items(), ("symptom-character", "cramping"), ("symptom-character", "aching")])


def test_the_forms_let_in_their_own_files_and_nothing_else(client: FlaskClient) -> None:
    for answer in (
        client.get("/form"),
        client.get("/form/patient"),
        client.post("/form", data=CLAUDICANT, headers=HTML),
        client.post("/form", data={"fever": "?"}, headers=HTML),
        client.post("/form/patient", data={"fever": "true"}, headers=HTML),
    ):
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Set-Cookie" not in answer.headers
        scripts = re.findall(r"<script[^>]*>", answer.text)
        assert set(scripts) <= {'<script src="/assets/copy.js" defer>', '<script type="module" src="/assets/form.js">'}
        assert re.search(r"\sstyle=|\son\w+=|<style|javascript:", answer.text) is None
        asked = [part.attributes.get("href", part.attributes.get("src", "")) for part in read_page(answer.text).all()]
        assert {target[0] for target in asked if target} <= {"/", "#"}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("form.css", "text/css"),
        ("form-conditions.css", "text/css"),
        ("form.js", "text/javascript"),
        ("indices.js", "text/javascript"),
    ],
)
def test_the_files_of_the_forms_ask_nobody_else(client: FlaskClient, name: str, kind: str) -> None:
    answer = client.get(f"/assets/{name}")
    assert answer.mimetype == kind
    assert re.search(r"url\(|@import|https?:|fetch\(|innerHTML", answer.text) is None


def test_no_number_of_medicine_stands_in_the_scripts(client: FlaskClient) -> None:
    for name in ("form.js", "indices.js"):
        code = re.sub(r"//.*|/\*.*?\*/|\"[^\"]*\"", "", client.get(f"/assets/{name}").text, flags=re.DOTALL)
        assert re.findall(r"\b(?:0\.\d+|1\.\d+|40n?|90n?|99n?|140n?|70n?)\b", code) == []


def test_a_form_leaves_one_row_in_the_audit_and_a_look_or_a_download_of_the_bundle_none(deployed: Deploy) -> None:
    deployment = deployed()
    client = create_app(deployment).test_client()
    client.get("/form")
    client.post("/form", data=CLAUDICANT | {"show": "sent"})
    client.post("/form", data=CLAUDICANT | {"show": "edit"})
    client.post("/form", data=CLAUDICANT | {"fever": "?"})
    assert list(deployment.audit.rows()) == []
    filled(client)
    assert len(list(deployment.audit.rows())) == 1


@pytest.mark.parametrize("path", ["/form", "/form/patient"])
def test_a_form_of_another_site_is_refused_on_a_page(client: FlaskClient, path: str) -> None:
    answer = client.post(path, data=CLAUDICANT, headers=HTML | {"Sec-Fetch-Site": "cross-site"})
    assert (answer.status_code, answer.mimetype) == (403, "text/html")


def test_the_workbench_leads_to_both_forms(client: FlaskClient) -> None:
    links = [part.attributes["href"] for part in read_page(client.get("/").text).having("href")]
    assert {"/form", "/form/patient"} <= set(links)
