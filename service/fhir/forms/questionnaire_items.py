"""What the questionnaire asks, in our own words: one question a finding, the words of each option, and when a question is worth asking.

The wording is original. It quotes no published instrument, so that the form can be served and copied freely.
"""

from __future__ import annotations

from collections.abc import Mapping

from service.clinical.measurements import Side
from service.clinical.vocabulary import VOCABULARY, Section

GROUP_TITLES: Mapping[Section, str] = {
    Section.HISTORY: "Leg symptoms",
    Section.RED_FLAG: "Warning signs: ask everyone",
    Section.EXAMINATION: "Examination",
    Section.RISK_FACTOR: "Risk factors and past illness",
    Section.MANAGEMENT: "Treatment so far and what limits the choice of tests",
}

NO_QUESTION = frozenset(
    {
        "egfr-ml-min-1.73m2",
        "tcpo2-mmhg-right",
        "tcpo2-mmhg-left",
        "leg-amputated-right",
        "leg-amputated-left",
        "great-toe-amputated-right",
        "great-toe-amputated-left",
    }
)
"""Findings that come from a laboratory (of blood, or of blood vessels) or the problem list only."""

_QUESTIONS: Mapping[str, str] = {
    # History.
    "leg-pain-on-walking": "Does walking bring on pain or discomfort in a leg or buttock?",
    "symptom-side": "Which leg is affected?",
    "symptom-site": "Where is it felt? Mark every place.",
    "symptom-character": "What is it like? Mark every word that fits.",
    "symptom-duration-weeks": "How many weeks ago did it start?",
    "sudden-onset-within-14-days": "Did it start suddenly, within the last 14 days?",
    "begins-standing-or-sitting": "Does it ever come on while standing still or sitting?",
    "provoked-uphill-or-hurrying": "Does it come on when going uphill or in a hurry?",
    "provoked-ordinary-pace-level": "Does it come on at a normal pace on the flat?",
    "provoked-by-standing-alone": "Is standing, without walking, enough to bring it on?",
    "worse-standing-up": "Does it get worse on standing up?",
    "consistent-walking-distance": "Does it come on after much the same distance each time?",
    "walking-distance-m": "After how many metres does it come on?",
    "makes-stop-or-slow-down": "Does it make the person stop or slow down?",
    "continues-while-walking-on": "Does it last for as long as the person keeps walking?",
    "relieved-by-standing-still": "Does it ease when standing still, without sitting down?",
    "relief-within-10-minutes": "Is it gone within 10 minutes of standing still?",
    "relieved-by-sitting": "Does it ease on sitting down?",
    "no-pain-when-seated": "Is there no pain at all while seated?",
    "relieved-by-bending-forward": "Does it ease on bending forward?",
    "relieved-by-leaning-on-cart": "Is walking easier when leaning on a shopping trolley or a walking frame?",
    "induced-by-bending-forward": "Does bending forward bring it on?",
    "worse-bending-backward": "Does it get worse on bending backward?",
    "relieved-by-bending-backward": "Does it ease on bending backward?",
    "back-pain": "Is there pain in the low back?",
    "leg-pain-worse-than-back-pain": "Is the leg pain worse than the back pain?",
    "relieved-by-leg-elevation": "Does raising the leg ease it?",
    "slow-relief-after-stopping": "Does it take longer than 15 minutes to settle after stopping?",
    "rest-pain-foot": "Is there pain in the foot or toes at rest, for instance in bed?",
    "rest-pain-over-2-weeks": "Has the foot hurt at rest for more than 2 weeks?",
    "rest-pain-relieved-by-hanging-down": "Does letting the foot hang down ease the pain at rest?",
    "walking-limitation": "How much does it limit daily life?",
    "posterior-knee-swelling": "Is there a swelling behind the knee?",
    "runner-or-athlete": "Does the person run or train hard?",
    "prior-dvt": "Has there ever been a clot in a deep vein of the leg?",
    "unilateral-leg-swelling": "Is one leg swollen?",
    "calf-tenderness": "Is the calf tender to touch?",
    "stocking-numbness": "Are both feet numb, in the shape of socks?",
    # Red flags.
    "saddle-anaesthesia": "Is there numbness around the back passage, the genitals or the inner thighs?",
    "new-bladder-or-bowel-dysfunction": "Is there a new problem with passing or holding urine or stool?",
    "bilateral-leg-weakness": "Are both legs weak?",
    "progressive-motor-deficit": "Is weakness in a leg or foot getting worse?",
    "fever": "Is there fever?",
    "iv-drug-use": "Does the person inject drugs, now or in recent months?",
    "immunosuppression": "Is the immune system weakened by an illness or a medicine?",
    "cancer-history": "Has the person ever had cancer?",
    "unexplained-weight-loss": "Has weight been lost without a known reason?",
    "night-pain": "Does back pain wake the person at night, whatever the position?",
    "major-trauma": "Has there been a serious fall, crash or blow recently?",
    "osteoporosis-or-steroids": "Is there osteoporosis, or have steroid tablets been taken for long?",
    "pulsatile-abdominal-mass": "Is there a pulsating swelling in the abdomen?",
    "abdominal-or-back-pain-with-collapse": "Is there abdominal or back pain together with fainting or low blood pressure?",
    "foot-wound": "Is there a wound or sore on the {side} foot or ankle?",
    "gangrene": "Is any part of the {side} foot black or dead?",
    "cold-leg": "Is the {side} leg cold, more than usual or more than the other?",
    "pale-leg": "Is the {side} leg pale?",
    "leg-sensory-loss": "How much feeling is lost in the {side} leg?",
    "leg-motor-loss": "How much power is lost in the {side} leg?",
    "arterial-doppler": "Arterial Doppler signal at the {side} ankle",
    "venous-doppler": "Venous Doppler signal at the {side} ankle",
    "pain-out-of-proportion": "Is the leg pain far worse than the leg looks, or worse when the muscles are stretched?",
    # Examination.
    "pulse-femoral": "Pulse in the {side} groin (femoral)",
    "pulse-popliteal": "Pulse behind the {side} knee (popliteal)",
    "pulse-dorsalis-pedis": "Pulse on top of the {side} foot (dorsalis pedis)",
    "pulse-posterior-tibial": "Pulse behind the {side} inner ankle (posterior tibial)",
    "bruit-femoral": "Is there a bruit over the {side} femoral artery?",
    "bruit-limb": "Is there a bruit anywhere else over the {side} leg?",
    "skin-cool": "Is the skin of the {side} foot cool to touch?",
    "skin-discoloured": "Is the skin of the {side} foot discoloured?",
    "elevation-pallor": "Does the {side} foot turn pale when raised?",
    "achilles-reflex": "Achilles reflex on the {side}",
    "straight-leg-raise": "Straight leg raise on the {side}",
    "extension-test-30s": "Does standing bent backward for 30 seconds bring on the leg symptoms?",
    "wide-based-gait": "Is the gait wide-based?",
    "romberg-abnormal": "Is the Romberg test abnormal?",
    "hip-rotation-painful": "Is turning the hip painful or limited?",
    "lowest-leg-power-mrc": "Weakest muscle group in the legs, MRC grade 0 to 5",
    "post-void-residual-ml": "Urine left in the bladder after emptying, in ml",
    # Risk factors.
    "smoking-status": "Smoking",
    "diabetes": "Diabetes",
    "hypertension": "High blood pressure",
    "hyperlipidaemia": "High cholesterol or other blood fats",
    "chronic-kidney-disease": "Chronic kidney disease, stage 3 or worse",
    "obesity": "Obesity (body mass index 30 or more)",
    "family-history-pad": "Has a parent, brother, sister or child had narrowed leg arteries?",
    "coronary-artery-disease": "Angina, heart attack or narrowed heart arteries, now or in the past",
    "cerebrovascular-disease": "Stroke, mini-stroke or narrowed neck arteries, now or in the past",
    "abdominal-aortic-aneurysm": "Aneurysm of the abdominal aorta",
    "atrial-fibrillation": "Atrial fibrillation",
    "known-pad": "Narrowed leg arteries already diagnosed (peripheral artery disease)",
    "known-lumbar-stenosis": "Narrowed lumbar spinal canal already diagnosed",
    "prior-revascularisation": "Bypass, stent or balloon treatment of the {side} leg arteries in the past",
    # Management.
    "guideline-therapy-inadequate": "Have structured exercise and medicines been tried without enough benefit?",
    "revascularisation-considered": "Would a procedure on the leg arteries be considered and wanted?",
    "spine-care-6-weeks-failed": "Have 6 weeks of treatment for the back brought too little?",
    "spine-intervention-candidate": "Would an injection or operation on the spine be considered and wanted?",
    "can-walk-on-treadmill": "Can the person walk safely on a treadmill?",
    "mri-contraindicated": "Is there a reason why MRI is not possible?",
    "contrast-allergy": "Has there been an allergic reaction to X-ray contrast?",
    "dialysis": "Is the person on dialysis?",
    "pregnant": "Is the person pregnant?",
}

