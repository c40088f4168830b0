"""What a code is, and the systems codes come from."""

from __future__ import annotations

from typing import Any, NamedTuple

BASE = "https://claudication-cds.example/fhir"

LOINC = "http://loinc.org"
SNOMED = "http://snomed.info/sct"
ICD10CM = "http://hl7.org/fhir/sid/icd-10-cm"
UCUM = "http://unitsofmeasure.org"
RISK_PROBABILITY = "http://terminology.hl7.org/CodeSystem/risk-probability"
OBSERVATION_CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
DATA_ABSENT_REASON = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
INTERPRETATION = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
CONDITION_CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"
CONDITION_VERIFICATION = "http://terminology.hl7.org/CodeSystem/condition-ver-status"


def own_system(name: str) -> str:
    """The canonical URL of one of our own code systems, e.g. "diagnosis"."""
    return f"{BASE}/CodeSystem/{name}"


class Code(NamedTuple):
    """A coding. `display` is the publisher's own term; displays are shown, never compared."""

    system: str
    code: str
    display: str

    def coding(self) -> dict[str, Any]:
        """The FHIR Coding."""
        return {"system": self.system, "code": self.code, "display": self.display}
