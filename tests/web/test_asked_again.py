"""Who asks again, or wants no more: the same answer, what was not delivered yet delivered, and nothing sent that was given up."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import replace
from datetime import timedelta

import pytest

from service.store.deliveries import DeliveryState
from service.web import accepting
from service.worker.consumer import beat
from service.worker.deliveries import deliver
from tests.web.conftest import Deploy
from tests.web.job_states import message, subscription, with_message_begun
from tests.web.test_contract import CALLED_BACK
from tests.web.test_jobs import ASSESS, FHIR, Story, claudicant_json, subscribed

MESSAGE = "/fhir/$process-message"
HEARTBEAT = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-heartbeat-period"


@pytest.fixture
def story(deployed: Deploy) -> Story:
    return Story(deployed(**CALLED_BACK))


def sent(story: Story, query: str = "") -> int:
    return story.client.post(f"{MESSAGE}{query}", headers=FHIR, data=json.dumps(message())).status_code


def test_a_message_that_was_answered_to_nobody_and_is_sent_again_to_be_called_back_is(story: Story) -> None:
    answered = story.client.post(MESSAGE, headers=FHIR, data=json.dumps(message())).json
    assert sent(story, "?async=true") == 202
    with story.receiver() as got:
        assert got == [("message-response", answered)]
    assert sent(story, "?async=true") == 202
    assert story.place.deliveries.due(now=story.now, limit=9) == [], "it was delivered"


def test_while_an_earlier_request_is_at_a_message_nobody_is_promised_a_callback(story: Story) -> None:
    with_message_begun(story.deployment, caller="development")
    assert sent(story) == 503
    assert sent(story, "?async=true") == 503
    story.now += timedelta(minutes=1)
    [job] = story.place.jobs.overdue(now=story.now, waited=timedelta(), limit=9)
    assert story.work(job)
    assert sent(story, "?async=true") == 202
    assert len(story.place.deliveries.due(now=story.now, limit=9)) == 1


def test_a_message_that_waits_to_be_called_back_may_be_sent_again(story: Story) -> None:
    assert [sent(story, "?async=true"), sent(story, "?async=true")] == [202, 202]
    [job] = story.place.jobs.overdue(now=story.now + timedelta(seconds=9), waited=timedelta(), limit=9)
    assert story.work(job)
    assert len(story.place.deliveries.due(now=story.now, limit=9)) == 1


def test_a_key_leads_to_its_job_also_where_the_service_was_replaced_in_between(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, without = story.job(story.ask(**{"Idempotency-Key": "visit-17"})), story.job(story.ask())
    monkeypatch.setattr(accepting, "__version__", "another")
    assert story.job(story.ask(**{"Idempotency-Key": "visit-17"})) == job
    assert story.job(story.ask()) != without, "without a key the present version is asked"
    assert story.ask(f"{ASSESS}?setting=spine-clinic", **{"Idempotency-Key": "visit-17"}).status_code == 422


def test_of_a_job_that_was_deleted_nothing_is_delivered_any_more(story: Story) -> None:
    job, other = story.job(story.ask()), story.job(story.ask(f"{ASSESS}?setting=spine-clinic"))
    assert story.work(job)
    assert story.work(other)
    with story.receiver(status=503):
        pass
    assert story.client.delete(f"/fhir/jobs/{job}").status_code == 202
    left = story.place.deliveries.listed(list(DeliveryState), limit=9)
    assert [one.job for one in left] == [other]
    assert story.place.deliveries.attempts_of(left[0].id)


def test_of_a_subscription_that_was_deleted_nothing_is_sent_any_more(story: Story) -> None:
    id = subscribed(story, topic="assessment-completed")
    with story.receiver():
        pass
    story.client.post(ASSESS, headers=FHIR, data=claudicant_json())
    assert len(story.place.deliveries.due(now=story.now, limit=9)) == 1
    assert story.client.delete(f"/fhir/Subscription/{id}").status_code == 204
    assert story.place.deliveries.due(now=story.now, limit=9) == []


def test_the_heart_of_a_subscription_that_has_ended_beats_no_more(story: Story) -> None:
    wanted = subscription() | {"end": (story.now + timedelta(seconds=30)).isoformat()}
    wanted["channel"] = wanted["channel"] | {"extension": [{"url": HEARTBEAT, "valueUnsignedInt": 10}]}
    assert story.client.post("/fhir/Subscription", headers=FHIR, data=json.dumps(wanted)).status_code == 201
    with story.receiver():
        pass
    beats = []
    for seconds in (20, 20):
        story.now += timedelta(seconds=seconds)
        beat(story.place, lambda _kind, id: beats.append(id))
    assert len(beats) == 1


def test_a_subscription_that_has_ended_before_it_begins_is_refused(story: Story) -> None:
    ended = subscription() | {"end": (story.now - timedelta(seconds=1)).isoformat()}
    answer = story.client.post("/fhir/Subscription", headers=FHIR, data=json.dumps(ended))
    assert answer.status_code == 400
    assert answer.json["issue"][0]["expression"] == ["Subscription.end"]


def test_without_the_key_of_what_is_kept_it_is_said_and_given_up_in_the_end(story: Story) -> None:
    id = subscribed(story, topic="assessment-completed", payload="full-resource")
    with story.receiver():
        pass
    story.client.post(ASSESS, headers=FHIR, data=claudicant_json())
    job = story.job(story.ask())
    with sqlite3.connect(story.deployment.settings.database_url.removeprefix("sqlite:///")) as connection:
        connection.execute("UPDATE subscription_events SET resource = x'ff'")
        connection.execute("UPDATE jobs SET request = x'ff'")
        connection.execute("UPDATE deliveries SET body = x'ff' WHERE state = 'pending'")
    for path in (f"/fhir/Subscription/{id}/$events", f"/fhir/jobs/{job}"):
        answer = story.client.get(path)
        assert answer.status_code == 503
        assert "CLAUDICATION_RECORD_KEY" in answer.json["issue"][0]["diagnostics"]
    [delivery] = story.place.deliveries.due(now=story.now, limit=9)
    few = replace(story.place, settings=replace(story.place.settings, callback_attempts=2))
    assert deliver(few, delivery, holder="w") is DeliveryState.PENDING
    story.now += timedelta(hours=1)
    assert deliver(few, delivery, holder="w") is DeliveryState.DEAD
    assert "CLAUDICATION_RECORD_KEY" in story.place.deliveries.attempts_of(delivery)[0].why
    assert story.place.deliveries.resend(delivery, now=story.now), "its body is there for who finds the key"
