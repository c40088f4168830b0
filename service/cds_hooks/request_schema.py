"""The shape of a hook request: which members there are and of what type. What they mean together is read in request.py."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate

from service.cds_hooks.departures import Departure, Grace, departure
from service.fhir.elements import Json

_MISSING = "is missing"
_NULL = "is null"
_REMEDIES = {
    "hook": "send the name of the hook that was triggered, such as patient-view",
    "hookInstance": "send a UUID drawn for this call",
    "context": "send an object with the fields that the hook's page asks for",
    "fhirServer": "send the base URL of the FHIR server, http(s)://host/path without user, query and fragment",
    "fhirAuthorization": "send an object with access_token, token_type, expires_in, scope and subject",
    "fhirAuthorization.access_token": "send the OAuth 2.0 access token, visible ASCII characters only",
    "fhirAuthorization.token_type": "send Bearer",
    "fhirAuthorization.expires_in": "send the lifetime of the token in seconds, a whole number",
    "fhirAuthorization.scope": "send the scopes the token grants, as text",
    "fhirAuthorization.subject": "send the client id of this service at the authorization server",
    "fhirAuthorization.patient": "send the id of the patient the token is for, or leave it out",
    "prefetch": "send an object with the keys of the discovery document, or leave it out",
    "extension": "send an object with names of your own, or leave it out",
}
_FORGIVABLE = frozenset(("fhirAuthorization.subject", "extension"))
"""Nothing here hangs on them."""


def _messages(kind: str) -> dict[str, Any]:
    return {"required": _MISSING, "null": _NULL, "invalid": f"is not {kind}", "type": f"is not {kind}"}


def _text(**options: Any) -> fields.String:
    return fields.String(error_messages=_messages("text"), **options)


def _object(**options: Any) -> fields.Dict:
    return fields.Dict(keys=fields.String(), error_messages=_messages("an object"), **options)


def _is_base_url(text: str) -> None:
    try:
        parts = urlsplit(text)
        fine = bool(parts.scheme in ("http", "https") and parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        fine = False
    if not fine or "@" in parts.netloc or "?" in text or "#" in text:
        raise ValidationError("is not the base URL of a FHIR server")


class _AuthorizationSchema(Schema):
    error_messages = {"type": "is not an object"}  # noqa: RUF012 - marshmallow merges it, class by class

    class Meta:
        unknown = EXCLUDE

    # The value is never told: what is wrong with a token is still a token.
    access_token = _text(
        required=True, validate=validate.Regexp(r"[\x21-\x7e]+\Z", error="is empty or holds characters that a token does not")
    )
    token_type = _text(required=True, validate=validate.Regexp(r"(?i)bearer\Z", error="is not Bearer"))
    expires_in = fields.Integer(required=True, strict=True, error_messages=_messages("a whole number"))
    scope = _text(required=True)
    subject = _text(required=True)
    patient = _text()


class _RequestSchema(Schema):
    class Meta:
        unknown = EXCLUDE

    hook = _text(required=True, validate=validate.Length(min=1, error="is empty"))
    hookInstance = _text(required=True)  # noqa: N815 - the name of the member
    context = _object(required=True)
    fhirServer = _text(validate=_is_base_url)  # noqa: N815 - the name of the member
    fhirAuthorization = fields.Nested(_AuthorizationSchema, error_messages=_messages("an object"))  # noqa: N815 - the name of the member
    prefetch = _object()
    extension = _object()


_SCHEMA = _RequestSchema()


def shape_departures(sent: Json) -> Iterator[Departure]:
    """Everything missing or of the wrong type, with its path."""
    return _told(_SCHEMA.validate(sent))


def _told(messages: Any, path: str = "") -> Iterator[Departure]:
    if isinstance(messages, dict):
        for name, below in messages.items():
            yield from _told(below, path if name == "_schema" else f"{path}.{name}" if path else str(name))
        return
    for message in messages:
        kind = "required" if message == _MISSING else "value" if message in ("is empty", "is not Bearer") else "structure"
        grace = Grace.LENIENT if path in _FORGIVABLE else Grace.NOBODY
        yield departure(kind, path, f"{path} {message}; {_REMEDIES[path]}.", grace)
