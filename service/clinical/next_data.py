"""What to ask or measure next: for every datum not known, how much less uncertain its answer is expected to leave the differential.

The two causes are independent, so the uncertainty of the four joint states is the sum of both causes' entropies, and a datum's value is the
sum of what it is worth for each. How often an answer will be yes follows from the two likelihood ratios of its entry.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from service.clinical.assessment import Effort, NextDatum
from service.clinical.differential import HAEMODYNAMIC, WeighedCause
from service.clinical.facts import PatientFacts
from service.clinical.probability import clamped, entropy_bits, probability
from service.evidence.likelihood_ratios import Ask, Model, Outcome
from service.evidence.loader import Evidence

MOST = 3
_EFFORTS = {effort.value: effort for effort in Effort}
AGE = NextDatum(code="age", effort=Effort.QUESTION, text="How old is the patient? (Patient.birthDate)", expected_bits=0.0)
LEG_PAIN = NextDatum(
    code="leg-pain-on-walking", effort=Effort.QUESTION, text="Is there pain or discomfort in a leg on walking?", expected_bits=0.0
)


def rank_next_data(
    causes: Sequence[WeighedCause], facts: PatientFacts, evidence: Evidence, unwanted: Collection[str] = ()
) -> tuple[NextDatum, ...]:
    """The three data that help most, the most useful first; age and leg pain come before all others when they are not known.

    `unwanted`: orders considered and not proposed, or forbidden now. They are not asked for either.
    """
    first = [datum for datum, known in ((LEG_PAIN, "leg-symptoms"), (AGE, "age-years")) if known not in facts.values]
    worth: dict[str, float] = {}
    asks: dict[str, Ask] = {}
    for weighed in causes:
        for code, bits in _worth(weighed, facts, evidence, asks).items():
            worth[code] = worth.get(code, 0.0) + bits
    useful = [code for code, bits in worth.items() if bits > 0.0 and code not in unwanted]
    useful.sort(key=lambda code: (-round(worth[code], 9), code))
    data = [
        NextDatum(code=code, effort=_EFFORTS[asks[code].effort], text=asks[code].text, expected_bits=worth[code])
        for code in useful[: MOST - len(first)]
    ]
    return (*first, *data)


def _worth(weighed: WeighedCause, facts: PatientFacts, evidence: Evidence, asks: dict[str, Ask]) -> dict[str, float]:
    """Expected bits by code to ask for, for one cause; of several entries that one answer decides, the best counts."""
    found: dict[str, float] = {}
    model, known = evidence.model, facts.values
    now = weighed.cause.posttest.value
    bits_now = entropy_bits(now)
    for entry in evidence.entries_of[weighed.cause.name]:
        ask = entry.ask
        if ask is None or ask.code in known or entry.id in weighed.met:
            continue
        if ask.when is not None and not ask.when.met(known):
            continue
        yes, no = entry.present, entry.absent
        share_of_yes = _share_of_yes(yes, no, now, model)
        bits_yes = bits_now if yes is None else entropy_bits(_posterior(yes, weighed, model))
        bits_no = bits_now if no is None else entropy_bits(_posterior(no, weighed, model))
        bits = bits_now - share_of_yes * bits_yes - (1.0 - share_of_yes) * bits_no
        asks.setdefault(ask.code, ask)
        found[ask.code] = max(found.get(ask.code, 0.0), bits)
    return found


def _share_of_yes(yes: Outcome | None, no: Outcome | None, now: float, model: Model) -> float:
    """Chance of a yes: with LR+ and LR- the rates of yes with and without the cause follow; with one of them the rare answer is assumed rare."""
    if no is None:
        return model.assumed_share_of_yes
    if yes is None:
        return 1.0 - model.assumed_share_of_yes
    positive, negative = yes.ratio.value, no.ratio.value
    without = (1.0 - negative) / (positive - negative)
    return now * positive * without + (1.0 - now) * without


def _posterior(answer: Outcome, weighed: WeighedCause, model: Model) -> float:
    """The probability once this answer is in, by the rules of the groups, the instrument that counts, and the cap."""
    move = answer.moves[0]
    standing = weighed.best.get(answer.place, 0.0)
    change = move - standing if abs(move) > abs(standing) else 0.0
    clinical, pressures = weighed.clinical, weighed.pressures
    instead = weighed.instead
    if answer.place[0] == HAEMODYNAMIC:
        pressures += change
    elif instead is not None and answer.place in instead.places:
        # The instrument goes on counting until the findings it stands for say as much.
        together = instead.together + change
        clinical += together - instead.move if abs(together) >= abs(instead.move) else 0.0
    else:
        clinical += change
    return probability(weighed.before_findings + clamped(clinical, limit=model.cap) + pressures)
