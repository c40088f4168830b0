"""Which cards are shown: few, none that was overridden, and every red flag."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from service.cds_hooks.choosing import Chosen, Reason, choose, choose_again
from service.cds_hooks.judgement import Fired
from tests.cds_hooks.judgements import client, fired, judgement

RULES = [f"rule-{number}" for number in range(8)]


@st.composite
def fired_rules(draw: st.DrawFn) -> tuple[Fired, ...]:
    names = draw(st.lists(st.sampled_from(RULES), max_size=8))
    return tuple(fired(name, red_flag=draw(st.booleans()), about=f"ServiceRequest/{place}") for place, name in enumerate(names))


SUPPRESSED = st.frozensets(st.sampled_from(RULES))
LIMITS = st.fixed_dictionaries(
    {"max_cards": st.integers(0, 5), "cards_per_patient_and_day": st.integers(0, 8), "shadow": st.booleans()}
)


def all_of(chosen: Chosen) -> list[Fired]:
    return [*chosen.shown, *(held.fired for held in chosen.held_back)]


@given(fired_rules(), SUPPRESSED, LIMITS, st.integers(0, 12))
def test_whatever_fired_is_shown_or_held_back_with_a_reason_and_in_its_order(rules, suppressed, limits, shown_today) -> None:
    chosen = choose(judgement(*rules), client(**limits), suppressed=suppressed, shown_today=shown_today)
    assert sorted(one.about for one in all_of(chosen)) == sorted(one.about for one in rules)
    assert [one for one in rules if one in chosen.shown] == list(chosen.shown)
    held = [one.fired for one in chosen.held_back]
    assert [one for one in rules if one in held] == held


@given(fired_rules(), SUPPRESSED, LIMITS, st.integers(0, 12))
def test_a_red_flag_is_shown_whatever_was_overridden_spent_or_limited(rules, suppressed, limits, shown_today) -> None:
    chosen = choose(judgement(*rules), client(**limits | {"shadow": False}), suppressed=suppressed, shown_today=shown_today)
    assert [one for one in chosen.shown if one.red_flag] == [one for one in rules if one.red_flag]


@given(fired_rules(), SUPPRESSED, LIMITS, st.integers(0, 12))
def test_a_red_flag_takes_no_place_from_another_card(rules, suppressed, limits, shown_today) -> None:
    others = tuple(one for one in rules if not one.red_flag)
    settings = client(**limits)
    with_flags = choose(judgement(*rules), settings, suppressed=suppressed, shown_today=shown_today)
    without = choose(judgement(*others), settings, suppressed=suppressed, shown_today=shown_today)
    assert tuple(one for one in with_flags.shown if not one.red_flag) == without.shown
    assert tuple(held for held in with_flags.held_back if not held.fired.red_flag) == without.held_back


@given(fired_rules(), SUPPRESSED, LIMITS, st.integers(0, 12))
def test_no_more_cards_than_agreed_and_none_that_was_overridden(rules, suppressed, limits, shown_today) -> None:
    settings = client(**limits)
    shown = [
        one
        for one in choose(judgement(*rules), settings, suppressed=suppressed, shown_today=shown_today).shown
        if not one.red_flag
    ]
    assert len(shown) <= max(0, min(settings.max_cards, settings.cards_per_patient_and_day - shown_today))
    assert not {one.rule for one in shown} & suppressed


@given(fired_rules(), SUPPRESSED, LIMITS, st.integers(0, 12))
def test_shadow_mode_shows_nothing_and_tells_what_it_would_have_shown(rules, suppressed, limits, shown_today) -> None:
    shown = choose(judgement(*rules), client(**limits | {"shadow": False}), suppressed=suppressed, shown_today=shown_today).shown
    in_shadow = choose(judgement(*rules), client(**limits | {"shadow": True}), suppressed=suppressed, shown_today=shown_today)
    assert in_shadow.shown == ()
    assert tuple(held.fired for held in in_shadow.held_back if held.reason is Reason.SHADOW) == shown


@given(fired_rules(), SUPPRESSED, LIMITS)
def test_a_repetition_shows_what_was_shown(rules, suppressed, limits) -> None:
    settings = client(**limits)
    first = choose(judgement(*rules), settings, suppressed=suppressed)
    again = choose_again(judgement(*rules), settings, lambda one: one in first.shown)
    assert again.shown == first.shown


def reasons(chosen: Chosen) -> dict[str, Reason]:
    return {held.fired.rule: held.reason for held in chosen.held_back}


def test_each_reason_is_the_one_that_held_the_card_back() -> None:
    rules = [fired(name) for name in ("overridden", "first", "second", "third")]
    chosen = choose(judgement(*rules), client(max_cards=2), suppressed={"overridden"})
    assert [one.rule for one in chosen.shown] == ["first", "second"]
    assert reasons(chosen) == {"overridden": Reason.SUPPRESSED, "third": Reason.MAX_CARDS}


def test_a_spent_budget_is_told_from_a_full_screen() -> None:
    rules = [fired(name) for name in ("first", "second")]
    chosen = choose(judgement(*rules), client(max_cards=2, cards_per_patient_and_day=6), shown_today=5)
    assert [one.rule for one in chosen.shown] == ["first"]
    assert reasons(chosen) == {"second": Reason.BUDGET}


def test_a_red_flag_that_was_not_there_the_first_time_is_shown_in_a_repetition() -> None:
    chosen = choose_again(judgement(fired("late", red_flag=True), fired("new")), client(), lambda _one: False)
    assert [one.rule for one in chosen.shown] == ["late"]
    assert reasons(chosen) == {"new": Reason.NOT_SHOWN_BEFORE}
