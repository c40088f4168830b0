"""Which code or label stands for which index, and which codes are something else however they are labelled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from service.clinical.measurements import IndexKind, Side, Site
from service.fhir.elements import Json, codings, texts
from service.fhir.limbs import free_text
from service.fhir.limbs.exercise_state import POST_EXERCISE_ABI
from service.fhir.mapping import SystemCode
from service.fhir.reading import Context
from service.fhir.terminology import loinc, snomed

LITHUANIAN_COMPONENTS = "https://tx.hl7.lt/fhir/CodeSystem/abi-component"


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexName:
    """What the code of an Observation or component says it is."""

    kind: IndexKind
    side: Side | None = None
    artery: Site | None = None
    by_text: bool = False


_ABI, _TBI, _TIBIAL = IndexKind.ABI, IndexKind.TBI, Site.POSTERIOR_TIBIAL
INDEX_CODES: Mapping[SystemCode, IndexName] = {
    loinc.ABI[:2]: IndexName(kind=_ABI),
    snomed.ABPI_OBSERVABLE[:2]: IndexName(kind=_ABI),
    # The procedure where the observable is meant.
    snomed.ABPI_PROCEDURE[:2]: IndexName(kind=_ABI),
    POST_EXERCISE_ABI: IndexName(kind=_ABI),
    loinc.POSTERIOR_TIBIAL_INDEX[:2]: IndexName(kind=_ABI, artery=_TIBIAL),
    loinc.POSTERIOR_TIBIAL_INDEX_RIGHT[:2]: IndexName(kind=_ABI, side=Side.RIGHT, artery=_TIBIAL),
    loinc.POSTERIOR_TIBIAL_INDEX_LEFT[:2]: IndexName(kind=_ABI, side=Side.LEFT, artery=_TIBIAL),
    loinc.TBI_RIGHT[:2]: IndexName(kind=_TBI, side=Side.RIGHT),
    loinc.TBI_LEFT[:2]: IndexName(kind=_TBI, side=Side.LEFT),
    (LITHUANIAN_COMPONENTS, "right-abi"): IndexName(kind=_ABI, side=Side.RIGHT),
    (LITHUANIAN_COMPONENTS, "left-abi"): IndexName(kind=_ABI, side=Side.LEFT),
}
_OTHER_RATIOS: Mapping[SystemCode, str] = {
    loinc.INTER_ARM_RATIO[:2]: "the ratio of one arm to the other",
    loinc.PENILE_BRACHIAL_INDEX[:2]: "the penile-brachial index",
    loinc.CARDIO_ANKLE_VASCULAR_INDEX[:2]: "the cardio-ankle vascular index, a measure of stiffness",
    loinc.PULSE_WAVE_VELOCITY[:2]: "pulse wave velocity",
}
_NOT_EVEN_RATIOS: Mapping[SystemCode, str] = {
    loinc.PULSE_INTENSITY_OF_ARTERY[:2]: "the intensity of a palpated pulse",
    loinc.QT_INTERVAL[:2]: "the Q-T interval of the electrocardiogram",
}
"""Harmless under their own name; seen in records as an ABI."""


_KNOWN = frozenset((*INDEX_CODES, *_OTHER_RATIOS))


def may_be_index(observation: Json, codes: frozenset[SystemCode], context: Context) -> bool:
    """Whether an Observation with these codes is worth reading for an index: not without a code, a label or a component."""
    return (
        "component" in observation
        or not _KNOWN.isdisjoint(codes)
        or not codes.isdisjoint(context.codes.indices)
        or any(map(free_text.index_kind_in, texts(observation.get("code"))))
    )


def index_name(element: Json, context: Context) -> IndexName | None:
    """The index a code names, else a label; None when neither does."""
    for system_code in codings(element.get("code")):
        mapped = context.codes.indices.get(system_code)
        if mapped:
            return IndexName(kind=mapped.kind, side=mapped.side)
        if system_code in INDEX_CODES:
            return INDEX_CODES[system_code]
    for text in texts(element.get("code")):
        kind = free_text.index_kind_in(text)
        if kind:
            return IndexName(kind=kind, by_text=True)
    return None


def mistaken_for_index(element: Json, name: IndexName | None) -> str:
    """What the code really is, when it is another measurement used for an index."""
    if name and not name.by_text:
        return ""
    labelled = any(map(free_text.index_kind_in, texts(element.get("code"))))
    for system_code in codings(element.get("code")):
        really = _OTHER_RATIOS.get(system_code) or (_NOT_EVEN_RATIOS.get(system_code) if labelled else None)
        if really:
            return (
                f"LOINC {system_code[1]} is {really}, not an ankle-brachial index, whatever its label; "
                f"send an ABI as LOINC {loinc.ABI.code} with a lateralised bodySite"
            )
    return ""
