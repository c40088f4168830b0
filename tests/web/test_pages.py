"""The workbench and the assessment page: what they let in, what they refuse, and that nothing sent to them becomes markup."""

from __future__ import annotations

import io
import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from service.app import create_app
from service.evidence.intended_use import INTENDED_USE
from service.web.pages.examples import AS_OF, EXAMPLES, example_body
from tests.claudicant import claudicant, claudicant_json
from tests.web.conftest import Deploy
from tests.web.reading_pages import Part, read_page

ROOT = Path(__file__).parents[2]
HTML = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
FIRST = "01-claudicant-abi-0.62"
HOSTILE = "</textarea></pre><script>alert('x')</script><img src=x onerror=alert(1)>\"'&amp;"


def assessed(client: FlaskClient, **fields: Any) -> Part:
    answer = client.post("/assessment", data=fields, headers=HTML)
    assert answer.status_code == 200, answer.text
    return read_page(answer.text)


def refused(client: FlaskClient, status: int, fields: dict[str, Any], **headers: str) -> str:
    answer = client.post("/assessment", data=fields, headers=HTML | headers)
    assert (answer.status_code, answer.mimetype) == (status, "text/html")
    assert "Traceback" not in answer.text
    return read_page(answer.text).text


def test_the_workbench_offers_every_example_of_the_checkout(client: FlaskClient) -> None:
    page = read_page(client.get("/").text)
    offered = [button.attributes["value"] for button in page.having("name", "example")]
    assert sorted(offered) == sorted(folder.name for folder in (ROOT / "examples").iterdir())
    assert INTENDED_USE in page.text


@pytest.mark.parametrize("id", EXAMPLES)
def test_an_example_of_the_package_is_that_of_the_checkout(client: FlaskClient, id: str) -> None:
    expected = json.loads((ROOT / "examples" / id / "expected.json").read_text())
    assert (EXAMPLES[id].setting, AS_OF.isoformat()) == (expected["setting"], expected["asOf"])
    assert client.get(f"/examples/{id}").data == (ROOT / "examples" / id / "bundle.json").read_bytes()


def test_a_pasted_bundle_and_a_file_give_the_same_page(client: FlaskClient) -> None:
    as_of = AS_OF.isoformat()
    pasted = assessed(client, bundle=example_body(FIRST).decode(), asOf=as_of)
    uploaded = assessed(client, file=(io.BytesIO(example_body(FIRST)), "bundle.json"), asOf=as_of)
    example = assessed(client, example=FIRST)
    for page in (pasted, uploaded):
        assert page.told("leg:right").attributes == example.told("leg:right").attributes
        assert page.told("state:vascular-claudication").text == example.told("state:vascular-claudication").text


def test_setting_and_moment_are_those_of_the_form(client: FlaskClient) -> None:
    page = assessed(client, example=FIRST, setting="vascular-clinic", asOf="2026-04-01")
    assert "vascular clinic" in page.text
    assert "as of 2026-04-01 23:59 UTC" in page.text
    again = [part.attributes for part in page.having("name", "asOf")]
    assert [part["value"] for part in again] == ["2026-04-01"]


def test_the_answer_the_cards_and_the_bundle_can_be_taken_along(client: FlaskClient) -> None:
    answer = client.post("/assessment", data={"example": FIRST, "show": "answer"})
    same = client.post(
        f"/fhir/$assess-claudication?asOf={AS_OF.isoformat().replace('+', '%2B')}&setting=primary-care&_pretty=true",
        data=example_body(FIRST),
        content_type="application/fhir+json",
    )
    assert answer.data == same.data
    cards = client.post("/assessment", data={"example": FIRST, "show": "card"})
    assert cards.json is not None
    assert {"summary", "indicator", "source"} <= set(cards.json["cards"][0])
    sent = client.post("/assessment", data={"bundle": claudicant_json(), "show": "sent"})
    assert json.loads(sent.data) == claudicant()
    for download in (answer, cards, sent):
        assert download.headers["Content-Disposition"].startswith("attachment")
        assert download.headers["Cache-Control"] == "no-store"


