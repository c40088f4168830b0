"""An OperationOutcome in the record itself: who gathered it says what could not be read."""

from __future__ import annotations

from service.clinical.data_issues import DataIssue, IssueCode
from service.fhir.elements import Json, dicts
from service.fhir.reading import Entry, Read

_INCOMPLETE = "incomplete"
MOST_SAID = 300
"""Characters of one sentence of the sender's."""


def incomplete_outcome(said: list[str]) -> Json:
    """The OperationOutcome that says so, a sentence each. It belongs to the input: with another gap it is another input."""
    return {
        "resourceType": "OperationOutcome",
        "issue": [{"severity": "warning", "code": _INCOMPLETE, "diagnostics": one} for one in said],
    }


def read_completeness(entry: Entry) -> Read | None:
    """A remark for each issue of type incomplete; None for an outcome that says nothing of the kind."""
    found = [one for one in dicts(entry.resource.get("issue")) if one.get("code") == _INCOMPLETE]
    if not found:
        return None
    return Read(issues=tuple(_issue(one, f"{entry.path}.issue") for one in found))


def _issue(issue: Json, path: str) -> DataIssue:
    said = issue.get("diagnostics")
    told = said[:MOST_SAID] if isinstance(said, str) and said else "the sender does not say what is lacking."
    detail = f"The record is not complete: {told} What is not there was not taken for a no."
    return DataIssue(code=IssueCode.RECORD_INCOMPLETE, expression=path, detail=detail)
