"""A request that is answered later: accepted, asked for, done, fetched, forgotten."""

from __future__ import annotations

import io
import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import responses
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.app import create_app
from service.store.deliveries import DeliveryState
from service.web.deployment import Deployment
from service.worker.asked import unpacked
from service.worker.deliveries import deliver
from service.worker.jobs import complete, do_job, record_id_of
from service.worker.work import carry_out
from testkit.callback import verify
from tests.claudicant import claudicant, claudicant_json
from tests.test_config import KEY
from tests.web.conftest import NOW, Deploy
from tests.web.job_states import ENDPOINT, message, subscription
from tests.web.test_contract import CALLED_BACK, two_patients

ASSESS = "/fhir/$assess-claudication"
FHIR = {"Content-Type": "application/fhir+json"}
LATER = FHIR | {"Prefer": "respond-async"}
SECRET = "a-secret-of-tests-and-nothing-else"


class Story:
    """A deployment whose clock is moved by hand, its doors, and its one worker, who works when told to."""

    def __init__(self, deployment: Deployment) -> None:
        self.now = NOW
        clock: Callable[[], Any] = lambda: self.now  # noqa: E731 - one line, and the deployment wants a function
        place = replace(deployment.place, clock=clock)
        self.deployment = replace(deployment, clock=clock, place=place)
        self.place = place
        self.client: FlaskClient = create_app(self.deployment).test_client()

    def ask(self, url: str = ASSESS, body: bytes | None = None, **headers: str) -> TestResponse:
        return self.client.post(url, headers=LATER | headers, data=body or claudicant_json())

    def job(self, answer: TestResponse) -> str:
        assert answer.status_code == 202, answer.text
        return answer.headers["Content-Location"].rsplit("/", 1)[1]

    def work(self, job: str) -> bool:
        return do_job(self.place, job, holder="worker")

    def look(self, job: str, query: str = "") -> TestResponse:
        return self.client.get(f"/fhir/jobs/{job}{query}")

    @contextmanager
    def receiver(self, **answer: Any) -> Iterator[list[tuple[str, dict[str, Any]]]]:
        """Deliver all that is due to a receiver that answers so; what it was sent, verified: what it is, and the document."""
        got: list[tuple[str, dict[str, Any]]] = []
        with responses.RequestsMock() as mocked, pytest.MonkeyPatch.context() as patch:
            patch.setenv("CALLBACK_SECRET_OF_TESTS", SECRET)
            mocked.post(ENDPOINT, **({"status": 204} | answer))
            for id in self.place.deliveries.due(now=self.now, limit=100):
                deliver(self.place, id, holder="worker")
            for call in mocked.calls:
                body = call.request.body
                assert isinstance(body, bytes)
                assert verify(secrets=[SECRET], headers=dict(call.request.headers), body=body, now=self.now.timestamp())
                got.append((str(call.request.headers["Claudication-Delivery"]), json.loads(body)))
            yield got


@pytest.fixture
def story(deployed: Deploy) -> Story:
    return Story(deployed())


@pytest.fixture
def called_back(deployed: Deploy) -> Story:
    """Who calls has an address for results."""
    return Story(deployed(**CALLED_BACK))


@pytest.mark.parametrize("kept", ["none", "input-and-result"])
def test_a_job_leaves_the_record_that_the_request_itself_leaves_once(deployed: Deploy, kept: str) -> None:
    key = {"record_key": KEY} if kept != "none" else {}
    story = Story(deployed(**CALLED_BACK, keep_patient_data=kept, **key))
    job = story.job(story.ask())
    claimed = story.place.jobs.claim(job, holder="dies", now=story.now)
    assert claimed is not None
    outcome = carry_out(unpacked(claimed.request), story.place)
    assert complete(story.place, claimed, unpacked(claimed.request), outcome)
    assert not complete(story.place, claimed, unpacked(claimed.request), outcome)
    assert story.client.post(ASSESS, headers=FHIR, data=claudicant_json()).status_code == 200
    of_job, of_request = recorded(story)
    assert of_job["record_id"] == record_id_of(job) != job
    assert of_job["caller"] == "development"
    sealed_or_drawn = {"id", "record_id", "input", "result"}
    assert {name: of_job[name] for name in of_job.keys() - sealed_or_drawn} == {
        name: of_request[name] for name in of_request.keys() - sealed_or_drawn
    }
    assert [of_job[part] is not None for part in ("input", "result")] == [kept != "none"] * 2
    assert [(row.actor, row.action, row.object) for row in story.deployment.audit.rows()] == [
        ("development", "assessed", one["record_id"]) for one in (of_job, of_request)
    ]
    assert story.deployment.audit.check().faults == ()


