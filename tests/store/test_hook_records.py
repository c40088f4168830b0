"""The memory of hook calls, on SQLite and on PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import create_engine, text

from service.errors import Overloaded
from service.store import hook_records
from service.store.assessments import Recorded
from service.store.database import open_database
from service.store.hook_records import HookRecords
from service.store.hook_values import Recalled, RuleOutcomes
from tests.store.hook_calls import DAY, NOW, call, card, feedback

LATER = NOW + timedelta(hours=1)


class Ticks:
    """A monotonic clock that stands still until told."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def ticks() -> Ticks:
    return Ticks()


@pytest.fixture
def records(migrated_url: str, ticks: Ticks) -> Iterator[HookRecords]:
    engine = open_database(migrated_url)
    yield HookRecords(engine, ticks=ticks)
    engine.dispose()


@pytest.fixture
def run(migrated_url: str) -> Iterator[Callable[[str], None]]:
    engine = create_engine(migrated_url)

    def statement(said: str) -> None:
        with engine.begin() as connection:
            connection.execute(text(said))

    yield statement
    engine.dispose()


def recall(
    records: HookRecords, *, instance: str = "i-2", digest: str = "d-2", patient: str = "p-1", now: datetime = LATER
) -> Recalled:
    return records.recall(
        client="north-hospital",
        hook="patient-view",
        instance=instance,
        digest=digest,
        patient=patient,
        now=now,
        suppress_days=30,
    )


def test_nothing_is_known_before_the_first_call(records: HookRecords) -> None:
    assert recall(records) == Recalled()


def test_the_same_request_again_gives_the_cards_it_was_shown(records: HookRecords) -> None:
    assert records.save(call(card("a"), card("b", shown=False, reason="more-than-max-cards"))) == Recorded()
    earlier = recall(records, instance="i-1", digest="d-1").earlier
    assert earlier is not None
    assert earlier.shown == {"key of a"}
    assert earlier.received_at == NOW
    assert records.earlier("north-hospital", "patient-view", "i-1", "d-1") == earlier


@pytest.mark.parametrize(
    "other", [{"client": "south-hospital"}, {"hook": "order-sign"}, {"instance": "i-9"}, {"digest": "d-9"}], ids=str
)
def test_another_client_hook_instance_or_body_is_another_request(records: HookRecords, other: dict[str, str]) -> None:
    records.save(call(card("a")))
    asked = {"client": "north-hospital", "hook": "patient-view", "instance": "i-1", "digest": "d-1"} | other
    assert records.earlier(**asked) is None


def test_a_request_saved_twice_is_counted_once(records: HookRecords) -> None:
    records.save(call(card("a")))
    records.save(call(card("a")))
    assert recall(records).shown_today == 1
    assert len(records.explanation("north-hospital", "claudication", "i-1")) == 1


def test_another_body_under_the_same_instance_is_a_second_evaluation(records: HookRecords) -> None:
    records.save(call(card("a")))
    records.save(call(card("a"), card("b"), request_digest="d-2"))
    newest, first = records.explanation("north-hospital", "claudication", "i-1")
    assert (newest.evaluation, first.evaluation) == (2, 1)
    assert [one.rule for one in newest.call.cards] == ["a", "b"]
    assert recall(records, instance="i-3").shown_today == 2


def test_two_workers_that_save_the_same_request_make_one_row(migrated_url: str) -> None:
    engines = [open_database(migrated_url) for _ in range(4)]
    workers = [threading.Thread(target=HookRecords(engine).save, args=(call(card("a")),)) for engine in engines]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(HookRecords(engines[0]).explanation("north-hospital", "claudication", "i-1")) == 1
    for engine in engines:
        engine.dispose()


def test_the_noise_budget_counts_what_this_patient_was_shown_in_24_hours(records: HookRecords) -> None:
    records.save(call(card("a"), card("flag", red_flag=True), card("c", shown=False, reason="shadow")))
    records.save(call(card("b"), hook_instance="i-old", received_at=NOW - DAY))
    records.save(call(card("d"), hook_instance="i-other", patient="p-2"))
    records.save(call(card("e"), hook_instance="i-south", client="south-hospital"))
    assert records.shown_today("north-hospital", "p-1", NOW + timedelta(hours=23)) == 1
    assert records.shown_today("north-hospital", "p-1", NOW + timedelta(hours=24)) == 0
    assert recall(records, instance="i-1", digest="d-2").shown_today == 0, "a new body replaces the cards of the old one"


def test_who_names_no_patient_is_neither_suppressed_nor_on_a_budget(records: HookRecords) -> None:
    records.save(call(card("a"), patient=""))
    records.add_feedback([feedback("a")])
    assert recall(records, patient="") == Recalled()


