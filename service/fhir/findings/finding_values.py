"""From one value[x] of a form or an Observation to the value of a finding; what cannot be understood is said, and "not known" stays not known."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from service.clinical.data_issues import IssueCode
from service.clinical.findings import FindingValue
from service.clinical.vocabulary import VOCABULARY, Kind, Term
from service.fhir.elements import Json, codings, number, texts, value_key
from service.fhir.finding_measures import MEASURES, PRESSURES
from service.fhir.forms.questionnaire_items import OPTION_DISPLAYS
from service.fhir.mapping import DeploymentCodes, MappedFinding
from service.fhir.terminology.answers import NOT_KNOWN_SYSTEMS, answer_word
from service.fhir.units import ONE, pressure_unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """What one answer says. `value` None: nothing known. A `problem` with a value is a remark; without a value the answer was set aside."""

    value: FindingValue | None = None
    problem: IssueCode | None = None
    detail: str = ""


_TRUE, _FALSE = Understood(value=True), Understood(value=False)
_DAYS = re.compile(r"^(d|day|days)$")
_NUMBER = re.compile(r"^([<>]=?)?\s*(-?\d+(?:[.,]\d+)?)\s*([^\d\s].*)?$")

_POSITIVE = ("yes", "present", "positive", "audible")
_NEGATIVE = ("no", "absent", "negative", "none", "inaudible")
_NOT_KNOWN = "unknown"
_WORDS: Mapping[str, str] = {
    **dict.fromkeys(("yes", "y", "true"), "yes"),
    **dict.fromkeys(("no", "n", "false"), "no"),
    **dict.fromkeys(
        ("unknown", "not known", "don't know", "unsure", "not asked", "not assessed", "declined", "n/a", "?"), _NOT_KNOWN
    ),
}
_PULSE_WORDS: Mapping[str, str] = {
    **dict.fromkeys(("0", "0+", "not palpable", "non-palpable", "nonpalpable", "impalpable", "not felt"), "absent"),
    **dict.fromkeys(("1", "1+", "weak", "faint", "reduced", "diminished", "thready"), "diminished"),
    **dict.fromkeys(("2", "2+", "3", "3+", "4", "4+", "normal", "strong", "full", "bounding", "palpable"), "present"),
}


def understand(term: Term, element: Json, codes: DeploymentCodes) -> Understood:
    """The value that the value[x] of an answer, an Observation or a component gives to a term. No value[x] at all is "not known", without a remark."""
    key = value_key(element)
    if not key:
        return Understood()
    value = element[key]
    if term.kind is Kind.BOOLEAN and isinstance(value, bool) and key == "valueBoolean":
        return _TRUE if value else _FALSE
    match key:
        case "valueBoolean" if isinstance(value, bool):
            return _from_word(term, "yes" if value else "no", shown=str(value).lower())
        case "valueCoding":
            return _from_codes(term, {"coding": [value]}, codes)
        case "valueCodeableConcept" if isinstance(value, dict):
            return _from_codes(term, value, codes)
        case "valueInteger" | "valueDecimal":
            return _from_number(term, number(value), unit="", comparator="", shown=str(value))
        case "valueQuantity" if isinstance(value, dict):
            return _from_quantity(term, value)
        case "valueString" if isinstance(value, str):
            return _from_text(term, value)
    return _not_understood(term, f"a {key}")


def understand_mapped(mapped: MappedFinding, element: Json, codes: DeploymentCodes) -> Understood:
    """As `understand`, for a code of the deployment. Where the mapping fixes the value, the answer only says whether it holds."""
    term = VOCABULARY[mapped.code]
    if mapped.value is None:
        return understand(term, element, codes)
    holds = understand(replace(term, kind=Kind.BOOLEAN, options=()), element, codes)
    if holds.value is True:
        return replace(holds, value=mapped.value)
    if holds.value is False and isinstance(mapped.value, bool):
        return replace(holds, value=not mapped.value)
    # "No" to a question about one option says nothing of the others.
    return replace(holds, value=None)


def _from_word(term: Term, word: str, *, shown: str, assumed: bool = False) -> Understood:
    if word == _NOT_KNOWN:
        return Understood()
    value = _value(term, word)
    if value is None:
        return _not_understood(term, repr(shown))
    if assumed:
        return Understood(
            value=value,
            problem=IssueCode.ASSUMED,
            detail=f"{term.code}: the words {shown!r} were read as {_spoken(value)}. Send a code to be certain.",
        )
    return Understood(value=value)


def _value(term: Term, word: str) -> FindingValue | None:
    if term.kind is Kind.BOOLEAN:
        return True if word in _POSITIVE else False if word in _NEGATIVE else None
    if word in term.options:
        return frozenset({word}) if term.kind is Kind.CHOICES else word
    family = next((words for words in (_POSITIVE, _NEGATIVE) if word in words), ())
    return next((option for option in term.options if option in family), None)


def _from_codes(term: Term, concept: Json, codes: DeploymentCodes) -> Understood:
    """The first coding that is understood; words only where no coding is, and a display only where there is no code beside it."""
    for system, code in codings(concept):
        word = codes.answers.get((system, code)) or answer_word(system, code)
        if word is None and system in NOT_KNOWN_SYSTEMS:
            return Understood()
        if word is None and code in term.options:
            word = code
        if word is not None:
            return _from_word(term, word, shown=code)
    words = (
        [concept["text"]]
        if isinstance(concept.get("text"), str)
        else [code for _, code in codings(concept)] or list(texts(concept))
    )
    return _from_text(term, words[0]) if words else Understood()


def _from_quantity(term: Term, quantity: Json) -> Understood:
    shown = " ".join(str(quantity[key]) for key in ("comparator", "value", "unit") if key in quantity)
    unit = quantity.get("code") or quantity.get("unit") or ""
    if term.code in PRESSURES:
        read = pressure_unit(quantity)
        if read.problem:
            return Understood(
                problem=IssueCode.UNIT_NOT_UNDERSTOOD,
                detail=f"{term.code}: {read.problem}. Send the value in mm[Hg] or kPa.",
            )
        unit = "" if read.factor is None else "mm[Hg]" if read.factor == ONE else "kPa"
    return _from_number(
        term, number(quantity.get("value")), unit=str(unit), comparator=str(quantity.get("comparator", "")), shown=shown
    )


def _from_text(term: Term, text: str) -> Understood:
    plain = " ".join(text.lower().split())
    if not plain:
        return Understood()
    if term.kind in (Kind.DECIMAL, Kind.INTEGER) and plain not in _WORDS:
        parts = _NUMBER.match(plain)
        if parts is None:
            return _not_understood(term, repr(text))
        read = _from_number(term, Decimal(parts[2].replace(",", ".")), unit=parts[3] or "", comparator=parts[1] or "", shown=text)
        if read.problem is not None:
            return read
        return replace(
            read,
            problem=IssueCode.ASSUMED,
            detail=f"{term.code}: the words {text!r} were read as {read.value}. Send a number to be certain.",
        )
    words = {option: option for option in term.options} | {OPTION_DISPLAYS[option].lower(): option for option in term.options}
    if term.code.startswith("pulse-"):
        words = {**_PULSE_WORDS, **words}
    word = words.get(plain) or _WORDS.get(plain) or plain
    return _from_word(term, word, shown=text, assumed=True)


def _from_number(term: Term, value: Decimal | None, *, unit: str, comparator: str, shown: str) -> Understood:
    measure = MEASURES.get(term.code)
    if value is None:
        return _not_understood(term, repr(shown))
    if measure is None:
        # A pulse graded 0 to 4 is the one choice that comes as a number.
        return _from_text(term, format(value.normalize(), "f"))
    spelling = "".join(unit.lower().split())
    remark = ""
    if _DAYS.match(spelling) and term.code == "symptom-duration-weeks":
        value = value / 7
    elif spelling == "ml/min" and term.code == "egfr-ml-min-1.73m2":
        remark = f"the unit {unit} was taken as {measure.unit}"
    elif spelling and spelling not in measure.factors:
        return Understood(
            problem=IssueCode.UNIT_NOT_UNDERSTOOD,
            detail=f"{term.code}: the unit {unit!r} is not understood. Send the value in {measure.unit}, or in one of {', '.join(measure.factors)}.",
        )
    elif spelling:
        value = value * measure.factors[spelling]
    elif term.code in PRESSURES:
        remark = f"no unit was sent, so {shown} was taken as {measure.unit}"
    if not measure.low <= value <= measure.high or (term.kind is Kind.INTEGER and value != value.to_integral_value()):
        whole = "a whole number " if term.kind is Kind.INTEGER else ""
        return Understood(
            problem=IssueCode.VALUE_IMPLAUSIBLE,
            detail=f"{term.code}: {shown} is not {whole}from {measure.low} to {measure.high} {measure.unit}. Check the value and its unit.",
        )
    if comparator == "<":
        # A bound must not land on the safe side of a threshold: less than 30 is never read as 30.
        value = max(measure.low, value - 1)
    if comparator:
        remark = f"{shown} is a bound, taken as {value}"
    if remark:
        return Understood(
            value=value,
            problem=IssueCode.ASSUMED,
            detail=f"{term.code}: {remark}. Send the measured value with its unit to be certain.",
        )
    return Understood(value=value)


def _not_understood(term: Term, shown: str) -> Understood:
    match term.kind:
        case Kind.BOOLEAN:
            wanted = "yes or no"
        case Kind.CHOICE | Kind.CHOICES:
            wanted = "one of " + ", ".join(term.options)
        case _:
            measure = MEASURES[term.code]
            wanted = f"a number from {measure.low} to {measure.high} in {measure.unit}"
    return Understood(
        problem=IssueCode.VALUE_IMPLAUSIBLE,
        detail=f"{term.code}: {shown} is not an answer to this question. Answer with {wanted}, or map the code.",
    )


def _spoken(value: FindingValue) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(sorted(value)) if isinstance(value, frozenset) else str(value)
