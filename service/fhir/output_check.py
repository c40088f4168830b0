"""Our own check of what leaves: what R4 4.0.1 demands of the elements we emit, and what we demand of ourselves.

The model library checks neither required bindings, nor invariants, nor where a reference leads; this does, for our answers only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from service.errors import OutputError, Problem
from service.fhir.code_systems import MEMBERS
from service.fhir.diagnostic_report import report_rules
from service.fhir.elements import Json
from service.fhir.terminology.code import LOINC, UCUM, own_system

_ID = re.compile(r"[A-Za-z0-9.-]{1,64}")
_UNITS = frozenset({"%", "{ratio}", "mm[Hg]"})
_BLOOD_PRESSURE_PROFILE = frozenset({"8480-6", "85354-9", "55284-4", "8459-0", "35094-2", "76534-7"})
"""LOINC codes that validators bind to the blood pressure profile, which an ankle pressure cannot satisfy."""

# fmt: off
ISSUE_TYPES = frozenset({
    "invalid", "structure", "required", "value", "invariant", "security", "login", "unknown", "expired", "forbidden",
    "suppressed", "processing", "not-supported", "duplicate", "multiple-matches", "not-found", "deleted", "too-long",
    "code-invalid", "extension", "too-costly", "business-rule", "conflict", "transient", "lock-error", "no-store",
    "exception", "timeout", "incomplete", "throttled", "informational",
})
_VALUES = frozenset({
    "valueQuantity", "valueCodeableConcept", "valueString", "valueBoolean", "valueInteger", "valueRange", "valueRatio",
    "valueSampledData", "valueTime", "valueDateTime", "valuePeriod",
})
# fmt: on
_NAME_TYPES = frozenset(
    {"udi-label-name", "user-friendly-name", "patient-reported-name", "manufacturer-name", "model-name", "other"}
)
_LEAST, _MOST = Decimal(0), Decimal(100)
_ORDER_SYSTEM = own_system("order")
_LISTED: Mapping[str, frozenset[str]] = {**MEMBERS, UCUM: _UNITS}
"""Systems of which every code that may leave is known."""
_KIND_OF_CODE: Mapping[str, str] = {system: f"no code of {system}" for system in MEMBERS} | {UCUM: "none of our UCUM units"}


def violations(bundle: Json) -> tuple[str, ...]:
    """What an answer breaks, each with its place; () when it may leave."""
    found: list[str] = []
    entries = bundle["entry"]
    urls = {entry["fullUrl"] for entry in entries}
    if len(urls) < len(entries):
        found.append("Bundle.entry: two entries with one fullUrl")
    sent = bundle["type"] == "transaction"
    for number, entry in enumerate(entries):
        said = _entry(entry, urls, sent=sent)
        if said:
            place = f"Bundle.entry[{number}] ({entry['resource']['resourceType']})"
            found += [f"{place}: {one}" for one in said]
    return tuple(found)


def checked(bundle: Json) -> Json:
    """The same answer. Raises OutputError with every violation when there is one."""
    found = violations(bundle)
    if found:
        raise OutputError([Problem(issue_type="exception", diagnostics=one) for one in found])
    return bundle


def _entry(entry: Json, urls: set[str], *, sent: bool) -> list[str]:
    resource = entry["resource"]
    resource_type = resource["resourceType"]
    found: list[str] = []
    if entry["fullUrl"] != f"urn:uuid:{resource.get('id')}":
        found.append("the fullUrl is not the id's")
    if not _ID.fullmatch(resource.get("id", "")):
        found.append("the id is not 1 to 64 letters, digits, hyphens and dots")
    if sent != ("request" in entry):
        found.append("a request belongs to each entry of a transaction, and to no other")
    demands = _DEMANDS.get(resource_type)
    if demands is None:
        return [*found, "not a resource of an answer"]
    if sent and resource_type in ("OperationOutcome", "Parameters"):
        found.append("no server stores it")
    for name in demands.required:
        if name not in resource:
            found.append(f"{name} is missing")
    for name, codes in demands.bound:
        if resource.get(name) not in codes:
            found.append(_unbound(name, resource.get(name), codes))
    for element, name, codes in demands.bound_inside:
        for number, part in enumerate(resource.get(element, ())):
            if part.get(name) not in codes:
                found.append(_unbound(f"{element}[{number}].{name}", part.get(name), codes))
    everywhere(resource, urls, found)
    if demands.rules is not None:
        demands.rules(resource, found)
    return found


def _unbound(place: str, code: object, codes: frozenset[str]) -> str:
    return f"{place} is {code!r}, which is none of {', '.join(sorted(codes))}"


def everywhere(resource: Json, urls: set[str], found: list[str]) -> None:
    """Add to `found` what breaks a rule for every element: nothing empty, references that lead somewhere, codes that exist, ranges the right way round."""
    waiting: list[Any] = [resource]
    wait_for = waiting.append
    # The list grows while it is read, until it has held every object below the resource. What has a system (Coding, Quantity, Identifier)
    # holds plain values only in our answers and is not searched further: that is a third of all there is.
    for node in waiting:
        if type(node) is not dict:
            continue
        if "system" in node:
            system, code = node["system"], node.get("code")
            listed = _LISTED.get(system)
            if listed is None:
                if code in _BLOOD_PRESSURE_PROFILE and system == LOINC:
                    found.append(f"LOINC {code} asks for the blood pressure profile")
            elif code not in listed:
                found.append(f"{code} is {_KIND_OF_CODE[system]}")
            if all(node.values()):
                continue
        elif type(reference := node.get("reference")) is str:
            if reference not in urls and reference.startswith("urn:"):
                found.append(f"{reference} leads nowhere in this Bundle")
            if reference and len(node) == 1:
                continue
        elif "low" in node and node["low"]["value"] > node["high"]["value"]:
            found.append(f"the low end {node['low']['value']} is above the high end {node['high']['value']}")
        for child in node.values():
            kind = type(child)
            if kind is str:
                if child:
                    continue
            elif kind is dict:
                if child:
                    wait_for(child)
                    continue
            elif kind is list:
                if child:
                    waiting += child
                    continue
            elif child is not None:
                continue
            found.append(f"{next(name for name in node if node[name] is child)} is empty")


def _risk_assessment(resource: Json, found: list[str]) -> None:
    for number, prediction in enumerate(resource.get("prediction", ())):
        place = f"prediction[{number}]"
        if "qualitativeRisk" not in prediction:
            found.append(f"{place}: no qualitativeRisk")
        if "probabilityDecimal" in prediction and "probabilityRange" in prediction:
            found.append(f"{place}: two of probability[x]")
        if not _LEAST <= prediction.get("probabilityDecimal", _LEAST) <= _MOST:
            found.append(f"{place}: ras-2, a probability is a percentage from 0 to 100")
        spread = prediction.get("probabilityRange", {})
        for name in ("low", "high"):
            if name in spread and (spread[name].get("system") != UCUM or spread[name].get("code") != "%"):
                found.append(f"{place}: ras-1, both ends of a range are in UCUM %")


def _service_request(resource: Json, found: list[str]) -> None:
    codings = resource.get("code", {}).get("coding", [{}])
    if codings[0].get("system") != _ORDER_SYSTEM:
        found.append("the first code is not one of our order codes")
    if "orderDetail" in resource and "code" not in resource:
        found.append("prr-1, details of an order without its code")


def _observation(resource: Json, found: list[str]) -> None:
    valued = not _VALUES.isdisjoint(resource)
    if valued and "dataAbsentReason" in resource:
        found.append("obs-6, both a value and a reason for its absence")
    if not valued and "dataAbsentReason" not in resource:
        found.append("neither a value nor a reason for its absence")
    parts = resource.get("component")
    if parts is None:
        return
    own = {(coding["system"], coding["code"]) for coding in resource.get("code", {}).get("coding", ())}
    for number, part in enumerate(parts):
        for coding in part["code"]["coding"]:
            if valued and (coding["system"], coding["code"]) in own:
                found.append(f"component[{number}]: obs-7, the code of the Observation itself, which has a value")
                break
        if _VALUES.isdisjoint(part) != ("dataAbsentReason" in part):
            found.append(f"component[{number}]: a value or a reason for its absence, one of them")


class _Demands(NamedTuple):
    """What is demanded of one type of resource."""

    required: tuple[str, ...]
    bound: tuple[tuple[str, frozenset[str]], ...] = ()
    """The codes that an element may have."""
    bound_inside: tuple[tuple[str, str, frozenset[str]], ...] = ()
    """Element, name and codes: those that the name may have in every one of a repeating element."""
    rules: Callable[[Json, list[str]], None] | None = None


# Narrower than the value sets of R4 where we are: an order of ours is never more than a drafted proposal.
_DEMANDS: Mapping[str, _Demands] = {
    "RiskAssessment": _Demands(
        required=("id", "status", "code", "subject", "method", "occurrenceDateTime", "performer"),
        bound=(("status", frozenset({"final"})),),
        rules=_risk_assessment,
    ),
    "Observation": _Demands(
        required=("id", "status", "code", "subject", "bodySite", "category"),
        bound=(("status", frozenset({"final"})),),
        rules=_observation,
    ),
    "ServiceRequest": _Demands(
        required=(
            "id",
            "instantiatesCanonical",
            "status",
            "intent",
            "priority",
            "code",
            "subject",
            "reasonCode",
            "supportingInfo",
            "note",
        ),
        bound=(
            ("status", frozenset({"draft"})),
            ("intent", frozenset({"proposal"})),
            ("priority", frozenset({"routine", "urgent", "asap", "stat"})),
        ),
        rules=_service_request,
    ),
    "DiagnosticReport": _Demands(
        required=("id", "status", "category", "code", "subject", "effectiveDateTime", "issued", "conclusion", "presentedForm"),
        bound=(("status", frozenset({"preliminary"})),),
        rules=report_rules,
    ),
    "GuidanceResponse": _Demands(
        required=("id", "status", "moduleUri", "subject"),
        bound=(("status", frozenset({"success", "data-required"})),),
    ),
    "Device": _Demands(
        required=("id", "deviceName", "version"),
        bound=(("status", frozenset({"active", "inactive", "entered-in-error", "unknown"})),),
        bound_inside=(("deviceName", "type", _NAME_TYPES),),
    ),
    "Provenance": _Demands(
        required=("id", "target", "recorded", "agent"),
        bound_inside=(("entity", "role", frozenset({"derivation", "revision", "quotation", "source", "removal"})),),
    ),
    "OperationOutcome": _Demands(
        required=("id", "issue"),
        bound_inside=(
            ("issue", "severity", frozenset({"fatal", "error", "warning", "information"})),
            ("issue", "code", ISSUE_TYPES),
        ),
    ),
    "Parameters": _Demands(required=("id", "parameter")),
}
