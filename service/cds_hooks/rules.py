"""The rules of the cards, read for one hook call: which fire, with which words and offers, and why each other one does not."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from service.cds_hooks import words
from service.cds_hooks.drafts import Written
from service.cds_hooks.hook_facts import call_facts, draft_facts
from service.cds_hooks.hooks import Hook
from service.cds_hooks.judgement import Fired, Judgement, RuleTrace, Suggested
from service.clinical.assessment import Assessment, Priority, RedFlag
from service.evidence.condition_facts import facts_lacking
from service.evidence.conditions import Facts
from service.evidence.hook_rules import About, Change, HookRule, filled
from service.evidence.loader import Evidence

FIRED, NOT_MET, NOT_KNOWN, NOT_JUDGED = "fired", "not-met", "not-known", "not-judged"

_PRIORITIES = {priority.value: priority for priority in Priority}
_URGENCY = {priority: rank for rank, priority in enumerate(Priority)}
_FLAG_OFFERS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """One reading of a rule: the facts and words of what it is read for."""

    facts: Facts
    said: Mapping[str, str]
    written: Written | None = None
    flags: tuple[RedFlag, ...] = ()


def judge(
    hook: Hook,
    assessment: Assessment,
    written: Sequence[Written],
    available: Collection[str],
    evidence: Evidence,
    *,
    as_of: datetime,
) -> Judgement:
    """Read every rule of `hook`. `available`: the prefetch keys whose part of the record is known, even if that is nothing.

    Red flags come first, then the most urgent; of one urgency the order of the file. Nothing here reads a clock or FHIR.
    """
    readings = _readings(assessment, written, as_of=as_of, recent_days=evidence.recommendations.recent_days)
    fired: list[Fired] = []
    trace: list[RuleTrace] = []
    for rule in evidence.hook_rules:
        if hook.value not in rule.hooks:
            continue
        if not rule.keys <= set(available):
            trace.append(RuleTrace(rule=rule.id, outcome=NOT_JUDGED, lacking=tuple(sorted(rule.keys - set(available)))))
            continue
        found, told = _read(rule, readings[rule.about], assessment)
        fired += found
        trace.append(told)
    fired.sort(key=lambda one: (not one.red_flag, _URGENCY[one.priority]))
    return Judgement(fired=tuple(fired), trace=tuple(trace))


def _readings(
    assessment: Assessment, written: Sequence[Written], *, as_of: datetime, recent_days: int
) -> Mapping[About, tuple[_Reading, ...]]:
    facts = call_facts(assessment, written, as_of=as_of, recent_days=recent_days)
    said = words.of_the_patient(facts, assessment, recent_days=recent_days)

    def of_draft(draft: Written) -> _Reading:
        known = draft_facts(facts, draft, assessment, written)
        told = words.of_a_draft(known, draft, assessment, written, as_of=as_of, recent_days=recent_days)
        return _Reading(facts=known, said={**said, **told}, written=draft)

    def of_problem(problem: Written) -> _Reading:
        return _Reading(
            facts={**facts, "problem-added": problem.code}, said={**said, **words.of_a_problem(problem)}, written=problem
        )

    def of_flag(flags: tuple[RedFlag, ...]) -> _Reading:
        return _Reading(facts={**facts, "flag": flags[0].code}, said={**said, **words.of_a_flag(flags)}, flags=flags)

    by_code: dict[str, list[RedFlag]] = {}
    for flag in assessment.red_flags:
        by_code.setdefault(flag.code, []).append(flag)
    problems = {one.code: one for one in reversed(written) if one.problem and one.judged}
    return {
        About.PATIENT: (_Reading(facts=facts, said=said),),
        About.DRAFT: tuple(of_draft(one) for one in written if one.judged and not one.problem),
        About.PROBLEM: tuple(of_problem(one) for one in problems.values()),
        About.RED_FLAG: tuple(of_flag(tuple(flags)) for flags in by_code.values()),
    }


def _read(rule: HookRule, readings: Sequence[_Reading], assessment: Assessment) -> tuple[list[Fired], RuleTrace]:
    fired = []
    lacking: dict[str, None] = {}
    undecided = False
    for reading in readings:
        holds = rule.when.holds(reading.facts)
        if holds:
            fired.append(_flagged(rule, reading, assessment) if reading.flags else _fired(rule, reading, assessment))
        elif holds is None:
            undecided = True
            lacking |= dict.fromkeys(facts_lacking(rule.when, reading.facts))
    if fired:
        return fired, RuleTrace(rule=rule.id, outcome=FIRED)
    return [], RuleTrace(rule=rule.id, outcome=NOT_KNOWN if undecided else NOT_MET, lacking=tuple(lacking))


def _fired(rule: HookRule, reading: _Reading, assessment: Assessment) -> Fired:
    return Fired(
        rule=rule.id,
        priority=_PRIORITIES[rule.priority],
        red_flag=False,
        summary=filled(rule.summary, reading.said),
        detail=filled(rule.detail, reading.said),
        basis=rule.basis,
        about="" if reading.written is None else reading.written.about,
        suggestions=tuple(_offered(rule, reading, assessment)),
    )


def _flagged(rule: HookRule, reading: _Reading, assessment: Assessment) -> Fired:
    """A card for a red flag: its words, urgency and source are those of the flag, its offers the orders that answer it."""
    first = reading.flags[0]
    orders = [order for order in assessment.orders if order.red_flag == first.code]
    return Fired(
        rule=f"{rule.id}-{first.code}",
        priority=first.priority,
        # A flag that can wait its turn is a finding like others: it may be set aside, and counts.
        red_flag=first.priority is not Priority.ROUTINE,
        summary=filled(rule.summary, reading.said),
        detail=filled(rule.detail, reading.said),
        basis=first.basis,
        suggestions=tuple(Suggested(order=order.code) for order in orders[:_FLAG_OFFERS]),
    )


def _offered(rule: HookRule, reading: _Reading, assessment: Assessment) -> Iterator[Suggested]:
    """What can be offered now: never what is withheld, open, done lately or being ordered already."""
    proposed = {order.code for order in assessment.orders}
    out_of_the_question = {order.code for order in assessment.withheld} | {
        code for name in ("open-orders", "recent-studies") for code in _codes(reading.facts, name) if code not in proposed
    }
    out_of_the_question |= _codes(reading.facts, "drafted-orders")
    draft = "" if reading.written is None else reading.written.reference
    replaced = False
    for offer in rule.offers:
        if offer.when is not None and not offer.when.met(reading.facts):
            continue
        if offer.change is Change.REMOVE:
            if draft:
                yield Suggested(instead_of=draft)
            continue
        if offer.order in out_of_the_question or not (offer.named or offer.order in proposed):
            continue
        if offer.change is Change.ADD:
            yield Suggested(order=offer.order)
        elif not replaced:
            replaced = True
            yield Suggested(order=offer.order, instead_of=draft)
    if not replaced and draft and any(offer.change is Change.REPLACE for offer in rule.offers):
        yield Suggested(instead_of=draft)


def _codes(facts: Facts, name: str) -> frozenset[str]:
    value = facts.get(name)
    return value if isinstance(value, frozenset) else frozenset()
