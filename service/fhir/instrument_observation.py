"""Observations: each instrument with its score or class; where answers are missing, the range they leave instead of a value."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from service.clinical.assessment import InstrumentResult
from service.clinical.measurements import Side
from service.evidence.instruments import Instrument
from service.fhir import instrument_sentences as said
from service.fhir import observation_parts as parts
from service.fhir.answer_frame import Frame
from service.fhir.elements import Json
from service.fhir.fixed import Fixed
from service.fhir.terminology import snomed
from service.fhir.terminology.code import OBSERVATION_CATEGORY, Code
from service.fhir.terminology.instruments import INSTRUMENT_RESULTS, INSTRUMENTS

_CATEGORY: Mapping[str, list[Json]] = {
    kind: [Fixed({"coding": [Code(OBSERVATION_CATEGORY, kind, kind.capitalize()).coding()]})] for kind in ("survey", "exam")
}
_BODY_SITE: Mapping[Side | None, Json] = {
    None: Fixed({"coding": [snomed.LOWER_LIMB.coding()], "text": "legs"}),
    Side.RIGHT: Fixed({"coding": [snomed.RIGHT_ANKLE.coding()], "text": "right ankle"}),
    Side.LEFT: Fixed({"coding": [snomed.LEFT_ANKLE.coding()], "text": "left ankle"}),
}
_CODE: Mapping[tuple[str, Side | None], Json] = {
    (code, side): Fixed({"coding": [concept.coding("instrument")], "text": said.title(code, side)})
    for code, concept in INSTRUMENTS.items()
    for side in (None, *Side)
}
_PART_CODE: Mapping[str, Json] = {
    code: Fixed({"coding": [concept.coding("instrument")]}) for code, concept in INSTRUMENTS.items()
}
_RESULT: Mapping[str, Json] = {
    code: {"valueCodeableConcept": Fixed({"coding": [concept.coding("instrument-result")], "text": concept.display})}
    for code, concept in INSTRUMENT_RESULTS.items()
}
_POSSIBLE: Mapping[str, Json] = {code: Fixed({"code": _PART_CODE["possible-result"], **value}) for code, value in _RESULT.items()}
_INTERPRETATION: Mapping[bool, list[Json]] = {
    True: [Fixed({"coding": [parts.POSITIVE.coding()]})],
    False: [Fixed({"coding": [parts.NEGATIVE.coding()]})],
}
_UNKNOWN = Fixed(parts.UNKNOWN.coding())
# R4 lets an Observation derive from these and from nothing else that is read here; a Condition stands in the basis of the RiskAssessment.
_MAY_DERIVE_FROM = re.compile(r"(.*/)?(QuestionnaireResponse|Observation)/.*|urn:.*")


def instrument_observations(results: Iterable[InstrumentResult], frame: Frame) -> list[Json]:
    return [_observation(result, frame) for result in results]


def _observation(result: InstrumentResult, frame: Frame) -> Json:
    resource: Json = {
        "resourceType": "Observation",
        "id": frame.id_of(f"observation/instrument/{result.code}/{result.side or 'legs'}"),
        "status": "final",
        "category": _CATEGORY[result.kind],
        "code": _CODE[result.code, result.side],
        "subject": frame.subject,
        "bodySite": _BODY_SITE[result.side],
        "device": frame.device,
        # When it was scored, so that the newest of several can be told; what it rests on keeps its own dates.
        "issued": frame.as_of,
        **_value(result),
        "note": [*_not_known(result), *_standing_notes(result.instrument, frame.source_of(result.basis))],
    }
    if result.positive is not None:
        resource["interpretation"] = _INTERPRETATION[result.positive]
    rests_on = frame.references_to([source for source in result.sources if _MAY_DERIVE_FROM.fullmatch(source)])
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
        "dataAbsentReason": {"coding": [_UNKNOWN], "text": f"Not all it needs is known: {said.reading(result)}"},
        "component": still,
    }


def _not_known(result: InstrumentResult) -> list[Json]:
    return [{"text": f"Not known: {said.missing(result.missing)}."}] if result.missing else []


@lru_cache(maxsize=64)
def _standing_notes(instrument: Instrument, citation: str) -> tuple[Fixed, ...]:
    """What is said of an instrument whomever it was applied to: made once for each of an evidence version."""
    notes = [said.accuracy(instrument.accuracy, instrument.population)] if instrument.accuracy else []
    notes += [instrument.remark] if instrument.remark else []
    return tuple(Fixed({"text": text}) for text in (*notes, said.source(instrument.basis, citation)))
