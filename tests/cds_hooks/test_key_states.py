"""Six things a prefetch key may be, which others have taken for one another."""

from __future__ import annotations

from typing import Any

import pytest

from service.cds_hooks.key_states import held_elsewhere, sent_for
from service.cds_hooks.prefetch import KeyState
from service.fhir.exchange.record_queries import RECORD_QUERIES
from tests.cds_hooks.calls import SERVER, Json, condition, outcome, patient, searchset

QUERIES = {query.key: query for query in RECORD_QUERIES}
CONDITIONS = QUERIES["conditions"]
NO_RESULTS = "Resource request returns no results."


def epic_remark(code: str = "4101", text: str = NO_RESULTS, issue: str = "processing") -> Json:
    """What Epic puts beside, or in place of, results."""
    coding = {"system": "urn:oid:1.2.840.114350.1.13.0.1.7.2.657369", "code": code, "display": text}
    return {
        "fullUrl": "urn:uuid:ca5c2a8c-4f93-44db-b0f7-021812692338",
        "resource": outcome("warning", issue, details={"coding": [coding], "text": text}),
        "search": {"mode": "outcome"},
    }


def with_entry(bundle: Json, entry: Json) -> Json:
    return {**bundle, "entry": [*bundle["entry"], entry]}


NEXT = [{"relation": "self", "url": f"{SERVER}/Condition?patient=1"}, {"relation": "next", "url": f"{SERVER}?page=2"}]

STORIES: tuple[tuple[str, Any, KeyState, int], ...] = (
    ("null: the client has none", None, KeyState.NO_DATA, 0),
    ("a search that found nothing", searchset(), KeyState.NO_DATA, 0),
    ("a Bundle without entries", {"resourceType": "Bundle", "type": "searchset"}, KeyState.NO_DATA, 0),
    ("Epic's remark in place of results", {**searchset(), "entry": [epic_remark()]}, KeyState.NO_DATA, 0),
    ("results", searchset(condition()), KeyState.GIVEN, 1),
    ("one resource where a Bundle is usual", condition(), KeyState.GIVEN, 1),
    (
        "results beside a mere remark",
        with_entry(searchset(condition()), epic_remark("4119", "May not be all.", "informational")),
        KeyState.GIVEN,
        1,
    ),
    ("an entry without a resource", with_entry(searchset(condition()), {"fullUrl": "x"}), KeyState.GIVEN, 1),
    (
        "an entry that is no object",
        {**searchset(condition()), "entry": [None, "x", {"resource": condition()}]},
        KeyState.GIVEN,
        1,
    ),
    (
        "an included resource",
        with_entry(searchset(condition()), {"resource": patient(), "search": {"mode": "include"}}),
        KeyState.GIVEN,
        2,
    ),
    ("more pages", searchset(condition(), link=NEXT), KeyState.PARTIAL, 1),
    ("a first page without results", searchset(link=NEXT), KeyState.PARTIAL, 0),
    ("a link to itself only", searchset(condition(), link=NEXT[:1]), KeyState.GIVEN, 1),
    ("a next link without an address", searchset(condition(), link=[{"relation": "next"}]), KeyState.GIVEN, 1),
    ("more found than sent", searchset(condition()) | {"total": 40}, KeyState.PARTIAL, 1),
    ("counted and none sent", searchset() | {"total": 3}, KeyState.PARTIAL, 0),
    (
        "Oracle dropped a resource",
        with_entry(searchset(condition()), epic_remark("x", "1 resource not conformant", "invalid")),
        KeyState.PARTIAL,
        1,
    ),
    (
        "part of it is kept from the client",
        {**searchset(), "entry": [epic_remark("59204", "Not authorized.", "suppressed")]},
        KeyState.PARTIAL,
        0,
    ),
    (
        "an error beside results",
        with_entry(searchset(condition()), {"resource": outcome("error", "exception")}),
        KeyState.PARTIAL,
        1,
    ),
    ("an error in place of results", {**searchset(), "entry": [{"resource": outcome("error", "exception")}]}, KeyState.FAILED, 0),
    ("the client failed", outcome("error", "forbidden", diagnostics="Smith, John: no access"), KeyState.FAILED, 0),
    ("a failure without an issue", {"resourceType": "OperationOutcome"}, KeyState.FAILED, 0),
    ("another type", patient(), KeyState.WRONG_TYPE, 0),
    ("a Bundle of another type", searchset(patient()), KeyState.WRONG_TYPE, 0),
    ("entries that are no list", {"resourceType": "Bundle", "entry": {}}, KeyState.WRONG_TYPE, 0),
    ("no resource", {}, KeyState.WRONG_TYPE, 0),
    ("text", "[]", KeyState.WRONG_TYPE, 0),
    ("a bare list", [condition()], KeyState.WRONG_TYPE, 0),
)


