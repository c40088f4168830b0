"""The section of the evidence report on published figures that move nothing."""

from __future__ import annotations

from collections.abc import Iterable

from service.evidence.not_weighed import Figure
from service.evidence.reading import Tag
from service.evidence.report_rows import Row, Section

_SPOKEN = {"": "", "%": " %", "mm[Hg]": " mmHg", "{ratio}": ""}


def not_weighed_section(figures: Iterable[Figure]) -> Section:
    return Section(
        id="not-weighed",
        title="Published figures that are not used",
        about="Seen or remembered, and left out on purpose; the note says why. No answer depends on them.",
        rows=tuple(_figure(figure) for figure in figures),
    )


def _figure(figure: Figure) -> Row:
    return Row(
        id=figure.id,
        says=f"{figure.measure}: {figure.text}",
        value=f"{figure.value}{_SPOKEN[figure.unit]}",
        ci95=_interval(figure),
        population=figure.population,
        group=figure.group,
        citation=figure.citation,
        tag=figure.tag,
        used_by="nothing",
        note=figure.why,
    )


def _interval(figure: Figure) -> str:
    if figure.low is None:
        return "not known"
    ends = f"{figure.low} to {figure.high}"
    return f"{ends} (range of this project)" if figure.tag is Tag.E else ends
