"""The report of the evidence: nothing of the files is missing from it, every form says the same, and docs/evidence.md is up to date."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from service.evidence.condition_words import in_words
from service.evidence.conditions import All, AnyOf, Compare, Comparison, Condition, Is, Known, Member, Membership, Unless
from service.evidence.intended_use import INTENDED_USE
from service.evidence.loader import Evidence, load_evidence
from service.evidence.reading import Tag
from service.evidence.report import Report, report
from service.evidence.report_formats import as_data, as_markdown, as_text
from service.evidence.report_rows import TAG_MEANINGS, Row, guideline_class

PAGE = Path(__file__).parents[2] / "docs" / "evidence.md"


@pytest.fixture(scope="module")
def shipped() -> Evidence:
    return load_evidence()


@pytest.fixture(scope="module")
def told(shipped: Evidence) -> Report:
    return report(shipped)


def rows(told: Report, section: str) -> tuple[Row, ...]:
    return next(one.rows for one in told.sections if one.id == section)


def test_the_page_in_docs_is_the_one_the_evidence_gives(told: Report) -> None:
    assert PAGE.read_text() == as_markdown(told), "run: claudication evidence --format markdown > docs/evidence.md"


def test_every_entry_of_the_files_has_its_row(shipped: Evidence, told: Report) -> None:
    ids = {row.id.partition(",")[0] for section in told.sections for row in section.rows}
    assert {entry.id for entry in shipped.entries} <= ids
    assert {rule.id for rule in shipped.red_flags} <= ids
    assert {rule.id for rule in shipped.recommendations.rules} <= ids
    assert {name for name, _ in shipped.abi_categories.thresholds} <= ids
    assert {f"risk-{factor.finding}" for factor in shipped.priors.risk_factors} <= ids
    assert len(rows(told, "priors")) == len(shipped.priors.priors)
    assert {f"band-{name}" for name, _ in shipped.model.bands} <= ids
    assert {alternative.code for alternative in shipped.alternatives} <= ids
    assert {instrument.id for instrument in shipped.instruments} <= ids
    assert {figure.id for figure in shipped.not_weighed} <= ids


def test_every_row_says_where_it_comes_from_how_sure_it_is_and_who_depends_on_it(told: Report) -> None:
    for section in told.sections:
        ids = [row.id for row in section.rows]
        assert len(ids) == len(set(ids))
        for row in section.rows:
            assert row.citation in told.citations
            assert row.tag in TAG_MEANINGS
            assert row.says
            assert row.value
            assert row.group
            assert row.used_by


def test_a_ratio_is_told_as_published_with_its_population(told: Report) -> None:
    (pulse,) = (row for row in rows(told, "likelihood-ratios") if row.id == "v-pulse-abnormal, present")
    assert (pulse.value, pulse.ci95, pulse.population, pulse.tag) == ("4.7", "2.2 to 9.9", "people with leg symptoms", Tag.F)
    assert "asked for as pulse-dorsalis-pedis-right" in pulse.used_by


def test_an_interval_that_was_not_published_is_not_made_up(told: Report) -> None:
    (calf,) = (row for row in rows(told, "likelihood-ratios") if row.id == "v-calf, present")
    assert calf.ci95 == "not published"


def test_a_score_is_told_with_its_points_and_its_cut_offs(told: Report) -> None:
    says = {row.id: row.says for row in rows(told, "instruments")}
    assert says["sugioka"] == (
        "survey: age 60 to 70, or over 70 +2 or +3; for more than six months +1; better bending forward +2; better bending backward -2; "
        "worse standing up +2; intermittent claudication +1; urinary incontinence +1. Positive: total 5 or more"
    )
    assert "less on bending forward (q1-4) +1" in says["lss-sshq"]
    assert says["lss-sshq"].endswith("Positive: q1-4 4 or more or q1-4 1 or more with q5-10 2 or more")
    assert says["fontaine, right"].startswith("exam: fontaine-4, fontaine-3")


def test_a_figure_that_is_not_used_says_why_and_whose_range_it_is(told: Report) -> None:
    figures = {row.id: row for row in rows(told, "not-weighed")}
    assert all(row.used_by == "nothing" and row.note for row in figures.values())
    bruit = figures["khan-femoral-bruit"]
    assert (bruit.says, bruit.value, bruit.ci95) == ("likelihood ratio: femoral bruit", "4.8", "2.4 to 9.5")
    assert figures["selvin-smoking"].ci95 == "not known"
    assert figures["both-causes"].ci95 == "3 to 15 (range of this project)"
    assert figures["tasc-toe-rest-pain"].value == "30 mmHg"


def test_what_the_files_say_of_populations_and_notes_is_kept(shipped: Evidence) -> None:
    assert all(entry.population for entry in shipped.entries)
    assert any(entry.note for entry in shipped.entries)
    assert all(factor.population for factor in shipped.priors.risk_factors)
    assert any(rule.note for rule in shipped.recommendations.rules)


def test_a_note_on_a_risk_factor_stands_before_what_it_is_centred_on(shipped: Evidence) -> None:
    first, *others = shipped.priors.risk_factors
    noted = replace(shipped, priors=replace(shipped.priors, risk_factors=(replace(first, note="Self-reported."), *others)))
    assert rows(report(noted), "risk-factors")[0].note.startswith("Self-reported. Centred on a prevalence of: primary-care 0.15")


def test_a_flag_without_orders_and_without_a_guideline_is_told_all_the_same(shipped: Evidence) -> None:
    flag = shipped.red_flags[0]
    bare = replace(flag, orders=(), basis=replace(flag.basis, guideline=""), note="Of this project.")
    (row,) = rows(report(replace(shipped, red_flags=(bare,))), "red-flags")
    assert (row.used_by, row.note) == (f"red flag {bare.flag}", "Of this project.")


def test_an_order_rule_without_any_authority_claims_none(shipped: Evidence) -> None:
    first = next(rule for rule in shipped.recommendations.rules if rule.order)
    nobody = replace(first.basis, guideline="", class_of_recommendation="", level_of_evidence="")
    rule = replace(first, basis=nobody, note="", withhold=True)
    (row,) = rows(report(replace(shipped, recommendations=replace(shipped.recommendations, rules=(rule,)))), "orders")
    assert row.note == ""
    assert row.value.startswith("withholds ")


def test_a_class_without_a_level_is_told_alone() -> None:
    assert (guideline_class("1", "A"), guideline_class("1", ""), guideline_class("", "")) == ("Class 1, level A.", "Class 1.", "")


def test_a_guideline_of_a_prior_names_the_age_it_holds_for(told: Report) -> None:
    assert {row.population for row in rows(told, "priors")} >= {
        "primary-care, 50 and over",
        "primary-care, under 50",
        "spine-clinic, any age",
    }


@pytest.mark.parametrize("form", [as_markdown, as_text])
def test_every_form_has_every_entry_every_source_and_the_intended_use(form: object, told: Report) -> None:
    assert callable(form)
    text = form(told)
    assert INTENDED_USE in text
    assert told.version in text
    unmarked = text.replace("\\", "")
    for section in told.sections:
        for row in section.rows:
            assert row.id in unmarked
    for key, citation in told.citations.items():
        assert key in unmarked
        assert citation.checked in unmarked


def test_the_data_carries_each_citation_in_full(told: Report) -> None:
    data = as_data(told)
    assert data["intendedUse"] == INTENDED_USE
    entries = [entry for section in data["sections"] for entry in section["entries"]]
    assert len(entries) == sum(len(section.rows) for section in told.sections)
    for citation in data["citations"]:
        assert bool(citation["doi"] or citation["pmid"]) is not bool(citation["noIdentifier"])
        assert ("No DOI or PMID" in citation["foundAt"]) is bool(citation["noIdentifier"])
        assert ("not looked up again" in citation["foundAt"]) is bool(
            (citation["doi"] or citation["pmid"]) and not citation["identifierSeen"]
        )
    assert all(type(value) is str for entry in entries for name, value in entry.items() if name != "citation")


def test_what_markdown_would_take_for_markup_is_shown_as_it_is(told: Report) -> None:
    odd = replace(told.sections[0].rows[0], says="a|b <i>*c*</i> [d] `e` _f_")
    one = replace(told, sections=(replace(told.sections[0], rows=(odd,)),))
    assert r"a\|b \<i\>\*c\*\</i\> \[d\] \`e\` \_f\_" in as_markdown(one)


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        (Is("diabetes", True), "diabetes is yes"),
        (Is("diabetes", False), "diabetes is no"),
        (Is("pulse", "absent"), "pulse is absent"),
        (Known("fever", True), "fever is known"),
        (Known("fever", False), "fever is not known"),
        (Compare("toe", Comparison.LESS_THAN, Decimal(30)), "toe < 30"),
        (Compare("toe", Comparison.AT_LEAST, Decimal("0.5")), "toe >= 0.5"),
        (Member("site", Membership.INCLUDES, frozenset({"shin", "calf"})), "site includes one of calf, shin"),
        (Member("site", Membership.ONLY, frozenset({"calf"})), "site holds only calf"),
        (Unless(Is("fever", True)), "unless (fever is yes)"),
        (
            All((Is("a", True), AnyOf((Is("b", True), All((Is("c", True), Is("d", True))))))),
            "a is yes and (b is yes or (c is yes and d is yes))",
        ),
    ],
)
def test_a_condition_is_told_in_words(condition: Condition, words: str) -> None:
    assert in_words(condition) == words
