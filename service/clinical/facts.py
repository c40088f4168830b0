"""Everything known of one patient as named facts: the findings, and what the pressures come to. The rules of the evidence speak of these names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain

from service.clinical.assessment import AlternativeMatch, Differential, OpenOrder, PatternMatch, RedFlag, Sex
from service.clinical.findings import Findings
from service.clinical.indices import AbiCategory, Arms, ExerciseResult, Indices, Leg
from service.clinical.measurements import Bound, Side
from service.clinical.record_facts import RECORD_FACTS
from service.clinical.vocabulary import VOCABULARY
from service.evidence.conditions import FactValue

NOT_MEASURED = "not-measured"
LEG_AMPUTATED = "leg-amputated"
"""What stands for the pressures of a leg that is gone: they are neither measured nor to be measured."""
# Names with their side are made once, not for every patient.
_FOOT_PULSES = {side: (f"pulse-dorsalis-pedis-{side}", f"pulse-posterior-tibial-{side}") for side in Side}
_PULSES = {side: (f"pulse-femoral-{side}", f"pulse-popliteal-{side}", *_FOOT_PULSES[side]) for side in Side}
_LEG_AMPUTATED = {side: f"leg-amputated-{side}" for side in Side}
_GREAT_TOE_AMPUTATED = {side: f"great-toe-amputated-{side}" for side in Side}
_BOTH_LEGS = tuple(Side)
_ONE_LEG: Mapping[FactValue | None, tuple[Side, ...]] = {side.value: (side,) for side in Side}
_OF_A_LEG = ("abi", "abi-category", "tbi", "toe-mmhg", "ankle-mmhg", "pad-status", "wifi-ischaemia")
_LEG_FACTS = {side: {name: f"{name}-{side}" for name in _OF_A_LEG} for side in Side}
OXYGEN_DAYS: Mapping[Side, str] = {side: f"tcpo2-days-{side}" for side in Side}
"""By side the fact that counts whole days since the transcutaneous oxygen pressure of the foot; missing where it has no date."""
TOE_DAYS: Mapping[Side, str] = {side: f"toe-days-{side}" for side in Side}
"""By side the fact that counts whole days since the toe pressure; missing where it has no date."""
TOE_DAYS_BEFORE_THREAT: Mapping[Side, str] = {side: f"toe-days-before-threat-{side}" for side in Side}
"""By side the fact that counts by how many whole days toe pressure and toe-brachial index are older than what threatens the foot; missing where one has no date."""
_EXERTIONAL = ("provoked-uphill-or-hurrying", "provoked-ordinary-pace-level", "makes-stop-or-slow-down")

ALTERNATIVES = (
    "venous-claudication",
    "chronic-compartment-syndrome",
    "hip-osteoarthritis",
    "nerve-root-compression",
    "peripheral-neuropathy",
    "popliteal-artery-entrapment",
    "popliteal-cyst",
    "foot-ankle-arthritis",
)
"""Explanations weighed by pattern only; a fact `alternative-<code>` is "matched" or "partly" where its pattern is."""

DERIVED = (
    "age-years",
    "sex",
    "leg-symptoms",
    "symptomatic-pulses",
    "symptomatic-abi-category",
    "symptomatic-tbi",
    "symptomatic-exercise",
    "symptomatic-pad-status",
    "any-pad-status",
    "red-flags",
    "open-orders",
    "vascular-likelihood",
    "neurogenic-likelihood",
    "arm-difference-mmhg",
    *(f"alternative-{code}" for code in ALTERNATIVES),
    *(name for names in _LEG_FACTS.values() for name in names.values()),
    *OXYGEN_DAYS.values(),
    *TOE_DAYS.values(),
    *TOE_DAYS_BEFORE_THREAT.values(),
)
"""Facts that are not findings."""

FACT_NAMES = frozenset(VOCABULARY) | frozenset(DERIVED) | RECORD_FACTS


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientFacts:
    """`values` by fact name; `sources` the input resources each rests on; `symptomatic` the legs that hurt, or may (both, when the side is not known)."""

    values: Mapping[str, FactValue]
    sources: Mapping[str, tuple[str, ...]]
    symptomatic: tuple[Side, ...]

    def sources_of(self, names: Sequence[str]) -> tuple[str, ...]:
        """The input resources behind some facts, each once, in a stable order."""
        if len(names) == 1:
            return self.sources.get(names[0], ())
        return tuple(dict.fromkeys([source for name in names if name in self.sources for source in self.sources[name]]))


def amputated_legs(findings: Findings) -> frozenset[Side]:
    return frozenset([side for side, code in _LEG_AMPUTATED.items() if findings.value(code) is True])


def amputated_great_toes(findings: Findings) -> frozenset[Side]:
    return frozenset([side for side, code in _GREAT_TOE_AMPUTATED.items() if findings.value(code) is True])


def gather_facts(findings: Findings, indices: Indices, *, age_years: int | None, sex: Sex | None) -> PatientFacts:
    """The facts of one patient before anything is weighed."""
    values: dict[str, FactValue] = {}
    sources: dict[str, tuple[str, ...]] = {}
    for finding in findings:
        values[finding.code] = finding.value
        sources[finding.code] = finding.sources
    if age_years is not None:
        values["age-years"] = Decimal(age_years)
    if sex is not None:
        values["sex"] = sex.value
    symptomatic = _symptomatic_legs(findings)
    _leg_symptoms(values, sources)
    _pulses(values, sources, symptomatic)
    behind = {leg.side: _leg_sources(leg) for leg in indices.legs}
    for leg in indices.legs:
        known = _leg(leg)
        values.update(known)
        sources.update(dict.fromkeys(known, behind[leg.side]))
    _arms(indices.arms, values, sources)
    legs = [indices.leg(side) for side in symptomatic]
    gone = amputated_legs(findings)
    said = {
        "symptomatic-abi-category": frozenset([LEG_AMPUTATED if leg.side in gone else _abi_word(leg) for leg in legs]),
        "symptomatic-tbi": frozenset([LEG_AMPUTATED if leg.side in gone else _tbi_word(leg) for leg in legs]),
        "symptomatic-exercise": frozenset([LEG_AMPUTATED if leg.side in gone else _exercise_word(leg) for leg in legs]),
        "symptomatic-pad-status": frozenset([leg.pad_status.value for leg in legs]),
        "any-pad-status": frozenset([leg.pad_status.value for leg in indices.legs]),
    }
    values.update(said)
    sources.update(dict.fromkeys(said, tuple(dict.fromkeys(chain(*[behind[side] for side in symptomatic])))))
    sources["any-pad-status"] = tuple(dict.fromkeys(chain(*behind.values())))
    return PatientFacts(values=values, sources=sources, symptomatic=symptomatic)


def with_conclusions(
    facts: PatientFacts,
    flags: Iterable[RedFlag],
    differential: Differential | None,
    alternatives: Iterable[AlternativeMatch] = (),
    open_orders: Iterable[OpenOrder] = (),
) -> PatientFacts:
    """The facts with the red flags raised, how likely each cause came out, which other patterns are met and what is on order, for the rules that speak of them."""
    values = {**facts.values, "red-flags": frozenset(flag.code for flag in flags)}
    sources = dict(facts.sources)
    waiting = [order for order in open_orders if not order.done]
    if waiting:
        values["open-orders"] = frozenset(order.code for order in waiting)
        sources["open-orders"] = tuple(dict.fromkeys(order.source for order in waiting))
    for one in alternatives:
        if one.match is not PatternMatch.NOT_MATCHED:
            values[f"alternative-{one.code}"] = one.match.value
            sources[f"alternative-{one.code}"] = one.sources
    if differential is not None:
        values["vascular-likelihood"] = differential.vascular.likelihood.value
        values["neurogenic-likelihood"] = differential.neurogenic.likelihood.value
    return PatientFacts(values=values, sources=sources, symptomatic=facts.symptomatic)


def _symptomatic_legs(findings: Findings) -> tuple[Side, ...]:
    """The legs that hurt. Side not known: either may. An amputated leg is left out unless nothing would remain."""
    told = findings.value("symptom-side")
    legs = _ONE_LEG.get(told, _BOTH_LEGS)
    gone = amputated_legs(findings)
    return tuple(side for side in legs if side not in gone) or legs


def _leg_symptoms(values: dict[str, FactValue], sources: dict[str, tuple[str, ...]]) -> None:
    """Whether there are exertional leg symptoms: as asked, or else from an exertional detail that was affirmed."""
    if "leg-pain-on-walking" in values:
        values["leg-symptoms"] = values["leg-pain-on-walking"]
        sources["leg-symptoms"] = sources["leg-pain-on-walking"]
        return
    for code in _EXERTIONAL:
        if values.get(code) is True:
            values["leg-symptoms"] = True
            sources["leg-symptoms"] = sources[code]
            return


def _pulses(values: dict[str, FactValue], sources: dict[str, tuple[str, ...]], symptomatic: tuple[Side, ...]) -> None:
    """One abnormal pulse in a leg that hurts is abnormal; normal needs both foot pulses felt in every such leg."""
    codes = [code for side in symptomatic for code in _PULSES[side] if code in values]
    if any(values[code] in ("diminished", "absent") for code in codes):
        values["symptomatic-pulses"] = "abnormal"
    elif all(values.get(code) == "present" for side in symptomatic for code in _FOOT_PULSES[side]):
        values["symptomatic-pulses"] = "normal"
    else:
        return
    sources["symptomatic-pulses"] = tuple(dict.fromkeys(source for code in codes for source in sources[code]))


def _arms(arms: Arms, values: dict[str, FactValue], sources: dict[str, tuple[str, ...]]) -> None:
    if arms.difference_mmhg is not None:
        values["arm-difference-mmhg"] = arms.difference_mmhg
        read = (arm.sources for arm in (arms.higher, arms.lower) if arm is not None)
        sources["arm-difference-mmhg"] = tuple(dict.fromkeys(source for of_arm in read for source in of_arm))


def _leg(leg: Leg) -> dict[str, FactValue]:
    """What the pressures of one leg come to, by fact name."""
    names = _LEG_FACTS[leg.side]
    abi, tbi, toe, ankle = leg.abi, leg.tbi, leg.toe, leg.ankle
    known: dict[str, FactValue] = {names["pad-status"]: leg.pad_status.value}
    if leg.ischaemia is not None:
        known[names["wifi-ischaemia"]] = str(leg.ischaemia.grade)
    if abi is not None:
        known[names["abi-category"]] = abi.category.value
        if abi.ratio.value is not None and abi.ratio.bound is Bound.EXACT:
            known[names["abi"]] = abi.ratio.value
    if tbi is not None and tbi.ratio.value is not None and tbi.ratio.bound is Bound.EXACT:
        known[names["tbi"]] = tbi.ratio.value
    # A pressure known only as "below 30" is below 30; one known only as "above" says nothing about the threats, which are lower limits.
    if toe is not None and toe.mmhg is not None and toe.bound is not Bound.ABOVE:
        known[names["toe-mmhg"]] = toe.mmhg if toe.bound is Bound.EXACT else toe.mmhg - 1
    stiff = abi is not None and abi.category is AbiCategory.NONCOMPRESSIBLE
    if ankle is not None and ankle.mmhg is not None and ankle.bound is not Bound.ABOVE and not stiff:
        known[names["ankle-mmhg"]] = ankle.mmhg if ankle.bound is Bound.EXACT else ankle.mmhg - 1
    return known


def _leg_sources(leg: Leg) -> tuple[str, ...]:
    found: list[str] = []
    if leg.abi:
        found += leg.abi.ratio.sources
    if leg.tbi:
        found += leg.tbi.ratio.sources
    for one in (leg.exercise, leg.ankle, leg.toe, leg.oxygen):
        if one is not None:
            found += one.sources
    return tuple(dict.fromkeys(found))


def _abi_word(leg: Leg) -> str:
    return NOT_MEASURED if leg.abi is None else leg.abi.category.value


def _tbi_word(leg: Leg) -> str:
    return NOT_MEASURED if leg.tbi is None else "abnormal" if leg.tbi.abnormal else "normal"


def _exercise_word(leg: Leg) -> str:
    if leg.exercise is None or leg.exercise.result is ExerciseResult.NOT_COMPUTABLE:
        return NOT_MEASURED
    return leg.exercise.result.value
