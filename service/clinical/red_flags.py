"""Red flags: read before anything is weighed, by the rules of the evidence. What is not known does not clear one."""

from __future__ import annotations

from collections.abc import Sequence

from service.clinical.assessment import Basis, Order, Priority, RedFlag
from service.clinical.facts import PatientFacts
from service.clinical.measurements import Side
from service.evidence.conditions import facts_named
from service.evidence.red_flags import RedFlagRule

_URGENCY = {priority: rank for rank, priority in enumerate(Priority)}


def raise_flags(
    facts: PatientFacts, rules: Sequence[RedFlagRule]
) -> tuple[tuple[RedFlag, ...], tuple[Order, ...], tuple[str, ...]]:
    """(flags, the orders that go with them, the red-flag questions nobody has answered), the most urgent first.

    One flag a condition and side: of two rules that raise the same the first of the file speaks, the orders of both are proposed.
    """
    raised = [rule for rule in rules if rule.when.holds(facts.values) is True]
    raised.sort(key=lambda rule: _URGENCY[Priority(rule.priority)])
    flags: dict[tuple[str, str | None], RedFlag] = {}
    orders: list[Order] = []
    for rule in raised:
        sources = facts.sources_of(name for name in facts_named(rule.when) if name in facts.values)
        basis = Basis(rule=rule.id, citation=rule.citation, tag=rule.tag.value, guideline=rule.guideline)
        side = Side(rule.side) if rule.side else None
        flags.setdefault(
            (rule.flag, rule.side),
            RedFlag(code=rule.flag, side=side, priority=Priority(rule.priority), text=rule.text, basis=basis, sources=sources),
        )
        for order in rule.orders:
            if order.when is None or order.when.holds(facts.values) is True:
                orders.append(
                    Order(
                        code=order.order,
                        side=side,
                        priority=Priority(rule.priority),
                        reason=order.reason,
                        basis=basis,
                        red_flag=rule.flag,
                        sources=sources,
                    )
                )
    not_asked = dict.fromkeys(code for rule in rules for code in rule.asks if code not in facts.values)
    return tuple(flags.values()), tuple(orders), tuple(not_asked)
