"""Lint: any body an integrator has at hand, answered with where it departs from the standards and which client it looks like. Nothing is kept."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NoReturn

from service.cds_hooks.feedback import feedback_departures
from service.cds_hooks.lint_bundle import lint_bundle, resource_deviations
from service.cds_hooks.lint_dialect import guess_dialect
from service.cds_hooks.lint_discovery import lint_discovery
from service.cds_hooks.lint_report import SPECIFICATION, Deviation, LintReport, Severity, deviation_of, once_each
from service.cds_hooks.lint_request import extension_deviations, lint_request
from service.errors import BadRequest
from service.fhir.elements import Json
from service.fhir.exchange.record_queries import RecordQuery
from service.fhir.json_format import parse

FEEDBACK = f"{SPECIFICATION}#feedback"
_MEMBERS = (
    ("feedback", ("feedback",)),
    ("discovery", ("services",)),
    ("request", ("hook", "hookInstance", "context", "prefetch", "fhirServer", "fhirAuthorization")),
)


def lint_bytes(body: bytes, queries: Sequence[RecordQuery], *, now: datetime, limit_depth: int) -> LintReport:
    """A body as it came. Raises BadRequest for what is no JSON; JSON that the doors would refuse to read is reported as unreadable."""
    try:
        value = parse(body, limit_depth=limit_depth)
    except BadRequest as error:
        if not _is_json(body):
            raise
        found = (deviation_of(problem, None, number="1", page=f"{SPECIFICATION}#use-of-json") for problem in error.problems)
        return LintReport(kind="unreadable", deviations=tuple(found))
    return lint(value, queries, now=now)


def lint(value: Any, queries: Sequence[RecordQuery], *, now: datetime) -> LintReport:
    """A parsed body: what it is, how it deviates, and whom it looks like. Never raises."""
    kind = _kind(value)
    return LintReport(kind=kind, deviations=once_each(_deviations(kind, value, queries, now)), guess=guess_dialect(value))


def _kind(value: Any) -> str:
    if not isinstance(value, dict):
        return "unknown"
    if "resourceType" in value:
        return "bundle" if value["resourceType"] == "Bundle" else "resource"
    return next((kind for kind, members in _MEMBERS if any(name in value for name in members)), "unknown")


def _deviations(kind: str, value: Any, queries: Sequence[RecordQuery], now: datetime) -> Iterator[Deviation]:
    match kind:
        case "request":
            yield from lint_request(value, queries, now=now)
        case "feedback":
            yield from _of_feedback(value, now)
        case "discovery":
            yield from lint_discovery(value)
        case "bundle":
            yield from lint_bundle(value)
        case "resource":
            yield from resource_deviations(value, str(value["resourceType"])[:64])
        case _:
            yield Deviation(
                severity=Severity.ERROR,
                says="This is none of what is checked here: a hook request (hook, hookInstance, context), feedback (feedback), discovery (services), a FHIR resource (resourceType)",
                remedy="send one of them, whole.",
            )


def _of_feedback(body: Json, now: datetime) -> Iterator[Deviation]:
    for found in feedback_departures(body, now=now):
        yield deviation_of(
            found, body, number=_feedback_requirement(found.problem.expression, found.problem.diagnostics), page=FEEDBACK
        )
    yield from extension_deviations(body)


def _feedback_requirement(expression: str, diagnostics: str) -> str:
    if expression.endswith(".reason.system"):
        return "217"
    if expression.endswith(".reason.code"):
        return "216"
    return "3" if "empty" in diagnostics and "missing" not in diagnostics else "148"


def _is_json(body: bytes) -> bool:
    try:
        json.loads(body, parse_constant=_refuse_constant)
    except RecursionError:
        return True
    except ValueError:
        return False
    return True


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)
