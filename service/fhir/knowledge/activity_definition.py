"""ActivityDefinitions: one for each order code, as our ServiceRequests instantiate it."""

from __future__ import annotations

from service import __version__
from service.evidence.intended_use import INTENDED_USE
from service.fhir.elements import Json
from service.fhir.knowledge.definition_parts import heading, patient_subject
from service.fhir.service_request import order_concept
from service.fhir.terminology.orders import ORDERS

ACTIVITY_IDS: tuple[str, ...] = tuple(ORDERS)


def activity_definition(order: str) -> Json | None:
    """The ActivityDefinition of an order code; None when there is no such order.

    It has no priority: how urgent an order is follows from the rule that calls for it. R4 has no category of an activity, so the one that
    the ServiceRequest gets stands in `topic`.
    """
    if order not in ORDERS:
        return None
    concept, category = ORDERS[order].concept, ORDERS[order].category
    resource: Json = {
        **heading("ActivityDefinition", order, version=__version__, title=concept.display, description=concept.definition),
        "experimental": False,
        "subjectCodeableConcept": patient_subject(),
        "usage": f"Proposed, never ordered: signing it is a clinician's act. {INTENDED_USE}",
        "kind": "ServiceRequest",
        "code": order_concept(order),
        "intent": "proposal",
    }
    if category.value is not None:
        resource["topic"] = [{"coding": [category.value.coding()]}]
    return resource
