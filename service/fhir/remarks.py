"""How a reader of resources says what it did not take, or took with a doubt."""

from __future__ import annotations

from service.clinical.data_issues import DataIssue, IssueCode
from service.fhir.reading import Entry


def remark(entry: Entry, code: IssueCode, detail: str, *, element: str = "", used: bool = False) -> DataIssue:
    """A DataIssue about one element of `entry`; `element` is its path below the resource, "" for the resource as a whole."""
    expression = f"{entry.path}.{element}" if element else entry.path
    return DataIssue(code=code, detail=detail, source=entry.reference, expression=expression, used=used)
