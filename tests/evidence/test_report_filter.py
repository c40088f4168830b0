"""Looking for something in the evidence finds what has every word, and no source that nothing found needs."""

from __future__ import annotations

import pytest

from service.evidence.loader import load_evidence
from service.evidence.reading import Tag
from service.evidence.report import Report, report
from service.evidence.report_filter import matching


@pytest.fixture(scope="module")
def whole() -> Report:
    return report(load_evidence())


def ids(found: Report) -> list[str]:
    return [row.id for section in found.sections for row in section.rows]


def test_nothing_asked_is_everything_that_rests_on_a_source(whole: Report) -> None:
    assert ids(matching(whole, words=" ", tag=None)) == ids(whole)


def test_every_word_has_to_be_there_in_whatever_case_and_order(whole: Report) -> None:
    found = matching(whole, words="CALF pain", tag=None)
    assert "v-calf, present" in ids(found)
    assert ids(found) == ids(matching(whole, words="pain calf", tag=None))
    assert len(ids(found)) < len(ids(matching(whole, words="pain", tag=None)))


def test_an_entry_is_found_by_its_source_as_well(whole: Report) -> None:
    found = matching(whole, words="nadeau", tag=None)
    assert found.sections
    assert {row.citation for section in found.sections for row in section.rows} == set(found.citations)


def test_a_tag_leaves_the_entries_of_that_tag(whole: Report) -> None:
    found = matching(whole, words="", tag=Tag.E)
    assert {row.tag for section in found.sections for row in section.rows} == {Tag.E}


def test_what_is_nowhere_leaves_no_section_and_no_source(whole: Report) -> None:
    found = matching(whole, words="zeppelin", tag=None)
    assert (found.sections, dict(found.citations)) == ((), {})
