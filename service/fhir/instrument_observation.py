"""Observations: each instrument with its score or class; where answers are missing, the range they leave instead of a value."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from service.clinical.assessment import InstrumentResult
from service.clinical.measurements import Side
from service.fhir import instrument_sentences as said
from service.fhir import observation_parts as parts
from service.fhir.answer_frame import Frame, input_reference
from service.fhir.elements import Json
from service.fhir.terminology import snomed
from service.fhir.terminology.code import OBSERVATION_CATEGORY, Code
from service.fhir.terminology.instruments import INSTRUMENT_RESULTS, INSTRUMENTS

_CATEGORY: Mapping[str, Code] = {
    "survey": Code(OBSERVATION_CATEGORY, "survey", "Survey"),
    "exam": Code(OBSERVATION_CATEGORY, "exam", "Exam"),
}
# What does not hang on the patient is made once and shared by all answers: not to be changed.
_BODY_SITE: Mapping[Side | None, Json] = {
    None: {"coding": [snomed.LOWER_LIMB.coding()], "text": "legs"},
    Side.RIGHT: {"coding": [snomed.RIGHT_ANKLE.coding()], "text": "right ankle"},
    Side.LEFT: {"coding": [snomed.LEFT_ANKLE.coding()], "text": "left ankle"},
}
_PART_CODE: Mapping[str, Json] = {code: {"coding": [concept.coding("instrument")]} for code, concept in INSTRUMENTS.items()}
_RESULT: Mapping[str, Json] = {
    code: {"valueCodeableConcept": {"coding": [concept.coding("instrument-result")], "text": concept.display}}
    for code, concept in INSTRUMENT_RESULTS.items()
}
_POSSIBLE: Mapping[str, Json] = {code: {"code": _PART_CODE["possible-result"], **value} for code, value in _RESULT.items()}
_INTERPRETATION: Mapping[bool, list[Json]] = {
    True: [{"coding": [parts.POSITIVE.coding()]}],
    False: [{"coding": [parts.NEGATIVE.coding()]}],
}
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
        "bodySite": _BODY_SITE[result.side],
        "device": frame.device,
        # When it was scored, so that the newest of several can be told; what it rests on keeps its own dates.
        "issued": frame.as_of,
        **_value(result),
        "note": [{"text": text} for text in _notes(result, frame)],
    }
    if result.positive is not None:
        resource["interpretation"] = _INTERPRETATION[result.positive]
    rests_on = [input_reference(source) for source in result.sources if _MAY_DERIVE_FROM.fullmatch(source)]
    if rests_on:
        resource["derivedFrom"] = rests_on
    return resource


def _value(result: InstrumentResult) -> Json:
    if result.score is not None:
        return {"valueInteger": result.score}
    if result.result is not None:
        return _RESULT[result.result]
    if result.possible:
        still = [_POSSIBLE[code] for code in result.possible]
    else:
        still = [
            {"code": _PART_CODE["lowest-score"], "valueInteger": result.lowest},
            {"code": _PART_CODE["highest-score"], "valueInteger": result.highest},
        ]
    return {
        "dataAbsentReason": {"coding": [parts.UNKNOWN.coding()], "text": f"Not all it needs is known: {said.reading(result)}"},
        "component": still,
    }


def _notes(result: InstrumentResult, frame: Frame) -> list[str]:
    notes = []
    if result.missing:
        notes.append(f"Not known: {said.missing(result.missing)}.")
    if result.accuracy:
        notes.append(said.accuracy(result.accuracy, result.population))
    if result.remark:
        notes.append(result.remark)
    return [*notes, said.source(result.basis, frame.source_of(result.basis))]