def recorded(story: Story) -> list[dict[str, Any]]:
    """The records of assessments, the oldest first."""
    with sqlite3.connect(story.deployment.settings.database_url.removeprefix("sqlite:///")) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute("SELECT * FROM assessments ORDER BY id")]


def test_a_job_gives_what_the_request_itself_gives_byte_for_byte(story: Story) -> None:
    accepted = story.ask()
    assert accepted.headers["Preference-Applied"] == "respond-async"
    job = story.job(accepted)
    assert accepted.headers["Content-Location"] == f"http://localhost/fhir/jobs/{job}"
    waiting = story.look(job)
    assert (waiting.status_code, waiting.headers["X-Progress"]) == (202, "waiting, 0 before it")
    assert waiting.headers["Retry-After"] == "1"
    assert story.work(job)
    done = story.look(job)
    assert (done.status_code, done.mimetype, done.headers["Cache-Control"]) == (200, "application/fhir+json", "no-store")
    assert done.headers["Expires"] == "Tue, 03 Mar 2026 09:30:00 GMT"
    assert done.data == story.client.post(ASSESS, headers=FHIR, data=claudicant_json()).data
    assert not story.work(job), "it is done once"


def test_a_job_brings_the_report_that_was_asked_for(story: Story) -> None:
    url = f"{ASSESS}?report=true"
    job = story.job(story.ask(url))
    assert story.work(job)
    assert b'"DiagnosticReport"' in story.look(job).data
    assert story.look(job).data == story.client.post(url, headers=FHIR, data=claudicant_json()).data


def test_the_plan_is_applied_later_as_it_is_now(story: Story) -> None:
    url = "/fhir/PlanDefinition/claudication/$apply?subject=Patient/invented-1"
    job = story.job(story.ask(url))
    assert story.work(job)
    assert story.look(job).data == story.client.post(url, headers=FHIR, data=claudicant_json()).data


def test_a_job_without_as_of_is_made_for_the_moment_it_was_accepted(story: Story) -> None:
    job = story.job(story.ask())
    direct = story.client.post(ASSESS, headers=FHIR, data=claudicant_json()).data
    story.now += timedelta(hours=1)
    assert story.work(job)
    assert story.look(job).data == direct


def test_the_same_request_is_the_same_job_in_whatever_order_it_is_written(story: Story) -> None:
    job = story.job(story.ask())
    turned = json.dumps(dict(reversed(claudicant().items()))).encode()
    assert story.job(story.ask(body=turned)) == job
    assert story.job(story.ask(f"{ASSESS}?setting=vascular-clinic")) != job
    assert story.job(story.ask(Prefer="respond-async, handling=strict")) != job


def test_a_key_of_who_does_not_sign_goes_with_the_content(story: Story) -> None:
    job = story.job(story.ask(**{"Idempotency-Key": "1"}))
    assert story.job(story.ask(**{"Idempotency-Key": '"1"'})) == job, "a string of RFC 8941 is the same key"
    assert story.job(story.ask(**{"Idempotency-Key": "2"})) != job
    assert story.job(story.ask(f"{ASSESS}?setting=vascular-clinic", **{"Idempotency-Key": "1"})) != job


def test_a_key_of_a_client_may_not_be_used_for_two_requests(called_back: Story) -> None:
    job = called_back.job(called_back.ask(**{"Idempotency-Key": "1"}))
    assert called_back.job(called_back.ask(**{"Idempotency-Key": "1"})) == job
    other = called_back.ask(f"{ASSESS}?setting=vascular-clinic", **{"Idempotency-Key": "1"})
    assert (other.status_code, other.json["issue"][0]["code"]) == (422, "conflict")


def test_a_key_that_is_none_is_refused(story: Story) -> None:
    assert story.ask(**{"Idempotency-Key": "two words"}).status_code == 400


