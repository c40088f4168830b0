"""/fhir/jobs/{id}: how far a job is, its result, and its end. Requests become jobs in service/web/accepting.py."""

from __future__ import annotations

from flask import Blueprint, Response, request
from werkzeug.http import http_date

from service.errors import NotFound, Problem
from service.store.jobs import Job, JobState
from service.web.accepting import job_path
from service.web.answers import information_answer, written_answer
from service.web.callers import known_caller
from service.web.deployment import Deployment
from service.web.negotiation import wanted_style
from service.web.stored import stored

RETRY_AFTER_S = 1
SLOW_RETRY_AFTER_S = 10
_SLOW_AFTER_S = 30


def jobs(deployment: Deployment) -> Blueprint:
    """The doors to jobs."""
    door = Blueprint("jobs", __name__)

    @door.get("/fhir/jobs/<id>")
    def status(id: str) -> Response:
        style = wanted_style(request)
        job = _own(deployment, id)
        if job.state is not JobState.DONE:
            return _waiting(deployment, job)
        answer = written_answer(job.status, job.result, pretty=style.pretty, media_type=style.media_type)
        answer.headers["Expires"] = http_date(job.expires_at)
        return answer

    @door.delete("/fhir/jobs/<id>")
    def forget(id: str) -> Response:
        job = _own(deployment, id)
        deployment.place.jobs.forget(job.id)
        # After the job: a worker that finishes it now finds no job, and writes no more.
        deployment.place.deliveries.withdraw(job=job.id)
        return information_answer(202, f"job {job.id} and all it held are deleted")

    return door


def _own(deployment: Deployment, id: str) -> Job:
    """The job, if it is the caller's: what somebody else asked for does not exist for them."""
    client = known_caller(request, deployment)
    job = stored(lambda: deployment.place.jobs.find(id, now=deployment.clock()))
    if job is None or (job.caller and job.caller != client):
        raise NotFound(
            Problem(
                issue_type="not-found",
                diagnostics=(
                    f"there is no job {id[:64]!r}: it has expired (a result is kept {deployment.settings.job_keep_hours} hours), was deleted, "
                    "or is another caller's; send the request again"
                ),
            )
        )
    return job


def _waiting(deployment: Deployment, job: Job) -> Response:
    place = deployment.place
    age = (deployment.clock() - job.created_at).total_seconds()
    if job.state is JobState.QUEUED:
        ahead = place.jobs.ahead_of(job)
        progress = f"waiting, {ahead} before it"
    else:
        progress = "being worked on" if job.attempts == 1 else f"being worked on, attempt {job.attempts}"
    answer = information_answer(202, f"job {job.id} is {progress}; ask again at {job_path(job.id)}")
    answer.headers["X-Progress"] = progress
    answer.headers["Retry-After"] = str(RETRY_AFTER_S if age < _SLOW_AFTER_S else SLOW_RETRY_AFTER_S)
    return answer
