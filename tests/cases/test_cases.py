"""Invented patients, a folder each: the answer is the one worked out by hand in `expected.json`, through the pipeline and through the door."""

from __future__ import annotations

import functools
import io
import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from service.app import create_app, deploy
from service.clinical.assessment import Setting
from service.clinical.data_issues import IssueCode
from service.clinical.facts import ALTERNATIVES
from service.clinical.indices import PadReason, PadStatus
from service.config import load_settings
from service.evidence.loader import Evidence, load_evidence
from service.fhir.json_format import dumps, parse
from service.fhir.output_check import violations
from service.fhir.terminology.orders import ORDERS
from service.fhir.terminology.own import RED_FLAGS
from service.pipeline import Answer, assess_bundle
from tests.cases.expectation import COMPARED, SETTINGS, Told, complaints
from tests.examples import reading_answers as answer_of
from tests.examples.reading_answers import silently_dropped
from tests.judges.panel import Panel

CASES = Path(__file__).parent
STORIES = sorted(folder.parent.name for folder in CASES.glob("*/bundle.json"))
each_story = pytest.mark.parametrize("story", STORIES)


@functools.cache
def evidence() -> Evidence:
    return load_evidence()


def bundle_of(story: str) -> bytes:
    return (CASES / story / "bundle.json").read_bytes()


