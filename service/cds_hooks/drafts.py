"""What is being written while a hook is called: draft orders, or problems being added, in our codes. What is not understood is left out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from service.cds_hooks.hooks import Hook
from service.cds_hooks.request import HookRequest
from service.clinical.measurements import Side
from service.fhir.elements import Json, codings, dicts
from service.fhir.limbs.leg_sides import named_legs
from service.fhir.mapping import DeploymentCodes
from service.fhir.terminology.code import own_system
from service.fhir.terminology.disorders import disorders_of
from service.fhir.terminology.orders import ORDERS
from service.fhir.terminology.recognised_orders import IMAGING_CPT, RECOGNISED, RECOGNISED_OF
from service.fhir.terminology.recorded_orders import ORDER_OF

CLAUDICATION = "claudication"
LUMBAR_STENOSIS = "lumbar-stenosis"

_ORDER_SYSTEM = own_system("order")
# ProcedureRequest is what FHIR STU3 calls a ServiceRequest, and EHRs still send it.
_CODE_ELEMENT: Mapping[str, str] = {
    "ServiceRequest": "code",
    "ProcedureRequest": "code",
    "DeviceRequest": "codeCodeableConcept",
    "SupplyRequest": "itemCodeableConcept",
}
_PROBLEM_OF: Mapping[str, str] = {
    "known-lumbar-stenosis": LUMBAR_STENOSIS,
    "known-pad": CLAUDICATION,
    "leg-pain-on-walking": CLAUDICATION,
}
_NOT_MEANT = frozenset({"refuted", "entered-in-error"})
_ID = re.compile(r"[^\s\"'<>`|\\]{1,128}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """One order or problem being written. `code`: one of our order codes or of those only recognised; of a problem CLAUDICATION or LUMBAR_STENOSIS.

    `about` names it in cards and records. `judged` False: it counts as being ordered, and nobody asks about it (not selected, or not a draft any more).
    """

    about: str
    code: str
    problem: bool = False
    legs: frozenset[Side] = frozenset()
    judged: bool = True
    reference: str = ""
    """Type and id, by which an EHR can be told to delete it; "" where it has none."""
    resource: Json = field(default_factory=dict, repr=False)


def read_written(
    request: HookRequest, codes: DeploymentCodes, *, catalogue: Mapping[str, Sequence[Json]] | None = None
) -> tuple[Written, ...]:
    """The draft orders of order-select and order-sign, the conditions of problem-list-item-create; () for other hooks.

    `catalogue`: our order code -> Codings of the client's own order catalogue. An order that asks that something not be done is no order.
    """
    if request.hook in (Hook.ORDER_SELECT, Hook.ORDER_SIGN):
        known = {pair: order for order, listed in (catalogue or {}).items() for pair in codings({"coding": list(listed)})}
        return tuple(_orders(request, codes, known))
    if request.hook is Hook.PROBLEM_LIST_ITEM_CREATE:
        return tuple(_problems(request))
    return ()


def _orders(request: HookRequest, codes: DeploymentCodes, catalogue: Mapping[tuple[str, str], str]) -> Iterator[Written]:
    selected = _selected(request) if request.hook is Hook.ORDER_SELECT else None
    for about, reference, url, resource in _entries(request.context.get("draftOrders"), "draftOrders"):
        element = _CODE_ELEMENT.get(str(resource.get("resourceType")))
        if element is None or resource.get("doNotPerform") is True:
            continue
        code = _order_code(resource.get(element), codes, catalogue)
        if code is None:
            continue
        chosen = selected is None or not selected.isdisjoint(_names(reference, url))
        yield Written(
            about=about,
            code=code,
            legs=named_legs(resource.get("bodySite")),
            judged=chosen and resource.get("status", "draft") == "draft",
            reference=reference,
            resource=resource,
        )


def _problems(request: HookRequest) -> Iterator[Written]:
    for about, reference, _, resource in _entries(request.context.get("conditions"), "conditions"):
        if resource.get("resourceType") != "Condition" or _NOT_MEANT & {
            code for _, code in codings(resource.get("verificationStatus"))
        }:
            continue
        found = _problem_code(resource.get("code"))
        if found is not None:
            yield Written(about=about, code=found, problem=True, reference=reference, resource=resource)


def _entries(bundle: object, name: str) -> Iterator[tuple[str, str, str, Json]]:
    """(how it is named, type and id or "", fullUrl or "", resource) of each entry that holds one."""
    listed = bundle.get("entry") if isinstance(bundle, dict) else None
    for position, entry in enumerate(listed if isinstance(listed, list) else ()):
        for resource in dicts(entry.get("resource") if isinstance(entry, dict) else None):
            kind, identity, url = resource.get("resourceType"), resource.get("id"), entry.get("fullUrl")
            named = isinstance(kind, str) and isinstance(identity, str) and _ID.fullmatch(identity) is not None
            reference = f"{kind}/{identity}" if named else ""
            yield reference or f"{name}.entry[{position}]", reference, url if isinstance(url, str) else "", resource


def _selected(request: HookRequest) -> frozenset[str]:
    """What the context names as selected, as it is written and by its last two parts: with or without a type, relative or absolute."""
    listed = request.context.get("selections")
    texts = [one.strip() for one in listed if isinstance(one, str)] if isinstance(listed, list) else []
    return frozenset(texts) | {"/".join(text.split("/")[-2:]) for text in texts}


def _names(reference: str, url: str) -> Iterable[str]:
    return [name for name in (reference, reference.partition("/")[2], url) if name]


def _order_code(concept: object, codes: DeploymentCodes, catalogue: Mapping[tuple[str, str], str]) -> str | None:
    """The first coding that is understood decides; the client's catalogue and the deployment's mapping go before public codes."""
    for pair in codings(concept):
        if pair[0] == _ORDER_SYSTEM and (pair[1] in ORDERS or pair[1] in RECOGNISED):
            return pair[1]
        for known in (catalogue, codes.orders, ORDER_OF, RECOGNISED_OF, IMAGING_CPT):
            if pair in known:
                return known[pair]
    return None


def _problem_code(concept: object) -> str | None:
    for system, code in codings(concept):
        for recorded in disorders_of(system, code):
            for claim in recorded.disorder.claims:
                if claim.finding in _PROBLEM_OF and claim.value is True:
                    return _PROBLEM_OF[claim.finding]
    return None