def test_strict_handling_is_applied_and_its_errors_are_the_jobs(story: Story) -> None:
    bundle = claudicant()
    bundle["entry"][1]["resource"]["status"] = 7
    accepted = story.ask(body=json.dumps(bundle).encode(), Prefer="respond-async, handling=strict")
    assert accepted.headers["Preference-Applied"] == "respond-async, handling=strict"
    job = story.job(accepted)
    assert story.work(job)
    assert story.look(job).status_code == 400


def test_what_can_be_refused_at_once_is(story: Story) -> None:
    assert story.ask(body=b"{").status_code == 400
    assert story.ask(f"{ASSESS}?settting=spine-clinic").status_code == 400


def test_two_patients_are_refused_with_the_status_of_the_request(story: Story) -> None:
    job = story.job(story.ask(body=two_patients()))
    assert story.work(job)
    refused = story.look(job)
    assert refused.status_code == 422
    assert refused.json["resourceType"] == "OperationOutcome"


def test_an_indented_result_keeps_its_decimals(story: Story) -> None:
    job = story.job(story.ask())
    assert story.work(job)
    pretty = story.look(job, "?_pretty=true")
    assert b'\n  "' in pretty.data
    assert b"0.62" in pretty.data
    assert story.client.post(f"{ASSESS}?_pretty=true", headers=FHIR, data=claudicant_json()).data == pretty.data


def test_a_deleted_job_is_gone_and_its_worker_finds_no_place_for_the_result(story: Story) -> None:
    job = story.job(story.ask())
    assert story.client.delete(f"/fhir/jobs/{job}").status_code == 202
    assert story.look(job).status_code == 404
    assert story.client.delete(f"/fhir/jobs/{job}").status_code == 404
    assert not story.work(job)


def test_a_result_expires(story: Story) -> None:
    job = story.job(story.ask())
    assert story.work(job)
    story.now += timedelta(hours=24)
    assert story.look(job).status_code == 404


def test_a_job_of_a_client_does_not_exist_for_who_does_not_sign(called_back: Story) -> None:
    job = called_back.job(called_back.ask())
    settings = replace(called_back.deployment.settings, development=False)
    stranger = create_app(replace(called_back.deployment, settings=settings)).test_client()
    assert stranger.get(f"/fhir/jobs/{job}").status_code == 404
    assert stranger.delete(f"/fhir/jobs/{job}").status_code == 404
    assert called_back.look(job).status_code == 202


def test_a_slow_job_is_asked_for_less_often_and_says_its_attempt(story: Story) -> None:
    job = story.job(story.ask())
    for attempt in (1, 2):
        assert story.place.jobs.claim(job, holder="dies", now=story.now) is not None
        told = story.look(job)
        assert told.headers["X-Progress"] == ("being worked on" if attempt == 1 else "being worked on, attempt 2")
        assert told.headers["Retry-After"] == ("1" if attempt == 1 else "10")
        story.now += timedelta(seconds=60)


def test_a_fault_of_ours_is_tried_again_and_then_told(deployed: Deploy, log: io.BytesIO) -> None:
    story = Story(deployed(**CALLED_BACK))
    evidence = replace(story.place.evidence, model=None)  # what makes every assessment fail
    broken = replace(story.place, evidence=evidence)
    job = story.job(story.ask())
    for _ in range(2):
        assert not do_job(broken, job, holder="worker")
        assert story.look(job).status_code == 202
        story.now += timedelta(seconds=5)
    assert do_job(broken, job, holder="worker")
    assert story.look(job).status_code == 500
    with story.receiver() as got:
        [(what, result)] = got
    assert (what, result["parameter"][1]["valueInteger"]) == ("job-result", 500)
    assert b"invented-1" not in log.getvalue()


def test_a_job_whose_workers_die_is_given_up_in_the_end(story: Story) -> None:
    job = story.job(story.ask())
    for _ in range(12):
        assert story.place.jobs.claim(job, holder="dies", now=story.now) is not None
        story.now += timedelta(minutes=1)
    assert story.work(job)
    assert story.look(job).status_code == 500


