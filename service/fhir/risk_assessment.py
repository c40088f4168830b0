"""RiskAssessments: the differential, always; the red flags, when one is raised."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from service.clinical.assessment import (
    AlternativeMatch,
    Assessment,
    Cause,
    Diagnosis,
    Explanation,
    Likelihood,
    PatternMatch,
    RedFlag,
    Setting,
)
from service.evidence.intended_use import INTENDED_USE
from service.fhir import sentences
from service.fhir.answer_frame import LEG, Frame
from service.fhir.elements import Json
from service.fhir.fixed import Fixed
from service.fhir.knowledge.extension_definitions import PROBABILITY_RANGE_URL
from service.fhir.terminology.code import ICD10CM, RISK_PROBABILITY, SNOMED, UCUM, Code
from service.fhir.terminology.own import ASSESSMENT_KINDS, DIAGNOSES, RED_FLAGS

DATA_ABSENT_URL = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"

DIFFERENTIAL = "claudication-differential"
RED_FLAG_KIND = "red-flags"

# Only a code that means the same stands beside ours; both causes together, and neither, have none.
_STANDARD_DIAGNOSIS: Mapping[Diagnosis, tuple[Code, ...]] = {
    Diagnosis.VASCULAR: (
        Code(SNOMED, "840580004", "Peripheral arterial disease (disorder)"),
        Code(ICD10CM, "I73.9", "Peripheral vascular disease, unspecified"),
    ),
    Diagnosis.NEUROGENIC: (
        Code(SNOMED, "303081002", "Neurogenic claudication (finding)"),
        Code(ICD10CM, "M48.062", "Spinal stenosis, lumbar region with neurogenic claudication"),
    ),
}
_STANDARD_RED_FLAG: Mapping[str, tuple[Code, ...]] = {
    "acute-limb-ischaemia": (Code(SNOMED, "1230182004", "Acute lower limb ischemia (disorder)"),),
    "cauda-equina-syndrome": (
        Code(SNOMED, "192970008", "Cauda equina syndrome (disorder)"),
        Code(ICD10CM, "G83.4", "Cauda equina syndrome"),
    ),
    "abdominal-aortic-aneurysm": (Code(SNOMED, "233985008", "Abdominal aortic aneurysm (disorder)"),),
    "deep-vein-thrombosis": (Code(SNOMED, "404223003", "Deep venous thrombosis of lower extremity (disorder)"),),
}
_PATTERN_RISK: Mapping[PatternMatch, Likelihood] = {
    PatternMatch.MATCHED: Likelihood.MODERATE,
    PatternMatch.PARTLY: Likelihood.LOW,
}
_QUALITATIVE: Mapping[Likelihood, Code] = {
    Likelihood.NEGLIGIBLE: Code(RISK_PROBABILITY, "negligible", "Negligible likelihood"),
    Likelihood.LOW: Code(RISK_PROBABILITY, "low", "Low likelihood"),
    Likelihood.MODERATE: Code(RISK_PROBABILITY, "moderate", "Moderate likelihood"),
    Likelihood.HIGH: Code(RISK_PROBABILITY, "high", "High likelihood"),
}

_KIND: Mapping[str, Json] = {
    kind: Fixed({"coding": [concept.coding("assessment-kind")]}) for kind, concept in ASSESSMENT_KINDS.items()
}
_OUTCOME: Mapping[Diagnosis, Json] = {
    diagnosis: Fixed(
        {
            "coding": [
                DIAGNOSES[diagnosis].coding("diagnosis"),
                *(code.coding() for code in _STANDARD_DIAGNOSIS.get(diagnosis, ())),
            ],
            "text": DIAGNOSES[diagnosis].display,
        }
    )
    for diagnosis in Diagnosis
}
_FLAG_CODINGS: Mapping[str, list[Json]] = {
    flag: [Fixed(concept.coding("red-flag")), *(Fixed(code.coding()) for code in _STANDARD_RED_FLAG.get(flag, ()))]
    for flag, concept in RED_FLAGS.items()
}
_RISK: Mapping[Likelihood, Json] = {likelihood: Fixed({"coding": [code.coding()]}) for likelihood, code in _QUALITATIVE.items()}
# There is no number, and that is said: servers exist that take a prediction without probability[x] for one over 100 %.
_NO_NUMBER = Fixed({"extension": [{"url": DATA_ABSENT_URL, "valueCode": "not-applicable"}]})


def differential_resource(assessment: Assessment, frame: Frame, *, notes: Iterable[str]) -> Json:
    """The RiskAssessment of kind claudication-differential; without predictions when there was nothing to weigh."""
    resource = _resource(DIFFERENTIAL, frame, basis=assessment.sources)
    weighed = assessment.differential
    if weighed is not None:
        vascular, neurogenic = (_told(cause, assessment.setting, frame) for cause in (weighed.vascular, weighed.neurogenic))
        resource["prediction"] = [_prediction(one, vascular, neurogenic) for one in weighed.explanations]
        resource["prediction"] += [_alternative(one, frame) for one in assessment.alternatives if one.match in _PATTERN_RISK]
    said = [{"text": text} for text in notes]
    if said:
        resource["note"] = said
    return resource


def red_flags_resource(flags: Sequence[RedFlag], frame: Frame) -> Json:
    """The RiskAssessment of kind red-flags. `flags` is not empty. No number: a flag is raised or it is not."""
    resource = _resource(RED_FLAG_KIND, frame, basis=[source for flag in flags for source in flag.sources])
    resource["prediction"] = [_flag(flag, frame) for flag in flags]
    return resource


def _resource(kind: str, frame: Frame, *, basis: Iterable[str]) -> Json:
    references = frame.references_to(basis)
    resource: Json = {
        "resourceType": "RiskAssessment",
        "id": frame.id_of(f"risk-assessment/{kind}"),
        "status": "final",
        "method": {"text": f"Claudication CDS, evidence version {frame.evidence_version}. {INTENDED_USE}"},
        "code": _KIND[kind],
        "subject": frame.subject,
        "occurrenceDateTime": frame.as_of,
        "performer": frame.device,
    }
    if references:
        resource["basis"] = references
    return resource


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """One cause in words: in full, by its result only, and the printed sources of what counted, by citation."""

    in_full: str
    in_short: str
    sources: Mapping[str, str]


def _told(cause: Cause, setting: Setting, frame: Frame) -> _Told:
    return _Told(
        in_full=sentences.weighing(cause, setting),
        in_short=f"{sentences.result(cause)}.",
        sources={one.basis.citation: frame.source_of(one.basis) for one in cause.contributions if one.counted},
    )


def _prediction(one: Explanation, vascular: _Told, neurogenic: _Told) -> Json:
    shares = sentences.percents(one.probability)
    return {
        "extension": [{"url": PROBABILITY_RANGE_URL, "valueRange": {"low": _percent(shares.low), "high": _percent(shares.high)}}],
        "outcome": _OUTCOME[one.diagnosis],
        "probabilityDecimal": shares.value,
        "qualitativeRisk": _RISK[one.likelihood],
        "rationale": _rationale(one.diagnosis, sentences.interval(shares), vascular, neurogenic),
    }


def _percent(value: Decimal) -> Json:
    return {"value": value, "unit": "%", "system": UCUM, "code": "%"}


def _rationale(diagnosis: Diagnosis, probability: str, vascular: _Told, neurogenic: _Told) -> str:
    """The cause that this explanation names in full, the other by its result; both in full where it names both or neither."""
    if diagnosis is Diagnosis.VASCULAR:
        causes, sources = f"{vascular.in_full} {neurogenic.in_short}", vascular.sources
    elif diagnosis is Diagnosis.NEUROGENIC:
        causes, sources = f"{neurogenic.in_full} {vascular.in_short}", neurogenic.sources
    else:
        causes, sources = f"{vascular.in_full} {neurogenic.in_full}", {**vascular.sources, **neurogenic.sources}
    cited = f"Sources: {' | '.join(sources.values())}" if sources else "Sources: none but the pre-test estimate of this project."
    return f"{DIAGNOSES[diagnosis].display} {probability}. {causes} {cited}"


def _alternative(one: AlternativeMatch, frame: Frame) -> Json:
    """An explanation weighed by pattern only: a word, and no number."""
    concept = DIAGNOSES[one.code]
    return {
        "outcome": {"coding": [concept.coding("diagnosis")], "text": concept.display},
        "probabilityRange": _NO_NUMBER,
        "qualitativeRisk": _RISK[_PATTERN_RISK[one.match]],
        "rationale": f"{sentences.pattern(one)}. By pattern only; it takes no probability from the causes that are weighed. "
        f"{sentences.authority(one.basis, frame.source_of(one.basis))}",
    }


def _flag(flag: RedFlag, frame: Frame) -> Json:
    where = f", {LEG[flag.side]}" if flag.side else ""
    return {
        "outcome": {"coding": _FLAG_CODINGS[flag.code], "text": f"{RED_FLAGS[flag.code].display}{where}"},
        "probabilityRange": _NO_NUMBER,
        "qualitativeRisk": _RISK[Likelihood.HIGH],
        "rationale": f"{flag.text} Urgency: {flag.priority}{where}. {sentences.authority(flag.basis, frame.source_of(flag.basis))}",
    }
