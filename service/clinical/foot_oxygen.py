"""The transcutaneous oxygen pressure of each foot: from the findings to the indices, and how old it is for the rules that propose the test."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from service.clinical.data_issues import DataIssue, IssueCode
from service.clinical.facts import OXYGEN_DAYS, PatientFacts
from service.clinical.findings import Findings
from service.clinical.indices import FootOxygen, Indices, Leg
from service.clinical.ischaemia import ischaemia_grade
from service.clinical.measurements import Side
from service.evidence.abi_categories import WifiThresholds

_CODES = {side: f"tcpo2-mmhg-{side}" for side in Side}


def without_amputated(findings: Findings, amputated_legs: frozenset[Side]) -> tuple[Findings, tuple[DataIssue, ...]]:
    """The findings without the oxygen pressure of a foot that is gone, and a remark on each: like the pressures of that leg it is set aside."""
    gone = {_CODES[side]: side for side in Side if side in amputated_legs and findings.known(_CODES[side])}
    if not gone:
        return findings, ()
    issues = tuple(
        DataIssue(
            code=IssueCode.NOT_RELEVANT,
            source=findings.by_code[code].source,
            detail=f"{code}: the {side} leg is recorded as amputated. Correct the side of the reading or the record of the amputation.",
        )
        for code, side in gone.items()
    )
    return Findings({code: one for code, one in findings.by_code.items() if code not in gone}), issues


def oxygen_of_feet(findings: Findings) -> Mapping[Side, FootOxygen]:
    """What is known, by side."""
    found = ((side, findings.by_code.get(code)) for side, code in _CODES.items())
    return {
        side: FootOxygen(mmhg=one.value, sources=one.sources, taken_at=one.recorded_at)
        for side, one in found
        if one is not None and isinstance(one.value, Decimal)
    }


def with_oxygen(indices: Indices, oxygen: Mapping[Side, FootOxygen], thresholds: WifiThresholds) -> Indices:
    """The indices with the oxygen of each foot, and ischaemia graded by it as well; no index and no PAD status changes."""

    def graded(leg: Leg) -> Leg:
        skin = oxygen.get(leg.side)
        if skin is None:
            return leg
        grade = ischaemia_grade(abi=leg.abi, ankle=leg.ankle, toe=leg.toe, oxygen=skin, thresholds=thresholds)
        return replace(leg, oxygen=skin, ischaemia=grade)

    return replace(indices, right=graded(indices.right), left=graded(indices.left))


def with_oxygen_days(facts: PatientFacts, oxygen: Mapping[Side, FootOxygen], *, as_of: datetime) -> PatientFacts:
    """The facts with the whole days since each was measured: one without a date is as good as old, and keeps no test from being proposed."""
    dated = {side: one for side, one in oxygen.items() if one.taken_at is not None}
    if not dated:
        return facts
    days = {OXYGEN_DAYS[side]: Decimal((as_of - one.taken_at).days) for side, one in dated.items() if one.taken_at is not None}
    sources = {OXYGEN_DAYS[side]: one.sources for side, one in dated.items()}
    return PatientFacts(values={**facts.values, **days}, sources={**facts.sources, **sources}, symptomatic=facts.symptomatic)
