"""The weighing of vascular against neurogenic claudication: two independent causes, four joint states, every step kept.

Model: log odds = prior + risk factors (shrunk, capped) + history and examination (one finding a group, shrunk, capped together) + pressures.
Each probability carries the range found by running the same sum at the unfavourable and the favourable ends of prior and intervals.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from service.clinical.assessment import Cause, Contribution, Diagnosis, Differential, Explanation, Interval, Likelihood, Setting
from service.clinical.contributions import Spread, contribution, counted_ids, met, risk_factors
from service.clinical.facts import PatientFacts
from service.clinical.probability import log_odds, probability
from service.evidence.likelihood_ratios import Model
from service.evidence.loader import Evidence
from service.evidence.priors import Prior, Priors

VASCULAR, NEUROGENIC = "vascular", "neurogenic"


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
    """The counted log odds by (part, group)."""
    met: frozenset[str]
    """Ids of the entries known to be present or absent."""


def weigh(
    facts: PatientFacts, evidence: Evidence, *, setting: Setting, pad_confirmed_where_it_hurts: bool
) -> tuple[WeighedCause, WeighedCause]:
    """Both causes, vascular first. Whether the result may be shown is for the caller: a prior alone is never an answer."""
    return (
        _cause(VASCULAR, facts, evidence, setting, floored=pad_confirmed_where_it_hurts),
        _cause(NEUROGENIC, facts, evidence, setting, floored=False),
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
    reached = (name for name, lower in model.bands if share > lower or (share == lower and name != Likelihood.HIGH))
    return Likelihood(next(reached, Likelihood.NEGLIGIBLE))


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


def _cause(name: str, facts: PatientFacts, evidence: Evidence, setting: Setting, *, floored: bool) -> WeighedCause:
    model = evidence.model
    age = facts.values.get("age-years")
    prior = prior_for(name, evidence.priors, setting=setting, age_years=None if age is None else int(str(age)))
    pretest = Spread(
        value=log_odds(prior.probability.value), low=log_odds(prior.probability.low), high=log_odds(prior.probability.high)
    )
    contributions: list[Contribution] = []
    risk = Spread()
    if name == VASCULAR:
        risk = risk_factors(facts, evidence.priors, setting, contributions).within(evidence.priors.cap)
    weights = [weight for entry in evidence.entries if entry.cause == name and (weight := met(entry, facts, model)) is not None]
    counted = counted_ids(weights)
    clinical, pressures = Spread(), Spread()
    best: dict[tuple[str, str], float] = {}
    for weight in weights:
        if weight.entry.id in counted:
            best[(weight.entry.part, weight.entry.group)] = weight.spread.value
            if weight.entry.part == "haemodynamic":
                pressures += weight.spread
            else:
                clinical += weight.spread
        contributions.append(
            contribution(weight, counted=weight.entry.id in counted, weights=weights, chosen=counted, model=model)
        )
    start = pretest + risk
    total = start + clinical.within(model.cap) + pressures
    post = Interval(value=probability(total.value), low=probability(total.low), high=probability(total.high))
    raised = floored and post.value < model.floor_when_confirmed
    if floored:
        floor = model.floor_when_confirmed
        post = Interval(value=max(post.value, floor), low=max(post.low, floor), high=max(post.high, floor))
    return WeighedCause(
        cause=Cause(
            name=name,
            pretest=Interval(value=probability(start.value), low=probability(start.low), high=probability(start.high)),
            posttest=post,
            likelihood=likelihood(post.value, model),
            contributions=tuple(contributions),
            capped=abs(clinical.value) > model.cap,
            floored=raised,
        ),
        before_findings=start.value,
        clinical=clinical.value,
        pressures=pressures.value,
        best=best,
        met=frozenset(weight.entry.id for weight in weights),
    )


def _complement(interval: Interval) -> Interval:
    return Interval(value=1.0 - interval.value, low=1.0 - interval.high, high=1.0 - interval.low)


def _both(one: Interval, other: Interval) -> Interval:
    return Interval(value=one.value * other.value, low=one.low * other.low, high=one.high * other.high)
