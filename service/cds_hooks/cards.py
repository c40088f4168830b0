"""The answer to a hook call: cards for what was chosen to be shown, and actions without a question only where a client agreed to them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

import orjson

from service.cds_hooks.card_detail import detail
from service.cds_hooks.clients import Client
from service.cds_hooks.drafts import Written
from service.cds_hooks.judgement import Fired
from service.cds_hooks.markdown import one_line, plain
from service.cds_hooks.prefetch import KeyReport
from service.cds_hooks.request import HookRequest
from service.cds_hooks.sources import source
from service.cds_hooks.suggestions import Call, selection_behavior, suggestions
from service.clinical.assessment import Assessment, Priority
from service.evidence.loader import Evidence
from service.fhir.elements import Json
from service.fhir.identity import resource_id
from service.fhir.terminology.override_reasons import OVERRIDE_REASONS

INDICATORS: Mapping[Priority, str] = {
    Priority.STAT: "critical",
    Priority.ASAP: "critical",
    Priority.URGENT: "warning",
    Priority.ROUTINE: "info",
}


def cards_of(
    chosen: Sequence[Fired],
    request: HookRequest,
    client: Client,
    assessment: Assessment,
    keys: Sequence[KeyReport],
    evidence: Evidence,
    *,
    written: Sequence[Written] = (),
    as_of: datetime,
    public_url: str = "",
) -> Json:
    """`cards`, in the order given, and `systemActions` where there are any.

    The same call gives the same ids. `public_url`: where this service is reached from outside.
    """
    call = Call(
        request=request,
        client=client,
        assessment=assessment,
        evidence=evidence,
        written={one.about: one for one in written},
        as_of=as_of,
    )
    answer: Json = {"cards": [_card(one, call, keys, public_url=public_url) for one in chosen]}
    if client.system_actions and (actions := list(_annotations(chosen, call))):
        answer["systemActions"] = actions
    return answer


def card_id(fired: Fired, request: HookRequest, client: Client) -> str:
    """The uuid of a card: uuid5 of the client, the hook instance, the rule and what the card is about."""
    return resource_id(f"card|{client.id}|{request.hook_instance}", f"{fired.rule}|{fired.about}")


def _card(fired: Fired, call: Call, keys: Sequence[KeyReport], *, public_url: str) -> Json:
    identity = card_id(fired, call.request, call.client)
    old = call.client.profile.cards_of_1_0
    card: Json = {} if old else {"uuid": identity}
    card["summary"] = plain(fired.summary)
    card["detail"] = detail(fired, call, keys)
    card["indicator"] = INDICATORS[fired.priority]
    card["source"] = source(fired, call.client, call.evidence, public_url=public_url)
    if offered := suggestions(fired, call, identity):
        card["suggestions"] = offered
        # 1.0 knows one value and makes the element optional; a client of 1.0 refuses a card with another.
        if not old:
            card["selectionBehavior"] = selection_behavior(fired, call.client)
    if not old:
        card["overrideReasons"] = [reason.coding() for reason in OVERRIDE_REASONS]
    if call.client.smart_launch_url:
        card["links"] = [_link_to_app(call, identity)]
    return card


def _link_to_app(call: Call, identity: str) -> Json:
    link: Json = {"label": "Open Claudication CDS", "url": call.client.smart_launch_url, "type": "smart"}
    if call.client.profile.app_context:
        told = {"card": identity, "hookInstance": call.request.hook_instance}
        link["appContext"] = orjson.dumps(told).decode()
    return link


def _annotations(chosen: Sequence[Fired], call: Call) -> Iterator[Json]:
    """For each draft ServiceRequest a card is about: the whole of it with a note more. It is neither created nor removed, and says nothing else than before."""
    for about in dict.fromkeys(one.about for one in chosen if one.about):
        draft = call.written.get(about)
        if draft is None or not draft.reference.startswith("ServiceRequest/"):
            continue
        said = [one for one in chosen if one.about == about]
        notes = [{"text": f"{one_line(one.summary)} (Claudication CDS, rule {one.rule})"} for one in said]
        earlier = draft.resource.get("note")
        yield {
            "type": "update",
            "description": f"Note on the draft order: {'; '.join(plain(one.summary) for one in said)}",
            "resource": {**draft.resource, "note": [*(earlier if isinstance(earlier, list) else ()), *notes]},
        }
