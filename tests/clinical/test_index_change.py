"""An index that changed more than measuring explains: the newer counts, and the older is not lost in silence."""

from __future__ import annotations

import pytest

from service.clinical.data_issues import IssueCode
from service.clinical.measurements import Pressure
from tests.clinical.pressures import TEN, L, R, arms, days, indices, lab, minutes, p, told


def study(right: int | str, *, ago: float, arm: int = 200) -> tuple[Pressure, ...]:
    """A study of the right leg so many days ago."""
    at = TEN - days(int(ago)) - minutes((ago - int(ago)) * 24 * 60)
    return (*arms(arm, arm, at=at), p("dp", R, right, at=at))


@pytest.mark.parametrize(
    ("before", "now", "said"),
    [
        (214, 184, False),
        (214, 183, True),
        (150, 214, True),
        (150, 180, False),
        (214, 150, True),
        (150, 300, True),
        (290, 150, True),
        (210, 300, False),
        (150, ">250", True),
        ("<180", 260, False),
        (260, "<100", False),
    ],
)
def test_a_change_beyond_the_threshold_or_behind_stiff_arteries_is_said(before: int | str, now: int | str, said: bool) -> None:
    found = indices(*study(before, ago=200), *study(now, ago=0))
    issues = told(found, IssueCode.REPEAT_DISCORDANT)
    assert [one.source for one in issues] == ([f"dp-right-{before}-rest-{TEN - days(200):%y%m%d%H%M}"] if said else [])
    assert all("is not used; the newer" in one.detail for one in issues)


def test_the_reader_sees_both_values_and_both_days() -> None:
    (issue,) = told(indices(*study(150, ago=1), *study(214, ago=0)), IssueCode.REPEAT_DISCORDANT)
    assert "right ABI 0.75 of 2026-03-01 is not used; the newer, 1.07 of 2026-03-02, is." in issue.detail
    (issue,) = told(indices(*study(150, ago=1), *study(">250", ago=0)), IssueCode.REPEAT_DISCORDANT)
    assert "the newer, above 1.25 of 2026-03-02, is." in issue.detail


def test_only_the_study_before_is_compared_and_a_day_of_two_sittings_is_no_third() -> None:
    assert not told(indices(*study(150, ago=9), *study(200, ago=5), *study(214, ago=0)), IssueCode.REPEAT_DISCORDANT)
    (issue,) = told(indices(*study(172, ago=0.25), *study(214, ago=0)), IssueCode.REPEAT_DISCORDANT)
    assert "0.86" in issue.detail


def test_what_a_laboratory_reported_is_compared_too_and_the_other_leg_is_not() -> None:
    earlier = TEN - days(100)
    found = indices(
        lab("abi", R, "0.70", at=earlier),
        lab("abi", L, "1.00", at=earlier),
        lab("abi", R, ">", at=earlier - days(9)),
        *study(214, ago=0),
    )
    (issue,) = told(found, IssueCode.REPEAT_DISCORDANT)
    assert "right ABI 0.70" in issue.detail
    (issue,) = told(indices(lab("abi", R, ">", at=earlier), *study(150, ago=0)), IssueCode.REPEAT_DISCORDANT)
    assert "right ABI noncompressible" in issue.detail
