"""Everything the reasoning takes from the literature as rows of one shape, for the page, the JSON, the Markdown and the terminal.

A further kind of evidence is one more function that gives a Section, and one more line in `report`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from service.evidence.citations import Citation
from service.evidence.condition_words import in_words
from service.evidence.likelihood_ratios import Entry
from service.evidence.loader import Evidence
from service.evidence.priors import Prior, RiskFactor
from service.evidence.reading import Tag
from service.evidence.recommendations import DAY_LIMITS
from service.evidence.red_flags import RedFlagRule
from service.evidence.report_hooks import hooks_section
from service.evidence.report_not_weighed import not_weighed_section
from service.evidence.report_orders import orders_section
from service.evidence.report_patterns import alternatives_section, instruments_section
from service.evidence.report_rows import Row, Section, interval, number
from service.evidence.report_thresholds import limits_section, thresholds_section

_OWN_DECISION = "engineering"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All sections, and the sources they cite."""

    version: str
    sections: tuple[Section, ...]
    citations: Mapping[str, Citation]


def report(evidence: Evidence) -> Report:
    """The whole evidence, every entry once, in the order of the files."""
    return Report(
        version=evidence.version,
        sections=(
            _likelihood_ratios(evidence),
            _priors(evidence),
            _risk_factors(evidence),
            _model(evidence),
            thresholds_section(evidence.abi_categories),
            limits_section(evidence.reading_limits),
            _red_flags(evidence),
            orders_section(evidence.recommendations),
            hooks_section(evidence.hook_rules),
            alternatives_section(evidence.alternatives),
            instruments_section(evidence.instruments, (one for of_cause in evidence.weights_of.values() for one in of_cause)),
            not_weighed_section(evidence.not_weighed),
        ),
        citations=evidence.citations,
    )


def _likelihood_ratios(evidence: Evidence) -> Section:
    return Section(
        id="likelihood-ratios",
        title="Likelihood ratios",
        about="How much a finding speaks for (over 1) or against (under 1) a cause. Of a group only the strongest counts.",
        rows=tuple(row for entry in evidence.entries for row in _entry(entry)),
    )


def _entry(entry: Entry) -> Iterable[Row]:
    for suffix, outcome in (("present", entry.present), ("absent", entry.absent)):
        if outcome is not None:
            yield Row(
                id=f"{entry.id}, {suffix}",
                says=outcome.text,
                value=number(outcome.ratio.value),
                ci95=interval(outcome.ratio),
                population=entry.population,
                group=": ".join(outcome.place),
                citation=entry.basis.citation,
                tag=Tag(entry.basis.tag),
                used_by=_entry_used_by(entry),
                note=entry.note,
            )


def _entry_used_by(entry: Entry) -> str:
    told = [f"{entry.cause} cause, from {', '.join(entry.facts)}"]
    if entry.instead_of:
        told.append(f"counts instead of {', '.join(entry.instead_of)}")
    if entry.ask is not None:
        told.append(f"asked for as {entry.ask.code}")
    return "; ".join(told)


def _priors(evidence: Evidence) -> Section:
    return Section(
        id="priors",
        title="Pre-test probabilities",
        about="How likely each cause is among people with leg symptoms on walking, before anything else is known.",
        rows=tuple(_prior(prior) for prior in evidence.priors.priors),
    )


def _prior(prior: Prior) -> Row:
    ages = [f"{prior.age_from} and over"] if prior.age_from is not None else []
    ages += [f"under {prior.age_below}"] if prior.age_below is not None else []
    age = " ".join(ages) or "any age"
    return Row(
        id=f"prior-{prior.cause}-{prior.setting}, {age}",
        says=f"probability of the {prior.cause} cause",
        value=number(prior.probability.value),
        ci95=f"{number(prior.probability.low)} to {number(prior.probability.high)} (range of this project)",
        population=f"{prior.setting}, {age}",
        group=prior.cause,
        citation=prior.citation,
        tag=prior.tag,
        used_by=f"{prior.cause} cause in {prior.setting}",
    )