def test_an_overridden_rule_is_suppressed_for_this_patient_until_the_days_are_over(records: HookRecords) -> None:
    records.save(call(card("a"), card("b")))
    assert records.add_feedback([feedback("a")]) == (Recorded(), 0)
    assert recall(records).suppressed == {"a"}
    assert recall(records, patient="p-2").suppressed == frozenset()
    assert records.suppressed_rules("south-hospital", "p-1", LATER, days=30) == frozenset()
    assert records.suppressed_rules("north-hospital", "p-1", NOW + 30 * DAY - timedelta(seconds=1), days=30) == {"a"}
    assert records.suppressed_rules("north-hospital", "p-1", NOW + 30 * DAY, days=30) == frozenset()
    assert records.suppressed_rules("north-hospital", "p-1", LATER, days=0) == frozenset()


def test_an_accepted_card_suppresses_nothing(records: HookRecords) -> None:
    records.save(call(card("a")))
    records.add_feedback([feedback("a", "accepted", accepted=("s-1",))])
    assert recall(records).suppressed == frozenset()


def test_of_several_items_about_one_card_the_last_counts(records: HookRecords) -> None:
    records.save(call(card("a"), card("b")))
    soon = NOW + timedelta(minutes=5)
    records.add_feedback([feedback("a", "accepted", outcome_at=soon, received_at=soon), feedback("a"), feedback("b", "accepted")])
    records.add_feedback([feedback("b", outcome_at=soon, received_at=soon)])
    assert recall(records).suppressed == {"b"}


def test_a_red_flag_is_never_suppressed(records: HookRecords) -> None:
    records.save(call(card("flag", red_flag=True)))
    assert records.add_feedback([feedback("flag")]) == (Recorded(), 0)
    assert recall(records).suppressed == frozenset()


def test_a_clock_that_runs_ahead_suppresses_no_longer(records: HookRecords) -> None:
    records.save(call(card("a")))
    records.add_feedback([feedback("a", outcome_at=NOW + 365 * DAY)])
    assert records.suppressed_rules("north-hospital", "p-1", NOW + 31 * DAY, days=30) == frozenset()


def test_feedback_in_another_time_zone_counts_from_the_same_moment(records: HookRecords) -> None:
    records.save(call(card("a")))
    records.add_feedback([feedback("a", outcome_at=NOW.astimezone(timezone(timedelta(hours=-6))))])
    [recorded] = records.explanation("north-hospital", "claudication", "i-1")
    assert recorded.feedback[0].outcome_at == NOW


@pytest.mark.parametrize("named", [{"card_uuid": "uuid-none"}, {"client": "south-hospital"}], ids=str)
def test_feedback_that_names_no_card_of_this_client_is_kept_as_unmatched(records: HookRecords, named: dict[str, str]) -> None:
    records.save(call(card("a")))
    item = feedback("a", **named)
    assert records.add_feedback([item]) == (Recorded(), 1)
    assert records.outcomes(client=item.client, since=NOW - DAY).unmatched == ((item.client, 1),)
    assert recall(records).suppressed == frozenset()


def test_a_card_that_was_held_back_cannot_have_been_overridden(records: HookRecords) -> None:
    records.save(call(card("a", shown=False, reason="shadow")))
    assert records.add_feedback([feedback("a")])[1] == 1


def test_the_same_item_sent_again_is_one_item(records: HookRecords) -> None:
    records.save(call(card("a")))
    records.add_feedback([feedback("a"), feedback("a")])
    records.add_feedback([feedback("a", received_at=LATER)])
    [recorded] = records.explanation("north-hospital", "claudication", "i-1")
    assert len(recorded.feedback) == 1


def test_a_call_is_explained_by_what_was_saved(records: HookRecords) -> None:
    saved = call(card("a", suggestions=("s-1",)), card("b", shown=False, reason="shadow"), shadow=True)
    records.save(saved)
    [recorded] = records.explanation("north-hospital", "claudication", "i-1")
    assert recorded.call == saved
    assert records.explanation("south-hospital", "claudication", "i-1") == ()
    assert records.explanation("north-hospital", "other", "i-1") == ()


