"""Answers of long ago are used, because a warning is not dropped, and the reader is told how old they are."""

from __future__ import annotations

from datetime import timedelta

import pytest

from service.clinical.data_issues import DataIssue, IssueCode
from service.clinical.findings import Finding, FindingValue
from service.clinical.old_answers import old_answers
from tests.clinical.patients import NOW, assessed, evidence, findings


def answered(code: str, *, days_ago: int | None, value: FindingValue = True, source: str = "QuestionnaireResponse/1") -> Finding:
    at = None if days_ago is None else NOW - timedelta(days=days_ago)
    return Finding(code=code, value=value, source=source, recorded_at=at)


def told(*given: Finding) -> list[DataIssue]:
    return list(old_answers(given, as_of=NOW, after_days=evidence().recommendations.lapse_days))


def test_symptoms_warnings_and_signs_of_ninety_one_days_ago_are_said_to_be_old_once_a_form() -> None:
    (issue,) = told(
        answered("leg-pain-on-walking", days_ago=91),
        answered("saddle-anaesthesia", days_ago=91),
        answered("pulse-femoral-left", days_ago=91, value="absent"),
        answered("back-pain", days_ago=91),
    )
    assert (issue.code, issue.source, issue.used) == (IssueCode.STALE, "QuestionnaireResponse/1", True)
    assert issue.detail.startswith("leg-pain-on-walking, saddle-anaesthesia, pulse-femoral-left and 1 more: recorded 2025-")
    assert "more than 90 days ago; used as it stands" in issue.detail


def test_another_form_is_another_remark() -> None:
    old = [answered("back-pain", days_ago=400), answered("fever", days_ago=100, source="QuestionnaireResponse/2")]
    assert [issue.source for issue in told(*old)] == ["QuestionnaireResponse/1", "QuestionnaireResponse/2"]
    assert told(*old)[0].detail.startswith("back-pain: recorded")


@pytest.mark.parametrize(
    "given",
    [
        answered("back-pain", days_ago=90),
        answered("back-pain", days_ago=None),
        answered("diabetes", days_ago=4000),
        answered("cancer-history", days_ago=4000),
        answered("prior-dvt", days_ago=4000),
        answered("contrast-allergy", days_ago=4000),
        answered("implanted-device-mr-conditional", days_ago=4000),
    ],
    ids=lambda one: one.code,
)
def test_what_is_recent_undated_or_does_not_pass_is_not_old(given: Finding) -> None:
    assert told(given) == []


def test_an_old_warning_is_raised_all_the_same() -> None:
    asked = findings(saddle_anaesthesia=True).by_code["saddle-anaesthesia"]
    old = Finding(code=asked.code, value=True, source=asked.source, recorded_at=NOW - timedelta(days=3000))
    result = assessed(type(findings())({asked.code: old}))
    assert [flag.code for flag in result.red_flags] == ["cauda-equina-syndrome"]
    assert any(issue.code is IssueCode.STALE and issue.used for issue in result.issues)
