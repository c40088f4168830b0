"""A registration as it may be kept and shown: everything the clients file says of a client but where its secret stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from enum import Enum
from typing import Any

from service.cds_hooks.clients import Client

PUBLIC_MEMBERS = frozenset(("kty", "kid", "use", "alg", "key_ops", "crv", "x", "y", "n", "e", "x5u", "x5c", "x5t", "x5t#S256"))
"""Members of a JSON Web Key that are public. Any other is left out, known or not."""
_SECRET = ("callback_secret", "jwks")


def public_registration(client: Client) -> dict[str, Any]:
    """What a client was allowed, how it was known, what it could take: plain values that go into JSON, the same for the same registration."""
    said = {field.name: _plain(getattr(client, field.name)) for field in fields(client) if field.name not in _SECRET}
    keys = client.jwks["keys"] if client.jwks is not None else None
    return said | {"keys": None if keys is None else [_public(key) for key in keys]}


def _public(key: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in key.items() if name in PUBLIC_MEMBERS}


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, frozenset):
        return sorted(_plain(one) for one in value)
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if isinstance(value, Mapping):
        return {str(name): _plain(one) for name, one in value.items()}
    if hasattr(value, "__dataclass_fields__"):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    return value
