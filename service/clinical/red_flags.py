"""Red flags: read before anything is weighed, by the rules of the evidence. What is not known does not clear one."""

from __future__ import annotations

import re
from collections.abc import Sequence

from service.clinical.assessment import Order, Priority, RedFlag
from service.clinical.facts import PatientFacts
from service.clinical.measurements import Side
from service.evidence.conditions import Facts
from service.evidence.red_flags import RedFlagRule
from service.evidence.rule_index import RuleIndex

_PRIORITIES = {priority.value: priority for priority in Priority}
_URGENCY = {code: rank for rank, code in enumerate(_PRIORITIES)}
_FACT_IN_WORDS = re.compile(r"\{([a-z-]+)\}")


def raise_flags(
    facts: PatientFacts, rules: RuleIndex[RedFlagRule], questions: Sequence[str]
) -> tuple[tuple[RedFlag, ...], tuple[Order, ...], tuple[str, ...]]:
    """(flags, the orders that go with them, those of the red-flag `questions` that nobody has answered), the most urgent first.

    One flag a condition and side: of two rules that raise the same the first of the file speaks, the orders of both are proposed.
    """
    values = facts.values
    raised = sorted(rules.met(values), key=lambda rule: _URGENCY[rule.priority])
    flags: dict[tuple[str, str | None], RedFlag] = {}
    orders: list[Order] = []
    for rule in raised:
        priority = _PRIORITIES[rule.priority]
        sources = facts.sources_of(rule.facts)
        side = Side(rule.side) if rule.side else None
        flags.setdefault(
            (rule.flag, rule.side),
            RedFlag(
                code=rule.flag, side=side, priority=priority, text=_said(rule.text, values), basis=rule.basis, sources=sources
            ),
        )
        for order in rule.orders:
            if order.when is None or order.when.met(values):
                orders.append(
                    Order(
                        code=order.order,
                        side=side,
                        priority=priority,
                        reason=order.reason,
                        basis=rule.basis,
                        red_flag=rule.flag,
                        sources=sources,
                    )
                )
    return tuple(flags.values()), tuple(orders), tuple([code for code in questions if code not in values])


def _said(text: str, values: Facts) -> str:
    """The text of a rule with the facts it names in braces, such as the date of a diagnosis."""
    return _FACT_IN_WORDS.sub(lambda named: str(values[named[1]]), text) if "{" in text else text
