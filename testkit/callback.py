"""Checks the signature of a callback. One file without dependencies: it may be copied.

    verify(secrets=["..."], headers=request.headers, body=request.get_data(), now=time.time())

The three headers have the form of Standard Webhooks, so its libraries for other languages do too.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable, Mapping

TOLERANCE_S = 300
"""How far the time of a callback may be from ours: what is older may be somebody's recording."""

_LONGEST = 12


class NotVerified(Exception):
    """Not to be believed; the message says why."""


def verify(
    *, secrets: Iterable[str], headers: Mapping[str, str], body: bytes, now: float, tolerance_s: float = TOLERANCE_S
) -> str:
    """The id of the delivery, which is the same when it is sent again: what has been had under it is done with. Raises NotVerified.

    `secrets` are those agreed on, the new one too while one replaces the other; `body` the bytes as they came; `now` seconds since 1970.
    """
    keys = _keys(secrets)
    given = {name.lower(): value for name, value in headers.items()}
    try:
        id, timestamp, signatures = (given[f"webhook-{name}"] for name in ("id", "timestamp", "signature"))
    except KeyError as missing:
        raise NotVerified(f"the header {missing} is missing") from None
    if not all(part.isascii() for part in (id, timestamp, signatures)):
        raise NotVerified("a header holds other characters than ASCII")
    if not timestamp.isdigit() or len(timestamp) > _LONGEST:
        raise NotVerified("the timestamp is no whole number")
    if abs(now - int(timestamp)) > tolerance_s:
        raise NotVerified(f"the timestamp is more than {tolerance_s:g} seconds from now")
    signed = b".".join([id.encode(), timestamp.encode(), body])
    expected = [hmac.digest(key, signed, hashlib.sha256) for key in keys]
    for signature in signatures.split(" "):
        version, _, code = signature.partition(",")
        if version == "v1" and any(hmac.compare_digest(base64.b64encode(one).decode(), code) for one in expected):
            return id
    raise NotVerified("no signature is made with a secret known here")


def _keys(secrets: Iterable[str]) -> list[bytes]:
    """Raises ValueError for what would let anybody sign: no secret in a variable that is not set, or the letters of one taken for secrets."""
    if isinstance(secrets, str):
        raise ValueError("secrets is one text; give a list of them")
    keys = [
        base64.b64decode(secret.removeprefix("whsec_")) if secret.startswith("whsec_") else secret.encode() for secret in secrets
    ]
    if not keys or not all(keys):
        raise ValueError("there is no secret, or one is empty")
    return keys
