"""Probabilities as bars with their ranges. The numbers stand beside them in words: the drawings repeat them for the eye only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from service.fhir.sentences import Percents
from service.web.pages.svg import Node, Number, node, written

_LEFT, _WIDTH = 6, 288


def state_bar(share: Percents, edges: Sequence[float]) -> str:
    """A bar as long as the probability, with its range; light lines where one word for likelihood gives way to the next."""
    value, low, high = _places(share)
    return _drawing(
        18,
        node("rect", x=_LEFT, y=3, width=_WIDTH, height=12, class_="track"),
        *_edges(edges, 3, 15),
        node("rect", x=_LEFT, y=3, width=max(value - _LEFT, 1), height=12, class_="share"),
        *_range(low, high, 9),
    )


def before_and_after(pretest: Percents, posttest: Percents, edges: Sequence[float]) -> str:
    """The probability before the findings (hollow circle) and after them (full diamond), each with its range."""
    before, before_low, before_high = _places(pretest)
    after, after_low, after_high = _places(posttest)
    return _drawing(
        56,
        node("rect", x=_LEFT, y=4, width=_WIDTH, height=14, class_="track"),
        node("rect", x=_LEFT, y=26, width=_WIDTH, height=14, class_="track"),
        *_edges(edges, 4, 40),
        *(
            node(
                "text",
                text=f"{edge * 100:g}",
                x=_LEFT + edge * _WIDTH,
                y=52,
                text_anchor="middle" if edge < 1 else "end",
                class_="word edge",
            )
            for edge in (*edges, 1)
        ),
        *_range(before_low, before_high, 11),
        node("path", d=f"M{before:.1f} 11 L{after:.1f} 33", class_="moved"),
        node("circle", cx=before, cy=11, r=5.5, class_="before"),
        *_range(after_low, after_high, 33),
        node("polygon", points=f"{after},25.5 {after + 7.5},33 {after},40.5 {after - 7.5},33", class_="after"),
    )


def step_bar(log_odds: float, *, full: float) -> str:
    """How far one finding moved the odds: to the right for the cause, to the left against it. `full`: the log odds at which the bar ends."""
    middle = _LEFT + _WIDTH / 2
    reach = max(-1.0, min(1.0, log_odds / full)) * _WIDTH / 2
    return _drawing(
        14,
        node("line", x1=middle, y1=1, x2=middle, y2=13, class_="edge-line"),
        node(
            "rect",
            x=min(middle, middle + reach),
            y=2,
            width=abs(reach),
            height=10,
            class_="step-for" if reach > 0 else "step-against",
        ),
    )


def _drawing(height: Number, *parts: Node) -> str:
    return written(
        node("svg", *parts, viewBox=f"{_LEFT} 0 {_WIDTH} {height}", aria_hidden="true", focusable="false", class_="bar")
    )


def _places(share: Percents) -> tuple[float, float, float]:
    value, low, high = (_LEFT + float(one) / 100 * _WIDTH for one in share)
    return value, low, high


def _edges(edges: Sequence[float], top: Number, bottom: Number) -> Iterator[Node]:
    for edge in edges:
        x = _LEFT + edge * _WIDTH
        yield node("line", x1=x, y1=top, x2=x, y2=bottom, class_="edge-line")


def _range(low: Number, high: Number, y: Number) -> Iterator[Node]:
    yield node("line", x1=low, y1=y, x2=high, y2=y, class_="range")
    for x in (low, high):
        yield node("line", x1=x, y1=y - 4, x2=x, y2=y + 4, class_="range")
