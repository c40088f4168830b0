"""Rows as the doors write them. Workers of the tests load this too, so it loads nothing but the service."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

from service.clinical.assessment import Assessment, Setting
from service.clinical.indices import Indices, Leg, PadReason, PadStatus
from service.clinical.measurements import Side
from service.store.assessments import NewRecord, record_of

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def leg(side: Side) -> Leg:
    return Leg(side=side, pad_status=PadStatus.NOT_MEASURED, pad_reason=PadReason.NO_PRESSURE)


NOTHING_KNOWN = Assessment(
    setting=Setting.SPINE_CLINIC,
    age_years=None,
    sex=None,
    indices=Indices(right=leg(Side.RIGHT), left=leg(Side.LEFT)),
    red_flags=(),
    red_flags_not_asked=(),
    differential=None,
    not_weighed=None,
    orders=(),
    withheld=(),
    next_data=(),
    advice=(),
    issues=(),
    evidence_version="e1",
    sources=("Patient/secret",),
)


def row(digest: str = "d", **more: Any) -> NewRecord:
    given = {
        "record_id": str(uuid.uuid4()),
        "digest": digest,
        "door": "test",
        "as_of": NOW,
        "recorded_at": NOW,
        "service_version": "1",
        "guidance_status": "data-required",
    }
    return record_of(NOTHING_KNOWN, **given | more)
