"""Limb pressures out of Observations: panels, single sites, segmental studies, local codes.

Quirks known here: the panel with the site at its root or in each component; artery codes of the thigh sent for an ankle cuff; numbers that devices
send instead of a reading; kPa under the name of mmHg; 0 for "no signal" and for "not filled in"; a pressure known by its text alone.
What a pressure means beside others (repeats, sessions, arms) is not decided here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from service.clinical.data_issues import DataIssue, IssueCode
from service.clinical.measurements import ANKLE_SITES, Pressure
from service.fhir.elements import Json, codings, dicts, texts, value_key
from service.fhir.limbs import free_text
from service.fhir.limbs.body_sites import coded_place, names_pressure_site, place_of
from service.fhir.limbs.circumstances import Circumstances, by_photoplethysmography, circumstances
from service.fhir.limbs.exercise_state import exercise_state
from service.fhir.limbs.foot_oxygen import is_oxygen_code
from service.fhir.limbs.measured_values import Missing, value_of
from service.fhir.limbs.pressure_values import in_mmhg
from service.fhir.limbs.site_codes import ARTERY_CODES, Place
from service.fhir.mapping import SystemCode
from service.fhir.reading import Context, Entry, Read
from service.fhir.remarks import remark
from service.fhir.terminology import loinc
from service.fhir.units import is_pressure

_PANELS = frozenset({loinc.BLOOD_PRESSURE_PANEL[:2], loinc.AVERAGE_BLOOD_PRESSURE_PANEL[:2]})
_SYSTOLIC = frozenset({loinc.SYSTOLIC[:2], loinc.AVERAGE_SYSTOLIC[:2]})
_KNOWN = _PANELS | _SYSTOLIC | frozenset(ARTERY_CODES)


class _Part(NamedTuple):
    """One pressure of an Observation: the component, or None for its own value."""

    component: Json | None
    path: str
    by_text: bool = False


def may_be_pressure(observation: Json, codes: frozenset[SystemCode], context: Context) -> bool:
    """Whether an Observation with these codes is worth reading for a pressure: not without a code, a unit of pressure or a component."""
    return (
        "component" in observation
        or not _KNOWN.isdisjoint(codes)
        or not codes.isdisjoint(context.codes.pressures)
        or _has_pressure_quantity(observation)
    )


def read_pressures(entry: Entry, context: Context) -> Read | None:
    """Every systolic limb pressure of one Observation; None when it holds none."""
    observation = entry.resource
    if entry.resource_type != "Observation":
        return None
    parts = tuple(_parts(observation, context))
    if not parts:
        # A group of members has no value of its own; each member is read by itself.
        panel = not _PANELS.isdisjoint(codings(observation.get("code")))
        return _read_panel_without_parts(entry, context) if panel else None
    around = circumstances(entry, context)
    if isinstance(around, DataIssue):
        return Read(issues=(around,))
    pressures: list[Pressure] = []
    issues = list(around.issues)
    for part in parts:
        pressure, found = _read_part(part, entry, context, around, alone=len(parts) == 1)
        issues += found
        if pressure:
            pressures.append(pressure)
    return Read(pressures=tuple(pressures), issues=tuple(issues))


def _read_panel_without_parts(entry: Entry, context: Context) -> Read:
    around = circumstances(entry, context)
    if isinstance(around, DataIssue):
        return Read(issues=(around,))
    if dicts(entry.resource.get("hasMember")):
        return Read()
    detail = "the blood pressure panel holds no systolic pressure; send a component 8480-6 with valueQuantity in mm[Hg]"
    return Read(issues=(remark(entry, IssueCode.VALUE_MISSING, detail),))


def _parts(observation: Json, context: Context) -> Iterator[_Part]:
    parts = 0
    for index, component in enumerate(dicts(observation.get("component"))):
        if is_oxygen_code(component, context):
            continue
        known = _is_pressure_code(component, context, bare_site=True)
        if known or _is_pressure_text(component):
            parts += 1
            yield _Part(component, f"component[{index}]", not known)
    if is_oxygen_code(observation, context):
        return
    has_value = "valueQuantity" in observation or value_key(observation) != ""
    known = _is_pressure_code(observation, context) or (has_value and not _PANELS.isdisjoint(codings(observation.get("code"))))
    if (known and (has_value or not parts)) or (not known and _is_pressure_text(observation)):
        yield _Part(None, "", not known)


def _is_pressure_code(element: Json, context: Context, *, bare_site: bool = False) -> bool:
    for system_code in codings(element.get("code")):
        if system_code in _SYSTOLIC or system_code in ARTERY_CODES or system_code in context.codes.pressures:
            return True
        # "Left ankle" as the code of a component with a pressure: the site is its name.
        if bare_site and coded_place(system_code, context) and _has_pressure_quantity(element):
            return True
    return False


def _has_pressure_quantity(element: Json) -> bool:
    quantity = element.get("valueQuantity")
    return isinstance(quantity, dict) and is_pressure(quantity)


def _is_pressure_text(element: Json) -> bool:
    """A pressure known by its text alone: a unit of pressure, a limb site, and nothing but systolic."""
    if not _has_pressure_quantity(element):
        return False
    said = tuple(texts(element.get("code"))) + tuple(texts(element.get("bodySite")))
    return names_pressure_site(said) and not any(map(free_text.names_other_than_systolic, said))


def _read_part(
    part: _Part, entry: Entry, context: Context, around: Circumstances, *, alone: bool
) -> tuple[Pressure | None, list[DataIssue]]:
    place = place_of(entry, context, part.component)
    element = f"{part.path}.code" if part.component else "bodySite"
    refusal = _refusal(place, entry, element) or (None if around.bare else _refused_method(place, entry))
    state = exercise_state(entry.resource, context, part.component, bare=around.bare)
    if not refusal and state.problem:
        refusal = remark(entry, IssueCode.NOT_RELEVANT, f"the value was not used: {state.problem}", element=part.path)
    if refusal or not place.site or not place.side:
        return None, [refusal] if refusal else []
    raw = value_of(entry.resource, part.component, alone=alone)
    where = ".".join(filter(None, (part.path, raw.element)))
    named = f"{place.side} {place.site}"
    if isinstance(raw, Missing):
        return None, [remark(entry, raw.code, f"{named} pressure: {raw.reason}", element=where)]
    mmhg, doubt = in_mmhg(raw, place.site, named, context.limits.pressure)
    if doubt and not doubt.used:
        return None, [remark(entry, doubt.code, doubt.detail, element=where)]
    remarks = [f"{named} pressure: {text}" for text in (*raw.remarks, *place.remarks)]
    if part.by_text:
        remarks.append(
            f"{named} pressure: it was known by its text alone; send LOINC 8480-6 with a coded bodySite, or map the local code"
        )
    if state.from_text:
        remarks.append(f"{named} pressure: '{state.phase}' was read from text; send the exercise association extension")
    issues = [remark(entry, IssueCode.ASSUMED, text, element=where, used=True) for text in remarks]
    if doubt:
        issues.append(remark(entry, doubt.code, doubt.detail, element=where, used=True))
    pressure = Pressure(
        site=place.site,
        side=place.side,
        mmhg=mmhg,
        source=entry.reference,
        taken_at=around.taken_at,
        phase=state.phase,
        bound=raw.bound,
        day_only=around.day_only,
        encounter=around.encounter,
        minutes_after_exercise=state.minutes,
    )
    return pressure, issues


def _refusal(place: Place, entry: Entry, element: str) -> DataIssue | None:
    if place.site and place.side and not place.problem and not place.refused:
        return None
    if place.problem:
        detail = f"the site contradicts itself: {place.problem}; correct the code or the bodySite"
        return remark(entry, IssueCode.SITE_NOT_UNDERSTOOD, detail, element=element)
    if place.refused:
        detail = f"a pressure at the {place.refused} has no part in an index; dorsalis pedis, posterior tibial, ankle, toe and arm are used"
        return remark(entry, IssueCode.SITE_NOT_UNDERSTOOD, detail, element=element)
    if place.site:
        detail = f"the pressure at the {place.site} names no side; send a lateralised bodySite, or its laterality"
        return remark(entry, IssueCode.SIDE_MISSING, detail, element=element)
    if place.unknown or place.side:
        shown = f"the site '{place.unknown}'" if place.unknown else f"'{place.side}' without a site"
        detail = f"{shown} is not one we read; send the artery or limb segment in SNOMED CT as bodySite, or map the local code"
        return remark(entry, IssueCode.SITE_NOT_UNDERSTOOD, detail, element=element)
    detail = "the pressure names neither arm nor leg nor side, and cannot serve as the arm of an index; send bodySite, for instance right upper arm"
    return remark(entry, IssueCode.SIDE_MISSING, detail, element=element)


def _refused_method(place: Place, entry: Entry) -> DataIssue | None:
    if place.site in ANKLE_SITES and by_photoplethysmography(entry.resource):
        detail = "an ankle pressure by photoplethysmography does not stand for a Doppler pressure; measure it by Doppler"
        return remark(entry, IssueCode.PPG_INDEX_REJECTED, detail, element="method")
    return None
