"""Our order codes: what they are called, what they ask for, whether they are tests, and the LOINC or SNOMED CT code that means the same.

Only codes that were verified and mean exactly the order stand beside ours. A referral to a spine surgeon has none: orthopaedics or neurosurgery is
for the clinic to decide. Nerve tests have none: LOINC names electromyography and conduction apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import NamedTuple

from service.fhir.terminology import loinc, snomed
from service.fhir.terminology.code import Code
from service.fhir.terminology.own import Concept


class Category(Enum):
    """What kind of thing is ordered; CARE has no category of ServiceRequest here."""

    IMAGING = snomed.IMAGING
    TEST = snomed.EVALUATION_PROCEDURE
    CARE = None


class OrderCode(NamedTuple):
    """One order. `standard`: the same order in LOINC or SNOMED CT."""

    concept: Concept
    category: Category
    standard: tuple[Code, ...] = ()


def _order(code: str, display: str, definition: str, category: Category, *standard: Code) -> OrderCode:
    return OrderCode(Concept(code, display, definition), category, standard)


_IMAGING, _TEST, _CARE = Category.IMAGING, Category.TEST, Category.CARE

ORDERS: Mapping[str, OrderCode] = {
    order.concept.code: order
    for order in (
        _order(
            "resting-abi",
            "Resting ankle-brachial index",
            "Systolic pressures of both ankles and both arms at rest, with waveforms where there are.",
            _TEST,
            loinc.PHYSIOLOGIC_ARTERY_STUDY_LIMITED,
            snomed.ABPI_PROCEDURE,
        ),
        _order(
            "exercise-abi",
            "Ankle-brachial index at rest and after treadmill exercise",
            "Ankle and arm pressures at rest and in the first minutes after walking on a treadmill.",
            _TEST,
            loinc.EXERCISE_PHYSIOLOGIC_ARTERY_STUDY,
        ),
        _order(
            "plantarflexion-abi",
            "Ankle-brachial index after heel raises",
            "Ankle and arm pressures before and after repeated heel raises, for who cannot walk on a treadmill.",
            _TEST,
        ),
        _order("toe-brachial-index", "Toe-brachial index", "Toe pressures with waveforms over the higher arm pressure.", _TEST),
        _order(
            "segmental-pressures",
            "Segmental limb pressures",
            "Pressures at several levels of both legs with waveforms, to find the level of disease.",
            _TEST,
            loinc.PHYSIOLOGIC_ARTERY_STUDY,
        ),
        _order("transcutaneous-oxygen", "Transcutaneous oxygen pressure", "Oxygen pressure through the skin of the foot.", _TEST),
        _order(
            "arterial-duplex",
            "Duplex ultrasound of the leg arteries",
            "Ultrasound of the arteries of both legs with flow velocities.",
            _IMAGING,
            loinc.ARTERIAL_DUPLEX_BILATERAL,
        ),
        _order(
            "cta-runoff",
            "CT angiography of aorta and leg arteries",
            "CT angiography of the abdominal aorta with both legs, with intravenous contrast.",
            _IMAGING,
            loinc.CTA_RUNOFF,
        ),
        _order(
            "mra-runoff",
            "MR angiography of aorta and leg arteries",
            "MR angiography of the abdominal aorta with both legs; contrast as the radiologist decides.",
            _IMAGING,
            loinc.MRA_RUNOFF,
        ),
        _order(
            "mri-lumbar-without-contrast",
            "MRI of the lumbar spine without contrast",
            "MRI of the lumbar spine without contrast.",
            _IMAGING,
            loinc.MRI_LUMBAR_WITHOUT_CONTRAST,
        ),
        _order(
            "mri-lumbar-with-and-without-contrast",
            "MRI of the lumbar spine without and with contrast",
            "MRI of the lumbar spine before and after intravenous contrast.",
            _IMAGING,
        ),
        _order(
            "ct-lumbar",
            "CT of the lumbar spine",
            "CT of the lumbar spine without contrast.",
            _IMAGING,
            loinc.CT_LUMBAR_WITHOUT_CONTRAST,
        ),
        _order(
            "ct-myelogram",
            "CT myelography of the lumbar spine",
            "CT of the lumbar spine with contrast in the spinal canal.",
            _IMAGING,
            loinc.CT_MYELOGRAM,
        ),
        _order(
            "emg-ncs",
            "Electromyography and nerve conduction",
            "Electromyography and nerve conduction studies of the legs.",
            _TEST,
        ),
        _order("xr-lumbar", "X-ray of the lumbar spine", "Plain radiographs of the lumbar spine.", _IMAGING, loinc.XR_LUMBAR),
        _order(
            "venous-duplex",
            "Duplex ultrasound of the leg veins",
            "Ultrasound of the leg veins with compression and flow.",
            _IMAGING,
        ),
        _order("hip-xray", "X-ray of pelvis and hip", "Plain radiographs of the pelvis and the painful hip.", _IMAGING),
        _order("knee-ultrasound", "Ultrasound of the knee", "Ultrasound of the back of the knee.", _IMAGING),
        _order("foot-ankle-xray", "X-ray of foot and ankle", "Weight-bearing radiographs of the foot and ankle.", _IMAGING),
        _order("compartment-pressure", "Compartment pressures", "Pressures of the muscle compartments of the lower leg.", _TEST),
        _order(
            "aaa-ultrasound", "Ultrasound of the abdominal aorta", "Ultrasound of the abdominal aorta for an aneurysm.", _IMAGING
        ),
        _order("bladder-scan", "Bladder scan after voiding", "Urine left in the bladder after voiding, by ultrasound.", _TEST),
        _order("infection-bloods", "Blood tests for infection", "Blood count, inflammation markers and blood cultures.", _TEST),
        _order("neuropathy-bloods", "Blood tests for neuropathy", "Glucose or HbA1c, vitamin B12 and thyroid function.", _TEST),
        _order(
            "repeat-arm-pressures",
            "Arm pressures again, both sides",
            "Systolic pressure of both arms, one after the other.",
            _TEST,
        ),
        _order("emergency-department", "Emergency department now", "Immediate transfer to an emergency department.", _CARE),
        _order(
            "vascular-surgery-referral",
            "Referral to vascular surgery",
            "Assessment by a vascular surgeon.",
            _CARE,
            snomed.REFERRAL_TO_VASCULAR_SURGEON,
        ),
        _order("spine-surgery-referral", "Referral to spine surgery", "Assessment by a spine surgeon.", _CARE),
        _order(
            "supervised-exercise-therapy",
            "Supervised exercise therapy",
            "Walking exercise under supervision, as a programme of weeks.",
            _CARE,
            snomed.REFERRAL_FOR_EXERCISE_THERAPY,
        ),
        _order("physical-therapy", "Physical therapy", "Exercise, manual therapy and education by a physical therapist.", _CARE),
        _order(
            "smoking-cessation",
            "Help to stop smoking",
            "Counselling and medication to stop smoking.",
            _CARE,
            snomed.SMOKING_CESSATION_THERAPY,
        ),
    )
}
