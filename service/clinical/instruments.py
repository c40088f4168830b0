"""Published instruments applied to one patient. An answer that is not known is no "no": the score keeps the range that both answers leave."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from service.clinical.assessment import InstrumentResult, RedFlag
from service.clinical.facts import PatientFacts
from service.clinical.indices import AbiCategory
from service.clinical.measurements import Side
from service.evidence.conditions import Facts, FactValue
from service.evidence.instrument_parts import Case, Item
from service.evidence.instruments import TOTAL, Instrument

_ANKLE_PRESSURE = "ankle-pressure-good-where-it-hurts"
INSTRUMENT_FACTS = (_ANKLE_PRESSURE, *(f"{name}-{side}" for name in ("walking-pain", "red-flags") for side in Side))
"""Facts that only the instruments speak of."""

# How to learn a fact that is not a finding.
_LEARNT_BY: Mapping[str, tuple[str, ...]] = {
    "age-years": ("age",),
    "leg-symptoms": ("leg-pain-on-walking",),
    _ANKLE_PRESSURE: ("resting-abi",),
    **{f"walking-pain-{side}": ("leg-pain-on-walking", "symptom-side") for side in Side},
    **{f"wifi-ischaemia-{side}": ("toe-brachial-index",) for side in Side},
}
_RESTS_ON: Mapping[str, tuple[str, ...]] = {
    _ANKLE_PRESSURE: ("symptomatic-abi-category", "symptom-side"),
    **{f"walking-pain-{side}": ("leg-symptoms", "symptom-side") for side in Side},
}

_SIDES: Mapping[str | None, Side | None] = {None: None, **{side.value: side for side in Side}}
Range = tuple[int, int]


def apply_instruments(
    facts: PatientFacts, flags: Iterable[RedFlag], instruments: Sequence[Instrument], *, good_abi_from: Decimal
) -> tuple[InstrumentResult, ...]:
    """Every instrument that applies and for which more is known than age, sex and whether it hurts, in the order of the evidence.

    `good_abi_from`: the ABI from which the LSS-DST takes the circulation for good.
    """
    known = _instrument_facts(facts, flags, good_abi_from)
    names = known.keys()
    return tuple(
        [
            (_score if instrument.items else _classify)(instrument, known, facts)
            for instrument in instruments
            if not names.isdisjoint(instrument.telling) and instrument.applies.met(known)
        ]
    )


def negative_without(instrument: Instrument, facts: PatientFacts, left_out: frozenset[str], *, good_abi_from: Decimal) -> bool:
    """Whether a score that came out negative would have been so without knowing these facts, whatever they might have been."""
    if left_out.isdisjoint(instrument.facts):
        return True
    known = {name: value for name, value in facts.values.items() if name not in left_out}
    good = _good_ankle_pressure(facts, good_abi_from)
    if good is not None:
        known[_ANKLE_PRESSURE] = good
    return _positive(instrument, [(item, item.points(known)) for item in instrument.items]) is False


def _instrument_facts(facts: PatientFacts, flags: Iterable[RedFlag], good_abi_from: Decimal) -> Facts:
    """The facts with those that only instruments speak of."""
    known: dict[str, FactValue] = dict(facts.values)
    raised = list(flags)
    pain, told = known.get("leg-symptoms"), known.get("symptom-side")
    for side in Side:
        codes = frozenset(flag.code for flag in raised if flag.side in (side, None))
        if codes:
            known[f"red-flags-{side}"] = codes
        elsewhere = told is not None and told not in (side.value, "both")
        if pain is False or elsewhere:
            known[f"walking-pain-{side}"] = False
        elif told is not None and pain is True:
            known[f"walking-pain-{side}"] = True
    good = _good_ankle_pressure(facts, good_abi_from)
    if good is not None:
        known[_ANKLE_PRESSURE] = good
    return known


def _good_ankle_pressure(facts: PatientFacts, limit: Decimal) -> bool | None:
    """Whether the ABI of every leg that hurts reaches the limit. One leg below decides; arteries that do not compress tell nothing."""
    legs = [_good_abi(facts.values, side, limit) for side in facts.symptomatic]
    if False in legs:
        return False
    return None if None in legs else True


def _good_abi(values: Facts, side: Side, limit: Decimal) -> bool | None:
    ratio, category = values.get(f"abi-{side}"), values.get(f"abi-category-{side}")
    if category is None or category == AbiCategory.NONCOMPRESSIBLE:
        return None
    if isinstance(ratio, Decimal):
        return ratio >= limit
    # Only a limit is known, and it told the class.
    return category != AbiCategory.ABNORMAL


def _score(instrument: Instrument, known: Facts, facts: PatientFacts) -> InstrumentResult:
    ranges = [(item, item.points(known)) for item in instrument.items]
    lowest, highest = _sum(ranges, TOTAL)
    return _result(
        instrument,
        facts,
        known,
        score=lowest if lowest == highest else None,
        lowest=lowest,
        highest=highest,
        positive=_positive(instrument, ranges),
        undecided=[option.case for item, (low, high) in ranges if low != high for option in item.options],
    )


def _sum(ranges: Iterable[tuple[Item, Range]], part: str) -> Range:
    lowest = highest = 0
    for item, (low, high) in ranges:
        if part in (item.part, TOTAL):
            lowest += low
            highest += high
    return lowest, highest


def _positive(instrument: Instrument, ranges: Sequence[tuple[Item, Range]]) -> bool | None:
    """True when one cut-off is reached whatever the answers still missing, False when none can be reached."""
    may_be = False
    for cut_off in instrument.cut_offs:
        surely = possibly = True
        for part, least in cut_off.items():
            lowest, highest = _sum(ranges, part)
            surely = surely and lowest >= least
            possibly = possibly and highest >= least
        if surely:
            return True
        may_be = may_be or possibly
    return None if may_be else False


def _classify(instrument: Instrument, known: Facts, facts: PatientFacts) -> InstrumentResult:
    *conditional, otherwise = instrument.classes
    possible = []
    undecided = []
    for one in conditional:
        held = one.case.holds(known)
        if held is not False:
            possible.append(one)
        if held:
            break
        if held is None:
            undecided.append(one.case)
    else:
        possible.append(otherwise)
    verdicts = {one.positive for one in possible}
    return _result(
        instrument,
        facts,
        known,
        result=possible[0].code if len(possible) == 1 else None,
        lowest=possible[-1].code,
        highest=possible[0].code,
        possible=tuple([one.code for one in possible]),
        positive=verdicts.pop() if len(verdicts) == 1 else None,
        undecided=undecided,
    )


def _result(
    instrument: Instrument,
    facts: PatientFacts,
    known: Facts,
    *,
    lowest: int | str,
    highest: int | str,
    positive: bool | None,
    undecided: Sequence[Case],
    score: int | None = None,
    result: str | None = None,
    possible: tuple[str, ...] = (),
) -> InstrumentResult:
    looked_at = [name for fact in instrument.facts if fact in known for name in _RESTS_ON.get(fact, (fact,))]
    return InstrumentResult(
        code=instrument.id,
        side=_SIDES[instrument.side],
        kind=instrument.kind,
        score=score,
        result=result,
        lowest=lowest,
        highest=highest,
        possible=possible,
        positive=positive,
        missing=_missing(undecided, known) if undecided else (),
        basis=instrument.basis,
        instrument=instrument,
        sources=facts.sources_of(looked_at),
    )


def _missing(undecided: Sequence[Case], known: Facts) -> tuple[str, ...]:
    """What to learn so that these cases are decided, in the order in which they ask for it."""
    unknown = dict.fromkeys([name for case in undecided for name in case.kept_open_by(known)])
    return tuple(dict.fromkeys([code for name in unknown for code in _LEARNT_BY.get(name, (name,)) if code not in known]))
