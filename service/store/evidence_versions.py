"""The evidence files of every version that ever gave an answer here, so that a later one can be compared with them."""

from __future__ import annotations

import zlib
from datetime import datetime

import orjson
from sqlalchemy import Engine, select
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from service.evidence.loader import read_files
from service.store.database import StoreError
from service.store.tables import EVIDENCE_VERSIONS


def remember_evidence(engine: Engine, *, version: str, now: datetime) -> None:
    """Keep the evidence files of the package, which have this version, unless they are kept already. Raises StoreError."""
    try:
        with engine.connect() as connection:
            if connection.execute(select(EVIDENCE_VERSIONS.c.version).where(EVIDENCE_VERSIONS.c.version == version)).first():
                return
        files = read_files()
        packed = zlib.compress(orjson.dumps({name: content.decode() for name, content in files.items()}), 9)
        with engine.begin() as connection:
            connection.execute(EVIDENCE_VERSIONS.insert().values(version=version, first_used_at=now, files=packed))
    except IntegrityError:
        return  # Workers start together; the other one was first.
    except SQLAlchemyError as error:
        raise StoreError(f"the evidence of version {version} cannot be kept in the database ({type(error).__name__})") from error


def recall_evidence(engine: Engine, version: str) -> dict[str, bytes] | None:
    """The files of a version by name, or None when it was never used here."""
    with engine.connect() as connection:
        packed = connection.execute(select(EVIDENCE_VERSIONS.c.files).where(EVIDENCE_VERSIONS.c.version == version)).scalar()
    return None if packed is None else {name: text.encode() for name, text in orjson.loads(zlib.decompress(packed)).items()}
