"""Implants that matter in MRI, and what a label says of their safety there.

Only what always has electronics in the body is listed: of a hip or a stent MRI is rarely a question, and what a deployment wants to add it maps.
"""

from __future__ import annotations

from service.fhir.terminology.code import SNOMED, Code

NCI_THESAURUS = frozenset({"urn:oid:2.16.840.1.113883.3.26.1.1", "http://ncicb.nci.nih.gov/xml/owl/EVS/Thesaurus.owl"})

ACTIVE_IMPLANTS = frozenset(
    Code(SNOMED, identifier, display)[:2]
    for identifier, display in (
        ("14106009", "Cardiac pacemaker, device (physical object)"),
        ("706004007", "Implantable cardiac pacemaker (physical object)"),
        ("72506001", "Implantable defibrillator, device (physical object)"),
        ("704708004", "Cardiac resynchronization therapy implantable pacemaker (physical object)"),
        ("704707009", "Cardiac resynchronization therapy implantable defibrillator (physical object)"),
    )
)
IMPLANTATIONS = frozenset({(SNOMED, "447365002")})
"""Insertion of a biventricular implantable cardioverter defibrillator (procedure)."""

MR_SAFE = "C106045"
MR_CONDITIONAL = "C106046"
MR_UNSAFE = "C106047"
