"""What a search of the record may ask, and how long a date of some precision is."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from service.errors import BadRequest
from service.fhir.exchange.record_search import RecordSearch, page_mark, read_search


def test_nothing_asked_is_the_first_page_of_everything() -> None:
    assert read_search({}) == RecordSearch()


def test_what_is_asked_is_read() -> None:
    mark = page_mark(12, 7)
    assert read_search({"patient": ["23"], "_count": ["500"], "_page": [mark]}) == RecordSearch(
        patient="Patient/23", count=100, page=(12, 7)
    )
    for named in (
        "https://ehr.example/fhir/Patient/23",
        "urn:uuid:6f1d9a52-1c0e-5d0f-9a61-6a4f0a3c7e18",
        "Patient/23",
        f"Patient/e_{'x' * 80}",
    ):
        assert read_search({"patient": [named]}).patient == named


@pytest.mark.parametrize(
    ("said", "low", "high"),
    [
        ("2026", "2026-01-01", "2027-01-01"),
        ("2026-12", "2026-12-01", "2027-01-01"),
        ("2026-02-28", "2026-02-28", "2026-03-01"),
        ("2026-03-02T09:30Z", "2026-03-02T09:30", "2026-03-02T09:31"),
        ("2026-03-02T09:30:00Z", "2026-03-02T09:30", "2026-03-02T09:30:01"),
        ("2026-03-02T10:30:00.5 01:00", "2026-03-02T09:30:00.5", "2026-03-02T09:30:00.6"),
    ],
)
def test_a_date_is_as_long_as_its_precision(said: str, low: str, high: str) -> None:
    start, end = (datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (low, high))
    expected = {"": (start, end), "eq": (start, end), "ge": (start, None), "gt": (end, None), "sa": (end, None)}
    expected |= {"le": (None, end), "lt": (None, start), "eb": (None, start)}
    for prefix, (since, until) in expected.items():
        found = read_search({"_lastUpdated": [prefix + said]})
        assert (found.since, found.until) == (since, until)


def test_two_bounds_are_both_kept() -> None:
    found = read_search({"_lastUpdated": ["ge2026-01-01", "lt2026-02-01", "ge2026-01-10", "le2026"]})
    assert (found.since, found.until) == (datetime(2026, 1, 10, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    "given",
    [
        {"_lastUpdated": ["ne2026"]},
        {"_lastUpdated": ["ap2026"]},
        {"_lastUpdated": ["2026-13"]},
        {"_lastUpdated": ["2026-03-02T09:30"]},
        {"_lastUpdated": ["2026Z"]},
        {"_lastUpdated": ["2026-03T09:30Z"]},
        {"_lastUpdated": ["yesterday"]},
        {"_lastUpdated": ["26-03"]},
        {"_lastUpdated": ["9999"]},
        {"_count": ["1.5"]},
        {"_count": ["9999999999"]},
        {"_page": ["????"]},
        {"_page": ["AAAA"]},
        {"patient": ["Patient/1,Patient/2"]},
        {"patient": [""]},
        {"patient": ["1", "2"]},
        {"subject": ["1"]},
    ],
)
def test_what_is_wrong_is_refused(given: dict[str, list[str]]) -> None:
    with pytest.raises(BadRequest):
        read_search(given)


def test_everything_wrong_is_told_at_once_and_no_patient_is_quoted() -> None:
    with pytest.raises(BadRequest) as refused:
        read_search({"patient": ["Anna Invented"], "_count": ["x"], "name": ["y"]})
    assert len(refused.value.problems) == 3
    assert "Anna" not in str(refused.value)


@pytest.mark.parametrize("page", ["", "!", "A", "_w", "bm8", page_mark(12, 7) + "A"])
def test_a_mark_that_no_link_had_is_refused(page: str) -> None:
    with pytest.raises(BadRequest, match="follow the link as it is"):
        read_search({"_page": [page]})
