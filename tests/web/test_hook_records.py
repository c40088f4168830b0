"""The doors around a hook call: the same call twice, feedback, why, how often; and what none of them keeps."""

from __future__ import annotations

import io
import json
import sqlite3
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient

from service.app import create_app
from service.cds_hooks.clients import PROFILES, Client, Dialect
from service.web.deployment import Deployment
from tests.cds_hooks.calls import INSTANCE, PATIENT_ID, TOKEN, authorization, call, condition, put, searchset
from tests.store.hook_calls import DAY, NOW
from tests.store.hook_calls import call as hook_call
from tests.store.hook_calls import card as hook_card
from tests.web.conftest import Deploy

SERVICE = "/cds-services/claudication"
FEEDBACK = f"{SERVICE}/feedback"
CARDS = {"a": "5a7b1c0e-5d0f-5a3c-9a51-3c7f8d2e4b6a", "b": "5a7b1c0e-5d0f-5a3c-9a51-3c7f8d2e4b6b"}
NOBODY_S = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def deployment(deployed: Deploy) -> Deployment:
    return deployed(development="true")


@pytest.fixture
def client(deployment: Deployment) -> FlaskClient:
    return create_app(deployment).test_client()


def saved(deployment: Deployment, **given: Any) -> None:
    cards = [hook_card(rule, uuid=uuid) for rule, uuid in CARDS.items()]
    deployment.hook_records.save(hook_call(*cards, **{"client": "development", "hook_instance": INSTANCE} | given))


def item(rule: str = "a", **changed: Any) -> dict[str, Any]:
    told = {"card": CARDS.get(rule, rule), "outcome": "overridden", "outcomeTimestamp": "2026-03-02T09:00:00Z"}
    return told | changed


def give(client: FlaskClient, *items: dict[str, Any]) -> Any:
    return client.post(FEEDBACK, json={"feedback": list(items)})


def suppressed(deployment: Deployment) -> frozenset[str]:
    return deployment.hook_records.suppressed_rules("development", "p-1", NOW, days=30)


def explained(client: FlaskClient, instance: str = INSTANCE) -> dict[str, Any]:
    answer = client.get(f"{SERVICE}/explain/{instance}")
    assert answer.status_code == 200, answer.get_data(as_text=True)
    assert answer.headers["Cache-Control"] == "no-store"
    return dict(answer.json)


def everything_kept(deployment: Deployment) -> str:
    file = deployment.settings.database_url.removeprefix("sqlite:///")
    with sqlite3.connect(file) as connection:
        return "\n".join(connection.iterdump())


@pytest.mark.requirement("82", "148")
def test_an_overridden_card_is_recorded_with_its_reason_and_suppresses_its_rule(
    client: FlaskClient, deployment: Deployment
) -> None:
    saved(deployment)
    reason = {"reason": {"system": "https://reasons.example", "code": "patient-declined", "display": "declined"}}
    answer = give(client, item(overrideReason=reason), item("b", outcome="accepted", acceptedSuggestions=[{"id": NOBODY_S}]))
    assert (answer.status_code, answer.data) == (200, b"")
    assert suppressed(deployment) == {"a"}
    a, b = explained(client)["cards"]
    assert a["feedback"] == [
        {
            "outcome": "overridden",
            "outcomeTimestamp": "2026-03-02T09:00:00+00:00",
            "commented": False,
            "reason": {"system": "https://reasons.example", "code": "patient-declined"},
        }
    ]
    assert b["feedback"][0]["acceptedSuggestions"] == [NOBODY_S]


def test_feedback_sent_twice_is_counted_once(client: FlaskClient, deployment: Deployment) -> None:
    saved(deployment)
    give(client, item(), item())
    give(client, item())
    [rule, _] = client.get(f"{SERVICE}/outcomes").json["rules"]
    assert (rule["shown"], rule["overridden"], rule["ignored"]) == (1, 1, 0)


def test_feedback_is_in_the_audit_with_who_gave_it(client: FlaskClient, deployment: Deployment) -> None:
    before = len(list(deployment.audit.rows()))
    assert give(client, item()).status_code == 200
    [row] = list(deployment.audit.rows())[before:]
    assert (row.actor, row.action, row.object, row.detail) == ("development", "fed-back", "feedback", '{"items":1}')
    assert deployment.audit.check().faults == ()


