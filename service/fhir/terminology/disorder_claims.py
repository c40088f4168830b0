"""What each disorder this service reads says in the vocabulary of findings, apart from the codes it is recorded with.

Names are our own plain words; they are shown, never compared.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from service.clinical.data_issues import IssueCode
from service.clinical.findings import FindingValue


class Reach(StrEnum):
    """Which finding a claim fills: one for the person, one a leg, or the side of the symptoms."""

    PERSON = "person"
    LEG = "leg"
    SYMPTOM_SIDE = "symptom-side"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One thing a disorder says. `finding` is a code of the vocabulary, of a LEG claim without its side.

    `ended` is what it says once the condition is resolved, inactive or in remission; None: then nothing.
    """

    finding: str
    value: FindingValue = True
    ended: FindingValue | None = None
    reach: Reach = Reach.PERSON


@dataclass(frozen=True, slots=True, kw_only=True)
class Disorder:
    """A disorder this service reads.

    `remark`: what the reader of the answer must hear beside (or instead of) the claims. `recent_only`: an old entry says nothing of today.
    """

    name: str
    claims: tuple[Claim, ...] = ()
    recent_only: bool = False
    remark: IssueCode | None = None
    remark_text: str = ""


def _lasting(finding: str) -> Claim:
    return Claim(finding=finding, ended=True)


def _leg(finding: str, *, ended: FindingValue | None = None) -> Claim:
    return Claim(finding=finding, reach=Reach.LEG, ended=ended)


def _emergency(name: str, *claims: Claim, findings: str) -> Disorder:
    return Disorder(
        name=name,
        claims=claims,
        remark=IssueCode.VALUE_MISSING,
        remark_text=(
            f"{name} is recorded as current, but a diagnosis raises no red flag here: the findings do ({findings}). "
            "Record them; if it is current, act on the diagnosis and do not wait for this assessment."
        ),
    )


def _nothing_concluded(name: str, text: str) -> Disorder:
    return Disorder(name=name, remark=IssueCode.NOT_RELEVANT, remark_text=f"{name}: {text}")


_PAD = _lasting("known-pad")
_WALKING = Claim(finding="leg-pain-on-walking")
_SIDE = Claim(finding="symptom-side", reach=Reach.SYMPTOM_SIDE)
_REST_PAIN = Claim(finding="rest-pain-foot")
_STENOSIS = Claim(finding="known-lumbar-stenosis")

