"""The check of our own cards sees what it is there to see: a good answer with one thing broken."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from service.cds_hooks.card_check import checked, violations
from service.cds_hooks.clients import Client
from service.cds_hooks.hooks import Hook
from service.errors import OutputError
from tests.cds_hooks.hook_stories import EPIC, GENERIC, ORACLE, SANDBOX, answer, draft, judged
from tests.clinical.patients import CLAUDICANT, assessed, findings

CTA = draft("cta-runoff")
WHO = assessed(findings(**CLAUDICANT))


def good(client: Client) -> dict[str, Any]:
    return copy.deepcopy(answer(judged(WHO, Hook.ORDER_SIGN, CTA), WHO, Hook.ORDER_SIGN, CTA, client=client))


def put(*path: Any, value: Any) -> Callable[[Any], None]:
    def change(holder: Any) -> None:
        for step in path[:-1]:
            holder = holder[step]
        if value is ...:
            del holder[path[-1]]
        else:
            holder[path[-1]] = value

    return change


def card(*path: Any, value: Any) -> Callable[[Any], None]:
    return put("cards", 0, *path, value=value)


ACTION = ("suggestions", 0, "actions", 1)
RECOMMENDED = [{"label": "a", "uuid": "7b1a2c3d-0000-4000-8000-00000000000" + end, "isRecommended": True} for end in "12"]

DEFECTS: tuple[tuple[str, Client, Callable[[Any], None], str], ...] = (
    ("74", GENERIC, put("cards", value=None), "cards: is no list"),
    ("74", GENERIC, put("cards", value=...), "cards: is no list"),
    ("80", GENERIC, card("uuid", value="card-1"), "uuid: is no UUID"),
    ("80", GENERIC, card("uuid", value=...), "uuid: is no UUID"),
    ("83", GENERIC, card("summary", value="x" * 140), "summary: has 140 characters, at most 139"),
    ("83", GENERIC, card("summary", value=" "), "summary: is no text"),
    ("85", GENERIC, card("detail", value="a <b>bold</b> word"), "detail: holds HTML"),
    ("84", GENERIC, card("detail", value=7), "detail: is no text"),
    ("88", GENERIC, card("indicator", value="hard-stop"), "indicator: is none of"),
    ("90", GENERIC, card("source", value=...), "source: is missing"),
    ("105", GENERIC, card("source", "label", value=...), "source.label: is no text"),
    ("107", GENERIC, card("source", "url", value="/evidence"), "source.url: is no absolute URL"),
    ("111", GENERIC, card("source", "icon", value="icon.png"), "source.icon: is no absolute URL"),
    ("115", GENERIC, card("source", "topic", value="abi"), "source.topic: is no Coding"),
    ("218", GENERIC, card("source", "topic", "code", value=...), "source.topic.code: is no text"),
    ("217", GENERIC, card("source", "topic", "system", value=...), "source.topic.system: is no text"),
    ("115", EPIC, card("source", "topic", "code", value="abi-first"), "letters and digits"),
    ("93", GENERIC, card("selectionBehavior", value=...), "cds-resp-6"),
    ("95", GENERIC, card("selectionBehavior", value="all"), "cds-resp-6"),
    ("95", EPIC, card("selectionBehavior", value="at-most-one"), "takes only any"),
    ("122", GENERIC, card("suggestions", value=RECOMMENDED), "cds-resp-1"),
    ("117", GENERIC, card("suggestions", 0, "label", value=...), "suggestions[0].label: is no text"),
    ("119", GENERIC, card("suggestions", 0, "uuid", value="1"), "suggestions[0].uuid: is no UUID"),
    ("121", GENERIC, card("suggestions", 0, "isRecommended", value="yes"), "is neither true nor false"),
    ("127", GENERIC, card(*ACTION, "type", value="replace"), "type: is none of"),
    ("128", GENERIC, card(*ACTION, "description", value=...), "description: is no text"),
    ("131", GENERIC, card(*ACTION, "resource", value=...), "is no resource to create"),
    ("130", GENERIC, card(*ACTION, "resource", value="ServiceRequest/1"), "is no resource to create"),
    ("133", GENERIC, card("suggestions", 0, "actions", 0, "resource", value="ServiceRequest/1"), "cds-resp-2"),
    ("134", GENERIC, card("suggestions", 0, "actions", 0, "resourceId", value=...), "cds-resp-2"),
    ("136", GENERIC, card("overrideReasons", 0, "display", value=...), "overrideReasons[0].display: is no text"),
    ("98", GENERIC, card("overrideReasons", 0, value="no"), "overrideReasons[0].code: is no text"),
    ("138", SANDBOX, card("links", 0, "label", value=...), "links[0].label: is no text"),
    ("139", SANDBOX, card("links", 0, "url", value="launch.html"), "links[0].url: is no absolute URL"),
    ("142", SANDBOX, card("links", 0, "type", value="relative"), "links[0].type: is neither"),
    ("147", SANDBOX, card("links", 0, "type", value="absolute"), "cds-resp-3"),
    ("144", SANDBOX, card("links", 0, "appContext", value={"a": 1}), "links[0].appContext: is no text"),
    ("146", ORACLE, card("links", 0, "appContext", value="x"), "has no use for it"),
    ("141", SANDBOX, card("links", 0, "autolaunchable", value=True), "not known to understand"),
    ("124", GENERIC, card("suggestions", 0, "actionSelectionBehavior", value="all"), "not known to understand"),
    ("124", GENERIC, card("suggestions", 0, "actionSelectionBehavior", value="some"), "cds-resp-7"),
    ("125", EPIC, card("suggestions", 0, "actions", value=[{"type": "delete", "description": "d", "resourceId": "S/1"}] * 2), "one action"),
    ("131", EPIC, card("suggestions", 0, "actions", 0, "resource", "code", value={"coding": [{"system": "x", "code": "y"}]}), "not a code agreed"),
    ("80", ORACLE, card("uuid", value="7b1a2c3d-0000-4000-8000-000000000001"), "1.0 does not have it"),
    ("121", ORACLE, card("suggestions", 0, "isRecommended", value=True), "1.0 does not have it"),
    ("75", GENERIC, put("systemActions", value=[{"type": "update", "description": "d", "resource": {"resourceType": "Task"}}]), "did not agree"),
    ("75", SANDBOX, put("systemActions", 0, "type", value="annotate"), "systemActions[0].type: is none of"),
    ("80", GENERIC, lambda told: told["cards"].append(told["cards"][0]), "two with one uuid"),
    ("103", GENERIC, card("links", value=[]), "cards.0.links: is empty"),
    ("84", GENERIC, card("detail", value=None), "cards.0.detail: is empty"),
    ("3", GENERIC, card("extension", value={}), "cards.0.extension: is empty"),
)  # fmt: skip


@pytest.mark.parametrize(
    ("client", "change", "said"),
    [pytest.param(*told, id=f"{number}: {told[2]}", marks=pytest.mark.requirement(number)) for number, *told in DEFECTS],
)
def test_one_thing_broken_is_seen_and_named(client: Client, change: Callable[[Any], None], said: str) -> None:
    broken = good(client)
    assert violations(broken, client) == ()
    change(broken)
    assert any(said in one for one in violations(broken, client)), violations(broken, client)
    with pytest.raises(OutputError, match=r"cards|systemActions"):
        checked(broken, client)


def test_a_client_of_3_0_is_given_what_3_0_has() -> None:
    client = replace(SANDBOX, profile=replace(SANDBOX.profile, cards_of_3_0=True))
    told = good(client)
    told["cards"][0]["links"][0]["autolaunchable"] = False
    told["cards"][0]["suggestions"][0]["actionSelectionBehavior"] = "all"
    assert violations(told, client) == ()


@pytest.mark.parametrize(
    "shape", [[], [7], [None], ["x"], [{"source": 7, "suggestions": 7, "links": "x"}], [{"suggestions": [{"actions": [7]}]}]]
)
def test_an_answer_of_any_shape_is_refused_and_not_stumbled_over(shape: list[Any]) -> None:
    told = {"cards": shape}
    assert bool(violations(told, EPIC)) is bool(shape)


@pytest.mark.requirement("220")
def test_a_topic_may_do_without_words_and_an_override_reason_may_not() -> None:
    told = good(GENERIC)
    told["cards"][0]["source"]["topic"].pop("display", None)
    assert violations(told, GENERIC) == ()
    told["cards"][0]["overrideReasons"][0].pop("display")
    assert violations(told, GENERIC) == ("cards[0].overrideReasons[0].display: is no text",)


@pytest.mark.requirement("3")
def test_what_stands_in_a_resource_is_not_looked_at_here() -> None:
    told = good(SANDBOX)
    told["systemActions"][0]["resource"]["note"] = []
    assert violations(told, SANDBOX) == ()
