"""Why a clinician may set a card aside: a selection of the codes that the ballot of CDS Hooks 3.0 adds, with its own displays."""

from __future__ import annotations

from service.fhir.terminology.code import Code

NON_ADHERENCE = "http://terminology.hl7.org/CodeSystem/non-adherence-reason-codes"

OVERRIDE_REASONS: tuple[Code, ...] = tuple(
    Code(NON_ADHERENCE, code, display)
    for code, display in (
        ("action-completed", "Recommended action was already completed"),
        ("patient-ineligible", "Patient does not meet eligibility for recommended action"),
        ("patient-contraindication", "Patient has contraindication to recommended action"),
        ("action-not-priority", "Recommended action is not relevant or a priority in current state of health"),
        ("recipient-does-not-trust", "Recipient does not agree with or trust the recommended action"),
        ("prefers-alternative", "Patient prefers an alternative approach or treatment"),
        ("service-not-available", "Treatment or service is not practically available"),
        ("wrong-time-workflow", "PC CDS delivered at wrong time in workflow or patient lifecycle"),
    )
)
