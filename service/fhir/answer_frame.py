"""What every resource of one answer shares, and how the answer refers to the resources of the input."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from service.clinical.assessment import Basis
from service.clinical.measurements import Side
from service.fhir.elements import Json
from service.fhir.identity import full_url, resource_id
from service.fhir.terminology.code import OBSERVATION_CATEGORY, Code

URI_SYSTEM = "urn:ietf:rfc:3986"
PROCEDURE = Code(OBSERVATION_CATEGORY, "procedure", "Procedure")
LEG: Mapping[Side, str] = {Side.RIGHT: "right leg", Side.LEFT: "left leg"}

# With ids as known servers give them, longer than R4 has them and with underscores: what is written back has to lead to their patient.
_LITERAL = re.compile(r"https?://\S+|[A-Z][A-Za-z]+/[A-Za-z0-9._-]{1,256}(/_history/[A-Za-z0-9._-]{1,256})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """`subject` and `device` are References; `as_of` a dateTime with time zone, good as an instant too."""

    digest: str
    subject: Json
    device: Json
    as_of: str
    evidence_version: str
    citations: Mapping[str, str]
    _references: dict[str, Json] = field(default_factory=dict, repr=False, compare=False)
    """Those made for this answer so far: its resources rest on the same few of the input."""

    def id_of(self, role: str) -> str:
        return resource_id(self.digest, role)

    def source_of(self, basis: Basis) -> str:
        """The printed citation of a basis."""
        return self.citations.get(basis.citation, basis.citation)

    def references_to(self, sources: Iterable[str]) -> list[Json]:
        """References to resources of the input, each once, in the order given."""
        known = self._references
        return [known.get(source) or known.setdefault(source, input_reference(source)) for source in dict.fromkeys(sources)]


def input_reference(source: str, *, resource_type: str = "") -> Json:
    """A Reference to a resource of the input.

    A urn:uuid of the input names nothing where the answer is kept, and a server refuses a transaction that holds such a link: it goes out as
    an identifier, which who sent the Bundle can still follow.
    """
    if _LITERAL.fullmatch(source):
        return {"reference": source}
    named: Json = {"type": resource_type} if resource_type else {}
    return {**named, "identifier": {"system": URI_SYSTEM, "value": source}}


def answer_reference(resource: Json) -> Json:
    """A Reference to another entry of the answer."""
    return {"reference": full_url(resource["id"])}


def date_time(moment: datetime) -> str:
    """A dateTime. What was taken at midnight UTC to the second is known by its day only: dates arrive so."""
    if (moment.hour, moment.minute, moment.second, moment.microsecond) == (0, 0, 0, 0) and moment.tzinfo is UTC:
        return moment.date().isoformat()
    return moment.isoformat()
