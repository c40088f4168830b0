"""Where a pressure was taken: artery or limb segment, and side, from codes first and from text only where codes are silent.

Quirks known here: laterality by a lateralised SNOMED site, by a second coding, by any extension that carries a laterality concept, by a
BodyStructure (contained or in the Bundle), by a post-coordinated expression in `code`, by a component with Left or Right as its value;
limb segments instead of arteries; an artery code contradicted by its own text or by the body site.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache

from service.clinical.measurements import Site
from service.fhir.elements import Json, codings, dicts, reference, texts
from service.fhir.limbs import free_text
from service.fhir.limbs.site_codes import ANTERIOR_TIBIAL, ARTERY_CODES, NOWHERE, SITE_CODES, Place
from service.fhir.mapping import SystemCode
from service.fhir.reading import Context, Entry
from service.fhir.terminology import snomed
from service.fhir.terminology.code import SNOMED

BODY_SITE_EXTENSION = "http://hl7.org/fhir/StructureDefinition/bodySite"

_LATERALITY = re.compile(rf"{snomed.LATERALITY.code}\s*(?:\|[^|]*\|\s*)?=\s*(\d+)")
_ABOUT_SIDE = re.compile(r"lateral|side|site|location|limb", re.IGNORECASE)
_SIDES = frozenset({snomed.RIGHT[:2], snomed.LEFT[:2]})
_FOCUS = re.compile(r"\s*(\d+)")


def place_of(entry: Entry, context: Context, component: Json | None = None) -> Place:
    """The place an Observation names, or one component of it; what the component leaves open is taken from the Observation."""
    coded, spoken = _named(entry.resource, entry, context)
    if component is None:
        return _completed(coded, spoken)
    own = _completed(*_named(component, entry, context))
    # The name of the whole ("ankle and arm pressures") may fill a gap, but contradicts no part.
    return _filled(merge(own, coded), spoken)


def merge(first: Place, second: Place) -> Place:
    """Both places as one: what one lacks the other gives, and what they contradict each other in becomes a problem."""
    if first is NOWHERE:
        return second
    if second is NOWHERE:
        return first
    site, problem = first.site or second.site, first.problem or second.problem
    if not _agree(first, second):
        problem = problem or f"two sites are named, {first.site} and {second.site}"
    elif first.site is Site.ANKLE:
        site = second.site or site
    if first.side and second.side and first.side is not second.side:
        problem = problem or "both right and left are named"
    return Place(
        site=site,
        side=first.side or second.side,
        refused=first.refused or second.refused,
        unknown=first.unknown or second.unknown,
        problem=problem,
        remarks=tuple(dict.fromkeys(first.remarks + second.remarks)),
    )


def names_pressure_site(spoken: Iterable[str]) -> bool:
    """Whether texts name one site we read, or a leg site we refuse."""
    place = _spoken_place(tuple(spoken))
    return place.site is not None or bool(place.refused)


def coded_place(system_code: SystemCode, context: Context) -> Place | None:
    """What one coding says of the place: artery, site, side, a post-coordinated expression, or a code of the deployment's own."""
    known = ARTERY_CODES.get(system_code) or SITE_CODES.get(system_code)
    mapped = context.codes.pressures.get(system_code) or context.codes.sites.get(system_code)
    if mapped:
        return Place(site=mapped.site, side=mapped.side)
    system, code = system_code
    if known or system != SNOMED:
        return known
    focus = _FOCUS.match(code)
    if not focus or focus[1] == code:
        return None
    place = SITE_CODES.get((SNOMED, focus[1]), Place(unknown=code))
    laterality = _LATERALITY.search(code)
    return merge(place, SITE_CODES.get((SNOMED, laterality[1]), NOWHERE)) if laterality else place


def _agree(first: Place, second: Place) -> bool:
    """Whether two sites can be one and the same: an artery at the ankle is the nearer word for the ankle."""
    sites = {first.site, second.site} - {None}
    return len(sites) < 2 or (Site.ANKLE in sites and not sites & {Site.BRACHIAL, Site.TOE})


def _named(element: Json, entry: Entry, context: Context) -> tuple[Place, Place]:
    """What the codes of an Observation or component say of the place, and what its words say."""
    extensions = _extensions(element)
    concepts = list(_site_concepts(element, extensions, entry, context))
    return _coded(element, extensions, concepts, context), _spoken(element, extensions, concepts)


