"""Compares what a story expects with what it gets. What `expected.json` names must hold; a key not known here is an error, not a comment.

The words of the format are those of README.md beside this file.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from service.clinical.assessment import Assessment
from service.clinical.measurements import Side
from service.evidence.loader import Evidence
from tests.examples import reading_answers as answer_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One answer, as the caller gets it, the assessment it was made from, and the evidence behind both."""

    answer: dict[str, Any]
    assessment: Assessment
    evidence: Evidence


Complaints = Iterator[str]


def complaints(expected: Mapping[str, Any], told: Told) -> list[str]:
    """Every expectation that does not hold, with what came instead."""
    unknown = expected.keys() - SETTINGS - COMPARED.keys()
    if unknown:
        return [f"expected.json names what nothing compares: {sorted(unknown)}"]
    return [complaint for key, compare in COMPARED.items() if key in expected for complaint in compare(expected[key], told)]


def instruments(assessment: Assessment) -> dict[str, int | str | None]:
    """Score or class by instrument, those of one leg with their side at the end; None while answers are missing."""
    return {
        f"{one.code}-{one.side}" if one.side else one.code: one.score if one.score is not None else one.result
        for one in assessment.instruments
    }


def rules_spoken(told: Told) -> set[str]:
    """Ids of the rules whose reason stands in the answer: with an order, as a caution on one, with one withheld, as advice, or behind a red flag."""
    assessment = told.assessment
    spoken = {flag.basis.rule for flag in assessment.red_flags}
    proposed = {order.code: order.reason for order in assessment.orders}
    withheld = {(order.code, order.basis.rule) for order in assessment.withheld}
    for rule in told.evidence.recommendations.rules:
        if rule.withhold:
            said = (rule.order, rule.basis.rule) in withheld
        elif rule.cautions:
            said = any(rule.reason in proposed.get(order, "") for order in rule.cautions)
        elif rule.order:
            said = rule.reason in proposed.get(rule.order, "")
        else:
            said = any(sentence.startswith(rule.reason) for sentence in assessment.advice)
        if said:
            spoken.add(rule.basis.rule)
    return spoken


def _legs(want: Mapping[str, Mapping[str, Any]], told: Told) -> Complaints:
    published = answer_of.legs(told.answer)
    for side, leg in want.items():
        known = told.assessment.indices.leg(Side(side))
        # The status of a leg without symptoms and without pressures is not worth an Observation.
        got = {**published[side], "padStatus": str(known.pad_status), "padReason": str(known.pad_reason)}
        assert published[side]["padStatus"] in (None, got["padStatus"])
        unknown = leg.keys() - got.keys()
        if unknown:
            yield f"legs.{side}: {sorted(unknown)} is not compared"
        for key in leg.keys() & got.keys():
            if got[key] != leg[key]:
                yield f"legs.{side}.{key}: {got[key]} instead of {leg[key]}"


def _leading(want: str | None, told: Told) -> Complaints:
    got = answer_of.leading(told.answer)
    if got != want:
        yield f"leading: {got} instead of {want}"


def _bands(want: Mapping[str, str | list[str]], told: Told) -> Complaints:
    weighed = told.assessment.differential
    got = {cause.name: str(cause.likelihood) for cause in (weighed.vascular, weighed.neurogenic)} if weighed else {}
    for cause, allowed in want.items():
        if got.get(cause) not in ([allowed] if isinstance(allowed, str) else allowed):
            yield f"bands.{cause}: {got.get(cause)} instead of {allowed}"


def _red_flags(want: list[dict[str, Any]], told: Told) -> Complaints:
    got = [{"flag": one.code, "side": one.side, "priority": one.priority} for one in told.assessment.red_flags]
    if got != want:
        yield f"redFlags: {json.dumps(got)} instead of {json.dumps(want)}"
    if answer_of.red_flags(told.answer) != [one["flag"] for one in want]:
        yield f"redFlags as published: {answer_of.red_flags(told.answer)}"


def _orders(want: Mapping[str, str], told: Told) -> Complaints:
    got = _ordered(told)
    for order, urgency in want.items():
        if got.get(order) != urgency:
            yield f"orders.{order}: {got.get(order)} instead of {urgency}"


