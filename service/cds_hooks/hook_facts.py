"""The facts of a hook call beside those of the patient: what is proposed, open and done, and what the order being written is about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from service.cds_hooks.drafts import Written
from service.clinical.assessment import Assessment, OpenOrder
from service.clinical.facts import NOT_MEASURED
from service.clinical.indices import AbiCategory, Leg
from service.clinical.measurements import Side
from service.evidence.conditions import Facts, FactValue

OF_THE_CALL = ("proposed-orders", "open-orders", "recent-studies", "drafted-orders", "next-data")
OF_A_DRAFT = (
    "draft-order",
    "draft-open-already",
    "draft-done-recently",
    "draft-leg-abi-category",
    "draft-leg-abi",
    "draft-leg-ankle-mmhg",
    "draft-leg-toe-mmhg",
    "draft-leg-stiff-without-toe",
)
HOOK_FACTS = frozenset((*OF_THE_CALL, *OF_A_DRAFT, "problem-added", "flag"))
"""Every fact a rule of the cards may name besides those of the patient."""


def call_facts(
    assessment: Assessment, written: Sequence[Written], *, as_of: datetime, recent_days: int
) -> Mapping[str, FactValue]:
    """The facts of the patient with those of the call."""
    facts = dict(assessment.facts)
    facts["proposed-orders"] = frozenset(order.code for order in assessment.orders)
    facts["open-orders"] = frozenset(order.code for order in _open(assessment, written))
    facts["recent-studies"] = frozenset(order.code for order in recent_studies(assessment, as_of=as_of, days=recent_days))
    facts["drafted-orders"] = frozenset(one.code for one in written if not one.problem)
    if assessment.next_data:
        facts["next-data"] = frozenset(datum.code for datum in assessment.next_data)
    return facts


def draft_facts(facts: Facts, draft: Written, assessment: Assessment, written: Sequence[Written]) -> Mapping[str, FactValue]:
    """`facts` of the call with those of one draft order. What is not measured is not in them."""
    legs = [assessment.indices.leg(side) for side in draft_legs(draft)]
    found: dict[str, FactValue] = {
        **facts,
        "draft-order": draft.code,
        "draft-open-already": _still_called_for(draft, assessment) is False
        and draft.code in {order.code for order in _open(assessment, written)},
        "draft-done-recently": _still_called_for(draft, assessment) is False and draft.code in _set(facts["recent-studies"]),
        "draft-leg-abi-category": frozenset(leg.abi.category.value if leg.abi else NOT_MEASURED for leg in legs),
        "draft-leg-stiff-without-toe": any(_stiff(leg) and leg.toe is None and leg.tbi is None for leg in legs),
    }
    for name in ("abi", "ankle-mmhg", "toe-mmhg"):
        values = [
            value
            for leg in legs
            if isinstance(value := facts.get(f"{name}-{leg.side}"), Decimal) and not (name == "abi" and _stiff(leg))
        ]
        if values:
            found[f"draft-leg-{name}"] = min(values)
    return found


def draft_legs(draft: Written) -> tuple[Side, ...]:
    """The legs an order names; both where it names none."""
    return tuple(side for side in Side if side in draft.legs) or tuple(Side)


def recent_studies(assessment: Assessment, *, as_of: datetime, days: int) -> list[OpenOrder]:
    """Studies done within so many days before `as_of`."""
    recent = timedelta(days=days)
    return [
        order
        for order in assessment.open_orders
        if order.done and order.authored_at is not None and timedelta(0) <= as_of - order.authored_at <= recent
    ]


def open_orders(assessment: Assessment, written: Sequence[Written]) -> list[OpenOrder]:
    """Orders open in the record, without those that are being written now."""
    return list(_open(assessment, written))


def _open(assessment: Assessment, written: Sequence[Written]) -> Iterable[OpenOrder]:
    now = {one.reference for one in written if one.reference}
    return [order for order in assessment.open_orders if not order.done and order.source not in now]


def _still_called_for(draft: Written, assessment: Assessment) -> bool:
    """Whether the assessment proposes the order although it is open or was done, as a red flag may."""
    return draft.code in {order.code for order in assessment.orders}


def _stiff(leg: Leg) -> bool:
    return leg.abi is not None and leg.abi.category is AbiCategory.NONCOMPRESSIBLE


def _set(value: FactValue) -> frozenset[str]:
    return value if isinstance(value, frozenset) else frozenset()
