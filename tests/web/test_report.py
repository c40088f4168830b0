"""The assessment on one sheet: the numbers of the answer, the same bytes through every door, nothing of a record believed, nothing fetched."""

from __future__ import annotations

import base64
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient

from service.app import create_app
from service.cli import main
from service.evidence.intended_use import INTENDED_USE
from service.evidence.loader import Evidence
from service.fhir.json_format import parse
from service.pipeline import assess_bundle
from service.web.pages.examples import AS_OF, EXAMPLES, example_body
from service.web.pages.report.characters import UNPRINTABLE, printable
from service.web.pages.report.pdf import report_pdf
from service.web.pages.report.words import Paper
from tests.claudicant import claudicant, claudicant_json
from tests.examples import reading_answers as answer_of
from tests.examples.reading_answers import resources
from tests.web.conftest import Deploy
from tests.web.reading_pages import read_page
from tests.web.reading_pdfs import Sheet

FIRST = "01-claudicant-abi-0.62"
OPERATION = "/fhir/$assess-claudication"
FHIR = {"Content-Type": "application/fhir+json"}
PDF = {"Accept": "application/pdf"}
MOMENT = "2026-03-02T09:30:00Z"
HOSTILE = '#read("/etc/passwd") *x* $y$ <img src=file:///etc/passwd> @a \\ https://evil.example/ \u202e中\x00 #import "@preview/a:1.0.0"'
each_example = pytest.mark.parametrize("id", EXAMPLES)


@cache
def answered(client: FlaskClient, id: str) -> dict[str, Any]:
    sent = client.post(OPERATION, query_string=question(id) | {"explain": "true"}, data=example_body(id), headers=FHIR)
    found: dict[str, Any] = json.loads(sent.data, parse_float=Decimal)
    return found


def question(id: str) -> dict[str, str]:
    return {"setting": EXAMPLES[id].setting.value, "asOf": AS_OF.isoformat()}


@cache
def sheet_bytes(client: FlaskClient, id: str) -> bytes:
    answer = client.post(OPERATION, query_string=question(id), data=example_body(id), headers=FHIR | PDF)
    assert answer.status_code == 200
    assert answer.content_type == "application/pdf"
    return answer.data


def sheet(client: FlaskClient, id: str) -> Sheet:
    return Sheet(sheet_bytes(client, id))


def trace(answer: dict[str, Any], name: str) -> list[dict[str, Any]]:
    (parameters,) = resources(answer, "Parameters")
    return [one for one in parameters["parameter"] if one["name"] == name]


def part(parameter: dict[str, Any], name: str) -> Any:
    (one,) = [one for one in parameter["part"] if one["name"] == name]
    return next((found for key, found in one.items() if key.startswith("value")), one)


def record_of(answer: dict[str, Any]) -> str:
    subject = resources(answer, "RiskAssessment")[0]["subject"]
    return str(subject.get("reference") or subject["identifier"]["value"])


def close(text: str) -> str:
    """Without blanks: a line may end behind a hyphen."""
    return "".join(text.split())


def interval(parameter: dict[str, Any], name: str) -> str:
    value, low, high = (part(part(parameter, name), end) for end in ("value", "low", "high"))
    return f"{value} % ({low} to {high} %)"


@each_example
def test_the_numbers_on_the_sheet_are_those_of_the_answer(standing_client: FlaskClient, id: str) -> None:
    answer, text = answered(standing_client, id), sheet(standing_client, id).text
    for side, leg in answer_of.legs(answer).items():
        for name in ("abi", "tbi"):
            value = (leg[name] or "").lstrip("<>= ")
            if value:
                said = rf"{side.capitalize()} leg: (?:(?!leg:).)*{name.upper()} (above |below )?{re.escape(value)}"
                assert re.search(said, text), said
    for state in trace(answer, "state"):
        whole = interval(state, "probability")
        value, _, range_ = whole.partition(" % (")
        assert f"{value} %" in text
        assert range_.rstrip(")") in text
        assert part(state, "likelihood") in text
    for cause in trace(answer, "cause"):
        assert f"before {interval(cause, 'pretest')} after {interval(cause, 'posttest')}, uncalibrated" in text
    for name, said in (("redFlag", "text"), ("order", "reason"), ("nextDatum", "text")):
        for told in trace(answer, name):
            assert close(part(told, said)) in close(text)
    for advice in trace(answer, "advice"):
        assert close(next(value for key, value in advice.items() if key.startswith("value"))) in close(text)
    assert next(one["valueString"] for one in trace(answer, "evidenceVersion")) in text
    assert INTENDED_USE in text
    assert close(record_of(answer)) in close(text)


