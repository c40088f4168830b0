"""What a procedure that was done says in the vocabulary of findings: revascularisation, amputation, dialysis.

ICD-10-PCS is read by its tables, whose characters have one meaning each: section, body system, operation, body part. 041 is bypass, 047 dilation, 04C
extirpation and 04R replacement of a lower artery; 0Y6 detachment of a lower extremity; 5A1D filtration of the urine. SNOMED CT procedures on
single arteries are too many to list and were not verified: a deployment maps those it uses.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from service.clinical.measurements import Side
from service.fhir.terminology import disorder_claims as claims
from service.fhir.terminology.code import SNOMED
from service.fhir.terminology.disorder_claims import Claim, Disorder
from service.fhir.terminology.disorders import Recorded
from service.fhir.terminology.implants import IMPLANTATIONS

ICD10PCS = frozenset(
    {
        "http://www.cms.gov/Medicare/Coding/ICD10",
        "http://hl7.org/fhir/sid/icd-10-pcs",
        "urn:oid:2.16.840.1.113883.6.4",
    }
)

REVASCULARISATION = Disorder(name="Revascularisation of a leg artery", claims=claims.REVASCULARISATION.claims)
DIALYSIS = Disorder(name="Dialysis", claims=(Claim(finding="dialysis", lapses=True),))
TOE_AMPUTATION = Disorder(name="Amputation of a toe")
"""Which toe is not said, so nothing is concluded of the great one."""

_SNOMED: Mapping[str, Disorder] = {
    "397117006": claims.AMPUTATION,
    "371186005": TOE_AMPUTATION,
    "265764009": DIALYSIS,
    "302497006": DIALYSIS,
}

# Body parts of the lower arteries: common and external iliac, femoral, popliteal, anterior and posterior tibial, peroneal, foot.
_RIGHT_ARTERY, _LEFT_ARTERY = "[CHKMPRTV]", "[DJLNQSUW]"
# Of detachment: hindquarter, hip, upper leg, knee, lower leg, foot; and the first toe.
_PATTERNS: tuple[tuple[re.Pattern[str], Disorder, tuple[Side, ...]], ...] = tuple(
    (re.compile(pattern), disorder, sides)
    for pattern, disorder, sides in (
        (f"04[17CR]{_RIGHT_ARTERY}", REVASCULARISATION, (Side.RIGHT,)),
        (f"04[17CR]{_LEFT_ARTERY}", REVASCULARISATION, (Side.LEFT,)),
        ("0Y6[27CFH]", claims.AMPUTATION, (Side.RIGHT,)),
        ("0Y6[38DGJ]", claims.AMPUTATION, (Side.LEFT,)),
        ("0Y64", claims.AMPUTATION, (Side.RIGHT, Side.LEFT)),
        # Of the foot the last character says which ray: all, the whole first, part of the first.
        ("0Y6M..[049]|0Y6P", claims.GREAT_TOE_AMPUTATION, (Side.RIGHT,)),
        ("0Y6N..[049]|0Y6Q", claims.GREAT_TOE_AMPUTATION, (Side.LEFT,)),
        ("5A1D[0-9]", DIALYSIS, ()),
    )
)


def procedure_meanings(system: str, code: str) -> tuple[Recorded, ...]:
    """Everything the code of a procedure says; empty for one this service does not read."""
    if system == SNOMED and code in _SNOMED:
        return (Recorded(disorder=_SNOMED[code]),)
    if (system, code) in IMPLANTATIONS:
        return (Recorded(disorder=claims.CARDIAC_DEVICE),)
    if system in ICD10PCS:
        plain = code.upper().replace(".", "")
        return tuple(Recorded(disorder=disorder, sides=sides) for pattern, disorder, sides in _PATTERNS if pattern.match(plain))
    return ()
