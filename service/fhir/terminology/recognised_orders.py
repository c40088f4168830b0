"""Orders that are judged when someone writes them and never proposed by us: compression, procedures of the spine, other CT with contrast.

Codes are those that several public sources agree on. CPT and HCPCS codes stand with our own plain names, since their descriptions belong to their
publishers. What a clinic uses besides goes into its mapping file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from service.fhir.terminology.code import SNOMED

CPT = "http://www.ama-assn.org/go/cpt"
HCPCS = "https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"
_HCPCS_NAMES = (HCPCS, "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets", "urn:oid:2.16.840.1.113883.6.285")
_CPT_NAMES = (CPT, "urn:oid:2.16.840.1.113883.6.12")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """`display`: what a card calls it."""

    code: str
    display: str
    snomed: tuple[str, ...] = ()
    hcpcs: tuple[str, ...] = ()
    cpt: tuple[str, ...] = ()


RECOGNISED: Mapping[str, Recognised] = {
    one.code: one
    for one in (
        Recognised(
            code="leg-compression",
            display="Compression of the leg",
            snomed=("348681001",),
            hcpcs=("A6530", "A6531", "A6532", "A6533", "A6545"),
        ),
        # A laminectomy or fusion is not said to be lumbar by its code; the rule asks for leg symptoms on walking.
        Recognised(
            code="spine-surgery",
            display="Spine surgery",
            snomed=("387731002", "55705006", "178625001"),
            cpt=("63047", "63030", "22612", "22630", "22633"),
        ),
        Recognised(code="spine-injection", display="Injection at the lumbar spine", cpt=("62322", "62323", "64483")),
        Recognised(code="ct-with-iodinated-contrast", display="CT with iodinated contrast"),
    )
}

RECOGNISED_OF: Mapping[tuple[str, str], str] = {
    (system, code): one.code
    for one in RECOGNISED.values()
    for systems, codes in (((SNOMED,), one.snomed), (_HCPCS_NAMES, one.hcpcs), (_CPT_NAMES, one.cpt))
    for system in systems
    for code in codes
}
"""(system, code) -> what it is."""

IMAGING_CPT: Mapping[tuple[str, str], str] = {
    (system, code): order
    for system in _CPT_NAMES
    for code, order in (
        ("93922", "resting-abi"),
        ("93924", "exercise-abi"),
        ("93925", "arterial-duplex"),
        ("75635", "cta-runoff"),
        ("73725", "mra-runoff"),
        ("72148", "mri-lumbar-without-contrast"),
        ("72158", "mri-lumbar-with-and-without-contrast"),
        ("72131", "ct-lumbar"),
    )
}
"""CPT codes of orders being written -> our order code. Read in drafts only: in a record a deployment maps those it uses."""
