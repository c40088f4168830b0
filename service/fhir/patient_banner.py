"""Who the patient is, in words, as the record has it: to be compared with the person in the room."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from service.fhir.elements import Json, dicts

_LONGEST = 200
_FIRST_USES = ("official", "usual")


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientBanner:
    name: str
    birth_date: str
    sex: str


def patient_banner(bundle: Json) -> PatientBanner:
    """Of the Patient of a Bundle. What the record does not say is said to be missing."""
    found = [entry["resource"] for entry in bundle["entry"] if entry["resource"].get("resourceType") == "Patient"]
    patient: Json = found[0] if found else {}
    return PatientBanner(
        name=_name(patient) or "name not known",
        birth_date=_text(patient.get("birthDate")) or "birth date not known",
        sex=_text(patient.get("gender")) or "sex not known",
    )


def _name(patient: Json) -> str:
    names = dicts(patient.get("name"))
    names.sort(key=lambda name: _FIRST_USES.index(name["use"]) if name.get("use") in _FIRST_USES else len(_FIRST_USES))
    for name in names:
        given = name.get("given")
        parts = [_text(name.get("family")).upper(), " ".join(map(_text, given)) if isinstance(given, list) else ""]
        said = ", ".join(part for part in parts if part) or _text(name.get("text"))
        if said:
            return said[:_LONGEST]
    return ""


def _text(value: Any) -> str:
    return value.strip()[:_LONGEST] if isinstance(value, str) else ""
