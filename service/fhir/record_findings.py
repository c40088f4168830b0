"""Readers of the rest of the record: orders already open, studies already done, family history; what is not read yet is said to be so."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from service.clinical.assessment import OpenOrder, Priority
from service.clinical.data_issues import IssueCode
from service.clinical.findings import Finding, FindingValue
from service.clinical.vocabulary import VOCABULARY, Kind
from service.fhir.elements import Json, codings, dicts, effective, moment
from service.fhir.reading import Context, Entry, Read, Reader
from service.fhir.remarks import remark
from service.fhir.terminology.code import own_system
from service.fhir.terminology.disorders import disorders_of
from service.fhir.terminology.recorded_orders import ORDER_OF

_PRIORITIES = {priority.value: priority for priority in Priority}
_OPEN = frozenset({"draft", "active", "on-hold"})
_REPORTED = frozenset({"final", "amended", "corrected", "appended"})
_NOT_SO = frozenset({"refuted", "entered-in-error", "unconfirmed"})
_ORDER_SYSTEM = own_system("order")


def read_service_request(entry: Entry, context: Context) -> Read:
    """An open order, whatever its intent: a plan or a proposal that stands need not be proposed again."""
    orders = _orders(entry.resource.get("code"), context)
    if not orders:
        return _nothing(
            entry, "code", "ServiceRequest.code is not one of the orders this service proposes; nothing was concluded from it"
        )
    status = entry.resource.get("status")
    if entry.resource.get("doNotPerform") is True:
        return _excluded(
            entry,
            "doNotPerform",
            f"{orders[0]}: the ServiceRequest asks that it not be done, so it does not count as an open order",
        )
    if status not in _OPEN:
        return _excluded(
            entry, "status", f"{orders[0]}: ServiceRequest.status is {status}, so it does not count as an open order"
        )
    authored = moment(entry.resource.get("authoredOn"))
    at = authored[0] if authored else None
    priority = _PRIORITIES.get(str(entry.resource.get("priority")), Priority.ROUTINE)
    return Read(
        open_orders=tuple(OpenOrder(code=order, source=entry.reference, authored_at=at, priority=priority) for order in orders)
    )


def read_diagnostic_report(entry: Entry, context: Context) -> Read:
    """A study already done, with its date; how long it counts is for the reasoning to say. What the report concludes is not read."""
    orders = _orders(entry.resource.get("code"), context)
    if not orders:
        return _nothing(
            entry, "code", "DiagnosticReport.code is not one of the studies this service proposes; nothing was concluded from it"
        )
    status = entry.resource.get("status")
    if status not in _REPORTED:
        return _excluded(
            entry, "status", f"{orders[0]}: DiagnosticReport.status is {status}, so the study does not count as done"
        )
    when = effective(entry.resource)
    at = when[0] if when else None
    return Read(open_orders=tuple(OpenOrder(code=order, source=entry.reference, authored_at=at, done=True) for order in orders))


def read_procedure(entry: Entry, context: Context) -> Read:
    """A finding where the deployment maps the procedure to one, for example a bypass of the right leg."""
    status = entry.resource.get("status")
    findings = _mapped_findings(entry, context, _first_moment(entry.resource, "performedDateTime", "performedPeriod"))
    if not findings:
        return _nothing(
            entry, "code", "Procedures are read through the mapping file only, and it names none of the codes of Procedure.code"
        )
    if status != "completed":
        return _excluded(entry, "status", f"{findings[0].code}: Procedure.status is {status}, so it was not used")
    return Read(findings=findings)


def read_allergy(entry: Entry, context: Context) -> Read:
    """A finding (an allergy to contrast) where the deployment maps the substance to one: no substance code is read without."""
    findings = _mapped_findings(entry, context, _first_moment(entry.resource, "recordedDate", "onsetPeriod"))
    if not findings:
        return _nothing(
            entry,
            "code",
            "Allergies are read through the mapping file only, and it names none of the codes of AllergyIntolerance.code",
        )
    verification = next((code for _, code in codings(entry.resource.get("verificationStatus"))), "")
    clinical = next((code for _, code in codings(entry.resource.get("clinicalStatus"))), "")
    if verification in _NOT_SO or clinical == "resolved":
        said = f"{findings[0].code}: AllergyIntolerance is {verification or 'not verified'}, {clinical or 'no clinical status'}, so it was not used"
        return _excluded(entry, "verificationStatus", said)
    return Read(findings=findings)


def read_family_history(entry: Entry, _: Context) -> Read:
    """Peripheral artery disease of a relative; nothing else in a family history is read."""
    status = entry.resource.get("status")
    stated = any(
        claim.finding == "known-pad"
        for condition in dicts(entry.resource.get("condition"))
        for system, code in codings(condition.get("code"))
        for recorded in disorders_of(system, code)
        for claim in recorded.disorder.claims
    )
    if not stated:
        return _nothing(
            entry, "condition", "FamilyMemberHistory names no peripheral artery disease; nothing was concluded from it"
        )
    if status not in ("partial", "completed"):
        return _excluded(entry, "status", f"family-history-pad: FamilyMemberHistory.status is {status}, so it was not used")
    at = moment(entry.resource.get("date"))
    return Read(
        findings=(Finding(code="family-history-pad", value=True, source=entry.reference, recorded_at=at[0] if at else None),)
    )


def read_device(entry: Entry, _: Context) -> Read:
    """Nothing: whether an implant is safe in MRI is not in the resource, and guessing either way does harm."""
    return _nothing(
        entry,
        "type" if entry.resource_type == "Device" else "device",
        "Whether a device is safe in MRI is not recorded in it, so nothing was concluded; record mri-contraindicated after checking the device",
    )


READERS: Mapping[str, Reader] = {
    "ServiceRequest": read_service_request,
    "DiagnosticReport": read_diagnostic_report,
    "Procedure": read_procedure,
    "AllergyIntolerance": read_allergy,
    "FamilyMemberHistory": read_family_history,
    "Device": read_device,
    "DeviceUseStatement": read_device,
}
"""By resource type; each takes only resources of its own type."""


def _orders(concept: object, context: Context) -> tuple[str, ...]:
    """Our order codes for a coded order, each once: our own code, the deployment's mapping, then LOINC and SNOMED CT."""
    found = []
    for system, code in codings(concept):
        order = code if system == _ORDER_SYSTEM else context.codes.orders.get((system, code)) or ORDER_OF.get((system, code))
        if order is not None:
            found.append(order)
    return tuple(dict.fromkeys(found))


