"""The signed token of a CDS client (JSON Web Token, as CDS Hooks asks for): who is calling, or that nobody we know is.

Everything that costs nothing is checked first, everything the token names is compared with what its client is registered with before anything is
fetched, and a token that was good once is not good again.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Protocol

from service.cds_hooks.clients import Client
from service.errors import BadRequest, Problem, Unauthorized
from service.fhir.elements import Json
from service.fhir.json_format import parse
from service.outbound.address_guard import AddressRefused, read_url
from service.outbound.key_sets import KeysUnavailable, keys_named

ALGORITHMS = frozenset(("ES384", "ES512", "RS384", "RS512", "PS384", "PS512"))
"""What may sign: the two that CDS Hooks 2.0 recommends, and those of their families that are no weaker."""
SKEW_S = 60
"""How far the clock of a client may be from ours."""
LONGEST_S = 20 * 60
"""A token may be valid for so long, from the earlier of `iat` and `nbf`. Epic's are: `nbf` five minutes before `iat`, `exp` fifteen after it."""
MOST_CHARACTERS = 8192
_MOST_DEPTH = 8
_LONGEST_ID = 512


class Reason(StrEnum):
    """Why a token was refused. For the log of whoever runs the service; the caller is told nothing of it."""

    MISSING = "missing"
    SCHEME = "scheme"
    SHAPE = "shape"
    TYPE = "typ"
    ALGORITHM = "alg"
    KEY_ID = "kid"
    CRITICAL = "crit"
    ISSUER = "iss"
    TENANT = "tenant"
    KEY_SET = "jku"
    NO_KEYS = "no-keys"
    KEYS_UNAVAILABLE = "keys-unavailable"
    KEY_UNKNOWN = "kid-unknown"
    AUDIENCE = "aud"
    TIME = "time-claims"
    EXPIRED = "exp"
    NOT_YET = "iat-nbf"
    TOO_LONG = "lifetime"
    JTI = "jti"
    SIGNATURE = "signature"
    REPLAYED = "replayed"


