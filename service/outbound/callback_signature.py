"""How a callback is signed: id, time and body by HMAC-SHA256, in the form of Standard Webhooks. Integrators check it with testkit/callback.py."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime

ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
_VERSION = "v1"
_MARK = "whsec_"


def key_of(secret: str) -> bytes:
    """The key in a secret: base64 behind `whsec_`, or the text itself. Raises ValueError for base64 that is none."""
    return base64.b64decode(secret.removeprefix(_MARK), validate=True) if secret.startswith(_MARK) else secret.encode()


def signed_headers(secrets: Sequence[str], *, delivery_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The three headers. Every secret signs, so that one can be replaced while the other is still believed."""
    timestamp = str(int(at.timestamp()))
    signed = b".".join([delivery_id.encode(), timestamp.encode(), body])
    codes = [base64.b64encode(hmac.digest(key_of(secret), signed, hashlib.sha256)).decode() for secret in secrets]
    return {ID: delivery_id, TIMESTAMP: timestamp, SIGNATURE: " ".join(f"{_VERSION},{code}" for code in codes)}
