"""One job, from taking it to its result. Whatever kills this process on the way, another worker takes the job up when the lease has run out."""

from __future__ import annotations

import traceback
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from service.errors import Problem
from service.fhir.operation_outcome import error_outcome
from service.outbound.breaker import REST_S
from service.store.assessments import NewRecord
from service.store.jobs import Job
from service.worker.asked import Asked, unpacked
from service.worker.assessment_record import answer_record, writing_entry
from service.worker.outbox import outbox_of
from service.worker.work import DOORS, Outcome, carry_out
from service.worker.workplace import Workplace

FAULTS = 3
"""A job that fails by a fault of ours, or because the EHR does not answer, is tried so often."""
TAKEN = 12
"""A job whose workers die is taken so often: it may be what kills them."""
EHR_WAIT = timedelta(seconds=REST_S)
"""Before an EHR that did not answer is asked again: so long our own circuit breaker leaves it alone."""
_WAIT = timedelta(seconds=5)
_FAULT = 500
_RECORDS = UUID("6f1e1c0a-5b0e-4f7c-9a43-0d5f7a5f9c58")


def do_job(place: Workplace, id: str, *, holder: str, faults: int = FAULTS) -> bool:
    """Do this job, if it is to be done and nobody else is at it; `faults` of ours end it. Whether its result was written here. Never raises."""
    try:
        return _do(place, id, holder, faults)
    except Exception as error:
        # The lease runs out, and somebody takes it up.
        place.logger.error("job not done yet", job=id, error=type(error).__name__)
        return False


def _do(place: Workplace, id: str, holder: str, faults: int) -> bool:
    job = place.jobs.claim(id, holder=holder, now=place.clock())
    if job is None:
        return False
    asked = unpacked(job.request)
    if job.attempts > TAKEN:
        return _give_up(place, job, asked)
    try:
        outcome = carry_out(asked, place)
    except Exception as error:
        # The text of an exception may quote the input; its kind and the places it passed do not.
        places = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)]
        place.logger.error("fault", job=job.id, error=type(error).__name__, places=places)
        if job.attempts < faults:
            place.jobs.give_back(job, now=place.clock(), wait=_WAIT)
            return False
        return _give_up(place, job, asked)
    if outcome.passing and job.attempts < faults:
        place.logger.info("job waits for the EHR", job=job.id, attempt=job.attempts, status=outcome.status)
        place.jobs.give_back(job, now=place.clock(), wait=EHR_WAIT)
        return False
    return complete(place, job, asked, outcome)


def complete(place: Workplace, job: Job, asked: Asked, outcome: Outcome) -> bool:
    """Write the result with its record and its deliveries, all or nothing, and wake who delivers. False: the result of somebody else stands."""
    now = place.clock()
    outbox = outbox_of(place, job, asked, outcome, now=now)
    done = place.jobs.finish(
        job,
        status=outcome.status,
        result=outcome.written,
        now=now,
        record=_record_of(place, job, asked, outcome, now=now),
        outbox=outbox.fill,
    )
    if done is None:
        return False
    # The log goes elsewhere than the database, as that of the doors does.
    place.logger.info(
        "job", job=job.id, status=outcome.status, attempt=job.attempts, audit_head=str(done.head) if done.head else ""
    )
    outbox.ring(place)
    return True


def _record_of(place: Workplace, job: Job, asked: Asked, outcome: Outcome, *, now: datetime) -> NewRecord | None:
    """The record of what was assessed, None where nothing was."""
    if outcome.answer is None:
        return None
    record = answer_record(
        place.keeping,
        outcome.answer,
        record_id=record_id_of(job.id),
        bundle=outcome.bundle,
        strict=asked.strict,
        caller=job.caller,
        door=DOORS[asked.kind],
        as_of=outcome.as_of,
        now=now,
    )
    if outcome.told is None:
        return record
    about = outcome.answer.patient_reference
    wrote = writing_entry(
        place.keeping, outcome.told, caller=job.caller, door=DOORS[asked.kind], patient_reference=about, now=now
    )
    return replace(record, audit=(*record.audit, wrote))


def record_id_of(job: str) -> str:
    """The one record of a job. It does not tell the job's id, which leads whoever knows it to the result of a caller that did not sign."""
    return str(uuid5(_RECORDS, job))


def _give_up(place: Workplace, job: Job, asked: Asked) -> bool:
    """End a job that cannot be done; who waits for it is told so."""
    place.logger.error("job given up", job=job.id, attempts=job.attempts)
    problem = Problem(
        issue_type="exception",
        diagnostics=f"a fault in this service kept job {job.id} from being done; report it with that id",
    )
    outcome = Outcome(status=_FAULT, document=error_outcome([problem]), answer=None, as_of=asked.accepted_at)
    return complete(place, job, asked, outcome)
