"""What each disorder this service reads says in the vocabulary of findings, apart from the codes it is recorded with.

Names are our own plain words; they are shown, never compared.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from service.clinical.data_issues import IssueCode
from service.clinical.findings import FindingValue
from service.clinical.record_facts import DEVICE_SAFETY_UNKNOWN


class Reach(StrEnum):
    """Which finding a claim fills: one for the person, one a leg (or for the person as long as no leg is named), or the side of the symptoms."""

    PERSON = "person"
    LEG = "leg"
    LEG_IF_NAMED = "leg-if-named"
    SYMPTOM_SIDE = "symptom-side"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One thing a disorder says. `finding` is a code of the vocabulary, of a LEG claim without its side.

    `ended` is what it says once the condition is resolved, inactive or in remission; None: then nothing. `lapses`: it was true of its day only.
    `from_onset`: it counts from when the disorder began, where that is known, not from when it was written down.
    """

    finding: str
    value: FindingValue = True
    ended: FindingValue | None = None
    reach: Reach = Reach.PERSON
    lapses: bool = False
    from_onset: bool = False


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


def _of_its_day(finding: str) -> Claim:
    return Claim(finding=finding, reach=Reach.LEG, lapses=True)


def _diagnosed(flag: str, *, acute: bool = True, of_a_leg: bool = False) -> Claim:
    """A diagnosis that raises a red flag while it is recent. One that smoulders counts from when it was written down last."""
    return Claim(finding=f"diagnosed-{flag}", reach=Reach.LEG_IF_NAMED if of_a_leg else Reach.PERSON, from_onset=acute)


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
_REST_PAIN = Claim(finding="rest-pain-foot", lapses=True)
_LIMB_THREAT = _diagnosed("chronic-limb-threatening-ischaemia", acute=False, of_a_leg=True)
_STENOSIS = Claim(finding="known-lumbar-stenosis")

DIABETES = Disorder(name="Diabetes", claims=(Claim(finding="diabetes"),))
DIABETIC_ANGIOPATHY = Disorder(name="Diabetic peripheral angiopathy", claims=(Claim(finding="diabetes"), _PAD))
DIABETIC_GANGRENE = Disorder(name="Diabetic gangrene", claims=(_of_its_day("gangrene"),))
DIABETIC_FOOT_ULCER = Disorder(name="Diabetic foot ulcer", claims=(_of_its_day("foot-wound"),))
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
RUPTURED_ANEURYSM = Disorder(
    name="Ruptured abdominal aortic aneurysm",
    claims=(_lasting("abdominal-aortic-aneurysm"), _diagnosed("abdominal-aortic-aneurysm")),
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
PAD_REST_PAIN = Disorder(name="Peripheral artery disease with rest pain", claims=(_PAD, _REST_PAIN, _SIDE, _LIMB_THREAT))
PAD_ULCER = Disorder(name="Peripheral artery disease with an ulcer", claims=(_PAD, _of_its_day("foot-wound"), _LIMB_THREAT))
PAD_GANGRENE = Disorder(name="Peripheral artery disease with gangrene", claims=(_PAD, _of_its_day("gangrene"), _LIMB_THREAT))
CLAUDICATION = Disorder(name="Intermittent claudication", claims=(_WALKING, _SIDE))
CRITICAL_ISCHAEMIA = Disorder(name="Critical limb ischaemia", claims=(_PAD, _LIMB_THREAT))
ACUTE_ISCHAEMIA = Disorder(name="Acute limb ischaemia", claims=(_diagnosed("acute-limb-ischaemia", of_a_leg=True),))
ISCHAEMIC_ULCER = Disorder(name="Ischaemic ulcer", claims=(_of_its_day("foot-wound"),))
FOOT_ULCER = Disorder(name="Ulcer of the foot or ankle", claims=(_of_its_day("foot-wound"),))
LEG_ULCER = Disorder(
    name="Ulcer of the leg",
    remark=IssueCode.SITE_NOT_UNDERSTOOD,
    remark_text="An ulcer of the leg that is not coded to the foot or ankle was not used. If the foot is concerned, record foot-wound for its side.",
)
GANGRENE = Disorder(name="Gangrene", claims=(_of_its_day("gangrene"),))
STENOSIS = Disorder(name="Lumbar spinal stenosis", claims=(_STENOSIS,))
NEUROGENIC = Disorder(name="Neurogenic claudication", claims=(_STENOSIS, _WALKING, _SIDE))
CAUDA_EQUINA = Disorder(name="Cauda equina syndrome", claims=(_diagnosed("cauda-equina-syndrome"),))
SPINAL_INFECTION = Disorder(name="Infection of the spine", claims=(_diagnosed("spinal-infection", acute=False),))
SPINAL_TUMOUR = Disorder(name="Malignant tumour of the spine", claims=(_diagnosed("spinal-malignancy", acute=False),))
VERTEBRAL_FRACTURE = Disorder(name="Fracture of a vertebra", claims=(_diagnosed("vertebral-fracture"),))
URINARY_RETENTION = _emergency("Urinary retention", findings="new-bladder-or-bowel-dysfunction, post-void-residual-ml")
COMPARTMENT = _emergency("Compartment syndrome", findings="pain-out-of-proportion, major-trauma")
ACUTE_COMPARTMENT = Disorder(name="Traumatic compartment syndrome", claims=(_diagnosed("acute-compartment-syndrome"),))
THROMBOSIS = Disorder(
    name="Deep vein thrombosis of the leg",
    claims=(Claim(finding="prior-dvt", ended=True), _diagnosed("deep-vein-thrombosis")),
)
PAST_THROMBOSIS = Disorder(name="Past deep vein thrombosis", claims=(_lasting("prior-dvt"),))
OBESITY = Disorder(name="Obesity", claims=(Claim(finding="obesity"),))
SMOKING = Disorder(name="Smoking", claims=(Claim(finding="smoking-status", value="current", ended="former"),))
PAST_SMOKING = Disorder(name="Past smoking", claims=(Claim(finding="smoking-status", value="former", ended="former"),))
NEVER_SMOKED = Disorder(name="Never smoked", claims=(Claim(finding="smoking-status", value="never"),))
PREGNANCY = Disorder(name="Pregnancy", claims=(Claim(finding="pregnant"),), recent_only=True)
OSTEOPOROSIS = Disorder(name="Osteoporosis or long-term steroids", claims=(Claim(finding="osteoporosis-or-steroids"),))
CANCER = Disorder(name="Cancer, present or past", claims=(_lasting("cancer-history"),))
CARDIAC_DEVICE = Disorder(
    name="Pacemaker or defibrillator",
    claims=(Claim(finding=DEVICE_SAFETY_UNKNOWN),),
    remark=IssueCode.ASSUMED,
    remark_text=(
        "Pacemaker or defibrillator: whether it is safe in MRI is not recorded, so an MRI proposed here asks for its card first. "
        "Record mri-contraindicated, yes or no, after checking the device."
    ),
)
CONTRAST_ALLERGY = Disorder(name="Allergy to contrast media", claims=(Claim(finding="contrast-allergy"),))
LEG_PAIN = _nothing_concluded("Leg pain", "whether walking brings it on is not recorded. Ask, and record leg-pain-on-walking.")
REVASCULARISATION = Disorder(
    name="Past angioplasty or graft of a limb artery", claims=(_leg("prior-revascularisation", ended=True),)
)
AMPUTATION = Disorder(name="Amputation of the leg", claims=(_leg("leg-amputated", ended=True),))
GREAT_TOE_AMPUTATION = Disorder(name="Amputation of the great toe or the foot", claims=(_leg("great-toe-amputated", ended=True),))
