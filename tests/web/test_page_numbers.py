"""The page of every example, checked against its FHIR answer number by number, each way: nothing differs, nothing is missing, nothing is added."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from typing import Any

import pytest
from flask.testing import FlaskClient

from service.app import create_app, deploy
from service.config import load_settings
from service.web.pages.examples import AS_OF, EXAMPLES, example_body
from tests.examples import reading_answers as answer_of
from tests.examples.reading_answers import code_of, resources
from tests.web.conftest import NOW
from tests.web.reading_pages import Part, read_page

each_example = pytest.mark.parametrize("id", EXAMPLES)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """One service for the whole module: nothing here changes it."""
    database = f"sqlite:///{tmp_path_factory.mktemp('pages')}/audit.db"
    deployment = deploy(load_settings({"CLAUDICATION_DATABASE_URL": database}), clock=lambda: NOW, log_to=io.BytesIO())
    yield create_app(deployment).test_client()
    deployment.assessments.close()


@cache
def page_of(client: FlaskClient, id: str) -> Part:
    answer = client.post("/assessment", data={"example": id}, headers={"Accept": "text/html"})
    assert answer.status_code == 200
    return read_page(answer.text)


@cache
def answered(client: FlaskClient, id: str) -> dict[str, Any]:
    """What the operation says of the same Bundle, with its trace, numbers as printed."""
    sent = client.post(
        "/fhir/$assess-claudication",
        query_string={"setting": EXAMPLES[id].setting.value, "asOf": AS_OF.isoformat(), "explain": "true"},
        data=example_body(id),
        content_type="application/fhir+json",
    )
    assert sent.status_code == 200
    found: dict[str, Any] = json.loads(sent.data, parse_float=Decimal)
    return found


@each_example
def test_the_indices_of_both_legs(client: FlaskClient, id: str) -> None:
    answer, page = answered(client, id), page_of(client, id)
    for side, leg in answer_of.legs(answer).items():
        row = page.told(f"leg:{side}")
        shown = row.attributes
        # Where only a limit is known, both doors name the limit; what does not compress at all has no number through either.
        assert shown["data-abi"] == (leg["abi"] or "").lstrip("<>= ")
        assert shown["data-tbi"] == (leg["tbi"] or "")
        # An answer about no pressure at all says nothing of the status.
        assert shown["data-pad"] == (leg["padStatus"] or "not-measured")
        assert shown["data-band"] == (leg["category"] or "none")
        assert shown["data-abi"] in row.text
        assert shown["data-tbi"] in row.text
        assert shown["data-post-abi"] == post_exercise(answer, side)
        assert shown["data-post-abi"] in row.text
        # The drawing says the same.
        assert all(shown[name] in page.having("id", "figure-words")[0].text for name in ("data-abi", "data-tbi", "data-post-abi"))


def post_exercise(answer: dict[str, Any], side: str) -> str:
    for observation in resources(answer, "Observation"):
        if code_of(observation["code"], "index") == "post-exercise-abi" and side in observation["code"]["text"].lower():
            return str(observation["valueQuantity"]["value"]) if "valueQuantity" in observation else ""
    return ""


def trace_of(answer: dict[str, Any]) -> list[dict[str, Any]]:
    (trace,) = resources(answer, "Parameters")
    parameters: list[dict[str, Any]] = trace["parameter"]
    return parameters


def parts(parameter: dict[str, Any], name: str) -> list[dict[str, Any]]:
    return [part for part in parameter["part"] if part["name"] == name]


def value(parameter: dict[str, Any], name: str) -> Any:
    (part,) = parts(parameter, name)
    return next(found for key, found in part.items() if key.startswith("value"))


def interval(parameter: dict[str, Any], name: str) -> list[str]:
    (part,) = parts(parameter, name)
    return [str(value(part, end)) for end in ("value", "low", "high")]


@each_example
def test_the_four_states_in_their_order(client: FlaskClient, id: str) -> None:
    answer, page = answered(client, id), page_of(client, id)
    states = [parameter for parameter in trace_of(answer) if parameter["name"] == "state"]
    assert page.codes("state") == [value(state, "diagnosis") for state in states]
    for state in states:
        shown = page.told(f"state:{value(state, 'diagnosis')}")
        assert shown.numbers() == interval(state, "probability")
        assert value(state, "likelihood") in shown.text
    # The RiskAssessment, which is what callers read, has the same numbers.
    predictions = [
        prediction
        for assessment in resources(answer, "RiskAssessment")
        for prediction in assessment.get("prediction", [])
        if "probabilityDecimal" in prediction
    ]
    assert [str(one["probabilityDecimal"]) for one in predictions] == [
        page.told(f"state:{code}").numbers()[0] for code in page.codes("state")
    ]


@each_example
def test_each_cause_and_every_finding_that_moved_it(client: FlaskClient, id: str) -> None:
    answer, page = answered(client, id), page_of(client, id)
    causes = [parameter for parameter in trace_of(answer) if parameter["name"] == "cause"]
    assert page.codes("cause") == [value(cause, "name") for cause in causes]
    for cause in causes:
        shown = page.told(f"cause:{value(cause, 'name')}")
        assert shown.told("pretest").numbers() == interval(cause, "pretest")
        assert shown.told("posttest").numbers() == interval(cause, "posttest")
        assert "uncalibrated" in shown.text
        rows = shown.having("data-entry")
        findings = parts(cause, "finding")
        assert [row.attributes["data-entry"] for row in rows] == [value(finding, "entry") for finding in findings]
        for row, finding in zip(rows, findings, strict=True):
            told = row.attributes
            assert [told["data-ratio"], told["data-low"], told["data-high"]] == interval(finding, "likelihoodRatio")
            assert told["data-log-odds"] == str(value(finding, "logOdds"))
            assert value(finding, "text") in row.text
            assert value(finding, "why") in row.text
            assert (told["class"] == "counted") is value(finding, "counted")


@each_example
def test_red_flags_orders_what_was_withheld_and_what_to_ask(client: FlaskClient, id: str) -> None:
    answer, page = answered(client, id), page_of(client, id)
    trace = trace_of(answer)
    for kind, name in (("flag", "redFlag"), ("order", "order"), ("withheld", "withheld"), ("next", "nextDatum")):
        told = [parameter for parameter in trace if parameter["name"] == name]
        assert page.codes(kind) == [value(parameter, "code") for parameter in told]
        shown = [part for part in page.having("data-told") if part.attributes["data-told"].startswith(f"{kind}:")]
        for part, parameter in zip(shown, told, strict=True):
            words = " ".join(value(parameter, "reason" if kind in ("order", "withheld") else "text").split())
            assert words in part.text
            if kind in ("flag", "order"):
                assert value(parameter, "priority") in part.text
    assert page.codes("order") == [code_of(order["code"], "order") for order in resources(answer, "ServiceRequest")]
    assert page.told("evidence").text == next(one["valueString"] for one in trace if one["name"] == "evidenceVersion")


@each_example
def test_what_was_not_used_stands_on_the_page_with_its_reason(client: FlaskClient, id: str) -> None:
    answer, page = answered(client, id), page_of(client, id)
    for outcome in resources(answer, "OperationOutcome"):
        for issue in outcome["issue"]:
            reference = issue.get("diagnostics", "")
            if "not-relevant" not in json.dumps(issue.get("details", {})) and reference:
                assert " ".join(reference.split()) in page.text


@each_example
def test_every_source_leads_to_its_place_in_the_evidence(client: FlaskClient, id: str) -> None:
    evidence = read_page(client.get("/evidence", headers={"Accept": "text/html"}).text)
    places = {part.attributes["id"] for part in evidence.having("id")}
    links = [part.attributes["href"] for part in page_of(client, id).having("href")]
    led = {link.partition("#")[2] for link in links if link.startswith("/evidence#")}
    assert led <= places
