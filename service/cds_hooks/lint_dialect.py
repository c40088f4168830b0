"""Which kind of client a body looks like, by what only that kind sends. A guess for a report; who calls is decided by its token alone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from service.cds_hooks.clients import Dialect
from service.cds_hooks.lint_report import Guess
from service.fhir.elements import Json, dicts

_HOSTS = (
    (Dialect.EPIC, re.compile(r"(^|\.)epic(\.com|host)|/api/fhir/r4$", re.IGNORECASE)),
    (Dialect.ORACLE, re.compile(r"(^|\.)(cerner|oraclehealth|cernercode)\.(com|org)", re.IGNORECASE)),
    (Dialect.ATHENA, re.compile(r"(^|\.)athena(health|-?net)?\.(com|io)", re.IGNORECASE)),
    (Dialect.SANDBOX, re.compile(r"(^|\.)(smarthealthit|cds-hooks)\.org", re.IGNORECASE)),
)
_EXTENSIONS = (
    (Dialect.EPIC, "com.epic."),
    (Dialect.ORACLE, "com.cerner."),
    (Dialect.ATHENA, "com.athenahealth."),
    (Dialect.SANDBOX, "com.cds-hooks.sandbox."),
)
_EPIC_TOKEN_LIFE_S = 300
_EPIC_NOTHING_FOUND = "4101"

_Sign = tuple[Dialect, str]


def guess_dialect(body: Any) -> Guess:
    """The dialect with the most signs; generic where there is none, or two have the same number."""
    signs = list(dict.fromkeys(_signs(body))) if isinstance(body, dict) else []
    found = {dialect: [why for one, why in signs if one is dialect] for dialect in Dialect}
    best = max(found, key=lambda dialect: len(found[dialect]))
    if not found[best] or sum(len(reasons) == len(found[best]) for reasons in found.values()) > 1:
        return Guess(dialect=Dialect.GENERIC)
    return Guess(dialect=best, reasons=tuple(found[best]))


def _signs(body: Json) -> Iterator[_Sign]:
    yield from _of_extension(body.get("extension"), "extension")
    yield from _of_server(body.get("fhirServer"))
    authorization = body.get("fhirAuthorization")
    if isinstance(authorization, dict):
        if authorization.get("expires_in") == _EPIC_TOKEN_LIFE_S:
            yield Dialect.EPIC, f"fhirAuthorization.expires_in is {_EPIC_TOKEN_LIFE_S}"
        scope = authorization.get("scope")
        if isinstance(scope, str) and scope and "/" not in scope:
            yield Dialect.EPIC, "fhirAuthorization.scope holds no SMART scope"
    prefetch = body.get("prefetch")
    if isinstance(prefetch, dict):
        if "-user" in prefetch:
            yield Dialect.EPIC, "prefetch has a key -user"
        for key, value in prefetch.items():
            yield from _of_bundle(value, f"prefetch.{key}")
    context = body.get("context")
    if isinstance(context, dict):
        yield from _of_bundle(context.get("draftOrders"), "context.draftOrders")
    yield from _of_bundle(body, "Bundle")
    for item in dicts(body.get("feedback")):
        yield from _of_feedback(item)


def _of_extension(extension: Any, path: str) -> Iterator[_Sign]:
    for name in extension if isinstance(extension, dict) else ():
        for dialect, prefix in _EXTENSIONS:
            if str(name).lower().startswith(prefix):
                yield dialect, f"{path} has names that begin with {prefix}"


def _of_server(server: Any) -> Iterator[_Sign]:
    if not isinstance(server, str):
        return
    try:
        parts = urlsplit(server)
        host = parts.hostname or ""
    except ValueError:
        return
    for dialect, pattern in _HOSTS:
        if pattern.search(host) or pattern.search(parts.path.rstrip("/")):
            yield dialect, "fhirServer is an address of that kind of client"


def _of_bundle(bundle: Any, path: str) -> Iterator[_Sign]:
    for entry in dicts(bundle.get("entry")) if isinstance(bundle, dict) else ():
        resource = entry.get("resource")
        if not isinstance(resource, dict):
            continue
        kind = resource.get("resourceType")
        if kind == "MedicationRequest" and isinstance(resource.get("category"), dict):
            yield Dialect.EPIC, f"{path} has a MedicationRequest whose category is an object"
        if kind == "OperationOutcome" and _EPIC_NOTHING_FOUND in _detail_codes(resource):
            yield Dialect.EPIC, f"{path} has an OperationOutcome {_EPIC_NOTHING_FOUND} beside the matches"


def _detail_codes(outcome: Json) -> Sequence[Any]:
    details = [issue.get("details") for issue in dicts(outcome.get("issue"))]
    return [coding.get("code") for one in dicts(details) for coding in dicts(one.get("coding"))]


def _of_feedback(item: Json) -> Iterator[_Sign]:
    if "overrideReasons" in item:
        yield Dialect.EPIC, "feedback has overrideReasons in the plural"
    for name in ("overrideReason", "overrideReasons"):
        for reason in dicts(item.get(name)):
            yield from _of_extension(reason.get("extension"), f"feedback.{name}.extension")
