"""A gap that the sender knows of is said again, and never taken for a no."""

from __future__ import annotations

import pytest

from service.clinical.data_issues import IssueCode
from service.fhir.record_completeness import MOST_SAID, incomplete_outcome, read_completeness
from tests.fhir.entries import entry_of


@pytest.mark.parametrize(
    ("said", "told"),
    [("page two is missing.", "page two is missing."), ("", "the sender does not say"), ("x" * 400, "x" * MOST_SAID)],
)
def test_each_gap_is_a_remark(said: str, told: str) -> None:
    found = read_completeness(entry_of(incomplete_outcome([said])))
    assert found is not None
    (issue,) = found.issues
    assert issue.code is IssueCode.RECORD_INCOMPLETE
    assert issue.detail.startswith(f"The record is not complete: {told}")
    assert "x" * (MOST_SAID + 1) not in issue.detail


def test_an_outcome_of_something_else_is_not_about_the_record() -> None:
    other = entry_of({"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "invalid"}]})
    assert read_completeness(other) is None
