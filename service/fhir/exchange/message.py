"""$process-message from its FHIR side: which message is read, and the message that answers it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from service import __version__
from service.errors import BadRequest, Problem, Unprocessable
from service.fhir.elements import Json, dicts
from service.fhir.identity import full_url, resource_id
from service.fhir.json_format import shortened
from service.fhir.operation import wrong_document
from service.fhir.operation_outcome import error_outcome
from service.fhir.terminology.code import BASE, own_system
from service.fhir.terminology.own import MESSAGE_EVENTS

EVENT = MESSAGE_EVENTS["assess-claudication"]
_REMEDY = f"send a Bundle of type message whose first entry is a MessageHeader with the event {EVENT.code} of {own_system('message-event')}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestMessage:
    """`id` is that of the MessageHeader: the same content sent again has the same, and gets the same answer. `sender` is its endpoint, or ""."""

    id: str
    sender: str
    bundle: Json


def read_message(document: Any) -> RequestMessage:
    """The message in a Bundle. Raises BadRequest with every element that is missing or wrong; Unprocessable for another resource or event."""
    if not isinstance(document, dict) or document.get("resourceType") != "Bundle":
        raise wrong_document(document, _REMEDY)
    if document.get("type") != "message":
        raise Unprocessable(
            Problem(
                issue_type="not-supported",
                diagnostics=f"the Bundle is of type {shortened(str(document.get('type')))!r}; {_REMEDY}",
                expression="Bundle.type",
            )
        )
    entries = dicts(document.get("entry"))
    header = entries[0].get("resource") if entries else None
    if not isinstance(header, dict) or header.get("resourceType") != "MessageHeader":
        raise BadRequest(
            Problem(
                issue_type="required",
                diagnostics=f"the first entry is no MessageHeader; {_REMEDY}",
                expression="Bundle.entry[0].resource",
            )
        )
    id = header.get("id")
    if not isinstance(id, str) or not 1 <= len(id) <= 64:
        raise BadRequest(
            Problem(
                issue_type="required",
                diagnostics="MessageHeader.id is missing; give the message an id of 1 to 64 characters, the same when it is sent again",
                expression="Bundle.entry[0].resource.id",
            )
        )
    event = header.get("eventCoding")
    named = (event.get("system"), event.get("code")) if isinstance(event, dict) else (None, None)
    if named != (own_system("message-event"), EVENT.code):
        raise Unprocessable(
            Problem(
                issue_type="not-supported",
                diagnostics=f"the event is {shortened(str(header.get('eventUri') or named[1]))!r}; {_REMEDY}",
                expression="Bundle.entry[0].resource.event",
            )
        )
    source = header.get("source")
    sender = source.get("endpoint") if isinstance(source, dict) else None
    return RequestMessage(id=id, sender=sender if isinstance(sender, str) else "", bundle=document)


def response_message(
    message: RequestMessage, resources: Sequence[Json], *, at: datetime, problems: Sequence[Problem] = ()
) -> Json:
    """The message that answers: `resources` of the assessment, or `problems` where there is none. The same for the same arguments."""
    digest = hashlib.sha256("|".join([message.id, at.isoformat(), *(str(one["id"]) for one in resources)]).encode()).hexdigest()
    outcome = {**error_outcome(problems), "id": resource_id(digest, "message/outcome")} if problems else None
    response: Json = {"identifier": message.id, "code": "fatal-error" if problems else "ok"}
    if outcome:
        response["details"] = {"reference": full_url(outcome["id"])}
    header: Json = {
        "resourceType": "MessageHeader",
        "id": resource_id(digest, "message/header"),
        "eventCoding": EVENT.coding("message-event"),
        "source": {"name": "Claudication CDS", "software": "Claudication CDS", "version": __version__, "endpoint": BASE},
        "response": response,
    }
    if message.sender:
        header["destination"] = [{"endpoint": message.sender}]
    if resources:
        header["focus"] = [{"reference": full_url(resource["id"])} for resource in resources]
    said = [header, *([outcome] if outcome else []), *resources]
    return {
        "resourceType": "Bundle",
        "id": resource_id(digest, "message/bundle"),
        "type": "message",
        "timestamp": at.isoformat(),
        "entry": [{"fullUrl": full_url(resource["id"]), "resource": resource} for resource in said],
    }
