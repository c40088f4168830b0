"""Observations: each instrument with its score or class; where answers are missing, the range they leave instead of a value."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from service.clinical.assessment import InstrumentResult
from service.fhir import instrument_sentences as said
from service.fhir import observation_parts as parts
from service.fhir.answer_frame import Frame, input_references
from service.fhir.elements import Json
from service.fhir.terminology import snomed
from service.fhir.terminology.code import OBSERVATION_CATEGORY, Code
from service.fhir.terminology.instruments import INSTRUMENT_RESULTS, INSTRUMENTS

_CATEGORY: Mapping[str, Code] = {
    "survey": Code(OBSERVATION_CATEGORY, "survey", "Survey"),
    "exam": Code(OBSERVATION_CATEGORY, "exam", "Exam"),
}
_LEGS: Json = {"coding": [snomed.LOWER_LIMB.coding()], "text": "legs"}
# R4 lets an Observation derive from these and from nothing else that is read here; a Condition stands in the basis of the RiskAssessment.
_MAY_DERIVE_FROM = re.compile(r"(.*/)?(QuestionnaireResponse|Observation)/.*|urn:.*")


def instrument_observations(results: Iterable[InstrumentResult], frame: Frame) -> list[Json]:
    return [_observation(result, frame) for result in results]


def _observation(result: InstrumentResult, frame: Frame) -> Json:
    resource: Json = {
        "resourceType": "Observation",
        "id": frame.id_of(f"observation/instrument/{result.code}/{result.side or 'legs'}"),
        "status": "final",
        "category": [{"coding": [_CATEGORY[result.kind].coding()]}],
        "code": {"coding": [INSTRUMENTS[result.code].coding("instrument")], "text": said.title(result)},
        "subject": frame.subject,
        "bodySite": parts.ankle(result.side) if result.side else _LEGS,
        "device": frame.device,
        **_value(result),
        "note": [{"text": text} for text in _notes(result, frame)],
    }
    if result.positive is not None:
        resource["interpretation"] = [{"coding": [(parts.POSITIVE if result.positive else parts.NEGATIVE).coding()]}]
    rests_on = input_references(source for source in result.sources if _MAY_DERIVE_FROM.fullmatch(source))
    if rests_on:
        resource["derivedFrom"] = rests_on
    return resource


def _value(result: InstrumentResult) -> Json:
    if result.score is not None:
        return {"valueInteger": result.score}
    if result.result is not None:
        return {"valueCodeableConcept": _concept(result.result)}
    if result.possible:
        still = [_component("possible-result", {"valueCodeableConcept": _concept(code)}) for code in result.possible]
    else:
        still = [
            _component("lowest-score", {"valueInteger": result.lowest}),
            _component("highest-score", {"valueInteger": result.highest}),
        ]
    return {
        "dataAbsentReason": {"coding": [parts.UNKNOWN.coding()], "text": f"Not all it needs is known: {said.reading(result)}"},
        "component": still,
    }


def _concept(code: str) -> Json:
    concept = INSTRUMENT_RESULTS[code]
    return {"coding": [concept.coding("instrument-result")], "text": concept.display}


def _component(code: str, value: Json) -> Json:
    return {"code": {"coding": [INSTRUMENTS[code].coding("instrument")]}, **value}


def _notes(result: InstrumentResult, frame: Frame) -> list[str]:
    notes = []
    if result.missing:
        notes.append(f"Not known: {said.missing(result.missing)}.")
    if result.accuracy:
        notes.append(said.accuracy(result.accuracy, result.population))
    if result.remark:
        notes.append(result.remark)
    return [*notes, said.source(result.basis, frame.source_of(result.basis))]