def _risk_factors(evidence: Evidence) -> Section:
    return Section(
        id="risk-factors",
        title="Odds ratios of risk factors",
        about="They move the pre-test probability of the vascular cause, centred on what is usual in the setting.",
        rows=tuple(row for factor in evidence.priors.risk_factors for row in _risk_factor(factor)),
    )


def _risk_factor(factor: RiskFactor) -> Iterable[Row]:
    for level in factor.levels:
        usual = ", ".join(f"{setting} {number(share)}" for setting, share in sorted(level.prevalence.items()))
        yield Row(
            id=f"risk-{factor.finding}, {level.value}",
            says=f"{factor.text}: {level.value}",
            value=number(level.odds_ratio.value),
            ci95=interval(level.odds_ratio),
            population=factor.population,
            group=factor.finding,
            citation=factor.basis.citation,
            tag=Tag(factor.basis.tag),
            used_by="vascular cause, pre-test",
            note=" ".join(part for part in (factor.note, f"Centred on a prevalence of: {usual} [E].") if part),
        )


def _model(evidence: Evidence) -> Section:
    model, priors, days = evidence.model, evidence.priors, evidence.recommendations
    numbers: list[tuple[str, str, float]] = [
        (f"shrinkage-{part}", f"share of a log likelihood ratio that counts: {part}", share)
        for part, share in model.shrinkage.items()
    ]
    numbers += [
        ("cap", "the most that history and examination together move the log odds", model.cap),
        (
            "floor-when-confirmed",
            "least probability of the vascular cause, PAD confirmed where it hurts",
            model.floor_when_confirmed,
        ),
        ("assumed-share-of-yes", "share of yes assumed where only one ratio is known", model.assumed_share_of_yes),
        ("risk-shrinkage", "share of a risk factor's log odds ratio that counts", priors.shrinkage),
        ("risk-cap", "the most that all risk factors together move the log odds", priors.cap),
        ("recent-days", "a study done within so many days is not proposed again", float(days.recent_days)),
        (
            "lapse-days",
            "what a diagnosis or a laboratory said of its day is not known after so many days, and older answers are said to be old",
            float(days.lapse_days),
        ),
        ("onset-lapse-days", "an answer about the last two weeks is not known after so many days", float(days.onset_lapse_days)),
    ]
    numbers += [
        (f"band-{name}", f"a likelihood is called {name} from this probability upwards", low) for name, low in model.bands
    ]
    rows = (
        Row(
            id=name,
            says=text,
            value=number(value),
            ci95="",
            population="everybody",
            group="model",
            citation=_OWN_DECISION,
            tag=Tag.E,
            used_by="every weighing" if name not in DAY_LIMITS else "every order",
        )
        for name, text, value in numbers
    )
    return Section(id="model", title="Numbers of the model", about="How the statements above are put together.", rows=tuple(rows))


def _red_flags(evidence: Evidence) -> Section:
    return Section(
        id="red-flags",
        title="Red-flag rules",
        about="Read before anything is weighed. A finding that is not known clears nothing.",
        rows=tuple(_red_flag(rule) for rule in evidence.red_flags),
    )


def _red_flag(rule: RedFlagRule) -> Row:
    orders = dict.fromkeys(order.order for order in rule.orders)
    return Row(
        id=f"{rule.id}, {rule.side}" if rule.side else rule.id,
        says=rule.text,
        value=f"{rule.priority}, when {in_words(rule.when)}",
        ci95="",
        population="",
        group=rule.flag,
        citation=rule.basis.citation,
        tag=Tag(rule.basis.tag),
        used_by="; ".join(part for part in (f"red flag {rule.flag}", f"orders {', '.join(orders)}" if orders else "") if part),
        note=" ".join(part for part in (f"{rule.basis.guideline}." if rule.basis.guideline else "", rule.note) if part),
    )
