"""Lint of FHIR: a Bundle as the assessment would take it, and one resource against R4."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from service.cds_hooks.lint_report import Deviation, Severity, deviation_of
from service.errors import ClaudicationError, Problem
from service.fhir.bundle import open_bundle
from service.fhir.elements import Json
from service.fhir.structure import faults
from service.fhir.structure_schema import CHECKED_TYPES

R4 = "https://hl7.org/fhir/R4/"


def lint_bundle(bundle: Json) -> Iterator[Deviation]:
    """What would make the assessment refuse a Bundle, what of it would be set aside, and every departure of its resources from R4."""
    try:
        opened = open_bundle(bundle)
    except ClaudicationError as error:
        for problem in error.problems:
            yield deviation_of(problem, bundle, page=f"{R4}bundle.html")
    else:
        for issue in opened.issues:
            problem = Problem(issue_type="informational", expression=issue.expression, diagnostics=issue.detail)
            severity = Severity.INFORMATION if issue.used else Severity.WARNING
            yield deviation_of(problem, bundle, severity=severity, page=f"{R4}bundle.html")
    entries: Any = bundle.get("entry")
    for position, entry in enumerate(entries if isinstance(entries, list) else ()):
        if isinstance(entry, dict) and isinstance(entry.get("resource"), dict):
            yield from resource_deviations(entry["resource"], f"Bundle.entry[{position}].resource")


def resource_deviations(resource: Json, path: str) -> Iterator[Deviation]:
    """Departures of one resource from R4, if it is of a type this service reads."""
    kind = resource.get("resourceType")
    if not isinstance(kind, str) or kind not in CHECKED_TYPES:
        return
    for fault in faults(resource, path):
        yield deviation_of(
            fault.problem,
            None,
            severity=Severity.INFORMATION if fault.harmless else Severity.WARNING,
            page=f"{R4}{kind.lower()}.html",
        )
