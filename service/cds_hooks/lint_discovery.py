"""Lint of a discovery document, of ours or of anybody's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from service.cds_hooks.lint_report import SPECIFICATION, Deviation, Severity, value_at
from service.fhir.elements import Json

DISCOVERY = f"{SPECIFICATION}#response"
TOKENS = f"{SPECIFICATION}#prefetch-tokens"
_TEXTS = (
    ("hook", "7", Severity.ERROR, "send the name of the hook"),
    ("description", "9", Severity.ERROR, "send what the service does, in words"),
    ("id", "10", Severity.ERROR, "send the last part of the address of the service"),
    ("title", "8", Severity.INFORMATION, "send a name people will recognise"),
)
_TOKEN = re.compile(r"\{\{([^{}]*)\}\}")
_USERS = ("userPractitionerId", "userPractitionerRoleId", "userPatientId", "userRelatedPersonId")
_CONTEXT = re.compile(r"context\.[A-Za-z][A-Za-z0-9]*")
_MODIFIERS = re.compile(r"[?&][A-Za-z_-]+:(?!in=)[A-Za-z-]+=")


def lint_discovery(body: Json) -> Iterator[Deviation]:
    """Every deviation of a discovery document."""
    services = body.get("services")
    if not isinstance(services, list):
        yield _deviation(body, "services", "6", "services is not a list", "send a list, empty where there is no service.")
        return
    for position, service in enumerate(services):
        path = f"services[{position}]"
        if isinstance(service, dict):
            yield from _of_service(body, service, path)
        else:
            yield _deviation(body, path, "6", f"{path} is no object", "send a service in { }.")


def _of_service(body: Json, service: Json, path: str) -> Iterator[Deviation]:
    for name, number, severity, remedy in _TEXTS:
        value = service.get(name)
        if not isinstance(value, str) or not value.strip():
            yield _deviation(
                body, f"{path}.{name}", number, f"{path}.{name} is missing, empty or not text", f"{remedy}.", severity
            )
    if isinstance(service.get("id"), str) and "/" in service["id"]:
        said = f"{path}.id holds a slash, so it is no one part of an address"
        yield _deviation(body, f"{path}.id", "10", said, "leave the slash out.")
    if "usageRequirements" in service and not isinstance(service["usageRequirements"], str):
        said = f"{path}.usageRequirements is not text"
        yield _deviation(body, f"{path}.usageRequirements", "12", said, "send text, or leave it out.")
    prefetch = service.get("prefetch")
    if prefetch is None and "prefetch" not in service:
        return
    if not isinstance(prefetch, dict) or not prefetch:
        said = f"{path}.prefetch is no object with a template for each key"
        yield _deviation(body, f"{path}.prefetch", "11", said, "send one, or leave it out.")
        return
    for key, template in prefetch.items():
        yield from _of_template(body, template, f"{path}.prefetch.{key}")


def _of_template(body: Json, template: Any, path: str) -> Iterator[Deviation]:
    if not isinstance(template, str) or not template.strip():
        yield _deviation(body, path, "36", f"{path} is not text", "send a FHIR query relative to the server.")
        return
    if template.count("{{") != len(_TOKEN.findall(template)) or template.count("}}") != template.count("{{"):
        said = f"{path} has a token that does not stand between {{{{ and }}}}"
        yield _deviation(body, path, "55", said, "write {{context.patientId}}.", page=TOKENS)
    for token in _TOKEN.findall(template):
        if token in _USERS or _CONTEXT.fullmatch(token):
            continue
        number = "57" if token.startswith("context.") else "59" if token.isidentifier() else "56"
        said = f"{path} has the token {token[:40]!r}, which is neither a field at the root of the context nor one of {', '.join(_USERS)}"
        yield _deviation(body, path, number, said, "write context. and the name of the field.", page=TOKENS)
    if _MODIFIERS.search(template):
        said = f"{path} uses a search modifier beyond what clients are asked to support"
        remedy = "search by reference, token, date, _count and _sort."
        yield _deviation(
            body, path, "58", said, remedy, Severity.INFORMATION, page=f"{SPECIFICATION}#prefetch-query-restrictions"
        )


def _deviation(
    body: Json, path: str, number: str, says: str, remedy: str, severity: Severity = Severity.ERROR, *, page: str = DISCOVERY
) -> Deviation:
    return Deviation(
        severity=severity,
        says=says,
        remedy=remedy,
        expression=path,
        value=value_at(body, path),
        requirement=number,
        specification=page,
    )
