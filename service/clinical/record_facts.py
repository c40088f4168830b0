"""What only the record can state: diagnoses already made, implants, an allergy to gadolinium. No form asks for it and no code system publishes it.

These travel as findings beside those of the vocabulary, and are facts for the rules. Why they are kept apart: docs/adr/0012.
"""

from __future__ import annotations

from collections.abc import Mapping

from service.clinical.measurements import Side

DEVICE_SAFETY_UNKNOWN = "implanted-device-mri-safety-unknown"
DEVICE_CONDITIONAL = "implanted-device-mr-conditional"
GADOLINIUM_ALLERGY = "gadolinium-allergy"

_EITHER_LEG = ("acute-limb-ischaemia", "chronic-limb-threatening-ischaemia")
_PERSON = (
    "cauda-equina-syndrome",
    "spinal-infection",
    "spinal-malignancy",
    "vertebral-fracture",
    "abdominal-aortic-aneurysm",
    "deep-vein-thrombosis",
    "acute-compartment-syndrome",
)

DIAGNOSED: Mapping[str, str] = {
    f"diagnosed-{flag}": flag
    for flag in (*(f"{flag}{end}" for flag in _EITHER_LEG for end in ("", *(f"-{s}" for s in Side))), *_PERSON)
}
"""Finding code of a diagnosis -> the flag it belongs to, with the leg where the code names one. Without a leg: the record does not say which."""

DAYS_SINCE: Mapping[str, str] = {code: f"{code}-days" for code in DIAGNOSED}
"""Finding code of a diagnosis -> the fact that counts whole days since it was made; missing where the diagnosis has no date."""

RECORD_FINDINGS = frozenset((DEVICE_SAFETY_UNKNOWN, DEVICE_CONDITIONAL, GADOLINIUM_ALLERGY, *DIAGNOSED))
"""All of them are yes or not known, never no."""

RECORD_FACTS = RECORD_FINDINGS | frozenset(DAYS_SINCE.values())
