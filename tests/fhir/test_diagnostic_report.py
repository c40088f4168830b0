"""The report of an answer as a DiagnosticReport: whole, preliminary, believed by the judges, and only where it is asked for."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from typing import Any

import pytest

from service.clinical.assessment import Assessment
from service.evidence.intended_use import INTENDED_USE
from service.fhir.answer import Output, build_answer
from service.fhir.exchange.write_back import write_plan
from service.fhir.json_format import dumps
from service.fhir.operation import read_request
from service.fhir.output_check import violations
from service.fhir.own_identity import ANSWER_SYSTEM, is_ours
from tests.fhir.assessments import AS_OF, CITATIONS, EVIDENCE, assessment, nothing_known, resources
from tests.judges.panel import Panel

SHEET = b"%PDF-1.7 as good as any"


def answer(of: Assessment, *, output: Output = Output.COLLECTION, presented: bytes | None = SHEET) -> Any:
    return build_answer(
        of,
        patient_reference="Patient/otto",
        evidence_version=EVIDENCE,
        citations=CITATIONS,
        as_of=AS_OF,
        digest="0f" * 32,
        output=output,
        presented=presented,
    )


def report(bundle: Any) -> Any:
    (found,) = resources(bundle, "DiagnosticReport")
    return found


@pytest.mark.parametrize("output", Output)
@pytest.mark.parametrize("of", [assessment(), nothing_known()], ids=["everything", "nothing known"])
def test_the_judges_accept_it_and_so_do_our_own_rules(of: Assessment, output: Output, panel: Panel) -> None:
    bundle = answer(of, output=output)
    assert violations(bundle) == ()
    assert panel.complaints(dumps(bundle)) == []


@pytest.mark.parametrize("output", Output)
def test_asking_for_it_changes_nothing_else(output: Output) -> None:
    plain, with_report = (answer(assessment(), output=output, presented=one) for one in (None, SHEET))
    assert with_report["id"] != plain["id"]
    kept = [
        entry for entry in with_report["entry"] if entry["resource"]["resourceType"] not in ("DiagnosticReport", "Provenance")
    ]
    assert kept == [entry for entry in plain["entry"] if entry["resource"]["resourceType"] != "Provenance"]
    assert {"reference": f"urn:uuid:{report(with_report)['id']}"} in resources(with_report, "Provenance")[0]["target"]


def test_the_sheet_arrives_whole() -> None:
    (attachment,) = report(answer(assessment()))["presentedForm"]
    assert base64.b64decode(attachment["data"]) == SHEET
    assert attachment["size"] == len(SHEET)
    assert base64.b64decode(attachment["hash"]) == hashlib.sha1(SHEET, usedforsecurity=False).digest()
    assert (attachment["contentType"], attachment["creation"]) == ("application/pdf", AS_OF.isoformat())


def test_it_leads_to_every_observation_of_the_answer() -> None:
    bundle = answer(assessment())
    observed = [f"urn:uuid:{one['id']}" for one in resources(bundle, "Observation")]
    assert [one["reference"] for one in report(bundle)["result"]] == observed


def test_its_conclusion_begins_with_what_must_not_wait_and_ends_with_what_it_is() -> None:
    of = assessment()
    said = report(answer(of))["conclusion"]
    assert said.startswith(of.red_flags[0].text)
    assert said.endswith(INTENDED_USE)
    assert "uncalibrated" in said
    assert report(answer(nothing_known()))["conclusion"].endswith(INTENDED_USE)


def test_nobody_has_signed_it() -> None:
    found = report(answer(assessment()))
    assert found["status"] == "preliminary"
    assert not {"performer", "resultsInterpreter", "conclusionCode"} & found.keys()


def test_a_server_knows_it_again_and_so_do_we() -> None:
    sent = answer(assessment(), output=Output.TRANSACTION)
    (entry,) = [one for one in sent["entry"] if one["resource"]["resourceType"] == "DiagnosticReport"]
    assert entry["request"] == {"method": "POST", "url": "DiagnosticReport"}
    assert entry["resource"]["identifier"] == [{"system": ANSWER_SYSTEM, "value": entry["resource"]["id"]}]
    assert is_ours(entry["resource"])
    planned = [
        one["request"]["ifNoneExist"] for one in write_plan(sent, None).entries if one["request"]["url"] == "DiagnosticReport"
    ]
    assert planned == [f"identifier={ANSWER_SYSTEM}|{entry['resource']['id']}"]


def signed(found: Any) -> None:
    found["performer"] = [{"reference": "Practitioner/1"}]


def concluded(found: Any) -> None:
    found["conclusionCode"] = [{"text": "PAD"}]


def final(found: Any) -> None:
    found["status"] = "final"


def cut_short(found: Any) -> None:
    found["presentedForm"][0]["data"] = base64.b64encode(SHEET[:-1]).decode()


def another_kind(found: Any) -> None:
    found["presentedForm"][0]["contentType"] = "text/html"


def without_a_sheet(found: Any) -> None:
    del found["presentedForm"]


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (signed, "performer: nobody has looked at it yet"),
        (concluded, "conclusionCode: nobody has looked at it yet"),
        (final, "status is 'final'"),
        (cut_short, "presentedForm[0] is not a whole application/pdf"),
        (another_kind, "presentedForm[0] is not a whole application/pdf"),
        (without_a_sheet, "presentedForm is missing"),
    ],
)
def test_a_report_that_claims_more_than_it_is_never_leaves(harm: Callable[[Any], None], said: str) -> None:
    bundle = answer(assessment())
    harm(report(bundle))
    assert any(said in one for one in violations(bundle))


@pytest.mark.parametrize(("given", "asked"), [("true", True), ("false", False)])
def test_it_is_asked_for_by_an_option(given: str, asked: bool) -> None:
    bundle = {"resourceType": "Bundle", "type": "collection"}
    assert read_request(bundle, {"report": [given]}).report is asked
    in_parameters = {
        "resourceType": "Parameters",
        "parameter": [{"name": "bundle", "resource": bundle}, {"name": "report", "valueBoolean": asked}],
    }
    assert read_request(in_parameters).report is asked
    assert read_request(bundle).report is False
