"""Everything known of one patient as named facts: the findings, and what the pressures come to. The rules of the evidence speak of these names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from service.clinical.assessment import AlternativeMatch, Differential, PatternMatch, RedFlag, Sex
from service.clinical.findings import Findings
from service.clinical.indices import AbiCategory, Arms, ExerciseResult, Indices, Leg
from service.clinical.measurements import Bound, Side
from service.clinical.vocabulary import VOCABULARY
from service.evidence.conditions import FactValue

NOT_MEASURED = "not-measured"
_PULSES = ("pulse-femoral", "pulse-popliteal", "pulse-dorsalis-pedis", "pulse-posterior-tibial")
_FOOT_PULSES = ("pulse-dorsalis-pedis", "pulse-posterior-tibial")
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
    "vascular-likelihood",
    "neurogenic-likelihood",
    "arm-difference-mmhg",
    *(f"{name}-{side}" for name in ("abi", "abi-category", "tbi", "toe-mmhg", "ankle-mmhg", "pad-status") for side in Side),
    *(f"alternative-{code}" for code in ALTERNATIVES),
)
"""Facts that are not findings."""

FACT_NAMES = frozenset(VOCABULARY) | frozenset(DERIVED)


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientFacts:
    """`values` by fact name; `sources` the input resources each rests on; `symptomatic` the legs that hurt, or may (both, when the side is not known)."""

    values: Mapping[str, FactValue]
    sources: Mapping[str, tuple[str, ...]]
    symptomatic: tuple[Side, ...]

    def sources_of(self, names: Iterable[str]) -> tuple[str, ...]:
        """The input resources behind some facts, each once, in a stable order."""
        found: dict[str, None] = {}
        for name in names:
            for source in self.sources.get(name, ()):
                found[source] = None
        return tuple(found)


def amputated_legs(findings: Findings) -> frozenset[Side]:
    return frozenset(side for side in Side if findings.value(f"leg-amputated-{side}") is True)


def gather_facts(findings: Findings, indices: Indices, *, age_years: int | None, sex: Sex | None) -> PatientFacts:
    """The facts of one patient before anything is weighed."""
    values: dict[str, FactValue] = {finding.code: finding.value for finding in findings}
    sources: dict[str, tuple[str, ...]] = {finding.code: finding.sources for finding in findings}
    if age_years is not None:
        values["age-years"] = Decimal(age_years)
    if sex is not None:
        values["sex"] = sex.value
    symptomatic = _symptomatic_legs(findings)
    _leg_symptoms(values, sources)
    _pulses(values, sources, symptomatic)
    for leg in indices.legs:
        _leg(leg, values, sources)
    _arms(indices.arms, values, sources)
    legs = [indices.leg(side) for side in symptomatic]
    measured = tuple(dict.fromkeys(source for leg in legs for source in _leg_sources(leg)))
    for name, words in (
        ("symptomatic-abi-category", [leg.abi.category.value if leg.abi else NOT_MEASURED for leg in legs]),
        ("symptomatic-tbi", [_tbi_word(leg) for leg in legs]),
        ("symptomatic-exercise", [_exercise_word(leg) for leg in legs]),
        ("symptomatic-pad-status", [leg.pad_status.value for leg in legs]),
        ("any-pad-status", [leg.pad_status.value for leg in indices.legs]),
    ):
        values[name] = frozenset(words)
        sources[name] = measured
    sources["any-pad-status"] = tuple(dict.fromkeys(source for leg in indices.legs for source in _leg_sources(leg)))
    return PatientFacts(values=values, sources=sources, symptomatic=symptomatic)


def with_conclusions(
    facts: PatientFacts,
    flags: Iterable[RedFlag],
    differential: Differential | None,
    alternatives: Iterable[AlternativeMatch] = (),
) -> PatientFacts:
    """The facts with the red flags raised, how likely each cause came out and which other patterns are met, for the rules that speak of them."""
    values = {**facts.values, "red-flags": frozenset(flag.code for flag in flags)}
    sources = dict(facts.sources)
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
    legs = (Side(told),) if isinstance(told, str) and told in set(Side) else tuple(Side)
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
    felt = [(f"{pulse}-{side}", values.get(f"{pulse}-{side}")) for side in symptomatic for pulse in _PULSES]
    known = [code for code, value in felt if value is not None]
    if any(value in ("diminished", "absent") for _, value in felt):
        values["symptomatic-pulses"] = "abnormal"
    elif all(values.get(f"{pulse}-{side}") == "present" for side in symptomatic for pulse in _FOOT_PULSES):
        values["symptomatic-pulses"] = "normal"
    else:
        return
    sources["symptomatic-pulses"] = tuple(dict.fromkeys(source for code in known for source in sources[code]))


def _arms(arms: Arms, values: dict[str, FactValue], sources: dict[str, tuple[str, ...]]) -> None:
    if arms.difference_mmhg is not None:
        values["arm-difference-mmhg"] = arms.difference_mmhg
        read = (arm.sources for arm in (arms.higher, arms.lower) if arm is not None)
        sources["arm-difference-mmhg"] = tuple(dict.fromkeys(source for of_arm in read for source in of_arm))


def _leg(leg: Leg, values: dict[str, FactValue], sources: dict[str, tuple[str, ...]]) -> None:
    found = _leg_sources(leg)

    def note(name: str, value: FactValue | None) -> None:
        if value is not None:
            values[f"{name}-{leg.side}"] = value
            sources[f"{name}-{leg.side}"] = found

    note("pad-status", leg.pad_status.value)
    if leg.abi:
        note("abi-category", leg.abi.category.value)
        note("abi", leg.abi.ratio.value if leg.abi.ratio.bound is Bound.EXACT else None)
    if leg.tbi:
        note("tbi", leg.tbi.ratio.value if leg.tbi.ratio.bound is Bound.EXACT else None)
    # A pressure known only as "below 30" is below 30; one known only as "above" says nothing about the threats, which are lower limits.
    if leg.toe and leg.toe.mmhg is not None and leg.toe.bound is not Bound.ABOVE:
        note("toe-mmhg", leg.toe.mmhg if leg.toe.bound is Bound.EXACT else leg.toe.mmhg - 1)
    stiff = leg.abi is not None and leg.abi.category is AbiCategory.NONCOMPRESSIBLE
    if leg.ankle and leg.ankle.mmhg is not None and leg.ankle.bound is not Bound.ABOVE and not stiff:
        note("ankle-mmhg", leg.ankle.mmhg if leg.ankle.bound is Bound.EXACT else leg.ankle.mmhg - 1)


def _leg_sources(leg: Leg) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for sources in (
        leg.abi.ratio.sources if leg.abi else (),
        leg.tbi.ratio.sources if leg.tbi else (),
        leg.exercise.sources if leg.exercise else (),
        leg.ankle.sources if leg.ankle else (),
        leg.toe.sources if leg.toe else (),
    ):
        found.update(dict.fromkeys(sources))
    return tuple(found)


def _tbi_word(leg: Leg) -> str:
    return NOT_MEASURED if leg.tbi is None else "abnormal" if leg.tbi.abnormal else "normal"


def _exercise_word(leg: Leg) -> str:
    if leg.exercise is None or leg.exercise.result is ExerciseResult.NOT_COMPUTABLE:
        return NOT_MEASURED
    return leg.exercise.result.value
