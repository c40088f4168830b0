"""What a server said to a transaction or batch: entry by entry where it took it, and its reasons where it did not."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import orjson

from service.outbound.answer import Answer

Json = dict[str, Any]

MOST_SAID = 500
"""Characters of one of the server's sentences."""
_MOST_ISSUES = 20
_FIRST_REFUSAL = 400
_TOO_MANY = 429
_FAULT = 500
_TOKEN = re.compile(r"(?i)\bbearer\s+\S+|\beyJ[\w-]+(\.[\w-]*)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerIssue:
    """One of the server's own remarks: a code of issue-type as it gave it, and its words without anything that looks like a token."""

    severity: str
    code: str
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EntrySent:
    """What became of one entry. `location` as the server gave it, with the version where it has one."""

    status: int
    location: str = ""
    issues: tuple[ServerIssue, ...] = ()

    @property
    def taken(self) -> bool:
        return 0 < self.status < _FIRST_REFUSAL


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """`accepted`: the server has answered each entry, in their order. Else `why` is a sentence, and `issues` are the server's own words.

    `unknown`: there was no answer, or one of a server in trouble, and it may have been taken all the same. `unsent`: it never left; it can be sent later.
    """

    accepted: bool
    entries: tuple[EntrySent, ...] = ()
    issues: tuple[ServerIssue, ...] = ()
    why: str = ""
    unknown: bool = False
    unsent: bool = False
    late: bool = False
    status: int = 0
    """What a refusal of all came with."""

    @property
    def refused(self) -> bool:
        """Whether the server has had it, or its address, and a second time would come to the same."""
        return not (self.accepted or self.unknown or self.unsent)


def sent_of(answer: Answer) -> Sent:
    """What an answer to a POST of a Bundle says."""
    try:
        said = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        said = None
    document: Json = said if isinstance(said, dict) else {}
    if 200 <= answer.status < 300:
        entries = document.get("entry")
        if document.get("resourceType") != "Bundle" or not isinstance(entries, list):
            why = "the FHIR server accepted what was sent and did not say what became of each entry"
            return Sent(accepted=False, unknown=True, why=why)
        return Sent(accepted=True, entries=tuple(_entry(one if isinstance(one, dict) else {}) for one in entries))
    if answer.status == _TOO_MANY or answer.status >= _FAULT:
        # A server, or what stands before it, that failed on the way to its answer may have written before.
        why = f"the FHIR server answered with status {answer.status}"
        return Sent(accepted=False, unknown=True, issues=issues_of(document), why=why)
    return Sent(
        accepted=False,
        issues=issues_of(document),
        status=answer.status,
        why=f"the FHIR server refused all of it with status {answer.status}",
    )


def issues_of(document: Any) -> tuple[ServerIssue, ...]:
    """The issues of an OperationOutcome; none of anything else."""
    if not isinstance(document, dict) or document.get("resourceType") != "OperationOutcome":
        return ()
    return tuple(_issue(one) for one in _dicts(document.get("issue")))[:_MOST_ISSUES]


def _entry(entry: Json) -> EntrySent:
    response = entry.get("response")
    response = response if isinstance(response, dict) else {}
    status = str(response.get("status", ""))[:3]
    location = response.get("location")
    return EntrySent(
        status=int(status) if status.isdecimal() else 0,
        location=location if isinstance(location, str) else "",
        issues=issues_of(response.get("outcome")),
    )


def _issue(issue: Json) -> ServerIssue:
    details = issue.get("details")
    text = details.get("text") if isinstance(details, dict) else None
    said = next((one for one in (issue.get("diagnostics"), text) if isinstance(one, str) and one), "")
    return ServerIssue(
        severity=str(issue.get("severity", "error")),
        code=str(issue.get("code", "processing")),
        said=_TOKEN.sub("[token]", said)[:MOST_SAID],
    )


def _dicts(value: Any) -> Iterable[Json]:
    return (one for one in value if isinstance(one, dict)) if isinstance(value, list) else ()
