from __future__ import annotations

from dataclasses import replace

import pytest

from service.clinical.assessment import Order, Priority
from service.clinical.measurements import Side
from service.fhir.elements import Json
from service.fhir.service_request import in_answer_order, service_request
from service.fhir.terminology.orders import ORDERS, Category
from tests.fhir.assessments import FRAME, assessment, basis

SUPPORT = [{"reference": "urn:uuid:1"}]


def request(code: str, **changes: object) -> Json:
    order = Order(code=code, side=None, priority=Priority.ROUTINE, reason="Because.", basis=basis())
    return service_request(replace(order, **changes), FRAME, supporting=SUPPORT)


@pytest.mark.parametrize("code", ORDERS)
def test_every_order_is_a_proposal_that_a_clinician_must_still_sign(code: str) -> None:
    resource = request(code)
    assert (resource["status"], resource["intent"]) == ("draft", "proposal")
    assert resource["code"]["coding"][0]["code"] == code
    assert resource["requester"] == FRAME.device
    assert resource["supportingInfo"] == SUPPORT


@pytest.mark.parametrize(
    ("code", "category"),
    [("arterial-duplex", "363679005"), ("resting-abi", "386053000"), ("infection-bloods", "386053000")],
)
def test_tests_have_the_category_us_core_knows(code: str, category: str) -> None:
    assert request(code)["category"][0]["coding"][0]["code"] == category


@pytest.mark.parametrize("code", [code for code, order in ORDERS.items() if order.category is Category.CARE])
def test_referral_and_care_have_no_category_of_tests(code: str) -> None:
    assert "category" not in request(code)


def test_a_verified_code_stands_after_ours() -> None:
    assert [coding["code"] for coding in request("arterial-duplex")["code"]["coding"]] == ["arterial-duplex", "39421-3"]
    assert [coding["code"] for coding in request("resting-abi")["code"]["coding"]] == ["resting-abi", "72831-1", "401221002"]
    assert [coding["code"] for coding in request("toe-brachial-index")["code"]["coding"]] == ["toe-brachial-index"]


def test_one_leg_is_named_in_site_and_text_and_takes_no_code_of_both() -> None:
    resource = request("arterial-duplex", side=Side.LEFT)
    assert resource["bodySite"] == [{"text": "left leg"}]
    assert resource["code"]["text"] == "Duplex ultrasound of the leg arteries, left leg"
    assert len(resource["code"]["coding"]) == 1
    referral = request("vascular-surgery-referral", side=Side.LEFT)
    assert len(referral["code"]["coding"]) == 2
    assert "bodySite" not in request("arterial-duplex")


def test_the_note_tells_rule_guideline_class_level_and_source() -> None:
    assert request("exercise-abi")["note"] == [
        {
            "text": "Rule row-4-exercise; Guideline of 2024, 3.1 (6); class of recommendation 1; level of evidence B-NR. "
            "Source: Guideline of 2024. doi:10.1000/guideline"
        }
    ]


@pytest.mark.parametrize(
    ("tag", "told"), [("F", False), ("K-H", False), ("E", False), ("F2", True), ("K-M", True), ("K-L", True)]
)
def test_what_was_not_seen_in_its_primary_source_says_so(tag: str, told: bool) -> None:
    note = request("exercise-abi", basis=basis(tag=tag))["note"][0]["text"]
    assert ("to be confirmed against the primary source" in note) is told


def test_a_basis_without_guideline_and_class_tells_what_it_has() -> None:
    bare = basis(guideline="", class_of_recommendation="", level_of_evidence="", citation="somewhere")
    assert request("exercise-abi", basis=bare)["note"] == [{"text": "Rule row-4-exercise. Source: somewhere"}]


def test_an_order_that_answers_a_red_flag_names_it() -> None:
    resource = request("emergency-department", red_flag="cauda-equina-syndrome", priority=Priority.STAT, sources=("Condition/1",))
    assert resource["reasonCode"][0]["coding"][0]["code"] == "cauda-equina-syndrome"
    assert resource["reasonCode"][0]["text"] == "Because."
    assert resource["priority"] == "stat"
    assert resource["supportingInfo"] == [*SUPPORT, {"reference": "Condition/1"}]
    assert request("exercise-abi")["reasonCode"] == [{"text": "Because."}]


def test_orders_keep_their_order_behind_those_of_a_red_flag() -> None:
    assert [order.code for order in in_answer_order(assessment().orders)] == [
        "arterial-duplex",
        "emergency-department",
        "smoking-cessation",
        "exercise-abi",
        "cta-runoff",
    ]