def _orders_exactly(want: Mapping[str, str], told: Told) -> Complaints:
    yield from _orders(want, told)
    beside = sorted(_ordered(told).keys() - want.keys())
    if beside:
        yield f"ordersExactly: {beside} beside what was expected"


def _ordered(told: Told) -> dict[str, str]:
    published = answer_of.orders(told.answer)
    sides = {order.code: order.side for order in told.assessment.orders}
    return {
        str(code): f"{priority}, {sides[str(code)]}" if sides[str(code)] else priority for code, priority in published.items()
    }


def _orders_not(want: list[str], told: Told) -> Complaints:
    wrongly = sorted(answer_of.orders(told.answer).keys() & set(want))
    if wrongly:
        yield f"ordersNot: {wrongly}"


def _withheld(want: Mapping[str, str], told: Told) -> Complaints:
    reasons: dict[str, str] = {}
    for one in told.assessment.withheld:
        reasons[one.code] = f"{reasons.get(one.code, '')} {one.reason}"
    for order, words in want.items():
        if words not in reasons.get(order, ""):
            yield f"withheld.{order}: {reasons.get(order)!r} does not say {words!r}"


def _advice(want: list[str], told: Told) -> Complaints:
    notes = told.assessment.differential.notes if told.assessment.differential else ()
    for words in want:
        if not any(words in sentence for sentence in (*told.assessment.advice, *notes)):
            yield f"advice: nothing says {words!r}"


def _advice_not(want: list[str], told: Told) -> Complaints:
    for words in want:
        if any(words in sentence for sentence in told.assessment.advice):
            yield f"adviceNot: something says {words!r}"


def _rules(want: list[str], told: Told) -> Complaints:
    silent = sorted(set(want) - rules_spoken(told))
    if silent:
        yield f"rules: {silent} did not speak"


def _alternatives(want: Mapping[str, str], told: Told) -> Complaints:
    got = {one.code: str(one.match) for one in told.assessment.alternatives}
    for code, match in want.items():
        if got.get(code) != match:
            yield f"alternatives.{code}: {got.get(code)} instead of {match}"


def _instruments(want: Mapping[str, int | str | None], told: Told) -> Complaints:
    got = instruments(told.assessment)
    for code, result in want.items():
        if code not in got or got[code] != result:
            yield f"instruments.{code}: {got.get(code, 'not given')} instead of {result}"


def _issues(want: list[str], told: Told) -> Complaints:
    missing = sorted(set(want) - set(answer_of.issues(told.answer)))
    if missing:
        yield f"issues: {missing} not among {sorted(set(map(str, answer_of.issues(told.answer))))}"


def _issues_not(want: list[str], told: Told) -> Complaints:
    wrongly = sorted(set(want) & set(map(str, answer_of.issues(told.answer))))
    if wrongly:
        yield f"issuesNot: {wrongly}"


def _first_asked(want: list[str], told: Told) -> Complaints:
    got = [datum.code for datum in told.assessment.next_data]
    if got[: len(want)] != want:
        yield f"firstAsked: {got} does not begin with {want}"


def _guidance(want: str, told: Told) -> Complaints:
    got = answer_of.guidance(told.answer)["status"]
    if got != want:
        yield f"guidance: {got} instead of {want}"


def _not_asked(want: list[str], told: Told) -> Complaints:
    missing = sorted(set(want) - set(told.assessment.red_flags_not_asked))
    if missing:
        yield f"redFlagsNotAsked: {missing} is not listed as not asked"


SETTINGS = frozenset({"asOf", "setting"})
"""What the patient is assessed with."""

COMPARED: Mapping[str, Callable[[Any, Told], Complaints]] = {
    "legs": _legs,
    "leading": _leading,
    "bands": _bands,
    "redFlags": _red_flags,
    "redFlagsNotAsked": _not_asked,
    "orders": _orders,
    "ordersExactly": _orders_exactly,
    "ordersNot": _orders_not,
    "withheld": _withheld,
    "advice": _advice,
    "adviceNot": _advice_not,
    "rules": _rules,
    "alternatives": _alternatives,
    "instruments": _instruments,
    "issues": _issues,
    "issuesNot": _issues_not,
    "firstAsked": _first_asked,
    "guidance": _guidance,
}
