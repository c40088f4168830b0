"""The rules of the cards as rows: in which hooks, when, in which words, and what each offers."""

from __future__ import annotations

from collections.abc import Sequence

from service.evidence.condition_words import in_words
from service.evidence.hook_rules import About, HookRule, Offer
from service.evidence.reading import Tag
from service.evidence.report_rows import Row, Section, guideline_class


def hooks_section(rules: Sequence[HookRule]) -> Section:
    """All rules, in the order of the file."""
    return Section(
        id="hook-rules",
        title="Rules of the cards",
        about="What a CDS Hooks card says, in which hook, and which change it offers. Nothing is changed unless someone accepts it.",
        rows=tuple(_rule(rule) for rule in rules),
    )


def _rule(rule: HookRule) -> Row:
    authority = [f"{rule.basis.guideline}."] if rule.basis.guideline else []
    authority += [guideline_class(rule.basis.class_of_recommendation, rule.basis.level_of_evidence)]
    authority += [f"Not judged unless the record was seen for: {', '.join(sorted(rule.keys))}."] if rule.keys else []
    urgency = "as urgent as the flag" if rule.about is About.RED_FLAG else rule.priority
    return Row(
        id=rule.id,
        says=f"{rule.summary} {rule.detail}",
        value=f"{urgency}, when {in_words(rule.when)}",
        ci95="",
        population="",
        group=", ".join(rule.hooks),
        citation=rule.basis.citation,
        tag=Tag(rule.basis.tag),
        used_by="; ".join(["card", *(_offer(offer) for offer in rule.offers)]),
        note=" ".join(part for part in (*authority, rule.note) if part),
    )


def _offer(offer: Offer) -> str:
    said = f"{offer.change} {offer.order}".strip()
    if offer.order and not offer.named:
        said += " where the assessment proposes it"
    return said if offer.when is None else f"{said}, when {in_words(offer.when)}"
