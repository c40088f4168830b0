"""Evidence and EvidenceVariable: one Evidence for each statement of the literature that has a likelihood ratio."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from service.evidence.condition_words import in_words
from service.evidence.conditions import Condition
from service.evidence.likelihood_ratios import Entry, Outcome
from service.evidence.loader import Evidence
from service.evidence.reading import Tag
from service.fhir.elements import Json
from service.fhir.knowledge.definition_parts import (
    CONDITION_LANGUAGE,
    documentation,
    heading,
    knowledge_version,
)
from service.fhir.knowledge.extension_definitions import LIKELIHOOD_RATIO_URL
from service.fhir.terminology.own import DIAGNOSES

BACKGROUND = "leg-symptoms"
"""The EvidenceVariable of everybody who is weighed."""
_READ_PER_LEG = (
    "Read for the legs that hurt only: present where one of them meets its part, absent where every one of them is known not to."
)
_CAUSES = {"vascular": "vascular-claudication", "neurogenic": "neurogenic-claudication"}


def evidence_ids(evidence: Evidence) -> tuple[str, ...]:
    """Every id `evidence_resource` knows: those of the entries of likelihood_ratios.toml."""
    return tuple(entry.id for entry in evidence.entries)


def variable_ids(evidence: Evidence) -> tuple[str, ...]:
    """Every id `evidence_variable` knows: who is weighed, the two causes, and the finding of each entry."""
    return (BACKGROUND, *_CAUSES, *(_finding_id(entry) for entry in evidence.entries))


def evidence_resource(evidence_id: str, evidence: Evidence) -> Json | None:
    """The Evidence of one entry; None when there is none. R4 has no element for a number here: ratios stand in our extension and in the description."""
    entry = next((one for one in evidence.entries if one.id == evidence_id), None)
    if entry is None:
        return None
    outcomes = _outcomes(entry)
    said = "; ".join(f"{one.text}: likelihood ratio {_ratio(one)}" for one in outcomes)
    certainty = " To be confirmed against the primary source." if Tag(entry.basis.tag).to_be_confirmed else ""
    population = f" Population: {entry.population}." if entry.population else ""
    resource: Json = {
        **heading(
            "Evidence",
            entry.id,
            version=knowledge_version(evidence.version),
            title=f"{outcomes[0].text}, for {DIAGNOSES[_CAUSES[entry.cause]].display.lower()}",
            description=f"{said}.{population} Certainty {entry.basis.tag}.{certainty}",
        ),
        "extension": [_extension(one) for one in outcomes],
        "relatedArtifact": documentation(entry.basis, evidence),
        "exposureBackground": _variable(BACKGROUND),
        "exposureVariant": [_variable(_finding_id(entry))],
        "outcome": [_variable(entry.cause)],
    }
    if entry.note:
        resource["note"] = [{"text": entry.note}]
    return resource


def evidence_variable(variable_id: str, evidence: Evidence) -> Json | None:
    """The EvidenceVariable with this id; None when there is none."""
    if variable_id == BACKGROUND:
        return _described(
            evidence, BACKGROUND, "Leg symptoms on walking", [{"definitionExpression": _expression(f"{BACKGROUND} is yes")}]
        )
    if variable_id in _CAUSES:
        concept = DIAGNOSES[_CAUSES[variable_id]]
        coded = {"definitionCodeableConcept": {"coding": [concept.coding("diagnosis")]}}
        return _described(evidence, variable_id, concept.display, [coded])
    entry = next((one for one in evidence.entries if _finding_id(one) == variable_id), None)
    if entry is None:
        return None
    said = _outcomes(entry)[0].text
    variable = _described(evidence, variable_id, said, [{"definitionExpression": _expression(_joined(entry.when, " or "))}])
    notes = [_READ_PER_LEG] if entry.per_side else []
    if entry.absent_when:
        notes.append(f"Absent where: {_joined(entry.absent_when, ' and ')}")
    if notes:
        variable["note"] = [{"text": note} for note in notes]
    return variable


def _joined(conditions: Sequence[Condition], how: str) -> str:
    """One condition as it is, or those of the two sides joined."""
    return how.join(in_words(one) if len(conditions) == 1 else f"({in_words(one)})" for one in conditions)


def _outcomes(entry: Entry) -> list[Outcome]:
    """What the entry says when present and when absent; at least one of them."""
    return [one for one in (entry.present, entry.absent) if one is not None]


def _finding_id(entry: Entry) -> str:
    return f"finding-{entry.id}"


def _variable(variable_id: str) -> Json:
    return {"reference": f"EvidenceVariable/{variable_id}"}


def _described(evidence: Evidence, variable_id: str, title: str, characteristics: Iterable[Json]) -> Json:
    return {
        **heading(
            "EvidenceVariable", variable_id, version=knowledge_version(evidence.version), title=title, description=f"{title}."
        ),
        "type": "dichotomous",
        "characteristic": list(characteristics),
    }


def _expression(words: str) -> Json:
    return {"language": CONDITION_LANGUAGE, "expression": words}


def _ratio(outcome: Outcome) -> str:
    ratio = outcome.ratio
    return f"{ratio.value:g} ({ratio.low:g} to {ratio.high:g})" if ratio.published else f"{ratio.value:g} (no interval published)"


def _extension(outcome: Outcome) -> Json:
    ratio = outcome.ratio
    parts: list[Json] = [
        {"url": "finding", "valueCode": "present" if outcome.present else "absent"},
        {"url": "value", "valueDecimal": ratio.value},
    ]
    if ratio.published:
        parts.append({"url": "interval", "valueRange": {"low": {"value": ratio.low}, "high": {"value": ratio.high}}})
    return {"url": LIKELIHOOD_RATIO_URL, "extension": parts}
