"""Our own check of what leaves: what R4 4.0.1 demands of the elements we emit, and what we demand of ourselves.

The model library checks neither required bindings, nor invariants, nor where a reference leads; this does, for our answers only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from service.errors import OutputError, Problem
from service.fhir.code_systems import MEMBERS
from service.fhir.elements import Json
from service.fhir.terminology.code import LOINC, UCUM, own_system

_ID = re.compile(r"[A-Za-z0-9.-]{1,64}")
_UNITS = frozenset({"%", "{ratio}", "mm[Hg]"})
_BLOOD_PRESSURE_PROFILE = frozenset({"8480-6", "85354-9", "55284-4", "8459-0", "35094-2", "76534-7"})
"""LOINC codes that validators bind to the blood pressure profile, which an ankle pressure cannot satisfy."""

# fmt: off
_ISSUE_TYPES = frozenset({
    "invalid", "structure", "required", "value", "invariant", "security", "login", "unknown", "expired", "forbidden",
    "suppressed", "processing", "not-supported", "duplicate", "multiple-matches", "not-found", "deleted", "too-long",
    "code-invalid", "extension", "too-costly", "business-rule", "conflict", "transient", "lock-error", "no-store",
    "exception", "timeout", "incomplete", "throttled", "informational",
})
# fmt: on
_NAME_TYPES = frozenset(
    {"udi-label-name", "user-friendly-name", "patient-reported-name", "manufacturer-name", "model-name", "other"}
)

# Narrower than the value sets of R4 where we are: an order of ours is never more than a drafted proposal.
_BOUND: Mapping[str, Mapping[str, frozenset[str]]] = {
    "RiskAssessment": {"status": frozenset({"final"})},
    "Observation": {"status": frozenset({"final"})},
    "ServiceRequest": {
        "status": frozenset({"draft"}),
        "intent": frozenset({"proposal"}),
        "priority": frozenset({"routine", "urgent", "asap", "stat"}),
    },
    "GuidanceResponse": {"status": frozenset({"success", "data-required"})},
    "Device": {"status": frozenset({"active", "inactive", "entered-in-error", "unknown"})},
    "Provenance": {},
    "OperationOutcome": {},
    "Parameters": {},
}
_BOUND_INSIDE: Mapping[tuple[str, str], Mapping[str, frozenset[str]]] = {
    ("OperationOutcome", "issue"): {
        "severity": frozenset({"fatal", "error", "warning", "information"}),
        "code": _ISSUE_TYPES,
    },
    ("Provenance", "entity"): {"role": frozenset({"derivation", "revision", "quotation", "source", "removal"})},
    ("Device", "deviceName"): {"type": _NAME_TYPES},
}
_REQUIRED: Mapping[str, tuple[str, ...]] = {
    "RiskAssessment": ("id", "status", "code", "subject", "method", "occurrenceDateTime", "performer"),
    "Observation": ("id", "status", "code", "subject", "bodySite", "category"),
    "ServiceRequest": ("id", "status", "intent", "priority", "code", "subject", "reasonCode", "supportingInfo", "note"),
    "GuidanceResponse": ("id", "status", "moduleUri", "subject"),
    "Device": ("id", "deviceName", "version"),
    "Provenance": ("id", "target", "recorded", "agent"),
    "OperationOutcome": ("id", "issue"),
    "Parameters": ("id", "parameter"),
}


_MAY_BE_EMPTY = frozenset({str, list, dict})


def violations(bundle: Json) -> tuple[str, ...]:
    """What an answer breaks, each with its place; () when it may leave."""
    return tuple(_violations(bundle))


def checked(bundle: Json) -> Json:
    """The same answer. Raises OutputError with every violation when there is one."""
    found = violations(bundle)
    if found:
        raise OutputError([Problem(issue_type="exception", diagnostics=one) for one in found])
    return bundle


def _violations(bundle: Json) -> Iterator[str]:
    entries = bundle["entry"]
    urls = {entry["fullUrl"] for entry in entries}
    if len(urls) < len(entries):
        yield "Bundle.entry: two entries with one fullUrl"
    sent = bundle["type"] == "transaction"
    for number, entry in enumerate(entries):
        resource = entry["resource"]
        resource_type = resource["resourceType"]
        place = f"Bundle.entry[{number}] ({resource_type})"
        if entry["fullUrl"] != f"urn:uuid:{resource.get('id')}":
            yield f"{place}: the fullUrl is not the id's"
        if not _ID.fullmatch(resource.get("id", "")):
            yield f"{place}: the id is not 1 to 64 letters, digits, hyphens and dots"
        if sent != ("request" in entry):
            yield f"{place}: a request belongs to each entry of a transaction, and to no other"
        if resource_type not in _REQUIRED:
            yield f"{place}: not a resource of an answer"
            continue
        if sent and resource_type in ("OperationOutcome", "Parameters"):
            yield f"{place}: no server stores it"
        yield from (f"{place}: {said}" for said in _elements(resource_type, resource))
        yield from (f"{place}: {said}" for said in _everywhere(resource, urls))
        rules = _RULES.get(resource_type)
        if rules is not None:
            yield from (f"{place}: {said}" for said in rules(resource))


def _elements(resource_type: str, resource: Json) -> Iterator[str]:
    for name in _REQUIRED[resource_type]:
        if name not in resource:
            yield f"{name} is missing"
    yield from _bindings(_BOUND[resource_type], resource, "")
    for (holder, element), bound in _BOUND_INSIDE.items():
        if holder == resource_type:
            for number, part in enumerate(resource.get(element, ())):
                yield from _bindings(bound, part, f"{element}[{number}].")


def _bindings(bound: Mapping[str, frozenset[str]], holder: Json, place: str) -> Iterator[str]:
    for name, codes in bound.items():
        if holder.get(name) not in codes:
            yield f"{place}{name} is {holder.get(name)!r}, which is none of {', '.join(sorted(codes))}"


def _risk_assessment(resource: Json) -> Iterator[str]:
    for number, prediction in enumerate(resource.get("prediction", ())):
        place = f"prediction[{number}]"
        if "qualitativeRisk" not in prediction:
            yield f"{place}: no qualitativeRisk"
        if "probabilityDecimal" in prediction and "probabilityRange" in prediction:
            yield f"{place}: two of probability[x]"
        if not 0 <= prediction.get("probabilityDecimal", 0) <= 100:
            yield f"{place}: ras-2, a probability is a percentage from 0 to 100"
        spread = prediction.get("probabilityRange", {})
        for end in (spread[name] for name in ("low", "high") if name in spread):
            if end.get("system") != UCUM or end.get("code") != "%":
                yield f"{place}: ras-1, both ends of a range are in UCUM %"


def _service_request(resource: Json) -> Iterator[str]:
    codings = resource.get("code", {}).get("coding", [{}])
    if codings[0].get("system") != _ORDER_SYSTEM:
        yield "the first code is not one of our order codes"
    if "orderDetail" in resource and "code" not in resource:
        yield "prr-1, details of an order without its code"


def _observation(resource: Json) -> Iterator[str]:
    valued = _value(resource)
    if valued and "dataAbsentReason" in resource:
        yield "obs-6, both a value and a reason for its absence"
    if not valued and "dataAbsentReason" not in resource:
        yield "neither a value nor a reason for its absence"
    own = {(coding["system"], coding["code"]) for coding in resource.get("code", {}).get("coding", ())}
    for number, part in enumerate(resource.get("component", ())):
        if valued and any((coding["system"], coding["code"]) in own for coding in part["code"]["coding"]):
            yield f"component[{number}]: obs-7, the code of the Observation itself, which has a value"
        if _value(part) == ("dataAbsentReason" in part):
            yield f"component[{number}]: a value or a reason for its absence, one of them"


def _value(holder: Json) -> bool:
    return any(name.startswith("value") for name in holder)


_ORDER_SYSTEM = own_system("order")
_RULES: Mapping[str, Callable[[Json], Iterator[str]]] = {
    "RiskAssessment": _risk_assessment,
    "ServiceRequest": _service_request,
    "Observation": _observation,
}


def _everywhere(resource: Json, urls: set[str]) -> list[str]:
    """What holds for every element: nothing empty, references that lead somewhere, codes that exist, ranges the right way round."""
    found: list[str] = []
    waiting: list[Any] = [resource]
    while waiting:
        node = waiting.pop()
        if type(node) is list:
            waiting += [child for child in node if type(child) is dict]
            continue
        for name, child in node.items():
            kind = type(child)
            if kind is dict or kind is list:
                waiting.append(child)
            if child is None or (kind in _MAY_BE_EMPTY and not child):
                found.append(f"{name} is empty")
        if "system" in node:
            found += _coding(node["system"], node.get("code"))
        elif "reference" in node:
            if node["reference"].startswith("urn:") and node["reference"] not in urls:
                found.append(f"{node['reference']} leads nowhere in this Bundle")
        elif "low" in node and node["low"]["value"] > node["high"]["value"]:
            found.append(f"the low end {node['low']['value']} is above the high end {node['high']['value']}")
    return found


def _coding(system: str, code: str | None) -> Iterator[str]:
    if system in MEMBERS:
        if code not in MEMBERS[system]:
            yield f"{code} is no code of {system}"
    elif system == UCUM:
        if code not in _UNITS:
            yield f"{code} is none of our UCUM units"
    elif system == LOINC and code in _BLOOD_PRESSURE_PROFILE:
        yield f"LOINC {code} asks for the blood pressure profile"
