"""The drawings of the dashboard. Every kind of mark has a pattern or a shape of its own besides its colour; the numbers stand beside them in tables."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

from service.cds_hooks.acceptance import Latency, Share, Tally
from service.web.pages.svg import Node, Number, node, written

WIDTH, HEIGHT = 640, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 58, 632, 12, 264
_BAR_LEFT, _BAR_WIDTH = 6, 208
_LABELS = 9
"""So many weeks are named below a plot; of more, every second, third and so on."""
# From the ground up: what was answered first, what is open last.
_LAYERS: tuple[tuple[str, Callable[[Tally], int]], ...] = (
    ("accepted", lambda tally: tally.accepted),
    ("overridden", lambda tally: tally.overridden),
    ("ignored", lambda tally: tally.ignored),
    ("waiting", lambda tally: tally.waiting + tally.untold),
)

_PATTERNED = ("overridden", "ignored")


def week_plot(weeks: Sequence[Tally]) -> str:
    """A bar a week, as high as the cards that were shown, in four layers."""
    top, step = _scale(max(tally.shown for tally in weeks))
    slot = (_RIGHT - _LEFT) / len(weeks)
    width = min(slot * 0.72, 44)
    said = "; ".join(f"{one.name}: {one.shown} shown, {one.accepted} accepted" for one in weeks if one.shown)
    return written(
        node(
            "svg",
            node("title", text=f"Cards shown in each week. {said or 'None.'}", id="weeks-drawn"),
            _patterns(),
            *_grid(top, step, ""),
            *_week_names([tally.name for tally in weeks], slot),
            *(part for place, one in enumerate(weeks) for part in _layers(one, _LEFT + slot * (place + 0.5), width, top)),
            viewBox=f"0 0 {WIDTH} {HEIGHT}",
            role="img",
            aria_labelledby="weeks-drawn",
            class_="plot",
        )
    )


def _layers(tally: Tally, middle: Number, width: Number, top: Number) -> Iterator[Node]:
    ground = 0
    for kind, of in _LAYERS:
        cards = of(tally)
        if cards:
            low, high = _at(ground, top), _at(ground + cards, top)
            yield from _filled(kind, middle - width / 2, high, width, low - high)
        ground += cards


def key_mark(kind: str) -> str:
    """The mark of a layer, for the key. It uses the patterns of the plot on the same page."""
    return written(
        node(
            "svg",
            *_filled(kind, 1, 1, 14, 14),
            viewBox="0 0 16 16",
            aria_hidden="true",
            focusable="false",
            class_="key-mark",
        )
    )


def _filled(kind: str, x: Number, y: Number, width: Number, height: Number) -> Iterator[Node]:
    yield node("rect", x=x, y=y, width=width, height=height, class_=f"layer layer-{kind}")
    if kind in _PATTERNED:
        yield node("rect", x=x, y=y, width=width, height=height, fill=f"url(#pattern-{kind})")


def latency_plot(weeks: Sequence[Latency], *, deadline_ms: int) -> str:
    """The median (circle) and the 95th percentile (triangle) of each week, and the deadline as a line."""
    known = [one for one in weeks if one.median is not None and one.p95 is not None]
    top, step = _scale(max([deadline_ms, *(one.p95 or 0 for one in known)]))
    slot = (_RIGHT - _LEFT) / len(weeks)
    deadline = _at(deadline_ms, top)
    said = "; ".join(f"{one.name}: median {one.median} ms, 95th percentile {one.p95} ms" for one in known)
    return written(
        node(
            "svg",
            node("title", text=f"Milliseconds of the calls of each week. {said or 'None recorded.'}", id="latency-drawn"),
            *_grid(top, step, " ms"),
            *_week_names([one.name for one in weeks], slot),
            node("line", x1=_LEFT, x2=_RIGHT, y1=deadline, y2=deadline, class_="deadline"),
            node("text", text=f"deadline {deadline_ms} ms", x=_LEFT + 4, y=deadline - 4, text_anchor="start", class_="word edge"),
            *(part for place, one in enumerate(weeks) for part in _latency(one, _LEFT + slot * (place + 0.5), top)),
            viewBox=f"0 0 {WIDTH} {HEIGHT}",
            role="img",
            aria_labelledby="latency-drawn",
            class_="plot",
        )
    )


def _latency(one: Latency, x: Number, top: Number) -> Iterator[Node]:
    if one.median is None or one.p95 is None:
        return
    low, high = _at(one.median, top), _at(one.p95, top)
    yield node("line", x1=x, x2=x, y1=low, y2=high, class_="range")
    yield node("circle", cx=x, cy=low, r=5, class_="median")
    yield node("polygon", points=f"{x:.1f},{high - 6:.1f} {x + 6:.1f},{high + 5:.1f} {x - 6:.1f},{high + 5:.1f}", class_="p95")


def share_bar(share: Share) -> str:
    """The share as a diamond with its interval on a line from 0 to 100 %; nothing but the line where there are too few."""
    marks: list[Node] = []
    if share.enough:
        low, value, high = (_BAR_LEFT + one * _BAR_WIDTH for one in (share.low, share.value, share.high))
        marks = [node("line", x1=low, x2=high, y1=10, y2=10, class_="range")]
        marks += [node("line", x1=x, x2=x, y1=6, y2=14, class_="range") for x in (low, high)]
        marks.append(
            node("polygon", points=f"{value:.1f},3.5 {value + 6:.1f},10 {value:.1f},16.5 {value - 6:.1f},10", class_="after")
        )
    quarters = [
        node("line", x1=x, x2=x, y1=3, y2=17, class_="edge-line")
        for x in (_BAR_LEFT + _BAR_WIDTH * quarter / 4 for quarter in range(5))
    ]
    return _bar(node("rect", x=_BAR_LEFT, y=6, width=_BAR_WIDTH, height=8, class_="track"), *quarters, *marks)


def part_bar(count: int, most: int) -> str:
    """A bar as long as the count is of the greatest count."""
    return _bar(node("rect", x=_BAR_LEFT, y=4, width=max(1.0, _BAR_WIDTH * count / most), height=12, class_="share"))


def _bar(*parts: Node) -> str:
    return written(node("svg", *parts, viewBox="0 0 220 20", aria_hidden="true", focusable="false", class_="bar"))


def _patterns() -> Node:
    hatch = node("path", d="M-2 2 L2 -2 M0 8 L8 0 M6 10 L10 6", class_="hatch")
    dot = node("circle", cx=4, cy=4, r=1.3, class_="dot")
    return node(
        "defs",
        *(
            node("pattern", mark, id=f"pattern-{kind}", width=8, height=8, patternUnits="userSpaceOnUse")
            for kind, mark in (("overridden", hatch), ("ignored", dot))
        ),
    )


def _grid(top: int, step: int, unit: str) -> Iterator[Node]:
    for value in range(0, top + 1, step):
        y = _at(value, top)
        yield node("line", x1=_LEFT, x2=_RIGHT, y1=y, y2=y, class_="ground" if value == 0 else "grid")
        yield node(
            "text", text=f"{value}{unit if value == top else ''}", x=_LEFT - 5, y=y + 4, text_anchor="end", class_="word edge"
        )


def _week_names(names: Sequence[str], slot: Number) -> Iterator[Node]:
    every = math.ceil(len(names) / _LABELS)
    for place, name in enumerate(names):
        if place % every == 0:
            x = _LEFT + slot * (place + 0.5)
            yield node("text", text=name[5:], x=x, y=_BOTTOM + 16, text_anchor="middle", class_="word edge")
            if place == 0 or name.endswith("W01") or names[place - every][:4] != name[:4]:
                yield node("text", text=name[:4], x=x, y=_BOTTOM + 30, text_anchor="middle", class_="word edge")


def _scale(largest: int) -> tuple[int, int]:
    """A round number at or above the largest, and the step of the lines up to it: 1, 2 or 5 times a power of ten, about four of them."""
    least = max(1, math.ceil(largest / 4))
    power = 10 ** (len(str(least)) - 1)
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= least)
    return max(1, math.ceil(largest / step)) * step, step


def _at(value: Number, top: Number) -> float:
    return _BOTTOM - value / top * (_BOTTOM - _TOP)
