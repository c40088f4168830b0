"""Prefer: respond-async. A request that could be answered later becomes a job: kept first, answered 202, then somebody is woken to do it."""

from __future__ import annotations

import hashlib
import re
from typing import Any

from flask import Request, Response

from service import __version__
from service.errors import BadRequest, Problem, Unprocessable
from service.store.jobs import Job, NewJob
from service.store.pseudonyms import pseudonym
from service.web.answers import information_answer
from service.web.deployment import Deployment
from service.web.negotiation import respond_async
from service.worker.asked import Asked, Kind, digest_of, packed
from service.worker.queue import JOB

IDEMPOTENCY_KEY = "Idempotency-Key"
_SANE_KEY = re.compile(r'[\x21-\x7e]{1,128}|"[\x20-\x7e]{1,126}"')


def job_path(id: str) -> str:
    """Where a job is asked for, below our address."""
    return f"/fhir/jobs/{id}"


def accept(request: Request, deployment: Deployment, asked: Asked, document: Any, *, caller: str) -> Response:
    """Make a job of the request, or find the one it is already, and say where to ask for it."""
    return accepted_answer(request, deployment, accepted_job(request, deployment, asked, document, caller=caller)[0], asked)


def accepted_answer(request: Request, deployment: Deployment, job: Job, asked: Asked) -> Response:
    """202, and where to ask for the job."""
    answer = information_answer(202, f"accepted as job {job.id}; its result will be at {job_path(job.id)}")
    answer.headers["Content-Location"] = f"{base_address(request, deployment)}{job_path(job.id)}"
    applied = (("respond-async", respond_async(request)), ("handling=strict", asked.strict))
    answer.headers["Preference-Applied"] = ", ".join(name for name, given in applied if given)
    return answer


def accepted_job(
    request: Request, deployment: Deployment, asked: Asked, document: Any, *, caller: str, key: str = "", ring: bool = True
) -> tuple[Job, bool]:
    """The job of the request, and whether it is a new one. `key` says what it is known by, otherwise Idempotency-Key or its own content does.

    `caller` is the id of a client or "".

    Raises BadRequest for a key that is none, Unprocessable for the key of another request.
    """
    patient = pseudonym(deployment.pseudonym_key, client=caller, patient_id=asked.patient) if asked.patient else ""
    digest = digest_of(asked, document, patient=patient)
    given = key or _given_key(request)
    # Who gives a key wants the one answer, also where the service was replaced in between; without a key the answer is that of the present version.
    version = "" if given else f"{__version__} {deployment.evidence.version}"
    content = digest_of(asked, document, version=version, patient=patient)
    new = NewJob(
        kind=asked.kind.value,
        caller=caller,
        key=name_of(given, content, caller=caller),
        request=packed(asked),
        request_digest=digest,
        # The record that is read for it may have changed since, though the request has not.
        fresh=asked.kind is Kind.PATIENT and not given,
    )
    job, is_new = deployment.place.jobs.accept(new, now=asked.accepted_at)
    if job.request_digest != digest:
        raise Unprocessable(
            Problem(
                issue_type="conflict",
                diagnostics="this key was given before, with another request; give every request a key of its own, and the same only to send it again",
                expression=IDEMPOTENCY_KEY,
            )
        )
    if is_new and ring:
        deployment.place.alarm(JOB, job.id)
    return job, is_new


def name_of(key: str, digest: str, *, caller: str) -> str:
    """What a request is known by among those of its caller: its key, or its content where there is none."""
    # Callers who do not sign share one name: a key of theirs alone must not lead to the job of somebody else.
    parts = [key, digest] if key and not caller else [key or digest]
    return hashlib.sha256("|".join(parts).encode()).hexdigest()


def _given_key(request: Request) -> str:
    key = request.headers.get(IDEMPOTENCY_KEY, "").strip()
    if key and not _SANE_KEY.fullmatch(key):
        raise BadRequest(
            Problem(
                issue_type="value",
                diagnostics=f"{IDEMPOTENCY_KEY} is not 1 to 128 visible ASCII characters; draw a UUID for each request",
                expression=IDEMPOTENCY_KEY,
            )
        )
    return key.strip('"')


def base_address(request: Request, deployment: Deployment) -> str:
    """How callers address this service."""
    return deployment.settings.public_url or request.host_url.rstrip("/")
