"""The drawings: each pressure stands where it was taken, each leg where its index stands, and shapes say what colours say."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal
from xml.etree.ElementTree import Element, fromstring

from hypothesis import given
from hypothesis import strategies as st

from service.clinical.indices import Indices
from service.clinical.measurements import Side
from service.evidence.loader import load_evidence
from service.fhir.json_format import parse
from service.fhir.sentences import Percents
from service.pipeline import assess_bundle
from service.web.pages.assessment.band_marks import Band, mark
from service.web.pages.assessment.leg_drawing import described, leg_drawing
from service.web.pages.assessment.probability_drawing import before_and_after, state_bar, step_bar
from service.web.pages.assessment.scale_drawing import abi_bands, abi_scale, abi_standings, legend, tbi_scale, tbi_standings
from service.web.pages.examples import AS_OF, example_body
from service.web.pages.svg import node, written

EVIDENCE = load_evidence()
THRESHOLDS = EVIDENCE.abi_categories


def indices(id: str) -> Indices:
    return assess_bundle(parse(example_body(id)), EVIDENCE, as_of=AS_OF).assessment.indices


def words(drawing: str) -> list[tuple[str, str]]:
    """Each text of a drawing with the side it stands on: right is left on the paper."""
    texts = [one for one in fromstring(drawing).iter("text") if one.text]
    return [("right" if one.get("text-anchor") == "start" else "left", str(one.text)) for one in texts]


def classes(drawing: str) -> set[str]:
    return {name for one in fromstring(drawing).iter() for name in (one.get("class") or "").split()}


def test_each_pressure_stands_on_its_side() -> None:
    shown = words(leg_drawing(indices("10-rest-pain-toe-22")))
    for side, texts in {
        "right": ("Arm 150 mmHg", "DP 54 mmHg", "Toe 22 mmHg", "0.36", "ABI abnormal", "TBI 0.15 abnormal"),
        "left": ("Arm 146 mmHg", "DP 105 mmHg", "Toe 68 mmHg", "0.70", "ABI abnormal", "TBI 0.45 abnormal"),
    }.items():
        assert {(side, text) for text in texts} <= set(shown)


def test_a_leg_is_drawn_by_what_exercise_showed_and_its_index_by_its_own_band() -> None:
    drawing = leg_drawing(indices("09-post-exercise-drop"))
    assert {"lower-leg-abnormal", "lower-leg-normal", "mark-normal"} <= classes(drawing)
    assert "mark-abnormal" not in classes(drawing)
    assert ("right", "0.53 after exercise") in words(drawing)
    assert ("right", "DP 88 mmHg after") in words(drawing)


def test_a_leg_that_is_gone_and_arteries_that_do_not_compress_are_drawn_as_such() -> None:
    gone = leg_drawing(indices("07-below-knee-amputation-left"))
    assert "lower-leg-gone" in classes(gone)
    assert ("left", "amputated") in words(gone)
    stiff = words(leg_drawing(indices("08-unable-to-compress")))
    assert ("right", "stiff") in stiff
    assert ("left", "above 1.58") in stiff
    assert ("left", "DP > 250 mmHg") in stiff


def test_nothing_measured_is_drawn_as_nothing_measured() -> None:
    drawing = leg_drawing(indices("12-nothing-usable"))
    assert [text for _, text in words(drawing)].count("no ABI") == 2
    assert "mark-none" in classes(drawing)


def test_the_drawing_is_told_to_who_does_not_see_it() -> None:
    told = described(indices("09-post-exercise-drop"), hurts={"calf"}, hurting_sides={Side.RIGHT})
    assert told.startswith(
        "Right: Arm 140 mmHg; DP 143 mmHg; ABI 1.02 normal; after exercise DP 88 mmHg; after exercise ABI 0.53; pain: calf."
    )
    drawing = fromstring(leg_drawing(indices("09-post-exercise-drop"), hurts={"calf"}, hurting_sides={Side.RIGHT}))
    labels = [drawing.find(f".//*[@id='{id}']") for id in str(drawing.get("aria-labelledby")).split()]
    assert [label.text for label in labels if label is not None][1] == told


def test_kilopascals_are_shown_as_mmhg_with_one_decimal() -> None:
    assert ("left", "Ankle 144 mmHg") in words(leg_drawing(indices("06-pressures-in-kpa")))
    assert ("right", "Arm 140.3 mmHg") in words(leg_drawing(indices("06-pressures-in-kpa")))


def test_the_bands_of_the_scale_are_those_of_the_evidence() -> None:
    assert legend(abi_bands(THRESHOLDS.abi)) == [
        (Band.ABNORMAL, "0.90 or less"),
        (Band.BORDERLINE, "0.91 to 0.99"),
        (Band.NORMAL, "1.00 to 1.40"),
        (Band.NONCOMPRESSIBLE, "over 1.40"),
    ]


def marks_at(drawing: str, class_: str) -> list[Element]:
    return [one for one in fromstring(drawing).iter() if (one.get("class") or "").split()[:1] == [class_]]


def test_rest_and_exercise_are_joined_on_the_scale() -> None:
    standings = abi_standings(indices("09-post-exercise-drop"))
    drawing = abi_scale(standings, THRESHOLDS.abi)
    assert [text for _, text in words(drawing) if "after" in text] == ["0.53 after exercise", "0.91 after exercise"]
    assert len(marks_at(drawing, "moved")) == len(marks_at(drawing, "after-exercise")) == 2


def test_what_lies_beyond_a_scale_stands_at_its_end() -> None:
    drawing = abi_scale(abi_standings(indices("08-unable-to-compress")), THRESHOLDS.abi)
    assert {"Right does not compress", "Left above 1.58"} <= {text for _, text in words(drawing)}
    toes = tbi_scale(tbi_standings(indices("02-diabetic-stiff-arteries")), THRESHOLDS.tbi)
    assert {"Right 0.41", "Left 0.50"} <= {text for _, text in words(toes)}


def test_each_band_has_a_shape_of_its_own() -> None:
    drawn = {band: written(mark(band, 0, 0, 10)).replace(band.value, "") for band in Band if band is not Band.NONE}
    assert len(set(drawn.values())) == len(drawn)


def percents(value: Decimal, low: Decimal, high: Decimal) -> Percents:
    return Percents(value, low, high)


@given(st.lists(st.decimals(0, 100, places=1), min_size=3, max_size=3).map(sorted))
def test_a_bar_stays_in_its_frame_whatever_the_probability(values: list[Decimal]) -> None:
    low, value, high = values
    share = percents(value, low, high)
    for drawing in (state_bar(share, (0.05, 0.2, 0.6)), before_and_after(share, share, (0.05, 0.2, 0.6))):
        for one in fromstring(drawing).iter():
            for name in ("x", "x1", "x2", "cx"):
                assert 0 <= float(one.get(name, 0)) <= 300
            assert float(one.get("x", 0)) + float(one.get("width", 0)) <= 300


@given(st.floats(-9, 9))
def test_a_finding_for_the_cause_goes_right_and_one_against_it_left(log_odds: float) -> None:
    (step,) = fromstring(step_bar(log_odds, full=3)).iter("rect")
    assert float(step.get("width", 0)) >= 0
    assert step.get("class") == ("step-for" if log_odds > 0 else "step-against")


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]) | st.sampled_from("<>&\"'")))
def test_no_text_becomes_markup(text: str) -> None:
    drawing = written(node("svg", node("text", text=text, class_=text)))
    only: Collection[Element] = list(fromstring(drawing))
    assert [one.tag for one in only] == ["text"]
    assert [one.text or "" for one in only] == [text]
