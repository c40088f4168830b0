"""LOINC numbers, named by what they mean here. Match on the number, never on the display: LOINC restyles its names."""

from __future__ import annotations

from service.fhir.terminology.code import LOINC, Code


def _code(number: str, display: str) -> Code:
    return Code(LOINC, number, display)


# Systolic pressures. LOINC names no code for a posterior tibial, ankle or toe pressure that two sources agree on: those are SYSTOLIC with a body site.
BLOOD_PRESSURE_PANEL = _code("85354-9", "Blood pressure panel with all children optional")
SYSTOLIC = _code("8480-6", "Systolic blood pressure")
DIASTOLIC = _code("8462-4", "Diastolic blood pressure")
AVERAGE_BLOOD_PRESSURE_PANEL = _code("96607-7", "Blood pressure panel mean systolic and mean diastolic")
AVERAGE_SYSTOLIC = _code("96608-5", "Systolic blood pressure mean")
BRACHIAL_SYSTOLIC = _code("8508-4", "Brachial artery Systolic blood pressure")
BRACHIAL_SYSTOLIC_RIGHT = _code("8547-2", "Brachial artery - right Systolic blood pressure")
BRACHIAL_SYSTOLIC_LEFT = _code("8546-4", "Brachial artery - left Systolic blood pressure")
DORSALIS_PEDIS_SYSTOLIC_RIGHT = _code("8551-4", "Dorsal pedal artery - right Systolic blood pressure")
DORSALIS_PEDIS_SYSTOLIC_LEFT = _code("8550-6", "Dorsal pedal artery - left Systolic blood pressure")
FEMORAL_SYSTOLIC_RIGHT = _code("8554-8", "Femoral artery - right Systolic blood pressure")
FEMORAL_SYSTOLIC_LEFT = _code("8553-0", "Femoral artery - left Systolic blood pressure")
BODY_POSITION = _code("8361-8", "Body position with respect to gravity")

# Indices. Where the publisher's long name was not seen, the display is the component.
ABI = _code("77194-9", "Ankle-brachial index")
POSTERIOR_TIBIAL_INDEX = _code("8581-1", "Intravascular systolic.posterior tibial artery/Brachial artery")
POSTERIOR_TIBIAL_INDEX_RIGHT = _code("8580-3", "Intravascular systolic.posterior tibial artery right/Brachial artery")
POSTERIOR_TIBIAL_INDEX_LEFT = _code("8579-5", "Intravascular systolic.posterior tibial artery left/Brachial artery")
TBI_RIGHT = _code("77618-7", "Intravascular systolic.digital artery toe right/Brachial artery")
TBI_LEFT = _code("77617-9", "Intravascular systolic.digital artery toe left/Brachial artery")
ARTERIOSCLEROSIS_STUDIES_PANEL = _code("77197-2", "Noninvasive arteriosclerosis studies panel")

# Seen in the wild where an ABI was meant, and none of them is one.
INTER_ARM_RATIO = _code("8577-9", "Intravascular systolic.brachial artery right/Brachial artery")
PENILE_BRACHIAL_INDEX = _code("8578-7", "Intravascular systolic.penile artery/Brachial artery")
CARDIO_ANKLE_VASCULAR_INDEX = _code("77195-6", "Cardio-ankle vascular index")
PULSE_WAVE_VELOCITY = _code("77196-4", "Pulse wave velocity")
PULSE_INTENSITY_OF_ARTERY = _code("44974-4", "Pulse intensity of artery by palpation")
QT_INTERVAL = _code("44975-1", "Q-T interval")

# Smoking.
SMOKING_STATUS = _code("72166-2", "Tobacco smoking status")
CURRENT_EVERY_DAY_SMOKER = _code("LA18976-3", "Current every day smoker")
CURRENT_SOME_DAY_SMOKER = _code("LA18977-1", "Current some day smoker")
FORMER_SMOKER = _code("LA15920-4", "Former smoker")
NEVER_SMOKER = _code("LA18978-9", "Never smoker")
SMOKER_STATUS_UNKNOWN = _code("LA18979-7", "Smoker, current status unknown")
UNKNOWN_IF_EVER_SMOKED = _code("LA18980-5", "Unknown if ever smoked")
HEAVY_TOBACCO_SMOKER = _code("LA18981-3", "Heavy tobacco smoker")
LIGHT_TOBACCO_SMOKER = _code("LA18982-1", "Light tobacco smoker")
PACK_YEARS = _code("8664-5", "Cigarettes smoked total (pack per year) - Reported")