def test_the_curl_asks_the_same_question(client: FlaskClient) -> None:
    page = assessed(client, bundle=claudicant_json(), setting="spine-clinic", asOf="2026-03-02")
    words = shlex.split(page.having("id", "curl")[0].text)
    assert words[3] == "http://localhost/fhir/$assess-claudication?setting=spine-clinic&asOf=2026-03-02"
    assert words[-1] == "@bundle.json"


def test_an_assessment_leaves_one_row_in_the_audit_and_a_look_at_the_form_none(deployed: Deploy) -> None:
    deployment = deployed()
    client = create_app(deployment).test_client()
    client.get("/")
    client.post("/assessment", data={"example": FIRST, "show": "sent"})
    assert list(deployment.audit.rows()) == []
    assessed(client, example=FIRST)
    assert len(list(deployment.audit.rows())) == 1


@pytest.mark.parametrize(
    ("fields", "status", "said"),
    [
        ({"bundle": ""}, 400, "nothing is given; choose an example"),
        ({"example": FIRST, "bundle": "{}"}, 400, "example and bundle are given"),
        ({"example": "../../../etc/passwd"}, 400, "there is no example '../../../etc/passwd'"),
        ({"bundle": "{"}, 400, "JSON"),
        ({"bundle": "[]"}, 400, "the body is an array"),
        ({"bundle": '{"resourceType": "Patient"}'}, 422, "'Patient'"),
        ({"example": FIRST, "setting": "ward"}, 400, "setting is 'ward'"),
        ({"example": FIRST, "asOf": "yesterday"}, 400, "asOf is 'yesterday'"),
        ({"example": FIRST, "show": "all"}, 400, "show is 'all'; allowed: page, answer, card, pdf, sent"),
        ({"example": FIRST, "pain": "yes"}, 400, "there is no field 'pain'"),
    ],
)
def test_what_cannot_be_assessed_is_said_on_a_page(client: FlaskClient, fields: dict[str, str], status: int, said: str) -> None:
    assert said in refused(client, status, fields)
    program = client.post("/assessment", data=fields)
    assert (program.status_code, program.mimetype) == (status, "application/fhir+json")


@pytest.mark.parametrize("form", ["multipart/form-data", "application/x-www-form-urlencoded"])
def test_a_bundle_over_the_limit_is_refused_and_one_at_it_is_not(deployed: Deploy, form: str) -> None:
    limit = len(example_body(FIRST))
    client = create_app(deployed(max_body_bytes=str(limit))).test_client()
    fits = client.post("/assessment", data={"bundle": example_body(FIRST).decode()}, content_type=form, headers=HTML)
    assert fits.status_code == 200
    for more in (10, 10 * limit):
        over = {"bundle": example_body(FIRST).decode()[:-1] + " " * more + "}"}
        answer = client.post("/assessment", data=over, content_type=form, headers=HTML)
        assert answer.status_code == 413
        assert f"over the limit of {limit} bytes" in answer.text


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_form_of_another_site_is_refused(client: FlaskClient, site: str) -> None:
    assert "another site" in refused(client, 403, {"example": FIRST}, **{"Sec-Fetch-Site": site})
    for own in ("same-origin", "none"):
        assert client.post("/assessment", data={"example": FIRST}, headers={"Sec-Fetch-Site": own}).status_code == 200


def test_the_pages_let_in_their_own_files_and_nothing_else(client: FlaskClient) -> None:
    for answer in (
        client.get("/"),
        client.post("/assessment", data={"example": FIRST}, headers=HTML),
        client.post("/assessment", data={}, headers=HTML),
    ):
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "Set-Cookie" not in answer.headers
        assert re.search(r"\sstyle=|\son\w+=|<style|javascript:|<script(?! src=\"/assets/copy\.js\")", answer.text) is None
        asked = [part.attributes.get("href", part.attributes.get("src", "")) for part in read_page(answer.text).all()]
        assert {target[0] for target in asked if target} <= {"/", "#"}


