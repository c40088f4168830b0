"""Feedback: strict for those who speak the standard, lenient for those known to depart from it; and no comment's text is kept by either."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.cds_hooks.feedback import EPIC, NOT_KEPT, FeedbackRead, read_feedback
from service.errors import BadRequest
from service.store.hook_values import FeedbackRecord
from service.store.hook_writes import item_digest

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
CARD = "5a7b1c0e-5d0f-5a3c-9a51-3c7f8d2e4b6a"
SUGGESTION = "1c2d3e4f-0000-5000-8000-000000000001"
OVERRIDDEN = {"card": CARD, "outcome": "overridden", "outcomeTimestamp": "2026-03-02T09:00:00Z"}
ACCEPTED = {**OVERRIDDEN, "outcome": "accepted", "acceptedSuggestions": [{"id": SUGGESTION}]}
REASON = {"system": "https://reasons.example", "code": "patient-declined", "display": "The patient Mr Invented declined"}


def item(base: dict[str, Any] = OVERRIDDEN, **changed: Any) -> dict[str, Any]:
    return {name: value for name, value in (base | changed).items() if value is not ...}


def read(*items: Any, lenient: bool = False) -> FeedbackRead:
    return read_feedback({"feedback": list(items)}, client="north", lenient=lenient, now=NOW)


def refused(*items: Any, lenient: bool = False) -> list[str]:
    with pytest.raises(BadRequest) as error:
        read(*items, lenient=lenient)
    return [problem.expression for problem in error.value.problems]


@pytest.mark.requirement("148")
def test_a_card_accepted_and_one_overridden_with_its_reason() -> None:
    reason = {"reason": REASON, "userComment": "Mr Invented said no"}
    found = read(item(ACCEPTED), item(overrideReason=reason))
    common = {"client": "north", "card_uuid": CARD, "outcome_at": datetime(2026, 3, 2, 9, tzinfo=UTC), "received_at": NOW}
    assert found.remarks == ()
    assert found.items == (
        FeedbackRecord(**common, outcome="accepted", accepted=(SUGGESTION,)),
        FeedbackRecord(
            **common,
            outcome="overridden",
            reason_system="https://reasons.example",
            reason_code="patient-declined",
            commented=True,
        ),
    )
    assert "Invented" not in repr(found)


@pytest.mark.parametrize("reason", [..., {"userComment": "x"}, {"reason": REASON}])
def test_an_override_needs_no_reason_and_one_of_two_kinds_is_enough(reason: Any) -> None:
    assert read(item(overrideReason=reason)).items[0].outcome == "overridden"


def test_members_that_are_not_known_are_let_pass() -> None:
    read_feedback({"feedback": [item(extension={"x": 1}, more=[])], "extension": {"y": 2}}, client="n", lenient=False, now=NOW)


@pytest.mark.parametrize("body", [None, [], 5, "x"])
def test_a_body_is_an_object(body: Any) -> None:
    with pytest.raises(BadRequest, match="no JSON object"):
        read_feedback(body, client="north", lenient=True, now=NOW)


@pytest.mark.parametrize(("feedback", "what"), [(..., "missing"), (None, "missing"), ({}, "not a list"), ([5], "no object")])
def test_feedback_is_a_list_of_objects(feedback: Any, what: str) -> None:
    body = {} if feedback is ... else {"feedback": feedback}
    with pytest.raises(BadRequest, match=what):
        read_feedback(body, client="north", lenient=True, now=NOW)


def test_no_more_items_than_one_call_may_have() -> None:
    with pytest.raises(BadRequest, match="the limit is 1000"):
        read(*[item()] * 1001)


NOBODY = [
    ({"card": ...}, "card"),
    ({"card": ""}, "card"),
    ({"card": 5}, "card"),
    ({"card": "with blanks"}, "card"),
    ({"card": "x" * 129}, "card"),
    ({"outcome": ...}, "outcome"),
    ({"outcome": "ignored"}, "outcome"),
    ({"outcome": ["accepted"]}, "outcome"),
    ({"acceptedSuggestions": {}}, "acceptedSuggestions"),
    ({"acceptedSuggestions": [5]}, "acceptedSuggestions[0].id"),
    ({"acceptedSuggestions": [{}]}, "acceptedSuggestions[0].id"),
    ({"overrideReason": "no"}, "overrideReason"),
    ({"overrideReason": {"reason": "no"}}, "overrideReason.reason"),
    ({"overrideReason": {"userComment": 5}}, "overrideReason.userComment"),
    ({"outcomeTimestamp": 5}, "outcomeTimestamp"),
    ({"outcomeTimestamp": "2026-03-02"}, "outcomeTimestamp"),
    ({"outcomeTimestamp": "2026-03-02T09:00:00"}, "outcomeTimestamp"),
    ({"outcomeTimestamp": "2026-02-30T09:00:00Z"}, "outcomeTimestamp"),
    ({"outcomeTimestamp": "0001-01-01T00:00:00+14:00"}, "outcomeTimestamp"),
]
LENIENT = [
    (OVERRIDDEN, {"card": "123456"}, "card"),
    (ACCEPTED, {"acceptedSuggestions": ...}, "acceptedSuggestions"),
    (ACCEPTED, {"acceptedSuggestions": []}, "acceptedSuggestions"),
    (ACCEPTED, {"acceptedSuggestions": [{"id": "replaceWithGUID"}]}, "acceptedSuggestions[0].id"),
    (OVERRIDDEN, {"overrideReason": {}}, "overrideReason"),
    (OVERRIDDEN, {"overrideReason": {"reason": {"code": "x"}}}, "overrideReason.reason.system"),
    (OVERRIDDEN, {"overrideReason": {"reason": {"system": "x"}}}, "overrideReason.reason.code"),
    (OVERRIDDEN, {"overrideReasons": {"reason": REASON}}, "overrideReasons"),
    (OVERRIDDEN, {"outcomeTimestamp": ...}, "outcomeTimestamp"),
    (OVERRIDDEN, {"outcomeTimestamp": "2026-03-02T03:00:00-06:00"}, "outcomeTimestamp"),
]


@pytest.mark.parametrize("lenient", [False, True])
@pytest.mark.parametrize(("changed", "element"), NOBODY, ids=str)
def test_what_nobody_is_forgiven(changed: dict[str, Any], element: str, lenient: bool) -> None:
    assert f"feedback[1].{element}" in refused(item(), item(**changed), lenient=lenient)


@pytest.mark.parametrize(("base", "changed", "element"), LENIENT, ids=str)
def test_what_only_known_clients_are_forgiven(base: dict[str, Any], changed: dict[str, Any], element: str) -> None:
    assert refused(item(base, **changed)) == [f"feedback[0].{element}"]
    found = read(item(base, **changed), lenient=True)
    assert len(found.remarks) == 1
    assert len(found.items) == 1


def test_an_empty_list_is_told_to_strict_clients() -> None:
    assert refused() == ["feedback"]
    assert read(lenient=True).items == ()


@pytest.mark.parametrize(
    "changed",
    [
        {"acceptedSuggestions": []},
        {"acceptedSuggestions": [{"id": SUGGESTION}]},
        {"outcomeTimestamp": "2026-03-02T10:00:00Z"},
    ],
    ids=str,
)
def test_what_everybody_is_forgiven_is_a_remark(changed: dict[str, Any]) -> None:
    found = read(item(**changed))
    assert len(found.remarks) == 1
    assert found.items[0].accepted == ()


def test_a_reason_beside_an_accepted_card_is_not_used() -> None:
    found = read(item(ACCEPTED, overrideReason={"reason": REASON}))
    assert found.items[0].reason_code == ""
    assert len(found.remarks) == 1


def test_the_feedback_of_epic_as_its_page_shows_it() -> None:
    plural = {
        "card": "123456",
        "overrideReasons": {"reason": {**REASON, "system": "http: //example.org/reasons"}, "userComment": "text"},
    }
    category = {
        "extension": {f"{EPIC}.reasonCategory": "45", f"{EPIC}.reasonDisplay": "Does not meet criteria"},
        "userComment": "text",
    }
    found = read(item(**plural), item(overrideReasons=category), item(overrideReasons=[{"reason": REASON}]), lenient=True)
    assert [(one.card_uuid, one.reason_system, one.reason_code) for one in found.items] == [
        ("123456", "", "patient-declined"),
        (CARD, f"{EPIC}.reasonCategory", "45"),
        (CARD, "https://reasons.example", "patient-declined"),
    ]
    assert "criteria" not in repr(found)


def test_a_reason_in_the_singular_goes_before_one_in_the_plural() -> None:
    found = read(item(overrideReason={"reason": REASON}, overrideReasons={"reason": "broken"}), lenient=True)
    assert found.items[0].reason_code == "patient-declined"


@pytest.mark.parametrize(
    "reason",
    [
        {"extension": {f"{EPIC}.reasonTitle": "x"}, "userComment": "x"},
        {"extension": [], "userComment": "x"},
        {"extension": {}, "reason": None, "userComment": "x"},
        {"userComment": "x"},
    ],
    ids=str,
)
def test_an_extension_without_a_category_is_no_reason(reason: dict[str, Any]) -> None:
    assert read(item(overrideReason=reason)).items[0].reason_code == ""


def test_a_code_that_is_a_sentence_is_not_kept() -> None:
    found = read(item(overrideReason={"reason": {**REASON, "code": "Mr Invented declined"}}))
    assert (found.items[0].reason_system, found.items[0].reason_code) == ("", NOT_KEPT)


def test_the_uuid_of_a_card_is_the_same_in_capitals() -> None:
    assert read(item(card=CARD.upper())).items[0].card_uuid == CARD


def test_a_time_in_another_zone_is_the_same_moment() -> None:
    found = read(item(outcomeTimestamp="2026-03-02T03:00:00-06:00"), item(), item(outcomeTimestamp=...), lenient=True)
    assert [one.outcome_at for one in found.items] == [NOW - timedelta(minutes=30)] * 2 + [NOW]
    assert item_digest(found.items[0]) == item_digest(found.items[1])


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from([CARD, "accepted", "overridden"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "reason", "code", "userComment"]), inner),
    max_leaves=8,
)
MEMBERS = st.sampled_from(["card", "outcome", "outcomeTimestamp", "acceptedSuggestions", "overrideReason", "overrideReasons"])


@given(st.lists(st.dictionaries(MEMBERS, ANYTHING).map(lambda changed: item(**changed)), max_size=3), st.booleans())
def test_every_body_is_read_or_refused(items: list[Any], lenient: bool) -> None:
    try:
        found = read(*items, lenient=lenient)
    except BadRequest:
        return
    assert len(found.items) == len(items)
