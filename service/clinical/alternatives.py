"""Other explanations by their patterns: matched, partly, or not, and what matched. They never take probability from the two causes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from service.clinical.assessment import AlternativeMatch, Basis, PatternMatch
from service.clinical.facts import PatientFacts
from service.evidence.alternatives import Alternative, Feature
from service.evidence.condition_facts import facts_named

# From the best down; a feature against lowers by one.
_STEPS = (PatternMatch.MATCHED, PatternMatch.PARTLY, PatternMatch.NOT_MATCHED)


def match_alternatives(facts: PatientFacts, alternatives: Sequence[Alternative]) -> tuple[AlternativeMatch, ...]:
    """Every pattern with how far it is met, the best met first. Empty where there are no leg symptoms to explain, or none known."""
    if facts.values.get("leg-symptoms") is not True:
        return ()
    found = [_match(alternative, facts) for alternative in alternatives]
    return tuple(sorted(found, key=lambda one: _STEPS.index(one.match)))


def _match(alternative: Alternative, facts: PatientFacts) -> AlternativeMatch:
    essential, supporting, against = (
        [feature for feature in features if feature.when.holds(facts.values) is True]
        for features in (alternative.essential, alternative.supporting, alternative.against)
    )
    not_known = [feature for feature in alternative.supporting if feature.when.holds(facts.values) is None]
    return AlternativeMatch(
        code=alternative.code,
        match=_how_far(alternative, essential, supporting, against),
        matched=_texts([*essential, *supporting]),
        against=_texts(against),
        not_known=_texts(not_known),
        basis=Basis(rule=f"alternative-{alternative.code}", citation=alternative.citation, tag=alternative.tag.value),
        sources=facts.sources_of(
            [
                name
                for feature in (*essential, *supporting, *against)
                for name in facts_named(feature.when)
                if name in facts.values
            ]
        ),
    )


def _how_far(
    alternative: Alternative, essential: Sequence[Feature], supporting: Sequence[Feature], against: Sequence[Feature]
) -> PatternMatch:
    if len(essential) < len(alternative.essential) or len(supporting) < alternative.partly_from:
        return PatternMatch.NOT_MATCHED
    step = 0 if len(supporting) >= alternative.matched_from else 1
    return _STEPS[step + 1 if against else step]


def _texts(features: Iterable[Feature]) -> tuple[str, ...]:
    return tuple(feature.text for feature in features)
