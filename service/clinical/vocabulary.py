"""The vocabulary of findings: every code a question, a condition or an observation can mean, and what kind of value it takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    BOOLEAN = "boolean"
    CHOICE = "choice"
    CHOICES = "choices"
    DECIMAL = "decimal"
    INTEGER = "integer"


class Section(StrEnum):
    HISTORY = "history"
    RED_FLAG = "red-flag"
    EXAMINATION = "examination"
    RISK_FACTOR = "risk-factor"
    MANAGEMENT = "management"


@dataclass(frozen=True, slots=True)
class Term:
    """One finding of the vocabulary: its code, its kind of value, its options (choices only) and its section."""

    code: str
    section: Section
    kind: Kind = Kind.BOOLEAN
    options: tuple[str, ...] = ()


def _both_sides(code: str, section: Section, kind: Kind = Kind.BOOLEAN, options: tuple[str, ...] = ()) -> tuple[Term, Term]:
    return Term(f"{code}-right", section, kind, options), Term(f"{code}-left", section, kind, options)


_PULSE = ("present", "diminished", "absent")
_H, _R, _E, _F, _M = Section.HISTORY, Section.RED_FLAG, Section.EXAMINATION, Section.RISK_FACTOR, Section.MANAGEMENT
_DOPPLER = ("audible", "inaudible")
_TEST = ("negative", "positive")
_SITES = ("buttock", "hip", "groin", "thigh", "hamstring", "calf", "shin", "knee", "ankle", "foot", "low-back", "joints")
_CHARACTERS = (
    "cramping",
    "aching",
    "fatigue",
    "heaviness",
    "burning",
    "tingling",
    "numbness",
    "weakness",
    "bursting",
    "sharp-radiating",
)

TERMS: tuple[Term, ...] = (
    Term("leg-pain-on-walking", _H),
    Term("symptom-side", _H, Kind.CHOICE, ("right", "left", "both")),
    Term("symptom-site", _H, Kind.CHOICES, _SITES),
    Term("symptom-character", _H, Kind.CHOICES, _CHARACTERS),
    Term("symptom-duration-weeks", _H, Kind.DECIMAL),
    Term("sudden-onset-within-14-days", _H),
    Term("begins-standing-or-sitting", _H),
    Term("provoked-uphill-or-hurrying", _H),
    Term("provoked-ordinary-pace-level", _H),
    Term("provoked-by-standing-alone", _H),
    Term("worse-standing-up", _H),
    Term("consistent-walking-distance", _H),
    Term("walking-distance-m", _H, Kind.DECIMAL),
    Term("makes-stop-or-slow-down", _H),
    Term("continues-while-walking-on", _H),
    Term("relieved-by-standing-still", _H),
    Term("relief-within-10-minutes", _H),
    Term("relieved-by-sitting", _H),
    Term("no-pain-when-seated", _H),
    Term("relieved-by-bending-forward", _H),
    Term("relieved-by-leaning-on-cart", _H),
    Term("induced-by-bending-forward", _H),
    Term("worse-bending-backward", _H),
    Term("relieved-by-bending-backward", _H),
    Term("back-pain", _H),
    Term("leg-pain-worse-than-back-pain", _H),
    Term("relieved-by-leg-elevation", _H),
    Term("slow-relief-after-stopping", _H),
    Term("rest-pain-foot", _H),
    Term("rest-pain-over-2-weeks", _H),
    Term("rest-pain-relieved-by-hanging-down", _H),
    Term("walking-limitation", _H, Kind.CHOICE, ("none", "mild", "lifestyle-limiting")),
    Term("posterior-knee-swelling", _H),
    Term("runner-or-athlete", _H),
    Term("prior-dvt", _H),
    Term("unilateral-leg-swelling", _H),
    Term("calf-tenderness", _H),
    Term("stocking-numbness", _H),
    Term("saddle-anaesthesia", _R),
    Term("new-bladder-or-bowel-dysfunction", _R),
    Term("bilateral-leg-weakness", _R),
    Term("progressive-motor-deficit", _R),
    Term("fever", _R),
    Term("iv-drug-use", _R),
    Term("immunosuppression", _R),
    Term("cancer-history", _R),
    Term("unexplained-weight-loss", _R),
    Term("night-pain", _R),
    Term("major-trauma", _R),
    Term("osteoporosis-or-steroids", _R),
    Term("pulsatile-abdominal-mass", _R),
    Term("abdominal-or-back-pain-with-collapse", _R),
    *_both_sides("foot-wound", _R),
    *_both_sides("gangrene", _R),
    *_both_sides("cold-leg", _R),
    *_both_sides("pale-leg", _R),
    *_both_sides("leg-sensory-loss", _R, Kind.CHOICE, ("none", "toes", "more-than-toes", "profound")),
    *_both_sides("leg-motor-loss", _R, Kind.CHOICE, ("none", "mild-moderate", "paralysis")),
    *_both_sides("arterial-doppler", _R, Kind.CHOICE, _DOPPLER),
    *_both_sides("venous-doppler", _R, Kind.CHOICE, _DOPPLER),
    Term("pain-out-of-proportion", _R),
    *_both_sides("pulse-femoral", _E, Kind.CHOICE, _PULSE),
    *_both_sides("pulse-popliteal", _E, Kind.CHOICE, _PULSE),
    *_both_sides("pulse-dorsalis-pedis", _E, Kind.CHOICE, _PULSE),
    *_both_sides("pulse-posterior-tibial", _E, Kind.CHOICE, _PULSE),
    *_both_sides("bruit-femoral", _E),
    *_both_sides("bruit-limb", _E),
    *_both_sides("skin-cool", _E),
    *_both_sides("skin-discoloured", _E),
    *_both_sides("elevation-pallor", _E),
    *_both_sides("achilles-reflex", _E, Kind.CHOICE, ("normal", "reduced", "absent")),
    *_both_sides("straight-leg-raise", _E, Kind.CHOICE, _TEST),
    Term("extension-test-30s", _E, Kind.CHOICE, _TEST),
    Term("wide-based-gait", _E),
    Term("romberg-abnormal", _E),
    Term("hip-rotation-painful", _E),
    Term("lowest-leg-power-mrc", _E, Kind.INTEGER),
    Term("post-void-residual-ml", _E, Kind.DECIMAL),
    Term("smoking-status", _F, Kind.CHOICE, ("current", "former", "never")),
    Term("diabetes", _F),
    Term("hypertension", _F),
    Term("hyperlipidaemia", _F),
    Term("chronic-kidney-disease", _F),
    Term("obesity", _F),
    Term("family-history-pad", _F),
    Term("coronary-artery-disease", _F),
    Term("cerebrovascular-disease", _F),
    Term("abdominal-aortic-aneurysm", _F),
    Term("atrial-fibrillation", _F),
    Term("known-pad", _F),
    Term("known-lumbar-stenosis", _F),
    *_both_sides("prior-revascularisation", _F),
    Term("guideline-therapy-inadequate", _M),
    Term("revascularisation-considered", _M),
    Term("spine-care-6-weeks-failed", _M),
    Term("spine-intervention-candidate", _M),
    Term("can-walk-on-treadmill", _M),
    Term("mri-contraindicated", _M),
    Term("contrast-allergy", _M),
    Term("dialysis", _M),
    Term("pregnant", _M),
    # From Observations and Conditions only; no question asks for them.
    Term("egfr-ml-min-1.73m2", _M, Kind.DECIMAL),
    *_both_sides("tcpo2-mmhg", _E, Kind.DECIMAL),
    *_both_sides("leg-amputated", _M),
    *_both_sides("great-toe-amputated", _M),
)

VOCABULARY: Mapping[str, Term] = {term.code: term for term in TERMS}

NAMED_BY_SITE = frozenset({"tcpo2-mmhg"})
"""Findings of one foot that a local code may state without a side: then bodySite says which."""
