"""Codes that other people's forms and records give as answers: yes, no, present, absent, not known, smoking."""

from __future__ import annotations

from collections.abc import Mapping

from service.fhir.terminology import loinc, snomed
from service.fhir.terminology.code import DATA_ABSENT_REASON, LOINC, SNOMED, Code

_V2_YES_NO = ("http://terminology.hl7.org/CodeSystem/v2-0136", "http://hl7.org/fhir/v2/0136", "urn:oid:2.16.840.1.113883.12.136")

NOT_KNOWN_SYSTEMS = frozenset(
    {DATA_ABSENT_REASON, "http://terminology.hl7.org/CodeSystem/v3-NullFlavor", "http://hl7.org/fhir/v3/NullFlavor"}
)
"""Every code of these systems is a way of saying that there is no answer."""

YES_SNOMED = Code(SNOMED, "373066001", "Yes (qualifier value)")
NO_SNOMED = Code(SNOMED, "373067005", "No (qualifier value)")
UNKNOWN_SNOMED = Code(SNOMED, "261665006", "Unknown (qualifier value)")
PRESENT_SNOMED = Code(SNOMED, "52101004", "Present (qualifier value)")
ABSENT_SNOMED = Code(SNOMED, "2667000", "Absent (qualifier value)")
YES_LOINC = Code(LOINC, "LA33-6", "Yes")
NO_LOINC = Code(LOINC, "LA32-8", "No")
UNKNOWN_LOINC = Code(LOINC, "LA4489-6", "Unknown")
PRESENT_LOINC = Code(LOINC, "LA9633-4", "Present")
ABSENT_LOINC = Code(LOINC, "LA9634-2", "Absent")

_WORD_OF: Mapping[Code, str] = {
    YES_SNOMED: "yes",
    NO_SNOMED: "no",
    UNKNOWN_SNOMED: "unknown",
    PRESENT_SNOMED: "present",
    ABSENT_SNOMED: "absent",
    YES_LOINC: "yes",
    NO_LOINC: "no",
    UNKNOWN_LOINC: "unknown",
    PRESENT_LOINC: "present",
    ABSENT_LOINC: "absent",
    snomed.NEVER_SMOKED: "never",
    snomed.EX_SMOKER: "former",
    snomed.SMOKER: "current",
    snomed.DAILY_SMOKER: "current",
    snomed.OCCASIONAL_SMOKER: "current",
    snomed.HEAVY_SMOKER: "current",
    snomed.LIGHT_SMOKER: "current",
    snomed.SMOKING_UNKNOWN: "unknown",
    loinc.CURRENT_EVERY_DAY_SMOKER: "current",
    loinc.CURRENT_SOME_DAY_SMOKER: "current",
    loinc.HEAVY_TOBACCO_SMOKER: "current",
    loinc.LIGHT_TOBACCO_SMOKER: "current",
    loinc.FORMER_SMOKER: "former",
    loinc.NEVER_SMOKER: "never",
    # Has smoked, but whether now is open: neither current nor former.
    loinc.SMOKER_STATUS_UNKNOWN: "unknown",
    loinc.UNKNOWN_IF_EVER_SMOKED: "unknown",
}
_WORDS: Mapping[tuple[str, str], str] = {
    **{(code.system, code.code): word for code, word in _WORD_OF.items()},
    **{(system, code): word for system in _V2_YES_NO for code, word in (("Y", "yes"), ("N", "no"))},
}


def answer_word(system: str, code: str) -> str | None:
    """yes, no, present, absent, unknown, or a smoking option; None for a code that is none of them."""
    return _WORDS.get((system, code))
