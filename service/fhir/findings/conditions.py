"""Recorded Conditions to findings, with status and negation respected. That a Condition is not there says nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from service.clinical.data_issues import DataIssue, IssueCode
from service.clinical.findings import Finding
from service.clinical.record_facts import DIAGNOSED
from service.fhir.elements import Json, codings, dicts, texts
from service.fhir.findings.recorded_codes import Dates, findings_of, first_moment, mapped
from service.fhir.reading import Context, Entry, Read
from service.fhir.remarks import remark
from service.fhir.terminology.disorders import Recorded, disorders_of

_ENDED = frozenset({"inactive", "remission", "resolved"})
_CONFIRMED = frozenset({"", "confirmed"})


def read_condition(entry: Entry, context: Context) -> Read | None:
    """The findings one Condition states; None for another resource.

    Not confirmed (unconfirmed, provisional, differential, entered in error): not used. Refuted: "no" where the code is the finding itself (diabetes),
    not used where it is only a kind of it (type 2 diabetes). Resolved, inactive or in remission, or without a status and abated: used only for
    what does not go away, such as a past stroke; a smoker becomes a former smoker. A finding of one leg needs the leg: from the code, else
    bodySite, else the words of the code. A diagnosis of an emergency goes on with its date; how long it counts is for the reasoning to say.
    """
    if entry.resource_type != "Condition":
        return None
    recorded = coded_disorders(entry.resource.get("code"), context)
    if not recorded:
        return Read(issues=(_not_ours(entry),))
    name = recorded[0].disorder.name
    dates = Dates(
        recorded=first_moment(entry.resource, ("recordedDate",)),
        began=first_moment(entry.resource, ("onsetDateTime", "onsetPeriod")),
    )
    verification = status_of(entry.resource.get("verificationStatus"))
    if verification == "refuted":
        return _refuted(entry, recorded, name, dates.recorded or dates.began)
    if verification not in _CONFIRMED:
        return Read(issues=(_not_confirmed(entry, recorded, name, verification),))
    clinical = status_of(entry.resource.get("clinicalStatus")) or _abated(entry.resource, context.as_of)
    ended = clinical in _ENDED
    at = dates.recorded or dates.began
    longest = context.limits.record.pregnancy_longest.value
    if not ended and at and recorded[0].disorder.recent_only and context.as_of - at > timedelta(days=int(longest)):
        detail = (
            f"{name}: recorded {at.date()}, more than {longest} days ago, so it was not used. Record it again if it is current."
        )
        return Read(issues=(remark(entry, IssueCode.STALE, element="recordedDate", detail=detail),))
    if ended and all(claim.ended is None for item in recorded for claim in item.disorder.claims):
        detail = f"{name}: clinicalStatus is {clinical}, so the Condition was not used. Set it to active if it is current."
        return Read(issues=(remark(entry, IssueCode.STATUS_EXCLUDED, element="clinicalStatus", detail=detail),))
    findings, issues = findings_of(entry, _concept(entry.resource), recorded, dates, ended=ended)
    return Read(findings=findings, issues=issues)


def coded_disorders(concept: object, context: Context) -> tuple[Recorded, ...]:
    """Every disorder that the codings of a concept name, the deployment's mapping going before our own understanding of a code."""
    return tuple(_coded(concept, context))


def status_of(concept: object) -> str:
    """The status code in lower case; the words where there is no code; "" for none."""
    if concept is None:
        return ""
    codes = [code for _, code in codings(concept)] or texts(concept)
    return codes[0].lower() if codes else ""


def _coded(concept: object, context: Context) -> Iterator[Recorded]:
    for system, code in codings(concept):
        ours = mapped((system, code), context)
        if ours is None:
            yield from disorders_of(system, code)
        else:
            yield ours


def _concept(resource: Json) -> Json:
    return next(iter(dicts(resource.get("code"))), {})


def _abated(resource: Json, as_of: datetime) -> str:
    """ "resolved" for a Condition without a status that says when it ended; an end in the future is none."""
    end = first_moment(resource, ("abatementDateTime", "abatementPeriod"))
    told = any(key in resource for key in ("abatementAge", "abatementRange", "abatementString"))
    return "resolved" if told or (end is not None and end <= as_of) else ""


def _not_confirmed(entry: Entry, recorded: tuple[Recorded, ...], name: str, verification: str) -> DataIssue:
    detail = f"{name}: verificationStatus is {verification}, so the Condition was not used. Confirm it, or record the finding."
    emergency = any(claim.finding in DIAGNOSED for item in recorded for claim in item.disorder.claims)
    if emergency and verification != "entered-in-error":
        detail += " It raises no red flag here; a suspicion of this is acted on without waiting for this assessment."
    return remark(entry, IssueCode.STATUS_EXCLUDED, element="verificationStatus", detail=detail)


def _refuted(entry: Entry, recorded: tuple[Recorded, ...], name: str, at: datetime | None) -> Read:
    denied = [claim.finding for item in recorded if item.whole for claim in item.disorder.claims]
    if not denied:
        detail = f"{name}: verificationStatus is refuted. The code is one kind among others, so neither yes nor no was concluded. Record the finding."
        return Read(issues=(remark(entry, IssueCode.STATUS_EXCLUDED, element="verificationStatus", detail=detail),))
    detail = f"{name}: verificationStatus is refuted; this was read as no for {', '.join(denied)}."
    return Read(
        findings=tuple(Finding(code=code, value=False, source=entry.reference, recorded_at=at) for code in denied),
        issues=(remark(entry, IssueCode.ASSUMED, element="verificationStatus", detail=detail, used=True),),
    )


def _not_ours(entry: Entry) -> DataIssue:
    coded = [f"{system or 'no system'}|{code}" for system, code in codings(entry.resource.get("code"))]
    if coded:
        detail = f"Condition.code {', '.join(coded)} is not one this service reads; nothing was concluded from it. If it states a finding, map the code to it."
        return remark(entry, IssueCode.NOT_RELEVANT, element="code", detail=detail)
    detail = "Condition.code has no coding, and words alone are not read. Send an ICD-10-CM or SNOMED CT code."
    return remark(entry, IssueCode.CODE_NOT_UNDERSTOOD, element="code", detail=detail)
