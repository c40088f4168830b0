"""What the page says of the weighing: the four states, the two causes, and every finding that was looked at, with what it moved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from math import exp

from service.clinical.assessment import Assessment, Cause, Contribution, Diagnosis, Explanation
from service.evidence.likelihood_ratios import Model
from service.fhir import sentences
from service.fhir.sentences import Percents
from service.fhir.terminology.own import DIAGNOSES
from service.web.pages.assessment.probability_drawing import before_and_after, state_bar, step_bar

REASONS = 3
_FINE = Decimal("0.0001")
_HUNDREDTH = Decimal("0.01")


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    code: str
    name: str
    likelihood: str
    share: Percents
    bar: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One finding. `log_odds` has the four decimals of the trace; `factor` is what the odds were multiplied by, "" when not counted."""

    entry: str
    text: str
    likelihood_ratio: Decimal
    low: Decimal
    high: Decimal
    group: str
    counted: bool
    why: str
    log_odds: Decimal
    factor: str
    bar: str
    anchor: str
    citation: str
    tag: str
    doubt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WeighedCause:
    name: str
    pretest: Percents
    posttest: Percents
    likelihood: str
    drawing: str
    held: tuple[str, ...]
    steps: tuple[Step, ...]
    reasons: tuple[Step, ...]
    """Those that moved it most, for the first look."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighing:
    states: tuple[State, ...]
    causes: tuple[WeighedCause, ...]
    leading: tuple[WeighedCause, ...]
    """The causes whose reasons are shown first: the one that leads, or both."""
    notes: tuple[str, ...]


def weighing(assessment: Assessment, model: Model, anchors: Mapping[str, str]) -> Weighing | None:
    """None where nothing was weighed. `anchors`: the place on the page of the evidence for each entry."""
    weighed = assessment.differential
    if weighed is None:
        return None
    edges = tuple(sorted(lower for _, lower in model.bands if lower > 0))
    causes = tuple(_cause(cause, model, edges, anchors) for cause in (weighed.vascular, weighed.neurogenic))
    alone = {Diagnosis.VASCULAR: causes[:1], Diagnosis.NEUROGENIC: causes[1:]}
    return Weighing(
        states=tuple(_state(state, edges) for state in weighed.explanations),
        causes=causes,
        leading=alone.get(weighed.explanations[0].diagnosis, causes),
        notes=weighed.notes,
    )


def _state(state: Explanation, edges: tuple[float, ...]) -> State:
    share = sentences.percents(state.probability)
    return State(
        code=state.diagnosis,
        name=DIAGNOSES[state.diagnosis].display,
        likelihood=sentences.likelihood(state.likelihood),
        share=share,
        bar=state_bar(share, edges),
    )


def _cause(cause: Cause, model: Model, edges: tuple[float, ...], anchors: Mapping[str, str]) -> WeighedCause:
    pretest, posttest = sentences.percents(cause.pretest), sentences.percents(cause.posttest)
    steps = tuple(_step(one, model, anchors) for one in cause.contributions)
    held = []
    if cause.capped:
        held.append("History and examination together were held at the cap: they often repeat each other.")
    if cause.floored:
        held.append("Never below moderate: artery disease is confirmed in a leg that hurts.")
    moving = sorted((one for one in steps if one.counted), key=lambda one: -abs(one.log_odds))
    return WeighedCause(
        name=cause.name,
        pretest=pretest,
        posttest=posttest,
        likelihood=sentences.likelihood(cause.likelihood),
        drawing=before_and_after(pretest, posttest, edges),
        held=tuple(held),
        steps=steps,
        reasons=tuple(moving[:REASONS]),
    )


def _step(one: Contribution, model: Model, anchors: Mapping[str, str]) -> Step:
    return Step(
        entry=one.entry,
        text=one.text,
        likelihood_ratio=_rounded(one.likelihood_ratio, _FINE),
        low=_rounded(one.low, _FINE),
        high=_rounded(one.high, _FINE),
        group=f"{one.part.replace('-', ' ')}: {one.group}",
        counted=one.counted,
        why=one.why,
        log_odds=_rounded(one.log_odds, _FINE),
        factor=f"{_rounded(exp(one.log_odds), _HUNDREDTH)}" if one.counted else "",
        bar=step_bar(one.log_odds, full=model.cap) if one.counted else "",
        anchor=anchors.get(one.entry, f"source-{one.basis.citation}"),
        citation=one.basis.citation,
        tag=one.basis.tag,
        doubt=sentences.certainty(one.basis),
    )


def _rounded(value: float, to: Decimal) -> Decimal:
    """Half up, and no minus before nothing."""
    return Decimal(value).quantize(to, ROUND_HALF_UP) + 0
