"""Hook calls and those who subscribed to assessments: told once, after the cards, whichever of them were shown; never in shadow mode."""

from __future__ import annotations

import io
import json
import sqlite3
from dataclasses import replace
from typing import Any
from uuid import uuid4

from service.app import create_app
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
        assert (b"subscribers not told" in log.getvalue()) is said
