"""What is demanded of each type of resource that leaves: its elements, the codes they may have, and the invariants of R4 4.0.1 that touch them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import NamedTuple

from service.fhir.diagnostic_report import report_rules
from service.fhir.elements import Json
from service.fhir.terminology.code import UCUM, own_system

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


class Demands(NamedTuple):
    """What is demanded of one type of resource."""

    required: tuple[str, ...]
    bound: tuple[tuple[str, frozenset[str]], ...] = ()
    """The codes that an element may have."""
    bound_inside: tuple[tuple[str, str, frozenset[str]], ...] = ()
    """Element, name and codes: those that the name may have in every one of a repeating element."""
    rules: Callable[[Json, list[str]], None] | None = None


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
    # Only beside a value the code of a component may not be the Observation's own.
    own = _coded(resource.get("code", {})) if valued else frozenset()
    for number, part in enumerate(parts):
        if own and not own.isdisjoint(_coded(part["code"])):
            found.append(f"component[{number}]: obs-7, the code of the Observation itself, which has a value")
        if _VALUES.isdisjoint(part) != ("dataAbsentReason" in part):
            found.append(f"component[{number}]: a value or a reason for its absence, one of them")


def _coded(concept: Json) -> frozenset[tuple[str, str]]:
    return frozenset([(coding["system"], coding["code"]) for coding in concept.get("coding", ())])


# Narrower than the value sets of R4 where we are: an order of ours is never more than a drafted proposal.
DEMANDS: Mapping[str, Demands] = {
    "RiskAssessment": Demands(
        required=("id", "status", "code", "subject", "method", "occurrenceDateTime", "performer"),
        bound=(("status", frozenset({"final"})),),
        rules=_risk_assessment,
    ),
    "Observation": Demands(
        required=("id", "status", "code", "subject", "bodySite", "category"),
        bound=(("status", frozenset({"final"})),),
        rules=_observation,
    ),
    "ServiceRequest": Demands(
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
    "DiagnosticReport": Demands(
        required=("id", "status", "category", "code", "subject", "effectiveDateTime", "issued", "conclusion", "presentedForm"),
        bound=(("status", frozenset({"preliminary"})),),
        rules=report_rules,
    ),
    "GuidanceResponse": Demands(
        required=("id", "status", "moduleUri", "subject"),
        bound=(("status", frozenset({"success", "data-required"})),),
    ),
    "Device": Demands(
        required=("id", "deviceName", "version"),
        bound=(("status", frozenset({"active", "inactive", "entered-in-error", "unknown"})),),
        bound_inside=(("deviceName", "type", _NAME_TYPES),),
    ),
    "Provenance": Demands(
        required=("id", "target", "recorded", "agent"),
        bound_inside=(("entity", "role", frozenset({"derivation", "revision", "quotation", "source", "removal"})),),
    ),
    "OperationOutcome": Demands(
        required=("id", "issue"),
        bound_inside=(
            ("issue", "severity", frozenset({"fatal", "error", "warning", "information"})),
            ("issue", "code", ISSUE_TYPES),
        ),
    ),
    "Parameters": Demands(required=("id", "parameter")),
}
