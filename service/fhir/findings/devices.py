"""Implants and MRI. An implant is no contraindication of itself: what its label says decides, and where that is not known the card is looked at first."""

from __future__ import annotations

from collections.abc import Iterable

from service.clinical.data_issues import IssueCode
from service.clinical.findings import Finding
from service.clinical.record_facts import DEVICE_CONDITIONAL, DEVICE_SAFETY_UNKNOWN
from service.fhir.elements import Json, codings, reference
from service.fhir.findings.recorded_codes import Dates, findings_of, first_moment, mapped
from service.fhir.reading import Context, Entry, Read
from service.fhir.remarks import excluded, nothing_concluded, remark
from service.fhir.terminology.implants import ACTIVE_IMPLANTS, MR_CONDITIONAL, MR_SAFE, MR_UNSAFE, NCI_THESAURUS

_NOT_IN_USE = frozenset({"completed", "stopped", "entered-in-error", "intended"})


def taken_out(entries: Iterable[Entry], context: Context) -> frozenset[str]:
    """The paths of Devices that a DeviceUseStatement says are not, or not any more, in the patient."""
    found = set()
    for entry in entries:
        if entry.resource_type == "DeviceUseStatement" and entry.resource.get("status") in _NOT_IN_USE:
            device = _device_of(entry, context)
            if device is not None:
                found.add(device.path)
    return frozenset(found)


def read_device(entry: Entry, context: Context) -> Read:
    """What one Device says of MRI: contraindicated where its label says unsafe, a question where the label says nothing. No Device says nothing."""
    status = entry.resource.get("status")
    if status in ("inactive", "entered-in-error"):
        return excluded(entry, "status", f"Device.status is {status}, so the device was not used")
    if entry.path in context.taken_out:
        return excluded(entry, "status", "A DeviceUseStatement says that the device is not in use, so it was not used")
    return _read(entry, entry.resource, context)


def read_device_use(entry: Entry, context: Context) -> Read:
    """A device in use that is not an entry of its own: contained, as Devices of registries are. One that is an entry is read there."""
    status = entry.resource.get("status")
    if status in _NOT_IN_USE:
        return excluded(entry, "status", f"DeviceUseStatement.status is {status}, so the device was not used")
    device = _device_of(entry, context)
    if device is None:
        said = "DeviceUseStatement.device is not in the Bundle, so what it means for MRI is not known. Send the Device"
        return nothing_concluded(entry, "device", said)
    if device.path.startswith(entry.path):
        return _read(entry, device.resource, context)
    return nothing_concluded(entry, "device", f"DeviceUseStatement says that {device.reference} is in use, and it was read there")


def _read(entry: Entry, device: Json, context: Context) -> Read:
    types = codings(device.get("type"))
    at = first_moment(entry.resource, ("recordedOn", "timingPeriod", "timingDateTime"))
    ours = [known for one in types if (known := mapped(one, context)) is not None]
    if ours:
        findings, issues = findings_of(entry, {}, ours, Dates(recorded=at), element="type")
        return Read(findings=findings, issues=issues)
    label = {code for system, code in codings(device.get("safety")) if system in NCI_THESAURUS}
    implanted = not ACTIVE_IMPLANTS.isdisjoint(types)
    if not implanted and MR_UNSAFE not in label:
        said = "The device is not one this service knows to be an implant that matters in MRI; nothing was concluded from it. Map its type if it is"
        return nothing_concluded(entry, "type", said)
    code, said = _meaning(label, implanted=implanted)
    findings = () if code is None else (Finding(code=code, value=True, source=entry.reference, recorded_at=at),)
    return Read(findings=findings, issues=(remark(entry, IssueCode.ASSUMED, said, element="safety", used=True),))


def _meaning(label: set[str], *, implanted: bool) -> tuple[str | None, str]:
    """The finding that a label of MR safety comes to, and what to say of it. Of two labels the graver counts."""
    if MR_UNSAFE in label:
        if implanted:
            return (
                "mri-contraindicated",
                "The implant is labelled MR-unsafe, which was read as mri-contraindicated. Check its card.",
            )
        return DEVICE_SAFETY_UNKNOWN, (
            "A device labelled MR-unsafe is recorded and whether it is implanted is not, so an MRI proposed here asks for its card first. "
            "Record mri-contraindicated, yes or no."
        )
    if MR_CONDITIONAL in label:
        return (
            DEVICE_CONDITIONAL,
            "The implant is labelled MR-conditional: no contraindication, but the scan keeps to its conditions.",
        )
    if MR_SAFE in label:
        return None, "The implant is labelled MR-safe: nothing stands against MRI on its account."
    return DEVICE_SAFETY_UNKNOWN, (
        "Whether the implant is safe in MRI is not recorded, so an MRI proposed here asks for its card first. "
        "Record mri-contraindicated, yes or no, after checking the device."
    )


def _device_of(entry: Entry, context: Context) -> Entry | None:
    named = reference(entry.resource.get("device"))
    device = context.find(entry, named) if named else None
    return device if device is not None and device.resource_type == "Device" else None
