"""What to ask or measure next: for every datum not known, how much less uncertain its answer is expected to leave the differential.

The two causes are independent, so the uncertainty of the four joint states is the sum of both causes' entropies, and a datum's value is the
sum of what it is worth for each. How often an answer will be yes follows from the two likelihood ratios of its entry.
"""

from __future__ import annotations

from collections.abc import Sequence

from service.clinical.assessment import Effort, NextDatum
from service.clinical.differential import WeighedCause
from service.clinical.facts import PatientFacts
from service.clinical.probability import clamped, entropy_bits, probability
from service.evidence.likelihood_ratios import Ask, Entry, LogRatio, Model
from service.evidence.loader import Evidence

MOST = 3
AGE = NextDatum(code="age", effort=Effort.QUESTION, text="How old is the patient? (Patient.birthDate)", expected_bits=0.0)
LEG_PAIN = NextDatum(
    code="leg-pain-on-walking", effort=Effort.QUESTION, text="Is there pain or discomfort in a leg on walking?", expected_bits=0.0
)


def rank_next_data(causes: Sequence[WeighedCause], facts: PatientFacts, evidence: Evidence) -> tuple[NextDatum, ...]:
    """The three data that help most, the most useful first; age and leg pain come before all others when they are not known."""
    first = [datum for datum, known in ((LEG_PAIN, "leg-symptoms"), (AGE, "age-years")) if known not in facts.values]
    worth: dict[str, float] = {}
    asks: dict[str, Ask] = {}
    for weighed in causes:
        for code, bits in _worth(weighed, facts, evidence, asks).items():
            worth[code] = worth.get(code, 0.0) + bits
    ranked = sorted(worth, key=lambda code: (-round(worth[code], 9), code))
    data = [
        NextDatum(code=code, effort=Effort(asks[code].effort), text=asks[code].text, expected_bits=worth[code])
        for code in ranked
        if worth[code] > 0.0
    ]
    return tuple([*first, *data][:MOST])


def _worth(weighed: WeighedCause, facts: PatientFacts, evidence: Evidence, asks: dict[str, Ask]) -> dict[str, float]:
    """Expected bits by code to ask for, for one cause; of several entries that one answer decides, the best counts."""
    found: dict[str, float] = {}
    for entry in evidence.entries:
        ask = entry.ask
        if entry.cause != weighed.cause.name or ask is None or entry.id in weighed.met or ask.code in facts.values:
            continue
        if ask.when is not None and ask.when.holds(facts.values) is not True:
            continue
        bits = _expected_bits(entry, weighed, evidence.model)
        asks.setdefault(ask.code, ask)
        found[ask.code] = max(found.get(ask.code, 0.0), bits)
    return found


def _expected_bits(entry: Entry, weighed: WeighedCause, model: Model) -> float:
    now = weighed.cause.posttest.value
    share_of_yes = _share_of_yes(entry, now, model)
    after_yes = _posterior(entry, entry.present, weighed, model)
    after_no = _posterior(entry, entry.absent, weighed, model)
    return entropy_bits(now) - share_of_yes * entropy_bits(after_yes) - (1.0 - share_of_yes) * entropy_bits(after_no)


def _share_of_yes(entry: Entry, now: float, model: Model) -> float:
    """Chance of a yes: with LR+ and LR- the rates of yes with and without the cause follow; with one of them the rare answer is assumed rare."""
    if entry.absent is None:
        return model.assumed_share_of_yes
    if entry.present is None:
        return 1.0 - model.assumed_share_of_yes
    positive, negative = entry.present.estimate.value, entry.absent.estimate.value
    without = (1.0 - negative) / (positive - negative)
    return now * positive * without + (1.0 - now) * without


def _posterior(entry: Entry, ratio: LogRatio | None, weighed: WeighedCause, model: Model) -> float:
    """The probability once the answer is in, by the rules of the groups and the cap."""
    if ratio is None:
        return weighed.cause.posttest.value
    move = model.shrinkage[entry.part] * ratio.log_value
    standing = weighed.best.get((entry.part, entry.group), 0.0)
    change = move - standing if abs(move) > abs(standing) else 0.0
    clinical, pressures = weighed.clinical, weighed.pressures
    if entry.part == "haemodynamic":
        pressures += change
    else:
        clinical += change
    return probability(weighed.before_findings + clamped(clinical, limit=model.cap) + pressures)
