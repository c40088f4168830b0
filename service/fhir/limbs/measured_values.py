"""One value[x] of an Observation or component as a number with its bound: the unit is left to the caller.

Quirks known here: the number as valueString or valueInteger, "142/88" as one string, comparators in Quantity or as the interpretation
"off scale", "does not compress" and "no signal" in value, note, interpretation or reason for absence, infinity as a reason for absence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Any, NamedTuple

from service.clinical.data_issues import IssueCode
from service.clinical.measurements import Bound
from service.fhir.elements import Json, codings, dicts, number, texts, value_key
from service.fhir.limbs import free_text

_BOUNDS: Mapping[str, Bound] = {"": Bound.EXACT, ">": Bound.ABOVE, ">=": Bound.ABOVE, "<": Bound.BELOW, "<=": Bound.BELOW}
_OFF_SCALE: Mapping[str, Bound] = {">": Bound.ABOVE, "<": Bound.BELOW}
_NOT_FINITE = frozenset({"positive-infinity", "not-a-number"})
_REMEDY = "send valueQuantity with value, unit and, where the vessel did not compress, the comparator '>'"


class Raw(NamedTuple):
    """`value` None only with ABOVE. `unit` is the Quantity, or the unit found in text as one. `remarks` are sentences about how it was read."""

    value: Decimal | None
    bound: Bound = Bound.EXACT
    unit: Mapping[str, Any] = MappingProxyType({})
    element: str = ""
    no_signal: bool = False
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """No number, and why: a sentence that ends with the remedy."""

    code: IssueCode
    reason: str
    element: str = ""


def value_of(observation: Json, component: Json | None, *, alone: bool) -> Raw | Missing:
    """The value of one component, or of the Observation itself; `alone` tells that the Observation holds no other value."""
    if not alone:
        return read_value(component or observation)
    if component is None:
        return read_value(observation, said=notes(observation))
    # What the Observation says of its one value holds for the component that carries it.
    inherited: Json = {key: observation[key] for key in ("interpretation", "dataAbsentReason") if key in observation}
    return read_value({**inherited, **component}, said=notes(observation))


def read_value(element: Json, *, said: tuple[str, ...] = ()) -> Raw | Missing:
    """The value of one Observation or component; `said` are the texts, besides its own, that speak about this value."""
    off_scale = None
    if "interpretation" in element or "dataAbsentReason" in element:
        said = (*said, *texts(element.get("interpretation")), *texts(element.get("dataAbsentReason")))
        off_scale = next((_OFF_SCALE[code] for _, code in codings(element.get("interpretation")) if code in _OFF_SCALE), None)
    quantity = element.get("valueQuantity")
    if isinstance(quantity, dict) and quantity.get("value") is not None:
        return _quantity(quantity, off_scale, said)
    key = value_key(element)
    if key == "valueInteger":
        value = number(element["valueInteger"])
        if value is not None:
            return _bounded(Raw(value=value, element=key, remarks=("the number came as valueInteger",)), off_scale, said)
    written = [element[key]] if isinstance(element.get(key), str) else list(texts(element.get("valueCodeableConcept")))
    for text in written:
        raw = _written(text, key, whole_value=True)
        if raw:
            return raw
    if key:
        shown = f"'{written[0]}'" if written else key
        return Missing(code=IssueCode.VALUE_MISSING, reason=f"{shown} is not a number we can read; {_REMEDY}", element=key)
    return _absent(element, off_scale, said)


def _quantity(quantity: Json, off_scale: Bound | None, said: tuple[str, ...]) -> Raw | Missing:
    value = number(quantity["value"])
    bound = _BOUNDS.get(str(quantity.get("comparator", "")))
    if value is None or bound is None:
        shown = quantity["value"] if value is None else quantity.get("comparator")
        return Missing(
            code=IssueCode.VALUE_IMPLAUSIBLE,
            reason=f"'{shown}' is neither a number nor one of < <= >= >; {_REMEDY}",
            element="valueQuantity",
        )
    return _bounded(Raw(value=value, bound=bound, unit=quantity, element="valueQuantity"), off_scale, said)


def _bounded(raw: Raw, off_scale: Bound | None, said: tuple[str, ...]) -> Raw:
    """`raw` with the bound that interpretation or text give it, where its own comparator gave none."""
    if not said and off_scale is None:
        return raw
    no_signal = raw.value == 0 and any(map(free_text.says_no_signal, said))
    bound, remarks = raw.bound, raw.remarks
    if bound is Bound.EXACT and off_scale:
        bound = off_scale
    elif bound is Bound.EXACT and any(map(free_text.says_noncompressible, said)):
        bound = Bound.ABOVE
        remarks = (
            *remarks,
            "the text says that the vessel does not compress, so the number was taken as a lower bound; send the comparator '>'",
        )
    return Raw(value=raw.value, bound=bound, unit=raw.unit, element=raw.element, no_signal=no_signal, remarks=remarks)


def _written(text: str, element: str, *, whole_value: bool) -> Raw | None:
    said = (f"it was read from the text '{text}'; {_REMEDY}",)
    if free_text.says_noncompressible(text, whole_value=whole_value):
        limit = free_text.cuff_limit(text)
        if limit is None:
            return Raw(value=None, bound=Bound.ABOVE, element=element, remarks=said)
        return Raw(value=limit.value, bound=Bound.ABOVE, unit=_unit(limit.unit), element=element, remarks=said)
    if free_text.says_no_signal(text):
        return Raw(value=Decimal(0), element=element, no_signal=True, remarks=said)
    found = free_text.numeral(text)
    if found is None:
        return None
    return Raw(value=found.value, bound=found.bound, unit=_unit(found.unit), element=element, remarks=said)


def _unit(spelling: str) -> Json:
    return {"unit": spelling} if spelling else {}


def _absent(element: Json, off_scale: Bound | None, said: tuple[str, ...]) -> Raw | Missing:
    reasons = [code for _, code in codings(element.get("dataAbsentReason"))]
    if off_scale is Bound.ABOVE:
        return Raw(value=None, bound=Bound.ABOVE, element="interpretation")
    for text in said:
        raw = _written(text, "dataAbsentReason", whole_value=False)
        if raw and (raw.bound is Bound.ABOVE or raw.no_signal):
            return raw
    if _NOT_FINITE.intersection(reasons):
        remark = f"dataAbsentReason {reasons[0]} was taken as 'does not compress'; confirm it and {_REMEDY}"
        return Raw(value=None, bound=Bound.ABOVE, element="dataAbsentReason", remarks=(remark,))
    if "not-applicable" in reasons:
        reason = "dataAbsentReason not-applicable; if the limb or toe was amputated, send that as a Condition or Procedure"
    elif reasons or said:
        reason = f"no value was sent (dataAbsentReason {(reasons or said)[0]}); measure it, or {_REMEDY}"
    else:
        reason = f"neither a value nor a dataAbsentReason was sent; {_REMEDY}"
    return Missing(code=IssueCode.VALUE_MISSING, reason=reason, element="dataAbsentReason" if reasons else "")


def notes(observation: Json) -> tuple[str, ...]:
    """The texts of Observation.note."""
    if "note" not in observation:
        return ()
    return tuple(note["text"] for note in dicts(observation["note"]) if isinstance(note.get("text"), str))