OPTION_DISPLAYS: Mapping[str, str] = {
    "right": "Right",
    "left": "Left",
    "both": "Both",
    "buttock": "Buttock",
    "hip": "Hip",
    "groin": "Groin",
    "thigh": "Thigh",
    "hamstring": "Back of the thigh",
    "calf": "Calf",
    "shin": "Shin",
    "knee": "Knee",
    "ankle": "Ankle",
    "foot": "Foot",
    "low-back": "Low back",
    "joints": "Joints",
    "cramping": "Cramping",
    "aching": "Aching",
    "fatigue": "Tired",
    "heaviness": "Heavy",
    "burning": "Burning",
    "tingling": "Tingling",
    "numbness": "Numb",
    "weakness": "Weak",
    "bursting": "Tight or bursting",
    "sharp-radiating": "Sharp, shooting down the leg",
    "none": "None",
    "mild": "A little",
    "lifestyle-limiting": "So much that it limits daily life or work",
    "toes": "Toes only",
    "more-than-toes": "More than the toes",
    "profound": "No feeling at all",
    "mild-moderate": "Weaker, but moves",
    "paralysis": "Cannot be moved",
    "audible": "Heard",
    "inaudible": "Not heard",
    "present": "Present",
    "diminished": "Weak",
    "absent": "Absent",
    "normal": "Normal",
    "reduced": "Reduced",
    "negative": "Negative",
    "positive": "Positive",
    "current": "Smokes now",
    "former": "Used to smoke",
    "never": "Never smoked",
}
"""The words of every option code of the vocabulary."""

