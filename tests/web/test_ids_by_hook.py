"""A client that keeps one service under an id, as the web client of the CDS Hooks project does: it is shown an id for each hook, and each is a door."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient

from service.app import create_app
from service.cds_hooks.clients import PROFILES, Client, Dialect
from service.cds_hooks.hooks import Hook, service_id
from tests.cds_hooks.calls import INSTANCE, PATIENT_ID, call, put
from tests.cds_hooks.tokens import HANDED_OVER, bearer
from tests.web.conftest import Deploy

DISCOVERY = "/cds-services"
SHARED = "/cds-services/claudication"
SANDBOX = Client(id="sandbox", profile=PROFILES[Dialect.SANDBOX], issuer="https://sandbox.example", jwks=HANDED_OVER.jwks)


@pytest.fixture
def door(deployed: Deploy) -> FlaskClient:
    return create_app(replace(deployed(), clients={one.id: one for one in (SANDBOX, HANDED_OVER)})).test_client()


def signed(path: str, client: Client = SANDBOX) -> dict[str, str]:
    return bearer(iss=client.issuer, aud=f"http://localhost{path}")


def post(door: FlaskClient, path: str, body: Any) -> Any:
    return door.post(path, json=body, headers=signed(path))


def ids(answer: Any) -> list[str]:
    return [service["id"] for service in answer.json["services"]]


def test_it_discovers_an_id_for_each_hook_and_everybody_else_the_one(door: FlaskClient) -> None:
    assert ids(door.get(DISCOVERY, headers=signed(DISCOVERY))) == [f"claudication-{hook}" for hook in Hook]
    assert ids(door.get(DISCOVERY, headers=signed(DISCOVERY, HANDED_OVER))) == ["claudication"] * len(Hook)
    assert ids(door.get(DISCOVERY)) == ["claudication"] * len(Hook)


def test_no_cache_gives_one_client_what_another_was_shown(door: FlaskClient) -> None:
    its_own, open_to_all = door.get(DISCOVERY, headers=signed(DISCOVERY)), door.get(DISCOVERY)
    assert its_own.headers["ETag"] != open_to_all.headers["ETag"]
    assert its_own.headers["Cache-Control"] == "private, max-age=3600"
    assert open_to_all.headers["Cache-Control"] == "public, max-age=3600"
    for answer in (its_own, open_to_all):
        assert set(answer.vary) >= {"Authorization", "Origin"}


@pytest.mark.requirement("16")
@pytest.mark.parametrize("hook", Hook)
def test_each_id_answers_its_hook(door: FlaskClient, hook: Hook) -> None:
    assert post(door, f"/cds-services/{service_id(hook)}", call(hook)).status_code == 200
    assert post(door, SHARED, call(hook)).status_code == 200


def test_and_no_other_hook(door: FlaskClient) -> None:
    answer = post(door, "/cds-services/claudication-order-sign", call(Hook.PATIENT_VIEW))
    assert answer.status_code == 400
    said = "hook is 'patient-view'; the service claudication-order-sign is registered for order-sign. Call it on one of these."
    assert answer.json["issue"][0]["diagnostics"] == said


def test_an_id_that_is_nearly_one_is_none(door: FlaskClient) -> None:
    for path in ("/cds-services/claudication-", "/cds-services/claudication-order", "/cds-services/Claudication"):
        assert post(door, path, call()).status_code == 404
        assert post(door, f"{path}/feedback", {"feedback": []}).status_code == 404


@pytest.mark.requirement("148")
def test_feedback_and_questions_come_to_the_same_address_and_mean_the_same_cards(door: FlaskClient) -> None:
    own = "/cds-services/claudication-patient-view"
    [card, *_] = post(door, own, call()).json["cards"]
    suggestion = card["suggestions"][0]["uuid"]
    told = {
        "card": card["uuid"],
        "outcome": "accepted",
        "acceptedSuggestions": [{"id": suggestion}],
        "outcomeTimestamp": "2026-03-02T09:30:00.123Z",
    }
    assert post(door, f"{own}/feedback", {"feedback": [told]}).status_code == 200
    for address in (own, SHARED):
        path = f"{address}/explain/{INSTANCE}"
        explained = door.get(path, headers=signed(path)).json
        [shown] = [one for one in explained["cards"] if one.get("uuid") == card["uuid"]]
        assert [one["outcome"] for one in shown["feedback"]] == ["accepted"]


def test_it_asks_before_an_order_is_chosen_with_an_empty_coding(door: FlaskClient) -> None:
    nothing_yet = {
        "resourceType": "ServiceRequest",
        "id": "example-request-id",
        "status": "draft",
        "intent": "plan",
        "code": {"coding": [{}]},
        "subject": {"reference": f"Patient/{PATIENT_ID}"},
        "reasonCode": [],
    }
    body = put(call(Hook.ORDER_SELECT), "context.draftOrders", {"resourceType": "Bundle", "entry": [{"resource": nothing_yet}]})
    body = put(body, "context.selections", ["ServiceRequest/example-request-id"])
    answer = post(door, "/cds-services/claudication-order-select", body)
    assert (answer.status_code, answer.json) == (200, {"cards": []})
