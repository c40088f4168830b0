"""The PlanDefinition `claudication`: every red-flag rule and every rule of the table of next steps as an action, from the evidence files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from service.evidence.conditions import Condition
from service.evidence.intended_use import INTENDED_USE
from service.evidence.loader import Evidence
from service.evidence.recommendations import OrderRule
from service.evidence.red_flags import FlagOrder, RedFlagRule
from service.fhir.elements import Json
from service.fhir.knowledge.definition_parts import (
    LOGIC,
    PLAN,
    activity_canonical,
    canonical,
    citation_artifact,
    documentation,
    expression,
    heading,
    knowledge_version,
    patient_subject,
)
from service.fhir.service_request import order_concept
from service.fhir.terminology.code import Code
from service.fhir.terminology.orders import ORDERS
from service.fhir.terminology.own import RED_FLAGS

PLAN_IDS = (PLAN,)

CREATE: Json = {"coding": [Code("http://terminology.hl7.org/CodeSystem/action-type", "create", "Create").coding()]}
"""The type of an action that proposes something. Shared: not to be changed."""
_RULES = Code("http://terminology.hl7.org/CodeSystem/plan-definition-type", "eca-rule", "ECA Rule")
_USAGE = (
    "Evaluate red-flags first, then the other groups. Of several actions that propose one order, propose it once, at the most urgent priority. "
    "An action of the group withheld only says why its order is not proposed; where another action proposes that order, the proposal stands. "
    "What is not known never counts as no. Conditions speak of the facts that the Library lists, in the language its documentation explains."
)


def plan_definition(plan_id: str, evidence: Evidence) -> Json | None:
    """The PlanDefinition with this id; None when there is none. Action ids are rule ids, with the side of a rule that is read once a side."""
    if plan_id not in PLAN_IDS:
        return None
    rules = evidence.recommendations.rules
    version = knowledge_version(evidence.version)
    groups = (
        _group("red-flags", "Red flags", "What must not wait, each with its orders.", _flag_actions(evidence)),
        _group(
            "proposals",
            "Next steps",
            "Tests, referrals and care that findings call for.",
            [_proposal(rule, evidence) for rule in rules if rule.order and not rule.withhold],
        ),
        _group(
            "withheld",
            "Considered and not proposed",
            "Why an order that might be expected is not proposed.",
            [_withheld(rule, evidence) for rule in rules if rule.withhold],
        ),
        _group(
            "advice", "Advice", "What is said and ordered by nobody.", [_said(rule, evidence) for rule in rules if not rule.order]
        ),
    )
    return {
        **heading(
            "PlanDefinition",
            PLAN,
            version=version,
            title="Leg pain on walking: red flags and next steps",
            description=f"The rules by which orders are proposed for leg pain on walking. {INTENDED_USE}",
        ),
        "experimental": False,
        "type": {"coding": [_RULES.coding()]},
        "subjectCodeableConcept": patient_subject(),
        "usage": _USAGE,
        "lastReviewDate": max(citation.checked for citation in evidence.citations.values()),
        "relatedArtifact": [citation_artifact(evidence.citations[key]) for key in _cited(evidence)],
        "library": [canonical("Library", LOGIC, version)],
        "action": list(groups),
    }


def _cited(evidence: Evidence) -> Sequence[str]:
    bases = [rule.basis for rule in evidence.red_flags] + [rule.basis for rule in evidence.recommendations.rules]
    return tuple(dict.fromkeys(basis.citation for basis in bases))


def _group(action_id: str, title: str, description: str, actions: Sequence[Json]) -> Json:
    return {
        "id": action_id,
        "title": title,
        "description": description,
        "groupingBehavior": "logical-group",
        "selectionBehavior": "any",
        "requiredBehavior": "could",
        "action": list(actions),
    }


def _flag_actions(evidence: Evidence) -> list[Json]:
    return [_flag(rule, evidence) for rule in evidence.red_flags]


def _flag(rule: RedFlagRule, evidence: Evidence) -> Json:
    action_id = f"{rule.id}-{rule.side}" if rule.side else rule.id
    concept = RED_FLAGS[rule.flag]
    coded: Json = {"coding": [concept.coding("red-flag")]}
    action: Json = {
        "id": action_id,
        "title": f"{concept.display}, {rule.side} leg" if rule.side else concept.display,
        "description": rule.text,
        "priority": rule.priority,
        "code": [coded],
        "documentation": documentation(rule.basis, evidence),
        "condition": list(_applicable(rule.when)),
    }
    if rule.orders:
        action["action"] = [_flag_order(order, rule, action_id, coded) for order in rule.orders]
    return action


def _flag_order(order: FlagOrder, rule: RedFlagRule, flag_id: str, flag: Json) -> Json:
    action: Json = {
        "id": f"{flag_id}.{order.order}",
        "title": ORDERS[order.order].concept.display,
        "description": order.reason,
        "priority": rule.priority,
        "code": [order_concept(order.order)],
        "reason": [flag],
        "type": CREATE,
        "definitionCanonical": activity_canonical(order.order),
    }
    if order.when is not None:
        action["condition"] = list(_applicable(order.when))
    return action


def _proposal(rule: OrderRule, evidence: Evidence) -> Json:
    return {
        **_said(rule, evidence, title=ORDERS[rule.order].concept.display),
        "priority": rule.priority,
        "code": [order_concept(rule.order)],
        "reason": [{"text": rule.reason}],
        "type": CREATE,
        "definitionCanonical": activity_canonical(rule.order),
    }


def _withheld(rule: OrderRule, evidence: Evidence) -> Json:
    title = f"Not proposed: {ORDERS[rule.order].concept.display}"
    return {**_said(rule, evidence, title=title), "code": [order_concept(rule.order)]}


def _said(rule: OrderRule, evidence: Evidence, *, title: str = "Advice") -> Json:
    return {
        "id": rule.id,
        "prefix": rule.row,
        "title": title,
        "description": rule.reason,
        "documentation": documentation(rule.basis, evidence),
        "condition": list(_applicable(rule.when)),
    }


def _applicable(condition: Condition) -> Iterator[Json]:
    yield {"kind": "applicability", "expression": expression(condition)}