def _mapped_findings(entry: Entry, context: Context, at: datetime | None) -> tuple[Finding, ...]:
    """The findings the mapping gives to the resource's code. A code mapped without a value can only mean yes."""
    findings = []
    for coding in codings(entry.resource.get("code")):
        mapped = context.codes.findings.get(coding)
        if mapped is None:
            continue
        value: FindingValue | None = mapped.value
        if value is None and VOCABULARY[mapped.code].kind is Kind.BOOLEAN:
            value = True
        if value is not None:
            findings.append(Finding(code=mapped.code, value=value, source=entry.reference, recorded_at=at))
    return tuple(findings)


def _first_moment(resource: Json, *keys: str) -> datetime | None:
    """The first date there is under these keys, of a period its start."""
    for key in keys:
        value = resource.get(key)
        found = moment(value.get("start") if isinstance(value, dict) else value)
        if found:
            return found[0]
    return None


def _nothing(entry: Entry, element: str, sentence: str) -> Read:
    return Read(
        issues=(remark(entry, IssueCode.NOT_RELEVANT, f"{sentence}. Nothing to do unless it states a finding.", element=element),)
    )


def _excluded(entry: Entry, element: str, sentence: str) -> Read:
    return Read(
        issues=(
            remark(entry, IssueCode.STATUS_EXCLUDED, f"{sentence}. Correct the status if it is out of date.", element=element),
        )
    )
