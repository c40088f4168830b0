"""Whose record a Bundle is, and which entries are about somebody or something else. In doubt an entry is not this patient's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from service.errors import Problem, Unprocessable
from service.fhir.elements import Json, dicts
from service.fhir.elements import reference as reference_of
from service.fhir.reading import Entry
from service.fhir.references import resolve, server_base, type_and_id, without_version

SUBJECT_ELEMENT = {
    "AllergyIntolerance": "patient",
    "BodyStructure": "patient",
    "Condition": "subject",
    "Device": "patient",
    "DeviceUseStatement": "subject",
    "DiagnosticReport": "subject",
    "Encounter": "subject",
    "FamilyMemberHistory": "patient",
    "ImagingStudy": "subject",
    "Observation": "subject",
    "Procedure": "subject",
    "QuestionnaireResponse": "subject",
    "ServiceRequest": "subject",
}
# R4 lets these stand without a subject; of the others the structural check says that it is missing.
MAY_LACK_SUBJECT = frozenset(("Device", "DiagnosticReport", "Encounter", "Observation", "QuestionnaireResponse"))

_CONDITIONAL = "Patient?identifier="


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """Whom the Bundle is about. `entry` None when only references name the patient."""

    reference: str
    entry: Entry | None
    full_url: str
    bases: frozenset[str]
    """Servers that references to this patient's type and id name; of use only where the Patient itself names none."""


def the_patient(patients: Sequence[tuple[Entry, str]], entries: Sequence[Entry], index: dict[str, Entry]) -> Patient:
    """The one patient of a Bundle. Raises Unprocessable for two (both named) and for none."""
    if len(patients) > 1:
        raise Unprocessable(_two(patients[0][0].reference, patients[1][0].reference))
    if patients:
        entry, full_url = patients[0]
        bases = frozenset[str]() if entry.base else _bases_named(f"Patient/{entry.resource.get('id')}", entries)
        return Patient(reference=entry.reference, entry=entry, full_url=without_version(full_url), bases=bases)
    named_patients = {
        _absolute(entry, named) for entry in entries if (named := _named(entry)) and _is_patient(entry, named, index)
    }
    if not named_patients:
        raise Unprocessable(
            Problem(
                issue_type="required",
                expression="Bundle.entry",
                diagnostics="The Bundle has no Patient, and no entry names one in its subject. Add the Patient, or a subject.reference to the entries.",
            )
        )
    tails = {type_and_id(named) or named for named in named_patients}
    bases = frozenset(server_base(named) for named in named_patients) - {""}
    ordered = sorted(named_patients, key=lambda named: (len(named), named))
    if len(tails) > 1 or len(bases) > 1:
        raise Unprocessable(_two(ordered[0], ordered[-1]))
    return Patient(reference=ordered[0], entry=None, full_url=ordered[-1], bases=bases)


def _bases_named(own: str, entries: Sequence[Entry]) -> frozenset[str]:
    return frozenset(server_base(named) for named in {_named(one) for one in entries} if type_and_id(named) == own) - {""}


def why_not_about(patient: Patient, entry: Entry, index: dict[str, Entry]) -> str | None:
    """Why an entry is not used for this patient, as the rest of a sentence; None when it is about the patient or names nobody."""
    stated = entry.resource.get(SUBJECT_ELEMENT[entry.resource_type])
    named = reference_of(stated)
    if named is None:
        tokens = _identifiers(stated) if isinstance(stated, dict) else frozenset()
        if not tokens or tokens & _patient_identifiers(patient):
            return None
        return "names its subject by an identifier that is not the patient's"
    if named.startswith(_CONDITIONAL):
        if unquote(named.removeprefix(_CONDITIONAL)) in _patient_identifiers(patient):
            return None
        return f"is about {named}, which cannot be shown to be the patient {patient.reference}"
    target = resolve(index, entry, named)
    if target is not None and target.resource_type != "Patient":
        return f"is about a {target.resource_type} ({named}), not about a patient"
    tail = type_and_id(named)
    if tail and not tail.startswith("Patient/"):
        return f"is about {named}, not about a patient"
    if target is not None and named.startswith("#"):
        same = bool(_identifiers(target.resource) & _patient_identifiers(patient))
    else:
        same = _same(patient, entry, named, target)
    return None if same else f"is about {named}, which is not the patient {patient.reference}"


def names_nobody(entry: Entry) -> bool:
    """True for an entry that does not say by reference or identifier whom it is about."""
    stated = entry.resource.get(SUBJECT_ELEMENT[entry.resource_type])
    return reference_of(stated) is None and not (isinstance(stated, dict) and _identifiers(stated))


def _same(patient: Patient, entry: Entry, named: str, target: Entry | None) -> bool:
    if patient.entry is None:
        return (
            _absolute(entry, named) in (patient.reference, patient.full_url)
            or type_and_id(named) == type_and_id(patient.reference) != ""
        )
    # A Patient sent without fullUrl may be meant by absolute references, as long as they all name one server.
    return target is patient.entry and not (
        server_base(named) and not patient.entry.base and (patient.full_url or len(patient.bases) > 1)
    )


def _named(entry: Entry) -> str:
    element = SUBJECT_ELEMENT.get(entry.resource_type)
    return "" if element is None else reference_of(entry.resource.get(element)) or ""


def _is_patient(entry: Entry, named: str, index: dict[str, Entry]) -> bool:
    """True for a reference that can only mean a Patient; a urn is taken for one unless the Bundle shows otherwise."""
    if named.startswith(("#", _CONDITIONAL)) or resolve(index, entry, named) is not None:
        return False
    return type_and_id(named).startswith("Patient/") or named.startswith("urn:")


def _absolute(entry: Entry, named: str) -> str:
    address = without_version(named)
    return f"{entry.base}/{address}" if entry.base and type_and_id(named) == address else address


def _patient_identifiers(patient: Patient) -> frozenset[str]:
    return frozenset() if patient.entry is None else _identifiers(patient.entry.resource)


def _identifiers(holder: Json) -> frozenset[str]:
    """system|value of every identifier that has both: a value without its system identifies nobody."""
    return frozenset(
        f"{one['system']}|{one['value']}"
        for one in dicts(holder.get("identifier"))
        if isinstance(one.get("system"), str) and isinstance(one.get("value"), str) and one["system"] and one["value"]
    )


def _two(first: str, second: str) -> Problem:
    return Problem(
        issue_type="business-rule",
        expression="Bundle.entry",
        diagnostics=f"The Bundle is about two patients, {first} and {second}; an assessment is about one. Send one Bundle for each patient.",
    )