@pytest.mark.requirement("52")
@pytest.mark.parametrize(("value", "state", "held"), [story[1:] for story in STORIES], ids=[story[0] for story in STORIES])
def test_a_key_is_what_the_client_says_it_is(value: Any, state: KeyState, held: int) -> None:
    sent = sent_for(CONDITIONS, {"conditions": value})
    assert (sent.state, len(sent.held)) == (state, held)
    assert bool(sent.why) is (state in (KeyState.PARTIAL, KeyState.FAILED, KeyState.WRONG_TYPE))


def test_a_prefetch_and_a_key_may_both_be_missing() -> None:
    assert sent_for(CONDITIONS, None).why == "the request has no prefetch"
    assert sent_for(CONDITIONS, {}).why == "the key was not sent"
    assert sent_for(CONDITIONS, None).state is sent_for(CONDITIONS, {}).state is KeyState.MISSING


def test_a_patient_in_a_bundle_is_the_patient() -> None:
    assert sent_for(QUERIES["patient"], {"patient": searchset(patient())}).state is KeyState.GIVEN


def test_only_included_resources_are_no_wrong_type() -> None:
    only_included = {**searchset(), "entry": [{"resource": patient(), "search": {"mode": "include"}}]}
    assert sent_for(CONDITIONS, {"conditions": only_included}).state is KeyState.GIVEN


def test_of_a_failure_the_kind_is_told_and_never_its_words() -> None:
    failed = {
        "resourceType": "OperationOutcome",
        "issue": [{"severity": "error", "code": code, "diagnostics": "Mr Smith"} for code in ("forbidden", "<b>", 4, "login")],
    }
    assert sent_for(CONDITIONS, {"conditions": failed}).why == "the client tried and could not (forbidden, login)"
    assert sent_for(CONDITIONS, {"conditions": {"resourceType": "OperationOutcome"}}).why.endswith("(no cause given)")


def test_a_wrong_type_names_what_came_and_what_should() -> None:
    assert (
        sent_for(CONDITIONS, {"conditions": patient()}).why
        == "the key holds a Patient; it has to be a Bundle of Condition resources"
    )
    assert sent_for(QUERIES["patient"], {"patient": condition()}).why == "the key holds a Condition; it has to be a Patient"


def test_the_next_page_is_kept() -> None:
    assert sent_for(CONDITIONS, {"conditions": searchset(condition(), link=NEXT)}).next_page == f"{SERVER}?page=2"


def test_every_resource_keeps_where_it_came_from() -> None:
    (held,) = sent_for(CONDITIONS, {"conditions": searchset(condition())}).held
    assert (held.path, held.full_url) == ("prefetch.conditions.entry[0].resource", f"{SERVER}/Condition/condition-44054006")


def test_keys_of_the_clients_own_are_read_too() -> None:
    prefetch = {
        "conditions": None,
        "-user": {"resourceType": "Practitioner", "id": "1"},
        "problems": searchset(condition()),
        "note": 1,
    }
    assert [one.path for one in held_elsewhere(prefetch, ["conditions"])] == [
        "prefetch.-user",
        "prefetch.problems.entry[0].resource",
    ]
    assert held_elsewhere(None, ["conditions"]) == ()
    assert (
        held_elsewhere(
            {"x": {"resourceType": "Bundle", "entry": {}}, "y": {"resourceType": ""}, "z": outcome("error", "login")}, ()
        )
        == ()
    )


@pytest.mark.parametrize("odd", [[], {}, 1])
def test_a_remark_with_odd_things_in_it_is_no_fault_of_ours(odd: Any) -> None:
    remark = {"resource": outcome("warning", "x") | {"issue": [{"severity": odd, "code": odd}]}, "search": {"mode": "outcome"}}
    assert sent_for(CONDITIONS, {"conditions": with_entry(searchset(condition()), remark)}).state is KeyState.GIVEN
