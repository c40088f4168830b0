"""Our own check of a CarePlan before it leaves. Its orders and what they rest on were checked with the answer they are taken from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from service.errors import OutputError, Problem
from service.fhir.elements import Json
from service.fhir.output_check import everywhere


def plan_violations(plan: Json) -> tuple[str, ...]:
    """What a CarePlan breaks: of the rules for every element, and of those for contained resources (dom-2, dom-3); () when it may leave."""
    found: list[str] = []
    everywhere(plan, set(), found)
    contained = [resource["id"] for resource in plan["contained"]]
    if len(set(contained)) < len(contained):
        found.append("two contained resources with one id")
    pointed = {reference[1:] for reference in _references(plan) if reference.startswith("#")}
    found += [f"#{lost} is not contained" for lost in sorted(pointed - set(contained))]
    found += [f"dom-3, nothing refers to the contained {unused}" for unused in sorted(set(contained) - pointed)]
    found += [f"dom-2, {resource['id']} contains a resource" for resource in plan["contained"] if "contained" in resource]
    for resource in (plan, *plan["contained"]):
        if resource["resourceType"] in ("CarePlan", "RequestGroup") and (resource["status"], resource["intent"]) != (
            "draft",
            "proposal",
        ):
            found.append(f"the {resource['resourceType']} is more than a drafted proposal")
    return tuple(found)


def checked_plan(plan: Json) -> Json:
    """The same CarePlan. Raises OutputError with every violation when there is one."""
    found = plan_violations(plan)
    if found:
        raise OutputError([Problem(issue_type="exception", diagnostics=f"CarePlan: {one}") for one in found])
    return plan


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("reference"), str):
            yield value["reference"]
        for child in value.values():
            yield from _references(child)
    elif isinstance(value, list):
        for child in value:
            yield from _references(child)
