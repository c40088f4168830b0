"""The drawing of both legs and arms with each pressure at the place where it was taken. Seen from the front: the right leg is on the left."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from service.clinical.indices import ExerciseResult, Indices, Leg, NotComputed, Reading
from service.clinical.measurements import Side, Site
from service.fhir import sentences
from service.web.pages.band_marks import STATUS_SHAPES, Band, band_of_abi, band_of_tbi, mark
from service.web.pages.measured_words import MISSING, SITES, abi_words, mmhg, tbi_words
from service.web.pages.svg import Node, Number, node, written

WIDTH, HEIGHT = 420, 336
_MIDDLE = WIDTH / 2
_LINE = 17
_FIRST_LINE = 250
# Places of the right half; the left half is its mirror.
_PLACES: Mapping[Site, tuple[float, float]] = {
    Site.BRACHIAL: (166, 86),
    Site.DORSALIS_PEDIS: (181, 288),
    Site.POSTERIOR_TIBIAL: (193, 276),
    Site.ANKLE: (187, 278),
    Site.TOE: (170, 304),
}
_PAIN: Mapping[str, tuple[float, float, float]] = {
    "buttock": (194, 146, 17),
    "hip": (182, 134, 14),
    "groin": (202, 150, 12),
    "thigh": (192, 182, 19),
    "hamstring": (192, 192, 17),
    "knee": (189, 214, 14),
    "calf": (188, 244, 19),
    "shin": (188, 250, 15),
    "ankle": (186, 284, 13),
    "foot": (177, 302, 14),
}


def leg_drawing(indices: Indices, *, hurts: Collection[str] = (), hurting_sides: Collection[Side] = ()) -> str:
    """The drawing as SVG, with its content in words for who does not see it. `hurts`: sites of the symptoms by their finding codes."""
    halves = [part for leg in indices.legs for part in _leg(leg, indices, hurts if leg.side in hurting_sides else ())]
    return written(
        node(
            "svg",
            node("title", text="Pressures of arms and legs where they were taken", id="figure-title"),
            node("desc", text=described(indices, hurts=hurts, hurting_sides=hurting_sides), id="figure-words"),
            node("circle", cx=_MIDDLE, cy=24, r=15, class_="body"),
            node("rect", x=178, y=45, width=64, height=100, rx=20, class_="body"),
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
    yield _line(side, (174, 62), (160, 112), 15, "body-line")
    yield _line(side, (160, 112), (154, 150), 12, "body-line")
    yield _line(side, (196, 146), (190, 212), 25, "body-line")
    yield _line(side, (190, 212), (187, 284), 19, "lower-leg lower-leg-gone" if gone else f"lower-leg lower-leg-{status}")
    if not gone:
        yield _line(side, (186, 292), (174, 303), 12, f"lower-leg lower-leg-{status}")
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
    for reading, counts in readings(leg, indices):
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
    end = 8.6 * len(text) + 2
    yield node("line", x1=_x(side, end), y1=y, x2=_x(side, place[0]), y2=place[1], class_="leader")
    yield node("circle", cx=_x(side, place[0]), cy=place[1], r=3.5, class_="place")
    yield _text(side, 0, y + 4, text, class_)


def _x(side: Side, x: Number) -> Number:
    return x if side is Side.RIGHT else WIDTH - x


def _text(side: Side, x: Number, y: Number, text: str, class_: str) -> Node:
    anchor = "start" if side is Side.RIGHT else "end"
    return node("text", text=text, x=_x(side, x), y=y, text_anchor=anchor, class_=f"word {class_}")


def _line(side: Side, start: tuple[float, float], end: tuple[float, float], width: Number, class_: str) -> Node:
    return node("line", x1=_x(side, start[0]), y1=start[1], x2=_x(side, end[0]), y2=end[1], stroke_width=width, class_=class_)
