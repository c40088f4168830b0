"""How old the toe pressure of each foot is, today and beside what threatens the foot: an old one does not clear a new threat."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from service.clinical.facts import TOE_DAYS, TOE_DAYS_BEFORE_THREAT, PatientFacts
from service.clinical.findings import Findings
from service.clinical.indices import Indices
from service.clinical.measurements import Side
from service.evidence.conditions import FactValue

_REST_PAIN = ("rest-pain-foot", "rest-pain-over-2-weeks", "rest-pain-relieved-by-hanging-down")
_THREATS = {side: (f"foot-wound-{side}", *_REST_PAIN) for side in Side}
"""What good toes may clear."""


def with_toe_days(facts: PatientFacts, findings: Findings, indices: Indices, *, as_of: datetime) -> PatientFacts:
    """The facts with the whole days of each foot; what has no date has no days, and what has none clears nothing."""
    days: dict[str, FactValue] = {}
    sources: dict[str, tuple[str, ...]] = {}
    for leg in indices.legs:
        toe, tbi = leg.toe, None if leg.tbi is None else leg.tbi.ratio
        if toe is None or toe.taken_at is None:
            continue
        days[TOE_DAYS[leg.side]] = Decimal((as_of - toe.taken_at).days)
        sources[TOE_DAYS[leg.side]] = toe.sources
        if tbi is not None and tbi.taken_at is not None:
            older = _threatened_at(findings, leg.side, as_of) - min(toe.taken_at, tbi.taken_at)
            days[TOE_DAYS_BEFORE_THREAT[leg.side]] = Decimal(max(older.days, 0))
            sources[TOE_DAYS_BEFORE_THREAT[leg.side]] = tbi.sources
    if not days:
        return facts
    return PatientFacts(values={**facts.values, **days}, sources={**facts.sources, **sources}, symptomatic=facts.symptomatic)


def _threatened_at(findings: Findings, side: Side, as_of: datetime) -> datetime:
    """When a threat to this foot was last recorded: today where it has no date, or where there is none."""
    threats = [one for code in _THREATS[side] if (one := findings.by_code.get(code)) is not None and one.value is True]
    moments = [as_of if one.recorded_at is None else min(one.recorded_at, as_of) for one in threats]
    return max(moments, default=as_of)
