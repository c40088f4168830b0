"""Subscriptions and messages from their FHIR side: what is read, what is refused, what is said, and that judges accept it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from service.errors import BadRequest, Problem, Unprocessable
from service.fhir.message import RequestMessage, read_message, response_message
from service.fhir.notification import Notice, Subscribed, Told, notification, status_parameters, status_searchset
from service.fhir.subscription import Payload, SubscriptionRequest, Topic, read_subscription, subscription_resource
from tests.judges.panel import Panel
from tests.web.job_states import ENDPOINT, message, subscription

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
HEARTBEAT = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-heartbeat-period"
STANDING = Subscribed(id="s", topic="red-flag-raised", status="active", events=2, base="https://cds.example/fhir")


def test_all_that_can_be_asked_for_is_read() -> None:
    asked = subscription(topic="red-flag-raised", payload="full-resource") | {"end": "2027-03-02T09:30:00Z"}
    asked["channel"]["extension"] = [{"url": HEARTBEAT, "valueUnsignedInt": 60}]
    assert read_subscription(asked, registered=ENDPOINT) == SubscriptionRequest(
        topic=Topic.RED_FLAG_RAISED,
        payload=Payload.FULL_RESOURCE,
        endpoint=ENDPOINT,
        reason="Results",
        heartbeat_seconds=60,
        ends_at=datetime(2027, 3, 2, 9, 30, tzinfo=UTC),
    )


def test_what_is_no_subscription_is_refused() -> None:
    with pytest.raises(Unprocessable, match="Patient"):
        read_subscription({"resourceType": "Patient"}, registered=ENDPOINT)
    with pytest.raises(BadRequest) as refused:
        read_subscription({"resourceType": "Subscription"}, registered=ENDPOINT)
    assert [problem.expression for problem in refused.value.problems] == [
        "Subscription.criteria",
        "Subscription.channel.type",
        "Subscription.channel.payload",
        "Subscription.channel.payload.extension",
    ]


@pytest.mark.parametrize("registered", ["", "https://ehr.example/elsewhere"])
def test_only_the_registered_address_can_be_named(registered: str) -> None:
    with pytest.raises(Unprocessable, match="callback_url"):
        read_subscription(subscription(), registered=registered)


def shown(**changed: Any) -> dict[str, Any]:
    told: dict[str, Any] = {
        "id": "s",
        "topic": "assessment-completed",
        "payload": "id-only",
        "endpoint": ENDPOINT,
        "reason": "",
        "status": "active",
        "heartbeat_seconds": 0,
        "ends_at": None,
    }
    return subscription_resource(**(told | changed))


def test_what_is_shown_can_be_asked_for_again() -> None:
    whole = shown(heartbeat_seconds=60, ends_at=AT, reason="Results")
    again = read_subscription(whole, registered=ENDPOINT)
    assert (again.heartbeat_seconds, again.ends_at, again.reason) == (60, AT, "Results")
    assert "end" not in shown()
    assert "extension" not in shown()["channel"]


def test_judges_accept_what_is_said(panel: Panel) -> None:
    risk = {
        "resourceType": "RiskAssessment",
        "id": "r",
        "status": "final",
        "subject": {"reference": "Patient/p"},
    }
    told = [Told(number=2, at=AT, focus="https://cds.example/fhir/RiskAssessment/r", entries=[{"resource": risk}])]
    status = status_parameters(STANDING, Notice.STATUS)
    said = [
        shown(heartbeat_seconds=60, ends_at=AT),
        notification(STANDING, Notice.HANDSHAKE, at=AT),
        notification(STANDING, Notice.EVENT, at=AT, told=told),
        notification(STANDING, Notice.EVENTS, at=AT, told=told),
        status_searchset([status], at=AT),
    ]
    assert [panel.complaints(one) for one in said] == [[]] * len(said)


def test_a_resource_of_two_events_is_told_once() -> None:
    entry = {"resource": {"resourceType": "RiskAssessment", "id": "r"}}
    told = [Told(number=number, at=AT, focus="RiskAssessment/r", entries=[entry]) for number in (1, 2)]
    assert len(notification(STANDING, Notice.EVENTS, at=AT, told=told)["entry"]) == 2


def test_references_are_relative_where_our_address_is_not_known() -> None:
    relative = Subscribed(id="s", topic="red-flag-raised", status="active", events=0)
    assert relative.reference == "Subscription/s"
    assert STANDING.reference == "https://cds.example/fhir/Subscription/s"


def test_a_message_without_an_endpoint_is_answered_without_a_destination(panel: Panel) -> None:
    sent = message()
    del sent["entry"][0]["resource"]["source"]
    read = read_message(sent)
    assert read.sender == ""
    problem = Problem(issue_type="business-rule", diagnostics="two patients")
    answer = response_message(read, [], at=AT, problems=[problem])
    assert "destination" not in answer["entry"][0]["resource"]
    assert panel.complaints(answer) == []


def test_the_same_message_gets_the_same_answer_and_another_another() -> None:
    first, second = (RequestMessage(id=id, sender="", bundle={}) for id in ("1", "2"))
    assert response_message(first, [], at=AT) == response_message(first, [], at=AT)
    assert response_message(first, [], at=AT)["id"] != response_message(second, [], at=AT)["id"]
