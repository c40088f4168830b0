"""Which of our order codes the codes of a record's orders and reports mean: those we send ourselves, and others that are near enough not to order it twice.

Broad codes are left out: a referral to an orthopaedic surgeon need not be about the spine, and taking it for one would silence a proposal.
"""

from __future__ import annotations

from collections.abc import Mapping

from service.fhir.terminology import loinc, snomed
from service.fhir.terminology.code import LOINC, Code
from service.fhir.terminology.orders import ORDERS

# Retired by LOINC, still in order catalogues.
_CTA_AORTA_AND_FEMORAL = Code(LOINC, "30806-4", "Aorta and Femoral artery CT angiogram")
_CTA_AORTA_AND_LEGS = Code(LOINC, "72255-3", "Aorta and Lower extremity vessels CT angiogram")

_ALSO: Mapping[str, tuple[Code, ...]] = {
    "resting-abi": (loinc.ABI, snomed.ABPI_OBSERVABLE),
    "toe-brachial-index": (loinc.TBI_RIGHT, loinc.TBI_LEFT),
    "arterial-duplex": (loinc.ARTERIAL_DUPLEX_RIGHT, loinc.ARTERIAL_DUPLEX_LEFT),
    "cta-runoff": (
        loinc.CTA_RUNOFF_WITHOUT_AND_WITH_CONTRAST,
        loinc.CTA_RUNOFF_LEGACY,
        _CTA_AORTA_AND_FEMORAL,
        _CTA_AORTA_AND_LEGS,
        snomed.CTA_LOWER_LIMB,
    ),
    "mra-runoff": (loinc.MRA_LOWER_EXTREMITY, loinc.MRA_LOWER_EXTREMITY_WITHOUT_CONTRAST),
    "mri-lumbar-without-contrast": (loinc.MRI_LUMBAR, snomed.MRI_LUMBAR_WITHOUT_CONTRAST),
    "mri-lumbar-with-and-without-contrast": (snomed.MRI_LUMBAR_WITH_CONTRAST,),
    "ct-lumbar": (snomed.CT_LUMBAR_WITHOUT_CONTRAST, snomed.CT_LUMBAR_WITH_CONTRAST),
    "ct-myelogram": (loinc.FLUOROSCOPIC_MYELOGRAM, snomed.MYELOGRAM),
    "emg-ncs": (loinc.ELECTROMYOGRAM, loinc.NERVE_CONDUCTION_STUDY),
    "xr-lumbar": (loinc.XR_LUMBAR_AP_AND_LATERAL, snomed.XR_LUMBAR, snomed.XR_LUMBAR_AND_SACRAL),
    "smoking-cessation": (snomed.SMOKING_CESSATION_EDUCATION,),
}

ORDER_OF: Mapping[tuple[str, str], str] = {
    (code.system, code.code): order for order, known in ORDERS.items() for code in (*known.standard, *_ALSO.get(order, ()))
}
"""(system, code) -> our order code."""
