"""Our extensions as StructureDefinitions: the one of our answers, and the one of our evidence."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from service import __version__
from service.fhir.elements import Json
from service.fhir.terminology.code import BASE

PROBABILITY_RANGE_URL = f"{BASE}/StructureDefinition/probability-range"
LIKELIHOOD_RATIO_URL = f"{BASE}/StructureDefinition/likelihood-ratio"
STRUCTURE_DEFINITION_IDS = ("probability-range", "likelihood-ratio")


def structure_definition(definition_id: str) -> Json | None:
    """The StructureDefinition with this id; None when there is none."""
    made: Mapping[str, Callable[[], Json]] = {"probability-range": _probability_range, "likelihood-ratio": _likelihood_ratio}
    return made[definition_id]() if definition_id in made else None


def _probability_range() -> Json:
    return _extension(
        "probability-range",
        title="Range of a probability",
        description=(
            "The range of a prediction's probability in percent: the same sum at the unfavourable and at the favourable end of everything it rests on. "
            "R4 allows a prediction one number or one range; this says the range beside the number."
        ),
        context="RiskAssessment.prediction",
        elements=[
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
        ],
    )


def _likelihood_ratio() -> Json:
    return _extension(
        "likelihood-ratio",
        title="Likelihood ratio of a finding",
        description=(
            "How much more often a finding is present (or absent) with a cause than without it, with the published 95 % interval. "
            "Evidence has no element for a number in R4."
        ),
        context="Evidence",
        elements=[
            {
                "id": "Extension",
                "path": "Extension",
                "short": "Likelihood ratio of a finding that is present, or absent",
                "definition": "One ratio; a finding may have one for its presence and one for its absence.",
                "min": 0,
                "max": "2",
            },
            *_part("finding", "code", "present or absent", least=1),
            *_part("value", "decimal", "The ratio, above 0.", least=1),
            *_part("interval", "Range", "The published 95 % interval; left out where none was published.", least=0),
            {"id": "Extension.url", "path": "Extension.url", "fixedUri": LIKELIHOOD_RATIO_URL},
            {"id": "Extension.value[x]", "path": "Extension.value[x]", "max": "0"},
        ],
    )


def _part(name: str, kind: str, about: str, *, least: int) -> list[Json]:
    """The elements of one named part of an extension that has parts."""
    at, path = f"Extension.extension:{name}", "Extension.extension"
    return [
        {"id": at, "path": path, "sliceName": name, "short": about, "definition": about, "min": least, "max": "1"},
        {"id": f"{at}.extension", "path": f"{path}.extension", "max": "0"},
        {"id": f"{at}.url", "path": f"{path}.url", "fixedUri": name},
        {"id": f"{at}.value[x]", "path": f"{path}.value[x]", "min": 1, "type": [{"code": kind}]},
    ]


def _extension(definition_id: str, *, title: str, description: str, context: str, elements: list[Json]) -> Json:
    return {
        "resourceType": "StructureDefinition",
        "id": definition_id,
        "url": f"{BASE}/StructureDefinition/{definition_id}",
        "version": __version__,
        "name": "".join(part.capitalize() for part in definition_id.split("-")),
        "title": title,
        "status": "active",
        "experimental": False,
        "publisher": "Claudication CDS",
        "description": description,
        "fhirVersion": "4.0.1",
        "kind": "complex-type",
        "abstract": False,
        "context": [{"type": "element", "expression": context}],
        "type": "Extension",
        "baseDefinition": "http://hl7.org/fhir/StructureDefinition/Extension",
        "derivation": "constraint",
        "differential": {"element": elements},
    }
