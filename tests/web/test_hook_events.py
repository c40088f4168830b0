"""Hook calls and those who subscribed to assessments: told once, after the cards, whichever of them were shown; never in shadow mode."""

from __future__ import annotations

import io
import json
import sqlite3
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

from werkzeug.test import EnvironBuilder

from service.app import create_app
from service.worker.hook_events import tell, tell_of_left
from tests.cds_hooks.calls import call, put, searchset
from tests.claudicant import form
from tests.web.conftest import Deploy
from tests.web.test_contract import CALLED_BACK
from tests.web.test_jobs import Story, subscribed

HOOK = "/cds-services/claudication"
CAUDA = searchset(form({"leg-pain-on-walking": True, "saddle-anaesthesia": True}))


def hook(story: Story, *, instance: str = "", **changed: Any) -> dict[str, Any]:
    body = put(call(), "hookInstance", instance or str(uuid4()))
    for path, value in changed.items():
        body = put(body, path.replace("__", "."), value)
    with story.client.post(HOOK, headers={"Content-Type": "application/json"}, data=json.dumps(body)) as answer:
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json
    return told


def listening(deployed: Deploy, topic: str, **wanted: str) -> Story:
    story = Story(deployed(**CALLED_BACK))
    subscribed(story, topic=topic, **wanted)
    with story.receiver():
        pass
    return story


def told(story: Story) -> list[dict[str, Any]]:
    if not story.place.deliveries.due(now=story.now, limit=9):
        return []
    with story.receiver() as got:
        return [bundle for what, bundle in got if what == "event-notification"]


def test_a_call_of_the_hooks_is_an_assessment_that_is_told_of(deployed: Deploy) -> None:
    story = listening(deployed, "assessment-completed", payload="full-resource")
    hook(story)
    [bundle] = told(story)
    kinds = [entry["resource"]["resourceType"] for entry in bundle["entry"]]
    assert kinds[:2] == ["Parameters", "RiskAssessment"]
    assert {"ServiceRequest", "Provenance"} <= set(kinds)


def test_a_repeated_call_is_told_of_once(deployed: Deploy) -> None:
    story = listening(deployed, "assessment-completed")
    for _ in range(2):
        hook(story, instance="d1577c69-dfbe-44ad-ba6d-3e05e953b2ea")
    assert len(told(story)) == 1


def test_a_red_flag_of_a_hook_call_is_told_of_and_none_is_not(deployed: Deploy) -> None:
    story = listening(deployed, "red-flag-raised")
    hook(story)
    assert told(story) == []
    cards = hook(story, prefetch__questionnaires=CAUDA)["cards"]
    assert cards[0]["indicator"] == "critical"
    [bundle] = told(story)
    [event] = [part for part in bundle["entry"][0]["resource"]["parameter"] if part["name"] == "notification-event"]
    assert [part["name"] for part in event["part"]][:2] == ["event-number", "timestamp"]


def test_in_shadow_mode_nobody_is_told(deployed: Deploy) -> None:
    story = listening(deployed, "red-flag-raised")
    clients = {"development": replace(story.place.clients["development"], shadow=True)}
    story.client = create_app(
        replace(story.deployment, clients=clients, place=replace(story.place, clients=clients))
    ).test_client()
    assert hook(story, prefetch__questionnaires=CAUDA)["cards"] == []
    assert told(story) == []


def test_a_call_of_a_client_without_an_address_looks_nobody_up(deployed: Deploy, log: io.BytesIO) -> None:
    for settings, said in (({"development": "true"}, False), (CALLED_BACK, True)):
        story = Story(deployed(**settings))
        with sqlite3.connect(story.deployment.settings.database_url.removeprefix("sqlite:///")) as connection:
            connection.execute("DROP TABLE IF EXISTS subscriptions")
        hook(story)
        # And where they cannot be looked up the cards go out all the same.
        assert (b"hook call not recorded yet" in log.getvalue()) is said