class TokenRefused(Unauthorized):
    """No. `reason` is for the log."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(
            Problem(
                issue_type="login",
                diagnostics="this door is for registered clients, who send a fresh signed token in the Authorization header, as Bearer; "
                "the reason why it was refused is in the log of the service",
            )
        )
        self.reason = reason


class FindsKeys(Protocol):
    """A KeySets of outbound, or what stands for one."""

    def find(self, jku: str, kid: str) -> tuple[Json, ...]: ...


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    header: Json
    claims: Json


def verify(
    token_header: str | None,
    *,
    clients: Iterable[Client],
    audience: str,
    key_sets: FindsKeys,
    first_use: Callable[[str, str, datetime], bool],
    now: datetime,
) -> Client:
    """The client whose token stands in this Authorization header. Raises TokenRefused; and what `first_use` raises.

    `audience` is the URL that was called, as its caller knows it. `first_use(issuer, jti, expires_at)` says whether a token is seen for the first time.
    """
    token = _read(token_header)
    algorithm, kid = _signed_how(token.header)
    client = _client(token.claims, clients)
    _check_audience(token.claims, audience)
    expires_at = _check_times(token.claims, now)
    jti = _text(token.claims, "jti", Reason.JTI)
    keys = _keys(token.header, kid, client, key_sets)
    _check_signature(token.text, algorithm, keys)
    if not first_use(client.issuer, jti, expires_at):
        raise TokenRefused(Reason.REPLAYED)
    return client


def _read(token_header: str | None) -> _Token:
    if not token_header:
        raise TokenRefused(Reason.MISSING)
    scheme, _, text = token_header.partition(" ")
    if scheme.lower() != "bearer":
        raise TokenRefused(Reason.SCHEME)
    parts = text.split(".")
    # Three parts: five would be an encrypted token, which this is not the place for.
    if len(text) > MOST_CHARACTERS or len(parts) != 3 or not all(parts):
        raise TokenRefused(Reason.SHAPE)
    return _Token(text, _part(parts[0]), _part(parts[1]))


def _part(text: str) -> Json:
    try:
        # A name that is given twice could be read in two ways, so the strict reader of requests is the one for this, too.
        value = parse(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True), limit_depth=_MOST_DEPTH)
    except (binascii.Error, ValueError, BadRequest):
        raise TokenRefused(Reason.SHAPE) from None
    if not isinstance(value, dict):
        raise TokenRefused(Reason.SHAPE)
    return value


def _signed_how(header: Json) -> tuple[str, str]:
    """Algorithm and key id. A key in the header itself (jwk, x5c, x5u) is not looked at: anybody can bring a key."""
    algorithm = header.get("alg")
    if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
        raise TokenRefused(Reason.ALGORITHM)
    kind = header.get("typ")
    if not isinstance(kind, str) or kind.upper() != "JWT":
        raise TokenRefused(Reason.TYPE)
    if "crit" in header:
        # It lists what has to be understood beyond the standard, and nothing beyond it is.
        raise TokenRefused(Reason.CRITICAL)
    return algorithm, _text(header, "kid", Reason.KEY_ID)


def _text(part: Json, name: str, reason: Reason) -> str:
    value = part.get(name)
    if not isinstance(value, str) or not 1 <= len(value) <= _LONGEST_ID:
        raise TokenRefused(reason)
    return value


def _client(claims: Json, clients: Iterable[Client]) -> Client:
    """The client that this issuer and tenant belong to; one that names the tenant before one that takes any."""
    issuer = _text(claims, "iss", Reason.ISSUER)
    known = sorted((client for client in clients if client.issuer == issuer), key=lambda client: not client.tenants)
    if not known:
        raise TokenRefused(Reason.ISSUER)
    tenant = claims.get("tenant")
    for client in known:
        if not client.tenants or (isinstance(tenant, str) and tenant in client.tenants):
            return client
    raise TokenRefused(Reason.TENANT)


def _check_audience(claims: Json, audience: str) -> None:
    named = claims.get("aud")
    listed = named if isinstance(named, list) else [named]
    if not any(isinstance(one, str) and _same_url(one, audience) for one in listed):
        raise TokenRefused(Reason.AUDIENCE)


def _same_url(one: str, other: str) -> bool:
    """Whether two URLs are the same door: case of scheme and host, default port and a slash at the end make no difference; all else does."""
    try:
        (origin, path), (other_origin, other_path) = read_url(one), read_url(other)
    except AddressRefused:
        return False
    return origin == other_origin and path.rstrip("/") == other_path.rstrip("/") and "?" not in one


def _check_times(claims: Json, now: datetime) -> datetime:
    """When it expires, the skew included."""
    times = {name: claims[name] for name in ("exp", "iat", "nbf") if name in claims}
    if not {"exp", "iat"} <= set(times) or not all(_is_time(value) for value in times.values()):
        raise TokenRefused(Reason.TIME)
    present = now.timestamp()
    if present >= times["exp"] + SKEW_S:
        raise TokenRefused(Reason.EXPIRED)
    if max(times["iat"], times.get("nbf", times["iat"])) > present + SKEW_S:
        raise TokenRefused(Reason.NOT_YET)
    if not 0 < times["exp"] - min(times["iat"], times.get("nbf", times["iat"])) <= LONGEST_S:
        raise TokenRefused(Reason.TOO_LONG)
    return datetime.fromtimestamp(times["exp"] + SKEW_S, UTC)


def _is_time(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 2**40


def _keys(header: Json, kid: str, client: Client, key_sets: FindsKeys) -> tuple[Json, ...]:
    jku = header.get("jku")
    if jku is None or not client.jku:
        # Keys that were given out of band are the client's, whatever address its tokens name besides; nothing is fetched from there.
        if client.jwks is None:
            raise TokenRefused(Reason.NO_KEYS)
        keys = keys_named(client.jwks.get("keys", ()), kid)
    elif jku not in client.jku:
        raise TokenRefused(Reason.KEY_SET)
    else:
        try:
            keys = key_sets.find(jku, kid)
        except KeysUnavailable:
            raise TokenRefused(Reason.KEYS_UNAVAILABLE) from None
    if not keys:
        raise TokenRefused(Reason.KEY_UNKNOWN)
    return keys


def _check_signature(text: str, algorithm: str, keys: tuple[Json, ...]) -> None:
    # Loaded here: with the cryptography below it, it takes a quarter of a second, and the command line needs none of it.
    from service.cds_hooks.token_signature import is_signed

    if not is_signed(text, algorithm, keys):
        raise TokenRefused(Reason.SIGNATURE)