# Kidney function.
EGFR_CKD_EPI_2021 = _code(
    "98979-8",
    "Glomerular filtration rate [Volume Rate/Area] in Serum, Plasma or Blood by Creatinine-based formula (CKD-EPI 2021)/1.73 sq M",
)
EGFR_CKD_EPI_2009 = _code(
    "62238-1",
    "Glomerular filtration rate [Volume Rate/Area] in Serum, Plasma or Blood by Creatinine-based formula (CKD-EPI)/1.73 sq M",
)
EGFR_MDRD = _code(
    "33914-3", "Glomerular filtration rate [Volume Rate/Area] in Serum or Plasma by Creatinine-based formula (MDRD)/1.73 sq M"
)

BODY_MASS_INDEX = _code("39156-5", "Body mass index (BMI) [Ratio]")

# Pain, pulses and single questions.
PAIN_0_TO_10 = _code("72514-3", "Pain severity - 0-10 verbal numeric rating [Score] - Reported")
PAIN_SEVERITY = _code("38208-5", "Pain severity - Reported")
SUFFERS_FROM_CLAUDICATION = _code("67432-5", "Do you suffer from intermittent claudication")
LEGS_HURT_WHEN_WALKING = _code("66101-7", "Do your legs hurt when you walk")
EVER_TOLD_CLAUDICATION_OR_PAD = _code("58262-7", "Ever told by doctor that you had claudication or peripheral arterial disease")
PULSE_INTENSITY_PANEL = _code("80284-3", "Pulse intensity assessment panel")
DORSALIS_PEDIS_PULSE_RIGHT = _code("74782-4", "Pulse intensity Dorsal pedal artery - right by palpation")
DORSALIS_PEDIS_PULSE_LEFT = _code("8902-9", "Pulse intensity Dorsal pedal artery - left by palpation")

# Orders and reports.
PHYSIOLOGIC_ARTERY_STUDY = _code("72830-3", "Extremity arteries - bilateral US.doppler Multisection and physiologic artery study")
PHYSIOLOGIC_ARTERY_STUDY_LIMITED = _code(
    "72831-1", "Extremity arteries - bilateral US.doppler Multisection limited and physiologic artery study"
)
EXERCISE_PHYSIOLOGIC_ARTERY_STUDY = _code(
    "72832-9", "Extremity arteries - bilateral US.doppler Multisection and physiologic artery study at rest and with exercise"
)
ARTERIAL_DUPLEX_BILATERAL = _code("39421-3", "US.doppler Lower extremity artery - bilateral")
ARTERIAL_DUPLEX_RIGHT = _code("39505-3", "US.doppler Lower extremity artery - right")
ARTERIAL_DUPLEX_LEFT = _code("39499-9", "US.doppler Lower extremity artery - left")
CTA_RUNOFF = _code("78037-9", "CTA Abdominal Aorta and Bilateral Runoff Vessels W contrast IV")
CTA_RUNOFF_WITHOUT_AND_WITH_CONTRAST = _code("78031-2", "CTA Abdominal Aorta and Bilateral Runoff Vessels WO and W contrast IV")
CTA_RUNOFF_LEGACY = _code("43503-2", "Aorta and Lower extremity vessels CT angiogram")
MRA_RUNOFF = _code("80502-8", "MRA Abdominal Aorta and Bilateral Runoff Vessels WO and W contrast IV")
MRA_LOWER_EXTREMITY = _code("35974-5", "MRA Lower extremity vessels - bilateral")
MRA_LOWER_EXTREMITY_WITHOUT_CONTRAST = _code("36450-5", "MRA Lower extremity vessels - bilateral WO contrast")
MRI_LUMBAR_WITHOUT_CONTRAST = _code("30679-5", "MR Lumbar spine WO contrast")
MRI_LUMBAR = _code("24968-0", "MR Lumbar spine")
CT_LUMBAR_WITHOUT_CONTRAST = _code("30620-9", "CT Lumbar spine WO contrast")
CT_MYELOGRAM = _code("24965-6", "CT Lumbar spine W contrast IT")
FLUOROSCOPIC_MYELOGRAM = _code("24974-8", "RF Lumbar spine Views W contrast IT")
XR_LUMBAR = _code("24972-2", "XR Lumbar spine Views")
XR_LUMBAR_AP_AND_LATERAL = _code("24970-6", "XR Lumbar spine AP and Lateral")
ELECTROMYOGRAM = _code("18749-2", "Electromyogram study")
NERVE_CONDUCTION_STUDY = _code("29755-6", "Nerve conduction study")

CARDIOLOGY = _code("LP29708-2", "Cardiology")
"""A category of reports; the one of the three of US Core's value set that vascular studies are found under."""