def test_a_client_gets_the_result_at_its_address(called_back: Story) -> None:
    job = called_back.job(called_back.ask())
    assert called_back.work(job)
    with called_back.receiver() as got:
        [(what, document)] = got
    assert what == "job-result"
    said = {part["name"]: part for part in document["parameter"]}
    assert (said["job"]["valueId"], said["status"]["valueInteger"]) == (job, 200)
    assert said["result"]["resource"] == called_back.look(job).json


def test_a_receiver_that_is_away_gets_it_later_under_the_same_id(called_back: Story) -> None:
    called_back.work(called_back.job(called_back.ask()))
    [id] = called_back.place.deliveries.due(now=called_back.now, limit=9)
    with called_back.receiver(status=503, headers={"Retry-After": "600"}) as first:
        pass
    called_back.now += timedelta(seconds=599)
    assert called_back.place.deliveries.due(now=called_back.now, limit=9) == []
    called_back.now += timedelta(seconds=1)
    assert called_back.place.deliveries.due(now=called_back.now, limit=9) == [id]
    with called_back.receiver() as second:
        assert second == first
    assert [tried.status for tried in called_back.place.deliveries.attempts_of(id)] == [503, 204]


@pytest.mark.parametrize("answer", [{"status": 400}, {"status": 410}, {"status": 302}])
def test_what_the_receiver_refuses_is_dead_at_once(called_back: Story, answer: dict[str, Any]) -> None:
    called_back.work(called_back.job(called_back.ask()))
    with called_back.receiver(**answer):
        pass
    [dead] = called_back.place.deliveries.listed([DeliveryState.DEAD], limit=9)
    assert dead.attempts == 1


def test_a_receiver_that_stays_away_makes_it_dead(called_back: Story) -> None:
    called_back.work(called_back.job(called_back.ask()))
    for _ in range(called_back.place.settings.callback_attempts):
        with called_back.receiver(status=500):
            pass
        called_back.now += timedelta(hours=1)
    [dead] = called_back.place.deliveries.listed([DeliveryState.DEAD], limit=9)
    assert (dead.attempts, dead.why) == (12, "answered 500")


def test_without_its_secret_nothing_is_sent_unsigned(called_back: Story) -> None:
    called_back.work(called_back.job(called_back.ask()))
    [id] = called_back.place.deliveries.due(now=called_back.now, limit=9)
    with responses.RequestsMock():
        assert deliver(called_back.place, id, holder="worker") is DeliveryState.PENDING
    [tried] = called_back.place.deliveries.attempts_of(id)
    assert "CALLBACK_SECRET_OF_TESTS" in tried.why


def test_a_client_that_is_not_registered_any_more_is_sent_nothing(called_back: Story) -> None:
    called_back.work(called_back.job(called_back.ask()))
    [id] = called_back.place.deliveries.due(now=called_back.now, limit=9)
    with responses.RequestsMock():
        assert deliver(replace(called_back.place, clients={}), id, holder="worker") is DeliveryState.DEAD


def test_a_message_is_answered_by_a_message(story: Story) -> None:
    answer = story.client.post("/fhir/$process-message", headers=FHIR, data=json.dumps(message()).encode())
    assert answer.status_code == 200
    header = answer.json["entry"][0]["resource"]
    assert header["response"] == {"identifier": "message-1", "code": "ok"}
    assert header["destination"] == [{"endpoint": "https://ehr.example/messages"}]
    kinds = [entry["resource"]["resourceType"] for entry in answer.json["entry"]]
    assert kinds[:2] == ["MessageHeader", "RiskAssessment"]
    assert len(header["focus"]) == len(kinds) - 1


def test_a_message_sent_again_is_answered_as_before_and_processed_once(story: Story) -> None:
    first = story.client.post("/fhir/$process-message", headers=FHIR, data=json.dumps(message()).encode())
    story.now += timedelta(hours=1)
    again = json.dumps(message() | {"id": "another-envelope", "timestamp": "2026-03-02T10:30:00Z"}).encode()
    assert story.client.post("/fhir/$process-message", headers=FHIR, data=again).data == first.data
    other = story.client.post("/fhir/$process-message", headers=FHIR, data=json.dumps(message("message-2")).encode())
    assert other.data != first.data


