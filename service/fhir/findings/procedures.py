"""Procedures: what was done to the patient, as a finding, and as a study or a course of treatment that need not be proposed."""

from __future__ import annotations

from collections.abc import Iterator

from service.clinical.assessment import OpenOrder
from service.clinical.data_issues import IssueCode
from service.fhir.elements import codings, dicts
from service.fhir.findings.recorded_codes import Dates, findings_of, first_moment, mapped, orders_named
from service.fhir.findings.studies import studies_done
from service.fhir.reading import Context, Entry, Read
from service.fhir.remarks import excluded, nothing_concluded, remark
from service.fhir.terminology.disorders import Recorded
from service.fhir.terminology.procedures import procedure_meanings

_PERFORMED = ("performedDateTime", "performedPeriod")


def read_procedure(entry: Entry, context: Context) -> Read:
    """A revascularisation, amputation, dialysis or implantation, or what the deployment maps; a study or treatment of ours as done or under way.

    Completed, or in progress (which counts as under way); any other status says that it did not take place, or not whether. `performedString` and
    `performedAge` give no date: an undated procedure states its finding all the same.
    """
    concept = next(iter(dicts(entry.resource.get("code"))), {})
    recorded = tuple(_meanings(concept, context))
    orders = orders_named(concept, context)
    if not recorded and not orders:
        said = "Procedure.code is neither a procedure this service reads nor one the mapping file names; nothing was concluded from it"
        return nothing_concluded(entry, "code", said)
    name = recorded[0].disorder.name if recorded else orders[0]
    status = entry.resource.get("status")
    if status not in ("completed", "in-progress"):
        return excluded(entry, "status", f"{name}: Procedure.status is {status}, so it was not used")
    at = first_moment(entry.resource, _PERFORMED)
    findings, issues = findings_of(entry, concept, recorded, Dates(recorded=at))
    if not findings and not orders and not issues:
        said = (
            f"{name}: the code does not say enough for a finding, so nothing was concluded. Record the finding, or map the code."
        )
        return Read(issues=(remark(entry, IssueCode.NOT_RELEVANT, said, element="code"),))
    if status == "in-progress":
        under_way = tuple(OpenOrder(code=order, source=entry.reference, authored_at=at) for order in orders)
        return Read(findings=findings, open_orders=under_way, issues=issues)
    done = studies_done(entry, orders, at)
    return done._replace(findings=findings, issues=(*done.issues, *issues))


def _meanings(concept: object, context: Context) -> Iterator[Recorded]:
    for system, code in codings(concept):
        ours = mapped((system, code), context)
        if ours is None:
            yield from procedure_meanings(system, code)
        else:
            yield ours
