"""Studies that have been done: DiagnosticReports with what they conclude, and ImagingStudies."""

from __future__ import annotations

from datetime import datetime

from service.clinical.assessment import OpenOrder
from service.clinical.data_issues import DataIssue, IssueCode
from service.clinical.findings import Finding
from service.fhir.elements import dicts, effective, moment
from service.fhir.findings.conditions import coded_disorders
from service.fhir.findings.recorded_codes import Dates, findings_of, orders_named
from service.fhir.reading import Context, Entry, Read
from service.fhir.remarks import excluded, nothing_concluded, remark

_REPORTED = frozenset({"final", "amended", "corrected", "appended"})


def read_diagnostic_report(entry: Entry, context: Context) -> Read:
    """A study already done, and its coded conclusions, which are read like Conditions of its date. The words of a conclusion are not read."""
    orders = orders_named(entry.resource.get("code"), context)
    concluded = [(one, coded_disorders(one, context)) for one in dicts(entry.resource.get("conclusionCode"))]
    stated = [recorded[0].disorder.name for _, recorded in concluded if recorded]
    if not orders and not stated:
        said = "neither DiagnosticReport.code is a study this service proposes, nor conclusionCode a disorder it reads; nothing was concluded from it"
        return nothing_concluded(entry, "code", said)
    status = entry.resource.get("status")
    if status not in _REPORTED:
        said = f"{(*orders, *stated)[0]}: DiagnosticReport.status is {status}, so neither the study nor its conclusions count"
        return excluded(entry, "status", said)
    when = effective(entry.resource)
    at = when[0] if when else None
    findings: list[Finding] = []
    issues: list[DataIssue] = []
    for index, (concept, recorded) in enumerate(concluded):
        if recorded:
            told, remarks = findings_of(entry, concept, recorded, Dates(recorded=at), element=f"conclusionCode[{index}]")
            findings += told
            issues += remarks
    done = studies_done(entry, orders, at)
    return done._replace(findings=tuple(findings), issues=(*done.issues, *issues))


def read_imaging_study(entry: Entry, context: Context) -> Read:
    """Images that were taken: the study is done. What they show stands in a report, not here."""
    orders = orders_named(entry.resource.get("procedureCode"), context)
    if not orders:
        said = "ImagingStudy.procedureCode is not one of the studies this service proposes; nothing was concluded from it"
        return nothing_concluded(entry, "procedureCode", said)
    status = entry.resource.get("status")
    if status != "available":
        return excluded(entry, "status", f"{orders[0]}: ImagingStudy.status is {status}, so the study does not count as done")
    started = moment(entry.resource.get("started"))
    return studies_done(entry, orders, started[0] if started else None)


def studies_done(entry: Entry, orders: tuple[str, ...], at: datetime | None) -> Read:
    """The orders as done at `at`; without a date they count for nothing, which is said."""
    if orders and at is None:
        said = (
            f"{orders[0]}: {entry.resource_type} has no date, so whether the study is recent is not known, and it keeps no order from being "
            "proposed. Send its date."
        )
        return Read(issues=(remark(entry, IssueCode.VALUE_MISSING, said),))
    return Read(open_orders=tuple(OpenOrder(code=order, source=entry.reference, authored_at=at, done=True) for order in orders))
