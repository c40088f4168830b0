"""What surrounds a measured value: whether it counts at all, when it was taken, in which encounter, in which position and by which method."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from service.clinical.data_issues import DataIssue, IssueCode
from service.fhir.elements import Json, codings, dicts, effective, reference, texts
from service.fhir.limbs import free_text
from service.fhir.limbs.measured_values import notes
from service.fhir.reading import Context, Entry
from service.fhir.remarks import remark
from service.fhir.terminology import loinc, snomed
from service.fhir.terminology.code import SNOMED

_FINAL = frozenset({"final", "amended", "corrected"})
_TELLING = frozenset({"component", "extension", "method", "note"})
_WITHDRAWN = frozenset({"entered-in-error", "cancelled"})

FARTHEST_TIME_ZONE = timedelta(hours=14)
"""A bare date has begun somewhere on earth up to this long before it begins in UTC."""


class Circumstances(NamedTuple):
    taken_at: datetime | None
    day_only: bool
    encounter: str | None
    issues: tuple[DataIssue, ...]
    bare: bool
    """Whether nothing beside the codes can say more of position, method or exercise."""


def circumstances(entry: Entry, context: Context) -> Circumstances | DataIssue:
    """What holds for every value of the Observation; a DataIssue when none of them may be used."""
    observation = entry.resource
    status = str(observation.get("status") or "absent")
    issues: list[DataIssue] = []
    if status == "preliminary":
        detail = "status is preliminary: the value was used and may still change; send it again once it is final"
        issues.append(remark(entry, IssueCode.STATUS_EXCLUDED, detail, element="status", used=True))
    elif status not in _FINAL:
        why = "withdrawn" if status in _WITHDRAWN else "not known to be a result"
        detail = f"status is {status}: the value is {why}; only final, amended, corrected and preliminary are used"
        return remark(entry, IssueCode.STATUS_EXCLUDED, detail, element="status")
    taken_at, day_only = effective(observation) or (None, False)
    if taken_at is None:
        detail = "no effective time and no issued: the value was used as undated; send effectiveDateTime, so that sessions can be told apart"
        issues.append(remark(entry, IssueCode.ASSUMED, detail, used=True))
    elif taken_at > context.as_of and taken_at - context.as_of > (FARTHEST_TIME_ZONE if day_only else timedelta()):
        shown = taken_at.date().isoformat() if day_only else taken_at.isoformat()
        detail = f"the value is dated {shown}, after asOf {context.as_of.isoformat()}; correct the time, or assess as of a later moment"
        return remark(entry, IssueCode.VALUE_IMPLAUSIBLE, detail, element="effective")
    bare = _is_bare(observation)
    if not bare and not_supine(observation):
        detail = "the patient was not supine, which changes pressures at the ankle; the value was used, repeat it after rest lying down"
        issues.append(remark(entry, IssueCode.POSITION_NOT_SUPINE, detail, used=True))
    return Circumstances(
        taken_at=taken_at,
        day_only=day_only,
        encounter=reference(observation.get("encounter")),
        issues=tuple(issues),
        bare=bare,
    )


def _is_bare(observation: Json) -> bool:
    return _TELLING.isdisjoint(observation) and all(map(free_text.is_bare_name, texts(observation.get("code"))))


def not_supine(observation: Json) -> bool:
    """Whether a position is recorded, and it is not supine. No position recorded is not a remark."""
    concepts = list(_positions(observation))
    coded = [code for concept in concepts for system, code in codings(concept) if system == SNOMED]
    if coded:
        return snomed.SUPINE.code not in coded
    said = [text for concept in concepts for text in texts(concept)]
    if any(map(free_text.says_supine, said)):
        return False
    said += [*texts(observation.get("code")), *texts(observation.get("method")), *notes(observation)]
    return any(map(free_text.says_not_supine, said))


def by_photoplethysmography(observation: Json) -> bool:
    """Whether code, method or note say that light, not sound or a cuff oscillation, gave the value."""
    said = [*texts(observation.get("code")), *texts(observation.get("method")), *notes(observation)]
    return any(map(free_text.says_photoplethysmography, said))


def _positions(observation: Json) -> Iterator[Json]:
    for extension in dicts(observation.get("extension")):
        if "position" in str(extension.get("url")).lower():
            yield from _values(extension)
    for component in dicts(observation.get("component")):
        named = any("position" in text.lower() for text in texts(component.get("code")))
        if named or loinc.BODY_POSITION[:2] in codings(component.get("code")):
            yield from _values(component)


def _values(holder: Json) -> Iterator[Json]:
    yield from dicts(holder.get("valueCodeableConcept"))
    if isinstance(holder.get("valueString"), str):
        yield {"text": holder["valueString"]}
