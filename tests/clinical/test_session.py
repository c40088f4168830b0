"""Repeats, sessions and days: which readings are combined, and what is said of the others."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from service.clinical.data_issues import IssueCode
from service.clinical.indices import NotComputed
from service.clinical.measurements import Pressure, Site
from service.clinical.session import sessions, study
from service.evidence.abi_categories import parse_abi_categories
from tests.clinical.pressures import (
    AS_OF,
    TEN,
    L,
    R,
    arms,
    codes,
    days,
    document,
    indices,
    lab,
    measured,
    minutes,
    p,
    thresholds,
    told,
)


def one_reading(*items: Pressure) -> tuple[Decimal | None, list[tuple[IssueCode, bool]]]:
    """What several pressures of one site come to, and the remarks."""
    (session,) = sessions(measured(*items), thresholds().sessions)
    resolved = study(session, thresholds())
    (reading,) = resolved.readings
    return reading.mmhg, [(issue.code, issue.used) for issue in resolved.issues]


DISCORDANT = [(IssueCode.REPEAT_DISCORDANT, True), (IssueCode.REPEAT_DISCORDANT, False)]


@pytest.mark.parametrize(
    ("first", "last", "used", "remarks"),
    [(140, 130, "135", []), (140, 129, "129", DISCORDANT), (130, 140, "135", []), (129, 140, "140", DISCORDANT)],
)
def test_the_first_arm_measured_again_is_averaged_or_discarded(
    first: int, last: int, used: str, remarks: list[tuple[IssueCode, bool]]
) -> None:
    assert one_reading(p("arm", R, first), p("arm", R, last, at=TEN + minutes(15))) == (Decimal(used), remarks)


def test_of_three_arm_readings_the_first_is_discarded_and_the_rest_averaged() -> None:
    found = one_reading(p("arm", R, 160), p("arm", R, 138, at=TEN + minutes(5)), p("arm", R, 140, at=TEN + minutes(10)))
    assert found == (Decimal(139), DISCORDANT)


def test_of_three_ankle_readings_that_disagree_the_latest_counts() -> None:
    value, remarks = one_reading(p("dp", R, 110), p("dp", R, 80, at=TEN + minutes(5)), p("dp", R, 82, at=TEN + minutes(10)))
    assert value == 82
    assert remarks == [*DISCORDANT, DISCORDANT[1]]


@pytest.mark.parametrize(
    ("apart", "second", "used", "remarks"),
    [(20, 98, "93", []), (20, 99, "99", DISCORDANT), (60, 98, "93", []), (20, ">250", "250", DISCORDANT)],
)
def test_ankle_repeats_within_ten_and_an_hour_are_averaged(
    apart: int, second: int | str, used: str, remarks: list[tuple[IssueCode, bool]]
) -> None:
    assert one_reading(p("dp", R, 88), p("dp", R, second, at=TEN + minutes(apart))) == (Decimal(used), remarks)


def test_repeats_more_than_an_hour_apart_in_one_sitting_are_not_averaged() -> None:
    (session,) = sessions(
        measured(p("dp", R, 88), p("dp", L, 80, at=TEN + minutes(50)), p("dp", R, 90, at=TEN + minutes(60.5))),
        thresholds().sessions,
    )
    assert {reading.mmhg for reading in study(session, thresholds()).readings} == {Decimal(80), Decimal(90)}


def test_a_number_and_a_limit_are_not_averaged_however_close() -> None:
    assert one_reading(p("dp", R, 88), p("dp", R, "<90", at=TEN + minutes(5))) == (Decimal(90), DISCORDANT)


@pytest.mark.parametrize("which", ["first_arm_differs_by_more_than", "agree_within"])
def test_arms_and_legs_have_each_their_own_tolerance(which: str) -> None:
    changed = document()
    changed["repeats"][which]["value"] = 2
    rules = parse_abi_categories(changed)
    readings = [p(site, R, mmhg, at=TEN + minutes(later)) for site in ("arm", "dp") for mmhg, later in ((130, 0), (134, 5))]
    (session,) = sessions(measured(*readings), rules.sessions)
    used = {reading.site: reading.mmhg for reading in study(session, rules).readings}
    strict, lenient = (Site.BRACHIAL, Site.DORSALIS_PEDIS) if which.startswith("first") else (Site.DORSALIS_PEDIS, Site.BRACHIAL)
    assert used == {strict: Decimal(134), lenient: Decimal(132)}


def test_a_reading_of_the_day_without_an_hour_and_one_with_are_averaged() -> None:
    midnight = TEN.replace(hour=0)
    assert one_reading(p("arm", R, 140, at=midnight, day_only=True), p("arm", R, 138)) == (Decimal(139), [])


def test_undated_readings_that_agree_are_averaged() -> None:
    assert one_reading(p("dp", R, 88, at=None), p("dp", R, 90, at=None)) == (Decimal(89), [])


def test_a_stiff_reading_without_a_number_can_be_the_latest() -> None:
    found = indices(*arms(), p("dp", R, 88), p("dp", R, ">", at=TEN + minutes(5)))
    assert found.right.abi is not None
    assert found.right.abi.ratio.value is None
    assert "not compressible is used" in told(found, IssueCode.REPEAT_DISCORDANT)[0].detail


def test_repeats_that_all_do_not_compress_agree() -> None:
    assert one_reading(p("dp", R, ">250"), p("dp", R, ">300", at=TEN + minutes(5))) == (Decimal(300), [])


def test_repeats_that_all_do_not_compress_are_all_named_as_sources() -> None:
    thrice = [p("dp", R, f">{mmhg}", at=TEN + minutes(mmhg - 250), source=f"at {mmhg}") for mmhg in (250, 260, 255)]
    found = indices(*arms(), *thrice)
    assert found.right.ankle is not None
    assert (found.right.ankle.mmhg, found.right.ankle.sources) == (260, ("at 250", "at 255", "at 260"))
    assert found.issues == ()


def test_the_same_value_at_the_same_time_from_two_resources_is_one_measurement() -> None:
    assert one_reading(p("dp", R, 88, source="a"), p("dp", R, 88, source="b")) == (Decimal(88), [(IssueCode.DUPLICATE, False)])


def test_the_same_resource_twice_is_one_measurement_and_needs_no_remark() -> None:
    assert one_reading(p("dp", R, 88, source="a"), p("dp", R, 88, source="a")) == (Decimal(88), [])


@pytest.mark.parametrize(("site", "used"), [("dp", 80), ("arm", 100)])
def test_where_time_does_not_tell_the_value_that_reassures_least_counts(site: str, used: int) -> None:
    for values in ((80, 100), (100, 80)):
        readings = [p(site, R, value, day_only=True) for value in values]
        assert one_reading(*readings)[0] == used


def test_equal_readings_of_a_day_without_an_hour_are_repeats() -> None:
    found = indices(*arms(day_only=True), p("dp", R, 98, source="a", day_only=True), p("dp", R, 98, source="b", day_only=True))
    assert found.right.abi is not None
    assert found.right.abi.ratio.sources[:2] == ("a", "b")
    assert found.issues == ()


def test_days_are_never_mixed_and_the_newest_that_gives_the_index_is_used() -> None:
    before = TEN - days(30)
    found = indices(*arms(), p("dp", R, 98), *arms(120, 120, at=before), p("dp", R, 120, at=before), p("dp", L, 60, at=before))
    assert found.right.abi is not None
    assert found.left.abi is not None
    assert found.right.abi.ratio.value == Decimal("0.70")
    assert found.left.abi.ratio.value == Decimal("0.50")
    assert found.arms.higher is not None
    assert found.arms.higher.mmhg == 140
    # From 1.00 to 0.70 it changed, which says more than that another day counts.
    (issue,) = told(found, IssueCode.REPEAT_DISCORDANT)
    assert issue.source == f"dp-right-120-rest-{before:%y%m%d%H%M}"


def test_a_later_office_pressure_is_not_the_denominator() -> None:
    before = TEN - days(20)
    found = indices(*arms(at=before), p("dp", R, 98, at=before), p("arm", R, 180))
    assert found.right.abi is not None
    assert found.right.abi.ratio.value == Decimal("0.70")
    (issue,) = told(found, IssueCode.DIFFERENT_SESSION)
    assert not issue.used
    assert "2026-02-10" in issue.detail


def test_ankles_of_one_day_and_arms_of_another_are_not_combined_and_the_arms_needed_are_named() -> None:
    found = indices(p("dp", R, 98), *arms(at=TEN - days(10)), p("arm", R, 150, at=TEN - days(40)))
    assert found.right.abi_missing is NotComputed.NO_ARM_PRESSURE
    assert found.right.ankle is not None
    (issue,) = told(found, IssueCode.ARM_MISSING)
    assert "2026-03-02" in issue.detail
    assert "2026-02-20, 2026-01-21" in issue.detail
    assert found.arms.higher is not None


def test_newer_ankles_without_arms_are_reported_beside_the_older_index() -> None:
    before = TEN - days(10)
    found = indices(p("dp", R, 60), p("toe", R, 20), *arms(at=before), p("dp", R, 98, at=before), p("toe", R, 70, at=before))
    assert found.right.abi is not None
    assert found.right.ankle is not None
    assert (found.right.abi.ratio.value, found.right.ankle.mmhg) == (Decimal("0.70"), 60)
    assert len(told(found, IssueCode.ARM_MISSING)) == 1


def test_older_ankles_without_arms_need_no_arms_any_more() -> None:
    before = TEN - days(10)
    found = indices(*arms(), p("dp", R, 98), p("dp", R, 60, at=before), p("toe", R, 50, at=before))
    assert [issue.detail[:30] for issue in told(found, IssueCode.ARM_MISSING)] == ["The leg pressures of 2026-02-2"]
    found = indices(*arms(), p("dp", R, 98), p("dp", R, 60, at=before))
    assert codes(found) == {IssueCode.DIFFERENT_SESSION}


def test_morning_and_evening_studies_of_one_day_are_two_sittings() -> None:
    evening = TEN + minutes(420)
    found = indices(
        *arms(), p("dp", R, 70), p("dp", L, 70), *arms(100, 100, at=evening), p("dp", R, 90, at=evening), as_of=AS_OF + days(1)
    )
    assert found.right.abi is not None
    assert found.left.abi is not None
    assert (found.right.abi.ratio.value, found.left.abi.ratio.value) == (Decimal("0.90"), Decimal("0.50"))


def test_arms_of_the_morning_and_ankles_of_the_afternoon_are_combined_as_one_day_and_that_is_said() -> None:
    found = indices(*arms(), p("dp", R, 98, at=TEN + minutes(300)))
    assert found.right.abi is not None
    assert found.right.abi.ratio.value == Decimal("0.70")
    (issue,) = found.issues
    assert (issue.code, issue.used) == (IssueCode.DIFFERENT_SESSION, True)


def test_pressures_logged_all_day_do_not_become_the_arms_of_a_study() -> None:
    logged = [p("arm", R, 170, at=TEN + minutes(30 * n), source=f"log-{n}") for n in range(6, 20)]
    found = indices(*arms(), p("dp", R, 98), p("arm", R, 142, at=TEN + minutes(60)), *logged)
    assert found.right.abi is not None
    assert found.right.abi.ratio.value == Decimal("0.70")


def test_a_study_over_midnight_is_one_sitting_of_the_day_it_began() -> None:
    late = datetime(2026, 2, 28, 23, 50, tzinfo=UTC)
    (session,) = sessions(measured(*arms(at=late), p("dp", R, 98, at=late + minutes(20))), thresholds().sessions)
    assert session.day == late.date()


def test_the_hour_counts_in_its_own_time_zone() -> None:
    there = datetime(2026, 3, 1, 23, 30, tzinfo=timezone(timedelta(hours=-8)))
    (session,) = sessions(measured(p("dp", R, 98, at=there)), thresholds().sessions)
    assert session.day == there.date()


def test_two_encounters_of_one_day_are_two_sessions() -> None:
    found = indices(*arms(encounter="Encounter/1"), p("dp", R, 98, encounter="Encounter/2"))
    assert found.right.abi_missing is NotComputed.NO_ARM_PRESSURE
    assert IssueCode.ARM_MISSING in codes(found)


def test_what_has_no_encounter_joins_the_only_one_of_the_day() -> None:
    found = indices(*arms(), p("dp", R, 98, encounter="Encounter/2"))
    assert found.right.abi is not None


def test_what_has_no_encounter_stands_alone_where_the_day_has_several() -> None:
    offered = sessions(
        measured(*arms(), p("dp", R, 98, encounter="2"), p("dp", L, 90, encounter="1", day_only=True)), thresholds().sessions
    )
    assert len(offered) == 3


def test_a_date_without_an_hour_joins_the_only_sitting_of_its_day() -> None:
    day = TEN.replace(hour=0)
    found = indices(*arms(at=day, day_only=True), p("dp", R, 98))
    assert found.right.abi is not None
    assert found.issues == ()


def test_a_date_without_an_hour_stands_before_the_sittings_of_its_day() -> None:
    items = (p("dp", R, 98, day_only=True), p("dp", R, 90), p("dp", R, 80, at=TEN + minutes(90)))
    offered = sessions(measured(*items), thresholds().sessions)
    assert [[pressure.mmhg for pressure in session.pressures] for session in offered] == [[80], [90], [98], [98, 90, 80]]
    assert [session.apart for session in offered] == [False, False, False, True]


def test_undated_readings_are_one_session_and_the_oldest() -> None:
    found = indices(*arms(at=None), p("dp", R, 98, at=None))
    assert found.right.abi is not None
    assert found.right.abi.ratio.value == Decimal("0.70")
    (issue,) = found.issues
    assert (issue.code, issue.used) == (IssueCode.ASSUMED, True)
    newer = indices(*arms(at=None), p("dp", R, 98, at=None), *arms(100, 100), p("dp", R, 90))
    assert newer.right.abi is not None
    assert newer.right.abi.ratio.value == Decimal("0.90")
    # Both arms; of the ankle it is said that its index changed.
    assert len(told(newer, IssueCode.DIFFERENT_SESSION)) == 2
    assert len(told(newer, IssueCode.REPEAT_DISCORDANT)) == 1
    assert "without a date" in told(newer, IssueCode.DIFFERENT_SESSION)[0].detail


def test_undated_ankles_and_dated_arms_are_not_combined() -> None:
    found = indices(*arms(), p("dp", R, 98, at=None))
    assert found.right.abi_missing is NotComputed.NO_ARM_PRESSURE
    assert "an unknown day" in told(found, IssueCode.ARM_MISSING)[0].detail


def test_an_encounter_of_one_day_dates_what_it_holds() -> None:
    found = indices(*arms(encounter="E"), p("dp", R, 98, at=None, encounter="E"))
    assert found.right.abi is not None
    assert found.issues == ()


def test_an_encounter_of_several_days_dates_nothing() -> None:
    found = indices(
        *arms(encounter="E"), p("arm", R, 150, at=TEN - days(3), encounter="E"), p("dp", R, 98, at=None, encounter="E")
    )
    assert found.right.abi is None


def test_a_study_is_stale_after_a_year() -> None:
    for age, stale in ((365, False), (366, True)):
        found = indices(*arms(at=TEN - days(age)), p("dp", R, 98, at=TEN - days(age)))
        assert found.right.abi is not None
        assert [issue.used for issue in told(found, IssueCode.STALE)] == ([True] if stale else [])


def test_a_newer_laboratory_index_stands_before_older_pressures() -> None:
    before = TEN - days(10)
    found = indices(*arms(at=before), p("dp", R, 98, at=before), lab("abi", R, "0.62"))
    assert found.right.abi is not None
    assert found.right.abi.ratio.reported is not None
    assert found.right.ankle is not None


def test_an_older_laboratory_index_is_told_as_of_another_session() -> None:
    found = indices(*arms(), p("dp", R, 98), lab("abi", R, "0.62", at=TEN - days(10)), lab("tbi", R, ">", at=None))
    issues = told(found, IssueCode.DIFFERENT_SESSION)
    assert ["reported ankle brachial index 0.62" in issue.detail for issue in issues] == [True, False]


def test_arm_pressures_alone_show_the_arms_and_give_no_index() -> None:
    found = indices(*arms(100, 140), p("arm", R, 120, at=TEN - days(5)), p("arm", L, ">250", at=TEN + days(1)))
    assert found.arms.difference_mmhg == 40
    assert codes(found) == {IssueCode.ARM_DIFFERENCE, IssueCode.DIFFERENT_SESSION}
    assert "nothing of the same session" in told(found, IssueCode.DIFFERENT_SESSION)[0].detail
    assert indices(p("arm", L, ">250")).arms.higher is None
