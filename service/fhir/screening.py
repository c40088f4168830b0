"""Whether a resource may be read at all: R4 in structure, and nothing in it that changes its meaning in a way not known here."""

from __future__ import annotations

from service.clinical.data_issues import DataIssue, IssueCode
from service.fhir.elements import dicts
from service.fhir.reading import Entry
from service.fhir.remarks import remark
from service.fhir.structure import Fault, faults, is_plain, is_valid

_NAMED = 3


def screen(entry: Entry, *, whole: bool = True) -> tuple[DataIssue, ...]:
    """Remarks on a resource as a whole; it is to be set aside when one of them is not `used`.

    With `whole` False it is used for what is readable of it, and the remark says so.
    """
    if is_plain(entry.resource):
        return ()
    then = "it was not used" if whole else "what can be read of it was used with care"
    remarks = list(_modifiers(entry, then))
    if not is_valid(entry.resource):
        found = faults(entry.resource, entry.path)
        grave = [fault for fault in found if not fault.harmless]
        if grave:
            remarks.append(_remark(entry, grave, used=False, whole=whole))
        else:
            remarks.append(_remark(entry, found, used=True, whole=whole))
    return tuple(remarks)


def _remark(entry: Entry, found: list[Fault] | tuple[Fault, ...], *, used: bool, whole: bool) -> DataIssue:
    told = " ".join(fault.problem.diagnostics for fault in found[:_NAMED])
    more = f" And {len(found) - _NAMED} more." if len(found) > _NAMED else ""
    then = "was used all the same" if used else "was set aside" if whole else "was used for what can be read of it"
    return DataIssue(
        code=IssueCode.STRUCTURE_INVALID,
        source=entry.reference,
        expression=found[0].problem.expression,
        detail=f"{entry.reference} is not valid R4 and {then}. {told}{more}",
        used=used,
    )


def _modifiers(entry: Entry, then: str) -> list[DataIssue]:
    """R4: who does not know a modifier must not use what it modifies."""
    if isinstance(entry.resource.get("implicitRules"), str):
        said = f"{entry.reference} is written under implicitRules not known here, so {then}. Send it without."
        return [remark(entry, IssueCode.CODE_NOT_UNDERSTOOD, said, element="implicitRules")]
    for element, value in entry.resource.items():
        parts = dicts(value) if element != "modifierExtension" else [entry.resource]
        for part in parts:
            if "modifierExtension" in part:
                url = next((str(one.get("url")) for one in dicts(part["modifierExtension"])), "none")
                where = "modifierExtension" if part is entry.resource else f"{element}.modifierExtension"
                said = (
                    f"{entry.reference} has a modifierExtension ({url}) not known here, which may change its meaning, so {then}."
                )
                return [remark(entry, IssueCode.CODE_NOT_UNDERSTOOD, said, element=where)]
    return []
