"""Everything the assessment page shows, as values made from the assessment. The template only puts them in their places."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from service.clinical.assessment import Assessment, PatternMatch
from service.clinical.indices import Leg, Ratio
from service.clinical.measurements import Side
from service.evidence.loader import Evidence
from service.fhir import instrument_sentences, sentences
from service.fhir.terminology.finding_names import FINDING_NAMES
from service.fhir.terminology.own import DIAGNOSES
from service.web.pages.assessment.band_marks import STATUS_SHAPES, band_of_abi
from service.web.pages.assessment.leg_drawing import leg_drawing
from service.web.pages.assessment.measured_words import PAD_STATUS, abi_words, tbi_words
from service.web.pages.assessment.proposals import Flag, Proposed, proposed_orders, raised_flags, withheld_orders
from service.web.pages.assessment.readings import TakenReading, taken_readings
from service.web.pages.assessment.scale_drawing import (
    abi_bands,
    abi_scale,
    abi_standings,
    legend,
    tbi_bands,
    tbi_scale,
    tbi_standings,
)
from service.web.pages.assessment.weighing import Weighing, weighing


@dataclass(frozen=True, slots=True, kw_only=True)
class LegWords:
    side: str
    pad_status: str
    status: str
    shape: str
    """That of its status; `band` is that of its index at rest."""
    band: str
    abi: str
    abi_value: str
    tbi_value: str
    tbi: str
    exercise: str
    post_abi_value: str
    ischaemia: str
    ischaemia_grade: str
    sentence: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    name: str
    drawing: str
    legend: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A sentence and where it comes from."""

    text: str
    citation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    patient: str
    setting: str
    as_of: str
    figure: str
    legs: tuple[LegWords, ...]
    scales: tuple[Scale, ...]
    readings: tuple[TakenReading, ...]
    flags: tuple[Flag, ...]
    not_asked: tuple[str, ...]
    weighing: Weighing | None
    not_weighed: str
    orders: tuple[Proposed, ...]
    withheld: tuple[Proposed, ...]
    next_data: tuple[tuple[str, str, str], ...]
    """Code, words, effort."""
    advice: tuple[str, ...]
    alternatives: tuple[Told, ...]
    instruments: tuple[Told, ...]
    issues: tuple[str, ...]
    evidence_version: str


def page_values(assessment: Assessment, evidence: Evidence, anchors: Mapping[str, str], *, as_of: datetime) -> Page:
    """`anchors`: the place on the page of the evidence for each entry and rule."""
    indices = assessment.indices
    age = f"{assessment.age_years} years" if assessment.age_years is not None else "age not known"
    not_asked = (FINDING_NAMES[code] for code in assessment.red_flags_not_asked)
    return Page(
        patient=f"{age}, {assessment.sex.value if assessment.sex else 'sex not known'}",
        setting=assessment.setting.replace("-", " "),
        as_of=f"{as_of:%Y-%m-%d %H:%M} {as_of.tzname() or ''}".rstrip(),
        figure=leg_drawing(indices, hurts=_hurts(assessment), hurting_sides=_hurting_sides(assessment)),
        legs=tuple(_leg(leg) for leg in indices.legs),
        scales=tuple(_scales(assessment, evidence)),
        readings=tuple(taken_readings(indices, as_of=as_of)),
        flags=raised_flags(assessment, anchors),
        # Both sides are asked together, so a finding is named once.
        not_asked=tuple(dict.fromkeys(name.removesuffix(", right").removesuffix(", left") for name in not_asked)),
        weighing=weighing(assessment, evidence.model, anchors),
        not_weighed=sentences.not_weighed(assessment.not_weighed) if assessment.not_weighed is not None else "",
        orders=proposed_orders(assessment, anchors),
        withheld=withheld_orders(assessment, anchors),
        next_data=tuple((datum.code, datum.text, datum.effort.value) for datum in assessment.next_data),
        advice=assessment.advice,
        alternatives=tuple(
            Told(text=f"{DIAGNOSES[one.code].display}. {sentences.pattern(one)}", citation=one.basis.citation)
            for one in assessment.alternatives
            if one.match is not PatternMatch.NOT_MATCHED
        ),
        instruments=tuple(
            Told(text=line, citation=result.basis.citation) for result, line in instrument_sentences.lines(assessment.instruments)
        ),
        issues=tuple(sentences.issues(assessment.issues)),
        evidence_version=assessment.evidence_version,
    )


def _hurts(assessment: Assessment) -> frozenset[str]:
    sites = assessment.facts.get("symptom-site")
    return frozenset(str(site) for site in sites) if isinstance(sites, frozenset) else frozenset()


def _hurting_sides(assessment: Assessment) -> frozenset[Side]:
    side = str(assessment.facts.get("symptom-side", ""))
    return frozenset(one for one in Side if side in (one.value, "both"))


def _leg(leg: Leg) -> LegWords:
    notes = []
    if leg.abi is not None:
        notes += ["near a threshold: repeat"] if leg.abi.near_threshold else []
        notes += ["one arm only: may be overstated"] if leg.abi.single_arm else []
        notes += ["as reported"] if leg.abi.ratio.reported else []
    test = leg.exercise
    exercise = ""
    if test is not None:
        parts = [f"exercise test {sentences.exercise(test.result)}"]
        if test.post_abi is not None:
            parts.append(f"ABI {sentences.ratio(test.post_abi)} after")
        if test.ankle_fall_mmhg is not None:
            parts.append(f"ankle {-test.ankle_fall_mmhg:+f} mmHg")
        exercise = ", ".join(parts)
    return LegWords(
        side=leg.side.value,
        pad_status=leg.pad_status,
        status=PAD_STATUS[leg.pad_status],
        shape=STATUS_SHAPES[leg.pad_status],
        band=band_of_abi(leg.abi),
        abi=abi_words(leg),
        abi_value=_value(leg.abi.ratio) if leg.abi else "",
        tbi=tbi_words(leg) or (f"TBI: {sentences.not_computed(leg.tbi_missing)}" if leg.tbi_missing else ""),
        tbi_value=_value(leg.tbi.ratio) if leg.tbi else "",
        exercise=exercise,
        post_abi_value=_value(test.post_abi) if test is not None and test.post_abi is not None else "",
        ischaemia=f"WIfI ischaemia grade {leg.ischaemia.grade}, by {leg.ischaemia.decided_by.replace('-', ' ')}"
        if leg.ischaemia
        else "",
        ischaemia_grade=str(leg.ischaemia.grade) if leg.ischaemia else "",
        sentence=sentences.pad_status(leg),
        notes=tuple(notes),
    )


def _value(ratio: Ratio) -> str:
    return "" if ratio.value is None else str(ratio.value)


def _scales(assessment: Assessment, evidence: Evidence) -> Iterator[Scale]:
    thresholds = evidence.abi_categories
    if abi := abi_standings(assessment.indices):
        yield Scale(
            name="ABI",
            drawing=abi_scale(abi, thresholds.abi),
            legend=tuple((band.value, limits) for band, limits in legend(abi_bands(thresholds.abi))),
        )
    if tbi := tbi_standings(assessment.indices):
        yield Scale(
            name="TBI",
            drawing=tbi_scale(tbi, thresholds.tbi),
            legend=tuple((band.value, limits) for band, limits in legend(tbi_bands(thresholds.tbi))),
        )
