"""By what a server, and we, know a resource of ours again once it is stored under an id of the server's."""

from __future__ import annotations

from typing import Any

from service.fhir.elements import Json, dicts
from service.fhir.terminology.code import BASE

ANSWER_SYSTEM = f"{BASE}/NamingSystem/answer"
"""Of identifiers and tags. The value is the id that the resource has in our answer: the same input, the same value."""
_WITHOUT_IDENTIFIER = frozenset(("Provenance",))


def identified(resource: Json) -> Json:
    """A copy with its identifier; what has one, and what R4 gives none, as it is."""
    if "identifier" in resource or resource["resourceType"] in _WITHOUT_IDENTIFIER:
        return resource
    found: Json = {"resourceType": resource["resourceType"], "id": resource["id"]}
    return found | {"identifier": [{"system": ANSWER_SYSTEM, "value": resource["id"]}]} | resource


def tagged(resource: Json) -> Json:
    """A copy with the same in its tags, for servers that search those and not the identifiers."""
    return {**resource, "meta": {"tag": [{"system": ANSWER_SYSTEM, "code": resource["id"]}]}}


def is_ours(resource: Json) -> bool:
    """Whether a resource is an answer of this service's. A form is not: its answers are a clinician's, whoever wrote it down."""
    if resource.get("resourceType") == "QuestionnaireResponse":
        return False
    if "identifier" in resource and _names_us(resource["identifier"]):
        return True
    meta = resource.get("meta")
    return isinstance(meta, dict) and "tag" in meta and _names_us(meta["tag"])


def _names_us(named: Any) -> bool:
    return ANSWER_SYSTEM in [one.get("system") for one in dicts(named)]
