"""The published plan is the rules of the evidence, whole, and readable without this program."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

import pytest

from service.evidence.loader import Evidence, load_evidence
from service.fhir.elements import Json
from service.fhir.knowledge.activity_definition import ACTIVITY_IDS, activity_definition
from service.fhir.knowledge.plan_definition import plan_definition
from service.fhir.terminology.orders import ORDERS
from tests.fhir.condition_language import plain, read
from tests.judges.panel import Panel

BASE = "https://claudication-cds.example/fhir"


@cache
def evidence() -> Evidence:
    return load_evidence()


@cache
def plan() -> Json:
    found = plan_definition("claudication", evidence())
    assert found is not None
    return found


def groups() -> dict[str, list[Json]]:
    return {group["id"]: group["action"] for group in plan()["action"]}


def every_action(action: Json) -> Iterator[Json]:
    yield action
    for inner in action.get("action", ()):
        yield from every_action(inner)


def condition_of(action: Json) -> str:
    [condition] = action["condition"]
    assert condition["kind"] == "applicability"
    assert condition["expression"]["language"] == "text/x-claudication"
    text: str = condition["expression"]["expression"]
    return text


def test_the_judges_accept_it(panel: Panel) -> None:
    assert panel.complaints(plan()) == []


def test_there_is_one_plan_and_its_version_changes_with_the_evidence() -> None:
    assert plan_definition("leg-pain", evidence()) is None
    assert plan()["version"] == f"0.1.0-evidence-{evidence().version}"
    assert plan()["library"] == [f"{BASE}/Library/claudication-logic|{plan()['version']}"]


def test_every_red_flag_rule_is_an_action_with_its_orders_its_urgency_and_its_condition() -> None:
    actions = groups()["red-flags"]
    assert len(actions) == len(evidence().red_flags)
    for action, rule in zip(actions, evidence().red_flags, strict=True):
        assert (action["priority"], action["description"]) == (rule.priority, rule.text)
        assert read(condition_of(action)) == plain(rule.when)
        orders = action.get("action", [])
        assert [one["definitionCanonical"] for one in orders] == [
            f"{BASE}/ActivityDefinition/{order.order}|0.1.0" for order in rule.orders
        ]
        for one, order in zip(orders, rule.orders, strict=True):
            assert ("condition" in one) is (order.when is not None)
            assert order.when is None or read(condition_of(one)) == plain(order.when)
            assert one["priority"] == rule.priority


def test_a_rule_that_is_read_once_a_side_is_two_actions_that_name_the_leg() -> None:
    told = {action["id"]: action["title"] for action in groups()["red-flags"]}
    assert told["ali-sudden-onset-left"] == "Acute limb ischaemia, left leg"
    assert told["ali-sudden-onset-right"] == "Acute limb ischaemia, right leg"
    assert told["ali-sudden-onset-side-unknown"] == "Acute limb ischaemia"


def test_every_rule_of_the_table_is_an_action_in_the_group_of_its_kind() -> None:
    for rule in evidence().recommendations.rules:
        group = "advice" if not rule.order else "withheld" if rule.withhold else "proposals"
        [action] = [one for one in groups()[group] if one["id"] == rule.id]
        assert read(condition_of(action)) == plain(rule.when)
        assert action["description"] == rule.reason
        assert ("definitionCanonical" in action) is (group == "proposals")
    assert sum(len(groups()[name]) for name in ("proposals", "withheld", "advice")) == len(evidence().recommendations.rules)


def test_what_is_withheld_proposes_nothing_and_says_so() -> None:
    [action] = [one for one in groups()["withheld"] if one["id"] == "row-2-no-cta"]
    assert action["title"] == "Not proposed: CT angiography of aorta and leg arteries"
    assert action["code"][0]["coding"][0]["code"] == "cta-runoff"
    assert "type" not in action


def test_every_rule_has_its_source_with_class_level_and_doi() -> None:
    [action] = [one for one in groups()["proposals"] if one["id"] == "row-1-resting-abi"]
    assert action["documentation"] == [
        {
            "type": "citation",
            "label": "acc-aha-2024",
            "citation": evidence().citations["acc-aha-2024"].printed,
            "display": "Rule row-1-resting-abi; 2024 ACC/AHA PAD guideline, 3.1 (1); class of recommendation 1; level of evidence B-NR",
            "url": "https://doi.org/10.1161/CIR.0000000000001251",
        }
    ]
    cited = {artifact["label"] for artifact in plan()["relatedArtifact"]}
    for group in groups().values():
        assert {source["label"] for action in group for source in action["documentation"]} <= cited


def test_a_decision_of_this_project_is_not_called_a_citation() -> None:
    types = {artifact["label"]: artifact["type"] for artifact in plan()["relatedArtifact"]}
    assert types["engineering"] == "justification"
    assert types["acc-aha-2024"] == "citation"


def test_a_source_known_by_its_pubmed_number_is_linked_there() -> None:
    by_number = [one for one in evidence().citations.values() if one.pmid and not one.doi]
    links = {artifact["label"]: artifact.get("url") for artifact in plan()["relatedArtifact"]}
    for citation in by_number:
        if citation.key in links:
            assert links[citation.key] == f"https://pubmed.ncbi.nlm.nih.gov/{citation.pmid}/"
    without = [one.key for one in evidence().citations.values() if not one.doi and not one.pmid]
    assert {links.get(key) for key in without} == {None}


def test_no_two_actions_have_one_id_and_every_id_can_be_referred_to() -> None:
    ids = [action["id"] for group in plan()["action"] for action in every_action(group)]
    assert len(set(ids)) == len(ids)
    assert [one for one in ids if not re.fullmatch(r"[A-Za-z0-9.-]{1,64}", one)] == []


@pytest.mark.parametrize("order", ACTIVITY_IDS)
def test_every_order_is_an_activity_that_is_only_ever_proposed(order: str, panel: Panel) -> None:
    activity = activity_definition(order)
    assert activity is not None
    assert panel.complaints(activity) == []
    assert (activity["kind"], activity["intent"]) == ("ServiceRequest", "proposal")
    assert activity["code"]["coding"][0]["code"] == order
    assert "priority" not in activity
    assert ("topic" in activity) is (ORDERS[order].category.value is not None)


def test_there_is_no_activity_of_an_order_that_is_not_there() -> None:
    assert activity_definition("angioplasty") is None


def test_every_activity_the_plan_names_is_published() -> None:
    named = {
        action["definitionCanonical"]
        for group in plan()["action"]
        for action in every_action(group)
        if "definitionCanonical" in action
    }
    published = {f"{one['url']}|{one['version']}" for order in ACTIVITY_IDS if (one := activity_definition(order))}
    assert named <= published
