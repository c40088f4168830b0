"""Pseudonyms: the same person has the same one within a deployment, and nobody without the key can tell whose it is."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from sqlalchemy import Engine, select
from sqlalchemy.exc import IntegrityError

from service.store.tables import PSEUDONYM_KEYS

_NAME = "patients"


def pseudonym(key: bytes, text: str) -> str:
    """HMAC-SHA256 of what names somebody, in hex."""
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def pseudonym_key(engine: Engine, given: str) -> bytes:
    """The key of the settings; without one a key drawn once and kept in the database. Raises SQLAlchemyError."""
    if given:
        return given.encode()
    found = _kept(engine)
    if found is None:
        try:
            with engine.begin() as connection:
                connection.execute(PSEUDONYM_KEYS.insert().values(name=_NAME, key=secrets.token_hex(32)))
        except IntegrityError:
            pass  # Another process drew one at the same moment; that one holds.
        found = _kept(engine)
    return (found or "").encode()


def _kept(engine: Engine) -> str | None:
    with engine.connect() as connection:
        key: str | None = connection.execute(select(PSEUDONYM_KEYS.c.key).where(PSEUDONYM_KEYS.c.name == _NAME)).scalar()
    return key
