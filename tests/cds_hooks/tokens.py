"""Signed tokens of invented clients, good ones and every kind of bad one."""

from __future__ import annotations

import base64
import json
import uuid
from datetime import UTC, datetime
from functools import cache
from typing import Any

from joserfc import jws
from joserfc.jwk import ECKey, RSAKey

from service.cds_hooks.clients import PROFILES, Client, Dialect

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
PRESENT = int(NOW.timestamp())
AUDIENCE = "http://localhost/cds-services/claudication"
ISSUER = "https://ehr.example/fhir"
KID = "4Xa/7+bQ=="
"""As Epic's are: base64 with every character that a URL does not like."""
JKU = "https://ehr.example/keys.json"


@cache
def key(kind: str, number: int = 0) -> ECKey | RSAKey:
    """A private key: "P-384", "P-521" or a number of RSA bits. Another `number` is another key."""
    parameters = {"kid": KID}
    return RSAKey.generate_key(int(kind), parameters) if kind.isdigit() else ECKey.generate_key(kind, parameters)


KEY_OF = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}


def key_for(algorithm: str) -> ECKey | RSAKey:
    return key(KEY_OF.get(algorithm, "2048"))


def public(one: ECKey | RSAKey, **members: Any) -> dict[str, Any]:
    """A key as a key set holds it."""
    return one.as_dict(private=False) | {"kid": KID, "use": "sig"} | members


def key_set(*keys: dict[str, Any]) -> dict[str, Any]:
    return {"keys": list(keys) or [public(key("P-384")), public(key("2048")), public(key("P-521"))]}


EPIC = Client(id="epic", profile=PROFILES[Dialect.EPIC], issuer=ISSUER, jku=(JKU,))
HANDED_OVER = Client(id="handed-over", profile=PROFILES[Dialect.GENERIC], issuer="https://other.example", jwks=key_set())
CLIENTS = (EPIC, HANDED_OVER)


def claims(**changed: Any) -> dict[str, Any]:
    """The claims of a good token of HANDED_OVER; None leaves one out."""
    good = {
        "iss": HANDED_OVER.issuer,
        "aud": AUDIENCE,
        "iat": PRESENT,
        "exp": PRESENT + 300,
        "jti": str(uuid.uuid4()),
    }
    return {name: value for name, value in (good | changed).items() if value is not None}


def header(algorithm: str = "ES384", **changed: Any) -> dict[str, Any]:
    return {name: value for name, value in ({"alg": algorithm, "typ": "JWT", "kid": KID} | changed).items() if value is not None}


def signed(
    head: dict[str, Any] | None = None, payload: dict[str, Any] | bytes | None = None, *, by: ECKey | RSAKey | None = None
) -> str:
    """A token. The signature is that of the key for its algorithm, or of `by`."""
    head = head or header()
    body = payload if isinstance(payload, bytes) else json.dumps(payload or claims()).encode()
    registry = jws.JWSRegistry(algorithms=[head["alg"]], strict_check_header=False)
    registry.max_header_length = 100_000
    return jws.serialize_compact(head, body, by or key_for(head["alg"]), registry=registry)


def bearer(*, head: dict[str, Any] | None = None, **changed: Any) -> dict[str, str]:
    """The Authorization header of a good token, with claims changed."""
    return {"Authorization": f"Bearer {signed(head, claims(**changed))}"}


def encoded(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()


def with_header(raw: bytes) -> str:
    """A token with a header as these bytes are; its signature is none."""
    return f"{encoded(raw)}.{encoded(json.dumps(claims()).encode())}.{encoded(b'x' * 96)}"