def _coded(element: Json, extensions: list[Json], concepts: list[Json], context: Context) -> Place:
    place = NOWHERE
    for system_code in codings(element.get("code")):
        place = merge(place, coded_place(system_code, context) or NOWHERE)
    for concept in concepts:
        place = merge(place, _concept_place(concept, context))
    for holder in (element, *extensions, *_components(element)):
        for system_code in codings(holder.get("valueCodeableConcept")):
            if system_code in _SIDES:
                place = merge(place, SITE_CODES[system_code])
    return place


def _concept_place(concept: Json, context: Context) -> Place:
    places = [(coded_place(system_code, context), system_code[1]) for system_code in codings(concept)]
    place = NOWHERE
    for known, code in places:
        place = merge(place, known or Place(unknown=code))
    return place if places else Place(unknown=next(iter(texts(concept)), ""))


def _extensions(element: Json) -> list[Json]:
    found = dicts(element["extension"]) if "extension" in element else []
    site = element.get("bodySite")
    return found + dicts(site["extension"]) if isinstance(site, dict) and "extension" in site else found


def _components(element: Json) -> list[Json]:
    return dicts(element["component"]) if "component" in element else []


def _site_concepts(element: Json, extensions: list[Json], entry: Entry, context: Context) -> Iterator[Json]:
    yield from dicts(element.get("bodySite"))
    for extension in extensions:
        target = reference(extension.get("valueReference")) if extension.get("url") == BODY_SITE_EXTENSION else None
        if target:
            found = context.find(entry, target)
            if found is None:
                yield {"text": f"{target}, which is not in the Bundle"}
            else:
                yield from dicts(found.resource.get("location"))
                yield from dicts(found.resource.get("locationQualifier"))


def _spoken(element: Json, extensions: list[Json], concepts: list[Json]) -> Place:
    said = texts(element.get("code")) + texts(concepts)
    for extension in extensions:
        if _ABOUT_SIDE.search(str(extension.get("url"))):
            said.extend(_value_texts(extension))
    for component in _components(element):
        if any(map(_ABOUT_SIDE.search, texts(component.get("code")))):
            said.extend(_value_texts(component))
    # A value that is nothing but a side, where an export kept the number elsewhere.
    said.extend(text for text in _value_texts(element) if text.strip().lower() in ("right", "left"))
    return _spoken_place(tuple(said))


def _value_texts(holder: Json) -> Iterator[str]:
    yield from texts(holder.get("valueCodeableConcept"))
    for key in ("valueString", "valueCode"):
        if isinstance(holder.get(key), str):
            yield holder[key]


@lru_cache(maxsize=1024)
def _spoken_place(said: tuple[str, ...]) -> Place:
    """The place that texts name; where they contradict each other they name none. The same few names come again and again."""
    sites = {site for text in said for site in free_text.sites_in(text)}
    sites = sites - {Site.ANKLE} if sites & {Site.DORSALIS_PEDIS, Site.POSTERIOR_TIBIAL} else sites
    sides = {side for text in said if (side := free_text.side_in(text))}
    if sites <= {Site.ANKLE} and any(map(free_text.names_anterior_tibial, said)):
        found = ANTERIOR_TIBIAL
    else:
        found = Place(site=next(iter(sites)) if len(sites) == 1 else None)
    side = next(iter(sides)) if len(sides) == 1 else None
    place = replace(found, side=side, refused=next(filter(None, map(free_text.refused_site_in, said)), ""))
    return NOWHERE if place == NOWHERE else place


def _completed(coded: Place, spoken: Place) -> Place:
    """The coded place with gaps filled from its own text. Codes win; a text that contradicts them is worth a remark."""
    if spoken is NOWHERE or (coded.site and coded.side and coded.site is spoken.site and coded.side is spoken.side):
        return coded
    remarks = []
    if coded.side and spoken.side and coded.side is not spoken.side:
        remarks.append(f"the code says {coded.side} and the text {spoken.side}: the code was used, correct whichever is wrong")
    if not _agree(coded, spoken):
        remarks.append(f"the code says {coded.site} and the text {spoken.site}: the code was used, correct whichever is wrong")
    filled = _filled(coded, spoken)
    return replace(filled, remarks=(*filled.remarks, *remarks)) if remarks else filled


def _filled(place: Place, spoken: Place) -> Place:
    """`place` with what it lacks taken from text, each time with a remark."""
    if spoken is NOWHERE:
        return place
    remarks = list(place.remarks)
    if not place.site and not place.refused and (spoken.site or spoken.refused):
        place = replace(place, site=spoken.site, refused=spoken.refused)
        remarks += [*spoken.remarks, "the site was read from text; send it coded in bodySite"]
    if not place.side and spoken.side:
        place = replace(place, side=spoken.side)
        remarks.append("the side was read from text; send it coded in bodySite")
    return replace(place, remarks=tuple(remarks)) if remarks else place
