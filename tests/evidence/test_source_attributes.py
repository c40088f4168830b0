"""The source attributes that a certified EHR shows of a decision support intervention."""

from __future__ import annotations

from service.evidence.intended_use import INTENDED_USE
from service.evidence.loader import load_evidence
from service.evidence.source_attributes import attributes_as_data, source_attributes

EVIDENCE = load_evidence()
ATTRIBUTES = source_attributes(EVIDENCE, version="9.8.7", released="2026-11-23")


def test_there_are_the_thirteen_of_the_rule_each_with_something_said() -> None:
    assert [attribute.paragraph for attribute in ATTRIBUTES] == [f"(b)(11)(iv)(A)({number})" for number in range(1, 14)]
    assert all(attribute.values and all(attribute.values) for attribute in ATTRIBUTES)


def test_every_citation_and_both_versions_are_there() -> None:
    assert len(ATTRIBUTES[0].values) == len(EVIDENCE.citations)
    assert "9.8.7" in ATTRIBUTES[3].values[0]
    assert EVIDENCE.version in ATTRIBUTES[3].values[1]


def test_no_rule_looks_at_sex_as_the_attribute_says() -> None:
    named = {fact for entry in EVIDENCE.entries for fact in entry.facts} | {
        factor.finding for factor in EVIDENCE.priors.risk_factors
    }
    assert "sex" not in named


def test_the_data_carries_the_intended_use() -> None:
    assert attributes_as_data(ATTRIBUTES)["intendedUse"] == INTENDED_USE
