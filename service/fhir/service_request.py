"""ServiceRequests: one for each proposed order. Always a draft and a proposal; signing it is a clinician's act."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from service.clinical.assessment import Order
from service.clinical.measurements import Side
from service.fhir import sentences
from service.fhir.answer_frame import LEG, Frame
from service.fhir.elements import Json
from service.fhir.fixed import Fixed
from service.fhir.knowledge.definition_parts import activity_canonical
from service.fhir.terminology.orders import ORDERS, Category, OrderCode
from service.fhir.terminology.own import RED_FLAGS


def _code(order: OrderCode, side: Side | None) -> Json:
    # The standard codes of imaging are of both legs; one leg is another code, which is not at hand for all.
    standard = () if side and order.category is Category.IMAGING else order.standard
    where = f", {LEG[side]}" if side else ""
    coded = [order.concept.coding("order"), *(code.coding() for code in standard)]
    return Fixed({"coding": coded, "text": f"{order.concept.display}{where}"})


_CODES: Mapping[tuple[str, Side | None], Json] = {
    (code, side): _code(order, side) for code, order in ORDERS.items() for side in (None, *Side)
}
_CATEGORIES: Mapping[Category, list[Json]] = {
    category: [Fixed({"coding": [category.value.coding()]})] for category in Category if category.value is not None
}
_BODY_SITES: Mapping[Side, list[Json]] = {side: [Fixed({"text": LEG[side]})] for side in Side}
_ACTIVITIES: Mapping[str, list[str]] = {code: [activity_canonical(code)] for code in ORDERS}
_FLAG_CODINGS: Mapping[str, list[Json]] = {code: [Fixed(concept.coding("red-flag"))] for code, concept in RED_FLAGS.items()}


def order_concept(code: str) -> Json:
    """An order of no particular side as the CodeableConcept of its requests. Shared by all: not to be changed."""
    return _CODES[code, None]


def in_answer_order(orders: Sequence[Order]) -> list[Order]:
    """Those that answer a red flag first; otherwise as they came."""
    return sorted(orders, key=lambda order: order.red_flag is None)


def service_request(order: Order, frame: Frame, *, supporting: Sequence[Json]) -> Json:
    """The request for one order. `supporting`: References to the RiskAssessments and Observations of the same answer."""
    category = ORDERS[order.code].category
    resource: Json = {
        "resourceType": "ServiceRequest",
        "id": frame.id_of(f"service-request/{order.code}"),
        "instantiatesCanonical": _ACTIVITIES[order.code],
        "status": "draft",
        "intent": "proposal",
        "priority": order.priority.value,
        "code": _CODES[order.code, order.side],
        "subject": frame.subject,
        "authoredOn": frame.as_of,
        "requester": frame.device,
        "reasonCode": [_reason(order)],
        "supportingInfo": [*supporting, *frame.references_to(order.sources)],
        "note": [{"text": sentences.authority(order.basis, frame.source_of(order.basis))}],
    }
    if category in _CATEGORIES:
        resource["category"] = _CATEGORIES[category]
    if order.side:
        resource["bodySite"] = _BODY_SITES[order.side]
    return resource


def _reason(order: Order) -> Json:
    if order.red_flag is None:
        return {"text": order.reason}
    return {"coding": _FLAG_CODINGS[order.red_flag], "text": order.reason}
