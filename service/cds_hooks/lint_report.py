"""What lint finds: deviations, each with the requirement it departs from, the element, its value, what is wrong and the remedy."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from service.cds_hooks.clients import Dialect
from service.cds_hooks.departures import Departure, Grace
from service.errors import Problem
from service.fhir.elements import Json
from service.fhir.json_format import shortened

DEVIATION_LIMIT = 200
SPECIFICATION = "https://cds-hooks.hl7.org/2.0/"
_STEP = re.compile(r"[^.\[\]]+|\[\d+\]")
# A token may have slipped into an element beside its own.
_SECRET = re.compile(r"fhirAuthorization|access_token|token$", re.IGNORECASE)


class Severity(StrEnum):
    ERROR = "error"
    """This service refuses it."""
    WARNING = "warning"
    """Refused by the letter; let pass for clients of a lenient profile, or set aside while the rest is used."""
    INFORMATION = "information"
    """Let pass for everybody."""


_SEVERITY_OF = {Grace.NOBODY: Severity.ERROR, Grace.LENIENT: Severity.WARNING, Grace.EVERYBODY: Severity.INFORMATION}


@dataclass(frozen=True, slots=True, kw_only=True)
class Deviation:
    """`requirement` is the number of a requirement of CDS Hooks 2.0, or ""; `specification` the page that has it. `says` names what is wrong with which limit."""

    severity: Severity
    says: str
    remedy: str = ""
    expression: str = ""
    value: str = ""
    requirement: str = ""
    specification: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """The dialect that a body looks like, and by what."""

    dialect: Dialect
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LintReport:
    """`kind`: request, feedback, discovery, bundle, resource, unreadable or unknown."""

    kind: str
    deviations: tuple[Deviation, ...]
    guess: Guess = Guess(dialect=Dialect.GENERIC)


def deviation_of(
    found: Problem | Departure, body: Any, *, severity: Severity | None = None, number: str = "", page: str = ""
) -> Deviation:
    """A problem as a deviation. Its sentence has what is wrong before the semicolon, and the remedy behind it."""
    problem, grace = (found, Grace.NOBODY) if isinstance(found, Problem) else (found.problem, found.grace)
    says, _, remedy = problem.diagnostics.partition("; ")
    return Deviation(
        severity=severity or _SEVERITY_OF[grace],
        says=says.rstrip("."),
        remedy=remedy,
        expression=problem.expression,
        value=value_at(body, problem.expression),
        requirement=number,
        specification=page,
    )


def value_at(body: Any, expression: str) -> str:
    """What stands at a path such as context.selections[0], as JSON of at most 80 characters; "" for nothing. A token is not told."""
    if not expression or _SECRET.search(expression):
        return ""
    value = body
    for step in _STEP.findall(expression):
        if isinstance(value, list) and step.startswith("["):
            position = int(step[1:-1])
            value = value[position] if position < len(value) else None
        elif isinstance(value, dict):
            value = value.get(step)
        else:
            return ""
    if value is None or (isinstance(value, (dict, list)) and value):
        # An object is named by its path; written out, it would be a piece of a record.
        return ""
    return shortened(json.dumps(value, ensure_ascii=False))


def report_as_data(report: LintReport) -> Json:
    """The report as the door answers it, the gravest first, at most 200 deviations."""
    rank = {severity: place for place, severity in enumerate(Severity)}
    ordered = sorted(report.deviations, key=lambda one: rank[one.severity])
    return {
        "kind": report.kind,
        "dialect": {"guess": report.guess.dialect.value, "reasons": list(report.guess.reasons)},
        "counts": {severity.value: sum(one.severity is severity for one in ordered) for severity in Severity},
        "deviations": [_as_data(one) for one in ordered[:DEVIATION_LIMIT]],
    }


def _as_data(one: Deviation) -> Json:
    told = {
        "severity": one.severity.value,
        "requirement": one.requirement,
        "specification": one.specification,
        "expression": one.expression,
        "value": one.value,
        "says": one.says,
        "remedy": one.remedy,
    }
    return {name: value for name, value in told.items() if value}


def once_each(found: Iterable[Deviation]) -> tuple[Deviation, ...]:
    """Without repetitions, in the order found; of an element with several, all are kept that say something else."""
    return tuple(dict.fromkeys(found))
