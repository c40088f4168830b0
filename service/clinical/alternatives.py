"""Other explanations by their patterns: matched, partly, or not, and what matched. They never take probability from the two causes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from service.clinical.assessment import AlternativeMatch, PatternMatch
from service.clinical.facts import PatientFacts
from service.evidence.alternatives import Alternative, Feature

# From the best down; a feature against lowers by one.
_STEPS = (PatternMatch.MATCHED, PatternMatch.PARTLY, PatternMatch.NOT_MATCHED)


def match_alternatives(facts: PatientFacts, alternatives: Sequence[Alternative]) -> tuple[AlternativeMatch, ...]:
    """Every pattern with how far it is met, the best met first. Empty where there are no leg symptoms to explain, or none known."""
    if facts.values.get("leg-symptoms") is not True:
        return ()
    found = [_match(alternative, facts) for alternative in alternatives]
    return tuple(sorted(found, key=lambda one: _STEPS.index(one.match)))


def _match(alternative: Alternative, facts: PatientFacts) -> AlternativeMatch:
    values = facts.values
    essential = [feature for feature in alternative.essential if feature.when.met(values)]
    against = [feature for feature in alternative.against if feature.when.met(values)]
    supporting, not_known = [], []
    for feature in alternative.supporting:
        truth = feature.when.holds(values)
        if truth:
            supporting.append(feature)
        elif truth is None:
            not_known.append(feature)
    found = (*essential, *supporting, *against)
    return AlternativeMatch(
        code=alternative.code,
        match=_how_far(alternative, essential, supporting, against),
        matched=_texts([*essential, *supporting]),
        against=_texts(against),
        not_known=_texts(not_known),
        basis=alternative.basis,
        sources=facts.sources_of([name for feature in found for name in feature.facts if name in values]) if found else (),
    )


def _how_far(
    alternative: Alternative, essential: Sequence[Feature], supporting: Sequence[Feature], against: Sequence[Feature]
) -> PatternMatch:
    if len(essential) < len(alternative.essential) or len(supporting) < alternative.partly_from:
        return PatternMatch.NOT_MATCHED
    step = 0 if len(supporting) >= alternative.matched_from else 1
    return _STEPS[step + 1 if against else step]


def _texts(features: Iterable[Feature]) -> tuple[str, ...]:
    return tuple([feature.text for feature in features])
