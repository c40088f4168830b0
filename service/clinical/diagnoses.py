"""Diagnoses that the record already holds: how old they are, and what of them no longer holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal

from service.clinical.assessment import RedFlag
from service.clinical.data_issues import DataIssue, IssueCode
from service.clinical.facts import PatientFacts
from service.clinical.findings import Finding, Findings, warns
from service.clinical.measurements import Measurements
from service.clinical.record_facts import DAYS_SINCE, DIAGNOSED
from service.evidence.conditions import FactValue
from service.evidence.red_flags import RedFlagRule

UNDATED = "date not recorded"
_ONSET = "sudden-onset-within-14-days"
_DAYS_OF_A_WEEK = 7


def still_holding(
    findings: Findings, measurements: Measurements, *, as_of: datetime, lapse_days: int, onset_lapse_days: int
) -> tuple[Findings, tuple[DataIssue, ...]]:
    """The findings without those stated too long ago to be true of what they speak of: not known any more, and said.

    `lapse_days`: of what a diagnosis or a procedure stated; `onset_lapse_days`: of answers about the last two weeks, a no as well as a yes. Both from
    the evidence. Counted until `as_of`; of a denied sudden onset until the last warning sign, since an old "no" still says how the old sign began that was
    recorded with it. A finding without a date stays: an unknown date clears nothing.
    """
    limits = [(one, lapse_days if one.lapses else onset_lapse_days) for one in findings if one.lapses or _of_two_weeks(one)]
    last_sign = _last_sign(findings, measurements, as_of, recent_days=onset_lapse_days)
    lapsed = {one: limit for one, limit in limits if (_days(one, last_sign if _denies_onset(one) else as_of) or 0) > limit}
    if not lapsed:
        return findings, ()
    gone = {one.code for one in lapsed}
    issues = tuple(
        DataIssue(
            code=IssueCode.STALE,
            source=source,
            detail=(
                f"{one.code}: recorded {_date(one)}, more than {limit} days ago, and whether it still holds is not known, so it was "
                "not used. Look, and record the finding of today."
            ),
        )
        for one, limit in lapsed.items()
        for source in one.sources
    )
    return Findings({code: one for code, one in findings.by_code.items() if code not in gone}), issues


def _of_two_weeks(finding: Finding) -> bool:
    """Whether it speaks of the last two weeks. Pain that had lasted longer then lasts longer now."""
    return finding.code == _ONSET or (finding.code == "rest-pain-over-2-weeks" and finding.value is False)


def _denies_onset(finding: Finding) -> bool:
    return finding.code == _ONSET and finding.value is False


def _complains(finding: Finding, recent_days: int) -> bool:
    """Of pain at rest, or of symptoms that began so few days before: an older "no" was not about them."""
    if finding.code == "symptom-duration-weeks" and isinstance(finding.value, Decimal):
        return finding.value * _DAYS_OF_A_WEEK <= recent_days
    return finding.code == "rest-pain-foot" and finding.value is True


def _last_sign(findings: Findings, measurements: Measurements, as_of: datetime, *, recent_days: int) -> datetime:
    """When a warning sign, symptoms no older than `recent_days`, or an artery without a signal was last recorded: today where one has no date, or where
    there is none."""
    signs = [one.recorded_at for one in findings if warns(one) or _complains(one, recent_days)]
    silent = [one.taken_at for one in measurements.pressures if one.mmhg == 0]
    return max((as_of if moment is None else min(moment, as_of) for moment in (*signs, *silent)), default=as_of)


def with_diagnoses(facts: PatientFacts, findings: Findings, *, as_of: datetime) -> PatientFacts:
    """The facts with each diagnosis as its date in words (for the text of its flag), and with the days since."""
    made = [one for one in findings if one.code in DIAGNOSED]
    if not made:
        return facts
    values: dict[str, FactValue] = dict(facts.values)
    sources = dict(facts.sources)
    for one in made:
        values[one.code] = _date(one)
        days = _days(one, as_of)
        if days is not None:
            values[DAYS_SINCE[one.code]] = Decimal(days)
            sources[DAYS_SINCE[one.code]] = one.sources
    return PatientFacts(values=values, sources=sources, symptomatic=facts.symptomatic)


def past_diagnoses(facts: PatientFacts, rules: Iterable[RedFlagRule], flags: Iterable[RedFlag]) -> Iterator[DataIssue]:
    """What to say of a diagnosis of an emergency that is too old to be one: it raised nothing."""
    raised = {source for flag in flags for source in flag.sources}
    for code in DIAGNOSED:
        if code in facts.values and not raised.intersection(facts.sources[code]):
            yield from (
                DataIssue(
                    code=IssueCode.STALE,
                    source=source,
                    detail=(
                        f"{DIAGNOSED[code]} was diagnosed on {facts.values[code]}: too long ago to raise a red flag of itself. "
                        "If it is current, record it again with today's date."
                    ),
                )
                for source in facts.sources[code]
            )


def _days(finding: Finding, as_of: datetime) -> int | None:
    return None if finding.recorded_at is None else max((as_of - finding.recorded_at).days, 0)


def _date(finding: Finding) -> str:
    return UNDATED if finding.recorded_at is None else finding.recorded_at.date().isoformat()