@each_example
def test_no_number_is_on_the_sheet_that_is_not_on_the_page(standing_client: FlaskClient, id: str) -> None:
    page = read_page(standing_client.post("/assessment", data={"example": id}, headers={"Accept": "text/html"}).text)
    number = re.compile(r"\d+(?:\.\d+)?")
    on_page = set(number.findall(page.text))
    added = {found for found in number.findall(sheet(standing_client, id).text) if found not in on_page}
    assert added <= set(number.findall(record_of(answered(standing_client, id))))


@each_example
def test_it_is_one_sheet_of_either_paper(standing_client: FlaskClient, evidence: Evidence, id: str) -> None:
    assessment = assess_bundle(parse(example_body(id)), evidence, as_of=AS_OF, setting=EXAMPLES[id].setting).assessment
    letter = Sheet(report_pdf(assessment, evidence=evidence, as_of=AS_OF, patient_reference="", paper=Paper.LETTER))
    a4 = sheet(standing_client, id)
    assert (a4.pages, letter.pages) == (1, 1)
    assert (a4.size_mm(), letter.size_mm()) == ((210, 297), (216, 279))


def doors(client: FlaskClient, file: Path) -> Iterator[tuple[str, bytes]]:
    query = {"asOf": MOMENT}
    yield "Accept", client.post(OPERATION, query_string=query, data=claudicant_json(), headers=FHIR | PDF).data
    for asked in ("application/pdf", "pdf"):
        query = {"asOf": MOMENT, "_format": asked}
        yield asked, client.post(OPERATION, query_string=query, data=claudicant_json(), headers=FHIR).data
    form = {"bundle": claudicant_json().decode(), "asOf": MOMENT, "show": "pdf"}
    yield "the form", client.post("/assessment", data=form).data
    for query in ({"asOf": MOMENT, "report": "true"}, {"asOf": MOMENT, "report": "true", "output": "transaction"}):
        answer = client.post(OPERATION, query_string=query, data=claudicant_json(), headers=FHIR).get_json()
        (report,) = resources(answer, "DiagnosticReport")
        yield "in the answer", base64.b64decode(report["presentedForm"][0]["data"])
    file.write_bytes(claudicant_json())
    made = file.with_suffix(".pdf")
    assert CliRunner().invoke(main, ["report", str(file), "-o", str(made), "--as-of", MOMENT]).exit_code == 0
    yield "command line", made.read_bytes()
    yield (
        "standard output",
        CliRunner().invoke(main, ["report", "-", "-o", "-", "--as-of", MOMENT], claudicant_json()).stdout_bytes,
    )


def test_every_door_gives_the_same_bytes(standing_client: FlaskClient, tmp_path: Path) -> None:
    made = dict(doors(standing_client, tmp_path / "bundle.json"))
    first = made["Accept"]
    assert first.startswith(b"%PDF-")
    assert [door for door, body in made.items() if body != first] == []


def test_it_says_of_itself_what_it_is_and_nothing_of_the_patient(standing_client: FlaskClient) -> None:
    made = sheet(standing_client, FIRST)
    assert made.title == "Claudication assessment"
    # The clock has no part in it.
    assert made.made == AS_OF.astimezone(UTC)
    assert made.catalogue["/Lang"] == "en"
    about = made.catalogue["/Metadata"].get_data().decode()
    assert "rivers" not in about.lower()
    assert "63" not in re.sub(r"<(xmp|pdf)[^>]*>|uuid:\S+|xmpMM:\S+", "", re.sub(r"ID>[^<]*<", "", about))


