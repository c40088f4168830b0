"""What free text of a pressure or an index says, by a few patterns. A last resort: whoever uses it tells the caller.

Quirks known here: "noncompressible" in its many spellings, a cuff limit given in words ("not occluded at 250"), "no signal" for zero,
abbreviations of arteries (DP, PT), column labels leaking into names ("abi_right", LEXRABPI, S4LT_AAR), "142/88" as one string, the
pressure of oxygen in the skin of a toe beside the pressure of its arteries,
and interpretation legends ("normal 1.00-1.40, noncompressible >1.40"), which say nothing about this patient.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from service.clinical.measurements import Bound, IndexKind, Phase, Side, Site

_I = re.IGNORECASE
_NUMBER = r"(\d+(?:[.,]\d+)?)"
_NONCOMPRESSIBLE = re.compile(
    r"(?:non|in|un)[-\s]?compressi(?:ble|bility)|(?:not|n't|cannot|unable to(?: be)?|failed to)\s+(?:be\s+)?(?:fully\s+)?(?:compress|occlu)",
    _I,
)
_DENIED = re.compile(r"\b(?:no|not|without|never|nor)\b[^.;,]{0,30}(?:non|in|un)[-\s]?compressi", _I)
_CALCIFIED = re.compile(r"calcifi", _I)
_LEGEND = re.compile(r"\b(?:normal|borderline|reference|legend|criteria)\b", _I)
_NO_SIGNAL = re.compile(
    r"\b(?:no|absent)\s+(?:audible\s+)?(?:doppler\s+|arterial\s+)*(?:signal|flow|pulse)|\bsignals?\s+(?:is\s+)?absent|inaudible|not audible|undetectable",
    _I,
)
_ABOVE_NUMBER = re.compile(rf"(?:>=?|≥|greater than|more than|above|over|exceed(?:s|ing)?|at|to)\s*{_NUMBER}\s*(kpa|%)?", _I)
_NUMERAL = re.compile(
    rf"\s*(>=|<=|>|<|≥|≤|greater than|more than|over|above|less than|below|under)?\s*{_NUMBER}\s*(?:/\s*\d+\s*)?([a-z%\[\](){{}} -]*)\.?\s*",
    _I,
)
_ABOVE = frozenset({">", ">=", "≥", "greater than", "more than", "over", "above"})
_RIGHT = re.compile(r"\b(?:right|rt|r)\b", _I)
_LEFT = re.compile(r"\b(?:left|lt|l)\b", _I)
_SITES: tuple[tuple[re.Pattern[str], Site], ...] = (
    (re.compile(r"\bbrachial|\b(?:upper\s*)?arms?\b", _I), Site.BRACHIAL),
    (re.compile(r"dorsalis\s+pedis|\bdorsal\s+pedal|\bpedal\s+arter|\bdpa?\b", _I), Site.DORSALIS_PEDIS),
    (re.compile(r"\bpost(?:erior|\.)?\s*tib|tibialis\s+posterior|\b(?-i:PTA?)\b", _I), Site.POSTERIOR_TIBIAL),
    (re.compile(r"\bankle|malleol", _I), Site.ANKLE),
    (re.compile(r"\btoes?\b|\bhallux|\bdigital\s+arter", _I), Site.TOE),
)
_ANTERIOR_TIBIAL = re.compile(r"\bant(?:erior|\.)?\s*tib|tibialis\s+anterior|\b(?-i:ATA)\b", _I)
_REFUSED = re.compile(
    r"\b(peroneal|fibular|popliteal|femoral|thigh|calf|below[- ]knee|above[- ]knee|radial|wrist|forearm|finger)\b", _I
)
_NOT_SYSTOLIC = re.compile(r"\b(?:diastolic|mean|map|pulse pressure)\b|\btc-?p?-?c?o[2₂]|transcutaneous|oxygen|\bpc?o[2₂]", _I)
_ABOUT_EXERCISE = re.compile(r"exerc|exert|treadmill|walk|rais|plantar|post-?ex|rest", _I)
_AFTER = re.compile(
    r"\b(?:post|after|following)[-\s]*(?:the\s+)?(?:exercis\w*|treadmill|walk\w*|exertion\w*|heel[- ]rais\w*|plantar\w*)|\bpostexercise|\bpost-?ex\b",
    _I,
)
_AT_REST = re.compile(r"\bat rest\b|\bresting\b|\b(?:pre|before)[-\s]*exercis", _I)
_DURING = re.compile(r"\bduring\s+(?:the\s+)?(?:exercis|treadmill|walk)", _I)
_MERELY_SPOKEN_OF = re.compile(
    r"\b(?:recommend|suggest|consider|plan|will|if|schedul|to follow|not (?:done|performed)|no post|unable)", _I
)
_MINUTES = (
    re.compile(rf"{_NUMBER}\s*-?\s*min(?:ute)?s?\.?\s*(?:post|after|following|into recovery|recovery)", _I),
    re.compile(rf"\bminute\s*{_NUMBER}\b", _I),
    re.compile(rf"(?:post|after)[-\s]*exercise\W+(?:at\s+)?{_NUMBER}\s*min", _I),
)
_SUPINE = re.compile(r"(?<!semi-)(?<!semi )\b(?:supine|lying|recumbent)", _I)
_OTHER_POSITION = re.compile(r"\b(?:seated|sitting|standing|upright|semi[- ]?recumbent|semi[- ]?supine|fowler|prone)", _I)
_PPG = re.compile(r"photo-?plethysmogra|\bppg\b", _I)
_ABI_LABEL = re.compile(r"\b(?:abi|abpi|aai|aar)\b|\bankle[-\s/]*(?:brachial|arm)\b(?:\s+pressure)?\s*(?:index|ratio)?", _I)
_TBI_LABEL = re.compile(r"\btbp?i\b|\btoe[-\s/]*(?:brachial|arm)\b(?:\s+pressure)?\s*(?:index|ratio)?", _I)
_COLUMN_NAME = re.compile(r"\blex([rl])(?=abpi\b)|\bs4([rl]t)\b", _I)


class Numeral(NamedTuple):
    """A number found in text, with what stood before and after it."""

    value: Decimal
    bound: Bound
    unit: str


def _decimal(digits: str) -> Decimal:
    return Decimal(digits.replace(",", "."))


def says_noncompressible(text: str, *, whole_value: bool = False) -> bool:
    """Whether the vessel is said not to compress. `whole_value`: the text stands in place of the number, so that "calcified" says it too."""
    if _DENIED.search(text) or (_LEGEND.search(text) and not whole_value):
        return False
    return bool(_NONCOMPRESSIBLE.search(text) or (whole_value and _CALCIFIED.search(text)))


def cuff_limit(text: str) -> Numeral | None:
    """The pressure or ratio up to which the vessel was found not to compress, where one is named."""
    found = _ABOVE_NUMBER.search(text)
    return Numeral(_decimal(found[1]), Bound.ABOVE, found[2] or "") if found else None


def says_no_signal(text: str) -> bool:
    """Whether no Doppler signal was heard."""
    return bool(_NO_SIGNAL.search(text))


def numeral(text: str) -> Numeral | None:
    """The text as one number with an optional comparator and unit; "142/88" is its first number. None when more than that is said."""
    found = _NUMERAL.fullmatch(text)
    if not found:
        return None
    comparator = (found[1] or "").lower()
    bound = Bound.EXACT if not comparator else Bound.ABOVE if comparator in _ABOVE else Bound.BELOW
    return Numeral(_decimal(found[2]), bound, found[3].strip())


def _words(text: str) -> str:
    """The text with the words of a column name set apart."""
    return _COLUMN_NAME.sub(lambda found: f"{found[1] or found[2]} ", text.replace("_", " "))


def side_in(text: str) -> Side | None:
    """The side a text names; None when it names none or both."""
    words = _words(text)
    right, left = bool(_RIGHT.search(words)), bool(_LEFT.search(words))
    if right == left:
        return None
    return Side.RIGHT if right else Side.LEFT


def sites_in(text: str) -> frozenset[Site]:
    """Every site a text names; an artery hides the ankle it is felt at, and the label of an index is no site."""
    words = _TBI_LABEL.sub(" ", _ABI_LABEL.sub(" ", _words(text)))
    found = frozenset(site for pattern, site in _SITES if pattern.search(words))
    return found - {Site.ANKLE} if found & {Site.DORSALIS_PEDIS, Site.POSTERIOR_TIBIAL} else found


def refused_site_in(text: str) -> str:
    """The name of a site that has no part in an index, or ""."""
    found = _REFUSED.search(_words(text))
    return found[1].lower() if found else ""


def names_anterior_tibial(text: str) -> bool:
    return bool(_ANTERIOR_TIBIAL.search(_words(text)))


def names_other_than_systolic(text: str) -> bool:
    return bool(_NOT_SYSTOLIC.search(text))


@lru_cache(maxsize=1024)
def index_kind_in(text: str) -> IndexKind | None:
    """The index a label names: ABI, ABPI, AAI, AAR, TBI, TBPI, or written out. The names of codes come again and again."""
    words = _words(text)
    if _ABI_LABEL.search(words):
        return IndexKind.ABI
    return IndexKind.TBI if _TBI_LABEL.search(words) else None


def phases_in(texts: Iterable[str]) -> frozenset[Phase | None]:
    """The states of exercise the texts name; None among them stands for "during exercise". What is only planned does not count."""
    found: set[Phase | None] = set()
    for text in texts:
        if not _ABOUT_EXERCISE.search(text) or _MERELY_SPOKEN_OF.search(text):
            continue
        if _AFTER.search(text):
            found.add(Phase.POST_EXERCISE)
        if _AT_REST.search(text):
            found.add(Phase.REST)
        if _DURING.search(text):
            found.add(None)
    return frozenset(found)


def minutes_after_exercise(texts: Iterable[str]) -> Decimal | None:
    """The minutes after the end of exercise that the texts name first."""
    for text in texts:
        for pattern in _MINUTES:
            found = pattern.search(text)
            if found:
                return _decimal(found[1])
    return None


@lru_cache(maxsize=1024)
def is_bare_name(text: str) -> bool:
    """Whether the name of a code says nothing of position, method or exercise. The names of codes come again and again."""
    return not any(pattern.search(text) for pattern in (_OTHER_POSITION, _PPG, _ABOUT_EXERCISE))


def says_not_supine(text: str) -> bool:
    """Whether another position than lying is named, and lying is not."""
    return bool(_OTHER_POSITION.search(text)) and not _SUPINE.search(text)


def says_supine(text: str) -> bool:
    return bool(_SUPINE.search(text))


def says_photoplethysmography(text: str) -> bool:
    return bool(_PPG.search(text))
