"""The sections of the evidence report on what is matched or scored: other explanations, and instruments with what they weigh."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from service.evidence.alternatives import Alternative, Feature
from service.evidence.condition_words import in_words
from service.evidence.instrument_parts import Item
from service.evidence.instrument_weights import InstrumentWeight
from service.evidence.instruments import TOTAL, Instrument
from service.evidence.report_rows import Row, Section, interval, number


def alternatives_section(alternatives: Iterable[Alternative]) -> Section:
    return Section(
        id="alternatives",
        title="Other explanations by pattern",
        about="Matched, partly matched or not, from what is known; they take no probability from the causes that are weighed.",
        rows=tuple(_alternative(one) for one in alternatives),
    )


def _alternative(one: Alternative) -> Row:
    return Row(
        id=one.code,
        says=f"pattern of {one.code}",
        value=f"essential: {_listed(one.essential)}; supporting: {_listed(one.supporting)}; against: {_listed(one.against)}",
        ci95="",
        population="",
        group="pattern",
        citation=one.citation,
        tag=one.tag,
        used_by=f"explanation {one.code}, and the rules on it",
        note=f"Partly matched from {one.partly_from}, matched from {one.matched_from} features.",
    )


def _listed(features: Iterable[Feature]) -> str:
    return ", ".join(feature.text for feature in features) or "none"


def instruments_section(instruments: Iterable[Instrument], weights: Iterable[InstrumentWeight]) -> Section:
    weighing = {weight.instrument.id: weight for weight in weights}
    return Section(
        id="instruments",
        title="Instruments",
        about="Published scores and classes, with the range that missing answers leave. A decided score counts instead of the findings it contains "
        "where it says more than they do together, never with them; classes change no probability.",
        rows=tuple(_instrument(one, weighing.get(one.id)) for one in instruments),
    )


def _weighs(weight: InstrumentWeight | None) -> str:
    if weight is None:
        return "changes no probability"
    told = ", ".join(
        f"{outcome.text}: likelihood ratio {number(outcome.ratio.value)} ({interval(outcome.ratio) or 'no interval known'})"
        for outcome in (weight.positive, weight.negative)
        if outcome
    )
    shrunk = f"shrunk as {weight.positive.place[0]}"
    return f"{weight.cause} cause, {told}, {shrunk}, instead of {', '.join(weight.positive.instead_of)} and their groups"


def _instrument(one: Instrument, weight: InstrumentWeight | None) -> Row:
    accuracy = "; ".join(
        f"{given.measure} at {given.at} {number(given.estimate.value)}{given.unit} ({interval(given.estimate) or 'no interval known'}; {given.tag})"
        for given in one.accuracy
    )
    return Row(
        id=f"{one.id}, {one.side}" if one.side else one.id,
        says=f"{one.kind}: {_scored(one)}",
        value=accuracy or "no published accuracy taken over",
        ci95="",
        population=one.population,
        group=one.kind,
        citation=one.citation,
        tag=one.tag,
        used_by=f"instrument {one.id}, where {in_words(one.applies)}; {_weighs(weight)}",
        note=one.remark,
    )


def _scored(one: Instrument) -> str:
    """A score as its items with their points and its cut-offs; a classification as its classes, the highest first."""
    if one.classes:
        return ", ".join(result.code for result in one.classes)
    return f"{'; '.join(_points(item) for item in one.items)}. Positive: {' or '.join(_cut_off(parts) for parts in one.cut_offs)}"


def _points(item: Item) -> str:
    part = f" ({item.part})" if item.part not in ("", TOTAL) else ""
    # The first option that holds counts, so the options of an item stand from the highest limit down: the text names the lowest first.
    return f"{item.text}{part} {' or '.join(f'{option.points:+d}' for option in reversed(item.options))}"


def _cut_off(parts: Mapping[str, int]) -> str:
    return " with ".join(f"{part} {least} or more" for part, least in parts.items())
