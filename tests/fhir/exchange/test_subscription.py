"""Subscriptions from their FHIR side: what is read, what is refused, what is said, and that judges accept it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from service.errors import BadRequest, Unprocessable
from service.fhir.exchange.notification import Notice, Subscribed, Told, notification, status_parameters, status_searchset
from service.fhir.exchange.subscription import Payload, SubscriptionRequest, Topic, read_subscription, subscription_resource
from tests.judges.panel import Panel
from tests.web.job_states import ENDPOINT, subscription

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


def test_what_would_be_promised_and_not_kept_is_refused() -> None:
    asked = subscription() | {
        "end": "2027",
        "_criteria": {"extension": [{"url": "urn:filter", "valueString": "RiskAssessment?patient=7"}]},
    }
    asked["channel"] |= {"header": ["Authorization: x"], "extension": [{"url": HEARTBEAT, "valueUnsignedInt": 1}]}
    with pytest.raises(BadRequest) as refused:
        read_subscription(asked, registered=ENDPOINT)
    assert [problem.expression for problem in refused.value.problems] == [
        "Subscription.criteria.extension",
        "Subscription.channel.header",
        "Subscription.channel.extension",
        "Subscription.end",
    ]
