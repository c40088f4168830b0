"""The one extension of our answers, as a StructureDefinition."""

from __future__ import annotations

from service import __version__
from service.fhir.elements import Json
from service.fhir.terminology.code import BASE

PROBABILITY_RANGE_URL = f"{BASE}/StructureDefinition/probability-range"
STRUCTURE_DEFINITION_IDS = ("probability-range",)


def structure_definition(definition_id: str) -> Json | None:
    """The StructureDefinition with this id; None when there is none."""
    return _probability_range() if definition_id in STRUCTURE_DEFINITION_IDS else None


def _probability_range() -> Json:
    return {
        "resourceType": "StructureDefinition",
        "id": "probability-range",
        "url": PROBABILITY_RANGE_URL,
        "version": __version__,
        "name": "ProbabilityRange",
        "title": "Range of a probability",
        "status": "active",
        "experimental": False,
        "publisher": "Claudication CDS",
        "description": (
            "The range of a prediction's probability in percent: the same sum at the unfavourable and at the favourable end of everything it rests on. "
            "R4 allows a prediction one number or one range; this says the range beside the number."
        ),
        "fhirVersion": "4.0.1",
        "kind": "complex-type",
        "abstract": False,
        "context": [{"type": "element", "expression": "RiskAssessment.prediction"}],
        "type": "Extension",
        "baseDefinition": "http://hl7.org/fhir/StructureDefinition/Extension",
        "derivation": "constraint",
        "differential": {
            "element": [
                {
                    "id": "Extension",
                    "path": "Extension",
                    "short": "Range of a probability, in percent",
                    "definition": "Lowest and highest value of the probability, 0 to 100, each with the UCUM unit %.",
                    "min": 0,
                    "max": "1",
                },
                {"id": "Extension.extension", "path": "Extension.extension", "max": "0"},
                {"id": "Extension.url", "path": "Extension.url", "fixedUri": PROBABILITY_RANGE_URL},
                {"id": "Extension.value[x]", "path": "Extension.value[x]", "min": 1, "type": [{"code": "Range"}]},
            ]
        },
    }
