"""Ankle-brachial and toe-brachial indices computed elsewhere, out of Observations.

Quirks known here: no value and one component a side (the Lithuanian profile); the side as body site, component or coded value beside the number;
per-artery index codes; labels (ABPI, AAI, TBPI, column names) with a local code; percent instead of ratio; codes of quite other
measurements used for an ABI, which are set aside whatever their label says.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from service.clinical.data_issues import DataIssue, IssueCode
from service.clinical.measurements import Bound, IndexKind, ReportedIndex, Site
from service.fhir.elements import Json, dicts, texts, value_key
from service.fhir.limbs import free_text
from service.fhir.limbs.body_sites import place_of
from service.fhir.limbs.circumstances import Circumstances, by_photoplethysmography, circumstances
from service.fhir.limbs.exercise_state import exercise_state
from service.fhir.limbs.index_codes import IndexName, index_name, mistaken_for_index
from service.fhir.limbs.measured_values import Missing, Raw, value_of
from service.fhir.limbs.pressure_values import SENTINELS
from service.fhir.limbs.site_codes import Place
from service.fhir.reading import Context, Entry, Read
from service.fhir.remarks import remark
from service.fhir.units import ONE, PERCENT, index_unit, is_pressure


class _Part(NamedTuple):
    component: Json | None
    path: str
    name: IndexName


def read_reported_index(entry: Entry, context: Context) -> Read | None:
    """Every index one Observation reports; None when it reports none."""
    observation = entry.resource
    if entry.resource_type != "Observation":
        return None
    name = index_name(observation, context)
    wrong = mistaken_for_index(observation, name)
    if wrong:
        return Read(issues=(remark(entry, IssueCode.CODE_NOT_UNDERSTOOD, wrong, element="code"),))
    parts = tuple(_parts(observation, name, context))
    if not parts:
        # A group of members: each is read by itself.
        return Read() if name and not name.by_text and dicts(observation.get("hasMember")) else None
    around = circumstances(entry, context)
    if isinstance(around, DataIssue):
        return Read(issues=(around,))
    reported: list[ReportedIndex] = []
    issues = list(around.issues)
    for index, component in enumerate(dicts(observation.get("component"))):
        wrong = mistaken_for_index(component, None)
        if wrong:
            issues.append(remark(entry, IssueCode.CODE_NOT_UNDERSTOOD, wrong, element=f"component[{index}].code"))
    for part in parts:
        found, remarks = _read_part(part, entry, context, around, alone=len(parts) == 1)
        issues += remarks
        if found:
            reported.append(found)
    return Read(reported=tuple(reported), issues=tuple(issues))


def _parts(observation: Json, name: IndexName | None, context: Context) -> Iterator[_Part]:
    found = False
    for index, component in enumerate(dicts(observation.get("component"))):
        own = index_name(component, context)
        if own and own.by_text and not (name or _looks_like_index(component)):
            own = None
        if own is None and name and _has_number(component) and any(map(free_text.side_in, texts(component.get("code")))):
            own = name
        if own and not mistaken_for_index(component, own):
            found = True
            yield _Part(component, f"component[{index}]", own)
    if name is None or (found and not _has_number(observation)):
        return
    if name.by_text and not _looks_like_index(observation):
        return
    # A study that carries only its pressures, and members that carry the values, leave nothing to read here.
    empty = "dataAbsentReason" not in observation and not value_key(observation)
    if not (empty and (dicts(observation.get("hasMember")) or any(map(_is_pressure, dicts(observation.get("component")))))):
        yield _Part(None, "", name)


def _is_pressure(element: Json) -> bool:
    quantity = element.get("valueQuantity")
    return isinstance(quantity, dict) and is_pressure(quantity)


def _has_number(element: Json) -> bool:
    return not _is_pressure(element) and any(key in element for key in ("valueQuantity", "valueString", "valueInteger"))


def _looks_like_index(element: Json) -> bool:
    """Whether a value could be an index: the labels alone also stand for injuries of the brain."""
    quantity, text = element.get("valueQuantity"), element.get("valueString")
    if isinstance(quantity, dict):
        return index_unit(quantity).factor is not None
    return isinstance(text, str) and (
        free_text.numeral(text) is not None or free_text.says_noncompressible(text, whole_value=True)
    )


def _read_part(
    part: _Part, entry: Entry, context: Context, around: Circumstances, *, alone: bool
) -> tuple[ReportedIndex | None, list[DataIssue]]:
    place = place_of(entry, context, part.component)
    side = part.name.side or place.side
    kind = part.name.kind
    element = f"{part.path}.code" if part.component else "bodySite"
    refusal = _refusal(part.name, place, entry, element)
    state = exercise_state(entry.resource, context, part.component)
    if not refusal and state.problem:
        refusal = remark(entry, IssueCode.NOT_RELEVANT, f"the index was not used: {state.problem}", element=part.path)
    if refusal or side is None:
        return None, [refusal] if refusal else []
    raw = value_of(entry.resource, part.component, alone=alone)
    where = ".".join(filter(None, (part.path, raw.element)))
    named = f"{side} {kind}"
    if isinstance(raw, Missing):
        return None, [remark(entry, raw.code, f"{named}: {raw.reason}", element=where)]
    ratio = _ratio(raw, context.limits.index.to.value)
    if isinstance(ratio, _Problem):
        return None, [remark(entry, ratio.code, f"{named} {raw.value}: {ratio.reason}", element=where)]
    remarks = [*raw.remarks, *(text for text in place.remarks if "side" in text or "right" in text)]
    if part.name.by_text:
        remarks.append("the index was known by its label alone; send LOINC 77194-9 or SNOMED CT 446841001, or map the local code")
    if raw.value == 0 and not raw.no_signal:
        remarks.append(
            "it is 0 and nothing says that no signal was heard; it was used as no signal, confirm it or send a dataAbsentReason"
        )
    if state.from_text:
        remarks.append(f"'{state.phase}' was read from text; send the exercise association extension")
    artery = part.name.artery or (place.site if place.site in (Site.DORSALIS_PEDIS, Site.POSTERIOR_TIBIAL) else None)
    found = ReportedIndex(
        kind=kind,
        side=side,
        value=ratio,
        source=entry.reference,
        taken_at=around.taken_at,
        phase=state.phase,
        bound=raw.bound,
        day_only=around.day_only,
        encounter=around.encounter,
        artery=artery,
    )
    return found, [remark(entry, IssueCode.ASSUMED, f"{named}: {text}", element=where, used=True) for text in remarks]


def _refusal(name: IndexName, place: Place, entry: Entry, element: str) -> DataIssue | None:
    if place.problem or (name.side and place.side and name.side is not place.side):
        detail = f"the index contradicts itself: {place.problem or 'its code and its bodySite name different sides'}; correct one of them"
        return remark(entry, IssueCode.SITE_NOT_UNDERSTOOD, detail, element=element)
    if place.refused or (name.kind is IndexKind.ABI and place.site is Site.TOE):
        detail = f"an {name.kind} at the {place.refused or place.site} is not one; send a toe index as TBI (LOINC 77617-9 left, 77618-7 right)"
        return remark(entry, IssueCode.SITE_NOT_UNDERSTOOD, detail, element=element)
    if name.kind is IndexKind.ABI and by_photoplethysmography(entry.resource):
        detail = "an ankle-brachial index by photoplethysmography does not stand for one by Doppler; measure the ankle by Doppler"
        return remark(entry, IssueCode.PPG_INDEX_REJECTED, detail, element="method")
    if not (name.side or place.side):
        detail = f"the {name.kind} names no side; send a lateralised bodySite, for instance SNOMED CT 6685009 right ankle"
        return remark(entry, IssueCode.SIDE_MISSING, detail, element=element)
    return None


class _Problem(NamedTuple):
    code: IssueCode
    reason: str


def _ratio(raw: Raw, highest: Decimal) -> Decimal | _Problem | None:
    if raw.value is None:
        return None
    unit = index_unit(raw.unit)
    if unit.problem:
        return _Problem(IssueCode.UNIT_NOT_UNDERSTOOD, f"{unit.problem}; send the UCUM code {{ratio}}")
    if raw.bound is Bound.ABOVE and raw.value > highest and not raw.unit:
        # "Does not compress, above 250": the number is the cuff pressure.
        return None
    if raw.value < 0 or (raw.bound is Bound.EXACT and raw.value in SENTINELS):
        return _Problem(IssueCode.SENTINEL_VALUE, "this number stands for a value that was not obtained; send a dataAbsentReason")
    if unit.factor == PERCENT and 0 < raw.value <= highest:
        return _Problem(
            IssueCode.UNIT_NOT_UNDERSTOOD, "labelled as percent but of the size of a ratio; send the UCUM code {ratio}"
        )
    ratio = raw.value * (unit.factor or ONE)
    if ratio > highest:
        reason = f"above {highest}, the limit of an index; percent need the unit %, 7 to 12 is a cardio-ankle index, and more is a pressure"
        return _Problem(IssueCode.VALUE_IMPLAUSIBLE, reason)
    return ratio
