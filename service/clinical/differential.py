"""The weighing of vascular against neurogenic claudication: two independent causes, four joint states, every step kept.

Model: log odds = prior + risk factors (shrunk, capped) + history and examination (one finding a group, shrunk, capped together) + pressures.
Each probability carries the range found by running the same sum at the unfavourable and the favourable ends of prior and intervals.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from service.clinical.assessment import (
    Cause,
    Diagnosis,
    Differential,
    Explanation,
    InstrumentResult,
    Interval,
    Likelihood,
    Setting,
)
from service.clinical.contributions import contribution, outcomes, risk_factors, strongest, why
from service.clinical.facts import PatientFacts
from service.clinical.instrument_choice import NO_INSTRUMENT, InstrumentInstead, choose_instrument, verdicts_of
from service.clinical.probability import clamped, log_odds, probability
from service.evidence.likelihood_ratios import CAUSES, Estimate, Model, Spread
from service.evidence.loader import Evidence
from service.evidence.priors import Prior, Priors

VASCULAR, NEUROGENIC = CAUSES
HAEMODYNAMIC = "haemodynamic"
_LIKELIHOODS = {likelihood.value: likelihood for likelihood in Likelihood}


@dataclass(frozen=True, slots=True, kw_only=True)
class WeighedCause:
    """A cause with the sums that the search for the next most useful datum builds on."""

    cause: Cause
    before_findings: float
    """Log odds of prior and risk factors."""
    clinical: float
    """History and examination before the cap."""
    pressures: float
    best: dict[tuple[str, str], float]
    """The log odds of the strongest finding by (part, group), counted or with an instrument in its place."""
    instead: InstrumentInstead | None
    """The instrument that counts in the place of some of them."""
    met: frozenset[str]
    """Ids of the entries known to be present or absent."""


def weigh(
    facts: PatientFacts,
    evidence: Evidence,
    *,
    setting: Setting,
    pad_confirmed_where_it_hurts: bool,
    instruments: Iterable[InstrumentResult] = (),
) -> tuple[WeighedCause, WeighedCause]:
    """Both causes, vascular first. Whether the result may be shown is for the caller: a prior alone is never an answer.

    `instruments`: as scored for this patient; those that are decided may count instead of what they contain.
    """
    verdicts = verdicts_of(instruments)
    return (
        _cause(VASCULAR, facts, evidence, setting, verdicts, floored=pad_confirmed_where_it_hurts),
        _cause(NEUROGENIC, facts, evidence, setting, verdicts, floored=False),
    )


def differential(vascular: Cause, neurogenic: Cause, model: Model, notes: Iterable[str] = ()) -> Differential:
    """The four joint states of two independent causes, the most probable first."""
    v, n = vascular.posttest, neurogenic.posttest
    not_v, not_n = _complement(v), _complement(n)
    states = [
        (Diagnosis.VASCULAR, _both(v, not_n)),
        (Diagnosis.NEUROGENIC, _both(n, not_v)),
        (Diagnosis.MIXED, _both(v, n)),
        (Diagnosis.OTHER, _both(not_v, not_n)),
    ]
    states.sort(key=lambda state: -state[1].value)
    return Differential(
        vascular=vascular,
        neurogenic=neurogenic,
        explanations=tuple(
            Explanation(diagnosis=diagnosis, probability=interval, likelihood=likelihood(interval.value, model))
            for diagnosis, interval in states
        ),
        notes=tuple(notes),
    )


def likelihood(share: float, model: Model) -> Likelihood:
    """The band of a probability: negligible under 5 %, low under 20, moderate to 60, high above."""
    for name, lower in model.bands:
        if share > lower or (share == lower and name != Likelihood.HIGH):
            return _LIKELIHOODS[name]
    return Likelihood.NEGLIGIBLE


def prior_for(cause: str, priors: Priors, *, setting: Setting, age_years: int | None) -> Prior:
    """The prior of a cause. Age not known: that of 50 and over, its range widened to both age groups."""
    candidates = [prior for prior in priors.priors if prior.cause == cause and prior.setting == setting]
    if age_years is None and len(candidates) > 1:
        older = max(candidates, key=lambda prior: prior.age_from or 0)
        estimates = [prior.probability for prior in candidates]
        widened = replace(
            older.probability,
            low=min(estimate.low for estimate in estimates),
            high=max(estimate.high for estimate in estimates),
            published=False,
        )
        return replace(older, age_from=None, probability=widened)
    for prior in candidates:
        if age_years is None or ((prior.age_from or 0) <= age_years < (prior.age_below or 200)):
            return prior
    raise LookupError(f"no prior of {cause} in {setting} at age {age_years}")


def _cause(
    name: str, facts: PatientFacts, evidence: Evidence, setting: Setting, verdicts: Mapping[str, bool], *, floored: bool
) -> WeighedCause:
    model, priors = evidence.model, evidence.priors
    age = facts.values.get("age-years")
    prior = prior_for(name, priors, setting=setting, age_years=None if age is None else int(str(age)))
    contributions, risks = risk_factors(facts, priors, setting) if name == VASCULAR else ([], [])
    found = outcomes(evidence.entries_of[name], facts)
    counted = strongest(found)
    weights = evidence.weights_of[name]
    chosen = NO_INSTRUMENT
    if weights and verdicts:
        limit = evidence.abi_categories.abi.good_circulation_from.value
        chosen = choose_instrument(weights, verdicts, found, counted, facts, good_abi_from=limit)
    instead = chosen.instead
    clinical: list[Spread] = [instead.outcome.moves] if instead else []
    pressures: list[Spread] = []
    best: dict[tuple[str, str], float] = {}
    for outcome in found:
        counts = outcome in counted
        if counts:
            best[outcome.place] = outcome.moves[0]
            counts = instead is None or outcome.place not in instead.places
        if counts:
            (pressures if outcome.place[0] == HAEMODYNAMIC else clinical).append(outcome.moves)
        contributions.append(contribution(outcome, facts, counted=counts, why=why(outcome, counted, instead)))
    for outcome, reason in chosen.told:
        counts = instead is not None and outcome is instead.outcome
        contributions.append(contribution(outcome, facts, counted=counts, why=reason))
    start = _sum((_log_odds(prior.probability), _within(_sum(risks), priors.cap)))
    asked, measured = _sum(clinical), _sum(pressures)
    post = _probabilities(_sum((start, _within(asked, model.cap), measured)))
    raised = floored and post.value < model.floor_when_confirmed
    if floored:
        floor = model.floor_when_confirmed
        post = Interval(value=max(post.value, floor), low=max(post.low, floor), high=max(post.high, floor))
    return WeighedCause(
        cause=Cause(
            name=name,
            pretest=_probabilities(start),
            posttest=post,
            likelihood=likelihood(post.value, model),
            contributions=tuple(contributions),
            capped=abs(asked[0]) > model.cap,
            floored=raised,
        ),
        before_findings=start[0],
        clinical=asked[0],
        pressures=measured[0],
        best=best,
        instead=instead,
        met=frozenset(outcome.entry for outcome in found),
    )


def _log_odds(estimate: Estimate) -> Spread:
    return log_odds(estimate.value), log_odds(estimate.low), log_odds(estimate.high)


def _probabilities(odds: Spread) -> Interval:
    value, low, high = odds
    return Interval(value=probability(value), low=probability(low), high=probability(high))


def _sum(spreads: Iterable[Spread]) -> Spread:
    value = low = high = 0.0
    for moves in spreads:
        value += moves[0]
        low += moves[1]
        high += moves[2]
    return value, low, high


def _within(spread: Spread, limit: float) -> Spread:
    value, low, high = spread
    return clamped(value, limit=limit), clamped(low, limit=limit), clamped(high, limit=limit)


def _complement(interval: Interval) -> Interval:
    return Interval(value=1.0 - interval.value, low=1.0 - interval.high, high=1.0 - interval.low)


def _both(one: Interval, other: Interval) -> Interval:
    return Interval(value=one.value * other.value, low=one.low * other.low, high=one.high * other.high)
