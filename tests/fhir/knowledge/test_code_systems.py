from __future__ import annotations

import re

import pytest

from service.clinical.assessment import Diagnosis
from service.clinical.data_issues import IssueCode
from service.clinical.findings import VOCABULARY
from service.clinical.indices import AbiCategory, PadStatus
from service.fhir.knowledge.code_systems import CODE_SYSTEM_IDS, MEMBERS, code_system, value_set
from service.fhir.knowledge.extension_definitions import STRUCTURE_DEFINITION_IDS, structure_definition
from service.fhir.terminology.code import own_system
from service.fhir.terminology.orders import ORDERS
from service.fhir.terminology.own import RED_FLAGS
from tests.clinical.patients import evidence
from tests.judges.panel import Panel


@pytest.mark.parametrize("system_id", CODE_SYSTEM_IDS)
def test_every_code_system_is_r4_and_each_code_stands_once_with_a_display(system_id: str, panel: Panel) -> None:
    resource = code_system(system_id)
    assert resource is not None
    assert panel.complaints(resource) == []
    codes = [concept["code"] for concept in resource["concept"]]
    assert len(codes) == len(set(codes)) == resource["count"]
    assert all(re.fullmatch(r"[a-z0-9.-]+", code) for code in codes)
    assert all(concept["display"] and concept.get("definition") != "" for concept in resource["concept"])
    assert MEMBERS[resource["url"]] == set(codes)


@pytest.mark.parametrize("set_id", CODE_SYSTEM_IDS)
def test_every_value_set_takes_the_whole_code_system(set_id: str, panel: Panel) -> None:
    resource = value_set(set_id)
    assert resource is not None
    assert panel.complaints(resource) == []
    assert resource["compose"]["include"] == [{"system": own_system(set_id)}]
    system = code_system(set_id)
    assert system is not None
    assert system["valueSet"] == resource["url"]


@pytest.mark.parametrize("definition_id", STRUCTURE_DEFINITION_IDS)
def test_our_extension_is_published(definition_id: str, panel: Panel) -> None:
    resource = structure_definition(definition_id)
    assert resource is not None
    assert resource["url"].endswith(f"/StructureDefinition/{definition_id}")
    assert panel.complaints(resource) == []


def test_what_is_not_ours_is_not_there() -> None:
    assert code_system("loinc") is None
    assert value_set("loinc") is None
    assert structure_definition("patient") is None


def test_every_word_of_the_reasoning_has_a_published_code() -> None:
    assert set(IssueCode) == MEMBERS[own_system("data-issue")]
    assert set(AbiCategory) == MEMBERS[own_system("abi-category")]
    assert set(PadStatus) == MEMBERS[own_system("pad-status")]
    assert set(Diagnosis) < MEMBERS[own_system("diagnosis")]
    assert set(VOCABULARY) == MEMBERS[own_system("finding")]
    assert {option for term in VOCABULARY.values() for option in term.options} == MEMBERS[own_system("finding-value")]


def test_every_order_and_flag_of_the_evidence_has_a_published_code() -> None:
    known = evidence()
    assert {rule.flag for rule in known.red_flags} <= set(RED_FLAGS)
    ordered = {order.order for rule in known.red_flags for order in rule.orders}
    ordered |= {rule.order for rule in known.recommendations.rules if rule.order}
    assert ordered <= set(ORDERS)


def test_what_the_evidence_asks_for_has_a_name() -> None:
    asked = {entry.ask.code for entry in evidence().entries if entry.ask is not None}
    assert asked <= set(VOCABULARY) | set(ORDERS)
    assert {code for rule in evidence().red_flags for code in rule.asks} <= set(VOCABULARY)


@pytest.mark.parametrize(("code", "display"), [("pale-leg-left", "Pale leg, left"), ("fever", "Fever")])
def test_findings_are_named_in_a_few_words_and_defined_by_their_question(code: str, display: str) -> None:
    resource = code_system("finding")
    assert resource is not None
    (concept,) = [concept for concept in resource["concept"] if concept["code"] == code]
    assert concept["display"] == display
    assert concept["definition"].endswith("?")
