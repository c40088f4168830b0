"""ServiceRequests: one for each proposed order. Always a draft and a proposal; signing it is a clinician's act."""

from __future__ import annotations

from collections.abc import Sequence

from service.clinical.assessment import Order
from service.fhir import sentences
from service.fhir.answer_frame import LEG, Frame, input_references
from service.fhir.elements import Json
from service.fhir.terminology.orders import ORDERS, Category
from service.fhir.terminology.own import RED_FLAGS


def in_answer_order(orders: Sequence[Order]) -> list[Order]:
    """Those that answer a red flag first; otherwise as they came."""
    return sorted(orders, key=lambda order: order.red_flag is None)


def service_request(order: Order, frame: Frame, *, supporting: Sequence[Json]) -> Json:
    """The request for one order. `supporting`: References to the RiskAssessments and Observations of the same answer."""
    known = ORDERS[order.code]
    # The standard codes of imaging are of both legs; one leg is another code, which is not at hand for all.
    standard = () if order.side and known.category is Category.IMAGING else known.standard
    where = f", {LEG[order.side]}" if order.side else ""
    resource: Json = {
        "resourceType": "ServiceRequest",
        "id": frame.id_of(f"service-request/{order.code}"),
        "status": "draft",
        "intent": "proposal",
        "priority": order.priority.value,
        "code": {
            "coding": [known.concept.coding("order"), *(code.coding() for code in standard)],
            "text": f"{known.concept.display}{where}",
        },
        "subject": frame.subject,
        "authoredOn": frame.as_of,
        "requester": frame.device,
        "reasonCode": [_reason(order)],
        "supportingInfo": [*supporting, *input_references(order.sources)],
        "note": [{"text": sentences.authority(order.basis, frame.source_of(order.basis))}],
    }
    if known.category.value is not None:
        resource["category"] = [{"coding": [known.category.value.coding()]}]
    if order.side:
        resource["bodySite"] = [{"text": LEG[order.side]}]
    return resource


def _reason(order: Order) -> Json:
    if order.red_flag is None:
        return {"text": order.reason}
    return {"coding": [RED_FLAGS[order.red_flag].coding("red-flag")], "text": order.reason}