def test_a_message_that_cannot_be_assessed_is_answered_by_a_message_that_says_why(story: Story) -> None:
    bundle = message()
    bundle["entry"].append({"fullUrl": "https://ehr.example/fhir/Patient/b", "resource": {"resourceType": "Patient", "id": "b"}})
    answer = story.client.post("/fhir/$process-message", headers=FHIR, data=json.dumps(bundle).encode())
    assert answer.status_code == 200
    header, outcome = (entry["resource"] for entry in answer.json["entry"])
    assert header["response"]["code"] == "fatal-error"
    assert header["response"]["details"]["reference"] == f"urn:uuid:{outcome['id']}"
    assert outcome["resourceType"] == "OperationOutcome"


def test_a_response_message_goes_to_the_registered_address_and_to_no_other(called_back: Story) -> None:
    url = "/fhir/$process-message?async=true"
    sent = json.dumps(message()).encode()
    refused = called_back.client.post(f"{url}&response-url=https://elsewhere.example/", headers=FHIR, data=sent)
    assert refused.status_code == 422
    accepted = called_back.client.post(url, headers=FHIR, data=sent)
    assert called_back.work(called_back.job(accepted))
    with called_back.receiver() as got:
        [(what, response)] = got
    assert (what, response["type"]) == ("message-response", "message")


@pytest.mark.parametrize("query", ["async=perhaps", "response-url=x", "async=true&async=true", "later=true"])
def test_options_of_a_message_that_are_none_are_refused(story: Story, query: str) -> None:
    answer = story.client.post(f"/fhir/$process-message?{query}", headers=FHIR, data=json.dumps(message()).encode())
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"type": "collection"}, 422),
        ({"entry": claudicant()["entry"]}, 400),
        ({"entry": []}, 400),
        ({"resourceType": "Patient"}, 422),
    ],
)
def test_what_is_no_message_is_refused(story: Story, change: dict[str, Any], status: int) -> None:
    answer = story.client.post("/fhir/$process-message", headers=FHIR, data=json.dumps(message() | change).encode())
    assert answer.status_code == status


@pytest.mark.parametrize(
    ("name", "value", "status"), [("id", None, 400), ("eventCoding", {"code": "admit"}, 422), ("eventCoding", None, 422)]
)
def test_a_header_without_id_or_with_another_event_is_refused(story: Story, name: str, value: Any, status: int) -> None:
    bundle = message()
    bundle["entry"][0]["resource"][name] = value
    answer = story.client.post("/fhir/$process-message", headers=FHIR, data=json.dumps(bundle).encode())
    assert answer.status_code == status


def subscribed(story: Story, **wanted: str) -> str:
    answer = story.client.post("/fhir/Subscription", headers=FHIR, data=json.dumps(subscription(**wanted)).encode())
    assert answer.status_code == 201, answer.text
    assert answer.json["status"] == "requested"
    return str(answer.json["id"])


def test_a_subscription_is_active_once_its_handshake_was_accepted(called_back: Story) -> None:
    id = subscribed(called_back)
    with called_back.receiver() as got:
        [(what, bundle)] = got
    assert (what, bundle["type"]) == ("handshake", "history")
    said = {part["name"]: part for part in bundle["entry"][0]["resource"]["parameter"]}
    assert (said["type"]["valueCode"], said["status"]["valueCode"]) == ("handshake", "requested")
    assert said["events-since-subscription-start"]["valueString"] == "0"
    assert called_back.client.get(f"/fhir/Subscription/{id}").json["status"] == "active"


def test_a_subscription_whose_handshake_is_refused_is_in_error(called_back: Story) -> None:
    id = subscribed(called_back)
    with called_back.receiver(status=404):
        pass
    assert called_back.client.get(f"/fhir/Subscription/{id}").json["status"] == "error"


