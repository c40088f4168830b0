"""Which foot a transcutaneous oxygen pressure is of: from its code, or from the site where the code leaves it open.

No public code is known that says a resting oxygen pressure of the skin of a foot: it comes by our own finding code or by the deployment's mapping.
Quirks known here: the reference electrode on the chest and electrodes on calf or thigh under the same code as the foot's, a side in the code that
the site contradicts, a toe as the site, which must not make it a toe pressure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from service.clinical.data_issues import DataIssue, IssueCode
from service.clinical.measurements import Side, Site
from service.clinical.vocabulary import NAMED_BY_SITE
from service.fhir.elements import Json, codings, texts
from service.fhir.finding_measures import PRESSURES
from service.fhir.forms.questionnaire import FINDING_SYSTEM
from service.fhir.limbs.body_sites import place_of
from service.fhir.limbs.leg_sides import is_arm
from service.fhir.reading import Context, Entry
from service.fhir.remarks import remark
from service.fhir.terminology import snomed

_FEET: Mapping[str, frozenset[Side]] = {
    snomed.FOOT.code: frozenset(),
    snomed.RIGHT_FOOT.code: frozenset({Side.RIGHT}),
    snomed.LEFT_FOOT.code: frozenset({Side.LEFT}),
}
_FOOT = re.compile(r"foot|feet|pedal|pedis|dorsum|toe|hallux|ankle|malleol|heel|plantar|metatars|tarsal|calcane", re.IGNORECASE)
_ELSEWHERE = re.compile(
    r"chest|thora|clavic|stern|trunk|abdom|forehead|calf|shin|knee|thigh|groin|lower leg|reference (?:electrode|site|point)",
    re.IGNORECASE,
)
_NOT_DIGITS = re.compile(r"\D+")


def is_oxygen_code(element: Json, context: Context) -> bool:
    """Whether the code of an Observation or component says an oxygen pressure of the skin, with or without its side."""
    for system_code in codings(element.get("code")):
        mapped = context.codes.findings.get(system_code)
        if mapped is not None and (mapped.code in PRESSURES or mapped.code in NAMED_BY_SITE):
            return True
        if system_code[0] == FINDING_SYSTEM and system_code[1] in PRESSURES:
            return True
    return False


def foot_of(code: str, part: Json, path: str, entry: Entry, context: Context) -> tuple[str, DataIssue | None]:
    """(finding code with its side, remark). The code is "" where the value must not be used, and the remark then says why.

    `code`: the finding as it was coded, with or without a side; `part`: the Observation, or the component at `path`.
    """
    place = place_of(entry, context, part if path else None)
    site = entry.resource.get("bodySite")
    said = [*texts(site), *texts(part.get("code"))]
    feet = [_FEET[one] for _, coded in codings(site) for one in _NOT_DIGITS.split(coded) if one in _FEET]
    stem, named = (code, "") if code in NAMED_BY_SITE else (code.rpartition("-")[0], code.rpartition("-")[2])
    elsewhere = bool(place.refused) or place.site is Site.BRACHIAL or is_arm(site) or any(map(_ELSEWHERE.search, said))
    at_foot = bool(feet) or place.site is not None or any(map(_FOOT.search, said))
    # A code that names the foot and its side needs no site that is understood.
    if elsewhere or (place.unknown and not named and not at_foot):
        shown = ", ".join(said) or place.refused or place.unknown
        detail = f"{stem}: the site '{shown}' is not one of the foot, so it grades no foot and was not used. Send the value of the foot, with its bodySite."
        return "", remark(entry, IssueCode.SITE_NOT_UNDERSTOOD, detail, element="bodySite")
    coded = frozenset[Side]().union(*feet)
    sides = {str(side) for side in coded | {place.side} if side} | ({named} if named else set())
    if place.problem or len(sides) > 1:
        detail = f"{stem}: the code and the site name different feet or sites, so it was not used. Correct whichever is wrong."
        return "", remark(entry, IssueCode.CONFLICTING_ANSWERS, detail, element="bodySite")
    if not sides:
        detail = f"{stem}: neither the code nor bodySite says which foot, so it was not used. Map the code to {stem}-right or {stem}-left, or send bodySite with a side."
        return "", remark(entry, IssueCode.SIDE_MISSING, detail, element="bodySite")
    found = f"{stem}-{sides.pop()}"
    if named or coded or not any("side was read" in one for one in place.remarks):
        return found, None
    detail = f"{found}: the side was read from text. Send it coded in bodySite to be certain."
    return found, remark(entry, IssueCode.ASSUMED, detail, element="bodySite", used=True)
