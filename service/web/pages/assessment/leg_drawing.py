"""The drawing of both legs and arms with each pressure at the place where it was taken. Seen from the front: the right leg is on the left."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from service.clinical.indices import ExerciseResult, Indices, Leg, NotComputed, Reading
from service.clinical.measurements import Side, Site
from service.fhir import sentences
from service.web.pages.assessment.band_marks import STATUS_SHAPES, Band, band_of_abi, band_of_tbi, mark
from service.web.pages.assessment.body_outline import half, head, lower_leg
from service.web.pages.assessment.measured_words import MISSING, SITES, abi_words, mmhg, tbi_words
from service.web.pages.svg import Node, Number, node, written

WIDTH, HEIGHT = 420, 336
_LINE = 17
_FIRST_LINE = 250
_BEND = 156
"""Where a leading line bends: to the right of every label."""
# Places of the right half; the left half is its mirror.
_PLACES: Mapping[Site, tuple[float, float]] = {
    Site.BRACHIAL: (168, 88),
    Site.DORSALIS_PEDIS: (188, 301),
    Site.POSTERIOR_TIBIAL: (194, 287),
    Site.ANKLE: (190, 287),
    Site.TOE: (183, 317),
}
_PAIN: Mapping[str, tuple[float, float, float]] = {
    "buttock": (193, 150, 17),
    "hip": (182, 142, 14),
    "groin": (203, 158, 12),
    "thigh": (191, 186, 18),
    "hamstring": (191, 194, 17),
    "knee": (191, 220, 14),
    "calf": (190, 248, 18),
    "shin": (190, 254, 14),
    "ankle": (191, 288, 13),
    "foot": (185, 311, 15),
}


def leg_drawing(indices: Indices, *, hurts: Collection[str] = (), hurting_sides: Collection[Side] = ()) -> str:
    """The drawing as SVG, with its content in words for who does not see it. `hurts`: sites of the symptoms by their finding codes."""
    halves = [part for leg in indices.legs for part in _leg(leg, indices, hurts if leg.side in hurting_sides else ())]
    return written(
        node(
            "svg",
            node("title", text="Pressures of arms and legs where they were taken", id="figure-title"),
            node("desc", text=described(indices, hurts=hurts, hurting_sides=hurting_sides), id="figure-words"),
            head(),
            *halves,
            viewBox=f"0 0 {WIDTH} {HEIGHT}",
            role="img",
            aria_labelledby="figure-title figure-words",
            class_="figure",
        )
    )


def described(indices: Indices, *, hurts: Collection[str] = (), hurting_sides: Collection[Side] = ()) -> str:
    """The drawing in words."""
    said = []
    for leg in indices.legs:
        parts = [f"{SITES[one.site]} {mmhg(one)}" for one, _ in readings(leg, indices)]
        parts += [text for text in (abi_words(leg), tbi_words(leg)) if text]
        parts += [f"after exercise {text}" for text in _after(leg)]
        if leg.side in hurting_sides and hurts:
            parts.append(f"pain: {', '.join(sorted(hurts))}")
        said.append(f"{leg.side.capitalize()}: {'; '.join(parts)}.")
    return " ".join(said)


def readings(leg: Leg, indices: Indices) -> Iterator[tuple[Reading, bool]]:
    """The readings of one side at rest, from arm to toe, and whether the index rests on each."""
    arms = indices.arms
    for arm in (arms.higher, arms.lower):
        if arm is not None and arm.side is leg.side:
            yield arm, arm is arms.higher
    arteries = [ratio.numerator for _, ratio in leg.abi.artery_ratios if ratio.numerator] if leg.abi else []
    if leg.ankle is not None and leg.ankle not in arteries:
        arteries.append(leg.ankle)
    for reading in arteries:
        yield reading, reading == leg.ankle
    if leg.toe is not None:
        yield leg.toe, True


def _after(leg: Leg) -> Iterator[str]:
    test = leg.exercise
    if test is None:
        return
    if test.post_abi is not None:
        if test.post_abi.numerator is not None:
            yield f"{SITES[test.post_abi.numerator.site]} {mmhg(test.post_abi.numerator)}"
        yield f"ABI {sentences.ratio(test.post_abi)}"


def _leg(leg: Leg, indices: Indices, hurts: Collection[str]) -> Iterator[Node]:
    side = leg.side
    band, status = band_of_abi(leg.abi), STATUS_SHAPES[leg.pad_status]
    gone = leg.abi_missing is NotComputed.LEG_AMPUTATED
    yield from half(mirrored=side is Side.LEFT)
    yield lower_leg("lower-leg-gone" if gone else f"lower-leg-{status}", mirrored=side is Side.LEFT)
    for site in sorted(hurts):
        if site in _PAIN:
            x, y, radius = _PAIN[site]
            yield node("circle", cx=_x(side, x), cy=y, r=radius, class_="pain")
    yield _text(side, 0, 20, side.upper(), "side")
    yield from _index(leg, band)
    yield from _readings(leg, indices)


def _index(leg: Leg, band: Band) -> Iterator[Node]:
    yield mark(band, _x(leg.side, 15), 172, 26)
    if leg.abi is None:
        yield _text(leg.side, 36, 171, "no ABI", "index-none")
        yield _text(leg.side, 36, 187, MISSING[leg.abi_missing] if leg.abi_missing else "not measured", "small")
        return
    shown = sentences.ratio(leg.abi.ratio)
    short = len(shown) <= len("above 1.58")
    yield _text(leg.side, 36, 181, shown if short else "stiff", "index" if len(shown) == len("0.62") else "index index-long")
    yield _text(leg.side, 0, 203, f"ABI {leg.abi.category}", "strong")
    if leg.exercise is not None and leg.exercise.post_abi is not None:
        positive = leg.exercise.result is not ExerciseResult.NEGATIVE
        yield _text(
            leg.side, 0, 221, f"{sentences.ratio(leg.exercise.post_abi)} after exercise", "strong" if positive else "small"
        )


def _readings(leg: Leg, indices: Indices) -> Iterator[Node]:
    side, line = leg.side, _FIRST_LINE
    # From above to below, so that no leading line crosses another.
    for reading, counts in sorted(readings(leg, indices), key=lambda one: _PLACES[one[0].site][1]):
        x, y = _PLACES[reading.site]
        height = y if reading.site is Site.BRACHIAL else line
        yield from _label(side, height, f"{SITES[reading.site]} {mmhg(reading)}", "strong" if counts else "small", (x, y))
        if reading.site is not Site.BRACHIAL:
            line += _LINE
    if leg.exercise is not None and leg.exercise.post_abi is not None and leg.exercise.post_abi.numerator is not None:
        after = leg.exercise.post_abi.numerator
        yield _text(side, 0, line + 4, f"{SITES[after.site]} {mmhg(after)} after", "small")
        line += _LINE
    if leg.tbi is not None:
        yield mark(band_of_tbi(leg.tbi), _x(side, 7), line, 13)
        yield _text(side, 18, line + 4, tbi_words(leg), "strong")


def _label(side: Side, y: Number, text: str, class_: str, place: tuple[float, float]) -> Iterator[Node]:
    """A line of text, and the line that leads from it to the place."""
    start = (9.4 if class_ == "strong" else 8.8) * len(text) + 4
    points = f"{_x(side, start):.0f},{y:.0f} {_x(side, max(_BEND, start)):.0f},{y:.0f} {_x(side, place[0]):.0f},{place[1]:.0f}"
    yield node("polyline", points=points, class_="leader")
    yield node("circle", cx=_x(side, place[0]), cy=place[1], r=3.5, class_="place")
    yield _text(side, 0, y + 4, text, class_)


def _x(side: Side, x: Number) -> Number:
    return x if side is Side.RIGHT else WIDTH - x


def _text(side: Side, x: Number, y: Number, text: str, class_: str) -> Node:
    anchor = "start" if side is Side.RIGHT else "end"
    return node("text", text=text, x=_x(side, x), y=y, text_anchor=anchor, class_=f"word {class_}")
