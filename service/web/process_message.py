"""POST /fhir/$process-message: a message in, a message out; now, or later to a registered address. The same message gets the same answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

from flask import Blueprint, Response, request

from service.errors import BadRequest, Overloaded, Problem, Unprocessable
from service.fhir.exchange.message import read_message
from service.fhir.json_format import parse
from service.store.jobs import Job, JobState
from service.web.accepting import accepted_answer, accepted_job
from service.web.answers import written_answer
from service.web.callers import known_caller
from service.web.deployment import Deployment
from service.web.negotiation import STYLE_PARAMETERS, Style, respond_async, strict_handling, wanted_style
from service.web.request_body import read_body
from service.worker.asked import Asked, Kind
from service.worker.jobs import do_job
from service.worker.outbox import deliver_again_asked

_ASYNC, _RESPONSE_URL = "async", "response-url"


def process_message(deployment: Deployment) -> Blueprint:
    """The door for messages."""
    door = Blueprint("process_message", __name__)
    settings = deployment.settings

    @door.post("/fhir/$process-message")
    def process() -> Response:
        style = wanted_style(request)
        sent = read_body(request, limit=settings.max_body_bytes)
        body = parse(sent, limit_depth=settings.max_depth)
        options = {name: values for name, values in request.args.lists() if name not in STYLE_PARAMETERS}
        later = _is_async(options)
        message = read_message(body)
        caller = known_caller(request, deployment)
        asked = Asked(
            kind=Kind.MESSAGE,
            accepted_at=deployment.clock(),
            body=sent,
            strict=strict_handling(request),
            reply_to=_reply_to(deployment, caller, options) if later else "",
        )
        later = later or respond_async(request)
        # The envelope is new when a message is sent again; what is in it is not.
        content = {"entry": body.get("entry")}
        job, is_new = accepted_job(request, deployment, asked, content, caller=caller, key=f"message {message.id}", ring=later)
        if (
            asked.reply_to
            and not is_new
            and not deliver_again_asked(deployment.place, job, asked.reply_to, now=asked.accepted_at)
        ):
            raise _in_progress()
        return accepted_answer(request, deployment, job, asked) if later else _answer_now(deployment, job, style)

    return door


def _is_async(options: Mapping[str, Sequence[str]]) -> bool:
    """Raises BadRequest for what is no option of the operation."""
    problems = [
        _problem("not-supported", f"there is no option {name[:64]!r}; there are: {_ASYNC}, {_RESPONSE_URL}", name[:64])
        for name in options
        if name not in (_ASYNC, _RESPONSE_URL)
    ]
    problems += [
        _problem("invalid", f"{name} is given more than once; give it once", name) for name in options if len(options[name]) > 1
    ]
    said = options.get(_ASYNC, ["false"])[0]
    if said not in ("true", "false"):
        problems.append(_problem("value", f"{_ASYNC} is {said[:64]!r}; allowed: true, false", _ASYNC))
    if said != "true" and _RESPONSE_URL in options:
        problems.append(
            _problem("invalid", f"{_RESPONSE_URL} goes with {_ASYNC}=true; without it the response is the answer", _RESPONSE_URL)
        )
    if problems:
        raise BadRequest(problems)
    return said == "true"


def _reply_to(deployment: Deployment, caller: str, options: Mapping[str, Sequence[str]]) -> str:
    """The address the response goes to. Raises Unprocessable for any but the registered one."""
    client = deployment.clients.get(caller)
    registered = client.callback_url if client else ""
    asked = options.get(_RESPONSE_URL, [registered])[0]
    if registered and asked == registered:
        return registered
    why = (
        "is not the address registered for this client"
        if registered
        else "cannot be used: no address is registered for who calls"
    )
    raise Unprocessable(
        _problem(
            "business-rule",
            f"{_RESPONSE_URL} {why} (callback_url in the clients file); have it registered, or ask with Prefer: respond-async and fetch the response",
            _RESPONSE_URL,
        )
    )


def _answer_now(deployment: Deployment, job: Job, style: Style) -> Response:
    place = deployment.place
    if job.state is not JobState.DONE:
        do_job(place, job.id, holder=str(uuid4()), faults=1)
    done = place.jobs.find(job.id, now=deployment.clock())
    if done is None or done.state is not JobState.DONE:
        raise _in_progress()
    return written_answer(done.status, done.result, pretty=style.pretty, media_type=style.media_type)


def _in_progress() -> Overloaded:
    return Overloaded(
        _problem(
            "transient",
            "this message is being processed by an earlier request; send it again in a few seconds",
            "MessageHeader.id",
        )
    )


def _problem(issue_type: str, diagnostics: str, expression: Any) -> Problem:
    return Problem(issue_type=issue_type, diagnostics=diagnostics, expression=expression)