def test_a_screen_reader_is_told_what_the_eye_sees(standing_client: FlaskClient) -> None:
    made = sheet(standing_client, "09-post-exercise-drop")
    assert made.catalogue["/MarkInfo"]["/Marked"]
    tags = made.tags()
    assert tags.count("/H1") == 1
    assert tags.count("/H2") == 8
    assert {"/Table", "/TH", "/TD", "/L", "/LI"} <= set(tags)
    body, scale = made.pictures()
    assert "Right: Arm" in body
    assert "after exercise" in scale
    assert {font.partition("+")[2].partition("-")[0] for font in made.fonts()} == {"IBMPlexSans"}


def with_hostile_words(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: HOSTILE
            if isinstance(inner, str) and name in ("text", "display", "family", "unit", "div")
            else with_hostile_words(inner)
            for name, inner in value.items()
        }
    return [with_hostile_words(one) for one in value] if isinstance(value, list) else value


def test_a_hostile_record_is_printed_as_text_and_fetches_nothing(standing_client: FlaskClient) -> None:
    bundle = with_hostile_words(claudicant())
    for number, entry in enumerate(bundle["entry"]):
        if entry["resource"]["resourceType"] == "Observation":
            entry["resource"]["id"] = HOSTILE
            entry["fullUrl"] = f"urn:{HOSTILE}:{number}"
            for name in ("valueQuantity",):
                if name in entry["resource"]:
                    entry["resource"][name] |= {"code": HOSTILE}
    answer = standing_client.post(OPERATION, data=json.dumps(bundle).encode(), headers=FHIR | PDF)
    assert answer.status_code == 200
    made = Sheet(answer.data)
    assert '#read("/etc/passwd")' in made.text
    assert "root:" not in made.text
    assert made.addresses() == []
    assert UNPRINTABLE in made.text


@pytest.mark.parametrize(
    "reference", ["", "Patient/1", HOSTILE, "urn:uuid:" + "a" * 4000, "Пациент/Ωμέγα", "病人", "\U0001f9b5" * 90]
)
def test_any_record_can_be_named(evidence: Evidence, reference: str) -> None:
    assessment = assess_bundle(claudicant(), evidence, as_of=AS_OF).assessment
    made = Sheet(report_pdf(assessment, evidence=evidence, as_of=AS_OF, patient_reference=reference))
    assert made.pages == 1
    assert printable(reference)[:24].strip() in made.text


def test_what_is_too_much_for_a_sheet_is_counted(evidence: Evidence) -> None:
    bundle = claudicant()
    for number in range(400):
        bundle["entry"].append({"resource": {"resourceType": "Observation", "id": f"broken-{number}", "status": number}})
    answer = assess_bundle(bundle, evidence, as_of=AS_OF)
    made = Sheet(report_pdf(answer.assessment, evidence=evidence, as_of=AS_OF, patient_reference=""))
    assert made.pages == 1
    assert re.search(r"And \d+ more, which the FHIR answer names\.", made.text)


def test_what_no_type_size_fits_goes_on_and_each_sheet_says_which_it_is(evidence: Evidence) -> None:
    assessment = assess_bundle(claudicant(), evidence, as_of=AS_OF).assessment
    long = replace(assessment, advice=tuple(f"Sentence {number}: {'word ' * 60}" for number in range(60)))
    made = Sheet(report_pdf(long, evidence=evidence, as_of=AS_OF, patient_reference=""))
    assert made.pages > 1
    assert all(f"Page {number} of {made.pages}." in made.text for number in range(1, made.pages + 1))
    assert all(f"Sentence {number}:" in made.text for number in range(60))


