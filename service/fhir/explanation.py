"""The whole trace of one assessment as a Parameters resource: every step from the pre-test probability to the orders, for who wants to check it.

Shape (probabilities in percent, log odds in natural logarithms, `source` a resource of the input, `citation` a key of the citations at the end):

    evidenceVersion, setting, notWeighed (code, only where nothing was weighed)
    cause *         name, pretest, finding *, capped, floored, posttest, likelihood
        finding     entry, text, present, likelihoodRatio (value, low, high), part, group, shrinkage, counted, why, logOdds, citation, tag, source *
    state *         diagnosis, probability (value, low, high), likelihood
    redFlag *       code, side, priority, text, rule, citation, tag, source *
    redFlagNotAsked *   the finding that would clear a flag and was not asked for
    order *         code, side, priority, reason, redFlag, rule, citation, tag, source *
    withheld *      code, reason, rule, citation, tag
    nextDatum *     code, effort, text, expectedBits
    advice *
    citation *      key, text
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import ROUND_HALF_UP, Decimal

from service.clinical.assessment import (
    Assessment,
    Basis,
    Cause,
    Contribution,
    Explanation,
    Interval,
    NextDatum,
    Order,
    RedFlag,
    WithheldOrder,
)
from service.clinical.measurements import Side
from service.fhir import sentences
from service.fhir.answer_frame import Frame
from service.fhir.elements import Json

_FINE = Decimal("0.0001")


def explanation(assessment: Assessment, frame: Frame) -> Json:
    """The Parameters resource. It holds nothing that the assessment does not hold, and leaves out none of its steps."""
    return {
        "resourceType": "Parameters",
        "id": frame.id_of("explanation"),
        "parameter": [
            _text("evidenceVersion", frame.evidence_version),
            _code("setting", assessment.setting),
            *([_code("notWeighed", assessment.not_weighed)] if assessment.not_weighed else []),
            *_weighing(assessment),
            *(_red_flag(flag) for flag in assessment.red_flags),
            *(_code("redFlagNotAsked", code) for code in assessment.red_flags_not_asked),
            *(_order(order) for order in assessment.orders),
            *(_withheld(order) for order in assessment.withheld),
            *(_next_datum(datum) for datum in assessment.next_data),
            *(_text("advice", advice) for advice in assessment.advice),
            *(_parts("citation", _code("key", key), _text("text", frame.citations.get(key, key))) for key in _cited(assessment)),
        ],
    }


def _weighing(assessment: Assessment) -> Iterator[Json]:
    weighed = assessment.differential
    if weighed is not None:
        yield from (_cause(cause) for cause in (weighed.vascular, weighed.neurogenic))
        yield from (_state(state) for state in weighed.explanations)


def _cause(cause: Cause) -> Json:
    return _parts(
        "cause",
        _code("name", cause.name),
        _probability("pretest", cause.pretest),
        *(_finding(one) for one in cause.contributions),
        _flag("capped", cause.capped),
        _flag("floored", cause.floored),
        _probability("posttest", cause.posttest),
        _code("likelihood", cause.likelihood),
    )


def _finding(one: Contribution) -> Json:
    return _parts(
        "finding",
        _code("entry", one.entry),
        _text("text", one.text),
        _flag("present", one.present),
        _parts(
            "likelihoodRatio",
            _decimal("value", _fine(one.likelihood_ratio)),
            _decimal("low", _fine(one.low)),
            _decimal("high", _fine(one.high)),
        ),
        _code("part", one.part),
        _code("group", one.group),
        _decimal("shrinkage", _fine(one.shrinkage)),
        _flag("counted", one.counted),
        _text("why", one.why),
        _decimal("logOdds", _fine(one.log_odds)),
        *_authority(one.basis, rule=False),
        *_sources(one.sources),
    )


def _state(state: Explanation) -> Json:
    return _parts(
        "state",
        _code("diagnosis", state.diagnosis),
        _probability("probability", state.probability),
        _code("likelihood", state.likelihood),
    )


def _red_flag(flag: RedFlag) -> Json:
    return _parts(
        "redFlag",
        _code("code", flag.code),
        *_side(flag.side),
        _code("priority", flag.priority),
        _text("text", flag.text),
        *_authority(flag.basis),
        *_sources(flag.sources),
    )


def _order(order: Order) -> Json:
    return _parts(
        "order",
        _code("code", order.code),
        *_side(order.side),
        _code("priority", order.priority),
        _text("reason", order.reason),
        *([_code("redFlag", order.red_flag)] if order.red_flag else []),
        *_authority(order.basis),
        *_sources(order.sources),
    )


def _withheld(order: WithheldOrder) -> Json:
    return _parts("withheld", _code("code", order.code), _text("reason", order.reason), *_authority(order.basis))


def _next_datum(datum: NextDatum) -> Json:
    return _parts(
        "nextDatum",
        _code("code", datum.code),
        _code("effort", datum.effort),
        _text("text", datum.text),
        _decimal("expectedBits", _fine(datum.expected_bits)),
    )


def _cited(assessment: Assessment) -> Iterable[str]:
    """The keys of everything said, each once, sorted."""
    bases = [flag.basis for flag in assessment.red_flags]
    bases += [order.basis for order in assessment.orders]
    bases += [order.basis for order in assessment.withheld]
    weighed = assessment.differential
    if weighed is not None:
        bases += [one.basis for cause in (weighed.vascular, weighed.neurogenic) for one in cause.contributions]
    return sorted({basis.citation for basis in bases})


def _authority(basis: Basis, *, rule: bool = True) -> Iterator[Json]:
    if rule:
        yield _code("rule", basis.rule)
    yield _code("citation", basis.citation)
    yield _code("tag", basis.tag)


def _probability(name: str, interval: Interval) -> Json:
    return _parts(
        name,
        _decimal("value", sentences.percent(interval.value)),
        _decimal("low", sentences.percent(interval.low)),
        _decimal("high", sentences.percent(interval.high)),
    )


def _side(side: Side | None) -> Iterator[Json]:
    if side is not None:
        yield _code("side", side)


def _sources(sources: Iterable[str]) -> Iterator[Json]:
    return (_text("source", source) for source in sources)


def _parts(name: str, *parts: Json) -> Json:
    return {"name": name, "part": list(parts)}


def _code(name: str, code: str) -> Json:
    return {"name": name, "valueCode": str(code)}


def _text(name: str, text: str) -> Json:
    return {"name": name, "valueString": text}


def _flag(name: str, value: bool) -> Json:
    return {"name": name, "valueBoolean": value}


def _decimal(name: str, value: Decimal) -> Json:
    return {"name": name, "valueDecimal": value}


def _fine(value: float) -> Decimal:
    """Four decimals, and no minus before nothing."""
    return Decimal(value).quantize(_FINE, ROUND_HALF_UP) + 0
