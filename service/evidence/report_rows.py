"""The one shape in which every statement of medicine is shown to a reader, and what the tags of certainty mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from service.evidence.likelihood_ratios import Estimate
from service.evidence.reading import Tag

TAG_MEANINGS: Mapping[Tag, str] = {
    Tag.F: "the text of the source was seen",
    Tag.F2: "a secondary page restating the source was seen; to be confirmed against the primary",
    Tag.K_H: "known from the literature with high confidence, not re-read",
    Tag.K_M: "known from the literature with medium confidence, not re-read; to be confirmed against the primary",
    Tag.K_L: "known from the literature with low confidence, not re-read; to be confirmed against the primary",
    Tag.E: "a decision of this project, not of the literature",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One statement of medicine. `citation` is a key of the report's citations; `used_by` says what changes when the statement does."""

    id: str
    says: str
    value: str
    ci95: str
    population: str
    group: str
    citation: str
    tag: Tag
    used_by: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Statements of one kind."""

    id: str
    title: str
    about: str
    rows: tuple[Row, ...]


def guideline_class(recommendation: str, level: str) -> str:
    """Class of recommendation and level of evidence, where there are any."""
    told = [f"class {recommendation}"] if recommendation else []
    told += [f"level {level}"] if level else []
    return f"C{', '.join(told)[1:]}." if recommendation else "".join(f"L{part[1:]}." for part in told)


def interval(estimate: Estimate) -> str:
    """The published 95 % interval."""
    return f"{number(estimate.low)} to {number(estimate.high)}" if estimate.published else "not published"


def number(value: float) -> str:
    """As the file has it, without the zeros a float would add."""
    return f"{value:g}"
