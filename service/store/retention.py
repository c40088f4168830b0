"""What is old is removed, when a deployment says so, and the audit says that it was."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, and_, delete, or_, select, update

from service.store.audit import Action, AuditEntry, append
from service.store.tables import ASSESSMENTS, AUDIT, HOOK_CALLS, HOOK_CARDS, HOOK_FEEDBACK, KEPT_RESOURCES
from service.store.transactions import alone_on


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """How many records lost what they held of a patient, and how many hook calls and audit rows went."""

    records: int
    hook_calls: int
    audit_rows: int


def expire(
    engine: Engine,
    *,
    actor: str,
    now: datetime,
    records_before: datetime | None = None,
    hooks_before: datetime | None = None,
    audit_before: datetime | None = None,
) -> Removed:
    """Remove kept patient data, hook calls and audit rows from before these moments (None: keep all), in one transaction. Raises SQLAlchemyError."""

    def work(connection: Connection) -> Removed:
        entries = []
        records = _expire_records(connection, records_before) if records_before else 0
        if records_before and records:
            entries.append(_entry(actor, now, "records", {"before": records_before.isoformat(), "count": records}))
        calls = _expire_hooks(connection, hooks_before) if hooks_before else 0
        if hooks_before and calls:
            entries.append(_entry(actor, now, "hooks", {"before": hooks_before.isoformat(), "count": calls}))
        checkpoint = _expire_audit(connection, audit_before) if audit_before else None
        if audit_before and checkpoint:
            entries.append(_entry(actor, now, "audit", {"before": audit_before.isoformat(), **checkpoint}))
        append(connection, entries)
        if checkpoint:
            connection.execute(delete(AUDIT).where(AUDIT.c.sequence <= checkpoint["removed_through"]))
        return Removed(records=records, hook_calls=calls, audit_rows=int(checkpoint["count"]) if checkpoint else 0)

    return alone_on(engine, work)


def _entry(actor: str, now: datetime, what: str, detail: dict[str, str | int]) -> AuditEntry:
    return AuditEntry(recorded_at=now, actor=actor, action=Action.EXPIRED, object=what, detail=detail)


def _expire_records(connection: Connection, before: datetime) -> int:
    """The codes and the digest stay: they are about no one in particular once the pseudonym and what was sealed are gone."""
    old = (ASSESSMENTS.c.recorded_at < before, or_(ASSESSMENTS.c.patient != "", ASSESSMENTS.c.result.is_not(None)))
    of_old = select(ASSESSMENTS.c.record_id).where(*old)
    connection.execute(delete(KEPT_RESOURCES).where(KEPT_RESOURCES.c.record_id.in_(of_old)))
    return connection.execute(update(ASSESSMENTS).where(*old).values(patient="", input=None, result=None)).rowcount


def _expire_hooks(connection: Connection, before: datetime) -> int:
    """Old calls with their cards and what was said of these; and old feedback that belonged to no card."""
    calls = select(HOOK_CALLS.c.id).where(HOOK_CALLS.c.received_at < before)
    cards = select(HOOK_CARDS.c.id).where(HOOK_CARDS.c.call_id.in_(calls))
    lost = and_(HOOK_FEEDBACK.c.card_id.is_(None), HOOK_FEEDBACK.c.received_at < before)
    connection.execute(delete(HOOK_FEEDBACK).where(or_(HOOK_FEEDBACK.c.card_id.in_(cards), lost)))
    connection.execute(delete(HOOK_CARDS).where(HOOK_CARDS.c.call_id.in_(calls)))
    return connection.execute(delete(HOOK_CALLS).where(HOOK_CALLS.c.received_at < before)).rowcount


def _expire_audit(connection: Connection, before: datetime) -> dict[str, str | int] | None:
    """What is removed from the beginning of the chain: everything before the first row that is not old."""
    first_kept = connection.execute(
        select(AUDIT.c.sequence).where(AUDIT.c.recorded_at >= before).order_by(AUDIT.c.sequence).limit(1)
    ).scalar()
    chain = select(AUDIT.c.sequence, AUDIT.c.hash).order_by(AUDIT.c.sequence.desc()).limit(1)
    last = connection.execute(chain if first_kept is None else chain.where(AUDIT.c.sequence < first_kept)).first()
    if last is None:
        return None
    first = connection.execute(select(AUDIT.c.sequence).order_by(AUDIT.c.sequence).limit(1)).scalar_one()
    return {"removed_through": last.sequence, "hash": last.hash, "count": last.sequence - first + 1}
