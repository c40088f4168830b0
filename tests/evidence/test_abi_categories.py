"""The thresholds of the indices: what is shipped, and what a wrong file is told."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from decimal import Decimal
from importlib import resources
from typing import Any

import pytest

from service.errors import EvidenceError
from service.evidence.abi_categories import AbiCategories, parse_abi_categories
from service.evidence.reading import Tag


def document() -> dict[str, Any]:
    text = resources.files("service.evidence").joinpath("abi_categories.toml").read_text()
    return tomllib.loads(text, parse_float=Decimal)


def shipped() -> AbiCategories:
    return parse_abi_categories(document())


def refusal(change: Callable[[dict[str, Any]], object]) -> str:
    """What is said of the shipped file after a change."""
    changed = document()
    change(changed)
    with pytest.raises(EvidenceError) as refused:
        parse_abi_categories(changed)
    return str(refused.value)


def set_value(section: str, key: str, **entries: Any) -> Callable[[dict[str, Any]], object]:
    return lambda whole: whole[section][key].update(entries)


def test_the_bands_are_those_of_the_guideline() -> None:
    abi = shipped().abi
    assert [abi.abnormal_at_most.value, abi.borderline_at_most.value, abi.normal_at_most.value] == [
        Decimal("0.90"),
        Decimal("0.99"),
        Decimal("1.40"),
    ]
    assert {(edge.citation, edge.tag, edge.class_of_recommendation) for edge in (abi.abnormal_at_most, abi.normal_at_most)} == {
        ("acc-aha-2024", Tag.F, "1")
    }


def test_every_threshold_has_a_note_and_the_citations_are_listed_once() -> None:
    categories = shipped()
    found = dict(categories.thresholds)
    assert len(found) == sum(len(section) for section in document().values())
    assert all(threshold.note for threshold in found.values())
    assert categories.citations_used == tuple(sorted({threshold.citation for threshold in found.values()}))
    assert "acc-aha-2024" in categories.citations_used


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda whole: whole.pop("tbi"), "abi_categories.toml: tbi is missing."),
        (lambda whole: whole.update(tbl={}), "abi_categories.toml: tbl is not known."),
        (lambda whole: whole.update(tbi=0.7), "abi_categories.toml, tbi: a table is needed, not 0.7."),
        (lambda whole: whole["abi"].pop("normal_at_most"), "abi_categories.toml, abi: normal_at_most is missing."),
        (
            lambda whole: whole["abi"].update(normal_at_mots=whole["abi"].pop("normal_at_most")),
            "abi_categories.toml, abi: normal_at_most is missing; normal_at_mots is not known.",
        ),
        (lambda whole: whole["abi"]["normal_at_most"].pop("tag"), "abi.normal_at_most: tag: Missing data"),
        (lambda whole: whole["abi"].update(normal_at_most=1), "abi.normal_at_most: "),
        (set_value("abi", "normal_at_most", colour="red"), "abi.normal_at_most: colour: Unknown field"),
        (set_value("abi", "normal_at_most", tag="F3"), "abi.normal_at_most: tag: "),
        (set_value("abi", "normal_at_most", note=""), "abi.normal_at_most: note: "),
        (set_value("abi", "normal_at_most", value="1.40"), "abi.normal_at_most: value: '1.40' is not a number"),
        (set_value("abi", "normal_at_most", value=Decimal(0)), "abi.normal_at_most: value: "),
        (set_value("abi", "normal_at_most", unit="%"), "abi.normal_at_most: the unit is '{ratio}', not '%'."),
        (set_value("arms", "difference_from", unit="kPa"), "arms.difference_from: the unit is 'mm[Hg]', not 'kPa'."),
        (
            set_value("abi", "borderline_at_most", value=Decimal("0.90")),
            "abi.borderline_at_most: 0.90 is not above abi.abnormal_at_most, which is 0.90.",
        ),
        (
            set_value("abi", "normal_at_most", value=Decimal("0.95")),
            "abi.normal_at_most: 0.95 is not above abi.borderline_at_most",
        ),
        (set_value("wifi", "toe_grade_1_from", value=60), "wifi.toe_grade_0_from: 60 is not above wifi.toe_grade_1_from"),
        (set_value("wifi", "ankle_grade_2_from", value=80), "wifi.ankle_grade_1_from: 70 is not above"),
        (set_value("abi", "abnormal_at_most", value=Decimal("0.905")), "abi.abnormal_at_most: 0.905 has more than two decimals."),
    ],
)
def test_a_wrong_file_is_refused_by_file_and_key(change: Callable[[dict[str, Any]], object], said: str) -> None:
    refused = refusal(change)
    assert refused.startswith("abi_categories.toml")
    assert said in refused
