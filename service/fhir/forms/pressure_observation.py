"""A limb pressure as the Observation that service/fhir/limbs/pressures.py reads without a remark: LOINC for systolic, SNOMED CT for artery and side, UCUM for the unit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from service.clinical.measurements import Phase, Side, Site
from service.fhir.elements import Json
from service.fhir.terminology import loinc, snomed
from service.fhir.terminology.code import INTERPRETATION, OBSERVATION_CATEGORY, UCUM, Code

EXERCISE = "http://hl7.org/fhir/us/vitals/StructureDefinition/ExerciseAssociationExt"

_SITES: Mapping[Site, Mapping[Side, tuple[Code, ...]]] = {
    Site.BRACHIAL: {Side.RIGHT: (snomed.RIGHT_BRACHIAL_ARTERY,), Side.LEFT: (snomed.LEFT_BRACHIAL_ARTERY,)},
    Site.DORSALIS_PEDIS: {Side.RIGHT: (snomed.RIGHT_DORSALIS_PEDIS_ARTERY,), Side.LEFT: (snomed.LEFT_DORSALIS_PEDIS_ARTERY,)},
    Site.POSTERIOR_TIBIAL: {
        Side.RIGHT: (snomed.RIGHT_POSTERIOR_TIBIAL_ARTERY,),
        Side.LEFT: (snomed.LEFT_POSTERIOR_TIBIAL_ARTERY,),
    },
    # No code for a toe of one side: the side is a coding of its own.
    Site.TOE: {Side.RIGHT: (snomed.GREAT_TOE, snomed.RIGHT), Side.LEFT: (snomed.GREAT_TOE, snomed.LEFT)},
}
SITES = tuple(_SITES)
"""Those that have an Observation here, from arm to toe."""
_UNITS: Mapping[str, str] = {"mmHg": "mm[Hg]", "kPa": "kPa"}
UNITS = tuple(_UNITS)


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenPressure:
    """One pressure as it was taken. `value` None only with `compressible` false: no number was noted. `value` 0 is an artery without a signal."""

    site: Site
    side: Side
    phase: Phase
    value: Decimal | None
    unit: str
    compressible: bool = True
    minutes_after_exercise: Decimal | None = None


def pressure_observation(taken: TakenPressure, *, id: str, subject: Json, effective: str) -> Json:
    """The Observation. `effective` is a FHIR dateTime. Of the position nothing is said, as nobody was asked."""
    site = _SITES[taken.site][taken.side]
    observation: Json = {
        "resourceType": "Observation",
        "id": id,
        "status": "final",
        "category": [{"coding": [Code(OBSERVATION_CATEGORY, "vital-signs", "Vital Signs").coding()]}],
        "code": {"coding": [loinc.SYSTOLIC.coding()]},
        "subject": subject,
        "effectiveDateTime": effective,
        **_value(taken),
        "bodySite": {"coding": [code.coding() for code in site]},
    }
    if taken.phase is Phase.POST_EXERCISE:
        observation["extension"] = [{"url": EXERCISE, "valueCodeableConcept": {"coding": [snomed.AFTER_EXERCISE.coding()]}}]
        if taken.minutes_after_exercise is not None:
            minutes = {"value": taken.minutes_after_exercise, "unit": "min", "system": UCUM, "code": "min"}
            observation["component"] = [{"code": {"text": "Time since the end of exercise"}, "valueQuantity": minutes}]
    return observation


def _value(taken: TakenPressure) -> Json:
    if taken.value is None:
        return {
            "interpretation": [{"coding": [Code(INTERPRETATION, ">", "Off scale high").coding()], "text": "does not compress"}]
        }
    comparator = {} if taken.compressible else {"comparator": ">"}
    said = {} if taken.value else {"interpretation": [{"text": "no Doppler signal"}]}
    quantity = {"value": taken.value, **comparator, "unit": taken.unit, "system": UCUM, "code": _UNITS[taken.unit]}
    return {"valueQuantity": quantity, **said}
