"""The order rules as rows: what each proposes, withholds, adds to the orders of others, or says."""

from __future__ import annotations

from service.evidence.condition_words import in_words
from service.evidence.reading import Tag
from service.evidence.recommendations import OrderRule, Recommendations
from service.evidence.report_rows import Row, Section, guideline_class


def orders_section(table: Recommendations) -> Section:
    """All rules of the table, in the order of the file."""
    return Section(
        id="orders",
        title="Order rules",
        about="Which findings call for which order, what is withheld, what an order carries with it, and what is said besides.",
        rows=tuple(_order(rule) for rule in table.rules),
    )


def _order(rule: OrderRule) -> Row:
    authority = [f"{rule.basis.guideline}."] if rule.basis.guideline else []
    authority += [guideline_class(rule.basis.class_of_recommendation, rule.basis.level_of_evidence), rule.note]
    return Row(
        id=rule.id,
        says=rule.reason,
        value=f"{_does(rule)} ({rule.priority}), when {in_words(rule.when)}",
        ci95="",
        population="",
        group=f"row {rule.row}",
        citation=rule.basis.citation,
        tag=Tag(rule.basis.tag),
        used_by=f"order {rule.order}" if rule.order else f"orders {_of(rule)}" if rule.cautions else "advice",
        note=" ".join(part for part in authority if part),
    )


def _does(rule: OrderRule) -> str:
    if rule.cautions:
        return f"adds a caution to {_of(rule)}"
    if not rule.order:
        return "says so"
    if rule.withhold:
        return f"withholds {rule.order}{', whoever calls for it' if rule.overrides else ''}"
    return f"proposes {rule.order}"


def _of(rule: OrderRule) -> str:
    return ", ".join(sorted(rule.cautions))
