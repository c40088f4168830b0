"""Observations: the indices of both legs, each value once, with what it rests on. Pressures are components, never Observations of their own:
the record has them already, and a blood pressure code outside its profile is refused by validators.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from service.clinical.assessment import Assessment
from service.clinical.indices import (
    Abi,
    AbiCategory,
    ExerciseResult,
    ExerciseTest,
    Indices,
    Ischaemia,
    Leg,
    NotComputed,
    PadStatus,
    Tbi,
)
from service.clinical.measurements import Bound, Side
from service.fhir import observation_parts as parts
from service.fhir import sentences
from service.fhir.answer_frame import LEG, PROCEDURE, Frame, date_time
from service.fhir.elements import Json
from service.fhir.fixed import Fixed
from service.fhir.terminology import loinc, snomed
from service.fhir.terminology.code import Code
from service.fhir.terminology.own import ABI_CATEGORIES, PAD_STATUSES

_CATEGORY: list[Json] = [Fixed({"coding": [PROCEDURE.coding()]})]
_ABI_CODE: Mapping[Side, Json] = {
    side: Fixed({"coding": [snomed.ABPI_OBSERVABLE.coding(), loinc.ABI.coding()], "text": f"Ankle-brachial index, {LEG[side]}"})
    for side in Side
}
_TBI_CODE: Mapping[Side, Json] = {
    side: Fixed({"coding": [code.coding()], "text": f"Toe-brachial index, {LEG[side]}"})
    for side, code in ((Side.RIGHT, loinc.TBI_RIGHT), (Side.LEFT, loinc.TBI_LEFT))
}
_PAD_STATUS: Mapping[PadStatus, Json] = {
    status: Fixed({"coding": [PAD_STATUSES[status].coding("pad-status")], "text": PAD_STATUSES[status].display})
    for status in PadStatus
}
_STANDARD: Mapping[AbiCategory, Code] = {
    AbiCategory.ABNORMAL: parts.LOW,
    AbiCategory.BORDERLINE: parts.EQUIVOCAL,
    AbiCategory.NORMAL: parts.NORMAL,
    AbiCategory.NONCOMPRESSIBLE: parts.HIGH,
}
_ABI_INTERPRETATION: Mapping[tuple[AbiCategory, bool], list[Json]] = {
    (category, above): [
        Fixed(
            {"coding": [ABI_CATEGORIES[category].coding("abi-category"), (parts.OFF_SCALE_HIGH if above else standard).coding()]}
        )
    ]
    for category, standard in _STANDARD.items()
    for above in (False, True)
}
"""By category, and whether only a lower limit is known."""
_TBI_ABNORMAL: list[Json] = [Fixed({"coding": [parts.LOW.coding()]})]
_TBI_NORMAL: list[Json] = [Fixed({"coding": [parts.NORMAL.coding()]})]
_EXERCISE_INTERPRETATION: Mapping[ExerciseResult, Json] = {
    ExerciseResult.CONCORDANT_POSITIVE: {"coding": [parts.POSITIVE.coding()]},
    ExerciseResult.DISCORDANT: {"coding": [parts.EQUIVOCAL.coding()]},
    ExerciseResult.NEGATIVE: {"coding": [parts.NEGATIVE.coding()]},
    ExerciseResult.NOT_COMPUTABLE: {},
}
_COMPUTED = "Higher ankle artery pressure over the higher arm pressure, rounded half up to two decimals"
_COMPUTED_TOE = "Toe pressure over the higher arm pressure, rounded half up to two decimals"
_REPORTED = "As reported by who measured it, rounded half up to two decimals"
_NO_POST_ABI: Json = {
    "dataAbsentReason": {
        "coding": [Fixed(parts.UNKNOWN.coding())],
        "text": "No pressure after exercise that gives an index beside one at rest",
    }
}
_NO_NEWS = frozenset({NotComputed.NO_TOE_PRESSURE, NotComputed.LEG_AMPUTATED})
"""Of these a missing toe-brachial index says nothing: it is no routine measurement."""


def observations(assessment: Assessment, frame: Frame) -> list[Json]:
    """Per leg: ABI, TBI, exercise test, ischaemia grade, PAD status. None at all when neither symptoms nor any pressure are known."""
    if assessment.differential is None and not _anything(assessment.indices):
        return []
    return [observation for leg in assessment.indices.legs for observation in _of_leg(leg, frame)]


def _anything(indices: Indices) -> bool:
    """True when something was measured, or a leg that cannot be measured is known to be."""
    if indices.arms.higher is not None:
        return True
    return any(
        leg.abi or leg.tbi or leg.ankle or leg.toe or leg.exercise or leg.abi_missing is NotComputed.LEG_AMPUTATED
        for leg in indices.legs
    )


def _of_leg(leg: Leg, frame: Frame) -> list[Json]:
    found = []
    if leg.abi is not None:
        found.append(_abi(leg.side, leg.abi, frame))
    elif leg.abi_missing is not None:
        found.append(_observation("abi", _ABI_CODE[leg.side], leg.side, frame) | parts.absent(leg.abi_missing))
    if leg.tbi is not None:
        found.append(_tbi(leg.side, leg.tbi, frame))
    elif leg.tbi_missing is not None and leg.tbi_missing not in _NO_NEWS:
        found.append(
            _observation("tbi", _TBI_CODE[leg.side], leg.side, frame, body_site=parts.TOE[leg.side])
            | parts.absent(leg.tbi_missing)
        )
    if leg.exercise is not None:
        found.append(_exercise(leg.side, leg.exercise, frame))
    if leg.ischaemia is not None:
        found.append(_ischaemia(leg, leg.ischaemia, frame))
    found.append(_pad_status(leg, frame))
    return found


def _abi(side: Side, abi: Abi, frame: Frame) -> Json:
    ratio = abi.ratio
    components = parts.parts_of(ratio, numerator="ankle-systolic-pressure")
    if abi.lower is not None:
        components.append(parts.component("lower-ankle-abi", parts.ratio_value(abi.lower)))
    return {
        **_observation("abi", _ABI_CODE[side], side, frame, taken_at=ratio.taken_at, sources=ratio.sources),
        **parts.ratio_value(ratio),
        "interpretation": _ABI_INTERPRETATION[abi.category, ratio.bound is Bound.ABOVE],
        "method": {"text": _COMPUTED if ratio.computed_here else _REPORTED},
        **_notes(near_threshold=abi.near_threshold, single_arm=abi.single_arm),
        **_components(components),
    }


def _tbi(side: Side, tbi: Tbi, frame: Frame) -> Json:
    ratio = tbi.ratio
    return {
        **_observation(
            "tbi", _TBI_CODE[side], side, frame, taken_at=ratio.taken_at, sources=ratio.sources, body_site=parts.TOE[side]
        ),
        **parts.ratio_value(ratio),
        "interpretation": _TBI_ABNORMAL if tbi.abnormal else _TBI_NORMAL,
        "method": {"text": _COMPUTED_TOE if ratio.computed_here else _REPORTED},
        **_notes(near_threshold=False, single_arm=tbi.single_arm),
        **_components(parts.parts_of(ratio, numerator="toe-systolic-pressure")),
    }


def _exercise(side: Side, test: ExerciseTest, frame: Frame) -> Json:
    post = test.post_abi
    components = [] if post is None else parts.parts_of(post, numerator="ankle-systolic-pressure")
    if test.abi_fall_percent is not None:
        components.append(parts.measured("abi-fall-percent", test.abi_fall_percent, parts.PERCENT_UNIT))
    if test.ankle_fall_mmhg is not None:
        components.append(parts.measured("ankle-fall-mmhg", test.ankle_fall_mmhg, parts.PRESSURE_UNIT))
    return {
        **_observation(
            "post-exercise-abi",
            parts.OWN_CODE["post-exercise-abi", side],
            side,
            frame,
            taken_at=None if post is None else post.taken_at,
            sources=test.sources,
        ),
        **(_NO_POST_ABI if post is None else parts.ratio_value(post)),
        "interpretation": [{**_EXERCISE_INTERPRETATION[test.result], "text": f"Exercise test {sentences.exercise(test.result)}"}],
        **_components(components),
    }


def _ischaemia(leg: Leg, ischaemia: Ischaemia, frame: Frame) -> Json:
    by, taken_at = parts.decided_by(leg, ischaemia)
    return {
        **_observation(
            "wifi-ischaemia",
            parts.OWN_CODE["wifi-ischaemia", leg.side],
            leg.side,
            frame,
            taken_at=taken_at,
            sources=[
                source for one in (leg.ankle, leg.toe, leg.abi and leg.abi.ratio, leg.oxygen) if one for source in one.sources
            ],
        ),
        "valueInteger": ischaemia.grade,
        "method": {"text": f"Decided by the {by}"},
        **_components(parts.perfusion(leg)),
    }


def _pad_status(leg: Leg, frame: Frame) -> Json:
    ratios = [index.ratio for index in (leg.abi, leg.tbi) if index]
    after = leg.exercise.sources if leg.exercise else ()
    return {
        **_observation(
            "pad-status",
            parts.OWN_CODE["pad-status", leg.side],
            leg.side,
            frame,
            taken_at=next((ratio.taken_at for ratio in ratios), None),
            sources=[*(source for ratio in ratios for source in ratio.sources), *after],
        ),
        "valueCodeableConcept": _PAD_STATUS[leg.pad_status],
        "note": [{"text": sentences.pad_status(leg)}],
    }


def _observation(
    role: str,
    code: Json,
    side: Side,
    frame: Frame,
    *,
    taken_at: datetime | None = None,
    sources: Iterable[str] = (),
    body_site: Json | None = None,
) -> Json:
    """An Observation still without a value. It holds at the time of the measurement, and says none where that is not known."""
    resource: Json = {
        "resourceType": "Observation",
        "id": frame.id_of(f"observation/{role}/{side}"),
        "status": "final",
        "category": _CATEGORY,
        "code": code,
        "subject": frame.subject,
        "bodySite": body_site or parts.ANKLE[side],
        "device": frame.device,
    }
    if taken_at is not None:
        resource["effectiveDateTime"] = date_time(taken_at)
    rests_on = frame.references_to(sources)
    if rests_on:
        resource["derivedFrom"] = rests_on
    return resource


def _components(components: list[Json]) -> Json:
    return {"component": components} if components else {}


def _notes(*, near_threshold: bool, single_arm: bool) -> Json:
    notes = []
    if near_threshold:
        notes.append({"text": "So near the edge of its class that a repeat may change it."})
    if single_arm:
        notes.append({"text": "One arm only was measured; if the other is higher, the index is overstated."})
    return {"note": notes} if notes else {}