def test_feedback_about_an_unknown_card_is_no_error_of_the_client(client: FlaskClient, log: io.BytesIO) -> None:
    assert give(client, item(NOBODY_S)).status_code == 200
    assert client.get(f"{SERVICE}/outcomes").json["unmatchedFeedback"] == [{"client": "development", "items": 1}]
    assert '"unmatched":1' in log.getvalue().decode()


def test_bogus_feedback_is_refused_with_the_place_of_each_fault(client: FlaskClient) -> None:
    answer = give(client, item(outcome="clicked"), item(outcomeTimestamp="yesterday"))
    assert answer.status_code == 400
    assert [issue["expression"] for issue in answer.json["issue"]] == [["feedback[0].outcome"], ["feedback[1].outcomeTimestamp"]]


def of_client(deployment: Deployment, dialect: Dialect) -> FlaskClient:
    registered = Client(id="development", profile=PROFILES[dialect])
    return create_app(replace(deployment, clients={"development": registered})).test_client()


def test_a_lenient_client_may_send_what_a_strict_one_may_not(deployment: Deployment, client: FlaskClient) -> None:
    epic = item("123456", overrideReasons={"reason": {"code": "contraindicated", "system": "http: //example.org/reasons"}})
    assert give(client, epic).status_code == 400
    assert give(of_client(deployment, Dialect.EPIC), epic).status_code == 200


def test_a_comment_is_counted_and_its_text_is_nowhere(client: FlaskClient, deployment: Deployment, log: io.BytesIO) -> None:
    saved(deployment)
    give(client, item(overrideReason={"userComment": "Frau Erfunden will nicht"}))
    assert explained(client)["cards"][0]["feedback"][0]["commented"] is True
    assert "Erfunden" not in everything_kept(deployment) + log.getvalue().decode()
    assert '"comments_dropped":1' in log.getvalue().decode()


def test_feedback_that_cannot_be_written_yet_is_taken_and_logged(
    client: FlaskClient, deployment: Deployment, log: io.BytesIO
) -> None:
    saved(deployment)
    file = deployment.settings.database_url.removeprefix("sqlite:///")
    with sqlite3.connect(file) as connection:
        connection.execute("ALTER TABLE hook_feedback RENAME TO elsewhere")
    assert give(client, item()).status_code == 200
    assert "feedback not recorded yet" in log.getvalue().decode()
    assert client.get("/health/ready").status_code == 503
    with sqlite3.connect(file) as connection:
        connection.execute("ALTER TABLE elsewhere RENAME TO hook_feedback")
    assert client.get("/health/ready").status_code == 200
    assert suppressed(deployment) == {"a"}


def test_a_hook_call_is_explained(client: FlaskClient) -> None:
    assert client.post(SERVICE, json=call()).status_code == 200
    found = explained(client)
    assert (found["hook"], found["client"], found["status"], found["evaluation"]) == ("patient-view", "development", 200, 1)
    assert {key["key"]: key["state"] for key in found["prefetch"]}["indices"] == "no-data"
    assert [step["step"] for step in found["steps"]] == ["parse", "recall", "gather", "assess", "judge", "say"]
    assert found["why"] == "1 card shown: artery-disease-not-followed-up."
    assert len(found["assessment"]) == 64


def test_a_call_without_its_data_is_explained_by_the_missing_keys(client: FlaskClient) -> None:
    assert client.post(SERVICE, json=call(prefetch={})).status_code == 412
    found = explained(client)
    assert found["status"] == 412
    assert found["why"].startswith("No card: data that is needed was not sent and could not be fetched (patient, ")


def test_a_call_with_data_of_another_is_explained_without_naming_anybody(client: FlaskClient, deployment: Deployment) -> None:
    other = put(call(), "prefetch.conditions", searchset(condition(about="Patient/somebody-else")))
    assert client.post(SERVICE, json=other).status_code == 422
    assert explained(client)["why"] == "No card: the call was answered with status 422."
    assert "somebody-else" not in everything_kept(deployment)


