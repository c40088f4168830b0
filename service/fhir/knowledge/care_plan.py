"""The answer to PlanDefinition/$apply: one CarePlan that contains the RequestGroup, its orders and everything they rest on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from service.clinical.assessment import Assessment, Order, Priority
from service.evidence.intended_use import INTENDED_USE
from service.evidence.loader import Evidence
from service.fhir.elements import Json
from service.fhir.identity import full_url, resource_id
from service.fhir.knowledge.definition_parts import PLAN, canonical, documentation, knowledge_version
from service.fhir.knowledge.plan_definition import CREATE
from service.fhir.service_request import in_answer_order
from service.fhir.terminology.own import RED_FLAGS

_URN = full_url("")
_URGENCY = tuple(Priority)
# A Provenance says of entries of a Bundle where they come from; here there are none, and the author of the plan is the same Device.
_LEFT_OUT = frozenset(("Provenance",))


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """In what context a plan is applied, as literal references; "" and () where it is not said."""

    encounter: str = ""
    contributors: tuple[str, ...] = ()


def care_plan(answer: Json, assessment: Assessment, evidence: Evidence, *, digest: str, context: Context) -> Json:
    """The CarePlan of one assessment. `answer`: its Bundle of type transaction, `digest` that of the input.

    Every resource of the answer keeps its id and content; references between them become internal ones. A CarePlan without orders has a RequestGroup
    without actions: what was found, and what is missing, is in it all the same.
    """
    resources = [entry["resource"] for entry in answer["entry"] if entry["resource"]["resourceType"] not in _LEFT_OUT]
    requests = [resource for resource in resources if resource["resourceType"] == "ServiceRequest"]
    device = next(resource for resource in resources if resource["resourceType"] == "Device")
    basis = [resource for resource in resources if resource["resourceType"] not in ("ServiceRequest", "Device")]
    subject = basis[0]["subject"]
    plan = canonical("PlanDefinition", PLAN, knowledge_version(evidence.version))
    group: Json = {
        "resourceType": "RequestGroup",
        "id": resource_id(digest, "request-group"),
        "instantiatesCanonical": [plan],
        "status": "draft",
        "intent": "proposal",
        "subject": subject,
        "authoredOn": answer["timestamp"],
        "author": _internal(device),
    }
    orders = in_answer_order(assessment.orders)
    if orders:
        group["priority"] = min((order.priority for order in orders), key=_URGENCY.index).value
        group["action"] = [_action(order, request, evidence) for order, request in zip(orders, requests, strict=True)]
    if assessment.red_flags:
        raised = dict.fromkeys(flag.code for flag in assessment.red_flags)
        group["reasonCode"] = [{"coding": [RED_FLAGS[code].coding("red-flag")]} for code in raised]
    resource: Json = {
        "resourceType": "CarePlan",
        "id": resource_id(digest, "care-plan"),
        "contained": [group, *(_contained(one) for one in (*requests, *basis, device))],
        "instantiatesCanonical": [plan],
        "status": "draft",
        "intent": "proposal",
        "title": "Leg pain on walking: proposed next steps",
        "description": f"{_counted(orders)} {INTENDED_USE}",
        "subject": subject,
        "created": answer["timestamp"],
        "author": _internal(device),
        "supportingInfo": [_internal(one) for one in basis],
        "activity": [{"reference": _internal(group)}],
    }
    if context.encounter:
        group["encounter"] = resource["encounter"] = {"reference": context.encounter}
    if context.contributors:
        resource["contributor"] = [{"reference": one} for one in context.contributors]
    return resource


def _action(order: Order, request: Json, evidence: Evidence) -> Json:
    return {
        "title": request["code"]["text"],
        "description": order.reason,
        "priority": order.priority.value,
        "code": [request["code"]],
        "documentation": documentation(order.basis, evidence),
        "type": CREATE,
        "resource": _internal(request),
    }


def _counted(orders: Sequence[Order]) -> str:
    """How much is proposed, in a sentence."""
    if not orders:
        return "No order is proposed; what was found and what is missing stands in the resources this plan rests on."
    return f"{len(orders)} {'order' if len(orders) == 1 else 'orders'} proposed, each a draft that a clinician must still sign."


def _internal(resource: Json) -> Json:
    return {"reference": f"#{resource['id']}"}


def _contained(value: Any) -> Any:
    """A copy with its references to entries of the answer as references to contained resources. What is shared by all answers stays as it is."""
    if isinstance(value, dict):
        return {name: _pointed(child) if name == "reference" else _contained(child) for name, child in value.items()}
    return [_contained(item) for item in value] if isinstance(value, list) else value


def _pointed(reference: Any) -> Any:
    return (
        f"#{reference.removeprefix(_URN)}" if isinstance(reference, str) and reference.startswith(_URN) else _contained(reference)
    )
