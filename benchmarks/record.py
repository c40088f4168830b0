"""One invented patient as an EHR would send her: 30 resources, about 30 KB."""

from __future__ import annotations

import json
from typing import Any

LOINC, SNOMED = "http://loinc.org", "http://snomed.info/sct"
WHEN = "2026-03-02T08:10:00+01:00"
SUBJECT = {"reference": "Patient/bench-1", "display": "Invented, Anna"}
ENCOUNTER = {"reference": "Encounter/visit-1"}
FORM = "https://claudication-cds.example/fhir/Questionnaire/claudication-history"

ANSWERS: dict[str, Any] = {
    "leg-pain-on-walking": True,
    "begins-standing-or-sitting": False,
    "provoked-uphill-or-hurrying": True,
    "provoked-ordinary-pace-level": True,
    "provoked-by-standing-alone": False,
    "makes-stop-or-slow-down": True,
    "continues-while-walking-on": True,
    "relieved-by-standing-still": True,
    "relief-within-10-minutes": True,
    "relieved-by-sitting": True,
    "relieved-by-bending-forward": False,
    "back-pain": False,
    "rest-pain-foot": False,
    "saddle-anaesthesia": False,
    "new-bladder-or-bowel-dysfunction": False,
    "bilateral-leg-weakness": False,
    "progressive-motor-deficit": False,
    "fever": False,
    "foot-wound-right": False,
    "foot-wound-left": False,
}
PRESSURES = (
    ("arm-r", "368209003", "Right upper arm structure", 148),
    ("arm-l", "368208006", "Left upper arm structure", 150),
    ("dp-r", "792816004", "Structure of right dorsalis pedis artery", 156),
    ("pt-r", "214811007", "Structure of right posterior tibial artery", 160),
    ("dp-l", "792817008", "Structure of left dorsalis pedis artery", 88),
    ("pt-l", "214912001", "Structure of left posterior tibial artery", 93),
)
CONDITIONS = (
    ("44054006", "Diabetes mellitus type 2"),
    ("38341003", "Hypertensive disorder, systemic arterial"),
    ("55822004", "Hyperlipidemia"),
    ("195967001", "Asthma"),
)
LABORATORY = (
    ("4548-4", "Hemoglobin A1c/Hemoglobin.total in Blood", 7.4, "%"),
    ("2160-0", "Creatinine [Mass/volume] in Serum or Plasma", 1.1, "mg/dL"),
    ("2093-3", "Cholesterol [Mass/volume] in Serum or Plasma", 212, "mg/dL"),
    ("2085-9", "Cholesterol in HDL [Mass/volume] in Serum or Plasma", 41, "mg/dL"),
    ("718-7", "Hemoglobin [Mass/volume] in Blood", 13.2, "g/dL"),
    ("29463-7", "Body weight", 82.4, "kg"),
    ("8302-2", "Body height", 168, "cm"),
    ("8867-4", "Heart rate", 76, "/min"),
)
MEDICINES = (
    "Metformin 850 mg",
    "Ramipril 5 mg",
    "Atorvastatin 40 mg",
    "Salbutamol inhaler",
    "Amlodipine 5 mg",
    "Omeprazole 20 mg",
)


def record() -> bytes:
    """The Bundle as JSON."""
    resources = [_patient(), _form(), *_pressures(), *_conditions(), *_laboratory(), *_medicines(), *_around()]
    entries = [
        {"fullUrl": f"https://ehr.example/fhir/{one['resourceType']}/{one['id']}", "resource": one, "search": {"mode": "match"}}
        for one in resources
    ]
    return json.dumps({"resourceType": "Bundle", "type": "searchset", "total": len(entries), "entry": entries}).encode()


def _meta(text: str) -> dict[str, Any]:
    return {
        "meta": {"versionId": "3", "lastUpdated": "2026-03-02T08:15:30.123+01:00", "source": "https://ehr.example/clinic/7"},
        "text": {
            "status": "generated",
            "div": f'<div xmlns="http://www.w3.org/1999/xhtml"><p><b>{text}</b></p><p>Recorded in clinic</p></div>',
        },
    }


