"""Our own check of what a hook call is answered: the requirements of CDS Hooks 2.0 on cards, the invariants of the 3.0 ballot, and what the client can take."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from service.cds_hooks.clients import Client
from service.cds_hooks.markdown import DETAIL_LIMIT, SUMMARY_LIMIT
from service.errors import OutputError, Problem
from service.fhir.elements import Json

_INDICATORS = frozenset({"info", "warning", "critical"})
_ACTIONS = frozenset({"create", "update", "delete"})
_SELECTION = frozenset({"at-most-one", "any"})
_ACTION_SELECTION = frozenset({"all", "any", "at-most-one"})
_ADDRESS = re.compile(r"https?://[^\s/?#]+\S*")
_TAG = re.compile(r"<[A-Za-z/!?]")
_TOPIC = re.compile(r"[A-Za-z0-9]{1,100}")
_NOT_IN_1_0 = ("uuid", "overrideReasons", "selectionBehavior")

Found = Iterator[tuple[str, str]]
"""(what it is about, what is wrong with it)"""


def violations(answer: Json, client: Client) -> tuple[str, ...]:
    """What an answer breaks, each with its place; () when it may leave."""
    found = list(_empty(answer, "", {"cards"}))
    if not isinstance(answer.get("cards"), list):
        found.append(("cards", "is no list"))
    else:
        for place, card in _each(answer, "cards"):
            found += [(f"{place}.{where}", said) for where, said in _card(card, client)]
        ids = [card["uuid"] for _, card in _each(answer, "cards") if "uuid" in card]
        if len(set(ids)) < len(ids):
            found.append(("cards", "two with one uuid"))
    if "systemActions" in answer and not client.system_actions:
        found.append(("systemActions", "the client did not agree to any"))
    for place, action in _each(answer, "systemActions"):
        found += [(f"{place}.{where}", said) for where, said in _action(action)]
    return tuple(f"{place}: {said}" for place, said in found)


def checked(answer: Json, client: Client) -> Json:
    """The same answer. Raises OutputError with every violation when there is one."""
    if found := violations(answer, client):
        raise OutputError([Problem(issue_type="exception", diagnostics=one) for one in found])
    return answer


def _card(card: Json, client: Client) -> Found:
    old = client.profile.cards_of_1_0
    if old:
        yield from ((name, "CDS Hooks 1.0 does not have it") for name in _NOT_IN_1_0 if name in card)
    elif not _is_uuid(card.get("uuid")):
        yield "uuid", "is no UUID"
    yield from _text(card, "summary", most=SUMMARY_LIMIT)
    if "detail" in card:
        yield from _text(card, "detail", most=DETAIL_LIMIT)
        if isinstance(card["detail"], str) and _TAG.search(card["detail"]):
            yield "detail", "holds HTML"
    if card.get("indicator") not in _INDICATORS:
        yield "indicator", "is none of info, warning, critical"
    yield from _prefixed("source", _source(card.get("source"), client))
    yield from _offers(card, client)
    for place, reason in _each(card, "overrideReasons"):
        yield from _prefixed(place, _coding(reason, display=True))
    for place, link in _each(card, "links"):
        yield from _prefixed(place, _link(link, client))


def _source(source: Any, client: Client) -> Found:
    if not isinstance(source, dict):
        yield "", "is missing"
        return
    yield from _text(source, "label")
    for name in ("url", "icon"):
        if name in source and not _is_address(source[name]):
            yield name, "is no absolute URL"
    if "topic" in source:
        yield from _prefixed("topic", _coding(source["topic"], display=False))
        if client.profile.alphanumeric_topic and not _TOPIC.fullmatch(str(source["topic"].get("code"))):
            yield "topic.code", "is not 1 to 100 letters and digits"


def _offers(card: Json, client: Client) -> Found:
    listed = [one for _, one in _each(card, "suggestions")]
    behaviour = card.get("selectionBehavior")
    if listed and not client.profile.cards_of_1_0 and behaviour not in _SELECTION:
        yield "selectionBehavior", "cds-resp-6, is needed where there are suggestions: at-most-one or any"
    if behaviour == "at-most-one":
        if not client.profile.at_most_one:
            yield "selectionBehavior", "this client takes only any"
        if sum(one.get("isRecommended") is True for one in listed) > 1:
            yield "suggestions", "cds-resp-1, more than one is recommended of which at most one can be taken"
    for place, suggestion in _each(card, "suggestions"):
        yield from _prefixed(place, _suggestion(suggestion, client))


def _suggestion(suggestion: Json, client: Client) -> Found:
    profile = client.profile
    yield from _text(suggestion, "label")
    if profile.cards_of_1_0:
        yield from ((name, "CDS Hooks 1.0 does not have it") for name in ("uuid", "isRecommended") if name in suggestion)
    elif not _is_uuid(suggestion.get("uuid")):
        yield "uuid", "is no UUID"
    if not isinstance(suggestion.get("isRecommended", True), bool):
        yield "isRecommended", "is neither true nor false"
    if "actionSelectionBehavior" in suggestion:
        if not profile.cards_of_3_0:
            yield "actionSelectionBehavior", "this client is not known to understand it"
        if suggestion["actionSelectionBehavior"] not in _ACTION_SELECTION:
            yield "actionSelectionBehavior", "cds-resp-7, is none of all, any, at-most-one"
    actions = list(_each(suggestion, "actions"))
    if profile.one_action_per_suggestion and len(actions) > 1:
        yield "actions", "this client takes one action a suggestion"
    for place, action in actions:
        yield from _prefixed(place, _action(action))
        if profile.only_agreed_order_codes:
            yield from _prefixed(place, _agreed(action, client))


def _action(action: Json) -> Found:
    kind = action.get("type")
    if kind not in _ACTIONS:
        yield "type", "is none of create, update, delete"
    yield from _text(action, "description")
    resource = action.get("resource")
    if kind == "delete":
        if resource is not None or not isinstance(action.get("resourceId"), str):
            yield "resourceId", "cds-resp-2, a deletion names what it deletes and holds no resource"
    elif not isinstance(resource, dict) or not isinstance(resource.get("resourceType"), str):
        yield "resource", f"is no resource to {kind}"


def _agreed(action: Json, client: Client) -> Found:
    if action.get("type") != "create" or not isinstance(action.get("resource"), dict):
        return
    agreed = {(one.get("system"), one.get("code")) for listed in client.order_codes.values() for one in listed}
    code = action["resource"].get("code")
    for _, coding in _each(code if isinstance(code, dict) else {}, "coding"):
        if (coding.get("system"), coding.get("code")) not in agreed:
            yield "resource.code", "is not a code agreed with this client"


def _link(link: Json, client: Client) -> Found:
    yield from _text(link, "label")
    if not _is_address(link.get("url")):
        yield "url", "is no absolute URL"
    if link.get("type") not in ("absolute", "smart"):
        yield "type", "is neither absolute nor smart"
    if "appContext" in link:
        if link.get("type") != "smart":
            yield "appContext", "cds-resp-3, only for SMART apps"
        if not client.profile.app_context:
            yield "appContext", "this client has no use for it"
        yield from _text(link, "appContext")
    if "autolaunchable" in link and not client.profile.cards_of_3_0:
        yield "autolaunchable", "this client is not known to understand it"


def _coding(coding: Any, *, display: bool) -> Found:
    if not isinstance(coding, dict):
        yield "", "is no Coding"
        return
    for name in ("code", "system", *(("display",) if display else ())):
        yield from _text(coding, name)


def _text(holder: Mapping[str, Any], name: str, *, most: int | None = None) -> Found:
    value = holder.get(name)
    if not isinstance(value, str) or not value.strip():
        yield name, "is no text"
    elif most is not None and len(value) > most:
        yield name, f"has {len(value)} characters, at most {most} are allowed"


def _empty(node: Any, place: str, may_be_empty: frozenset[str] | set[str]) -> Found:
    """Whatever is null or empty where CDS Hooks has it left out. FHIR resources have their own check and are not searched."""
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for name, child in items:
        where = f"{place}.{name}".lstrip(".")
        if child is None or (child in ("", [], {}) and where not in may_be_empty):
            yield where, "is empty"
        elif name != "resource":
            yield from _empty(child, where, may_be_empty)


def _each(holder: Mapping[str, Any], name: str) -> Iterator[tuple[str, Json]]:
    listed = holder.get(name)
    for number, one in enumerate(listed if isinstance(listed, list) else ()):
        yield f"{name}[{number}]", one if isinstance(one, dict) else {}


def _prefixed(place: str, found: Found) -> Found:
    for where, said in found:
        yield f"{place}.{where}".rstrip("."), said


def _is_uuid(value: Any) -> bool:
    try:
        return isinstance(value, str) and str(UUID(value)) == value.lower()
    except ValueError:
        return False


def _is_address(value: Any) -> bool:
    return isinstance(value, str) and _ADDRESS.fullmatch(value) is not None
