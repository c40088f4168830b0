"""Who depends on what in the evidence: every entry, both ways, and nothing that is not there."""

from __future__ import annotations

import pytest

from service.evidence.dependence import Place, dependence
from service.evidence.loader import load_evidence
from service.evidence.report import report

EVIDENCE = load_evidence()
FOUND = dependence(EVIDENCE)


def test_every_entry_that_is_used_is_in_it_by_the_name_it_has_in_the_report() -> None:
    told = {Place(section.id, row.id.partition(",")[0]) for section in report(EVIDENCE).sections for row in section.rows}
    assert {place for place in told if place.section != "not-weighed"} == set(FOUND.reads) == set(FOUND.gives)


def test_both_directions_say_the_same() -> None:
    for name, fact in FOUND.facts.items():
        assert fact.read_by == tuple(sorted(place for place, names in FOUND.reads.items() if name in names))
        assert fact.given_by == tuple(sorted(place for place, names in FOUND.gives.items() if name in names))
        assert fact.read_by or fact.given_by


@pytest.mark.parametrize(
    ("fact", "given_by", "read_by"),
    [
        ("vascular-likelihood", Place("likelihood-ratios", "v-abi"), Place("hook-rules", "spine-imaging-for-vascular-story")),
        ("vascular-likelihood", Place("risk-factors", "risk-diabetes"), Place("hook-rules", "answers-point-to-arteries")),
        ("vascular-likelihood", Place("model", "cap"), Place("hook-rules", "answers-point-to-arteries")),
        ("red flag cauda-equina-syndrome", Place("red-flags", "cauda-equina"), Place("orders", "exercise-therapy-must-wait")),
        ("abi-category", Place("thresholds", "abi.abnormal_at_most"), Place("hook-rules", "abi-alone-where-toe-is-needed")),
    ],
)
def test_a_result_is_followed_from_what_gives_it_to_who_reads_it(fact: str, given_by: Place, read_by: Place) -> None:
    assert given_by in FOUND.facts[fact].given_by
    assert read_by in FOUND.facts[fact].read_by


def test_a_finding_comes_from_the_record_and_moves_what_reads_it() -> None:
    saddle = FOUND.facts["saddle-anaesthesia"]
    assert saddle.given_by == ()
    assert Place("red-flags", "cauda-equina") in saddle.read_by


def test_both_sides_of_the_body_are_one_fact() -> None:
    assert "pulse-posterior-tibial" in FOUND.facts
    assert not [name for name in FOUND.facts if name.endswith(("-left", "-right"))]


def test_an_entry_that_counts_in_place_of_others_reads_them() -> None:
    constellation = next(entry for entry in EVIDENCE.entries if entry.instead_of)
    read = FOUND.reads[Place("likelihood-ratios", constellation.id)]
    assert {f"weight {name}" for name in constellation.instead_of} <= set(read)


def test_a_place_and_a_fact_have_the_anchors_of_the_page() -> None:
    assert Place("red-flags", "cauda-equina").anchor == "red-flags-cauda-equina"
    assert FOUND.facts["red flag cauda-equina-syndrome"].anchor == "fact-red-flag-cauda-equina-syndrome"