def _concept(system: str, code: str, display: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code, "display": display}], "text": display}


def _patient() -> dict[str, Any]:
    return {
        "resourceType": "Patient",
        "id": "bench-1",
        **_meta("Anna Invented"),
        "identifier": [{"system": "https://ehr.example/mrn", "value": "000-BENCH"}],
        "name": [{"use": "official", "family": "Invented", "given": ["Anna"]}],
        "gender": "female",
        "birthDate": "1955-06-01",
        "address": [{"city": "Nowhere", "country": "LT"}],
    }


def _form() -> dict[str, Any]:
    return {
        "resourceType": "QuestionnaireResponse",
        "id": "history-1",
        **_meta("Claudication history"),
        "questionnaire": FORM,
        "status": "completed",
        "subject": SUBJECT,
        "encounter": ENCOUNTER,
        "authored": WHEN,
        "item": [
            {"linkId": code, "text": code.replace("-", " "), "answer": [{"valueBoolean": value}]}
            for code, value in ANSWERS.items()
        ],
    }


def _observation(id_: str, code: dict[str, Any], value: float, unit: str, category: str) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "id": id_,
        **_meta(code["text"]),
        "status": "final",
        "category": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": category}]}],
        "code": code,
        "subject": SUBJECT,
        "encounter": ENCOUNTER,
        "effectiveDateTime": WHEN,
        "performer": [{"reference": "Practitioner/nurse-1", "display": "Clinic nurse"}],
        "valueQuantity": {"value": value, "unit": unit, "system": "http://unitsofmeasure.org", "code": unit},
    }


def _pressures() -> list[dict[str, Any]]:
    code = _concept(LOINC, "8480-6", "Systolic blood pressure")
    return [
        {**_observation(id_, code, mmhg, "mm[Hg]", "vital-signs"), "bodySite": _concept(SNOMED, site, name)}
        for id_, site, name, mmhg in PRESSURES
    ]


def _conditions() -> list[dict[str, Any]]:
    status = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active"}]}
    return [
        {
            "resourceType": "Condition",
            "id": f"condition-{code}",
            **_meta(display),
            "clinicalStatus": status,
            "code": _concept(SNOMED, code, display),
            "subject": SUBJECT,
            "recordedDate": "2019-05-01",
        }
        for code, display in CONDITIONS
    ]


def _laboratory() -> list[dict[str, Any]]:
    return [
        _observation(f"lab-{code}", _concept(LOINC, code, display), value, unit, "laboratory")
        for code, display, value, unit in LABORATORY
    ]


def _medicines() -> list[dict[str, Any]]:
    return [
        {
            "resourceType": "MedicationRequest",
            "id": f"medicine-{number}",
            **_meta(name),
            "status": "active",
            "intent": "order",
            "medicationCodeableConcept": {"text": name},
            "subject": SUBJECT,
            "authoredOn": "2025-11-03",
            "dosageInstruction": [{"text": "once a day"}],
        }
        for number, name in enumerate(MEDICINES, start=1)
    ]


def _around() -> list[dict[str, Any]]:
    return [
        {
            "resourceType": "Encounter",
            "id": "visit-1",
            **_meta("Visit"),
            "status": "finished",
            "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
            "subject": SUBJECT,
        },
        {
            "resourceType": "Practitioner",
            "id": "nurse-1",
            **_meta("Clinic nurse"),
            "name": [{"family": "Invented", "given": ["Ben"]}],
        },
        {"resourceType": "Organization", "id": "clinic-7", **_meta("Clinic"), "name": "Invented Clinic"},
        {
            "resourceType": "Immunization",
            "id": "flu",
            **_meta("Influenza"),
            "status": "completed",
            "vaccineCode": {"text": "Influenza"},
            "patient": SUBJECT,
            "occurrenceDateTime": "2025-10-01",
        },
    ]
