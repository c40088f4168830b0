"""Assessments made by hand, so that the tests of the answer do not hang on the numbers of the evidence."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from service.clinical.assessment import (
    Assessment,
    Basis,
    Cause,
    Contribution,
    Diagnosis,
    Differential,
    Effort,
    Explanation,
    Interval,
    Likelihood,
    NextDatum,
    NotWeighed,
    Order,
    Priority,
    RedFlag,
    Setting,
    Sex,
    WithheldOrder,
)
from service.clinical.data_issues import DataIssue, IssueCode
from service.clinical.indices import (
    Abi,
    AbiCategory,
    Arms,
    ExerciseResult,
    ExerciseTest,
    Indices,
    Ischaemia,
    Leg,
    NotComputed,
    PadReason,
    PadStatus,
    Ratio,
    Reading,
    Tbi,
)
from service.clinical.measurements import Bound, Phase, Side, Site
from service.fhir.answer import Output, build_answer
from service.fhir.answer_frame import Frame
from service.fhir.elements import Json

AS_OF = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
STUDY = datetime(2026, 3, 1, 10, 0, tzinfo=UTC)
EVIDENCE = "2026.1"
CITATIONS = {"guideline": "Guideline of 2024. doi:10.1000/guideline", "study": "Study of 2013. doi:10.1000/study"}
FRAME = Frame(
    digest="0f" * 32,
    subject={"reference": "Patient/otto"},
    device={"reference": "urn:uuid:1b6b38c8-2f3f-5c35-9f2e-f1d2a7b4c001"},
    as_of=AS_OF.isoformat(),
    evidence_version=EVIDENCE,
    citations=CITATIONS,
)


def basis(**changes: Any) -> Basis:
    given = {
        "rule": "row-4-exercise",
        "citation": "guideline",
        "tag": "F",
        "guideline": "Guideline of 2024, 3.1 (6)",
        "class_of_recommendation": "1",
        "level_of_evidence": "B-NR",
    }
    return Basis(**{**given, **changes})


def reading(site: Site, side: Side, mmhg: str | None, *, bound: Bound = Bound.EXACT, phase: Phase = Phase.REST) -> Reading:
    return Reading(
        site=site,
        side=side,
        mmhg=None if mmhg is None else Decimal(mmhg),
        sources=(f"Observation/{phase}-{site}-{side}",),
        taken_at=STUDY,
        phase=phase,
        bound=bound,
    )


ARM = reading(Site.BRACHIAL, Side.RIGHT, "130")


def ratio(upper: Reading, value: str | None, raw: str | None, *, arm: Reading | None = ARM) -> Ratio:
    return Ratio(
        value=None if value is None else Decimal(value),
        raw=None if raw is None else Decimal(raw),
        bound=upper.bound,
        sources=upper.sources + (arm.sources if arm else ()),
        taken_at=STUDY,
        numerator=upper,
        denominator=arm,
    )


def unmeasured(side: Side, reason: NotComputed = NotComputed.NO_ANKLE_PRESSURE, **changes: Any) -> Leg:
    given = {
        "side": side,
        "pad_status": PadStatus.NOT_MEASURED,
        "pad_reason": PadReason.NO_PRESSURE,
        "abi_missing": reason,
        "tbi_missing": NotComputed.LEG_AMPUTATED if reason is NotComputed.LEG_AMPUTATED else NotComputed.NO_TOE_PRESSURE,
    }
    return Leg(**{**given, **changes})


def diseased_right_leg() -> Leg:
    """ABI 0.70 with a lower artery of 0.58, toe 22 mmHg, a fall after exercise."""
    ankle = reading(Site.DORSALIS_PEDIS, Side.RIGHT, "91")
    lower = reading(Site.POSTERIOR_TIBIAL, Side.RIGHT, "76")
    toe = reading(Site.TOE, Side.RIGHT, "22")
    after = reading(Site.DORSALIS_PEDIS, Side.RIGHT, "45", phase=Phase.POST_EXERCISE)
    arm_after = reading(Site.BRACHIAL, Side.RIGHT, "150", phase=Phase.POST_EXERCISE)
    return Leg(
        side=Side.RIGHT,
        pad_status=PadStatus.CONFIRMED,
        pad_reason=PadReason.ABI_ABNORMAL,
        abi=Abi(
            ratio=ratio(ankle, "0.70", "0.7"),
            category=AbiCategory.ABNORMAL,
            near_threshold=True,
            lower=ratio(lower, "0.58", "0.5846153846153846153846153846"),
            single_arm=True,
        ),
        tbi=Tbi(ratio=ratio(toe, "0.17", "0.1692307692307692307692307692"), abnormal=True),
        ankle=ankle,
        toe=toe,
        ischaemia=Ischaemia(grade=3, decided_by="toe-pressure"),
        exercise=ExerciseTest(
            result=ExerciseResult.CONCORDANT_POSITIVE,
            post_abi=ratio(after, "0.30", "0.3", arm=arm_after),
            abi_fall_percent=Decimal("57.14285714285714285714285714"),
            ankle_fall_mmhg=Decimal("46"),
            abi_criterion=True,
            ankle_criterion=True,
            sources=("Observation/rest-dorsalis-pedis-right", "Observation/post-exercise-dorsalis-pedis-right"),
        ),
    )


def stiff_left_leg() -> Leg:
    """An ankle artery still heard at 250 mmHg, no toe pressure."""
    ankle = reading(Site.POSTERIOR_TIBIAL, Side.LEFT, "250", bound=Bound.ABOVE)
    return Leg(
        side=Side.LEFT,
        pad_status=PadStatus.INDETERMINATE,
        pad_reason=PadReason.STIFF_WITHOUT_TOE,
        abi=Abi(ratio=ratio(ankle, "1.92", "1.923076923076923076923076923"), category=AbiCategory.NONCOMPRESSIBLE),
        tbi_missing=NotComputed.NO_TOE_PRESSURE,
        ankle=ankle,
    )


def contribution(text: str, log_odds: float, **changes: Any) -> Contribution:
    given = {
        "entry": text.replace(" ", "-"),
        "present": True,
        "likelihood_ratio": 3.3,
        "low": 2.3,
        "high": 4.8,
        "group": "site",
        "part": "history",
        "shrinkage": 0.5,
        "counted": True,
        "why": "the strongest of its group",
        "log_odds": log_odds,
        "text": text,
        "basis": basis(rule="lr", citation="study", guideline=""),
    }
    return Contribution(**{**given, **changes})


VASCULAR = Cause(
    name="vascular",
    pretest=Interval(value=0.25, low=0.15, high=0.35),
    posttest=Interval(value=0.7213, low=0.41, high=0.888),
    likelihood=Likelihood.HIGH,
    contributions=(
        contribution("smoking: current", 0.3, part="risk-factor"),
        contribution("pain in the calf", 0.6),
        contribution("ABI 0.90 or lower in a leg that hurts", 1.7, basis=basis(rule="abi", tag="F2", citation="guideline")),
        contribution("relief by sitting only", -0.4),
        contribution("cool skin", 0.0, counted=False),
    ),
    capped=True,
    floored=True,
)
NEUROGENIC = Cause(
    name="neurogenic",
    pretest=Interval(value=0.3, low=0.2, high=0.45),
    posttest=Interval(value=0.1, low=0.02, high=0.3),
    likelihood=Likelihood.LOW,
    contributions=(),
)
DIFFERENTIAL = Differential(
    vascular=VASCULAR,
    neurogenic=NEUROGENIC,
    explanations=(
        Explanation(
            diagnosis=Diagnosis.VASCULAR, probability=Interval(value=0.64917, low=0.287, high=0.87), likelihood=Likelihood.HIGH
        ),
        Explanation(
            diagnosis=Diagnosis.OTHER, probability=Interval(value=0.25083, low=0.0784, high=0.578), likelihood=Likelihood.MODERATE
        ),
        Explanation(
            diagnosis=Diagnosis.MIXED, probability=Interval(value=0.07213, low=0.0082, high=0.266), likelihood=Likelihood.LOW
        ),
        Explanation(
            diagnosis=Diagnosis.NEUROGENIC,
            probability=Interval(value=0.02787, low=0.0022, high=0.177),
            likelihood=Likelihood.NEGLIGIBLE,
        ),
    ),
    notes=("Age not known: weighed as 50 and over.",),
)


def assessment(**changes: Any) -> Assessment:
    """A claudicant with a diseased right leg, a stiff left one, a threatened limb, five orders and things left to ask."""
    given: dict[str, Any] = {
        "setting": Setting.PRIMARY_CARE,
        "age_years": 68,
        "sex": Sex.MALE,
        "indices": Indices(right=diseased_right_leg(), left=stiff_left_leg(), arms=Arms(higher=ARM)),
        "red_flags": (
            RedFlag(
                code="chronic-limb-threatening-ischaemia",
                side=Side.RIGHT,
                priority=Priority.URGENT,
                text="Toe pressure under 30 mmHg.",
                basis=basis(rule="clti", tag="K-M"),
                sources=("Observation/rest-toe-right",),
            ),
            RedFlag(
                code="cauda-equina-syndrome", side=None, priority=Priority.STAT, text="Saddle numbness.", basis=basis(rule="ces")
            ),
        ),
        "red_flags_not_asked": ("fever", "foot-wound-right"),
        "differential": DIFFERENTIAL,
        "not_weighed": None,
        "orders": (
            Order(
                code="smoking-cessation",
                side=None,
                priority=Priority.ROUTINE,
                reason="Smokes.",
                basis=basis(rule="row-2-smoking"),
            ),
            Order(
                code="arterial-duplex",
                side=Side.RIGHT,
                priority=Priority.URGENT,
                reason="Where is the disease?",
                basis=basis(rule="clti", tag="K-M"),
                red_flag="chronic-limb-threatening-ischaemia",
                sources=("Observation/rest-toe-right",),
            ),
            Order(code="exercise-abi", side=None, priority=Priority.ROUTINE, reason="Symptoms.", basis=basis()),
            Order(
                code="emergency-department",
                side=None,
                priority=Priority.STAT,
                reason="To hospital.",
                basis=basis(rule="ces", class_of_recommendation="", level_of_evidence=""),
                red_flag="cauda-equina-syndrome",
            ),
            Order(code="cta-runoff", side=None, priority=Priority.ROUTINE, reason="Plan.", basis=basis(rule="row-3-cta")),
        ),
        "withheld": (WithheldOrder(code="mra-runoff", reason="Already ordered.", basis=basis()),),
        "next_data": (
            NextDatum(code="age", effort=Effort.QUESTION, text="How old is the patient?", expected_bits=0.0),
            NextDatum(code="relieved-by-sitting", effort=Effort.QUESTION, text="Does sitting help?", expected_bits=0.3),
            NextDatum(
                code="pulse-dorsalis-pedis-right", effort=Effort.EXAMINATION, text="Feel the foot pulses.", expected_bits=0.2
            ),
            NextDatum(code="toe-brachial-index", effort=Effort.TEST, text="Measure the toe.", expected_bits=0.1),
        ),
        "advice": ("Medical therapy as the guideline has it.",),
        "issues": (
            DataIssue(
                code=IssueCode.UNIT_NOT_UNDERSTOOD,
                detail="The unit 'cmH2O' of the pressure is not known; send mm[Hg].",
                source="Observation/odd",
                expression="Bundle.entry[3].resource.valueQuantity.unit",
            ),
            DataIssue(code=IssueCode.NOT_RELEVANT, detail="Not needed.", source="Claim/1", expression="Bundle.entry[4].resource"),
            DataIssue(code=IssueCode.NOT_RELEVANT, detail="Not needed.", expression="Bundle.entry[5].resource"),
            DataIssue(code=IssueCode.SINGLE_ARM, detail="Only the right arm was measured.", used=True),
        ),
        "evidence_version": EVIDENCE,
        "sources": ("QuestionnaireResponse/form", "Observation/rest-toe-right"),
    }
    return Assessment(**{**given, **changes})


def nothing_known() -> Assessment:
    """Nothing usable came: no pressure, no symptom."""
    return assessment(
        indices=Indices(right=unmeasured(Side.RIGHT), left=unmeasured(Side.LEFT)),
        red_flags=(),
        red_flags_not_asked=(),
        differential=None,
        not_weighed=NotWeighed.SYMPTOMS_NOT_KNOWN,
        orders=(),
        withheld=(),
        next_data=(
            NextDatum(code="leg-pain-on-walking", effort=Effort.QUESTION, text="Do the legs hurt on walking?", expected_bits=0.0),
        ),
        advice=(),
        issues=(),
        sources=(),
    )


def answer(
    of: Assessment | None = None, *, output: Output = Output.COLLECTION, patient: str = "Patient/otto", digest: str = "0f" * 32
) -> Json:
    return build_answer(
        of or assessment(),
        patient_reference=patient,
        evidence_version=EVIDENCE,
        citations=CITATIONS,
        as_of=AS_OF,
        digest=digest,
        output=output,
    )


def resources(bundle: Json, resource_type: str) -> list[Json]:
    return [entry["resource"] for entry in bundle["entry"] if entry["resource"]["resourceType"] == resource_type]
