"""Encrypting anew what an older key encrypted, so that this key can be dropped."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Engine, select, update

from service.store.audit_log import usable
from service.store.keeping import INPUT, RESULT, Keeping
from service.store.sealing import Seal
from service.store.tables import ASSESSMENTS


def resealed(engine: Engine, keeping: Keeping) -> int:
    """Close everything that is kept with the first key; gives how many records it changed. Raises StoreError, CannotOpen among it."""
    seal = keeping.opener()
    return usable(lambda: sum(_resealed(engine, seal, id) for id in _kept(engine)))


def _kept(engine: Engine) -> Sequence[int]:
    with engine.connect() as connection:
        return connection.execute(select(ASSESSMENTS.c.id).where(ASSESSMENTS.c.result.is_not(None))).scalars().all()


def _resealed(engine: Engine, seal: Seal, id: int) -> bool:
    with engine.begin() as connection:
        row = connection.execute(select(ASSESSMENTS).where(ASSESSMENTS.c.id == id)).one()
        parts = {INPUT: row.input, RESULT: row.result}
        new = {
            part: seal.close(seal.open(sealed, record=row.record_id, part=part), record=row.record_id, part=part)
            for part, sealed in parts.items()
            if sealed is not None and not seal.is_current(sealed)
        }
        if new:
            connection.execute(update(ASSESSMENTS).where(ASSESSMENTS.c.id == id).values(**new))
    return bool(new)
