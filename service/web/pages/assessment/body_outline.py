"""The outline of a body seen from the front, as the right half of it; the left is its mirror. In the units of the leg drawing."""

from __future__ import annotations

from collections.abc import Sequence

from service.web.pages.svg import Node, Number, node

MIDDLE = 210.0
Point = tuple[float, float]

# Each outline runs clockwise and is drawn round through its points; two points in one place make a corner.
_TRUNK: Sequence[Point] = (
    (210, 36), (210, 36), (203, 36), (203, 36), (202, 50), (194, 56), (180, 60), (171, 68), (174, 84), (180, 100), (183, 122), (178, 142),
    (176, 158), (192, 165), (210, 160), (210, 160),
)  # fmt: skip
_ARM: Sequence[Point] = (
    (180, 61), (169, 65), (163, 78), (160, 96), (156, 114), (150, 132), (145, 150), (140, 160), (138, 172), (142, 180), (147, 176), (151, 164), (155, 150),
    (162, 134), (168, 116), (172, 98), (178, 82),
)  # fmt: skip
_THIGH: Sequence[Point] = (
    (176, 152), (175, 170), (176, 190), (179, 208), (181, 220), (181, 220), (201, 220), (201, 220), (203, 204), (207, 182), (209, 164), (196, 154),
)  # fmt: skip
_LOWER_LEG: Sequence[Point] = (
    (181, 222), (181, 222), (178, 240), (179, 256), (183, 272), (186, 286), (185, 298), (180, 309), (174, 318), (178, 323), (189, 323), (195, 317), (197, 304),
    (196, 290), (197, 276), (201, 258), (203, 240), (201, 222), (201, 222),
)  # fmt: skip


def head() -> Node:
    """The head, which is nobody's side."""
    return node("ellipse", cx=MIDDLE, cy=23.5, rx=13, ry=16.5, class_="body")


def half(*, mirrored: bool) -> tuple[Node, ...]:
    """Trunk, arm and thigh of one side."""
    return tuple(node("path", d=_outline(part, mirrored), class_="body") for part in (_TRUNK, _ARM, _THIGH))


def lower_leg(class_: str, *, mirrored: bool) -> Node:
    """From the knee to the toes."""
    return node("path", d=_outline(_LOWER_LEG, mirrored), class_=f"lower-leg {class_}")


def _outline(points: Sequence[Point], mirrored: bool) -> str:
    """A closed curve through the points (Catmull-Rom, written as the cubic curves of SVG)."""
    placed = [(2 * MIDDLE - x, y) if mirrored else (x, y) for x, y in points]
    count = len(placed)
    steps = [f"M{_number(placed[0][0])} {_number(placed[0][1])}"]
    for at in range(count):
        before, start, end, after = (placed[(at + offset) % count] for offset in (-1, 0, 1, 2))
        if start == end:
            continue
        first = (start[0] + (end[0] - before[0]) / 6, start[1] + (end[1] - before[1]) / 6)
        second = (end[0] - (after[0] - start[0]) / 6, end[1] - (after[1] - start[1]) / 6)
        steps.append("C" + " ".join(f"{_number(x)} {_number(y)}" for x, y in (first, second, end)))
    return "".join(steps) + "Z"


def _number(value: Number) -> str:
    return f"{value:.1f}".removesuffix(".0")
