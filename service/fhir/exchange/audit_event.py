"""AuditEvent: one row of the audit chain as FHIR, with what it takes to check the chain in its details."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from service.fhir.answer_frame import URI_SYSTEM
from service.fhir.elements import Json
from service.fhir.provenance import NAME
from service.fhir.terminology.code import BASE, Code

CLIENT_SYSTEM = f"{BASE}/NamingSystem/client"
PSEUDONYM_SYSTEM = f"{BASE}/NamingSystem/patient-pseudonym"

_DICOM = "http://dicom.nema.org/resources/ontology/DCM"
_REST = Code("http://terminology.hl7.org/CodeSystem/audit-event-type", "rest", "RESTful Operation")
_APPLICATION = Code(_DICOM, "110100", "Application Activity")
_EXPORT = Code(_DICOM, "110106", "Export")
_AUTHENTICATION = Code(_DICOM, "110114", "User Authentication")
_LOGIN = Code(_DICOM, "110122", "Login")
_LOGOUT = Code(_DICOM, "110123", "Logout")
_INTERACTION = "http://hl7.org/fhir/restful-interaction"
_OPERATION = Code(_INTERACTION, "operation", "operation")
_READ = Code(_INTERACTION, "read", "read")
_SEARCH = Code(_INTERACTION, "search-type", "search-type")
_PERSON = Code("http://terminology.hl7.org/CodeSystem/audit-entity-type", "1", "Person")
_OBJECT = Code("http://terminology.hl7.org/CodeSystem/audit-entity-type", "2", "System Object")
_PATIENT_ROLE = Code("http://terminology.hl7.org/CodeSystem/object-role", "1", "Patient")
_RESOURCE_ROLE = Code("http://terminology.hl7.org/CodeSystem/object-role", "4", "Domain Resource")
_SERVER = Code("http://terminology.hl7.org/CodeSystem/security-source-type", "4", "Application Server")

# What was done -> type, subtype where there is one, and whether it created, read, updated, deleted or executed.
_KINDS: Mapping[str, tuple[Code, Code | None, str]] = {
    "assessed": (_REST, _OPERATION, "E"),
    "read": (_REST, _READ, "R"),
    "searched": (_REST, _SEARCH, "R"),
    "fed-back": (_REST, _OPERATION, "E"),
    "exported": (_EXPORT, None, "R"),
    "expired": (_APPLICATION, None, "D"),
    "resealed": (_APPLICATION, None, "U"),
    "verified": (_APPLICATION, None, "R"),
    "signed-in": (_AUTHENTICATION, _LOGIN, "E"),
    "not-signed-in": (_AUTHENTICATION, _LOGIN, "E"),
    "signed-out": (_AUTHENTICATION, _LOGOUT, "E"),
}
_FAILED = ("not-signed-in",)
_OTHER: tuple[Code, Code | None, str] = (_APPLICATION, None, "E")


def audit_event(
    *,
    sequence: int,
    recorded_at: datetime,
    actor: str,
    action: str,
    object: str,
    is_record: bool,
    patient: str,
    detail: Mapping[str, str | int],
    previous_hash: str,
    hash: str,
) -> Json:
    """The resource. `object` is the UUID of a record (`is_record`) or a word; `patient` a pseudonym or ""; `recorded_at` timezone-aware."""
    kind, subtype, verb = _KINDS.get(action, _OTHER)
    chain = {"action": action, **detail, "sequence": sequence, "previous-hash": previous_hash, "hash": hash}
    about: Json = {"type": _OBJECT.coding(), "role": _RESOURCE_ROLE.coding()}
    if is_record:
        about = {"what": {"identifier": {"system": URI_SYSTEM, "value": f"urn:uuid:{object}"}}, **about}
    elif object:
        about["name"] = object
    about["detail"] = [{"type": name, "valueString": str(value)} for name, value in chain.items() if value != ""]
    entities = [about]
    if patient:
        who = {"type": "Patient", "identifier": {"system": PSEUDONYM_SYSTEM, "value": patient}}
        entities.append({"what": who, "type": _PERSON.coding(), "role": _PATIENT_ROLE.coding()})
    event: Json = {"resourceType": "AuditEvent", "id": str(sequence), "type": kind.coding()}
    if subtype is not None:
        event["subtype"] = [subtype.coding()]
    caller = {"identifier": {"system": CLIENT_SYSTEM, "value": actor}} if actor else {"display": "Caller not known"}
    return {
        **event,
        "action": verb,
        "recorded": recorded_at.isoformat(timespec="microseconds"),
        # 4, minor failure: somebody was kept out.
        "outcome": "4" if action in _FAILED else "0",
        "agent": [{"who": caller, "requestor": True}],
        "source": {"observer": {"display": NAME}, "type": [_SERVER.coding()]},
        "entity": entities,
    }
