"""The Library says of every fact what it is, and carries the evidence files so that they can be read back."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from functools import cache

import pytest

from service.evidence.conditions import All, AnyOf, Compare, Condition, Is, Known, Member, Membership, Unless
from service.evidence.loader import Evidence, load_evidence, read_files
from service.fhir.elements import Json
from service.fhir.knowledge.library import data_requirements, library
from tests.judges.panel import Panel


@cache
def evidence() -> Evidence:
    return load_evidence()


@cache
def logic() -> Json:
    found = library("claudication-logic", evidence(), read_files())
    assert found is not None
    return found


def leaves(condition: Condition) -> Iterator[Is | Member | Compare | Known]:
    match condition:
        case All(of=parts) | AnyOf(of=parts):
            for part in parts:
                yield from leaves(part)
        case Unless(of=part):
            yield from leaves(part)
        case _:
            yield condition


def conditions() -> Iterator[Condition]:
    known = evidence()
    for flag in known.red_flags:
        yield flag.when
        yield from (order.when for order in flag.orders if order.when is not None)
    yield from (rule.when for rule in known.recommendations.rules)
    yield from (condition for entry in known.entries for condition in entry.when + entry.absent_when)


def test_the_judges_accept_it_and_what_it_requires(panel: Panel) -> None:
    assert panel.complaints(logic()) == []
    assert panel.complaints(data_requirements(evidence())) == []


def test_the_evidence_can_be_read_back_from_it() -> None:
    files = {one["title"]: base64.b64decode(one["data"]) for one in logic()["content"]}
    assert load_evidence(files) == evidence()
    for one in logic()["content"]:
        content = files[one["title"]]
        assert one["size"] == len(content)
        assert base64.b64decode(one["hash"]) == hashlib.sha1(content, usedforsecurity=False).digest()


def test_files_of_other_evidence_are_not_passed_off_as_this() -> None:
    with pytest.raises(ValueError, match="not the files"):
        library("claudication-logic", evidence(), {**read_files(), "priors.toml": b""})


def test_there_is_no_other_library() -> None:
    assert library("claudication", evidence(), read_files()) is None


def test_every_fact_a_condition_looks_at_is_a_parameter_of_the_type_it_is_compared_as() -> None:
    typed = {one["name"]: (one["type"], one["max"]) for one in logic()["parameter"]}
    for condition in conditions():
        for leaf in leaves(condition):
            kind, most = typed[leaf.fact]
            match leaf:
                case Is(value=bool()):
                    assert kind == "boolean", leaf
                case Is():
                    assert (kind, most) == ("code", "1"), leaf
                case Compare():
                    assert kind in ("decimal", "integer"), leaf
                case Member(how=Membership.IN):
                    assert (kind, most) == ("code", "1"), leaf
                case Member():
                    assert (kind, most) == ("code", "*"), leaf


def test_a_parameter_says_what_it_is() -> None:
    told = {one["name"]: one["documentation"] for one in logic()["parameter"]}
    assert told["smoking-status"] == "Finding: Smoking status: current, former, never."
    assert told["toe-mmhg-left"] == "Toe pressure, mmHg, left leg."
    assert told["alternative-popliteal-cyst"] == "Whether the pattern of popliteal-cyst is met: matched or partly."
    assert told["symptomatic-exercise"].startswith("Exercise test: concordant-positive, discordant, negative or not-measured.")
    assert told["gadolinium-allergy"] == "Known only from the record: gadolinium allergy. Never no."
    assert told["diagnosed-deep-vein-thrombosis"].startswith("Diagnosed already, so the red flag deep-vein-thrombosis may stand")
    assert told["diagnosed-deep-vein-thrombosis-days"].startswith("Whole days since diagnosed-deep-vein-thrombosis;")
    assert told["age-years"] == "Age in whole years at the moment of the assessment."


def test_the_module_names_everything_it_depends_on_and_every_resource_that_is_read() -> None:
    module = data_requirements(evidence())
    assert module["type"]["coding"][0]["code"] == "module-definition"
    assert {"Patient", "Observation", "QuestionnaireResponse", "Condition", "ServiceRequest"} <= {
        one["type"] for one in module["dataRequirement"]
    }
    named = {artifact["resource"].split("|")[0].rpartition("/fhir/")[2] for artifact in module["relatedArtifact"]}
    assert {
        "PlanDefinition/claudication",
        "Library/claudication-logic",
        "Questionnaire/claudication-history",
        "CodeSystem/finding",
        "ActivityDefinition/resting-abi",
    } <= named
    assert module["parameter"] == logic()["parameter"]
    assert "content" not in module
    assert "url" not in module