@functools.cache
def expected_of(story: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((CASES / story / "expected.json").read_text())
    return found


def assess(story: str) -> Answer:
    expected = expected_of(story)
    return assess_bundle(
        parse(bundle_of(story)),
        evidence(),
        as_of=datetime.fromisoformat(expected["asOf"]),
        setting=Setting(expected["setting"]),
    )


def told(story: str) -> Told:
    answer = assess(story)
    received = json.loads(dumps(answer.bundle), parse_float=Decimal)
    return Told(answer=received, assessment=answer.assessment, evidence=evidence())


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    folder = tmp_path_factory.mktemp("door")
    deployment = deploy(
        load_settings({"CLAUDICATION_DATABASE_URL": f"sqlite:///{folder}/audit.db"}),
        clock=lambda: datetime(2026, 3, 2, 9, 30, tzinfo=UTC),
        log_to=io.BytesIO(),
    )
    yield create_app(deployment).test_client()
    deployment.assessments.close()


@each_story
def test_the_answer_is_the_one_expected(story: str) -> None:
    assert complaints(expected_of(story), told(story)) == []


@each_story
def test_the_door_gives_the_same_answer(story: str, door: FlaskClient) -> None:
    expected = expected_of(story)
    answer = door.post(
        "/fhir/$assess-claudication",
        query_string={"asOf": expected["asOf"], "setting": expected["setting"]},
        headers={"Content-Type": "application/fhir+json"},
        data=bundle_of(story),
    )
    assert answer.status_code == 200
    assert answer.data == dumps(assess(story).bundle) + b"\n"


@each_story
def test_the_plan_applied_proposes_the_same_orders(story: str, door: FlaskClient) -> None:
    expected = expected_of(story)
    data = json.loads(bundle_of(story))
    [patient] = [entry for entry in data["entry"] if entry["resource"]["resourceType"] == "Patient"] or [{"fullUrl": "Patient/1"}]
    known = patient.get("resource", {}).get("id")
    parameters = {
        "resourceType": "Parameters",
        "parameter": [
            {"name": "subject", "valueString": f"Patient/{known}" if known else patient["fullUrl"]},
            {"name": "data", "resource": data},
            {"name": "asOf", "valueDateTime": expected["asOf"]},
            {"name": "setting", "valueCode": expected["setting"]},
        ],
    }
    plan = door.post(
        "/fhir/PlanDefinition/claudication/$apply", headers={"Content-Type": "application/fhir+json"}, json=parameters
    )
    assert plan.status_code == 200
    proposed = [one for one in json.loads(plan.data).get("contained", []) if one["resourceType"] == "ServiceRequest"]
    assert {one["code"]["coding"][0]["code"]: one["priority"] for one in proposed} == answer_of.orders(told(story).answer)


@each_story
def test_the_judges_accept_patient_and_answer(story: str, panel: Panel) -> None:
    assert panel.complaints(bundle_of(story)) == []
    answer = assess(story).bundle
    assert list(violations(answer)) == []
    assert panel.complaints(dumps(answer)) == []


@each_story
def test_nothing_of_the_patient_is_dropped_silently(story: str) -> None:
    assert silently_dropped(parse(bundle_of(story)), told(story).answer) == []


@each_story
def test_every_story_says_why(story: str) -> None:
    lines = [line for line in (CASES / story / "why.md").read_text().splitlines() if line.strip()]
    assert lines[0].startswith("# ")
    assert len(lines) >= 5


def test_a_misspelt_expectation_is_an_error() -> None:
    expected = {**expected_of(STORIES[0]), "redFlag": []}
    assert complaints(expected, told(STORIES[0])) == ["expected.json names what nothing compares: ['redFlag']"]


def test_the_format_is_documented() -> None:
    words = (CASES / "README.md").read_text()
    assert [key for key in (*SETTINGS, *COMPARED) if f"`{key}`" not in words] == []


# --- coverage: what at least one story must name ---------------------------------------------------------------------

ROWS = [str(row) for row in range(1, 19)]
"""The rows of the decision table."""

CONFUSABLE = {
    "buttock pain that is aorto-iliac": ("buttocks-that-stop-at-the-shop-window", "vascular-claudication", "confirmed"),
    "sitting relieves both": ("sitting-relieves-both", "mixed-claudication", "confirmed"),
    "a normal ABI with femoral disease": ("femoral-bruit-normal-resting-index", "vascular-claudication", "not-shown"),
    "an ABI over 1.40 with a toe index of one half": ("stiff-arteries-toe-index-one-half", "vascular-claudication", "confirmed"),
    "a young athlete with an exercise drop": ("young-rower-with-an-exercise-drop", "other-cause", "possible"),
    "neuropathy in a diabetic with artery disease": ("burning-feet-in-a-diabetic-with-low-abi", None, "confirmed"),
    "artery disease by the way in a man with stenosis": (
        "artery-disease-in-the-leg-that-is-well",
        "neurogenic-claudication",
        "confirmed",
    ),
}
"""The pairs most easily confused: the story that tells each, what leads in it, and a PAD status one of the legs has."""

OF_A_LEG = ["acute-limb-ischaemia", "chronic-limb-threatening-ischaemia"]
"""Red flags whose side matters."""


def named(key: str) -> list[Any]:
    """What all stories together expect under one key."""
    return [expected_of(story)[key] for story in STORIES if key in expected_of(story)]


def rules_named() -> set[str]:
    return {rule for rules in named("rules") for rule in rules}


def not_named(wanted: Iterable[str], found: set[str]) -> list[str]:
    return sorted(set(wanted) - found)


def test_there_are_sixty_patients() -> None:
    assert len(STORIES) >= 60


def test_every_row_of_the_decision_table_speaks_in_a_story() -> None:
    row_of = {rule.basis.rule: rule.row for rule in evidence().recommendations.rules}
    assert not_named(ROWS, {row_of[rule] for rule in rules_named() if rule in row_of}) == []


def test_every_rule_speaks_in_a_story() -> None:
    """Every order, every order withheld, every caution and every word of advice; and every way to raise a red flag."""
    told_of = rules_named()
    assert not_named((rule.basis.rule for rule in evidence().recommendations.rules), told_of) == []
    assert not_named((rule.basis.rule for rule in evidence().red_flags), told_of) == []


@pytest.mark.parametrize(("story", "leads", "status"), CONFUSABLE.values(), ids=CONFUSABLE)
def test_what_is_easily_confused_has_its_story(story: str, leads: str | None, status: str) -> None:
    answer = told(story)
    weighed = answer.assessment.differential
    assert weighed is not None
    if leads is not None:
        assert weighed.explanations[0].diagnosis == leads
    assert status in {leg.pad_status.value for leg in answer.assessment.indices.legs}


@each_story
def test_a_red_flag_leads_the_answer(story: str) -> None:
    answer = told(story)
    flags = answer.assessment.red_flags
    resources = [entry["resource"] for entry in answer.answer["entry"]]
    kinds = [one["code"]["coding"][0]["code"] for one in resources if one["resourceType"] == "RiskAssessment"]
    assert ("red-flags" in kinds) is bool(flags)
    if flags:
        assert kinds[0] == "red-flags"
        of_flags = {order.code for order in answer.assessment.orders if order.red_flag}
        proposed = [one["code"]["coding"][0]["code"] for one in resources if one["resourceType"] == "ServiceRequest"]
        assert set(proposed[: len(of_flags)]) == of_flags


def test_every_order_is_proposed_in_a_story() -> None:
    proposed = {order for key in ("orders", "ordersExactly") for orders in named(key) for order in orders}
    # Segmental pressures are an option (class 2a) that is named in words and never an order.
    assert not_named(set(ORDERS) - {"segmental-pressures"}, proposed) == []
    assert "row-2-options" in rules_named()


def test_every_red_flag_is_raised_in_a_story() -> None:
    raised = [flag for flags in named("redFlags") for flag in flags]
    assert not_named(set(RED_FLAGS), {flag["flag"] for flag in raised}) == []
    sides = {(flag["flag"], flag["side"]) for flag in raised}
    assert {(code, side) for code in OF_A_LEG for side in ("right", "left", None)} <= sides


def test_every_other_explanation_is_matched_in_a_story() -> None:
    matched = {code for alternatives in named("alternatives") for code, match in alternatives.items() if match == "matched"}
    assert not_named(set(ALTERNATIVES), matched) == []


def test_every_data_issue_is_told_in_a_story() -> None:
    told_of = {issue for issues in named("issues") for issue in issues}
    beside = {IssueCode.STRUCTURE_INVALID, IssueCode.VALUE_MISSING, IssueCode.NOT_RELEVANT, IssueCode.INDEX_DISCORDANT}
    # Said of a record that the service read itself, and not whole: tests/web/test_patient_operation.py.
    beside.add(IssueCode.RECORD_INCOMPLETE)
    assert not_named(set(IssueCode) - beside, told_of) == []


def test_every_leading_explanation_leads_in_a_story() -> None:
    assert {"vascular-claudication", "neurogenic-claudication", "mixed-claudication", "other-cause", None} <= set(
        named("leading")
    )


def test_every_pad_status_and_every_reason_for_it_is_reached_in_a_story() -> None:
    legs = [leg for both in named("legs") for leg in both.values()]
    assert not_named(set(PadStatus), {leg["padStatus"] for leg in legs}) == []
    assert not_named(set(PadReason), {leg["padReason"] for leg in legs if leg.get("padReason")}) == []


def test_every_instrument_is_scored_in_a_story() -> None:
    scored = {code.removesuffix("-right").removesuffix("-left") for results in named("instruments") for code in results}
    assert not_named({instrument.id for instrument in evidence().instruments}, scored) == []
