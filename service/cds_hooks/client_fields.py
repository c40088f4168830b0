"""What the parts of the clients file have in common: unknown keys are refused, and addresses are https URLs."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from marshmallow import RAISE, Schema, ValidationError, fields, validate


class StrictSchema(Schema):
    error_messages = {"unknown": "is not a key known here"}  # noqa: RUF012 - marshmallow merges it, class by class

    class Meta:
        unknown = RAISE


def address(text: str) -> None:
    """Refuse what is no https URL. http is allowed to this machine only: that is for development, and the address guard holds it to that."""
    try:
        parts = urlsplit(text)
        host, fine = parts.hostname, not (parts.username or parts.password or parts.query or parts.fragment)
    except ValueError:
        host, fine = None, False
    if not host or not fine or parts.scheme not in ("https", "http"):
        raise ValidationError("must be an https URL without user, query and fragment")
    if parts.scheme == "http" and host not in ("localhost", "127.0.0.1", "::1"):
        raise ValidationError("must begin with https; http is for this machine only")


def addresses() -> fields.List[Any]:
    """A list of them, empty where it is left out."""
    return fields.List(fields.String(validate=address), load_default=list)


def not_empty() -> validate.Length:
    return validate.Length(min=1, error="must not be empty")
