"""Our own codes with display and definition, but for the orders (orders.py) and the findings (finding_names.py)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from service.fhir.elements import Json
from service.fhir.terminology.code import own_system


class Concept(NamedTuple):
    """One code of one of our own code systems."""

    code: str
    display: str
    definition: str

    def coding(self, system_id: str) -> Json:
        """The FHIR Coding, in the code system with this id."""
        return {"system": own_system(system_id), "code": self.code, "display": self.display}


def by_code(*concepts: Concept) -> Mapping[str, Concept]:
    return {concept.code: concept for concept in concepts}


DIAGNOSES = by_code(
    Concept(
        "vascular-claudication", "Vascular claudication", "Leg symptoms on walking with peripheral artery disease as the cause."
    ),
    Concept(
        "neurogenic-claudication", "Neurogenic claudication", "Leg symptoms on walking with lumbar spinal stenosis as the cause."
    ),
    Concept(
        "mixed-claudication",
        "Mixed claudication",
        "Peripheral artery disease and lumbar spinal stenosis both cause the symptoms.",
    ),
    Concept("other-cause", "Another cause", "Neither peripheral artery disease nor lumbar spinal stenosis causes the symptoms."),
    Concept(
        "venous-claudication",
        "Venous claudication",
        "Bursting leg pain on walking from blocked venous outflow, eased by raising the leg.",
    ),
    Concept(
        "chronic-compartment-syndrome",
        "Chronic compartment syndrome",
        "Tightness of a muscle compartment on exertion that settles slowly.",
    ),
    Concept(
        "hip-osteoarthritis", "Osteoarthritis of the hip", "Pain of the hip joint felt in the groin, buttock or thigh on walking."
    ),
    Concept(
        "nerve-root-compression", "Nerve root compression", "Pain, numbness or weakness along one lumbar or sacral nerve root."
    ),
    Concept(
        "peripheral-neuropathy",
        "Peripheral neuropathy",
        "Disease of the nerves of the feet, with numbness in the pattern of a stocking.",
    ),
    Concept(
        "popliteal-artery-entrapment",
        "Popliteal artery entrapment",
        "Compression of the popliteal artery by muscle, in young and active people.",
    ),
    Concept("popliteal-cyst", "Popliteal cyst", "A fluid-filled swelling behind the knee."),
    Concept("foot-ankle-arthritis", "Arthritis of the foot or ankle", "Joint pain of the foot or ankle on walking."),
)

RED_FLAGS = by_code(
    Concept("acute-limb-ischaemia", "Acute limb ischaemia", "Sudden loss of blood flow that threatens the leg within hours."),
    Concept(
        "chronic-limb-threatening-ischaemia",
        "Chronic limb-threatening ischaemia",
        "Rest pain for over two weeks, a wound or gangrene, with too little blood flow.",
    ),
    Concept(
        "cauda-equina-syndrome",
        "Cauda equina syndrome",
        "Compression of the lowest nerve roots, with saddle numbness or loss of bladder or bowel control.",
    ),
    Concept("progressive-motor-deficit", "Progressive motor deficit", "Leg weakness that is marked or getting worse."),
    Concept("spinal-infection", "Spinal infection", "Infection of a vertebra, a disc or the epidural space."),
    Concept("spinal-malignancy", "Spinal malignancy", "A tumour or metastasis of the spine."),
    Concept("vertebral-fracture", "Vertebral fracture", "A broken vertebra, from an injury or a brittle bone."),
    Concept("abdominal-aortic-aneurysm", "Abdominal aortic aneurysm", "A widened abdominal aorta, possibly painful or ruptured."),
    Concept("deep-vein-thrombosis", "Deep vein thrombosis", "A clot in a deep vein of the leg."),
    Concept(
        "acute-compartment-syndrome",
        "Acute compartment syndrome",
        "Pressure in a muscle compartment that cuts off its blood flow.",
    ),
    Concept(
        "subclavian-stenosis",
        "Subclavian stenosis",
        "Narrowing of the artery of one arm, suspected from a difference between the arms.",
    ),
)

ABI_CATEGORIES = by_code(
    Concept("abnormal", "Abnormal", "An ABI of 0.90 or less, rounded half up to two decimals."),
    Concept("borderline", "Borderline", "An ABI of 0.91 to 0.99, rounded half up to two decimals."),
    Concept("normal", "Normal", "An ABI of 1.00 to 1.40, rounded half up to two decimals."),
    Concept(
        "noncompressible",
        "Noncompressible",
        "An ABI above 1.40, or an ankle artery that no cuff pressure closes: the ABI says nothing of the blood flow.",
    ),
)

PAD_STATUSES = by_code(
    Concept("confirmed", "PAD confirmed", "A criterion of peripheral artery disease is met in this leg."),
    Concept(
        "possible", "PAD possible", "Peripheral artery disease is neither shown nor ruled out in this leg by what was measured."
    ),
    Concept(
        "not-shown", "PAD not shown", "What was measured in this leg shows no peripheral artery disease; it does not exclude it."
    ),
    Concept("indeterminate", "PAD indeterminate", "The arteries of this leg are too stiff for the measurement to tell."),
    Concept("not-measured", "PAD not measured", "This leg has no usable pressure."),
)

INDICES = by_code(
    Concept(
        "post-exercise-abi",
        "Ankle-brachial index after exercise",
        "Ankle over arm systolic pressure in the first minute after exercise, same artery as at rest.",
    ),
    Concept(
        "lower-ankle-abi",
        "Ankle-brachial index of the lower ankle artery",
        "A secondary value from the ankle artery with the lower pressure; it never decides the class.",
    ),
    Concept(
        "wifi-ischaemia",
        "WIfI ischaemia grade",
        "Ischaemia grade 0 to 3 of the wound, ischaemia and foot infection classification.",
    ),
    Concept(
        "pad-status",
        "Peripheral artery disease status",
        "What the pressures of one leg say about peripheral artery disease.",
    ),
    Concept("unrounded-ratio", "Ratio before rounding", "The index before it is rounded half up to two decimals."),
    Concept("ankle-systolic-pressure", "Ankle systolic pressure", "The ankle pressure that an index or a grade rests on."),
    Concept("toe-systolic-pressure", "Toe systolic pressure", "The toe pressure that an index or a grade rests on."),
    Concept(
        "transcutaneous-oxygen-pressure",
        "Transcutaneous oxygen pressure of the foot",
        "The oxygen pressure of the skin that a grade rests on.",
    ),
    Concept("arm-systolic-pressure", "Arm systolic pressure", "The arm pressure an index is divided by."),
    Concept(
        "abi-fall-percent",
        "Fall of the ankle-brachial index with exercise",
        "From rest to the first minute after exercise, in percent of the value at rest.",
    ),
    Concept("ankle-fall-mmhg", "Fall of the ankle pressure with exercise", "From rest to the first minute after exercise."),
)

ASSESSMENT_KINDS = by_code(
    Concept(
        "claudication-differential",
        "Differential of leg pain on walking",
        "The weighing of vascular and neurogenic causes of leg symptoms on walking.",
    ),
    Concept("red-flags", "Red flags", "Conditions that must not wait for the weighing."),
)

DATA_ISSUES = by_code(
    Concept("unit-not-understood", "Unit not understood", "The unit of a value is missing, unknown or does not fit."),
    Concept("value-implausible", "Value implausible", "A value outside what can be measured in a living person."),
    Concept("site-not-understood", "Site not understood", "The place of a measurement is not one this service knows."),
    Concept("side-missing", "Side missing", "A measurement of a leg that does not say which."),
    Concept("arm-missing", "Arm missing", "An arm pressure that is needed and not there."),
    Concept("single-arm", "Single arm", "Only one arm was measured; the other may be higher."),
    Concept("arm-difference", "Arms differ", "The two arm pressures differ by more than is usual."),
    Concept("repeat-discordant", "Repeats disagree", "Several measurements of one site differ by more than repeats should."),
    Concept("stale", "Stale", "A measurement too old to speak for today."),
    Concept("different-session", "Different session", "Measurements of different visits, which are not combined."),
    Concept("status-excluded", "Status excluded", "A resource whose status says that it does not hold."),
    Concept("other-patient", "Another patient", "A resource about somebody else."),
    Concept("sentinel-value", "Sentinel value", "A number that stands for a missing value."),
    Concept("duplicate", "Duplicate", "The same datum twice; it was counted once."),
    Concept("code-not-understood", "Code not understood", "A code that this service does not know."),
    Concept(
        "question-not-understood",
        "Question not understood",
        "A question of a form, or its answer, that this service does not know.",
    ),
    Concept(
        "ppg-index-rejected",
        "Photoplethysmographic index rejected",
        "An index from a light sensor, which is not an ankle-brachial index.",
    ),
    Concept("position-not-supine", "Position not supine", "A measurement not taken lying down."),
    Concept("near-threshold", "Near a threshold", "A value so near the edge of its class that a repeat may change it."),
    Concept("order-already-open", "Order already open", "An order that the record already has, or a study done lately."),
    Concept("conflicting-answers", "Conflicting answers", "Two answers that cannot both be right."),
    Concept("structure-invalid", "Structure invalid", "A resource that is not valid R4."),
    Concept("not-relevant", "Not relevant", "A resource that this assessment does not use."),
    Concept("value-missing", "Value missing", "A measurement or answer without a value."),
    Concept(
        "index-discordant",
        "Index disagrees with its pressures",
        "A reported index and the pressures of its session give different values.",
    ),
    Concept("assumed", "Assumed", "Something not said that was taken to be so."),
    Concept("record-incomplete", "Record incomplete", "A part of the record that could not be read, or not to its end."),
)

MESSAGE_EVENTS = by_code(
    Concept(
        "assess-claudication",
        "Assess claudication",
        "One patient's record is sent for assessment; the response brings the assessment.",
    ),
)

REPORT_KINDS = by_code(
    Concept(
        "claudication-assessment",
        "Claudication assessment",
        "Everything one assessment has to say, as a document to look at; drafted by a program, signed by nobody.",
    ),
)
