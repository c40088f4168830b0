"""Lint of a hook request: the reader's own checks, those of the gathering of data, and what neither needs to say."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from service.cds_hooks.clients import PROFILES, Dialect
from service.cds_hooks.key_states import Sent, held_elsewhere, sent_for
from service.cds_hooks.lint_bundle import resource_deviations
from service.cds_hooks.lint_report import SPECIFICATION, Deviation, Severity, deviation_of
from service.cds_hooks.patient_guard import refuse_other_patients
from service.cds_hooks.prefetch import KeyState
from service.cds_hooks.request import read_request, request_departures
from service.errors import ClaudicationError
from service.fhir.elements import Json
from service.fhir.exchange.record_queries import RecordQuery

CALL = f"{SPECIFICATION}#http-request_1"
PREFETCH = f"{SPECIFICATION}#prefetch-template"
AUTHORIZATION = f"{SPECIFICATION}#passing-the-access-token-to-the-cds-service"
EXTENSIONS = f"{SPECIFICATION}#extensions"
JSON_RULES = f"{SPECIFICATION}#use-of-json"
_REVERSE_DOMAIN = re.compile(r"[A-Za-z][A-Za-z0-9-]*(\.[A-Za-z0-9_-]+)+")


def lint_request(body: Json, queries: Sequence[RecordQuery], *, now: datetime) -> Iterator[Deviation]:
    """Every deviation of a request. Never raises, whatever stands in it."""
    for found in request_departures(body, PROFILES[Dialect.GENERIC]):
        number, page = _requirement(found.problem.expression, found.problem.diagnostics)
        yield deviation_of(found, body, number=number, page=page)
    yield from _empty_members(body)
    yield from extension_deviations(body)
    yield from _of_server(body)
    prefetch = body.get("prefetch")
    if prefetch is None or isinstance(prefetch, dict):
        yield from _of_prefetch(body, prefetch, queries, now)


def extension_deviations(body: Json, path: str = "extension") -> Iterator[Deviation]:
    """Names in an extension that somebody else might use as well."""
    extension = body.get("extension")
    for name in extension if isinstance(extension, dict) else ():
        if not _REVERSE_DOMAIN.fullmatch(name):
            yield Deviation(
                severity=Severity.INFORMATION,
                says=f"{path} has a name that is not made of a domain name of yours",
                remedy="name it in reverse-domain notation, such as com.example.name",
                expression=path,
                value=name[:80],
                requirement="215",
                specification=EXTENSIONS,
            )


def _requirement(expression: str, diagnostics: str) -> tuple[str, str]:
    """The numbered requirement, where one of those that concern services fits, and the page."""
    if "is null" in diagnostics or "is empty" in diagnostics:
        return "3", JSON_RULES
    if expression.startswith("extension"):
        return "214", EXTENSIONS
    if expression.startswith("fhir"):
        return "61" if "access_token" in expression or "token_type" in expression else "60", AUTHORIZATION
    if expression.startswith("prefetch"):
        return "36", PREFETCH
    return "", CALL


def _empty_members(body: Json) -> Iterator[Deviation]:
    """Members of the standard's own objects that are there and hold nothing. FHIR resources have rules of their own."""
    owners = [("", body)]
    owners += [(f"{name}.", body[name]) for name in ("context", "fhirAuthorization") if isinstance(body.get(name), dict)]
    for path, owner in owners:
        for name, value in owner.items():
            if (isinstance(value, str) and not value.strip()) or value in ([], {}):
                yield Deviation(
                    severity=Severity.INFORMATION,
                    says=f"{path}{name} is there and empty",
                    remedy="leave out what has no value.",
                    expression=f"{path}{name}",
                    requirement="3",
                    specification=JSON_RULES,
                )


def _of_server(body: Json) -> Iterator[Deviation]:
    server = body.get("fhirServer")
    if isinstance(server, str) and server.lower().startswith("http:"):
        yield Deviation(
            severity=Severity.WARNING,
            says="fhirServer is addressed without TLS, and is asked in development only",
            remedy="send an https address.",
            expression="fhirServer",
            value=server[:80],
            requirement="168",
            specification=JSON_RULES,
        )
    authorization = body.get("fhirAuthorization")
    if isinstance(authorization, dict):
        scope = authorization.get("scope")
        if isinstance(scope, str) and "patient/" in scope and not authorization.get("patient"):
            yield Deviation(
                severity=Severity.INFORMATION,
                says="fhirAuthorization.scope grants patient scopes, and fhirAuthorization.patient does not say for whom (cds-r-2)",
                remedy="send the id of the patient.",
                expression="fhirAuthorization.patient",
                specification=AUTHORIZATION,
            )


def _of_prefetch(body: Json, prefetch: Json | None, queries: Sequence[RecordQuery], now: datetime) -> Iterator[Deviation]:
    sent = {query.key: sent_for(query, prefetch) for query in queries}
    can_fetch = isinstance(body.get("fhirServer"), str) and isinstance(body.get("fhirAuthorization"), dict)
    for query in queries:
        yield from _of_key(query, sent[query.key], can_fetch=can_fetch)
    elsewhere = held_elsewhere(prefetch, sent)
    for key in sorted(set(prefetch or ()) - set(sent)):
        yield _about_key(
            key, Severity.INFORMATION, "is a key this service did not ask for; its resources are read all the same", "", "36"
        )
    held = [*(one for key in sent.values() for one in key.held), *elsewhere]
    for one in held:
        yield from resource_deviations(one.resource, one.path)
    yield from _of_other_patients(body, held, now)


def _of_key(query: RecordQuery, sent: Sent, *, can_fetch: bool) -> Iterator[Deviation]:
    mandatory = "mandatory" if query.mandatory else "optional"
    match sent.state:
        case KeyState.MISSING:
            severity = Severity.WARNING if query.mandatory and not can_fetch else Severity.INFORMATION
            then = (
                "it is fetched from fhirServer"
                if can_fetch
                else "412 is the answer"
                if query.mandatory
                else "the answer does without it"
            )
            yield _about_key(query.key, severity, f"is {mandatory} and was not sent, so {then}", _remedy(query), "54")
        case KeyState.FAILED:
            severity = Severity.WARNING if query.mandatory else Severity.INFORMATION
            yield _about_key(
                query.key, severity, f"is {mandatory}, and {sent.why}", "see why the client could not read it.", "52"
            )
        case KeyState.WRONG_TYPE:
            yield _about_key(query.key, Severity.WARNING, f"is {mandatory}, and {sent.why}", _remedy(query), "36")
        case KeyState.PARTIAL:
            remedy = "send all of it, or fhirServer and a token to fetch the rest."
            yield _about_key(query.key, Severity.INFORMATION, f"is not complete: {sent.why}", remedy, "28")


def _remedy(query: RecordQuery) -> str:
    return f"send {query.about}, or null where the record has none."


def _about_key(key: str, severity: Severity, says: str, remedy: str, number: str) -> Deviation:
    path = f"prefetch.{key[:64]}"
    return Deviation(
        severity=severity, says=f"{path} {says}", remedy=remedy, expression=path, requirement=number, specification=PREFETCH
    )


def _of_other_patients(body: Json, held: Any, now: datetime) -> Iterator[Deviation]:
    """Data about somebody else: the guard's own finding, on a request that can be read at all."""
    try:
        refuse_other_patients(read_request(body, PROFILES[Dialect.EPIC], now=now), held)
    except ClaudicationError as error:
        for problem in error.problems:
            if problem.issue_type == "business-rule":
                yield deviation_of(problem, body, page=CALL)
