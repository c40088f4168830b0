"""The invented patients of `examples/`: the answer to each Bundle is the one worked out by hand in its `why.md`."""

from __future__ import annotations

import functools
import json
import re
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from service.clinical.assessment import Setting
from service.evidence.loader import Evidence, load_evidence
from service.fhir.answer import Output
from service.fhir.json_format import dumps, parse
from service.fhir.output_check import violations
from service.pipeline import assess_bundle
from tests.examples import reading_answers as answer_of
from tests.judges.panel import Panel

EXAMPLES = Path(__file__).parents[2] / "examples"
FOLDERS = sorted(folder.name for folder in EXAMPLES.iterdir() if folder.is_dir())
each_example = pytest.mark.parametrize("folder", FOLDERS)


@functools.cache
def evidence() -> Evidence:
    return load_evidence()


def read(folder: str, name: str) -> dict[str, Any]:
    found: dict[str, Any] = parse((EXAMPLES / folder / name).read_bytes())
    return found


def assess(folder: str, output: Output = Output.COLLECTION) -> dict[str, Any]:
    expected = read(folder, "expected.json")
    return assess_bundle(
        read(folder, "bundle.json"),
        evidence(),
        as_of=datetime.fromisoformat(expected["asOf"]),
        setting=Setting(expected["setting"]),
        output=output,
    ).bundle


@functools.cache
def answer_bytes(folder: str) -> bytes:
    return dumps(assess(folder))


def answer(folder: str) -> dict[str, Any]:
    """As the caller gets it, numbers as printed."""
    received: dict[str, Any] = json.loads(answer_bytes(folder), parse_float=Decimal)
    return received


def test_there_are_the_patients_the_documentation_names() -> None:
    documented = re.findall(r"^\| `([^`]+)` \|", (EXAMPLES.parent / "docs" / "examples.md").read_text(), flags=re.MULTILINE)
    assert [name for name in documented if name[0].isdigit()] == FOLDERS


@each_example
def test_the_indices_of_both_legs(folder: str) -> None:
    told = answer_of.legs(answer(folder))
    for side, leg in read(folder, "expected.json")["legs"].items():
        assert {key: told[side][key] for key in leg} == leg, side


@each_example
def test_the_leading_explanation(folder: str) -> None:
    expected = read(folder, "expected.json")
    if "leading" in expected:
        assert answer_of.leading(answer(folder)) == expected["leading"]


@each_example
def test_the_band_of_a_cause(folder: str) -> None:
    for cause, band in read(folder, "expected.json").get("likelihood", {}).items():
        assert answer_of.band(answer(folder), cause) == band, cause


@each_example
def test_the_red_flags(folder: str) -> None:
    expected = read(folder, "expected.json")
    raised = set(answer_of.red_flags(answer(folder)))
    assert set(expected["redFlags"]) <= raised <= {*expected["redFlags"], *expected.get("redFlagsMay", [])}


@each_example
def test_the_orders(folder: str) -> None:
    expected = read(folder, "expected.json")
    proposed = answer_of.orders(answer(folder))
    assert set(expected["orders"]) <= proposed.keys() <= {*expected["orders"], *expected.get("ordersMay", [])}
    assert not proposed.keys() & set(expected["ordersNot"])
    for order, priority in expected.get("priorities", {}).items():
        assert proposed[order] == priority, order


@each_example
def test_the_guidance(folder: str) -> None:
    expected = read(folder, "expected.json")
    guidance = answer_of.guidance(answer(folder))
    if "guidanceStatus" in expected:
        assert guidance["status"] == expected["guidanceStatus"]
    if "firstQuestion" in expected:
        assert expected["firstQuestion"] in json.dumps(guidance["dataRequirement"][0], default=str)


@each_example
def test_the_data_issues(folder: str) -> None:
    assert set(read(folder, "expected.json")["issues"]) <= set(answer_of.issues(answer(folder)))


@each_example
def test_nothing_of_the_input_is_dropped_silently(folder: str) -> None:
    assert answer_of.silently_dropped(read(folder, "bundle.json"), answer(folder)) == []


@each_example
def test_our_own_rules_of_output_hold(folder: str) -> None:
    assert list(violations(assess(folder))) == []


@each_example
def test_the_judges_accept_the_answer(folder: str, panel: Panel) -> None:
    assert panel.complaints(answer_bytes(folder)) == []


@each_example
def test_the_answer_as_a_transaction_can_be_sent_to_a_server(folder: str, panel: Panel) -> None:
    transaction = assess(folder, Output.TRANSACTION)
    assert list(violations(transaction)) == []
    assert panel.complaints(dumps(transaction)) == []
    assert {entry["resource"]["resourceType"] for entry in transaction["entry"]}.isdisjoint({"OperationOutcome"})
    assert all(entry["request"]["method"] for entry in transaction["entry"])


@each_example
def test_the_judges_accept_the_example(folder: str, panel: Panel) -> None:
    assert panel.complaints((EXAMPLES / folder / "bundle.json").read_bytes()) == []


@each_example
def test_the_same_bundle_gives_the_same_answer_byte_for_byte(folder: str) -> None:
    assert dumps(assess(folder)) == answer_bytes(folder)
