"""What is known of one patient, in the words of the vocabulary. Present, absent and not known are three things."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal

from service.clinical.data_issues import DataIssue, IssueCode
from service.clinical.vocabulary import VOCABULARY, Kind, Section

FindingValue = bool | str | Decimal | frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One value of one term. `value`: bool, option code, set of option codes, or Decimal, as the term's kind says. Never None: unknown is no Finding."""

    code: str
    value: FindingValue
    source: str
    recorded_at: datetime | None = None
    lapses: bool = False
    """Whether it was true of its day only: stated by a diagnosis, a procedure or a laboratory, not by who looks at the patient today."""
    agreeing: tuple[str, ...] = ()
    """Other resources that say the same; filled in by `resolve`."""

    @property
    def sources(self) -> tuple[str, ...]:
        return (self.source, *self.agreeing)


@dataclass(frozen=True, slots=True)
class Findings:
    """What is known of one patient, one value a code. Absent from the mapping means not known."""

    by_code: Mapping[str, Finding] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.by_code.values())

    def value(self, code: str) -> FindingValue | None:
        finding = self.by_code.get(code)
        return None if finding is None else finding.value

    def known(self, code: str) -> bool:
        return code in self.by_code


_CHANGES_WITH_TIME = frozenset({"smoking-status", "obesity"})
# Several electrodes stand on one foot, and the worst skin is what is threatened.
_LOWEST_OF_THE_DAY = frozenset({"tcpo2-mmhg-right", "tcpo2-mmhg-left"})
# Of numbers measured at one moment, such as two formulas of one blood sample, the one that warns.
_LOWER_WARNS = _LOWEST_OF_THE_DAY | {"egfr-ml-min-1.73m2", "lowest-leg-power-mrc"}
_HIGHER_WARNS = frozenset({"post-void-residual-ml"})
_FROM_WELL_TO_BAD = frozenset({Section.RED_FLAG, Section.EXAMINATION})
"""Sections whose choices the vocabulary lists in this order."""


def resolve(findings: Iterable[Finding]) -> tuple[Findings, tuple[DataIssue, ...]]:
    """One value a code: the newest wins (an undated one is the oldest; of equals the one that warns, else the later in the sorted order of sources).

    A contradiction that was overruled is reported as `conflicting-answers`, with both values and both sources. A number, or a status that changes with
    time, that was measured again on a later day is superseded and no contradiction. Of the oxygen pressures of one foot and day the lowest wins.
    """
    told: dict[str, list[Finding]] = {}
    for finding in findings:
        told.setdefault(finding.code, []).append(finding)
    by_code: dict[str, Finding] = {}
    issues: list[DataIssue] = []
    for code in sorted(told):
        rivals = told[code]
        winner = rivals[0]
        # Most of what is known was said once.
        if len(rivals) > 1:
            rivals.sort(key=_oldest_first)
            winner = rivals[-1]
            same = [one.source for one in rivals if one.value == winner.value and one.source != winner.source]
            issues += [_overruled(loser, winner) for loser in rivals if loser.value != winner.value]
            winner = replace(winner, agreeing=tuple(dict.fromkeys(same)))
        by_code[code] = winner
    return Findings(by_code), tuple(issues)


def _overruled(loser: Finding, winner: Finding) -> DataIssue:
    if loser.code in _LOWEST_OF_THE_DAY and _day(loser) == _day(winner):
        detail = f"{loser.code}: {_spoken(loser.value)} here, {_spoken(winner.value)} in {winner.source} of the same day; of several sites of a foot the lowest was used."
        return DataIssue(code=IssueCode.REPEAT_DISCORDANT, source=loser.source, detail=detail)
    if _superseded(loser, winner):
        detail = (
            f"{loser.code}: {_spoken(loser.value)} here is older than {_spoken(winner.value)} in {winner.source}, which was used."
        )
        return DataIssue(code=IssueCode.STALE, source=loser.source, detail=detail)
    return DataIssue(
        code=IssueCode.CONFLICTING_ANSWERS,
        source=loser.source,
        detail=(
            f"{loser.code}: {_spoken(loser.value)} here, {_spoken(winner.value)} in {winner.source}, {_won(loser, winner)} and was used. "
            "Ask again, and correct the record that is wrong."
        ),
    )


def _day(finding: Finding) -> date | None:
    return finding.recorded_at.date() if finding.recorded_at else None


def _oldest_first(finding: Finding) -> tuple[bool, float, Decimal, str, str]:
    dated = finding.recorded_at is not None
    day, lowest = _day(finding), finding.code in _LOWEST_OF_THE_DAY
    when = float(day.toordinal()) if day and lowest else finding.recorded_at.timestamp() if finding.recorded_at else 0.0
    return (
        dated,
        when,
        _warning(finding),
        finding.source,
        str(finding.value),
    )


def _warning(finding: Finding) -> Decimal:
    """How much it warns: of two that are equally new neither a yes nor the worse value is lost to the order of names."""
    value = finding.value
    if isinstance(value, Decimal):
        return -value if finding.code in _LOWER_WARNS else value if finding.code in _HIGHER_WARNS else Decimal(0)
    if isinstance(value, str):
        term = VOCABULARY.get(finding.code)
        told = term is not None and term.section in _FROM_WELL_TO_BAD and value in term.options
        return Decimal(term.options.index(value)) if term and told else Decimal(0)
    return Decimal(value is True)


def warns(finding: Finding) -> bool:
    """Whether it is a warning sign or an abnormal sign of the examination, no measured number."""
    term = VOCABULARY.get(finding.code)
    return (
        term is not None
        and term.section in _FROM_WELL_TO_BAD
        and not isinstance(finding.value, Decimal)
        and _warning(finding) > 0
    )


def _won(loser: Finding, winner: Finding) -> str:
    if loser.recorded_at == winner.recorded_at:
        return "which is neither newer nor older" if winner.recorded_at else "which has no date either"
    return "which is newer" if loser.recorded_at else "which has a date"


def _superseded(loser: Finding, winner: Finding) -> bool:
    term = VOCABULARY.get(loser.code)
    if (term is None or term.kind not in (Kind.DECIMAL, Kind.INTEGER)) and loser.code not in _CHANGES_WITH_TIME:
        return False
    if loser.code == "smoking-status" and winner.value == "never":
        # Who smoked once cannot become one who never did.
        return False
    return loser.recorded_at is not None and winner.recorded_at is not None and loser.recorded_at < winner.recorded_at


def _spoken(value: FindingValue) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, frozenset):
        return ", ".join(sorted(value)) or "none"
    return str(value)