@pytest.mark.parametrize(
    ("name", "kind"), [("page.css", "text/css"), ("copy.js", "text/javascript"), ("icon.svg", "image/svg+xml")]
)
def test_the_files_of_the_pages_are_not_guessed_at(client: FlaskClient, name: str, kind: str) -> None:
    answer = client.get(f"/assets/{name}")
    assert (answer.mimetype, answer.headers["X-Content-Type-Options"]) == (kind, "nosniff")
    assert "url(" not in answer.text
    assert "@import" not in answer.text


@pytest.mark.parametrize("id", EXAMPLES)
def test_the_page_is_light_and_well_nested(client: FlaskClient, id: str) -> None:
    answer = client.post("/assessment", data={"example": id}, headers=HTML)
    read_page(answer.text)
    assets = sum(len(client.get(f"/assets/{name}").data) for name in ("page.css", "copy.js", "icon.svg"))
    assert len(answer.data) + assets < 100 * 1024


def with_hostile_words(bundle: Any) -> Any:
    """Every text a person may have typed, and every unit, is an attack."""
    if isinstance(bundle, dict):
        return {
            name: HOSTILE
            if name in ("text", "display", "family", "unit", "valueString", "div") and isinstance(value, str)
            else with_hostile_words(value)
            for name, value in bundle.items()
        }
    return [with_hostile_words(one) for one in bundle] if isinstance(bundle, list) else bundle


def hostile_bundles() -> list[tuple[str, Any]]:
    units = claudicant()
    ids = claudicant()
    statuses = claudicant()
    for entry in units["entry"]:
        for quantity in quantities(entry["resource"]):
            quantity.update(unit=HOSTILE, code=HOSTILE)
    for number, entry in enumerate(ids["entry"]):
        if entry["resource"]["resourceType"] == "Observation":
            entry["fullUrl"] = f"urn:{HOSTILE}:{number}"
            entry["resource"]["id"] = HOSTILE
    for entry in statuses["entry"]:
        entry["resource"]["status"] = HOSTILE
    return [
        ("words", with_hostile_words(claudicant())),
        ("units", units),
        ("ids", ids),
        ("statuses", statuses),
        ("example", with_hostile_words(json.loads(example_body("07-below-knee-amputation-left")))),
    ]


def quantities(value: Any) -> list[dict[str, Any]]:
    if isinstance(value, list):
        return [found for one in value for found in quantities(one)]
    if not isinstance(value, dict):
        return []
    own = [value["valueQuantity"]] if isinstance(value.get("valueQuantity"), dict) else []
    return own + [found for one in value.values() for found in quantities(one)]


@pytest.mark.parametrize(("where", "bundle"), hostile_bundles(), ids=lambda part: part if isinstance(part, str) else "")
def test_what_a_record_holds_never_becomes_markup(client: FlaskClient, where: str, bundle: Any) -> None:
    plain = client.post("/assessment", data={"bundle": claudicant_json()}, headers=HTML)
    answer = client.post("/assessment", data={"bundle": json.dumps(bundle)}, headers=HTML)
    assert answer.mimetype == "text/html"
    tags = {part.tag for part in read_page(answer.text).all()}
    assert "img" not in tags
    assert tags <= {part.tag for part in read_page(plain.text).all()} | {"ul", "ol", "li", "p", "code", "details", "summary"}
    assert answer.text.count("<script") == 1
    assert "<img" not in answer.text
    assert "onerror=alert(1)>" not in answer.text, where


def test_a_hostile_field_is_quoted_on_the_page_and_on_the_command_line(client: FlaskClient) -> None:
    said = client.post("/assessment", data={"example": FIRST, "setting": HOSTILE}, headers=HTML).text
    assert said.count("<script") == 1
    host = client.post("/assessment", data={"example": FIRST}, headers=HTML | {"Host": "a';touch x;'"})
    if host.status_code == 200:
        words = shlex.split(read_page(host.text).having("id", "curl")[0].text)
        assert "touch" not in words
