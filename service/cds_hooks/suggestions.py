"""The changes a card offers, as CDS Hooks suggestions and actions. Each says in words what it does; none is done unless someone accepts it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from service.cds_hooks.clients import Client
from service.cds_hooks.drafts import Written
from service.cds_hooks.judgement import Fired, Suggested
from service.cds_hooks.markdown import plain
from service.cds_hooks.request import HookRequest
from service.cds_hooks.words import order_name
from service.clinical.assessment import Assessment, Order, Priority
from service.evidence.loader import Evidence
from service.fhir.answer_frame import Frame
from service.fhir.elements import Json
from service.fhir.identity import full_url, resource_id
from service.fhir.output_check import checked
from service.fhir.service_request import service_request

_LABEL_LIMIT = 100
# Whom R4 lets request something; anybody else is left out, and nobody is guessed.
_REQUESTERS = frozenset({"Practitioner", "PractitionerRole", "Organization", "Patient", "RelatedPerson", "Device"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What every card of one answer shares."""

    request: HookRequest
    client: Client
    assessment: Assessment
    evidence: Evidence
    written: Mapping[str, Written]
    """By how a card names it."""
    as_of: datetime


def suggestions(fired: Fired, call: Call, card_id: str) -> list[Json]:
    """The suggestions of one card, the first the preferred one. What this client cannot be offered is left out."""
    profile = call.client.profile
    found: list[Json] = []
    for suggested in fired.suggestions:
        actions = list(_actions(suggested, fired, call, card_id))
        # Half a replacement each, where a suggestion may hold one action: adding first, so that nothing is removed before something stands.
        groups = [[action] for action in reversed(actions)] if profile.one_action_per_suggestion else [actions] if actions else []
        found += [_suggestion(group, suggested, card_id, call) for group in groups]
    # Where one suggestion holds one action the client takes "recommended" for "selected", and no change may be made without being chosen.
    if found and not profile.cards_of_1_0 and not profile.one_action_per_suggestion:
        found[0]["isRecommended"] = True
    return found


def selection_behavior(fired: Fired, client: Client) -> str:
    """at-most-one for alternatives; any for orders that go together, and for clients that know nothing else."""
    together = len(fired.suggestions) > 1 and all(one.order and not one.instead_of for one in fired.suggestions)
    return "at-most-one" if client.profile.at_most_one and not together else "any"


def _suggestion(actions: Sequence[Json], suggested: Suggested, card_id: str, call: Call) -> Json:
    kinds = "+".join(action["type"] for action in actions)
    label = _label(kinds, suggested)
    found: Json = {"label": plain(label, _LABEL_LIMIT)}
    if not call.client.profile.cards_of_1_0:
        found["uuid"] = resource_id(card_id, f"suggestion|{kinds}|{suggested.order}|{suggested.instead_of}")
    found["actions"] = list(actions)
    return found


def _label(kinds: str, suggested: Suggested) -> str:
    if kinds == "delete":
        return "Remove the order being written"
    name = order_name(suggested.order)
    return f"Instead: {name}" if "delete" in kinds else f"Order: {name}"


def _actions(suggested: Suggested, fired: Fired, call: Call, card_id: str) -> Iterator[Json]:
    draft = call.written.get(fired.about)
    creation = _creation(suggested, fired, call, card_id) if suggested.order else None
    # CDS Hooks 1.0 names what to delete in another way, and its clients send us no drafts. A replacement that has nothing to put in its place is none.
    removes = suggested.instead_of and draft is not None and not call.client.profile.cards_of_1_0
    if removes and draft is not None and (creation is not None or not suggested.order):
        yield {
            "type": "delete",
            "description": f"Remove the draft order: {order_name(draft.code)}",
            "resourceId": suggested.instead_of,
        }
    if creation is not None:
        yield creation


def _creation(suggested: Suggested, fired: Fired, call: Call, card_id: str) -> Json | None:
    """The action that creates a draft; None where the client takes only codes of its own catalogue, and has none for this order."""
    catalogue = [dict(one) for one in call.client.order_codes.get(suggested.order, ())]
    if call.client.profile.only_agreed_order_codes and not catalogue:
        return None
    resource = draft_request(_order(suggested, fired, call), call, card_id)
    if catalogue:
        ours = [] if call.client.profile.only_agreed_order_codes else resource["code"]["coding"]
        resource = {**resource, "code": {**resource["code"], "coding": [*catalogue, *ours]}}
    return {
        "type": "create",
        "description": f"Draft an order, to be signed: {resource['code']['text']}",
        "resource": resource,
    }


def _order(suggested: Suggested, fired: Fired, call: Call) -> Order:
    """The order as the assessment proposes it, or as the rule of the card names it."""
    for order in call.assessment.orders:
        if order.code == suggested.order:
            return order
    rule = next(one for one in call.evidence.hook_rules if one.id == fired.rule)
    sources = [source for fact in rule.facts for source in call.assessment.fact_sources.get(fact, ())]
    return Order(
        code=suggested.order,
        side=None,
        # The urgency of a warning is not that of the test that is offered instead.
        priority=Priority.ROUTINE,
        reason=fired.detail,
        basis=fired.basis,
        sources=tuple(dict.fromkeys(sources)),
    )


def draft_request(order: Order, call: Call, card_id: str) -> Json:
    """A ServiceRequest of status draft and intent proposal, for the patient and by the user of the call. Raises OutputError where it breaks a rule of ours."""
    request = call.request
    subject = {"reference": f"Patient/{request.patient_id}"}
    frame = Frame(
        digest=card_id,
        subject=subject,
        device={"reference": request.user_id},
        as_of=call.as_of.isoformat(),
        evidence_version=call.evidence.version,
        citations={order.basis.citation: call.evidence.citations[order.basis.citation].printed},
    )
    resource = service_request(order, frame, supporting=[] if order.sources else [subject])
    if request.user_id.partition("/")[0] not in _REQUESTERS:
        del resource["requester"]
    if request.encounter_id:
        resource["encounter"] = {"reference": f"Encounter/{request.encounter_id}"}
    alone: Json = {"type": "collection", "entry": [{"fullUrl": full_url(resource["id"]), "resource": resource}]}
    checked(alone)
    return resource
