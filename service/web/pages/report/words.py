"""What the report says, as plain data: the values of the page, each number written as the page writes it, every text printable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from service import __version__
from service.evidence.intended_use import INTENDED_USE
from service.fhir.sentences import Percents
from service.web.pages.assessment.band_marks import Band, mark
from service.web.pages.assessment.proposals import Proposed
from service.web.pages.assessment.values import LegWords, Page, Scale
from service.web.pages.assessment.weighing import Step, WeighedCause, Weighing
from service.web.pages.report.characters import breakable
from service.web.pages.report.drawing import drawing_alone
from service.web.pages.svg import node, written

TITLE = "Claudication assessment"
_LONGEST_RECORD = 72
# One sheet has no room for all that can be wrong with a Bundle; the answer has.
_REMARKS = 12
_LONGEST_REMARK = 300
_NAMES = {"ABI": "Ankle-brachial index", "TBI": "Toe-brachial index"}


class Paper(StrEnum):
    A4 = "a4"
    LETTER = "letter"


_TYPST_PAPER: Mapping[Paper, str] = {Paper.A4: "a4", Paper.LETTER: "us-letter"}


def report_words(values: Page, *, as_of: datetime, patient_reference: str, paper: Paper) -> dict[str, Any]:
    """Everything the template puts in its place. The title, which is seen where files are listed, says nothing of the patient."""
    made = as_of.astimezone(UTC)
    weighed = values.weighing
    said = {
        "title": TITLE,
        "heading": TITLE,
        "intended_use": INTENDED_USE,
        "made_by": f"Claudication CDS {__version__}, evidence {values.evidence_version}. Made for {values.as_of}.",
        "patient": values.patient,
        "record": _record(patient_reference),
        "setting": values.setting,
        "as_of": values.as_of,
        "flags": [
            {
                "priority": flag.raised.priority,
                "lead": flag.lead,
                "rest": flag.rest,
                "orders": list(flag.orders),
                "standing": flag.raised.standing,
            }
            for flag in values.flags
        ],
        "not_asked": list(values.not_asked),
        "legs": [_leg(leg) for leg in values.legs],
        "pain": "pain" in values.figure,
        "not_weighed": values.not_weighed,
        **_weighed(weighed),
        "orders": [_order(order) for order in values.orders],
        "next_data": [{"text": text, "effort": effort} for _, text, effort in values.next_data],
        "taken": "; ".join(dict.fromkeys(reading.taken_at for reading in values.readings)),
        "advice": list(values.advice),
        "issues": _remarks(values.issues),
    }
    return {
        **_printed(said),
        "paper": _TYPST_PAPER[paper],
        "made": {name: getattr(made, name) for name in ("year", "month", "day", "hour", "minute", "second")},
        "marks": {band: drawing_alone(_mark(band))[0] for band in Band},
        "figure": _pictured(values.figure),
        "scales": [_scale(scale) for scale in values.scales],
    }


def _record(patient_reference: str) -> str:
    """Which record it is about, so that a sheet that goes astray can be brought home. No name: the service reads none."""
    if not patient_reference:
        return ""
    return f"Record {_shortened(patient_reference, _LONGEST_RECORD)}"


def _remarks(issues: Sequence[str]) -> list[str]:
    told = [_shortened(issue, _LONGEST_REMARK) for issue in issues[:_REMARKS]]
    more = len(issues) - len(told)
    return [*told, f"And {more} more, which the FHIR answer names."] if more > 0 else told


def _shortened(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _leg(leg: LegWords) -> dict[str, Any]:
    return {
        "side": leg.side.capitalize(),
        "status": leg.status,
        "shape": leg.shape,
        "band": leg.band,
        "abi": leg.abi or "not measured",
        "tbi": leg.tbi or "not measured",
        "exercise": leg.exercise or "no exercise test",
        "ischaemia": leg.ischaemia.removeprefix("WIfI ischaemia ") or "not known",
        "ischaemia_grade": leg.ischaemia_grade,
        "sentence": leg.sentence,
        "notes": list(leg.notes),
    }


def _weighed(weighed: Weighing | None) -> dict[str, Any]:
    if weighed is None:
        return {"headline": "", "states": [], "leading": [], "causes": [], "notes": []}
    first = weighed.states[0]
    reasons = 3 if len(weighed.leading) == 1 else 2
    return {
        "headline": f"{first.name}: {first.likelihood}",
        "states": [
            {
                "name": state.name,
                "likelihood": state.likelihood,
                "value": str(state.share.value),
                "low": str(state.share.low),
                "high": str(state.share.high),
                "bar": drawing_alone(state.bar)[0],
            }
            for state in weighed.states
        ],
        "leading": [
            {"name": cause.name, "reasons": [_reason(step) for step in cause.reasons[:reasons]]} for cause in weighed.leading
        ],
        "causes": [_cause(cause) for cause in weighed.causes],
        "notes": list(weighed.notes),
    }


def _reason(step: Step) -> dict[str, str]:
    return {
        "direction": "for" if step.log_odds > 0 else "against",
        "text": step.text,
        "ratio": f"{float(step.likelihood_ratio):.3g}",
    }


def _cause(cause: WeighedCause) -> dict[str, Any]:
    return {
        "heading": f"{cause.name.capitalize()} cause: {cause.likelihood}",
        "before": _share(cause.pretest),
        "after": _share(cause.posttest),
        "drawing": drawing_alone(cause.drawing)[0],
        "held": list(cause.held),
    }


def _share(share: Percents) -> str:
    return f"{share.value} % ({share.low} to {share.high} %)"


def _order(order: Proposed) -> dict[str, str]:
    name = f"{order.name}, {order.side}" if order.side else order.name
    return {"name": name, "priority": order.priority, "text": order.text, "standing": order.standing}


def _scale(scale: Scale) -> dict[str, Any]:
    return {
        "name": _NAMES[scale.name],
        "drawing": _pictured(scale.drawing),
        "legend": [{"band": band, "limits": limits} for band, limits in scale.legend],
    }


def _pictured(drawing: str) -> dict[str, str]:
    svg, words = drawing_alone(drawing)
    return {"svg": svg, "words": words}


def _mark(band: Band) -> str:
    return written(node("svg", mark(band, 0, 0, 14), viewBox="-8 -8 16 16"))


def _printed(value: Any) -> Any:
    """The same with every text printable. Drawings are, and stay as they are."""
    if isinstance(value, dict):
        return {name: inner if name in ("bar", "drawing", "title") else _printed(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_printed(inner) for inner in value]
    return breakable(value) if isinstance(value, str) else value
