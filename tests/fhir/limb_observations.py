"""Observations of pressures and indices, built from their parts."""

from __future__ import annotations

from typing import Any

from service.fhir.terminology.code import LOINC, SNOMED, Code

Resource = dict[str, Any]


def concept(*codes: Code | str) -> Resource:
    """A CodeableConcept of codings; a string is its text."""
    found: Resource = {"coding": [{"system": code.system, "code": code.code} for code in codes if isinstance(code, Code)]}
    spoken = [text for text in codes if isinstance(text, str)]
    return ({"text": spoken[0]} if spoken else {}) | ({"coding": found["coding"]} if found["coding"] else {})


def loinc_code(number: str) -> Code:
    return Code(LOINC, number, "")


def site(identifier: str) -> Code:
    return Code(SNOMED, identifier, "")


def local(code: str) -> Code:
    return Code("https://hospital.example/flowsheet", code, "")


def mmhg(value: Any, comparator: str = "") -> Resource:
    quantity = {"value": value, "unit": "mmHg", "system": "http://unitsofmeasure.org", "code": "mm[Hg]"}
    return {"valueQuantity": quantity | ({"comparator": comparator} if comparator else {})}


def ratio(value: Any, comparator: str = "", code: str = "{ratio}") -> Resource:
    quantity = {"value": value, "system": "http://unitsofmeasure.org", "code": code}
    return {"valueQuantity": quantity | ({"comparator": comparator} if comparator else {})}


def observation(code: Resource, /, **elements: Any) -> Resource:
    plain = {"resourceType": "Observation", "status": "final", "effectiveDateTime": "2026-10-30T09:00:00Z", "code": code}
    return {key: value for key, value in (plain | elements).items() if value is not None}


def component(code: Resource, /, **elements: Any) -> Resource:
    return {"code": code, **elements}


SYSTOLIC = loinc_code("8480-6")
DIASTOLIC = loinc_code("8462-4")
PANEL = loinc_code("85354-9")
RIGHT_ARM, LEFT_ANKLE, RIGHT_ANKLE = site("368209003"), site("51636004"), site("6685009")
GREAT_TOE = site("78883009")
RIGHT, LEFT = site("24028007"), site("7771000")
