"""Which leg a bodySite means, for conditions: a finding of one leg is never given to a leg that was not named."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from service.clinical.measurements import Side
from service.fhir.elements import codings, texts
from service.fhir.terminology import snomed

_BOTH = frozenset(Side)
_RIGHT = frozenset({Side.RIGHT})
_LEFT = frozenset({Side.LEFT})

_LEGS: Mapping[str, frozenset[Side]] = {
    **{
        code.code: _RIGHT
        for code in (
            snomed.RIGHT,
            snomed.RIGHT_DORSALIS_PEDIS_ARTERY,
            snomed.RIGHT_POSTERIOR_TIBIAL_ARTERY,
            snomed.RIGHT_FEMORAL_ARTERY,
            snomed.RIGHT_ANKLE,
            snomed.RIGHT_ANKLE_LEGACY,
            snomed.RIGHT_THIGH,
        )
    },
    **{
        code.code: _LEFT
        for code in (
            snomed.LEFT,
            snomed.LEFT_DORSALIS_PEDIS_ARTERY,
            snomed.LEFT_POSTERIOR_TIBIAL_ARTERY,
            snomed.LEFT_FEMORAL_ARTERY,
            snomed.LEFT_ANKLE,
            snomed.LEFT_ANKLE_LEGACY,
            snomed.LEFT_THIGH,
        )
    },
    snomed.RIGHT_AND_LEFT.code: _BOTH,
}
_ARMS = frozenset(
    code.code
    for code in (
        snomed.BRACHIAL_ARTERY,
        snomed.RIGHT_BRACHIAL_ARTERY,
        snomed.LEFT_BRACHIAL_ARTERY,
        snomed.RIGHT_UPPER_ARM,
        snomed.LEFT_UPPER_ARM,
        snomed.RIGHT_ARM,
        snomed.LEFT_ARM,
    )
)
_ARM_WORDS = re.compile(r"\b(arm|hand|finger|thumb|wrist|elbow|shoulder|brachial|upper (limb|extremity))s?\b", re.IGNORECASE)
_SIDE_WORDS: tuple[tuple[re.Pattern[str], frozenset[Side]], ...] = (
    (re.compile(r"\b(both|bilateral|right and left|left and right)\b", re.IGNORECASE), _BOTH),
    (re.compile(r"\bright\b", re.IGNORECASE), _RIGHT),
    (re.compile(r"\bleft\b", re.IGNORECASE), _LEFT),
)


def named_legs(body_site: object) -> frozenset[Side]:
    """The legs a CodeableConcept (or a list of them) names; empty when it names no side, or names an arm.

    Codes go before words. A SNOMED CT expression is read for its laterality.
    """
    if is_arm(body_site):
        return frozenset()
    legs: frozenset[Side] = frozenset()
    for _, code in codings(body_site):
        for part in re.split(r"[:=,+|{}() ]+", code):
            legs |= _LEGS.get(part, frozenset())
    return legs or legs_in_words(texts(body_site))


def is_arm(body_site: object) -> bool:
    """Whether a body site is on an arm."""
    parts = (part for _, code in codings(body_site) for part in re.split(r"[:=,+|{}() ]+", code))
    return any(part in _ARMS for part in parts) or any(_ARM_WORDS.search(text) for text in texts(body_site))


def legs_in_words(words: Iterable[str]) -> frozenset[Side]:
    """The sides that words name, "both" going before "right" and "left"."""
    legs: frozenset[Side] = frozenset()
    for text in words:
        legs |= next((sides for pattern, sides in _SIDE_WORDS if pattern.search(text)), frozenset())
    return legs
