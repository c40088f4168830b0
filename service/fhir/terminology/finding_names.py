"""What the findings are called where there is room for a few words only; the questions themselves are in the questionnaire."""

from __future__ import annotations

from collections.abc import Mapping

from service.clinical.measurements import Side
from service.clinical.vocabulary import VOCABULARY

# The code itself, written with spaces, names every other finding.
_NAMES: Mapping[str, str] = {
    "symptom-duration-weeks": "Duration of symptoms in weeks",
    "walking-distance-m": "Walking distance in metres",
    "prior-dvt": "Prior deep vein thrombosis",
    "iv-drug-use": "Intravenous drug use",
    "extension-test-30s": "Extension test of 30 seconds",
    "romberg-abnormal": "Romberg test abnormal",
    "lowest-leg-power-mrc": "Lowest leg power, MRC grade",
    "post-void-residual-ml": "Residual urine after voiding in mL",
    "family-history-pad": "Family history of peripheral artery disease",
    "known-pad": "Known peripheral artery disease",
    "spine-care-6-weeks-failed": "Six weeks of spine care without success",
    "mri-contraindicated": "MRI contraindicated",
    "tcpo2-mmhg": "Transcutaneous oxygen pressure of the foot in mmHg",
    "egfr-ml-min-1.73m2": "Estimated glomerular filtration rate in mL/min/1.73 m2",
}


def _name(code: str) -> str:
    for side in Side:
        stem = code.removesuffix(f"-{side}")
        if stem != code:
            return f"{_name(stem)}, {side}"
    return _NAMES.get(code) or code.replace("-", " ").capitalize()


FINDING_NAMES: Mapping[str, str] = {code: _name(code) for code in VOCABULARY}
"""By finding code."""
