"""What a certified EHR must be able to show of an evidence-based decision support intervention: ONC HTI-1, 45 CFR 170.315(b)(11)(iv)(A)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from service.evidence.intended_use import INTENDED_USE
from service.evidence.loader import Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceAttribute:
    """One attribute: its paragraph of the rule, its name, and what holds here. `values`: several statements, e.g. citations."""

    paragraph: str
    name: str
    values: tuple[str, ...]


def source_attributes(evidence: Evidence, *, version: str, released: str) -> tuple[SourceAttribute, ...]:
    """The thirteen attributes, in the order of the rule. `released` is the date of this version of the program."""
    checked = max(citation.checked for citation in evidence.citations.values())
    told: Sequence[tuple[str, tuple[str, ...]]] = (
        (
            "Bibliographic citation of the intervention",
            tuple(f"{citation.printed} (checked {citation.checked})" for _, citation in sorted(evidence.citations.items())),
        ),
        ("Developer of the intervention", ("The Claudication CDS project.",)),
        (
            "Funding source of the technical implementation",
            ("The project declares none. Who deploys it adds the funding of the deployment.",),
        ),
        (
            "Release and revision dates",
            (
                f"Version {version}, released {released}.",
                f"Evidence {evidence.version}, last checked against its sources {checked}.",
            ),
        ),
        ("Use of race", ("Not used.",)),
        ("Use of ethnicity", ("Not used.",)),
        ("Use of language", ("Not used.",)),
        ("Use of sexual orientation", ("Not used.",)),
        ("Use of gender identity", ("Not used.",)),
        ("Use of sex", ("Read from Patient.gender (female, male) and shown; no number of the weighing depends on it.",)),
        (
            "Use of date of birth",
            (
                "Used: age selects the pre-test probabilities, is a finding for neurogenic claudication, and is a condition of rules.",
            ),
        ),
        ("Use of social determinants of health data", ("Not used.",)),
        (
            "Use of health status assessments data",
            (
                "Used: smoking status, walking limitation, whether the patient can walk on a treadmill, pregnancy, and the answers to the questionnaire on leg symptoms.",
            ),
        ),
    )
    return tuple(
        SourceAttribute(paragraph=f"(b)(11)(iv)(A)({number})", name=name, values=values)
        for number, (name, values) in enumerate(told, start=1)
    )


def attributes_as_data(attributes: Sequence[SourceAttribute]) -> dict[str, object]:
    """The attributes as JSON can hold them."""
    return {
        "rule": "45 CFR 170.315(b)(11)(iv)(A)",
        "intervention": "Claudication CDS",
        "kind": "evidence-based decision support intervention",
        "intendedUse": INTENDED_USE,
        "attributes": [
            {"paragraph": attribute.paragraph, "name": attribute.name, "values": list(attribute.values)}
            for attribute in attributes
        ],
    }
