"""SNOMED CT sites, qualifiers, observables and procedures. Identifiers are strings: some have more digits than a float holds."""

from __future__ import annotations

from service.fhir.terminology.code import SNOMED, Code


def _code(identifier: str, display: str) -> Code:
    return Code(SNOMED, identifier, display)


# Arteries and limb segments.
BRACHIAL_ARTERY = _code("17137000", "Structure of brachial artery (body structure)")
RIGHT_BRACHIAL_ARTERY = _code("723962009", "Structure of right brachial artery (body structure)")
LEFT_BRACHIAL_ARTERY = _code("723961002", "Structure of left brachial artery (body structure)")
RIGHT_UPPER_ARM = _code("368209003", "Right upper arm structure (body structure)")
LEFT_UPPER_ARM = _code("368208006", "Left upper arm structure (body structure)")
RIGHT_ARM = _code("59126009", "Right arm (body structure)")
LEFT_ARM = _code("72098002", "Left arm (body structure)")
DORSALIS_PEDIS_ARTERY = _code("86547008", "Structure of dorsalis pedis artery (body structure)")
RIGHT_DORSALIS_PEDIS_ARTERY = _code("792816004", "Structure of right dorsalis pedis artery (body structure)")
LEFT_DORSALIS_PEDIS_ARTERY = _code("792817008", "Structure of left dorsalis pedis artery (body structure)")
POSTERIOR_TIBIAL_ARTERY = _code("13363002", "Structure of posterior tibial artery (body structure)")
RIGHT_POSTERIOR_TIBIAL_ARTERY = _code("214811007", "Structure of right posterior tibial artery (body structure)")
LEFT_POSTERIOR_TIBIAL_ARTERY = _code("214912001", "Structure of left posterior tibial artery (body structure)")
ANTERIOR_TIBIAL_ARTERY = _code("68053000", "Structure of anterior tibial artery (body structure)")
PERONEAL_ARTERY = _code("8821006", "Structure of peroneal artery (body structure)")
POPLITEAL_ARTERY = _code("43899006", "Structure of popliteal artery (body structure)")
FEMORAL_ARTERY = _code("7657000", "Structure of femoral artery (body structure)")
RIGHT_FEMORAL_ARTERY = _code("69833005", "Structure of right femoral artery (body structure)")
LEFT_FEMORAL_ARTERY = _code("113270003", "Structure of left femoral artery (body structure)")
ANKLE_REGION = _code("344001", "Ankle region structure (body structure)")
ANKLE_JOINT = _code("70258002", "Ankle joint structure (body structure)")
RIGHT_ANKLE = _code("6685009", "Structure of right ankle (body structure)")
LEFT_ANKLE = _code("51636004", "Structure of left ankle (body structure)")
RIGHT_ANKLE_LEGACY = _code("241699003", "Right ankle (body structure)")
LEFT_ANKLE_LEGACY = _code("241784008", "Left ankle (body structure)")
TOE = _code("29707007", "Toe structure (body structure)")
GREAT_TOE = _code("78883009", "Great toe structure (body structure)")
DORSAL_DIGITAL_ARTERY_OF_FOOT = _code("49256001", "Structure of dorsal digital artery of foot (body structure)")
DORSUM_OF_FOOT = _code("2402003", "Dorsum of foot structure (body structure)")
RIGHT_THIGH = _code("11207009", "Structure of right thigh (body structure)")
LEFT_THIGH = _code("61396006", "Structure of left thigh (body structure)")
LOWER_LIMB = _code("61685007", "Lower limb structure (body structure)")

# Qualifiers.
LEFT = _code("7771000", "Left (qualifier value)")
RIGHT = _code("24028007", "Right (qualifier value)")
RIGHT_AND_LEFT = _code("51440002", "Right and left (qualifier value)")
LATERALITY = _code("272741003", "Laterality (attribute)")
AT_REST = _code("263678003", "At rest (qualifier value)")
AFTER_EXERCISE = _code("255214003", "After exercise (qualifier value)")
BEFORE_EXERCISE = _code("307166007", "Before exercise (qualifier value)")
DURING_EXERCISE = _code("309604004", "During exercise (qualifier value)")
POST_EXERCISE_STATE = _code("128978002", "Post exercise state (finding)")
PRE_EXERCISE_STATE = _code("128977007", "Pre-exercise state (finding)")
RESTING_STATE = _code("128975004", "Resting state (finding)")
SUPINE = _code("40199007", "Supine body position (finding)")

