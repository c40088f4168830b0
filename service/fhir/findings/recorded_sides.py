"""Which leg a coded disorder or procedure is about: from its code, its bodySite and its words, which must not contradict each other."""

from __future__ import annotations

from collections.abc import Sequence

from service.clinical.data_issues import DataIssue, IssueCode
from service.clinical.findings import FindingValue
from service.clinical.measurements import Side
from service.fhir.elements import Json, texts
from service.fhir.limbs.leg_sides import is_arm, legs_in_words, named_legs
from service.fhir.reading import Entry
from service.fhir.remarks import remark
from service.fhir.terminology.disorder_claims import Claim, Reach
from service.fhir.terminology.disorders import Recorded


def legs_of(
    entry: Entry, concept: Json, recorded: Sequence[Recorded], *, element: str
) -> tuple[frozenset[Side], list[DataIssue]]:
    """The legs named, and what must be said of how they were found; no leg where code and bodySite name different ones.

    Codes go before words. Words that name the other side than the code are a remark: displays are shown, never evidence.
    """
    if all(claim.reach is Reach.PERSON for item in recorded for claim in item.disorder.claims):
        return frozenset(), []
    site = entry.resource.get("bodySite")
    by_code, by_site = frozenset(side for item in recorded for side in item.sides), named_legs(site)
    spoken = legs_in_words(texts(concept))
    if by_code and by_site and by_code.isdisjoint(by_site):
        detail = (
            f"The code names the {_named(by_code)} leg and bodySite the {_named(by_site)} one, so nothing was used of a leg. "
            "Correct whichever is wrong."
        )
        return frozenset(), [remark(entry, IssueCode.CONFLICTING_ANSWERS, detail, element="bodySite")]
    legs = by_code or by_site
    if legs and spoken and legs.isdisjoint(spoken):
        detail = (
            f"Coded for the {_named(legs)} leg, but its words name the {_named(spoken)} one: the code was used. Check the side, and correct "
            "whichever is wrong."
        )
        return legs, [remark(entry, IssueCode.CONFLICTING_ANSWERS, detail, element=element, used=True)]
    if legs or is_arm(site):
        return legs, []
    words = [concept["text"]] if isinstance(concept.get("text"), str) else []
    legs = legs_in_words(words)
    if not legs or any(is_arm({"text": text}) for text in words):
        return frozenset(), []
    detail = f"The side was read from the words of {entry.resource_type}.{element} ({_named(legs)}). Send bodySite with a side to be certain."
    return legs, [remark(entry, IssueCode.ASSUMED, detail, element=f"{element}.text", used=True)]


def codes_of(claim: Claim, value: FindingValue, legs: frozenset[Side]) -> tuple[tuple[str, FindingValue], ...]:
    """The finding codes that a claim fills, each with its value; none where it needs a leg and none is named."""
    if claim.reach is Reach.PERSON or (claim.reach is Reach.LEG_IF_NAMED and not legs):
        return ((claim.finding, value),)
    if claim.reach is not Reach.SYMPTOM_SIDE:
        return tuple((f"{claim.finding}-{side}", value) for side in Side if side in legs)
    # Which leg the symptoms are in; a side that is not named is left open.
    return ((claim.finding, "both" if len(legs) == 2 else str(next(iter(legs)))),) if legs else ()


def side_missing(entry: Entry, name: str, claim: Claim) -> DataIssue:
    """The remark on a finding of one leg whose leg nobody named."""
    wanted = f"Record {claim.finding}-right or {claim.finding}-left, or send bodySite with a side."
    if is_arm(entry.resource.get("bodySite")):
        detail = f"{name}: the body site is on an arm, so it was not used for a leg. {wanted}"
        return remark(entry, IssueCode.SITE_NOT_UNDERSTOOD, detail, element="bodySite")
    detail = f"{name}: neither the code nor bodySite says which leg, so {claim.finding} was not used. {wanted}"
    return remark(entry, IssueCode.SIDE_MISSING, detail, element="bodySite")


def _named(legs: frozenset[Side]) -> str:
    return " and ".join(sorted(legs, reverse=True))
