"""A patient's name in the record of hooks: the same for the same patient of the same client, and nobody without the key can find out whose it is."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from sqlalchemy import Engine, select
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from service.store.database import StoreError
from service.store.tables import PSEUDONYM_KEYS

_NAME = "patient"


def pseudonym_key(engine: Engine, configured: str = "") -> bytes:
    """The key of a deployment: the one it configured, else one drawn once and kept in the database. Raises StoreError."""
    if configured:
        return configured.encode()
    kept = select(PSEUDONYM_KEYS.c.key).where(PSEUDONYM_KEYS.c.name == _NAME)
    try:
        with engine.connect() as connection:
            found = connection.execute(kept).scalar_one_or_none()
        if found is None:
            try:
                with engine.begin() as connection:
                    connection.execute(PSEUDONYM_KEYS.insert(), {"name": _NAME, "key": secrets.token_hex(32)})
            except IntegrityError:
                # Another worker drew one at the same moment; that is the key then.
                pass
            with engine.connect() as connection:
                found = connection.execute(kept).scalar_one()
    except SQLAlchemyError as error:
        raise StoreError(
            f"the key of the patients' pseudonyms can be neither read nor kept ({type(error).__name__}); "
            "set CLAUDICATION_PSEUDONYM_KEY, or point CLAUDICATION_DATABASE_URL at a database that can be written"
        ) from error
    return str(found).encode()


def pseudonym(key: bytes, *, client: str, patient_id: str) -> str:
    """HMAC-SHA256 in hex of the client's id and the patient's; "" for no patient. Where the patient's data came from plays no part."""
    if not patient_id:
        return ""
    # The length keeps ("ab", "c") and ("a", "bc") apart.
    return hmac.new(key, f"{len(client)}:{client}:{patient_id}".encode(), hashlib.sha256).hexdigest()