def test_outcomes_count_each_card_once_with_what_was_last_said(records: HookRecords) -> None:
    reason = {"reason_system": "https://reasons.example", "reason_code": "patient-declined"}
    for number in range(4):
        named = {"uuid": f"uuid-a{number}", "key": f"key-a{number}"}
        records.save(call(card("a", **named), card("b", shown=False, reason="shadow"), hook_instance=f"i-{number}"))
    records.save(call(card("a", uuid="uuid-a0", key="key-a0"), hook_instance="i-0", request_digest="d-2"))
    records.save(call(card("a"), hook_instance="i-old", received_at=NOW - 40 * DAY))
    records.save(call(card("c"), hook_instance="i-south", client="south-hospital"))
    records.add_feedback(
        [
            feedback("a0", **reason),
            feedback("a1", "accepted", accepted=("s-1",)),
            feedback("a1", outcome_at=NOW - timedelta(minutes=1)),
            feedback("a2", commented=True),
            feedback("a"),
        ]
    )
    since = NOW - 30 * DAY
    of_north = RuleOutcomes(
        client="north-hospital",
        rule="a",
        shown=4,
        accepted=1,
        overridden=2,
        reasons=((("", ""), 1), (("https://reasons.example", "patient-declined"), 1)),
        held_back=(),
    )
    assert of_north.ignored == 1
    found = records.outcomes(client="north-hospital", since=since)
    assert [one for one in found.rules if one.rule == "a"] == [of_north]
    assert [one.held_back for one in found.rules if one.rule == "b"] == [(("shadow", 1),)], (
        "one key, however often it was held back"
    )
    assert {one.client for one in records.outcomes(since=since).rules} == {"north-hospital", "south-hospital"}


def test_without_the_tables_a_call_knows_nothing_and_says_why(records: HookRecords, run: Callable[[str], None]) -> None:
    run("ALTER TABLE hook_cards RENAME TO elsewhere")
    recalled = recall(records)
    assert recalled.error
    assert recalled == Recalled(error=recalled.error)
    assert records.earlier("north-hospital", "patient-view", "i-1", "d-1") is None
    assert records.suppressed_rules("north-hospital", "p-1", NOW, days=30) == frozenset()
    assert records.shown_today("north-hospital", "p-1", NOW) == 0


def test_what_cannot_be_written_waits_and_is_written_in_its_order(
    records: HookRecords, run: Callable[[str], None], ticks: Ticks
) -> None:
    run("ALTER TABLE hook_cards RENAME TO elsewhere")
    assert records.save(call(card("a"))).error
    assert records.add_feedback([feedback("a")])[0].error == "left alone after a failure"
    assert not records.ready()
    run("ALTER TABLE elsewhere RENAME TO hook_cards")
    assert records.save(call(card("b"), hook_instance="i-2")).error, "not tried again so soon"
    ticks.now += hook_records.PAUSE_S
    assert records.save(call(card("c"), hook_instance="i-3")) == Recorded()
    assert recall(records, instance="i-4").shown_today == 3
    assert recall(records, instance="i-4").suppressed == {"a"}
    assert records.ready()


def test_a_probe_does_not_wait_for_the_pause_to_end(records: HookRecords, run: Callable[[str], None]) -> None:
    run("ALTER TABLE hook_cards RENAME TO elsewhere")
    records.save(call(card("a")))
    run("ALTER TABLE elsewhere RENAME TO hook_cards")
    assert records.ready()
    assert recall(records).shown_today == 1


def test_a_database_that_failed_is_left_alone_for_a_while(records: HookRecords, run: Callable[[str], None], ticks: Ticks) -> None:
    records.save(call(card("a")))
    run("ALTER TABLE hook_calls RENAME TO elsewhere")
    assert recall(records).error
    run("ALTER TABLE elsewhere RENAME TO hook_calls")
    assert recall(records).error == "left alone after a failure"
    with pytest.raises(Overloaded, match="ask again in 5 seconds"):
        records.explanation("north-hospital", "claudication", "i-1")
    ticks.now += hook_records.PAUSE_S
    assert recall(records).shown_today == 1


def test_what_has_no_room_is_counted_as_lost(
    migrated_url: str, run: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hook_records, "UNSAVED_LIMIT", 2)
    engine = open_database(migrated_url)
    small = HookRecords(engine)
    run("ALTER TABLE hook_cards RENAME TO elsewhere")
    assert [small.save(call(card("a"), hook_instance=name)).lost for name in "xyz"] == [0, 0, 1]
    run("ALTER TABLE elsewhere RENAME TO hook_cards")
    assert small.ready()
    assert small.shown_today("north-hospital", "p-1", LATER) == 1, "the same key twice"
    assert small.explanation("north-hospital", "claudication", "x") == ()
    engine.dispose()


def test_what_the_database_will_never_take_does_not_hold_up_the_rest(migrated_postgresql_url: str) -> None:
    engine = open_database(migrated_postgresql_url)
    records = HookRecords(engine)
    refused = records.save(call(card("a"), hook_instance="x" * 200))
    assert (refused.error, refused.lost) == ("DataError", 1)
    assert records.save(call(card("a"))) == Recorded()
    engine.dispose()


def test_the_moments_come_back_in_utc(records: HookRecords) -> None:
    records.save(call(received_at=NOW.astimezone(timezone(timedelta(hours=9)))))
    [recorded] = records.explanation("north-hospital", "claudication", "i-1")
    assert recorded.call.received_at == NOW
    assert recorded.call.received_at.tzinfo is UTC
