"""Patient data at rest: compressed, then AES-256-GCM, bound to the record it belongs to. The keys come from outside and are never stored."""

from __future__ import annotations

import hashlib
import os
import zlib
from dataclasses import dataclass, field

from service.store.database import StoreError

_FORMAT = b"\x01"
_KEY_NAME_BYTES = 4
_NONCE_BYTES = 12
_FAST = 1
_HEAD = len(_FORMAT) + _KEY_NAME_BYTES + _NONCE_BYTES


class CannotOpen(StoreError):
    """Sealed data that none of the keys opens, or that was changed or moved to another record."""


@dataclass(frozen=True, slots=True)
class Seal:
    """Keys of 32 bytes, at least one: the first closes, all open."""

    keys: tuple[bytes, ...] = field(repr=False)

    def close(self, plain: bytes, *, record: str, part: str) -> bytes:
        """Seal data so that it opens only as this part of this record."""
        # Loading it takes a while, which a deployment that keeps nothing need not wait for.
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        nonce = os.urandom(_NONCE_BYTES)
        sealed = AESGCM(self.keys[0]).encrypt(nonce, zlib.compress(plain, _FAST), _bound(record, part))
        return _FORMAT + _name(self.keys[0]) + nonce + sealed

    def open(self, sealed: bytes, *, record: str, part: str) -> bytes:
        """The data. Raises CannotOpen."""
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        name, nonce = sealed[len(_FORMAT) : len(_FORMAT) + _KEY_NAME_BYTES], sealed[_HEAD - _NONCE_BYTES : _HEAD]
        key = next((key for key in self.keys if _name(key) == name), None)
        if not sealed.startswith(_FORMAT) or key is None:
            raise CannotOpen(
                f"the {part} of record {record} was encrypted with a key that is not among those given; add it to CLAUDICATION_RECORD_KEY, behind the first"
            )
        try:
            return zlib.decompress(AESGCM(key).decrypt(nonce, sealed[_HEAD:], _bound(record, part)))
        except InvalidTag:
            raise CannotOpen(f"the {part} of record {record} was changed, or belongs to another record") from None

    def is_current(self, sealed: bytes) -> bool:
        """Whether the first key closed it."""
        return sealed[len(_FORMAT) : len(_FORMAT) + _KEY_NAME_BYTES] == _name(self.keys[0])


def _name(key: bytes) -> bytes:
    """Which key it was, without saying anything about it."""
    return hashlib.sha256(b"claudication record key" + key).digest()[:_KEY_NAME_BYTES]


def _bound(record: str, part: str) -> bytes:
    return f"{part} of {record}".encode()
