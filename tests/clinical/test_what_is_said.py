"""The sentences beside the weighing and the orders, whole, with the resource each speaks of."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from service.clinical.assessment import Assessment, OpenOrder, Priority
from service.clinical.data_issues import DataIssue, IssueCode
from service.clinical.findings import Finding, FindingValue, resolve
from tests.clinical.patients import CLAUDICANT, NOW, assessed, findings, study

RECENT = NOW - timedelta(days=10)
OLD = NOW - timedelta(days=400)


def notes(result: Assessment) -> tuple[str, ...]:
    assert result.differential is not None
    return result.differential.notes


def told(result: Assessment, code: IssueCode) -> list[DataIssue]:
    return [issue for issue in result.issues if issue.code is code]


def without(story: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in story.items() if name not in names}


def test_with_age_and_side_known_and_both_legs_measured_nothing_need_be_noted() -> None:
    assert notes(assessed(findings(**CLAUDICANT), study(right=81, left=130))) == ()


def test_age_not_known() -> None:
    assert notes(assessed(findings(**CLAUDICANT), study(right=81, left=130), age=None)) == (
        "Age not known: weighed as 50 and over, with the range widened to both age groups.",
    )


def test_side_not_known() -> None:
    result = assessed(findings(**without(CLAUDICANT, "symptom_side")), study(right=81, left=130))
    assert notes(result) == (
        "Which leg hurts was not recorded: an abnormal pressure in either leg was taken to be in the leg that hurts.",
    )


def test_disease_in_the_other_leg_and_the_painful_one_not_measured() -> None:
    assert notes(assessed(findings(**{**CLAUDICANT, "symptom_side": "left"}), study(right=81))) == (
        "Peripheral artery disease is confirmed in the right leg, which does not hurt: a finding of its own, not the explanation.",
        "The left leg, which hurts or may hurt, has no usable pressure.",
    )


@pytest.mark.parametrize("described", ["provoked_uphill_or_hurrying", "provoked_ordinary_pace_level"])
def test_pain_denied_and_yet_described(described: str) -> None:
    code = described.replace("_", "-")
    assert assessed(findings(leg_pain_on_walking=False, **{described: True})).issues == (
        DataIssue(
            code=IssueCode.CONFLICTING_ANSWERS,
            source=f"QuestionnaireResponse/{code}",
            detail=f"{code} is yes, but leg-pain-on-walking is no; the pain was taken as denied. Ask again.",
            used=True,
        ),
    )


@pytest.mark.parametrize("pain", [True, False])
def test_pain_denied_and_not_described_or_affirmed_and_described_is_no_contradiction(pain: bool) -> None:
    assert assessed(findings(leg_pain_on_walking=pain, provoked_uphill_or_hurrying=pain)).issues == ()


def test_every_resource_behind_a_fact_or_a_pressure_is_a_source_once() -> None:
    result = assessed(findings(leg_pain_on_walking=True, symptom_side="right"), study(arms=(130, None), right=81))
    assert sorted(result.sources) == [
        "Observation/rest-brachial-right",
        "Observation/rest-dorsalis-pedis-right",
        "QuestionnaireResponse/leg-pain-on-walking",
        "QuestionnaireResponse/symptom-side",
    ]


def test_an_order_already_open() -> None:
    standing = OpenOrder(code="resting-abi", source="ServiceRequest/abi-1")
    result = assessed(findings(**CLAUDICANT), open_orders=(standing,))
    said = "resting-abi: already ordered (ServiceRequest/abi-1); not proposed again."
    assert told(result, IssueCode.ORDER_ALREADY_OPEN) == [
        DataIssue(code=IssueCode.ORDER_ALREADY_OPEN, source="ServiceRequest/abi-1", detail=said, used=True)
    ]
    assert [order.reason for order in result.withheld if order.code == "resting-abi"] == [said]


def test_a_study_done_lately() -> None:
    done = OpenOrder(code="resting-abi", source="DiagnosticReport/1", authored_at=RECENT, done=True)
    result = assessed(findings(**CLAUDICANT), open_orders=(done,))
    assert [issue.detail for issue in told(result, IssueCode.ORDER_ALREADY_OPEN)] == [
        "resting-abi: done within the last 90 days (DiagnosticReport/1); look at that result first."
    ]


def test_a_study_dated_after_the_assessment_has_not_been_done() -> None:
    done = OpenOrder(code="resting-abi", source="DiagnosticReport/1", authored_at=NOW + timedelta(days=1), done=True)
    assert told(assessed(findings(**CLAUDICANT), open_orders=(done,)), IssueCode.ORDER_ALREADY_OPEN) == []


def test_a_study_of_this_moment_has_been_done() -> None:
    done = OpenOrder(code="resting-abi", source="DiagnosticReport/1", authored_at=NOW, done=True)
    assert len(told(assessed(findings(**CLAUDICANT), open_orders=(done,)), IssueCode.ORDER_ALREADY_OPEN)) == 1


def test_an_open_order_that_waits_while_a_red_flag_cannot() -> None:
    waiting = OpenOrder(code="mri-lumbar-without-contrast", source="ServiceRequest/mri-1", priority=Priority.ROUTINE)
    result = assessed(findings(saddle_anaesthesia=True), open_orders=(waiting,))
    assert [issue.detail for issue in told(result, IssueCode.ORDER_ALREADY_OPEN)] == [
        "mri-lumbar-without-contrast: already ordered (ServiceRequest/mri-1, routine), but a red flag makes it stat: "
        "raise the urgency of the open order."
    ]


def overruled(code: str, older: FindingValue, newer: FindingValue) -> DataIssue:
    _, (issue,) = resolve(
        [
            Finding(code=code, value=newer, source="new", recorded_at=RECENT),
            Finding(code=code, value=older, source="old", recorded_at=OLD),
        ]
    )
    return issue


def test_an_answer_contradicted_by_a_newer_one() -> None:
    assert overruled("diabetes", False, True) == DataIssue(
        code=IssueCode.CONFLICTING_ANSWERS,
        source="old",
        detail="diabetes: no here, yes in new, which is newer and was used. Ask again, and correct the record that is wrong.",
    )


@pytest.mark.parametrize(
    ("code", "older", "newer", "words"),
    [
        ("egfr-ml-min-1.73m2", Decimal(61), Decimal(48), "61 here is older than 48"),
        ("smoking-status", "current", "former", "current here is older than former"),
        ("obesity", False, True, "no here is older than yes"),
        ("lowest-leg-power-mrc", Decimal(4), Decimal(5), "4 here is older than 5"),
    ],
)
def test_a_value_measured_again(code: str, older: FindingValue, newer: FindingValue, words: str) -> None:
    assert overruled(code, older, newer) == DataIssue(
        code=IssueCode.STALE, source="old", detail=f"{code}: {words} in new, which was used."
    )


@pytest.mark.parametrize(("first", "second"), [(None, RECENT), (None, None), (RECENT, RECENT)])
def test_a_number_is_superseded_only_where_both_are_dated_and_the_dates_differ(first: Any, second: Any) -> None:
    _, (issue,) = resolve(
        [
            Finding(code="walking-distance-m", value=Decimal(200), source="a", recorded_at=first),
            Finding(code="walking-distance-m", value=Decimal(100), source="b", recorded_at=second),
        ]
    )
    assert (issue.code, issue.source) == (IssueCode.CONFLICTING_ANSWERS, "a")
