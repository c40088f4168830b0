"""Whether a value was taken at rest or after exercise, and how many minutes after: from codes, else from text, else rest.

Quirks known here: the exercise extension under any URL, a component, a second coding of the code or the method, a study name in the text;
a published imaging context group gives 128977007 as "Post-exercise state", while SNOMED CT defines it as pre-exercise: SNOMED CT is followed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from service.clinical.measurements import Phase
from service.fhir.elements import Json, codings, dicts, number, texts
from service.fhir.limbs import free_text
from service.fhir.limbs.measured_values import notes
from service.fhir.mapping import SystemCode
from service.fhir.reading import Context
from service.fhir.terminology import snomed
from service.fhir.terminology.code import own_system

POST_EXERCISE_ABI: SystemCode = (own_system("index"), "post-exercise-abi")

_STATES: Mapping[SystemCode, Phase | None] = {
    snomed.AT_REST[:2]: Phase.REST,
    snomed.RESTING_STATE[:2]: Phase.REST,
    snomed.BEFORE_EXERCISE[:2]: Phase.REST,
    snomed.PRE_EXERCISE_STATE[:2]: Phase.REST,
    snomed.AFTER_EXERCISE[:2]: Phase.POST_EXERCISE,
    snomed.POST_EXERCISE_STATE[:2]: Phase.POST_EXERCISE,
    snomed.DURING_EXERCISE[:2]: None,
    POST_EXERCISE_ABI: Phase.POST_EXERCISE,
}
"""None: during exercise, which no criterion uses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExerciseState:
    """`problem` is a sentence why the value belongs to neither state; `from_text` tells that no code said so."""

    phase: Phase = Phase.REST
    minutes: Decimal | None = None
    problem: str = ""
    from_text: bool = False


_UNSAID = ExerciseState()


def exercise_state(observation: Json, context: Context, component: Json | None = None, *, bare: bool = False) -> ExerciseState:
    """The state of one value; a component's own word goes before that of its Observation, and a code before any text.

    `bare`: the Observation is known to have nothing but its code that can say a state, and that by code only.
    """
    if bare and not tuple(_coded(observation, context)):
        return _UNSAID
    own = component or {}
    said = [*_texts(own), *_texts(observation)]
    states = frozenset(_coded(own, context)) or frozenset(_coded(observation, context))
    spoken = frozenset[Phase | None]() if states else free_text.phases_in(_texts(own)) or free_text.phases_in(said)
    found = states or spoken or {Phase.REST}
    if len(found) > 1:
        return ExerciseState(problem="more than one state of exercise is named; send one Observation for each")
    phase = next(iter(found))
    if phase is None:
        return ExerciseState(problem="it was taken during exercise; pressures at rest and after exercise are read")
    if phase is Phase.REST:
        return ExerciseState(from_text=bool(spoken))
    return ExerciseState(phase=phase, minutes=_minutes(observation, said), from_text=bool(spoken))


def _coded(element: Json, context: Context) -> Iterator[Phase | None]:
    for system_code in codings(element.get("code")):
        mapped = context.codes.pressures.get(system_code) or context.codes.indices.get(system_code)
        if mapped and mapped.phase:
            yield mapped.phase
        elif system_code in _STATES:
            yield _STATES[system_code]
    for concept in _concepts(element):
        for system_code in codings(concept):
            if system_code in _STATES:
                yield _STATES[system_code]


def _concepts(element: Json) -> Iterator[Any]:
    """What may say the state besides the code."""
    if "method" in element:
        yield element["method"]
    for key in ("extension", "component"):
        if key in element:
            yield from (holder["valueCodeableConcept"] for holder in dicts(element[key]) if "valueCodeableConcept" in holder)


def _texts(element: Json) -> list[str]:
    said = list(texts(element.get("code")))
    for concept in _concepts(element):
        said += texts(concept)
    return said + list(notes(element))


def _minutes(observation: Json, said: list[str]) -> Decimal | None:
    for component in dicts(observation.get("component")):
        quantity = component.get("valueQuantity")
        if isinstance(quantity, dict) and str(quantity.get("code") or quantity.get("unit")).lower() in (
            "min",
            "minute",
            "minutes",
        ):
            return number(quantity.get("value"))
    return free_text.minutes_after_exercise(said)
