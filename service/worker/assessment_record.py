"""What is recorded of one answer, whichever way it was asked for: one record and one audit row, with the caller, and of the patient what is kept."""

from __future__ import annotations

from datetime import datetime

from service import __version__
from service.fhir.elements import Json
from service.fhir.guidance_response import guidance_status
from service.fhir.json_format import dumps
from service.pipeline import Answer
from service.store.assessments import NewRecord, record_of
from service.store.keeping import NOTHING, Keeping, keep


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
