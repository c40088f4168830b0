"""A CarePlan says what the answer says, in one resource that refers to nothing outside itself but the record."""

from __future__ import annotations

import copy
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest

from service.errors import OutputError
from service.evidence.loader import Evidence, load_evidence
from service.fhir.answer import Output
from service.fhir.elements import Json
from service.fhir.json_format import dumps
from service.fhir.knowledge.care_plan import Context, care_plan
from service.fhir.knowledge.plan_check import checked_plan, plan_violations
from service.pipeline import Answer, assess_bundle
from tests.claudicant import claudicant
from tests.judges.panel import Panel

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
NOBODY = {
    "resourceType": "Bundle",
    "type": "collection",
    "entry": [{"resource": {"resourceType": "Patient", "id": "nobody"}}],
}


@cache
def evidence() -> Evidence:
    return load_evidence()


def answer(bundle: Json) -> Answer:
    return assess_bundle(bundle, evidence(), as_of=NOW, output=Output.TRANSACTION)


def plan(bundle: Json, context: Context | None = None) -> Json:
    made = answer(bundle)
    return care_plan(made.bundle, made.assessment, evidence(), digest=made.digest, context=context or Context())


def with_finding(code: str) -> Json:
    bundle = claudicant()
    form = next(entry["resource"] for entry in bundle["entry"] if entry["resource"]["resourceType"] == "QuestionnaireResponse")
    form["item"].append({"linkId": code, "answer": [{"valueBoolean": True}]})
    return bundle


def contained(resource: Json, kind: str) -> list[Json]:
    return [one for one in resource["contained"] if one["resourceType"] == kind]


def test_the_judges_accept_it_with_orders_and_without(panel: Panel) -> None:
    context = Context(encounter="Encounter/e1", contributors=("Practitioner/p1", "Organization/o1"))
    for bundle in (claudicant(), NOBODY, with_finding("saddle-anaesthesia")):
        assert panel.complaints(dumps(plan(bundle, context))) == []
        assert plan_violations(plan(bundle, context)) == ()


def test_its_one_activity_is_the_request_group_whose_actions_are_the_orders() -> None:
    told = plan(claudicant())
    [group] = contained(told, "RequestGroup")
    assert told["activity"] == [{"reference": {"reference": f"#{group['id']}"}}]
    requests = contained(told, "ServiceRequest")
    assert [one["resource"]["reference"] for one in group["action"]] == [f"#{one['id']}" for one in requests]
    assert [one["priority"] for one in group["action"]] == [one["priority"] for one in requests]
    assert told["instantiatesCanonical"] == group["instantiatesCanonical"]
    assert told["instantiatesCanonical"][0].startswith("https://claudication-cds.example/fhir/PlanDefinition/claudication|")


def test_the_orders_are_those_of_the_operation_but_for_where_their_support_is_found() -> None:
    proposed = [
        entry["resource"]
        for entry in assess_bundle(claudicant(), evidence(), as_of=NOW).bundle["entry"]
        if entry["resource"]["resourceType"] == "ServiceRequest"
    ]
    here = contained(plan(claudicant()), "ServiceRequest")
    # What a server may store has an identifier, by which it is known again.
    assert [order.pop("identifier")[0]["value"] for order in here] == [order["id"] for order in proposed]
    assert proposed
    assert dumps(here) == dumps(proposed).replace(b"urn:uuid:", b"#")


def test_with_a_red_flag_its_orders_lead_and_the_group_is_as_urgent_as_the_first() -> None:
    [group] = contained(plan(with_finding("saddle-anaesthesia")), "RequestGroup")
    assert group["priority"] == "stat"
    assert group["reasonCode"][0]["coding"][0]["code"] == "cauda-equina-syndrome"
    assert group["action"][0]["priority"] == "stat"
    [calm] = contained(plan(claudicant()), "RequestGroup")
    assert "reasonCode" not in calm


def test_every_action_has_its_source() -> None:
    [group] = contained(plan(claudicant()), "RequestGroup")
    for action in group["action"]:
        assert action["documentation"][0]["display"].startswith("Rule ")
        assert action["documentation"][0]["citation"]


def test_nothing_known_is_a_plan_without_orders_that_says_what_is_missing() -> None:
    told = plan(NOBODY)
    [group] = contained(told, "RequestGroup")
    assert "action" not in group
    assert "priority" not in group
    assert told["description"].startswith("No order is proposed")
    [guidance] = contained(told, "GuidanceResponse")
    assert guidance["status"] == "data-required"
    assert {"reference": f"#{guidance['id']}"} in told["supportingInfo"]


def test_what_of_the_input_was_not_used_stands_in_the_notes() -> None:
    bundle = claudicant()
    bundle["entry"].append({"resource": {"resourceType": "Basic", "id": "b1", "code": {"text": "x"}}})
    notes = " ".join(note["text"] for one in contained(plan(bundle), "RiskAssessment") for note in one.get("note", []))
    assert "Basic" in notes


def test_the_context_is_told() -> None:
    told = plan(claudicant(), Context(encounter="Encounter/e1", contributors=("Practitioner/p1",)))
    [group] = contained(told, "RequestGroup")
    assert told["encounter"] == group["encounter"] == {"reference": "Encounter/e1"}
    assert told["contributor"] == [{"reference": "Practitioner/p1"}]
    assert "encounter" not in plan(claudicant())
    assert "contributor" not in plan(claudicant())


def test_the_answer_it_was_made_from_is_left_as_it_was() -> None:
    made = answer(claudicant())
    before = dumps(made.bundle)
    care_plan(made.bundle, made.assessment, evidence(), digest=made.digest, context=Context())
    assert dumps(made.bundle) == before


def test_one_order_is_not_called_orders() -> None:
    made = answer(claudicant())
    bundle = copy.deepcopy(made.bundle)
    requests = [entry for entry in bundle["entry"] if entry["resource"]["resourceType"] == "ServiceRequest"]
    bundle["entry"] = [entry for entry in bundle["entry"] if entry not in requests[1:]]
    alone = replace(made.assessment, orders=made.assessment.orders[:1])
    told = care_plan(bundle, alone, evidence(), digest=made.digest, context=Context())
    assert told["description"].startswith("1 order proposed")


def spoilt(**changes: Any) -> Json:
    return {**plan(claudicant()), **changes}


def test_the_check_sees_what_must_not_leave() -> None:
    whole = plan(claudicant())
    twice = spoilt(contained=[*whole["contained"], whole["contained"][1]])
    assert "two contained resources with one id" in plan_violations(twice)
    lost = spoilt(contained=whole["contained"][1:])
    assert f"#{whole['contained'][0]['id']} is not contained" in plan_violations(lost)
    unused = spoilt(contained=[*whole["contained"], {"resourceType": "Basic", "id": "b1", "contained": [{"id": "c1"}]}])
    assert {"dom-3, nothing refers to the contained b1", "dom-2, b1 contains a resource"} <= set(plan_violations(unused))
    assert "the CarePlan is more than a drafted proposal" in plan_violations(spoilt(status="active"))
    assert "the CarePlan is more than a drafted proposal" in plan_violations(spoilt(intent="order"))
    away = spoilt(author={"reference": "urn:uuid:1b6b38c8-2f3f-5c35-9f2e-f1d2a7b4c001"})
    assert any("leads nowhere" in one for one in plan_violations(away))
    with pytest.raises(OutputError, match="CarePlan: the CarePlan is more"):
        checked_plan(spoilt(status="active"))
