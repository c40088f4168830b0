"""RiskAssessments: the differential, always; the red flags, when one is raised."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from service.clinical.assessment import (
    AlternativeMatch,
    Assessment,
    Basis,
    Cause,
    Diagnosis,
    Differential,
    Explanation,
    Interval,
    Likelihood,
    PatternMatch,
    RedFlag,
)
from service.fhir import sentences
from service.fhir.answer_frame import LEG, Frame, input_references
from service.fhir.elements import Json
from service.fhir.extension_definitions import PROBABILITY_RANGE_URL
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


def differential_resource(assessment: Assessment, frame: Frame, *, notes: Iterable[str]) -> Json:
    """The RiskAssessment of kind claudication-differential; without predictions when there was nothing to weigh."""
    resource = _resource(DIFFERENTIAL, frame, basis=assessment.sources)
    weighed = assessment.differential
    if weighed is not None:
        causes = {cause.name: sentences.weighing(cause, assessment.setting) for cause in (weighed.vascular, weighed.neurogenic)}
        resource["prediction"] = [_prediction(one, weighed, causes, frame) for one in weighed.explanations]
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
    references = input_references(basis)
    resource: Json = {
        "resourceType": "RiskAssessment",
        "id": frame.id_of(f"risk-assessment/{kind}"),
        "status": "final",
        "method": {"text": f"Claudication CDS, evidence version {frame.evidence_version}"},
        "code": {"coding": [ASSESSMENT_KINDS[kind].coding("assessment-kind")]},
        "subject": frame.subject,
        "occurrenceDateTime": frame.as_of,
        "performer": frame.device,
    }
    if references:
        resource["basis"] = references
    return resource


def _prediction(one: Explanation, weighed: Differential, causes: Mapping[str, str], frame: Frame) -> Json:
    standard = _STANDARD_DIAGNOSIS.get(one.diagnosis, ())
    concept = DIAGNOSES[one.diagnosis]
    return {
        "extension": [{"url": PROBABILITY_RANGE_URL, "valueRange": _range(one.probability)}],
        "outcome": {
            "coding": [concept.coding("diagnosis"), *(code.coding() for code in standard)],
            "text": concept.display,
        },
        "probabilityDecimal": sentences.percent(one.probability.value),
        "qualitativeRisk": {"coding": [_QUALITATIVE[one.likelihood].coding()]},
        "rationale": _rationale(one, weighed, causes, frame),
    }


def _range(probability: Interval) -> Json:
    return {"low": _percent(sentences.percent(probability.low)), "high": _percent(sentences.percent(probability.high))}


def _percent(value: Decimal) -> Json:
    return {"value": value, "unit": "%", "system": UCUM, "code": "%"}


def _rationale(one: Explanation, weighed: Differential, causes: Mapping[str, str], frame: Frame) -> str:
    """The cause that this explanation names in full, the other by its result; both in full where it names both or neither."""
    vascular, neurogenic = weighed.vascular, weighed.neurogenic
    begin = f"{DIAGNOSES[one.diagnosis].display} {sentences.interval(one.probability)}."
    if one.diagnosis is Diagnosis.VASCULAR:
        said, sources = [causes[vascular.name], _in_short(neurogenic)], _sources(frame, vascular)
    elif one.diagnosis is Diagnosis.NEUROGENIC:
        said, sources = [causes[neurogenic.name], _in_short(vascular)], _sources(frame, neurogenic)
    else:
        said, sources = [causes[vascular.name], causes[neurogenic.name]], _sources(frame, vascular, neurogenic)
    return " ".join(
        [
            begin,
            *said,
            f"Sources: {' | '.join(sources)}" if sources else "Sources: none but the pre-test estimate of this project.",
        ]
    )


def _in_short(cause: Cause) -> str:
    return f"{cause.name.capitalize()} cause {sentences.interval(cause.posttest)}."


def _sources(frame: Frame, *causes: Cause) -> list[str]:
    bases: dict[str, Basis] = {}
    for cause in causes:
        for contribution in cause.contributions:
            if contribution.counted:
                bases.setdefault(contribution.basis.citation, contribution.basis)
    return [frame.source_of(basis) for basis in bases.values()]


def _alternative(one: AlternativeMatch, frame: Frame) -> Json:
    """An explanation weighed by pattern only: a word, and no number."""
    concept = DIAGNOSES[one.code]
    return {
        "outcome": {"coding": [concept.coding("diagnosis")], "text": concept.display},
        **_without_number(_PATTERN_RISK[one.match]),
        "rationale": f"{sentences.pattern(one)}. By pattern only; it takes no probability from the causes that are weighed. "
        f"{sentences.authority(one.basis, frame.source_of(one.basis))}",
    }


def _without_number(likelihood: Likelihood) -> Json:
    """There is no number, and that is said: servers exist that take a prediction without probability[x] for one over 100 %."""
    return {
        "probabilityRange": {"extension": [{"url": DATA_ABSENT_URL, "valueCode": "not-applicable"}]},
        "qualitativeRisk": {"coding": [_QUALITATIVE[likelihood].coding()]},
    }


def _flag(flag: RedFlag, frame: Frame) -> Json:
    concept = RED_FLAGS[flag.code]
    where = f", {LEG[flag.side]}" if flag.side else ""
    return {
        "outcome": {
            "coding": [concept.coding("red-flag"), *(code.coding() for code in _STANDARD_RED_FLAG.get(flag.code, ()))],
            "text": f"{concept.display}{where}",
        },
        **_without_number(Likelihood.HIGH),
        "rationale": f"{flag.text} Urgency: {flag.priority}{where}. {sentences.authority(flag.basis, frame.source_of(flag.basis))}",
    }
