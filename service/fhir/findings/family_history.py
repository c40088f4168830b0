"""Peripheral artery disease of parents, children, brothers and sisters. That a family history does not name it says nothing."""

from __future__ import annotations

from service.clinical.findings import Finding
from service.fhir.elements import codings, dicts, moment
from service.fhir.findings.recorded_codes import mapped
from service.fhir.reading import Context, Entry, Read
from service.fhir.remarks import excluded, nothing_concluded
from service.fhir.terminology.disorders import disorders_of
from service.fhir.terminology.relatives import FARTHER, FIRST_DEGREE

_MEANS_PAD = frozenset({"known-pad", "family-history-pad"})


def read_family_history(entry: Entry, context: Context) -> Read:
    """family-history-pad, where a first-degree relative by blood has it. Nothing else of a family history is read, and none of it is ever "no"."""
    stated = any(
        _is_artery_disease(one, context)
        for condition in dicts(entry.resource.get("condition"))
        for one in codings(condition.get("code"))
    )
    if not stated:
        said = "FamilyMemberHistory names no peripheral artery disease; nothing was concluded from it, least of all that there is none"
        return nothing_concluded(entry, "condition", said)
    status = entry.resource.get("status")
    if status not in ("partial", "completed"):
        return excluded(entry, "status", f"family-history-pad: FamilyMemberHistory.status is {status}, so it was not used")
    if "dataAbsentReason" in entry.resource:
        said = "family-history-pad: dataAbsentReason says that the history of this relative is not known, so it was not used"
        return excluded(entry, "dataAbsentReason", said)
    relationship = codings(entry.resource.get("relationship"))
    if FIRST_DEGREE.isdisjoint(relationship):
        which = (
            "is not of the first degree by blood"
            if not FARTHER.isdisjoint(relationship)
            else "is not coded so that its degree is known"
        )
        said = f"family-history-pad: the relationship {which}, so it was not used. Parents, children, brothers and sisters count"
        return nothing_concluded(entry, "relationship", said)
    at = moment(entry.resource.get("date"))
    finding = Finding(code="family-history-pad", value=True, source=entry.reference, recorded_at=at[0] if at else None)
    return Read(findings=(finding,))


def _is_artery_disease(system_code: tuple[str, str], context: Context) -> bool:
    ours = mapped(system_code, context)
    meant = (ours,) if ours is not None else disorders_of(*system_code)
    return any(claim.finding in _MEANS_PAD and claim.value is True for one in meant for claim in one.disorder.claims)