DIABETES = Disorder(name="Diabetes", claims=(Claim(finding="diabetes"),))
DIABETIC_ANGIOPATHY = Disorder(name="Diabetic peripheral angiopathy", claims=(Claim(finding="diabetes"), _PAD))
DIABETIC_GANGRENE = Disorder(name="Diabetic gangrene", claims=(_leg("gangrene"),))
DIABETIC_FOOT_ULCER = Disorder(name="Diabetic foot ulcer", claims=(_leg("foot-wound"),))
HYPERTENSION = Disorder(name="Hypertension", claims=(Claim(finding="hypertension"),))
HYPERLIPIDAEMIA = Disorder(name="Hyperlipidaemia", claims=(Claim(finding="hyperlipidaemia"),))
KIDNEY = Disorder(name="Chronic kidney disease", claims=(Claim(finding="chronic-kidney-disease"),))
KIDNEY_EARLY = _nothing_concluded(
    "Chronic kidney disease, stage 1 or 2",
    "filtration is near normal, so it does not count as chronic-kidney-disease, which means stage 3 or worse. Nothing to do unless it has progressed.",
)
KIDNEY_FAILURE = Disorder(
    name="End-stage kidney disease",
    claims=(Claim(finding="chronic-kidney-disease"), Claim(finding="dialysis")),
    remark=IssueCode.ASSUMED,
    remark_text="End-stage kidney disease was taken to mean dialysis. If the person is not on dialysis, record dialysis = no.",
)
DIALYSIS = Disorder(name="Dependence on dialysis", claims=(Claim(finding="chronic-kidney-disease"), Claim(finding="dialysis")))
CORONARY = Disorder(name="Coronary artery disease", claims=(_lasting("coronary-artery-disease"),))
CEREBROVASCULAR = Disorder(name="Cerebrovascular disease", claims=(_lasting("cerebrovascular-disease"),))
ANEURYSM = Disorder(name="Abdominal aortic aneurysm", claims=(_lasting("abdominal-aortic-aneurysm"),))
RUPTURED_ANEURYSM = _emergency(
    "Ruptured abdominal aortic aneurysm",
    _lasting("abdominal-aortic-aneurysm"),
    findings="pulsatile-abdominal-mass, abdominal-or-back-pain-with-collapse",
)
FIBRILLATION = Disorder(name="Atrial fibrillation or flutter", claims=(Claim(finding="atrial-fibrillation"),))
PAD = Disorder(name="Peripheral artery disease", claims=(_PAD,))
VASCULAR_DISEASE = Disorder(
    name="Peripheral vascular disease",
    claims=(_PAD,),
    remark=IssueCode.ASSUMED,
    remark_text="Peripheral vascular disease was taken to mean peripheral artery disease. If it is venous, code the venous disease.",
)
PAD_CLAUDICATION = Disorder(name="Peripheral artery disease with intermittent claudication", claims=(_PAD, _WALKING, _SIDE))
PAD_REST_PAIN = Disorder(name="Peripheral artery disease with rest pain", claims=(_PAD, _REST_PAIN, _SIDE))
PAD_ULCER = Disorder(name="Peripheral artery disease with an ulcer", claims=(_PAD, _leg("foot-wound")))
PAD_GANGRENE = Disorder(name="Peripheral artery disease with gangrene", claims=(_PAD, _leg("gangrene")))
CLAUDICATION = Disorder(name="Intermittent claudication", claims=(_WALKING, _SIDE))
CRITICAL_ISCHAEMIA = _emergency(
    "Critical limb ischaemia", _PAD, findings="rest-pain-foot, foot-wound, gangrene, ankle and toe pressures"
)
ACUTE_ISCHAEMIA = _emergency(
    "Acute limb ischaemia", findings="cold-leg, pale-leg, leg-sensory-loss, leg-motor-loss, sudden-onset-within-14-days"
)
ISCHAEMIC_ULCER = Disorder(name="Ischaemic ulcer", claims=(_leg("foot-wound"),))
FOOT_ULCER = Disorder(name="Ulcer of the foot or ankle", claims=(_leg("foot-wound"),))
LEG_ULCER = Disorder(
    name="Ulcer of the leg",
    remark=IssueCode.SITE_NOT_UNDERSTOOD,
    remark_text="An ulcer of the leg that is not coded to the foot or ankle was not used. If the foot is concerned, record foot-wound for its side.",
)
GANGRENE = Disorder(name="Gangrene", claims=(_leg("gangrene"),))
STENOSIS = Disorder(name="Lumbar spinal stenosis", claims=(_STENOSIS,))
NEUROGENIC = Disorder(name="Neurogenic claudication", claims=(_STENOSIS, _WALKING, _SIDE))
CAUDA_EQUINA = _emergency(
    "Cauda equina syndrome", findings="saddle-anaesthesia, new-bladder-or-bowel-dysfunction, bilateral-leg-weakness"
)
URINARY_RETENTION = _emergency("Urinary retention", findings="new-bladder-or-bowel-dysfunction, post-void-residual-ml")
COMPARTMENT = _emergency("Compartment syndrome", findings="pain-out-of-proportion, major-trauma")
THROMBOSIS = _emergency(
    "Deep vein thrombosis of the leg", Claim(finding="prior-dvt", ended=True), findings="unilateral-leg-swelling, calf-tenderness"
)
PAST_THROMBOSIS = Disorder(name="Past deep vein thrombosis", claims=(_lasting("prior-dvt"),))
OBESITY = Disorder(name="Obesity", claims=(Claim(finding="obesity"),))
SMOKING = Disorder(name="Smoking", claims=(Claim(finding="smoking-status", value="current", ended="former"),))
PAST_SMOKING = Disorder(name="Past smoking", claims=(Claim(finding="smoking-status", value="former", ended="former"),))
NEVER_SMOKED = Disorder(name="Never smoked", claims=(Claim(finding="smoking-status", value="never"),))
PREGNANCY = Disorder(name="Pregnancy", claims=(Claim(finding="pregnant"),), recent_only=True)
OSTEOPOROSIS = Disorder(name="Osteoporosis or long-term steroids", claims=(Claim(finding="osteoporosis-or-steroids"),))
CANCER = Disorder(name="Cancer, present or past", claims=(_lasting("cancer-history"),))
CARDIAC_DEVICE = _nothing_concluded(
    "Pacemaker or defibrillator",
    "whether it is safe in MRI is not recorded, so nothing was concluded. Record mri-contraindicated after checking the device.",
)
LEG_PAIN = _nothing_concluded("Leg pain", "whether walking brings it on is not recorded. Ask, and record leg-pain-on-walking.")
REVASCULARISATION = Disorder(
    name="Past angioplasty or graft of a limb artery", claims=(_leg("prior-revascularisation", ended=True),)
)
AMPUTATION = Disorder(name="Amputation of the leg", claims=(_leg("leg-amputated", ended=True),))
GREAT_TOE_AMPUTATION = Disorder(name="Amputation of the great toe or the foot", claims=(_leg("great-toe-amputated", ended=True),))