_WALKING = ("leg-pain-on-walking",)
_WALKING_OR_BACK = ("leg-pain-on-walking", "back-pain")
_WALKING_OR_REST = ("leg-pain-on-walking", "rest-pain-foot")

ASKED_WHEN_ANY: Mapping[str, tuple[str, ...]] = {
    "symptom-side": _WALKING_OR_REST,
    "symptom-site": _WALKING_OR_REST,
    "symptom-character": _WALKING_OR_REST,
    "symptom-duration-weeks": _WALKING_OR_REST,
    "begins-standing-or-sitting": _WALKING_OR_BACK,
    "provoked-uphill-or-hurrying": _WALKING,
    "provoked-ordinary-pace-level": _WALKING,
    "provoked-by-standing-alone": _WALKING_OR_BACK,
    "worse-standing-up": _WALKING_OR_BACK,
    "consistent-walking-distance": _WALKING,
    "walking-distance-m": _WALKING,
    "makes-stop-or-slow-down": _WALKING,
    "continues-while-walking-on": _WALKING,
    "relieved-by-standing-still": _WALKING,
    "relief-within-10-minutes": ("relieved-by-standing-still",),
    "relieved-by-sitting": _WALKING_OR_BACK,
    "no-pain-when-seated": _WALKING_OR_BACK,
    "relieved-by-bending-forward": _WALKING_OR_BACK,
    "relieved-by-leaning-on-cart": _WALKING,
    "induced-by-bending-forward": _WALKING_OR_BACK,
    "worse-bending-backward": _WALKING_OR_BACK,
    "relieved-by-bending-backward": _WALKING_OR_BACK,
    "leg-pain-worse-than-back-pain": ("back-pain",),
    "relieved-by-leg-elevation": _WALKING,
    "slow-relief-after-stopping": _WALKING,
    "rest-pain-over-2-weeks": ("rest-pain-foot",),
    "rest-pain-relieved-by-hanging-down": ("rest-pain-foot",),
    "walking-limitation": _WALKING,
}
"""A question here is worth asking when one of these was answered yes; a question not here is always open."""


def asked(section: Section) -> tuple[str, ...]:
    """The finding codes of one section that a person can be asked for, in the order of the vocabulary."""
    return tuple(term.code for term in VOCABULARY.values() if term.section is section and term.code not in NO_QUESTION)


def question(code: str) -> str:
    """The question for one finding code; KeyError for a finding that nobody is asked for."""
    for side in Side:
        stem = code.removesuffix(f"-{side}")
        if stem != code:
            return _QUESTIONS[stem].format(side=side)
    return _QUESTIONS[code]