# Observables, procedures and devices.
ABPI_OBSERVABLE = _code("446841001", "Ankle brachial pressure index (observable entity)")
ABPI_PROCEDURE = _code("401221002", "Ankle brachial pressure index (procedure)")
ABPI_DEVICE = _code("701682008", "Noninvasive ankle brachial pressure index measurement unit (physical object)")
DOPPLER_ULTRASOUND = _code("765172009", "Doppler ultrasound (procedure)")
DOPPLER_DEVICE = _code("43770009", "Doppler device (physical object)")
VASCULAR_OSCILLOMETRY = _code("31813000", "Vascular oscillometry (procedure)")
PALPATION = _code("113011001", "Palpation (procedure)")
AUSCULTATION = _code("37931006", "Auscultation (procedure)")
CTA_LOWER_LIMB = _code("712809006", "Computed tomography angiography of lower limb with contrast (procedure)")
MRI_LUMBAR_WITHOUT_CONTRAST = _code("394451000119106", "Magnetic resonance imaging of lumbar spine without contrast (procedure)")
MRI_LUMBAR_WITH_CONTRAST = _code("41333006", "Magnetic resonance imaging of lumbar spine with contrast (procedure)")
CT_LUMBAR_WITHOUT_CONTRAST = _code("572091000119106", "Computed tomography of lumbar spine without contrast (procedure)")
CT_LUMBAR_WITH_CONTRAST = _code("90523008", "Computed tomography of lumbar vertebral column with contrast (procedure)")
XR_LUMBAR = _code("840361000", "Plain X-ray of lumbar vertebral column region (procedure)")
XR_LUMBAR_AND_SACRAL = _code("22791004", "Plain X-ray of lumbar and sacral spine (procedure)")
MYELOGRAM = _code("367401004", "Myelogram (procedure)")
MR_MYELOGRAPHY = _code("713206003", "Magnetic resonance imaging myelography (procedure)")
REFERRAL_TO_VASCULAR_SURGEON = _code("307777008", "Referral to vascular surgeon (procedure)")
REFERRAL_TO_ORTHOPAEDIC_SURGEON = _code("308481009", "Referral to orthopedic surgeon (procedure)")
REFERRAL_TO_NEUROSURGEON = _code("308482002", "Referral to neurosurgeon (procedure)")
EXERCISE_THERAPY = _code("229065009", "Exercise therapy (regime/therapy)")
REFERRAL_FOR_EXERCISE_THERAPY = _code("390864007", "Referral for exercise therapy (procedure)")
SMOKING_CESSATION_EDUCATION = _code("225323000", "Smoking cessation education (procedure)")
SMOKING_CESSATION_THERAPY = _code("710081004", "Smoking cessation therapy (regime/therapy)")
TREADMILL_STRESS_TEST = _code("80635001", "Cardiovascular stress test using treadmill (procedure)")
IMAGING = _code("363679005", "Imaging (procedure)")
EVALUATION_PROCEDURE = _code("386053000", "Evaluation procedure (procedure)")

# Smoking status as US Core sends it.
NEVER_SMOKED = _code("266919005", "Never smoked tobacco (finding)")
EX_SMOKER = _code("8517006", "Ex-smoker (finding)")
SMOKER = _code("77176002", "Smoker (finding)")
DAILY_SMOKER = _code("449868002", "Smokes tobacco daily (finding)")
OCCASIONAL_SMOKER = _code("428041000124106", "Occasional tobacco smoker (finding)")
SMOKING_UNKNOWN = _code("266927001", "Tobacco smoking consumption unknown (finding)")
CIGARETTE_PACK_YEARS = _code("401201003", "Cigarette pack-years (observable entity)")
CALCULATED_PACK_YEARS = _code(
    "782516008", "Number of calculated pack years for cumulative lifetime tobacco exposure (observable entity)"
)