def test_the_same_call_twice_is_one_call_and_another_body_a_second_evaluation(client: FlaskClient) -> None:
    first = client.post(SERVICE, json=call())
    again = client.post(SERVICE, json=call(fhirAuthorization=None))
    assert first.data == again.data
    assert explained(client)["evaluations"] == 1
    client.post(SERVICE, json=call(context={"userId": "Practitioner/another", "patientId": PATIENT_ID}))
    found = explained(client)
    assert (found["evaluation"], found["evaluations"]) == (2, 2)
    assert found["why"].endswith("this is evaluation 2.")


def test_neither_token_nor_patient_is_kept(client: FlaskClient, deployment: Deployment, log: io.BytesIO) -> None:
    answer = client.post(SERVICE, json=call(fhirServer="https://ehr.example/fhir", fhirAuthorization=authorization()))
    assert answer.status_code == 200
    client.get(f"{SERVICE}/explain/{INSTANCE}")
    kept = everything_kept(deployment) + log.getvalue().decode()
    assert INSTANCE in kept
    for secret in (TOKEN, PATIENT_ID, "1955-06-01", "ehr.example"):
        assert secret not in kept


def test_another_client_s_call_is_not_there(client: FlaskClient, deployment: Deployment) -> None:
    saved(deployment, client="north-hospital")
    assert client.get(f"{SERVICE}/explain/{INSTANCE}").status_code == 404
    assert client.get(f"{SERVICE}/outcomes").json["rules"] == []


def test_there_is_one_service(client: FlaskClient) -> None:
    for path in ("explain/x", "outcomes"):
        assert client.get(f"/cds-services/leg-pain/{path}").status_code == 404


@pytest.mark.parametrize("query", ["days=0", "days=3651", "days=ten", "days=", "days=1&days=2", "since=2026", "days=²"])
def test_outcomes_look_back_some_days(client: FlaskClient, query: str) -> None:
    assert client.get(f"{SERVICE}/outcomes?{query}").status_code == 400


def test_outcomes_are_those_of_the_days_asked_for(client: FlaskClient, deployment: Deployment) -> None:
    saved(deployment, received_at=NOW - 10 * DAY)
    assert client.get(f"{SERVICE}/outcomes?days=9").json["rules"] == []
    found = client.get(f"{SERVICE}/outcomes?days=11").json
    assert found["since"] == "2026-02-19T09:30:00+00:00"
    assert found["rules"][0] == {
        "client": "development",
        "rule": "a",
        "shown": 1,
        "accepted": 0,
        "overridden": 0,
        "ignored": 1,
        "overrideReasons": [],
        "heldBack": [],
    }


def test_a_call_is_answered_while_the_record_cannot_be_read(client: FlaskClient, deployment: Deployment, log: io.BytesIO) -> None:
    with sqlite3.connect(deployment.settings.database_url.removeprefix("sqlite:///")) as connection:
        connection.execute("DROP TABLE hook_feedback")
        connection.execute("DROP TABLE hook_cards")
        connection.execute("DROP TABLE hook_calls")
    assert len(client.post(SERVICE, json=call()).json["cards"]) == 1
    told = log.getvalue().decode()
    assert "earlier calls not known" in told
    assert "hook call not recorded yet" in told


@pytest.mark.requirement("1")
def test_lint_answers_any_json_and_keeps_nothing(client: FlaskClient, deployment: Deployment, log: io.BytesIO) -> None:
    before = everything_kept(deployment)
    for body in (b"null", b"5", b'"x"', b"[]", b"{}", b'{"a": 1, "a": 2}', json.dumps(call(hookInstance="Erfunden")).encode()):
        answer = client.post("/lint", data=body, content_type="application/json")
        assert (answer.status_code, answer.mimetype) == (200, "application/json")
        assert answer.json["deviations"]
    assert everything_kept(deployment) == before
    assert "Erfunden" not in log.getvalue().decode()


def test_lint_names_requirement_element_value_and_remedy(client: FlaskClient) -> None:
    found = client.post("/lint", json=call(extension={"plain": 1})).json
    assert found["deviations"] == [
        {
            "severity": "information",
            "requirement": "215",
            "specification": "https://cds-hooks.hl7.org/2.0/#extensions",
            "expression": "extension",
            "value": "plain",
            "says": "extension has a name that is not made of a domain name of yours",
            "remedy": "name it in reverse-domain notation, such as com.example.name",
        }
    ]
    assert found["counts"] == {"error": 0, "warning": 0, "information": 1}