def test_every_character_that_is_let_through_is_in_the_font(evidence: Evidence) -> None:
    letters = "".join(one for one in map(chr, range(0x20, 0x2300)) if printable(one) == one)
    assert set("≥≤–×µ±°éüłßñçΩ€…șțȘȚơưấễỹҐґ₂→‐‑") <= set(letters)
    assessment = replace(assess_bundle(claudicant(), evidence, as_of=AS_OF).assessment, advice=(letters,))
    # What the font lacks is refused where the PDF is written.
    assert report_pdf(assessment, evidence=evidence, as_of=AS_OF, patient_reference="")


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("Ștefan Țurcanu", "Ștefan Țurcanu"),
        ("Nguyễn Thị Hương", "Nguyễn Thị Hương"),
        ("120\u202fmmHg, non\u2011compressible", "120 mmHg, non\u2011compressible"),
        ("clo\u00adpi\u200bdogrel\ufeff", "clopidogrel"),
        ("糖尿病 \u202eabc", "??? ?abc"),
        ("line\nend\ttab", "line end tab"),
    ],
)
def test_a_word_of_the_record_is_printed_as_it_is_read(text: str, printed: str) -> None:
    assert printable(text) == printed


@pytest.mark.parametrize("missing", ["typst", "fontpkg_ibm_plex_sans"])
def test_without_the_extra_the_remedy_is_named(
    client: FlaskClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    for query, headers in (({}, PDF), ({"report": "true"}, {})):
        answer = client.post(OPERATION, query_string=query, data=claudicant_json(), headers=FHIR | headers)
        assert answer.status_code == 406
        assert "pip install 'claudication-cds[report]'" in answer.get_json()["issue"][0]["diagnostics"]
    page = client.post("/assessment", data={"example": FIRST}, headers={"Accept": "text/html"})
    assert page.status_code == 200
    assert 'value="pdf"' not in page.text
    file = tmp_path / "bundle.json"
    file.write_bytes(claudicant_json())
    run = CliRunner().invoke(main, ["report", str(file), "-o", str(tmp_path / "report.pdf")])
    assert run.exit_code == 1
    assert "claudication-cds[report]" in run.stderr
    assert not (tmp_path / "report.pdf").exists()


def test_a_deployment_chooses_its_paper(deployed: Deploy) -> None:
    client = create_app(deployed(report_paper="letter")).test_client()
    assert Sheet(client.post(OPERATION, data=claudicant_json(), headers=FHIR | PDF).data).size_mm() == (216, 279)


def test_json_is_what_who_takes_anything_gets(standing_client: FlaskClient) -> None:
    for accept in ("*/*", "application/*", "application/fhir+json, application/pdf", "application/pdf;q=0.5, application/json"):
        answer = standing_client.post(OPERATION, data=claudicant_json(), headers=FHIR | {"Accept": accept})
        assert "json" in answer.content_type, accept
    refused = standing_client.post(OPERATION, data=claudicant_json(), headers=FHIR | {"Accept": "image/png"})
    assert "application/pdf" in refused.get_json()["issue"][0]["diagnostics"]
    # Other doors have no PDF.
    assert standing_client.get("/fhir/metadata", headers=PDF).status_code == 406


def test_a_pdf_is_made_at_once_and_errors_stay_fhir(standing_client: FlaskClient) -> None:
    later = standing_client.post(OPERATION, data=claudicant_json(), headers=FHIR | PDF | {"Prefer": "respond-async"})
    assert (later.status_code, later.content_type) == (200, "application/pdf")
    assert later.headers["Cache-Control"] == "no-store"
    assert "claudication-report.pdf" in later.headers["Content-Disposition"]
    broken = standing_client.post(OPERATION, data=b"{", headers=FHIR | PDF)
    assert (broken.status_code, broken.content_type) == (400, "application/fhir+json")


def test_nobody_is_told_a_moment_of_the_clock(evidence: Evidence) -> None:
    assessment = assess_bundle(claudicant(), evidence, as_of=AS_OF).assessment
    one, other = (
        report_pdf(assessment, evidence=evidence, as_of=moment, patient_reference="")
        for moment in (AS_OF, datetime(2026, 3, 3, 9, 0, tzinfo=UTC))
    )
    assert one != other
    assert one == report_pdf(assessment, evidence=evidence, as_of=AS_OF, patient_reference="")
