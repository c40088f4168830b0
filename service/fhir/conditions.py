"""Recorded Conditions to findings, with status and negation respected. That a Condition is not there says nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from service.clinical.data_issues import DataIssue, IssueCode
from service.clinical.findings import Finding, FindingValue
from service.clinical.measurements import Side
from service.clinical.vocabulary import VOCABULARY, Kind
from service.fhir.elements import Json, codings, dicts, moment, texts
from service.fhir.leg_sides import is_arm, legs_in_words, named_legs
from service.fhir.reading import Context, Entry, Read
from service.fhir.remarks import remark
from service.fhir.terminology.disorder_claims import Claim, Disorder, Reach
from service.fhir.terminology.disorders import Recorded, disorders_of

_ENDED = frozenset({"inactive", "remission", "resolved"})
_CONFIRMED = frozenset({"", "confirmed"})

# Forty weeks and a margin: a pregnancy recorded longer ago than this is over, whatever its status says.
_RECENT = timedelta(days=300)


def read_condition(entry: Entry, context: Context) -> Read | None:
    """The findings one Condition states; None for another resource.

    Not confirmed (unconfirmed, provisional, differential, entered in error): not used. Refuted: "no" where the code is the finding itself (diabetes),
    not used where it is only a kind of it (type 2 diabetes). Resolved, inactive or in remission: used only for what does not go away, such as a past
    stroke; a smoker becomes a former smoker. A finding of one leg needs the leg: from the code, else bodySite, else the words of the code.
    """
    if entry.resource_type != "Condition":
        return None
    recorded = tuple(_recorded(entry.resource, context))
    if not recorded:
        return Read(issues=(_not_ours(entry),))
    name = recorded[0].disorder.name
    verification = _status(entry.resource.get("verificationStatus"))
    if verification == "refuted":
        return _refuted(entry, recorded, name)
    if verification not in _CONFIRMED:
        detail = (
            f"{name}: verificationStatus is {verification}, so the Condition was not used. Confirm it, or record the finding."
        )
        return Read(issues=(remark(entry, IssueCode.STATUS_EXCLUDED, element="verificationStatus", detail=detail),))
    clinical = _status(entry.resource.get("clinicalStatus"))
    recorded_at = _recorded_at(entry.resource)
    if clinical not in _ENDED and recorded_at and recorded[0].disorder.recent_only and context.as_of - recorded_at > _RECENT:
        detail = f"{name}: recorded {recorded_at.date()}, more than {_RECENT.days} days ago, so it was not used. Record it again if it is current."
        return Read(issues=(remark(entry, IssueCode.STALE, element="recordedDate", detail=detail),))
    claims = tuple((_value(claim, clinical), claim) for item in recorded for claim in item.disorder.claims)
    holding = [(value, claim) for value, claim in claims if value is not None]
    if clinical in _ENDED and not holding:
        detail = f"{name}: clinicalStatus is {clinical}, so the Condition was not used. Set it to active if it is current."
        return Read(issues=(remark(entry, IssueCode.STATUS_EXCLUDED, element="clinicalStatus", detail=detail),))
    legs, issues = _legs(entry, recorded)
    findings: dict[tuple[str, FindingValue], Finding] = {}
    for value, claim in holding:
        codes = _codes(claim, value, legs)
        if not codes and claim.reach is Reach.LEG:
            issues.append(_side_missing(entry, name, claim))
        for code, said in codes:
            findings[code, said] = Finding(code=code, value=said, source=entry.reference, recorded_at=recorded_at)
    if clinical not in _ENDED:
        for item in recorded:
            if item.disorder.remark is not None:
                used = item.disorder.remark is IssueCode.ASSUMED
                issues.append(remark(entry, item.disorder.remark, element="code", detail=item.disorder.remark_text, used=used))
    return Read(findings=tuple(findings.values()), issues=tuple(dict.fromkeys(issues)))


def _recorded(resource: Json, context: Context) -> Iterator[Recorded]:
    for system, code in codings(resource.get("code")):
        mapped = context.codes.findings.get((system, code))
        if mapped is None:
            yield from disorders_of(system, code)
        elif mapped.value is None and VOCABULARY[mapped.code].kind is not Kind.BOOLEAN:
            text = f"The mapping names {mapped.code} for {code} but no value, and a Condition gives none. Add a value to the mapping."
            yield Recorded(disorder=Disorder(name=mapped.code, remark=IssueCode.CODE_NOT_UNDERSTOOD, remark_text=text))
        else:
            value = True if mapped.value is None else mapped.value
            yield Recorded(disorder=Disorder(name=mapped.code, claims=(Claim(finding=mapped.code, value=value),)))


def _status(concept: object) -> str:
    """The status code in lower case; the words where there is no code; "" for none."""
    if concept is None:
        return ""
    codes = [code for _, code in codings(concept)] or texts(concept)
    return codes[0].lower() if codes else ""


def _recorded_at(resource: Json) -> datetime | None:
    period = next(iter(dicts(resource.get("onsetPeriod"))), {})
    found = moment(resource.get("recordedDate")) or moment(resource.get("onsetDateTime")) or moment(period.get("start"))
    return found[0] if found else None


def _value(claim: Claim, clinical: str) -> FindingValue | None:
    return claim.ended if clinical in _ENDED else claim.value


def _refuted(entry: Entry, recorded: tuple[Recorded, ...], name: str) -> Read:
    denied = [claim.finding for item in recorded if item.whole for claim in item.disorder.claims]
    if not denied:
        detail = f"{name}: verificationStatus is refuted. The code is one kind among others, so neither yes nor no was concluded. Record the finding."
        return Read(issues=(remark(entry, IssueCode.STATUS_EXCLUDED, element="verificationStatus", detail=detail),))
    recorded_at = _recorded_at(entry.resource)
    detail = f"{name}: verificationStatus is refuted; this was read as no for {', '.join(denied)}."
    return Read(
        findings=tuple(Finding(code=code, value=False, source=entry.reference, recorded_at=recorded_at) for code in denied),
        issues=(remark(entry, IssueCode.ASSUMED, element="verificationStatus", detail=detail, used=True),),
    )


def _legs(entry: Entry, recorded: tuple[Recorded, ...]) -> tuple[frozenset[Side], list[DataIssue]]:
    if all(claim.reach is Reach.PERSON for item in recorded for claim in item.disorder.claims):
        return frozenset(), []
    by_code = frozenset(side for item in recorded for side in item.sides)
    site = entry.resource.get("bodySite")
    legs = by_code or named_legs(site)
    if legs or is_arm(site):
        return legs, []
    words = [concept["text"] for concept in dicts(entry.resource.get("code")) if isinstance(concept.get("text"), str)]
    legs = legs_in_words(words)
    if not legs or any(map(is_arm, [{"text": text} for text in words])):
        return frozenset(), []
    detail = f"The side was read from the words of Condition.code ({' and '.join(sorted(legs, reverse=True))}). Send bodySite with a side to be certain."
    return legs, [remark(entry, IssueCode.ASSUMED, element="code.text", detail=detail, used=True)]


def _codes(claim: Claim, value: FindingValue, legs: frozenset[Side]) -> tuple[tuple[str, FindingValue], ...]:
    if claim.reach is Reach.PERSON:
        return ((claim.finding, value),)
    if claim.reach is Reach.LEG:
        return tuple((f"{claim.finding}-{side}", value) for side in Side if side in legs)
    # Which leg the symptoms are in; a side that is not named is left open.
    return ((claim.finding, "both" if len(legs) == 2 else str(next(iter(legs)))),) if legs else ()


def _side_missing(entry: Entry, name: str, claim: Claim) -> DataIssue:
    wanted = f"Record {claim.finding}-right or {claim.finding}-left, or send bodySite with a side."
    if is_arm(entry.resource.get("bodySite")):
        return remark(
            entry,
            IssueCode.SITE_NOT_UNDERSTOOD,
            element="bodySite",
            detail=f"{name}: the body site is on an arm, so it was not used for a leg. {wanted}",
        )
    return remark(
        entry,
        IssueCode.SIDE_MISSING,
        element="bodySite",
        detail=f"{name}: neither the code nor bodySite says which leg, so {claim.finding} was not used. {wanted}",
    )


def _not_ours(entry: Entry) -> DataIssue:
    coded = [f"{system or 'no system'}|{code}" for system, code in codings(entry.resource.get("code"))]
    if coded:
        detail = f"Condition.code {', '.join(coded)} is not one this service reads; nothing was concluded from it. If it states a finding, map the code to it."
        return remark(entry, IssueCode.NOT_RELEVANT, element="code", detail=detail)
    detail = "Condition.code has no coding, and words alone are not read. Send an ICD-10-CM or SNOMED CT code."
    return remark(entry, IssueCode.CODE_NOT_UNDERSTOOD, element="code", detail=detail)