def answered_by_one_who_then_dies(story: Story, **changed: Any) -> list[bytes]:
    """The body of the answer, whose connection is never closed: what is done afterwards is not done."""
    body = put(call(), "hookInstance", str(uuid4()))
    for path, value in changed.items():
        body = put(body, path.replace("__", "."), value)
    made = EnvironBuilder(path=HOOK, method="POST", content_type="application/json", data=json.dumps(body))
    began: list[str] = []
    sent = list(story.client.application.wsgi_app(made.get_environ(), lambda status, headers, *_: began.append(status)))
    assert began == ["200 OK"]
    return sent


def later(story: Story, seconds: float) -> None:
    story.now += timedelta(seconds=seconds)


def test_a_red_flag_whose_process_dies_before_it_is_told_is_told_by_a_worker_and_once(deployed: Deploy) -> None:
    story = listening(deployed, "red-flag-raised", payload="full-resource")
    [cards] = answered_by_one_who_then_dies(story, prefetch__questionnaires=CAUDA)
    assert json.loads(cards)["cards"][0]["indicator"] == "critical"
    assert told(story) == []
    later(story, 9)
    assert tell_of_left(story.place) == 0, "who answered may be about it"
    later(story, 1)
    [left] = story.place.announcements.due(now=story.now, limit=9)
    assert [tell_of_left(story.place), tell_of_left(story.place)] == [1, 0]
    [bundle] = told(story)
    assert bundle["entry"][1]["resource"]["code"]["coding"][0]["code"] == "red-flags"
    assert not tell(story.place, left), "who was only slow finds it told"
    assert told(story) == []


def test_the_answer_stands_in_the_database_only_until_it_is_told(deployed: Deploy) -> None:
    story = listening(deployed, "assessment-completed")
    hook(story)
    assert waiting_answers(story) == 0
    answered_by_one_who_then_dies(story)
    assert waiting_answers(story) == 1
    later(story, 24 * 3600)
    assert story.place.announcements.expire(now=story.now) == 1


def test_of_a_client_nobody_of_whom_listens_nothing_is_written(deployed: Deploy) -> None:
    story = Story(deployed(**CALLED_BACK))
    answered_by_one_who_then_dies(story)
    assert waiting_answers(story) == 0


def test_in_shadow_mode_nothing_is_left_to_tell(deployed: Deploy) -> None:
    story = listening(deployed, "red-flag-raised")
    clients = {"development": replace(story.place.clients["development"], shadow=True)}
    silent = replace(story.deployment, clients=clients, place=replace(story.place, clients=clients))
    story.client = create_app(silent).test_client()
    answered_by_one_who_then_dies(story, prefetch__questionnaires=CAUDA)
    assert waiting_answers(story) == 0


def test_one_that_cannot_be_opened_is_left_alone_for_a_minute_and_holds_up_no_other(deployed: Deploy, log: io.BytesIO) -> None:
    story = listening(deployed, "assessment-completed")
    answered_by_one_who_then_dies(story)
    database(story, "UPDATE announcements SET bundle = x'ff'")
    answered_by_one_who_then_dies(story)
    later(story, 10)
    assert tell_of_left(story.place) == 1
    assert len(told(story)) == 1
    assert b"subscribers not told yet" in log.getvalue()
    assert story.place.announcements.due(now=story.now, limit=9) == []
    later(story, 60)
    assert len(story.place.announcements.due(now=story.now, limit=9)) == 1


def test_a_call_that_is_recorded_later_is_told_of_then(deployed: Deploy) -> None:
    story = listening(deployed, "assessment-completed")
    database(story, "ALTER TABLE hook_counts RENAME TO away")
    hook(story)
    assert waiting_answers(story) == 0
    database(story, "ALTER TABLE away RENAME TO hook_counts")
    assert story.deployment.hook_records.ready()
    later(story, 10)
    assert tell_of_left(story.place) == 1
    assert len(told(story)) == 1


def waiting_answers(story: Story) -> int:
    return int(database(story, "SELECT count(*) FROM announcements")[0][0])


def database(story: Story, statement: str) -> list[Any]:
    with sqlite3.connect(story.deployment.settings.database_url.removeprefix("sqlite:///")) as connection:
        return connection.execute(statement).fetchall()
