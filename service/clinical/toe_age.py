"""How old the toe pressure and the toe-brachial index of each foot are: an old one does not clear a new threat to the foot."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from service.clinical.facts import TOE_DAYS, PatientFacts
from service.clinical.indices import Indices
from service.evidence.conditions import FactValue


def with_toe_days(facts: PatientFacts, indices: Indices, *, as_of: datetime) -> PatientFacts:
    """The facts with the whole days since each was measured; one without a date has no days, and what has none clears nothing."""
    days: dict[str, FactValue] = {}
    sources: dict[str, tuple[str, ...]] = {}
    for leg in indices.legs:
        toe_days, tbi_days = TOE_DAYS[leg.side]
        for name, measured in ((toe_days, leg.toe), (tbi_days, None if leg.tbi is None else leg.tbi.ratio)):
            if measured is not None and measured.taken_at is not None:
                days[name] = Decimal((as_of - measured.taken_at).days)
                sources[name] = measured.sources
    if not days:
        return facts
    return PatientFacts(values={**facts.values, **days}, sources={**facts.sources, **sources}, symptomatic=facts.symptomatic)
