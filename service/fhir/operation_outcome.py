"""OperationOutcomes: what of the input was not used and why; and every error."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from service.clinical.data_issues import DataIssue, IssueCode
from service.errors import Problem
from service.fhir import sentences
from service.fhir.answer_frame import Frame
from service.fhir.elements import Json
from service.fhir.fixed import Fixed
from service.fhir.terminology.own import DATA_ISSUES

# R4 issue-type codes. A remark about something that was read right is informational or a rule of ours, never an error of the sender.
_ISSUE_TYPE: Mapping[IssueCode, str] = {
    IssueCode.UNIT_NOT_UNDERSTOOD: "value",
    IssueCode.VALUE_IMPLAUSIBLE: "value",
    IssueCode.SITE_NOT_UNDERSTOOD: "code-invalid",
    IssueCode.SIDE_MISSING: "required",
    IssueCode.ARM_MISSING: "required",
    IssueCode.SINGLE_ARM: "business-rule",
    IssueCode.ARM_DIFFERENCE: "business-rule",
    IssueCode.REPEAT_DISCORDANT: "business-rule",
    IssueCode.STALE: "business-rule",
    IssueCode.DIFFERENT_SESSION: "business-rule",
    IssueCode.STATUS_EXCLUDED: "business-rule",
    IssueCode.OTHER_PATIENT: "business-rule",
    IssueCode.SENTINEL_VALUE: "value",
    IssueCode.DUPLICATE: "duplicate",
    IssueCode.CODE_NOT_UNDERSTOOD: "code-invalid",
    IssueCode.QUESTION_NOT_UNDERSTOOD: "not-supported",
    IssueCode.PPG_INDEX_REJECTED: "not-supported",
    IssueCode.POSITION_NOT_SUPINE: "business-rule",
    IssueCode.NEAR_THRESHOLD: "informational",
    IssueCode.ORDER_ALREADY_OPEN: "informational",
    IssueCode.CONFLICTING_ANSWERS: "business-rule",
    IssueCode.STRUCTURE_INVALID: "structure",
    IssueCode.NOT_RELEVANT: "informational",
    IssueCode.VALUE_MISSING: "required",
    IssueCode.INDEX_DISCORDANT: "business-rule",
    IssueCode.ASSUMED: "informational",
    IssueCode.RECORD_INCOMPLETE: "incomplete",
}
_INFORMATION = frozenset({"informational", "duplicate"})


class _Kind(NamedTuple):
    """What every issue with one code has in common."""

    severity: str
    issue_type: str
    details: Json


def _kind(code: IssueCode, issue_type: str) -> _Kind:
    concept = DATA_ISSUES[code]
    severity = "information" if issue_type in _INFORMATION else "warning"
    return _Kind(severity, issue_type, Fixed({"coding": [concept.coding("data-issue")], "text": concept.display}))


_KINDS: Mapping[IssueCode, _Kind] = {code: _kind(code, issue_type) for code, issue_type in _ISSUE_TYPE.items()}


def input_outcome(issues: Sequence[DataIssue], frame: Frame) -> Json:
    """One issue for each thing in the input that was set aside or needs saying; one of information when there is none."""
    return {
        "resourceType": "OperationOutcome",
        "id": frame.id_of("operation-outcome"),
        "issue": [_issue(one) for one in issues] or [_NOTHING_TO_SAY],
    }


def error_outcome(problems: Sequence[Problem]) -> Json:
    """The answer to a request that failed: one issue for each problem, in their order. `problems` is not empty."""
    return {"resourceType": "OperationOutcome", "issue": [_error(problem) for problem in problems]}


def information_outcome(diagnostics: str) -> Json:
    """What is worth saying and is no error."""
    issue = {"severity": "information", "code": "informational", "diagnostics": diagnostics}
    return {"resourceType": "OperationOutcome", "issue": [issue]}


_NOTHING_TO_SAY = Fixed(
    {
        "severity": "information",
        "code": "informational",
        "diagnostics": "Everything in the input was used, and there is nothing to remark on.",
    }
)


def _issue(one: DataIssue) -> Json:
    kind = _KINDS[one.code]
    issue: Json = {
        "severity": kind.severity,
        "code": kind.issue_type,
        "details": kind.details,
        "diagnostics": sentences.issue(one),
    }
    if one.expression:
        issue["expression"] = [one.expression]
    return issue


def _error(problem: Problem) -> Json:
    issue: Json = {"severity": "error", "code": problem.issue_type, "diagnostics": problem.diagnostics}
    if problem.expression:
        issue["expression"] = [problem.expression]
    return issue
