"""Ids of the answer: the same input gives the same ids, so that an answer sent twice is recognised."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha1
from uuid import UUID

NAMESPACE = UUID("6f1d9a52-1c0e-5d0f-9a61-6a4f0a3c7e18")
"""Of this project; never to change, or every id ever given does."""
_PREFIX = NAMESPACE.bytes
# The first digit behind the third hyphen says which variant of a UUID it is, in its two upper bits.
_VARIANT: Mapping[str, str] = {f"{digit:x}": f"{digit & 0x3 | 0x8:x}" for digit in range(16)}


def resource_id(digest: str, role: str) -> str:
    """The id of the resource that plays `role` in the answer to the input with this digest."""
    # uuid5, written out: the object of the standard library costs several times what the hash does, and an answer has some fifteen ids.
    hashed = sha1(_PREFIX + f"{digest}|{role}".encode(), usedforsecurity=False).hexdigest()
    return f"{hashed[:8]}-{hashed[8:12]}-5{hashed[13:16]}-{_VARIANT[hashed[16]]}{hashed[17:20]}-{hashed[20:32]}"


def full_url(id: str) -> str:
    """How the entries of one answer refer to each other."""
    return f"urn:uuid:{id}"
