"""Allergies to contrast: iodinated agents decide about CT, gadolinium agents about MRI, and neither speaks for the other."""

from __future__ import annotations

import re

from service.clinical.data_issues import DataIssue, IssueCode
from service.clinical.findings import Finding
from service.clinical.record_facts import GADOLINIUM_ALLERGY
from service.fhir.elements import codings, dicts
from service.fhir.findings.conditions import status_of
from service.fhir.findings.recorded_codes import Dates, findings_of, first_moment, mapped
from service.fhir.reading import Context, Entry, Read
from service.fhir.remarks import excluded, nothing_concluded, remark
from service.fhir.terminology.allergens import CONTRAST_MEDIA, GADOLINIUM, IODINATED, NO_KNOWN_ALLERGY
from service.fhir.terminology.disorders import Recorded, disorders_of

_CONTRAST = re.compile(r"\bcontrast\b|\biodinated\b|\bradiocontrast\b|\bgad(?:avist|o[a-z]+)\b", re.IGNORECASE)
_OF_MRI = re.compile(r"\bgad(?:avist|o[a-z]+)\b|\bmri?\b", re.IGNORECASE)
_DENIES = re.compile(r"\b(?:no|not|none|nil|denies|denied|without|negative)\b", re.IGNORECASE)
_NOT_CURRENT = frozenset({"inactive", "resolved"})


def read_allergy(entry: Entry, context: Context) -> Read:
    """contrast-allergy, from the code of the allergy or the substances of its reactions; else what the deployment maps.

    An unconfirmed allergy counts, and that is said: to give the contrast is the greater risk. Refuted: "no" where the code is contrast media as such,
    nothing where it is one agent. Resolved, inactive, entered in error: nothing. "No known allergy" says nothing of contrast.
    Without a code that is read, the words are: they may warn, and never say no.
    """
    codes = [*codings(entry.resource.get("code"))]
    codes += [one for reaction in dicts(entry.resource.get("reaction")) for one in codings(reaction.get("substance"))]
    ours = [known for one in codes if (known := mapped(one, context)) is not None]
    agents = set(codes) & (IODINATED | CONTRAST_MEDIA)
    stated = bool(agents) or any(_is_contrast(one) for system, code in codes for one in disorders_of(system, code))
    gadolinium = bool(GADOLINIUM.intersection(codes))
    by_words = "" if ours or stated or gadolinium else _contrast_in_words(entry)
    stated, gadolinium = stated or by_words == "contrast-allergy", gadolinium or by_words == GADOLINIUM_ALLERGY
    if not ours and not stated and not gadolinium:
        if NO_KNOWN_ALLERGY.intersection(codes):
            said = "'No known allergy' does not name contrast, so contrast-allergy stays not known. Ask, and record it"
            return nothing_concluded(entry, "code", said)
        said = "AllergyIntolerance.code is neither a contrast agent nor one the mapping file names; nothing was concluded from it"
        return nothing_concluded(entry, "code", said)
    name = ours[0].disorder.name if ours else "contrast-allergy" if stated else GADOLINIUM_ALLERGY
    verification = status_of(entry.resource.get("verificationStatus"))
    clinical = status_of(entry.resource.get("clinicalStatus"))
    at = first_moment(entry.resource, ("recordedDate", "onsetDateTime", "onsetPeriod"))
    if verification == "refuted" and stated and not ours and not by_words and not set(codes) & IODINATED:
        said = "contrast-allergy: verificationStatus is refuted; this was read as no."
        denied = Finding(code="contrast-allergy", value=False, source=entry.reference, recorded_at=at)
        return Read(findings=(denied,), issues=(remark(entry, IssueCode.ASSUMED, said, element="verificationStatus", used=True),))
    if verification in ("refuted", "entered-in-error"):
        return excluded(entry, "verificationStatus", f"{name}: AllergyIntolerance is {verification}, so it was not used")
    if clinical in _NOT_CURRENT:
        return excluded(entry, "clinicalStatus", f"{name}: AllergyIntolerance is {clinical}, so it was not used")
    if ours:
        findings, issues = findings_of(entry, {}, ours, Dates(recorded=at))
        return Read(findings=findings, issues=(*issues, *_doubts(entry, name, verification, unnamed=False)))
    found = (("contrast-allergy", stated), (GADOLINIUM_ALLERGY, gadolinium))
    return Read(
        findings=tuple(Finding(code=code, value=True, source=entry.reference, recorded_at=at) for code, holds in found if holds),
        issues=_doubts(entry, name, verification, unnamed=stated and not by_words and not set(codes) & IODINATED)
        + (_read_in_words(entry, name) if by_words else ())
        + (_other_contrast(entry) if gadolinium and not stated else ()),
    )


def _is_contrast(recorded: Recorded) -> bool:
    return any(claim.finding == "contrast-allergy" for claim in recorded.disorder.claims)


def _contrast_in_words(entry: Entry) -> str:
    """The finding that the text of the code, or a display, warns of; "" for none. What denies is not read."""
    code = entry.resource.get("code")
    told = [code, *(one.get("substance") for one in dicts(entry.resource.get("reaction")))]
    words = [one.get("text") for one in told if isinstance(one, dict)]
    words += [coding.get("display") for one in told if isinstance(one, dict) for coding in dicts(one.get("coding"))]
    said = " | ".join(one for one in words if isinstance(one, str))
    if not _CONTRAST.search(said) or _DENIES.search(said):
        return ""
    return GADOLINIUM_ALLERGY if _OF_MRI.search(said) else "contrast-allergy"


def _read_in_words(entry: Entry, name: str) -> tuple[DataIssue, ...]:
    said = f"{name}: read from words, since no code that is read stands there; it was used, since giving the agent is the greater risk. Code the substance."
    return (remark(entry, IssueCode.ASSUMED, said, element="code", used=True),)


def _doubts(entry: Entry, name: str, verification: str, *, unnamed: bool) -> tuple[DataIssue, ...]:
    issues = []
    if verification == "unconfirmed":
        said = f"{name}: verificationStatus is unconfirmed; it was used, since giving the agent is the greater risk. Confirm or refute it."
        issues.append(remark(entry, IssueCode.ASSUMED, said, element="verificationStatus", used=True))
    if unnamed:
        said = "contrast-allergy: the agent is not named; taken for an iodinated one. If it was gadolinium, code the substance."
        issues.append(remark(entry, IssueCode.ASSUMED, said, element="code", used=True))
    return tuple(issues)


def _other_contrast(entry: Entry) -> tuple[DataIssue, ...]:
    said = (
        "An allergy to gadolinium says nothing of iodinated contrast, so contrast-allergy stays not known. MRI with contrast and MR angiography "
        "proposed here say it to the radiologist."
    )
    return (remark(entry, IssueCode.ASSUMED, said, element="code", used=True),)
