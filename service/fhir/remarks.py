"""How a reader of resources says what it did not take, or took with a doubt."""

from __future__ import annotations

from service.clinical.data_issues import DataIssue, IssueCode
from service.fhir.reading import Entry, Read


def remark(entry: Entry, code: IssueCode, detail: str, *, element: str = "", used: bool = False) -> DataIssue:
    """A DataIssue about one element of `entry`; `element` is its path below the resource, "" for the resource as a whole."""
    expression = f"{entry.path}.{element}" if element else entry.path
    return DataIssue(code=code, detail=detail, source=entry.reference, expression=expression, used=used)


def nothing_concluded(entry: Entry, element: str, sentence: str) -> Read:
    """A resource that was understood and holds nothing for us; `sentence` without its full stop."""
    said = f"{sentence}. Nothing to do unless it states a finding."
    return Read(issues=(remark(entry, IssueCode.NOT_RELEVANT, said, element=element),))


def excluded(entry: Entry, element: str, sentence: str) -> Read:
    """A resource that its own status keeps out; `sentence` without its full stop."""
    said = f"{sentence}. Correct the status if it is out of date."
    return Read(issues=(remark(entry, IssueCode.STATUS_EXCLUDED, said, element=element),))
