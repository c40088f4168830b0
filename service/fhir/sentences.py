"""Reason codes in plain English, for the FHIR answer and for the page a person reads. Explanations are data until here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from service.clinical.assessment import (
    AlternativeMatch,
    Assessment,
    Basis,
    Cause,
    Contribution,
    Diagnosis,
    Interval,
    Likelihood,
    NotWeighed,
    Setting,
)
from service.clinical.data_issues import DataIssue, IssueCode
from service.clinical.indices import ExerciseResult, Leg, NotComputed, PadReason, PadStatus, Ratio
from service.clinical.measurements import Bound
from service.fhir.terminology.finding_names import FINDING_NAMES
from service.fhir.terminology.orders import ORDERS

UNCALIBRATED = "uncalibrated"

_PAD_STATUS: Mapping[PadStatus, str] = {
    PadStatus.CONFIRMED: "peripheral artery disease is confirmed",
    PadStatus.POSSIBLE: "peripheral artery disease is possible",
    PadStatus.NOT_SHOWN: "no peripheral artery disease shown",
    PadStatus.INDETERMINATE: "whether there is peripheral artery disease cannot be told",
    PadStatus.NOT_MEASURED: "not measured",
}
_PAD_REASON: Mapping[PadReason, str] = {
    PadReason.ABI_ABNORMAL: "the ankle-brachial index is abnormal",
    PadReason.TBI_ABNORMAL_BEHIND_STIFF_ARTERIES: "the ankle arteries do not compress and the toe-brachial index is abnormal",
    PadReason.EXERCISE_CONCORDANT: "both the index and the ankle pressure fall with exercise",
    PadReason.ABI_BORDERLINE: "the ankle-brachial index is borderline",
    PadReason.EXERCISE_DROP_IN_YOUNG_ATHLETE: "pressures fall with exercise, but in a young athlete entrapment and compartment syndrome come first",
    PadReason.EXERCISE_DISCORDANT: "the two criteria of the exercise test do not agree",
    PadReason.ONE_ARTERY_ABNORMAL: "one ankle artery is abnormal and the other does not compress",
    PadReason.TBI_ABNORMAL_BESIDE_NORMAL_ABI: "the toe-brachial index is abnormal beside an ankle-brachial index that is not",
    PadReason.TBI_ABNORMAL_WITHOUT_ABI: "the toe-brachial index is abnormal and there is no ankle-brachial index",
    PadReason.STIFF_WITHOUT_TOE: "the ankle arteries do not compress and there is no toe pressure",
    PadReason.STIFF_WITH_NORMAL_TBI: "the ankle arteries do not compress; the toe-brachial index is not abnormal",
    PadReason.ABI_NORMAL: "the ankle-brachial index is normal",
    PadReason.NO_PRESSURE: "there is no usable pressure",
}
_NOT_COMPUTED: Mapping[NotComputed, str] = {
    NotComputed.NO_ANKLE_PRESSURE: "no ankle pressure",
    NotComputed.NO_TOE_PRESSURE: "no toe pressure",
    NotComputed.NO_ARM_PRESSURE: "no arm pressure to divide by",
    NotComputed.ONLY_BOUND_KNOWN: "only a limit of the pressure is known, and it does not tell the class",
    NotComputed.LEG_AMPUTATED: "the leg is amputated",
}
_NOT_WEIGHED: Mapping[NotWeighed, str] = {
    NotWeighed.NO_LEG_SYMPTOMS: "There are no leg symptoms on walking to explain: nothing was weighed, and no probability is given.",
    NotWeighed.NOTHING_TO_WEIGH: "Leg pain on walking is known, and nothing that tells its causes apart: nothing was weighed, and no probability is given.",
    NotWeighed.SYMPTOMS_NOT_KNOWN: "Whether there are leg symptoms on walking is not known: nothing was weighed, and no probability is given.",
}
_EXERCISE: Mapping[ExerciseResult, str] = {
    ExerciseResult.CONCORDANT_POSITIVE: "positive by both criteria",
    ExerciseResult.DISCORDANT: "positive by one criterion only",
    ExerciseResult.NEGATIVE: "negative",
    ExerciseResult.NOT_COMPUTABLE: "not computable",
}
_LIKELIHOOD: Mapping[Likelihood, str] = {
    Likelihood.NEGLIGIBLE: "negligible",
    Likelihood.LOW: "low",
    Likelihood.MODERATE: "moderate",
    Likelihood.HIGH: "high",
}
_DIAGNOSIS: Mapping[Diagnosis, str] = {
    Diagnosis.VASCULAR: "vascular claudication",
    Diagnosis.NEUROGENIC: "neurogenic claudication",
    Diagnosis.MIXED: "vascular and neurogenic claudication together",
    Diagnosis.OTHER: "another cause",
}
_SETTING: Mapping[Setting, str] = {
    Setting.PRIMARY_CARE: "primary care",
    Setting.VASCULAR_CLINIC: "a vascular clinic",
    Setting.SPINE_CLINIC: "a spine clinic",
}
_TO_CONFIRM = frozenset({"F2", "K-M", "K-L"})
_RISK_FACTOR = "risk-factor"
_TENTH = Decimal("0.1")


def diagnosis(code: Diagnosis) -> str:
    return _DIAGNOSIS[code]


def likelihood(code: Likelihood) -> str:
    return _LIKELIHOOD[code]


def not_weighed(reason: NotWeighed) -> str:
    """A whole sentence."""
    return _NOT_WEIGHED[reason]


def not_computed(reason: NotComputed) -> str:
    """Half a sentence, for behind a colon."""
    return _NOT_COMPUTED[reason]


def exercise(result: ExerciseResult) -> str:
    return _EXERCISE[result]


def percent(probability: float) -> Decimal:
    """A probability 0-1 as a percentage with one decimal, half up."""
    return Decimal(str(probability * 100)).quantize(_TENTH, ROUND_HALF_UP)


class Percents(NamedTuple):
    """A probability and its range in percent."""

    value: Decimal
    low: Decimal
    high: Decimal


def percents(probability: Interval) -> Percents:
    return Percents(percent(probability.value), percent(probability.low), percent(probability.high))


def interval(shares: Percents) -> str:
    """E.g. "62.4 % (41.0 to 78.2 %, uncalibrated)"."""
    return f"{shares.value} % ({shares.low} to {shares.high} %, {UNCALIBRATED})"


def ratio(value: Ratio) -> str:
    """E.g. "0.62", "above 1.32", "does not compress"; "not known" for a ratio without a number."""
    if value.value is None:
        return "does not compress" if value.bound is Bound.ABOVE else "not known"
    return str(value.value) if value.bound is Bound.EXACT else f"{value.bound} {value.value}"


def pad_status(leg: Leg) -> str:
    """One sentence on one leg: status, criterion, and the values there are."""
    if leg.pad_status is PadStatus.NOT_MEASURED and leg.abi_missing is not None:
        return f"{leg.side.capitalize()} leg: not measured; {_NOT_COMPUTED[leg.abi_missing]}."
    values = [f"{name} {ratio(index.ratio)}" for name, index in (("ABI", leg.abi), ("TBI", leg.tbi)) if index is not None]
    shown = f" ({', '.join(values)})" if values else ""
    return f"{leg.side.capitalize()} leg: {_PAD_STATUS[leg.pad_status]}; {_PAD_REASON[leg.pad_reason]}{shown}."


def certainty(basis: Basis) -> str:
    """What to say of a basis that was not seen in its primary source; "" for one that was."""
    return "to be confirmed against the primary source" if basis.tag in _TO_CONFIRM else ""


def authority(basis: Basis, citation: str) -> str:
    """Rule, guideline, class of recommendation, level of evidence and source of an order or a red flag."""
    return f"{standing(basis)}. Source: {citation}"


def standing(basis: Basis) -> str:
    """The same without the source and without a full stop."""
    parts = [f"Rule {basis.rule}"]
    if basis.guideline:
        parts.append(basis.guideline)
    if basis.class_of_recommendation:
        parts.append(f"class of recommendation {basis.class_of_recommendation}")
    if basis.level_of_evidence:
        parts.append(f"level of evidence {basis.level_of_evidence}")
    doubt = certainty(basis)
    if doubt:
        parts.append(doubt)
    return "; ".join(parts)


def contribution(one: Contribution) -> str:
    """E.g. "pain in the calf (LR 3.3)"; what rests on no primary source says so."""
    doubt = certainty(one.basis)
    return f"{one.text} (LR {one.likelihood_ratio:.3g}{f', {doubt}' if doubt else ''})"


def result(cause: Cause) -> str:
    """E.g. "Vascular cause 62.4 % (41.0 to 78.2 %, uncalibrated)"; no full stop."""
    return f"{cause.name.capitalize()} cause {interval(percents(cause.posttest))}"


def pattern(one: AlternativeMatch) -> str:
    """Half a sentence on a pattern: what of it is there, what speaks against it, what nobody has recorded."""
    parts = [f"Pattern {one.match}: {', '.join(one.matched)}"]
    if one.against:
        parts.append(f"against it: {', '.join(one.against)}")
    if one.not_known:
        parts.append(f"not recorded: {', '.join(one.not_known)}")
    return "; ".join(parts)


def weighing(cause: Cause, setting: Setting) -> str:
    """How the probability of one cause came about, in one paragraph: result, start, what speaks for it, what against, limits reached."""
    counted = [one for one in cause.contributions if one.counted]
    findings = [one for one in counted if one.part != _RISK_FACTOR]
    sides = (
        ("risk factors", [one.text for one in counted if one.part == _RISK_FACTOR]),
        ("for it", [contribution(one) for one in findings if one.log_odds > 0]),
        ("against it", [contribution(one) for one in findings if one.log_odds < 0]),
    )
    said = [f"{name}: {', '.join(group)}" for name, group in sides if group]
    limits = []
    if cause.capped:
        limits.append("History and examination count no further than the limit set for them.")
    if cause.floored:
        limits.append("Peripheral artery disease is confirmed where it hurts, so this cause is never rated below moderate.")
    begin = f"{result(cause)}; before the findings {percent(cause.pretest.value)} % in {_SETTING[setting]}"
    return " ".join([f"{'; '.join([begin, *said])}.", *limits])


def warning_signs_not_asked(codes: Iterable[str]) -> str:
    """One sentence; a question nobody answered, or that a form answers with yes and with no, clears nothing."""
    named = "; ".join(FINDING_NAMES.get(code, code) for code in codes)
    return f"Warning signs nobody has recorded, or that one form answers in two ways, which are therefore not cleared: {named}."


def withheld(assessment: Assessment) -> list[str]:
    return [f"Considered and not proposed: {ORDERS[order.code].concept.display}. {order.reason}" for order in assessment.withheld]


def issue(one: DataIssue) -> str:
    """What an OperationOutcome says of one issue, with the resource it is about."""
    about = f" ({one.source})" if one.source and one.source not in one.detail else ""
    return f"{'Used' if one.used else 'Not used'}{about}: {one.detail}"


def issues(found: Iterable[DataIssue]) -> list[str]:
    """One sentence an issue; of resources that are none of ours one sentence for all, because a record may hold thousands."""
    listed = list(found)
    irrelevant = [one.source or one.expression for one in listed if one.code is IssueCode.NOT_RELEVANT]
    said = [issue(one) for one in listed if one.code is not IssueCode.NOT_RELEVANT]
    if irrelevant:
        said.append(f"Not used, because this assessment does not need them: {', '.join(irrelevant)}.")
    return said
