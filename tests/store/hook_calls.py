"""Hook calls as the record holds them, for tests."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from service.store.hook_values import CallRecord, CardRecord, FeedbackRecord, KeyRecord, RuleRecord

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
DAY = timedelta(days=1)


def card(rule: str, **given: Any) -> CardRecord:
    made = CardRecord(
        key=f"key of {rule}", uuid=f"uuid-{rule}", rule=rule, about="", indicator="info", red_flag=False, shown=True
    )
    return replace(made, **given)


def call(*cards: CardRecord, **given: Any) -> CallRecord:
    made = CallRecord(
        client="north-hospital",
        service="claudication",
        hook="patient-view",
        hook_instance="i-1",
        request_digest="d-1",
        received_at=NOW,
        patient="p-1",
        assessment_digest="a-1",
        service_version="1",
        evidence_version="e1",
        keys=(KeyRecord(key="patient", mandatory=True, state="given", fetch="not-needed", resources=1),),
        rules=(RuleRecord(rule="abi-overdue", outcome="not-known", lacking=("age",)),),
        steps={"gather": 3.5, "assess": 7.0},
        cards=cards,
    )
    return replace(made, **given)


def feedback(rule: str, outcome: str = "overridden", **given: Any) -> FeedbackRecord:
    made = FeedbackRecord(
        client="north-hospital", card_uuid=f"uuid-{rule}", outcome=outcome, outcome_at=NOW, received_at=NOW + timedelta(minutes=1)
    )
    return replace(made, **given)
