"""The arithmetic of the dashboard, against figures that others have published, and at its edges."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.cds_hooks.acceptance import (
    FEWEST,
    Tally,
    by_week,
    held_back,
    iso_week,
    latency,
    latency_by_week,
    mondays,
    reasons,
    share,
    tallies,
    total,
)
from service.store.dashboard_values import Became, CallCount, CardCount, HeldBackCount

MONDAY, NEXT = date(2026, 2, 23), date(2026, 3, 2)


def cards(number: int, became: Became = Became.IGNORED, **given: Any) -> CardCount:
    made = {"week": MONDAY, "service": "s", "client": "c", "hook": "h", "rule": "r", "reason_system": "", "reason_code": ""}
    return CardCount(became=became, cards=number, **made | given)


def calls(number: int, spent_ms: int | None, week: date = MONDAY) -> CallCount:
    return CallCount(week=week, spent_ms=spent_ms, status=200, calls=number)


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    [
        # Newcombe, Statistics in Medicine 1998;17:857-872 (doi:10.1002/(SICI)1097-0258(19980430)17:8<857::AID-SIM777>3.0.CO;2-E), table I, method 3.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_the_interval_is_wilson_s(part: int, whole: int, low: float, high: float) -> None:
    found = share(part, whole)
    assert found.value == part / whole
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


@given(st.integers(0, 500).flatmap(lambda whole: st.tuples(st.integers(0, whole), st.just(whole))))
def test_the_share_lies_in_its_interval_and_the_interval_among_the_shares(counts: tuple[int, int]) -> None:
    found = share(*counts)
    assert 0 <= found.low <= found.value + 1e-12
    assert found.value <= found.high + 1e-12
    assert found.high <= 1


@given(st.integers(1, 200), st.integers(2, 20))
def test_more_cards_alike_make_it_surer(whole: int, times: int) -> None:
    part = whole // 3
    few, many = share(part, whole), share(part * times, whole * times)
    assert many.high - many.low < few.high - few.low


def test_of_fewer_than_five_no_share_is_told() -> None:
    assert not share(FEWEST - 1, FEWEST - 1).enough
    assert share(FEWEST, FEWEST).enough


def test_the_share_is_of_what_is_settled() -> None:
    tally = Tally(name="a", accepted=6, overridden=3, ignored=1, waiting=40, untold=50)
    assert (tally.shown, tally.settled) == (100, 10)
    assert (tally.acceptance.part, tally.acceptance.whole) == (6, 10)


def test_cards_are_tallied_by_whatever_is_asked_for() -> None:
    counted = [
        cards(2, Became.ACCEPTED, client="b"),
        cards(3, Became.OVERRIDDEN, client="a"),
        cards(4, Became.WAITING, client="b"),
    ]
    assert tallies(counted, lambda card: card.client) == (
        Tally(name="a", overridden=3),
        Tally(name="b", accepted=2, waiting=4),
    )
    assert total(counted).shown == 9
    assert total([]) == Tally(name="all")


def test_a_week_without_a_card_is_there_too() -> None:
    weeks = by_week([cards(2, week=NEXT)], first=MONDAY, last=NEXT)
    assert [(one.name, one.shown) for one in weeks] == [("2026-W09", 0), ("2026-W10", 2)]


def test_the_first_week_of_a_year_may_begin_in_the_one_before() -> None:
    assert iso_week(date(2025, 12, 29)) == "2026-W01"
    assert iso_week(date(2026, 12, 28)) == "2026-W53"
    assert mondays(MONDAY, NEXT) == (MONDAY, NEXT)


def test_reasons_come_with_the_most_frequent_first() -> None:
    counted = [
        cards(1, Became.OVERRIDDEN, reason_code="b"),
        cards(1, Became.OVERRIDDEN, reason_code="a"),
        cards(2, Became.OVERRIDDEN),
        cards(9, Became.ACCEPTED, reason_code="said of an earlier outcome"),
    ]
    assert reasons(counted) == (("", 2), ("a", 1), ("b", 1))
    shadow = [HeldBackCount(rule=rule, reason="shadow", cards=2) for rule in "ab"]
    assert held_back([HeldBackCount(rule="a", reason="noise-budget-spent", cards=3), *shadow]) == (
        ("shadow", 4),
        ("noise-budget-spent", 3),
    )


def test_the_median_and_the_95th_percentile_are_times_that_were_taken() -> None:
    found = latency("all", [calls(1, ms) for ms in range(1, 101)])
    assert (found.calls, found.recorded, found.median, found.p95) == (100, 100, 50, 95)
    assert latency("one", [calls(1, 7)]).p95 == 7


def test_calls_without_a_time_are_counted_and_change_no_percentile() -> None:
    found = latency("all", [calls(3, 10), calls(5, None)])
    assert (found.calls, found.recorded, found.median) == (8, 3, 10)
    assert latency("none", []).median is None


def test_each_week_has_its_own_times() -> None:
    found = latency_by_week([calls(1, 10), calls(1, 20, NEXT)], first=MONDAY, last=NEXT)
    assert [(one.name, one.median) for one in found] == [("2026-W09", 10), ("2026-W10", 20)]
