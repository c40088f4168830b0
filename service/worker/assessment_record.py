"""What is recorded of one answer, whichever way it was asked for: one record and one audit row, with the caller, and of the patient what is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from service import __version__
from service.fhir.elements import Json
from service.fhir.exchange.write_back import Told
from service.fhir.guidance_response import guidance_status
from service.fhir.json_format import dumps
from service.pipeline import Answer
from service.store.assessments import NewRecord, record_of
from service.store.audit import Action, AuditEntry
from service.store.keeping import NOTHING, Keeping, keep, patient_pseudonym


def answer_record(
    keeping: Keeping,
    answer: Answer,
    *,
    record_id: str,
    bundle: Json,
    strict: bool,
    caller: str,
    door: str,
    as_of: datetime,
    now: datetime,
    user: str = "",
) -> NewRecord:
    """The record of one answer to `bundle`; `caller` is the id of a client or "", `user` who of it looked, where that is known."""
    kept = NOTHING
    if keeping.keeps_results:
        kept = keep(
            keeping,
            record_id=record_id,
            client=caller,
            patient_reference=answer.patient_reference,
            bundle=bundle,
            strict=strict,
            result=answer.bundle,
            write=dumps,
        )
    return record_of(
        answer.assessment,
        record_id=record_id,
        digest=answer.digest,
        door=door,
        as_of=as_of,
        recorded_at=now,
        service_version=__version__,
        guidance_status=guidance_status(answer.assessment),
        caller=caller,
        user=user,
        kept=kept,
    )


def writing_entry(
    keeping: Keeping,
    told: Sequence[Told],
    *,
    caller: str,
    door: str,
    patient_reference: str,
    now: datetime,
    detail: Mapping[str, str | int] | None = None,
) -> AuditEntry:
    """The audit row of a writing into an EHR's record, of which `told` says what became; `detail` what the door knows besides."""
    return AuditEntry(
        recorded_at=now,
        actor=caller,
        action=Action.WROTE,
        object=door,
        patient=patient_pseudonym(keeping, client=caller, patient_reference=patient_reference) if keeping.results else "",
        detail={**(detail or {}), "refused": sum(one.severity == "error" for one in told)},
    )