@pytest.mark.parametrize("payload", ["id-only", "full-resource"])
@pytest.mark.parametrize("later", [True, False], ids=["job", "at once"])
def test_a_subscriber_is_told_of_an_assessment(called_back: Story, payload: str, later: bool) -> None:
    id = subscribed(called_back, payload=payload)
    with called_back.receiver():
        pass
    if later:
        job = called_back.job(called_back.ask())
        assert called_back.work(job)
        result = called_back.look(job).json
    else:
        result = called_back.client.post(ASSESS, headers=FHIR, data=claudicant_json()).json
    with called_back.receiver() as got:
        [bundle] = [document for what, document in got if what == "event-notification"]
    [event] = [part for part in bundle["entry"][0]["resource"]["parameter"] if part["name"] == "notification-event"]
    parts = {part["name"]: part for part in event["part"]}
    differential = next(one["resource"] for one in result["entry"] if one["resource"]["resourceType"] == "RiskAssessment")
    assert parts["event-number"]["valueString"] == "1"
    assert parts["focus"]["valueReference"]["reference"] == f"RiskAssessment/{differential['id']}"
    told = [entry["resource"] for entry in bundle["entry"][1:]]
    assert told == ([entry["resource"] for entry in result["entry"]] if payload == "full-resource" else [])
    again = called_back.client.get(f"/fhir/Subscription/{id}/$events?eventsSinceNumber=1").json
    assert [entry["resource"] for entry in again["entry"][1:]] == told
    status = called_back.client.get(f"/fhir/Subscription/{id}/$status").json
    assert status["type"] == "searchset"


def test_a_red_flag_is_told_to_who_asked_for_it_and_no_flag_is_not(called_back: Story) -> None:
    subscribed(called_back, topic="red-flag-raised")
    with called_back.receiver():
        pass
    called_back.client.post(ASSESS, headers=FHIR, data=claudicant_json())
    assert called_back.place.deliveries.due(now=called_back.now, limit=9) == []
    bundle = claudicant()
    bundle["entry"][1]["resource"]["item"].append({"linkId": "saddle-anaesthesia", "answer": [{"valueBoolean": True}]})
    called_back.client.post(ASSESS, headers=FHIR, data=json.dumps(bundle).encode())
    with called_back.receiver() as got:
        assert [what for what, _ in got] == ["event-notification"]


def test_an_event_that_was_missed_is_counted_and_can_be_asked_for(called_back: Story) -> None:
    id = subscribed(called_back)
    with called_back.receiver():
        pass
    called_back.client.post(ASSESS, headers=FHIR, data=claudicant_json())
    with called_back.receiver(status=400):
        pass
    assert called_back.client.get(f"/fhir/Subscription/{id}").json["status"] == "error"
    called_back.client.post(f"{ASSESS}?setting=spine-clinic", headers=FHIR, data=claudicant_json())
    with called_back.receiver() as got:
        [(_, bundle)] = got
    said = {part["name"]: part for part in bundle["entry"][0]["resource"]["parameter"]}
    assert said["events-since-subscription-start"]["valueString"] == "2"
    missed = called_back.client.get(f"/fhir/Subscription/{id}/$events?eventsUntilNumber=1").json
    events = [part for part in missed["entry"][0]["resource"]["parameter"] if part["name"] == "notification-event"]
    assert len(events) == 1


def test_an_ended_subscription_is_told_nothing(called_back: Story) -> None:
    id = subscribed(called_back)
    with called_back.receiver():
        pass
    assert called_back.client.delete(f"/fhir/Subscription/{id}").status_code == 204
    called_back.client.post(ASSESS, headers=FHIR, data=claudicant_json())
    assert called_back.place.deliveries.due(now=called_back.now, limit=9) == []
    assert called_back.client.get("/fhir/Subscription").json["total"] == 0


@pytest.mark.parametrize(
    ("element", "value"),
    [
        ("criteria", "Observation?code=1"),
        ("end", "2026-03-02"),
        ("_criteria", {"extension": [{"url": "x", "valueString": "patient=1"}]}),
        ("channel.type", "email"),
        ("channel.payload", "application/fhir+xml"),
        ("channel.header", ["Authorization: Bearer token"]),
        ("channel._payload", {}),
        (
            "channel.extension",
            [
                {
                    "url": "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-heartbeat-period",
                    "valueUnsignedInt": 1,
                }
            ],
        ),
    ],
)
def test_a_subscription_that_cannot_be_kept_is_refused(called_back: Story, element: str, value: Any) -> None:
    asked = subscription()
    *path, name = element.split(".")
    (asked[path[0]] if path else asked)[name] = value
    answer = called_back.client.post("/fhir/Subscription", headers=FHIR, data=json.dumps(asked).encode())
    assert answer.status_code == 400
    assert element.split(".")[0].strip("_") in answer.json["issue"][0]["expression"][0]
    assert "Bearer token" not in answer.text
