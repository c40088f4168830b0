"""One value a finding: the newest wins, and what was overruled is said."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from service.clinical.data_issues import IssueCode
from service.clinical.findings import Finding, FindingValue, resolve
from service.clinical.vocabulary import TERMS, VOCABULARY, Kind
from tests.clinical.patients import NOW


def finding(value: FindingValue, *, days_ago: int | None, source: str, code: str = "diabetes") -> Finding:
    return Finding(
        code=code, value=value, source=source, recorded_at=None if days_ago is None else NOW - timedelta(days=days_ago)
    )


def test_the_newest_answer_wins_and_the_older_is_reported() -> None:
    findings, issues = resolve([finding(True, days_ago=1, source="new"), finding(False, days_ago=9, source="old")])
    assert findings.value("diabetes") is True
    assert [(issue.code, issue.source) for issue in issues] == [(IssueCode.CONFLICTING_ANSWERS, "old")]
    assert "no here, yes in new" in issues[0].detail


@pytest.mark.parametrize("first", ["a", "b"])
@pytest.mark.parametrize(("days_ago", "said"), [(4, "which is neither newer nor older"), (None, "which has no date either")])
def test_of_two_equally_new_the_yes_is_used_and_nobody_is_told_that_it_is_newer(
    first: str, days_ago: int | None, said: str
) -> None:
    second = "b" if first == "a" else "a"
    findings, (issue,) = resolve(
        [finding(True, days_ago=days_ago, source=first), finding(False, days_ago=days_ago, source=second)]
    )
    assert findings.value("diabetes") is True
    assert issue.source == second
    assert f"no here, yes in {first}, {said} and was used" in issue.detail


def test_who_smoked_cannot_have_become_one_who_never_did() -> None:
    _, (issue,) = resolve(
        [
            finding("former", days_ago=400, source="a", code="smoking-status"),
            finding("never", days_ago=10, source="b", code="smoking-status"),
        ]
    )
    assert (issue.code, issue.source) == (IssueCode.CONFLICTING_ANSWERS, "a")
    assert "which is newer" in issue.detail


def test_an_undated_answer_is_the_oldest() -> None:
    findings, (issue,) = resolve([finding(True, days_ago=None, source="undated"), finding(False, days_ago=900, source="dated")])
    assert findings.value("diabetes") is False
    assert "which has a date" in issue.detail


def test_agreement_is_not_a_conflict_and_order_does_not_matter() -> None:
    told = [finding(True, days_ago=1, source="a"), finding(True, days_ago=2, source="b")]
    assert resolve(told) == resolve(reversed(told))
    assert resolve(told)[1] == ()
    assert [finding.sources for finding in resolve(told)[0]] == [("a", "b")]


def test_an_answer_that_was_changed_and_changed_back_is_one_conflict() -> None:
    _, issues = resolve(
        [finding(True, days_ago=3, source="a"), finding(False, days_ago=2, source="b"), finding(True, days_ago=1, source="c")]
    )
    assert [issue.source for issue in issues] == ["b"]


def test_numbers_and_lists_are_spoken_plainly() -> None:
    _, issues = resolve(
        [
            finding(frozenset({"foot", "calf"}), days_ago=2, source="a", code="symptom-site"),
            finding(frozenset(), days_ago=1, source="b", code="symptom-site"),
            finding(Decimal(200), days_ago=1, source="a", code="walking-distance-m"),
            finding(Decimal(100), days_ago=1, source="b", code="walking-distance-m"),
        ]
    )
    assert "calf, foot here, none in b" in issues[0].detail
    assert "200 here, 100 in b" in issues[1].detail


def test_a_number_measured_again_later_is_superseded_not_contradicted() -> None:
    findings, issues = resolve(
        [
            finding(Decimal(61), days_ago=400, source="a", code="egfr-ml-min-1.73m2"),
            finding(Decimal(48), days_ago=10, source="b", code="egfr-ml-min-1.73m2"),
            finding("current", days_ago=400, source="a", code="smoking-status"),
            finding("former", days_ago=10, source="b", code="smoking-status"),
        ]
    )
    assert findings.value("egfr-ml-min-1.73m2") == 48
    assert findings.value("smoking-status") == "former"
    assert [(issue.code, issue.source) for issue in issues] == [(IssueCode.STALE, "a"), (IssueCode.STALE, "a")]


def test_not_known_is_not_no() -> None:
    findings, _ = resolve([])
    assert findings.value("diabetes") is None
    assert not findings.known("diabetes")
    assert list(findings) == []


def test_vocabulary_has_each_code_once_and_options_where_there_is_a_choice() -> None:
    assert len(VOCABULARY) == len(TERMS)
    for term in TERMS:
        assert bool(term.options) is (term.kind in (Kind.CHOICE, Kind.CHOICES))


def test_of_the_oxygen_pressures_of_one_foot_and_day_the_lowest_wins_and_a_later_day_supersedes() -> None:
    code = "tcpo2-mmhg-left"
    same_day = [
        Finding(code=code, value=Decimal(value), source=source, recorded_at=at)
        for value, source, at in (("22", "low", NOW), ("51", "late", NOW + timedelta(minutes=20)), ("40", "early", NOW))
    ]
    found, issues = resolve(same_day)
    assert (found.value(code), found == resolve(reversed(same_day))[0]) == (22, True)
    assert {(issue.code, issue.source) for issue in issues} == {
        (IssueCode.REPEAT_DISCORDANT, source) for source in ("early", "late")
    }
    later = Finding(code=code, value=Decimal(48), source="next", recorded_at=NOW + timedelta(days=2))
    found, issues = resolve([*same_day, later])
    assert found.value(code) == 48
    assert {issue.code for issue in issues} == {IssueCode.STALE}
    undated = [Finding(code=code, value=Decimal(value), source=str(value)) for value in (44, 28)]
    assert resolve(undated)[0].value(code) == 28


@pytest.mark.parametrize("first", ["a", "b"])
@pytest.mark.parametrize(
    ("code", "well", "bad"),
    [
        ("egfr-ml-min-1.73m2", Decimal(45), Decimal(28)),
        ("lowest-leg-power-mrc", Decimal(5), Decimal(3)),
        ("post-void-residual-ml", Decimal(40), Decimal(260)),
        ("leg-sensory-loss-right", "none", "profound"),
        ("leg-motor-loss-right", "mild-moderate", "paralysis"),
        ("arterial-doppler-left", "audible", "inaudible"),
        ("pulse-dorsalis-pedis-left", "present", "absent"),
    ],
)
def test_of_two_equally_new_values_the_one_that_warns_is_used(
    code: str, well: FindingValue, bad: FindingValue, first: str
) -> None:
    second = "b" if first == "a" else "a"
    pair = [finding(well, days_ago=1, source=first, code=code), finding(bad, days_ago=1, source=second, code=code)]
    findings, issues = resolve(pair)
    assert findings.value(code) == bad
    assert [(one.code, one.source) for one in issues] == [(IssueCode.CONFLICTING_ANSWERS, first)]


def test_a_newer_kidney_counts_although_the_older_was_worse() -> None:
    code = "egfr-ml-min-1.73m2"
    findings, _ = resolve(
        [finding(Decimal(28), days_ago=9, source="a", code=code), finding(Decimal(45), days_ago=1, source="b", code=code)]
    )
    assert findings.value(code) == 45


@pytest.mark.parametrize(("first", "second"), [("never", "current"), ("current", "never")])
def test_choices_that_are_no_signs_are_in_no_order_of_warning(first: str, second: str) -> None:
    told = [finding(value, days_ago=2, source=source, code="smoking-status") for value, source in ((first, "a"), (second, "b"))]
    assert resolve(told)[0].value("smoking-status") == second
