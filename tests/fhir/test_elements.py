"""The data types as records send them: what is there is read, what is not there or misshapen is None."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from service.fhir.elements import codings, effective, number, texts, value_key

EARLY = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
EARLY_TEXT, LATE_TEXT = "2026-01-05T08:00:00Z", "2026-01-06T08:00:00Z"


@pytest.mark.parametrize(
    "resource",
    [
        {"effectiveDateTime": EARLY_TEXT, "issued": LATE_TEXT},
        {"effectiveInstant": EARLY_TEXT, "issued": LATE_TEXT},
        {"effectivePeriod": {"start": EARLY_TEXT, "end": LATE_TEXT}},
        {"effectivePeriod": {"end": EARLY_TEXT}, "issued": LATE_TEXT},
        {"effectivePeriod": {}, "issued": EARLY_TEXT},
        {"effectiveTiming": {"event": ["soon", EARLY_TEXT, LATE_TEXT]}},
        {"effectiveTiming": {"event": []}, "issued": EARLY_TEXT},
        {"effectiveTiming": {"code": {"text": "daily"}}, "issued": EARLY_TEXT},
        {"effectiveDateTime": "yesterday", "issued": EARLY_TEXT},
    ],
)
def test_an_observation_holds_when_it_says_so_and_else_when_it_was_issued(resource: dict[str, Any]) -> None:
    assert effective(resource) == (EARLY, False)


def test_without_any_time_it_is_not_known_when_an_observation_holds() -> None:
    assert effective({}) is None


@pytest.mark.parametrize(
    ("value", "read"),
    [(148, "148"), (0.62, "0.62"), (Decimal("0.70"), "0.70")],
)
def test_a_number_is_kept_as_written(value: Any, read: str) -> None:
    assert str(number(value)) == read


def test_a_number_longer_than_python_writes_is_still_one() -> None:
    assert number(10**5000) == Decimal(10**5000)


@pytest.mark.parametrize("value", [None, True, "148", [1], float("nan"), float("inf"), Decimal("-Infinity")])
def test_what_is_no_number_is_none(value: Any) -> None:
    assert number(value) is None


@pytest.mark.parametrize(
    "concept", [None, "text", 3, [], {}, {"coding": None}, {"coding": "x"}, [None, {"coding": [1, {"code": 2}]}]]
)
def test_a_misshapen_concept_says_nothing(concept: Any) -> None:
    assert codings(concept) == []
    assert texts(concept) == []


def test_codes_are_trimmed_and_words_are_kept() -> None:
    concept = {"text": " as said ", "coding": {"system": " s ", "code": " c ", "display": "shown"}}
    assert codings([concept, {"coding": [{"code": "  "}, {"code": "d"}]}]) == [("s", "c"), ("", "d")]
    assert texts(concept) == [" as said ", "shown"]


def test_the_value_is_found_under_any_of_its_names() -> None:
    assert value_key({"code": {}, "valueInteger": 3}) == "valueInteger"
    assert value_key({"code": {}}) == ""
