"""The oxygen pressure of the skin of a foot: it threatens on one side of its limit, and clears nothing on the other."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from service.clinical.assessment import Priority
from service.clinical.data_issues import IssueCode
from service.clinical.findings import Finding, Findings
from tests.clinical.patients import (
    CLAUDICANT,
    NO_PRESSURES,
    NOW,
    assessed,
    findings,
    flag_codes,
    order_codes,
    study,
    withheld_codes,
)

THREAT = "chronic-limb-threatening-ischaemia"


def measured(value: str, *, days: int | None, **told: Any) -> Findings:
    """Findings with an oxygen pressure of the right foot of so many days ago; None: without a date."""
    code = "tcpo2-mmhg-right"
    at = None if days is None else NOW - timedelta(days=days)
    found = Finding(code=code, value=Decimal(value), source="Observation/oxygen", recorded_at=at)
    return Findings({**findings(**told).by_code, code: found})


@pytest.mark.parametrize(("mmhg", "raised"), [("29.9", True), ("0", True), ("30", False), ("59", False), ("80", False)])
def test_under_30_the_limb_is_threatened(mmhg: str, raised: bool) -> None:
    result = assessed(measured(mmhg, days=1, **CLAUDICANT), study(right=130, left=130, toe_right=70, toe_left=100))
    assert (THREAT in flag_codes(result)) is raised
    if raised:
        (flag,) = (one for one in result.red_flags if one.code == THREAT)
        assert (flag.side, flag.priority, flag.sources) == ("right", Priority.URGENT, ("Observation/oxygen",))
        assert "transcutaneous oxygen pressure of the foot under 30 mmHg" in flag.text
        assert order_codes(result) >= {"vascular-surgery-referral", "arterial-duplex"}
        assert not order_codes(result) & {"resting-abi", "toe-brachial-index", "transcutaneous-oxygen"}


def test_without_any_pressure_toe_and_abi_are_ordered_too() -> None:
    result = assessed(measured("12", days=1, leg_pain_on_walking=False))
    assert order_codes(result) >= {"vascular-surgery-referral", "arterial-duplex", "toe-brachial-index", "resting-abi"}
    toeless = assessed(measured("12", days=1, great_toe_amputated_right=True))
    assert "toe-brachial-index" not in order_codes(toeless)


@pytest.mark.parametrize(
    "told", [{"foot_wound_right": True}, {"gangrene_right": True}, {"rest_pain_foot": True, "symptom_side": "right"}]
)
def test_a_good_value_clears_no_threat(told: dict[str, Any]) -> None:
    assert THREAT in flag_codes(assessed(measured("90", days=1, **told)))


@pytest.mark.parametrize(("days", "again"), [(0, False), (90, False), (91, True), (None, True)])
def test_a_recent_value_counts_as_done_where_the_great_toe_is_missing(days: int | None, again: bool) -> None:
    threatened = assessed(measured("45", days=days, gangrene_right=True, symptom_side="right", great_toe_amputated_right=True))
    assert ("transcutaneous-oxygen" in order_codes(threatened)) is again
    stiff = assessed(measured("45", days=days, **CLAUDICANT, great_toe_amputated_right=True), study(stiff_right=True, left=130))
    assert ("transcutaneous-oxygen" in order_codes(stiff)) is again
    assert "toe-brachial-index" in withheld_codes(stiff)


def test_the_value_of_one_foot_is_not_the_other_foot_done() -> None:
    result = assessed(measured("45", days=1, gangrene_left=True, symptom_side="left", great_toe_amputated_left=True))
    assert "transcutaneous-oxygen" in order_codes(result)


def test_an_old_value_still_threatens_and_is_said_to_be_old() -> None:
    result = assessed(measured("20", days=400))
    assert THREAT in flag_codes(result)
    assert any(issue.code is IssueCode.STALE and "tcpo2-mmhg-right" in issue.detail and issue.used for issue in result.issues)


def test_the_value_of_an_amputated_leg_is_set_aside() -> None:
    result = assessed(measured("20", days=1, leg_amputated_right=True), NO_PRESSURES)
    assert THREAT not in flag_codes(result)
    assert result.indices.right.oxygen is None
    (issue,) = (one for one in result.issues if one.source == "Observation/oxygen")
    assert (issue.code, issue.used) == (IssueCode.NOT_RELEVANT, False)


def test_the_grade_of_the_foot_rests_on_it_with_its_source() -> None:
    result = assessed(measured("45", days=1, foot_wound_right=True))
    assert result.indices.right.ischaemia is not None
    assert (result.indices.right.ischaemia.grade, result.indices.right.ischaemia.decided_by) == (1, "transcutaneous-oxygen")
    assert result.fact_sources["wifi-ischaemia-right"] == ("Observation/oxygen",)
    assert result.facts["tcpo2-days-right"] == 1
