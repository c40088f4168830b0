"""The result of an instrument in plain English, for the FHIR answer and for the page a person reads."""

from __future__ import annotations

from collections.abc import Iterable

from service.clinical.assessment import Basis, InstrumentResult
from service.clinical.measurements import Side
from service.evidence.instruments import Accuracy
from service.fhir import sentences
from service.fhir.answer_frame import LEG
from service.fhir.terminology.finding_names import FINDING_NAMES
from service.fhir.terminology.instruments import INSTRUMENT_RESULTS, INSTRUMENTS
from service.fhir.terminology.orders import ORDERS

_VERDICT = {True: "positive", False: "negative", None: "not decided"}


def lines(results: Iterable[InstrumentResult]) -> list[tuple[InstrumentResult, str]]:
    """Each result in one line, beside its result, with what it waits for; what is the same of both legs in one."""
    told: dict[tuple[str, str], list[InstrumentResult]] = {}
    for result in results:
        told.setdefault((result.code, reading(result)), []).append(result)
    return [
        (same[0], f"{_both_legs(code) if len(same) > 1 else title(code, same[0].side)}: {read}{_waits_for(same)}")
        for (code, read), same in told.items()
    ]


def _both_legs(code: str) -> str:
    return f"{INSTRUMENTS[code].display}, both legs"


def _waits_for(same: Iterable[InstrumentResult]) -> str:
    names = missing(code for result in same for code in result.missing)
    return f". Not known: {names}." if names else ""


def title(code: str, side: Side | None) -> str:
    """E.g. "San Diego Claudication Questionnaire, right leg"."""
    of_leg = f", {LEG[side]}" if side else ""
    return f"{INSTRUMENTS[code].display}{of_leg}"


def reading(result: InstrumentResult) -> str:
    """E.g. "6 to 15, not decided", "Fontaine stage IIa", "one of: ...": what is known of the result, half a sentence."""
    if result.possible:
        names = [INSTRUMENT_RESULTS[code].display for code in result.possible]
        return names[0] if result.decided else f"one of: {'; '.join(names)}"
    score = f"{result.lowest}" if result.decided else f"{result.lowest} to {result.highest}"
    return f"{score}, {_VERDICT[result.positive]}"


def missing(codes: Iterable[str]) -> str:
    """The names of what is not known, both sides of a finding named once."""
    names = (_name(code).removesuffix(", right").removesuffix(", left") for code in codes)
    return "; ".join(dict.fromkeys(names))


def accuracy(figures: Iterable[Accuracy], population: str) -> str:
    """One sentence; what was not seen in its primary source says so."""
    told = f"As published: {'; '.join(_figure(figure) for figure in figures)}"
    return f"{told}. In: {population}."


def source(basis: Basis, citation: str) -> str:
    doubt = sentences.certainty(basis)
    return f"Source{f' ({doubt})' if doubt else ''}: {citation}"


def _name(code: str) -> str:
    return ORDERS[code].concept.display if code in ORDERS else FINDING_NAMES.get(code, code)


def _figure(figure: Accuracy) -> str:
    estimate, unit = figure.estimate, f" {figure.unit}" if figure.unit else ""
    interval = f" ({estimate.low:g} to {estimate.high:g})" if estimate.published else ""
    doubt = ", to be confirmed" if figure.tag.to_be_confirmed else ""
    return f"{figure.measure} {estimate.value:g}{unit}{interval} at {figure.at}{doubt}"
