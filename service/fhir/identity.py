"""Ids of the answer: the same input gives the same ids, so that an answer sent twice is recognised."""

from __future__ import annotations

from uuid import UUID, uuid5

NAMESPACE = UUID("6f1d9a52-1c0e-5d0f-9a61-6a4f0a3c7e18")
"""Of this project; never to change, or every id ever given does."""


def resource_id(digest: str, role: str) -> str:
    """The id of the resource that plays `role` in the answer to the input with this digest."""
    return str(uuid5(NAMESPACE, f"{digest}|{role}"))


def full_url(id: str) -> str:
    """How the entries of one answer refer to each other."""
    return f"urn:uuid:{id}"
