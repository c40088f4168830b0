"""Readers of the rest of the record, by resource type; here the orders already open."""

from __future__ import annotations

from collections.abc import Mapping

from service.clinical.assessment import OpenOrder, Priority
from service.fhir.elements import moment
from service.fhir.findings.allergies import read_allergy
from service.fhir.findings.devices import read_device, read_device_use
from service.fhir.findings.family_history import read_family_history
from service.fhir.findings.procedures import read_procedure
from service.fhir.findings.recorded_codes import orders_named
from service.fhir.findings.studies import read_diagnostic_report, read_imaging_study
from service.fhir.reading import Context, Entry, Read, Reader
from service.fhir.remarks import excluded, nothing_concluded

_PRIORITIES = {priority.value: priority for priority in Priority}
_OPEN = frozenset({"draft", "active", "on-hold"})


def read_service_request(entry: Entry, context: Context) -> Read:
    """An open order: a plan or a proposal that stands need not be proposed again. An option is one of several, and nobody has chosen it."""
    orders = orders_named(entry.resource.get("code"), context)
    if not orders:
        said = "ServiceRequest.code is not one of the orders this service proposes; nothing was concluded from it"
        return nothing_concluded(entry, "code", said)
    status = entry.resource.get("status")
    if entry.resource.get("doNotPerform") is True:
        said = f"{orders[0]}: the ServiceRequest asks that it not be done, so it does not count as an open order"
        return excluded(entry, "doNotPerform", said)
    if status not in _OPEN:
        said = f"{orders[0]}: ServiceRequest.status is {status}, so it does not count as an open order"
        return excluded(entry, "status", said)
    if entry.resource.get("intent") == "option":
        said = f"{orders[0]}: ServiceRequest.intent is option, which nobody has chosen yet, so it does not count as an open order"
        return excluded(entry, "intent", said)
    authored = moment(entry.resource.get("authoredOn"))
    at = authored[0] if authored else None
    priority = _PRIORITIES.get(str(entry.resource.get("priority")), Priority.ROUTINE)
    return Read(
        open_orders=tuple(OpenOrder(code=order, source=entry.reference, authored_at=at, priority=priority) for order in orders)
    )


READERS: Mapping[str, Reader] = {
    "ServiceRequest": read_service_request,
    "DiagnosticReport": read_diagnostic_report,
    "ImagingStudy": read_imaging_study,
    "Procedure": read_procedure,
    "AllergyIntolerance": read_allergy,
    "FamilyMemberHistory": read_family_history,
    "Device": read_device,
    "DeviceUseStatement": read_device_use,
}
"""By resource type; each takes only resources of its own type."""
