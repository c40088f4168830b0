"""Invented hook calls: one whole request, changed by each test where it matters."""

from __future__ import annotations

import copy
from typing import Any

from tests.claudicant import PRESSURES, form, pressure

Json = dict[str, Any]

PATIENT_ID = "invented-1"
INSTANCE = "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea"
SERVER = "https://ehr.example/fhir"
TOKEN = "some-opaque-fhir-access-token"


def searchset(*resources: Json, **more: Any) -> Json:
    """What a FHIR server answers to a search."""
    return {
        "resourceType": "Bundle",
        "type": "searchset",
        "total": len(resources),
        "entry": [
            {"fullUrl": f"{SERVER}/{one['resourceType']}/{one['id']}", "resource": one, "search": {"mode": "match"}}
            for one in resources
        ],
        **more,
    }


def patient(patient_id: str = PATIENT_ID) -> Json:
    return {"resourceType": "Patient", "id": patient_id, "gender": "male", "birthDate": "1955-06-01"}


def condition(code: str = "44054006", about: str = f"Patient/{PATIENT_ID}") -> Json:
    return {
        "resourceType": "Condition",
        "id": f"condition-{code}",
        "clinicalStatus": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active"}]},
        "code": {"coding": [{"system": "http://snomed.info/sct", "code": code}]},
        "subject": {"reference": about},
        "recordedDate": "2024-05-06",
    }


def outcome(severity: str, code: str, **details: Any) -> Json:
    return {"resourceType": "OperationOutcome", "issue": [{"severity": severity, "code": code, **details}]}


def full_prefetch() -> Json:
    return {
        "patient": patient(),
        "pressures": searchset(*(pressure(name, site, mmhg) for name, site, mmhg in PRESSURES)),
        "indices": None,
        "findings": None,
        "questionnaires": searchset(form({"leg-pain-on-walking": True, "relieved-by-standing-still": True})),
        "conditions": searchset(condition()),
        "procedures": None,
        "devices": None,
        "device-use": None,
        "allergies": None,
        "family-history": None,
        "orders": None,
        "reports": None,
        "images": None,
    }


def authorization(**changed: Any) -> Json:
    return {
        "access_token": TOKEN,
        "token_type": "Bearer",
        "expires_in": 300,
        "scope": "user/Patient.read user/Observation.read",
        "subject": "cds-service-1",
        **changed,
    }


def call(hook: str = "patient-view", **changed: Any) -> Json:
    """A request that every client may send: nothing to fetch, nothing missing. A member set to None is left out."""
    context: Json = {"userId": "Practitioner/invented-2", "patientId": PATIENT_ID}
    if hook in ("order-select", "order-sign"):
        context["draftOrders"] = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": draft()}]}
    if hook == "order-select":
        context["selections"] = ["ServiceRequest/draft-1"]
    if hook == "encounter-start":
        context["encounterId"] = "visit-1"
    if hook == "problem-list-item-create":
        context["conditions"] = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": condition("63491006")}]}
    request = {"hook": hook, "hookInstance": INSTANCE, "context": context, "prefetch": full_prefetch()} | copy.deepcopy(changed)
    return {name: value for name, value in request.items() if value is not None}


def draft() -> Json:
    return {
        "resourceType": "ServiceRequest",
        "id": "draft-1",
        "status": "draft",
        "intent": "order",
        "code": {"coding": [{"system": "http://loinc.org", "code": "30679-5", "display": "MR Lumbar spine WO contrast"}]},
        "subject": {"reference": f"Patient/{PATIENT_ID}"},
    }


def without(request: Json, path: str) -> Json:
    """The request with one element taken out: "context.userId"."""
    changed = copy.deepcopy(request)
    *above, last = path.split(".")
    holder: Any = changed
    for step in above:
        holder = holder[step]
    del holder[last]
    return changed


def put(request: Json, path: str, value: Any) -> Json:
    """The request with one element set."""
    changed = copy.deepcopy(request)
    *above, last = path.split(".")
    holder: Any = changed
    for step in above:
        holder = holder.setdefault(step, {})
    holder[last] = value
    return changed
