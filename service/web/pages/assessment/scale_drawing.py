"""An index on its scale: the bands, where each leg stands at rest, and where exercise moved it. Right leg above the bar, left leg below."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from service.clinical.indices import Indices, Ratio
from service.clinical.measurements import Bound, Side
from service.evidence.abi_categories import AbiThresholds, TbiThresholds
from service.fhir import sentences
from service.web.pages.assessment.band_marks import Band, band_of_abi, band_of_tbi, mark
from service.web.pages.svg import Node, Number, node, written

WIDTH = 420
_LEFT, _RIGHT = 14, 406
_TOP, _BAR = 58, 24
_HUNDREDTH = Decimal("0.01")
# How far the scales reach; what lies beyond stands at their end.
_ABI_END, _TBI_END = Decimal("1.7"), Decimal("1.2")


@dataclass(frozen=True, slots=True, kw_only=True)
class BandEdge:
    """One band of a scale: up to and with `to`, the last one without an end."""

    band: Band
    to: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where one leg stands. `after`: the index after exercise."""

    side: Side
    band: Band
    rest: Ratio
    after: Ratio | None = None


def abi_bands(thresholds: AbiThresholds) -> tuple[BandEdge, ...]:
    return (
        BandEdge(band=Band.ABNORMAL, to=thresholds.abnormal_at_most.value),
        BandEdge(band=Band.BORDERLINE, to=thresholds.borderline_at_most.value),
        BandEdge(band=Band.NORMAL, to=thresholds.normal_at_most.value),
        BandEdge(band=Band.NONCOMPRESSIBLE, to=None),
    )


def tbi_bands(thresholds: TbiThresholds) -> tuple[BandEdge, ...]:
    return BandEdge(band=Band.ABNORMAL, to=thresholds.abnormal_at_most.value), BandEdge(band=Band.NORMAL, to=None)


def legend(bands: Sequence[BandEdge]) -> list[tuple[Band, str]]:
    """Each band with its limits, e.g. (borderline, "0.91 to 0.99"). Indices have two decimals, so a band begins a hundredth after the last."""
    told, begins = [], None
    for one in bands:
        if one.to is None:
            limits = f"over {bands[-2].to}"
        else:
            limits = f"{begins} to {one.to}" if begins is not None else f"{one.to} or less"
            begins = one.to + _HUNDREDTH
        told.append((one.band, limits))
    return told


def abi_standings(indices: Indices) -> list[Standing]:
    return [
        Standing(
            side=leg.side,
            band=band_of_abi(leg.abi),
            rest=leg.abi.ratio,
            after=leg.exercise.post_abi if leg.exercise is not None else None,
        )
        for leg in indices.legs
        if leg.abi is not None
    ]


def tbi_standings(indices: Indices) -> list[Standing]:
    return [Standing(side=leg.side, band=band_of_tbi(leg.tbi), rest=leg.tbi.ratio) for leg in indices.legs if leg.tbi is not None]


def abi_scale(standings: Sequence[Standing], thresholds: AbiThresholds) -> str:
    return _scale("ABI", standings, abi_bands(thresholds), _ABI_END)


def tbi_scale(standings: Sequence[Standing], thresholds: TbiThresholds) -> str:
    return _scale("TBI", standings, tbi_bands(thresholds), _TBI_END)


def described(name: str, standings: Sequence[Standing]) -> str:
    """The scale in words."""
    said = []
    for one in standings:
        after = f", {sentences.ratio(one.after)} after exercise" if one.after is not None else ""
        said.append(f"{one.side.capitalize()} leg: {name} {sentences.ratio(one.rest)}, {one.band}{after}.")
    return " ".join(said)


def _scale(name: str, standings: Sequence[Standing], bands: Sequence[BandEdge], end: Decimal) -> str:
    return written(
        node(
            "svg",
            node("title", text=f"{name} on its scale. {described(name, standings)}", id=f"{name.lower()}-scale"),
            *_bar(bands, end),
            *(part for one in standings for part in _standing(one, end)),
            viewBox=f"0 0 {WIDTH} 150" if any(one.after for one in standings) else f"0 30 {WIDTH} 90",
            role="img",
            aria_labelledby=f"{name.lower()}-scale",
            class_="scale",
        )
    )


def _bar(bands: Sequence[BandEdge], end: Decimal) -> Iterator[Node]:
    begin: Number = _LEFT
    for one in bands:
        stop = _at(one.to, end) if one.to is not None else _RIGHT
        yield node("rect", x=begin, y=_TOP, width=stop - begin, height=_BAR, class_=f"band band-{one.band}")
        yield mark(one.band, (begin + stop) / 2, _TOP + _BAR / 2, 11, kind="on-band")
        if one.to is not None and one.band is not Band.BORDERLINE:
            yield node("text", text=str(one.to), x=stop, y=_TOP + _BAR + 12, text_anchor="middle", class_="word edge")
        begin = stop


def _standing(one: Standing, end: Decimal) -> Iterator[Node]:
    up = one.side is Side.RIGHT
    rest_y = _TOP - 13 if up else _TOP + _BAR + 26
    after_y = rest_y - 22 if up else rest_y + 22
    at = _ratio_at(one.rest, end)
    if one.after is not None and one.after.value is not None:
        moved = _ratio_at(one.after, end)
        yield node("path", d=f"M{at:.1f} {rest_y} L{moved:.1f} {after_y}", class_="moved")
        yield node("circle", cx=moved, cy=after_y, r=6, class_="after-exercise")
        yield _word(moved, after_y, f"{sentences.ratio(one.after)} after exercise", toward=moved)
    yield mark(one.band, at, rest_y, 16)
    yield _word(at, rest_y, f"{one.side.capitalize()} {sentences.ratio(one.rest)}", toward=at)


def _word(x: Number, y: Number, text: str, *, toward: Number) -> Node:
    """Beside its mark, on the side that has room."""
    before = toward > WIDTH * 0.62
    return node(
        "text", text=text, x=x - 12 if before else x + 12, y=y + 4, text_anchor="end" if before else "start", class_="word"
    )


def _ratio_at(ratio: Ratio, end: Decimal) -> Number:
    if ratio.value is None or ratio.bound is Bound.ABOVE:
        return _RIGHT - 10
    return _at(ratio.value, end)


def _at(value: Decimal, end: Decimal) -> Number:
    return _LEFT + float(min(value, end) / end) * (_RIGHT - _LEFT)
