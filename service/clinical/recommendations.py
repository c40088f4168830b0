"""Orders by the decision table: each once, the most urgent reason first; withheld ones are shown with why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from service.clinical.assessment import OpenOrder, Order, Priority, WithheldOrder
from service.clinical.data_issues import DataIssue, IssueCode
from service.clinical.facts import PatientFacts
from service.evidence.reading import Tag
from service.evidence.recommendations import OrderRule, Recommendations

_PRIORITIES = {priority.value: priority for priority in Priority}
_URGENCY = {priority: rank for rank, priority in enumerate(Priority)}


def recommend(
    facts: PatientFacts,
    flag_orders: Sequence[Order],
    table: Recommendations,
    open_orders: Sequence[OpenOrder],
    *,
    as_of: datetime,
) -> tuple[tuple[Order, ...], tuple[WithheldOrder, ...], tuple[str, ...], tuple[DataIssue, ...]]:
    """(orders, withheld orders, advice, issues about orders already open or done within the table's number of days)."""
    met = table.index.met(facts.values)
    overridden = frozenset([rule.order for rule in met if rule.overrides])
    called_for = [*flag_orders, *(_order(rule, facts) for rule in met if rule.order and not rule.withhold)]
    proposed = _each_once([order for order in called_for if order.code not in overridden])
    proposed = [_with_cautions(order, met, facts) for order in proposed]
    codes = {order.code for order in proposed}
    withheld = [
        WithheldOrder(code=rule.order, reason=rule.reason, basis=rule.basis)
        for rule in met
        if rule.withhold
        and rule.order not in codes
        and (not rule.overrides or rule.order in {order.code for order in called_for})
    ]
    orders: list[Order] = []
    issues: list[DataIssue] = []
    recent = timedelta(days=table.recent_days)
    for order in proposed:
        standing = _standing(order, open_orders, as_of=as_of, recent=recent)
        if standing is None:
            orders.append(order)
            continue
        detail = _already(order, standing, days=table.recent_days)
        issues.append(DataIssue(code=IssueCode.ORDER_ALREADY_OPEN, source=standing.source, detail=detail, used=True))
        if _cannot_wait(order, standing):
            orders.append(order)
        else:
            withheld.append(WithheldOrder(code=order.code, reason=detail, basis=order.basis))
    return (
        tuple(orders),
        tuple(withheld),
        tuple(_advice(rule) for rule in met if not rule.order and not rule.cautions),
        tuple(issues),
    )


def forbidden(facts: PatientFacts, table: Recommendations) -> frozenset[str]:
    """Orders that must not be carried out now, whoever calls for them."""
    return frozenset([rule.order for rule in table.overriding.met(facts.values)])


def _each_once(orders: Sequence[Order]) -> list[Order]:
    """One order a code: the most urgent stays, the reasons of the others are added to its own."""
    ranked = sorted(orders, key=lambda order: _URGENCY[order.priority])
    kept: dict[str, Order] = {}
    for order in ranked:
        earlier = kept.get(order.code)
        if earlier is None:
            kept[order.code] = order
        else:
            kept[order.code] = replace(
                earlier,
                side=earlier.side if earlier.side is order.side else None,
                reason=f"{earlier.reason} {order.reason}",
                sources=tuple(dict.fromkeys(earlier.sources + order.sources)),
            )
    return list(kept.values())


def _order(rule: OrderRule, facts: PatientFacts) -> Order:
    return Order(
        code=rule.order,
        side=None,
        priority=_PRIORITIES[rule.priority],
        reason=rule.reason,
        basis=rule.basis,
        sources=facts.sources_of(rule.facts),
    )


def _with_cautions(order: Order, met: Sequence[OrderRule], facts: PatientFacts) -> Order:
    """The order with what must be settled before it is carried out, whichever rule or red flag called for it."""
    for rule in met:
        if order.code in rule.cautions:
            sources = tuple(dict.fromkeys(order.sources + facts.sources_of(rule.facts)))
            order = replace(order, reason=f"{order.reason} {_advice(rule)}", sources=sources)
    return order


def _advice(rule: OrderRule) -> str:
    """Advice stands alone in the answer, so what is not sure of it is said in it."""
    return f"{rule.reason} (To be confirmed against the primary source.)" if Tag(rule.basis.tag).to_be_confirmed else rule.reason


def _standing(order: Order, open_orders: Sequence[OpenOrder], *, as_of: datetime, recent: timedelta) -> OpenOrder | None:
    for other in open_orders:
        if other.code == order.code and (
            not other.done or (other.authored_at is not None and timedelta(0) <= as_of - other.authored_at <= recent)
        ):
            return other
    return None


def _cannot_wait(order: Order, standing: OpenOrder) -> bool:
    """An order that waits its turn must not stand in for one of a red flag that cannot wait, nor an earlier result for an emergency."""
    if order.red_flag is None:
        return False
    return order.priority is Priority.STAT if standing.done else _URGENCY[order.priority] < _URGENCY[standing.priority]


def _already(order: Order, standing: OpenOrder, *, days: int) -> str:
    if standing.done:
        return f"{order.code}: done within the last {days} days ({standing.source}); look at that result first."
    if _cannot_wait(order, standing):
        return f"{order.code}: already ordered ({standing.source}, {standing.priority}), but a red flag makes it {order.priority}: raise the urgency of the open order."
    return f"{order.code}: already ordered ({standing.source}); not proposed again."
