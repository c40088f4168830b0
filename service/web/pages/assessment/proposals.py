"""Red flags and orders as the assessment page shows them: what, for which leg, how soon, why and by which rule."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from service.clinical.assessment import Assessment, Basis, Order, RedFlag
from service.clinical.measurements import Side
from service.fhir import sentences
from service.fhir.terminology.orders import ORDERS


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """An order, proposed or withheld, or a red flag. `anchor`: its rule on the page of the evidence."""

    code: str
    name: str
    side: str
    priority: str
    text: str
    standing: str
    anchor: str
    citation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """`lead`: the beginning of its text, up to the first stop."""

    raised: Proposed
    lead: str
    rest: str
    orders: tuple[str, ...]


def proposed_orders(assessment: Assessment, anchors: Mapping[str, str]) -> tuple[Proposed, ...]:
    """In the order of the answer. `anchors`: the place on the page of the evidence for each entry and rule."""
    return tuple(_order(order, anchors) for order in assessment.orders)


def withheld_orders(assessment: Assessment, anchors: Mapping[str, str]) -> tuple[Proposed, ...]:
    """What was considered and not proposed, with why."""
    return tuple(
        _proposed(order.code, None, "", order.reason, order.basis, anchors, name=_order_name(order.code))
        for order in assessment.withheld
    )


def raised_flags(assessment: Assessment, anchors: Mapping[str, str]) -> tuple[Flag, ...]:
    """The red flags, each with the orders that are there because of it."""
    return tuple(_raised(flag, assessment, anchors) for flag in assessment.red_flags)


def _order_name(code: str) -> str:
    return ORDERS[code].concept.display


def _orders_of(flag: RedFlag, assessment: Assessment) -> Iterator[str]:
    for order in assessment.orders:
        if order.red_flag == flag.code and order.side in (flag.side, None):
            yield _order_name(order.code)


def _order(order: Order, anchors: Mapping[str, str]) -> Proposed:
    return _proposed(order.code, order.side, order.priority, order.reason, order.basis, anchors, name=_order_name(order.code))


def _raised(flag: RedFlag, assessment: Assessment, anchors: Mapping[str, str]) -> Flag:
    lead = re.split(r"(?<=[:.])\s", flag.text, maxsplit=1)[0]
    return Flag(
        raised=_flag(flag, anchors),
        lead=lead,
        rest=flag.text.removeprefix(lead).strip(),
        orders=tuple(_orders_of(flag, assessment)),
    )


def _flag(flag: RedFlag, anchors: Mapping[str, str]) -> Proposed:
    return _proposed(
        flag.code, flag.side, flag.priority, flag.text, flag.basis, anchors, name=flag.code.replace("-", " ").capitalize()
    )


def _proposed(
    code: str, side: Side | None, priority: str, text: str, basis: Basis, anchors: Mapping[str, str], *, name: str
) -> Proposed:
    return Proposed(
        code=code,
        name=name,
        side=side.value if side else "",
        priority=priority,
        text=text,
        standing=sentences.standing(basis),
        anchor=anchors.get(basis.rule, f"source-{basis.citation}"),
        citation=basis.citation,
    )
