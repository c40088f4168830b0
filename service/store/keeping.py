"""What a deployment keeps of a patient with the record of an assessment: nothing, or what its settings say, sealed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson

from service.config import Settings, record_keys
from service.store.pseudonyms import pseudonym
from service.store.sealing import CannotOpen, Seal

INPUT, RESULT = "input", "result"
FOUND_AGAIN = frozenset({"Bundle", "RiskAssessment", "ServiceRequest", "Observation", "Provenance"})
"""Types of a result that are found by their id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """`seal` None: nothing is kept or can be opened. `pseudonym_key` makes the pseudonyms by which kept results are found."""

    seal: Seal | None = None
    pseudonym_key: bytes = b""
    results: bool = False
    inputs: bool = False

    @property
    def keeps_results(self) -> bool:
        """Whether anything of a patient is kept with a record."""
        return self.seal is not None and self.results

    def opener(self) -> Seal:
        """The seal, where something sealed must be opened. Raises CannotOpen without a key."""
        if self.seal is None:
            raise CannotOpen(
                "what the record holds of patients is encrypted; set CLAUDICATION_RECORD_KEY to the key it was encrypted with"
            )
        return self.seal


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """The columns of one record: a pseudonym, the sealed parts, and (type, id) of each resource to be found again."""

    patient: str = ""
    input: bytes | None = None
    result: bytes | None = None
    resources: tuple[tuple[str, str], ...] = ()


NOTHING = Kept()


def keeping_of(settings: Settings, pseudonyms: bytes) -> Keeping:
    """What the settings say is kept. A key given where nothing is kept any more still opens what was."""
    if not settings.record_key:
        return Keeping()
    return Keeping(
        seal=Seal(record_keys(settings.record_key)),
        pseudonym_key=pseudonyms,
        results=settings.keep_patient_data != "none",
        inputs=settings.keep_patient_data == "input-and-result",
    )


def keep(
    keeping: Keeping,
    *,
    record_id: str,
    client: str,
    patient_reference: str,
    bundle: Any,
    strict: bool,
    result: dict[str, Any],
    write: Callable[[Any], bytes],
) -> Kept:
    """What is kept of one answer. `bundle` and `strict` are what was asked, `result` the Bundle of the answer and `write` makes JSON of it."""
    if keeping.seal is None or not keeping.results:
        return NOTHING
    asked = orjson.dumps({"bundle": bundle, "strict": strict}) if keeping.inputs else None
    resources = [result, *(entry["resource"] for entry in result["entry"])]
    return Kept(
        patient=patient_pseudonym(keeping, client=client, patient_reference=patient_reference),
        input=keeping.seal.close(asked, record=record_id, part=INPUT) if asked is not None else None,
        result=keeping.seal.close(write(result), record=record_id, part=RESULT),
        resources=tuple((one["resourceType"], one["id"]) for one in resources if one["resourceType"] in FOUND_AGAIN),
    )


def patient_pseudonym(keeping: Keeping, *, client: str, patient_reference: str) -> str:
    """The pseudonym of a patient of a client: two clients may both have a Patient/1, who are not the same."""
    return pseudonym(keeping.pseudonym_key, client=client, patient_id=patient_reference)
