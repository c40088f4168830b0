"""Provenance and Device: which program said this, in which version, from what."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from service import __version__
from service.fhir.answer_frame import Frame, answer_reference
from service.fhir.elements import Json
from service.fhir.fixed import Fixed
from service.fhir.identity import resource_id
from service.fhir.terminology.code import BASE, Code

NAME = "Claudication CDS"
DEVICE_SYSTEM = f"{BASE}/NamingSystem/software-version"
_ASSEMBLER = Code("http://terminology.hl7.org/CodeSystem/provenance-participant-type", "assembler", "Assembler")
_AGENT_TYPE = Fixed({"coding": [_ASSEMBLER.coding()]})


@lru_cache(maxsize=4)
def device(*, evidence_version: str) -> Json:
    """The program as a Device. The same program with the same evidence has the same id in every answer, so that a server keeps it once.

    Shared by all answers of this process: not to be changed.
    """
    version = f"{__version__}-evidence-{evidence_version}"
    return {
        "resourceType": "Device",
        "id": resource_id(version, "device"),
        "identifier": [{"system": DEVICE_SYSTEM, "value": version}],
        "status": "active",
        "deviceName": [{"name": NAME, "type": "user-friendly-name"}],
        "type": {"text": "Clinical decision support software"},
        "version": [
            {"type": {"text": "software"}, "value": __version__},
            {"type": {"text": "evidence"}, "value": evidence_version},
        ],
    }


def provenance(targets: Sequence[Json], frame: Frame, *, sources: Iterable[str]) -> Json:
    """Who made `targets` (resources of this answer, at least one), when, and from which resources of the input."""
    resource: Json = {
        "resourceType": "Provenance",
        "id": frame.id_of("provenance"),
        "target": [answer_reference(target) for target in targets],
        "recorded": frame.as_of,
        "agent": [{"type": _AGENT_TYPE, "who": frame.device}],
    }
    entities = [{"role": "source", "what": what} for what in frame.references_to(sources)]
    if entities:
        resource["entity"] = entities
    return resource
