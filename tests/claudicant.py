"""An invented patient with a typical story and an ABI of 0.62 in the left leg; enough of a record for a test of a door."""

from __future__ import annotations

import json
from typing import Any

PATIENT = "Patient/invented-1"
WHEN = "2026-03-02T08:00:00Z"


def claudicant() -> dict[str, Any]:
    """A collection: the patient, a form, and the pressures of both arms and ankles."""
    resources = [
        {"resourceType": "Patient", "id": "invented-1", "gender": "male", "birthDate": "1955-06-01"},
        form(
            {
                "leg-pain-on-walking": True,
                "relieved-by-standing-still": True,
                "relief-within-10-minutes": True,
                "provoked-by-standing-alone": False,
            }
        ),
        *(pressure(name, code, mmhg) for name, code, mmhg in PRESSURES),
    ]
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [
            {"fullUrl": f"https://ehr.example/fhir/{one['resourceType']}/{one['id']}", "resource": one} for one in resources
        ],
    }


def claudicant_json() -> bytes:
    return json.dumps(claudicant()).encode()


PRESSURES = (
    ("right-arm", "Right arm", 148),
    ("left-arm", "Left arm", 150),
    ("right-dp", "Right dorsalis pedis artery", 156),
    ("right-pt", "Right posterior tibial artery", 160),
    ("left-dp", "Left dorsalis pedis artery", 88),
    ("left-pt", "Left posterior tibial artery", 93),
)


def pressure(name: str, site: str, mmhg: float) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "id": name,
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "8480-6", "display": "Systolic blood pressure"}]},
        "subject": {"reference": PATIENT},
        "effectiveDateTime": WHEN,
        "bodySite": {"text": site},
        "valueQuantity": {"value": mmhg, "unit": "mmHg", "system": "http://unitsofmeasure.org", "code": "mm[Hg]"},
    }


def form(answers: dict[str, bool]) -> dict[str, Any]:
    return {
        "resourceType": "QuestionnaireResponse",
        "id": "history",
        "status": "completed",
        "questionnaire": "https://claudication-cds.example/fhir/Questionnaire/claudication-history",
        "subject": {"reference": PATIENT},
        "authored": WHEN,
        "item": [{"linkId": code, "answer": [{"valueBoolean": value}]} for code, value in answers.items()],
    }
