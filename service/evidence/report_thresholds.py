"""The thresholds of the indices and the limits of what is read, as rows."""

from __future__ import annotations

from collections.abc import Mapping

from service.evidence.abi_categories import AbiCategories
from service.evidence.reading_limits import ReadingLimits
from service.evidence.report_rows import Row, Section, guideline_class
from service.evidence.thresholds import RATIO, Threshold

_USED_BY: Mapping[str, str] = {
    "abi": "category of the ankle-brachial index, PAD status, and every rule on either",
    "tbi": "category of the toe-brachial index, PAD status, and every rule on either",
    "arms": "remark on the difference between the arms, and the rule that follows it",
    "repeats": "which of several readings counts",
    "sessions": "which readings belong together, and which are old",
    "exercise": "result of the exercise test, PAD status",
    "wifi": "WIfI ischaemia grade",
    "pressure": "which pressures are used",
    "index": "which reported indices are used",
    "record": "what Conditions and Observations of the record say",
}


def thresholds_section(categories: AbiCategories) -> Section:
    """Every edge of the bands, in the order of the file."""
    return Section(
        id="thresholds",
        title="Thresholds of the indices",
        about="Where one category ends and the next begins.",
        rows=tuple(_threshold(name, one) for name, one in categories.thresholds),
    )


def limits_section(limits: ReadingLimits) -> Section:
    """Every limit of reading, in the order of the file."""
    return Section(
        id="reading-limits",
        title="Limits of what is read",
        about="What is believed of a record before anything is computed from it. What lies outside is set aside, and said.",
        rows=tuple(_threshold(name, one) for name, one in limits.thresholds),
    )


def _threshold(name: str, threshold: Threshold) -> Row:
    section = name.partition(".")[0]
    return Row(
        id=name,
        says=threshold.note,
        value=str(threshold.value) if threshold.unit == RATIO else f"{threshold.value} {threshold.unit}",
        ci95="",
        population="",
        group=section,
        citation=threshold.citation,
        tag=threshold.tag,
        used_by=_USED_BY.get(section, "the indices"),
        note=guideline_class(threshold.class_of_recommendation, threshold.level_of_evidence),
    )
