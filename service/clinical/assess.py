"""One patient assessed: indices, red flags, the weighing, orders and what to ask next, in that order. A pure function of its arguments."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from itertools import chain

from service.clinical.alternatives import match_alternatives
from service.clinical.assessment import Assessment, Cause, Differential, NextDatum, NotWeighed, OpenOrder, Setting, Sex
from service.clinical.contributions import AGE, RISK_FACTOR
from service.clinical.data_issues import DataIssue, IssueCode
from service.clinical.diagnoses import past_diagnoses, still_holding, with_diagnoses
from service.clinical.differential import differential, weigh
from service.clinical.facts import PatientFacts, amputated_great_toes, amputated_legs, gather_facts, with_conclusions
from service.clinical.findings import Findings
from service.clinical.foot_oxygen import oxygen_of_feet, with_oxygen, with_oxygen_days, without_amputated
from service.clinical.indices import Indices, Leg, PadReason, PadStatus
from service.clinical.instruments import apply_instruments
from service.clinical.limb_indices import compute_indices
from service.clinical.measurements import Measurements, Side
from service.clinical.next_data import rank_next_data
from service.clinical.old_answers import old_answers
from service.clinical.recommendations import forbidden, recommend
from service.clinical.red_flags import raise_flags
from service.clinical.sides import side_issues
from service.clinical.toe_age import with_toe_days
from service.evidence.loader import Evidence


def assess(
    measurements: Measurements,
    findings: Findings,
    evidence: Evidence,
    *,
    age_years: int | None,
    sex: Sex | None,
    setting: Setting,
    as_of: datetime,
    open_orders: Sequence[OpenOrder] = (),
) -> Assessment:
    """Assess one patient at `as_of`. Nothing here reads a clock, a file or FHIR."""
    table = evidence.recommendations
    findings, lapsed = still_holding(
        findings, measurements, as_of=as_of, lapse_days=table.lapse_days, onset_lapse_days=table.onset_lapse_days
    )
    gone = amputated_legs(findings)
    toes = amputated_great_toes(findings)
    findings, of_amputated = without_amputated(findings, gone)
    oxygen = oxygen_of_feet(findings)
    indices = _of_the_young(
        compute_indices(measurements, evidence.abi_categories, as_of=as_of, amputated_legs=gone, amputated_great_toes=toes),
        findings,
        age_years,
        below_years=evidence.abi_categories.exercise.young_athlete_below_years.value,
    )
    indices = with_oxygen(indices, oxygen, evidence.abi_categories.wifi)
    facts = with_diagnoses(gather_facts(findings, indices, age_years=age_years, sex=sex), findings, as_of=as_of)
    facts = with_toe_days(with_oxygen_days(facts, oxygen, as_of=as_of), findings, indices, as_of=as_of)
    flags, flag_orders, not_asked = raise_flags(facts, evidence.red_flag_index, evidence.red_flag_questions)
    confirmed = PadStatus.CONFIRMED in {indices.leg(side).pad_status for side in facts.symptomatic}
    instruments = apply_instruments(
        facts, flags, evidence.instruments, good_abi_from=evidence.abi_categories.abi.good_circulation_from.value
    )
    vascular, neurogenic = weigh(
        facts, evidence, setting=setting, pad_confirmed_where_it_hurts=confirmed, instruments=instruments
    )
    not_weighed = _not_weighed(facts, (vascular.cause, neurogenic.cause))
    weighed: Differential | None = None
    if not_weighed is None:
        weighed = differential(vascular.cause, neurogenic.cause, evidence.model, _notes(facts, indices))
    alternatives = match_alternatives(facts, evidence.alternatives)
    concluded = with_conclusions(facts, flags, weighed, alternatives, open_orders)
    orders, withheld, advice, order_issues = recommend(concluded, flag_orders, table, open_orders, as_of=as_of)
    unwanted = forbidden(concluded, table).union(order.code for order in withheld)
    next_data: tuple[NextDatum, ...] = ()
    if not_weighed is not NotWeighed.NO_LEG_SYMPTOMS:
        next_data = rank_next_data((vascular, neurogenic), facts, evidence, unwanted)
    return Assessment(
        setting=setting,
        age_years=age_years,
        sex=sex,
        indices=indices,
        red_flags=flags,
        red_flags_not_asked=not_asked,
        differential=weighed,
        not_weighed=not_weighed,
        orders=orders,
        withheld=withheld,
        next_data=next_data,
        advice=advice,
        issues=(
            *indices.issues,
            *lapsed,
            *of_amputated,
            *old_answers(findings, as_of=as_of, after_days=table.lapse_days),
            *past_diagnoses(facts, evidence.red_flags, flags),
            *_contradictions(facts),
            *side_issues(facts, indices),
            *order_issues,
        ),
        evidence_version=evidence.version,
        sources=_sources(facts, measurements, indices, open_orders),
        alternatives=alternatives,
        instruments=instruments,
        facts=concluded.values,
        fact_sources=concluded.sources,
        open_orders=tuple(open_orders),
    )


def _of_the_young(indices: Indices, findings: Findings, age_years: int | None, *, below_years: Decimal) -> Indices:
    """In a young athlete the exercise drop alone does not make PAD: entrapment and compartment syndrome are thought of first."""
    if age_years is None or age_years >= below_years or findings.value("runner-or-athlete") is not True:
        return indices

    def reread(leg: Leg) -> Leg:
        if leg.pad_reason is not PadReason.EXERCISE_CONCORDANT:
            return leg
        return replace(leg, pad_status=PadStatus.POSSIBLE, pad_reason=PadReason.EXERCISE_DROP_IN_YOUNG_ATHLETE)

    return replace(indices, right=reread(indices.right), left=reread(indices.left))


def _not_weighed(facts: PatientFacts, causes: Iterable[Cause]) -> NotWeighed | None:
    """Setting, risk factors and age make a pre-test probability, which is never sent out as a result."""
    symptoms = facts.values.get("leg-symptoms")
    if symptoms is None:
        return NotWeighed.SYMPTOMS_NOT_KNOWN
    if symptoms is False:
        return NotWeighed.NO_LEG_SYMPTOMS
    steps = chain.from_iterable(cause.contributions for cause in causes)
    tells_apart = any(step.counted and step.part != RISK_FACTOR and step.group != AGE for step in steps)
    return None if tells_apart else NotWeighed.NOTHING_TO_WEIGH


def _notes(facts: PatientFacts, indices: Indices) -> tuple[str, ...]:
    """What a reader of the weighing must know besides its numbers."""
    notes = []
    if "age-years" not in facts.values:
        notes.append("Age not known: weighed as 50 and over, with the range widened to both age groups.")
    if "symptom-side" not in facts.values:
        notes.append(
            "Which leg hurts was not recorded: an abnormal pressure in either leg was taken to be in the leg that hurts."
        )
    for side in Side:
        if side not in facts.symptomatic and indices.leg(side).pad_status is PadStatus.CONFIRMED:
            notes.append(
                f"Peripheral artery disease is confirmed in the {side} leg, which does not hurt: a finding of its own, not the explanation."
            )
    for side in facts.symptomatic:
        leg = indices.leg(side)
        if leg.pad_status is PadStatus.NOT_MEASURED and facts.values.get(f"leg-amputated-{side}") is not True:
            notes.append(f"The {side} leg, which hurts or may hurt, has no usable pressure.")
    return tuple(notes)


_EXCLUDE_EACH_OTHER = (
    ("relieved-by-standing-still", True, "provoked-by-standing-alone", True),
    ("relief-within-10-minutes", True, "slow-relief-after-stopping", True),
    ("no-pain-when-seated", True, "relieved-by-sitting", False),
    ("relieved-by-bending-forward", True, "induced-by-bending-forward", True),
    ("rest-pain-over-2-weeks", True, "rest-pain-foot", False),
    ("rest-pain-relieved-by-hanging-down", True, "rest-pain-foot", False),
)
"""Pairs of answers that cannot both be meant."""


def _contradictions(facts: PatientFacts) -> Iterable[DataIssue]:
    """A pain that was denied and yet described, and answers that exclude each other, are said, not resolved in silence."""
    for one, said, other, also in _EXCLUDE_EACH_OTHER:
        if facts.values.get(one) is said and facts.values.get(other) is also:
            yield DataIssue(
                code=IssueCode.CONFLICTING_ANSWERS,
                source=facts.sources[one][0],
                detail=f"{one} is {_yes_or_no(said)}, but {other} is {_yes_or_no(also)}: they do not go together. Both were used as answered. Ask again.",
                used=True,
            )
    if facts.values.get("leg-pain-on-walking") is False:
        for code in ("provoked-uphill-or-hurrying", "provoked-ordinary-pace-level"):
            if facts.values.get(code) is True:
                yield DataIssue(
                    code=IssueCode.CONFLICTING_ANSWERS,
                    source=facts.sources[code][0],
                    detail=f"{code} is yes, but leg-pain-on-walking is no; the pain was taken as denied. Ask again.",
                    used=True,
                )


def _yes_or_no(said: bool) -> str:
    return "yes" if said else "no"


def _sources(
    facts: PatientFacts, measurements: Measurements, indices: Indices, open_orders: Sequence[OpenOrder]
) -> tuple[str, ...]:
    """Every input resource that was used: those behind a fact, those whose pressures were looked at and not set aside, and the orders and studies on record."""
    set_aside = {issue.source for issue in indices.issues if not issue.used}
    measured = [one.source for one in measurements.pressures] + [one.source for one in measurements.reported]
    used = [source for source in measured if source not in set_aside]
    return tuple(dict.fromkeys(chain(*facts.sources.values(), used, [order.source for order in open_orders])))
