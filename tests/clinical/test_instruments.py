"""Each instrument item by item, at the edges of its cut-offs, and with answers missing."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.clinical.assessment import InstrumentResult
from service.clinical.measurements import Bound, Measurements, Side, Site
from service.clinical.vocabulary import VOCABULARY, Kind
from tests.clinical.patients import CLAUDICANT, NO_PRESSURES, STENOTIC, assessed, findings, pressure, study

NORMAL_STUDY = study(right=130, left=130)


def result(
    code: str, found: dict[str, Any], *, age: int | None = 55, measured: Measurements = NO_PRESSURES, side: Side | None = None
) -> InstrumentResult:
    (one,) = [one for one in assessed(findings(**found), measured, age=age).instruments if (one.code, one.side) == (code, side)]
    return one


def codes(found: dict[str, Any], measured: Measurements = NO_PRESSURES) -> set[str]:
    return {one.code for one in assessed(findings(**found), measured).instruments}


# --- LSS-DST -----------------------------------------------------------------------------------------------------------

DST_NOTHING: dict[str, Any] = {
    "leg_pain_on_walking": True,
    "symptom_side": "right",
    "diabetes": True,
    "makes_stop_or_slow_down": False,
    "relieved_by_standing_still": False,
    "relieved_by_sitting": False,
    "relieved_by_bending_forward": False,
    "worse_standing_up": False,
    "induced_by_bending_forward": False,
    "worse_bending_backward": False,
    "achilles_reflex_right": "normal",
    "achilles_reflex_left": "normal",
    "straight_leg_raise_right": "negative",
    "straight_leg_raise_left": "negative",
}
LOW = study(right=100, left=130)


def test_nothing_that_counts_is_nought() -> None:
    one = result("lss-dst", DST_NOTHING, measured=LOW)
    assert (one.score, one.lowest, one.highest, one.positive, one.missing) == (0, 0, 0, False, ())
    assert one.decided


@pytest.mark.parametrize(
    ("change", "points"),
    [
        ({"diabetes": False}, 1),
        ({"makes_stop_or_slow_down": True}, 3),
        ({"relieved_by_standing_still": True}, 3),
        ({"relieved_by_sitting": True}, 3),
        ({"worse_standing_up": True}, 2),
        ({"relieved_by_bending_forward": True}, 6),  # and rest by bending ends the pain: claudication
        ({"induced_by_bending_forward": True}, -1),
        ({"worse_bending_backward": True}, 1),
        ({"achilles_reflex_left": "absent"}, 1),
        ({"achilles_reflex_right": "reduced"}, 1),
        ({"straight_leg_raise_right": "positive"}, -2),
        ({"straight_leg_raise_left": "positive"}, -2),
    ],
)
def test_weights_of_the_dst(change: dict[str, Any], points: int) -> None:
    assert result("lss-dst", DST_NOTHING | change, measured=LOW).score == points


@pytest.mark.parametrize(("age", "points"), [(59, 0), (60, 1), (70, 1), (71, 2)])
def test_age_in_the_dst(age: int, points: int) -> None:
    assert result("lss-dst", DST_NOTHING, measured=LOW, age=age).score == points


def test_the_most_and_the_least_of_the_dst() -> None:
    most = DST_NOTHING | {
        "diabetes": False, "makes_stop_or_slow_down": True, "relieved_by_bending_forward": True, "worse_standing_up": True,
        "worse_bending_backward": True, "achilles_reflex_right": "absent",
    }  # fmt: skip
    assert result("lss-dst", most, measured=NORMAL_STUDY, age=71).score == 16
    least = DST_NOTHING | {"induced_by_bending_forward": True, "straight_leg_raise_left": "positive"}
    assert result("lss-dst", least, measured=LOW).score == -3


@pytest.mark.parametrize(
    ("change", "age", "score", "positive"),
    [({"relieved_by_bending_forward": True}, 59, 6, False), ({"relieved_by_bending_forward": True}, 60, 7, True)],
)
def test_the_dst_is_positive_from_seven(change: dict[str, Any], age: int, score: int, positive: bool) -> None:
    one = result("lss-dst", DST_NOTHING | change, measured=LOW, age=age)
    assert (one.score, one.positive) == (score, positive)


@pytest.mark.parametrize(
    ("measured", "side", "points"),
    [
        (study(right=117), "right", 3),  # 0.90
        (study(right=115), "right", 0),  # 0.88
        (study(right=115, left=130), "left", 3),
        (study(right=115, left=130), "both", 0),
        (study(right=130, left=130), "both", 3),
        (study(right=130), "both", None),
        (study(stiff_right=True), "right", None),
        (study(stiff_right=True, left=100), "both", 0),
        (NO_PRESSURES, "right", None),
    ],
)
def test_the_abi_item_looks_at_the_legs_that_hurt(measured: Measurements, side: str, points: int | None) -> None:
    one = result("lss-dst", DST_NOTHING | {"symptom_side": side}, measured=measured)
    if points is None:
        assert (one.score, one.lowest, one.highest, one.positive, one.missing) == (None, 0, 3, False, ("resting-abi",))
    else:
        assert one.score == points


def test_an_ankle_pressure_known_only_as_below_a_limit_is_no_good_pressure() -> None:
    below = Measurements(
        pressures=(
            pressure(Site.BRACHIAL, Side.RIGHT, 130),
            pressure(Site.DORSALIS_PEDIS, Side.RIGHT, 50, bound=Bound.BELOW),
        )
    )
    assert result("lss-dst", DST_NOTHING, measured=below).score == 0


def test_a_missing_answer_widens_the_range_and_is_named() -> None:
    known = DST_NOTHING | {"relieved_by_bending_forward": True}
    del known["worse_standing_up"], known["straight_leg_raise_left"]
    one = result("lss-dst", known, measured=LOW, age=None)
    assert (one.score, one.lowest, one.highest, one.positive) == (None, 4, 10, None)
    assert one.missing == ("age", "worse-standing-up", "straight-leg-raise-left")


def test_an_item_that_is_there_on_one_side_is_decided_though_the_other_is_unknown() -> None:
    known = DST_NOTHING | {"straight_leg_raise_right": "positive"}
    del known["straight_leg_raise_left"]
    assert result("lss-dst", known, measured=LOW).score == -2


# --- LSS-SSHQ ----------------------------------------------------------------------------------------------------------

SSHQ_NOTHING: dict[str, Any] = DST_NOTHING | {
    "symptom_site": {"foot"}, "symptom_character": {"aching"}, "provoked_by_standing_alone": False,
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "lowest", "highest", "positive"),
    [
        ({}, 0, 1, False),  # the tenth question is not asked here
        ({"symptom_site": {"calf"}}, 1, 2, False),
        ({"relieved_by_sitting": True}, 1, 2, False),
        ({"provoked_by_standing_alone": True}, 1, 2, False),
        ({"relieved_by_bending_forward": True}, 2, 3, False),  # and it ends the pain
        ({"symptom_character": {"numbness", "aching"}}, 0, 1, False),
        ({"symptom_character": {"numbness", "aching"}, "symptom_side": "both"}, 2, 3, False),
        ({"symptom_character": {"numbness", "aching"}, "symptom_side": "both", "symptom_site": {"foot", "hip"}}, 1, 3, False),
        ({"symptom_character": {"numbness", "aching"}, "symptom_side": "both", "symptom_site": {"calf", "hip"}}, 2, 3, None),
        ({"symptom_character": {"numbness", "aching"}, "symptom_side": "both", "symptom_site": {"calf", "foot"}}, 2, 4, None),
        ({"symptom_character": {"numbness"}}, 1, 2, False),
        ({"symptom_character": {"numbness", "aching"}, "symptom_site": {"buttock"}}, 1, 2, False),
        ({"symptom_character": {"numbness", "burning"}, "symptom_site": {"buttock"}, "relieved_by_sitting": True}, 3, 4, True),
        ({"symptom_character": {"burning"}, "symptom_site": {"buttock", "foot"}}, 0, 2, False),
        ({"symptom_character": {"burning"}, "symptom_site": {"buttock"}}, 1, 2, False),
        ({"symptom_site": {"calf"}, "provoked_by_standing_alone": True, "relieved_by_bending_forward": True}, 4, 5, True),
        ({"symptom_site": {"foot"}, "provoked_by_standing_alone": True, "relieved_by_bending_forward": True}, 3, 4, False),
    ],
)  # fmt: skip
def test_questions_and_rule_of_the_sshq(change: dict[str, Any], lowest: int, highest: int, positive: bool | None) -> None:
    one = result("lss-sshq", SSHQ_NOTHING | change)
    assert (one.lowest, one.highest, one.positive) == (lowest, highest, positive)
    assert one.missing == ()
    assert "at least" in one.instrument.remark


# --- Sugioka -----------------------------------------------------------------------------------------------------------

SUGIOKA_NOTHING: dict[str, Any] = DST_NOTHING | {
    "symptom_duration_weeks": "26", "relieved_by_bending_backward": False, "new_bladder_or_bowel_dysfunction": False,
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "age", "score", "positive"),
    [
        ({}, 59, 0, False),
        ({}, 60, 2, False),
        ({}, 70, 2, False),
        ({}, 71, 3, False),
        ({"symptom_duration_weeks": "26.5"}, 59, 1, False),
        ({"relieved_by_bending_forward": True}, 59, 3, False),  # two, and one for claudication
        ({"relieved_by_bending_backward": True}, 59, -2, False),
        ({"worse_standing_up": True}, 59, 2, False),
        ({"makes_stop_or_slow_down": True}, 59, 1, False),
        ({"worse_standing_up": True}, 70, 4, False),
        ({"worse_standing_up": True}, 71, 5, True),
    ],
)
def test_weights_and_cut_off_of_sugioka(change: dict[str, Any], age: int, score: int, positive: bool) -> None:
    one = result("sugioka", SUGIOKA_NOTHING | change, age=age)
    assert (one.score, one.positive) == (score, positive)


def test_a_bladder_or_bowel_problem_may_or_may_not_be_incontinence() -> None:
    one = result("sugioka", SUGIOKA_NOTHING | {"new_bladder_or_bowel_dysfunction": True})
    assert (one.score, one.lowest, one.highest) == (None, 0, 1)


# --- Cook --------------------------------------------------------------------------------------------------------------

COOK_LEAST: dict[str, Any] = {
    "leg_pain_on_walking": True, "symptom_side": "right", "back_pain": True, "leg_pain_worse_than_back_pain": False,
    "relieved_by_sitting": False,
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "age", "score", "positive"),
    [
        ({}, 48, 1, False),
        ({}, 49, 2, False),
        ({"symptom_side": "both"}, 48, 2, False),
        ({"leg_pain_worse_than_back_pain": True}, 48, 2, False),
        ({"relieved_by_sitting": True}, 48, 2, False),
        ({"no_pain_when_seated": True}, 48, 2, False),
        ({"symptom_side": "both", "relieved_by_sitting": True}, 48, 3, False),
        ({"symptom_side": "both", "relieved_by_sitting": True}, 49, 4, True),
    ],
)
def test_findings_and_cut_off_of_cook(change: dict[str, Any], age: int, score: int, positive: bool) -> None:
    one = result("cook", COOK_LEAST | change, age=age)
    assert (one.score, one.positive) == (score, positive)


def test_leg_pain_without_back_pain_is_more_than_back_pain() -> None:
    known = COOK_LEAST | {"back_pain": False}
    del known["leg_pain_worse_than_back_pain"]
    assert result("cook", known, age=48).score == 2


# --- Nadeau ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "without", [None, "provoked_by_standing_alone", "relieved_by_sitting", "relieved_by_leaning_on_cart", "site"]
)
def test_the_neurogenic_constellation_needs_all_four(without: str | None) -> None:
    change: dict[str, Any] = {} if without is None else {"symptom_site": {"calf"}} if without == "site" else {without: False}
    one = result("nadeau-neurogenic", STENOTIC | change)
    assert (one.score, one.positive) == ((4, True) if without is None else (3, False))


def test_the_vascular_constellation_needs_both() -> None:
    assert result("nadeau-vascular", CLAUDICANT).positive is True
    assert result("nadeau-vascular", CLAUDICANT | {"symptom_site": {"thigh"}}).positive is False
    unknown = {code: value for code, value in CLAUDICANT.items() if code != "relieved_by_standing_still"}
    one = result("nadeau-vascular", unknown)
    assert (one.lowest, one.highest, one.positive, one.missing) == (1, 2, None, ("relieved-by-standing-still",))


# --- Edinburgh, Rose, San Diego ----------------------------------------------------------------------------------------

DEFINITE, ATYPICAL = {"definite-grade-2", "definite-grade-1"}, {"atypical-grade-2", "atypical-grade-1"}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, "definite-grade-2"),
        ({"provoked_ordinary_pace_level": False}, "definite-grade-1"),
        ({"symptom_site": {"calf", "thigh"}}, "definite-grade-2"),
        ({"symptom_site": {"thigh"}}, "atypical-grade-2"),
        ({"symptom_site": {"buttock", "foot"}, "provoked_ordinary_pace_level": False}, "atypical-grade-1"),
        ({"symptom_site": {"foot", "hamstring"}}, "not-claudication"),
        ({"begins_standing_or_sitting": True}, "not-claudication"),
        ({"provoked_uphill_or_hurrying": False}, "not-claudication"),
        ({"relief_within_10_minutes": False}, "not-claudication"),
        ({"relieved_by_standing_still": False}, "not-claudication"),
        ({"leg_pain_on_walking": False}, "not-claudication"),
    ],
)
def test_edinburgh(change: dict[str, Any], expected: str) -> None:
    one = result("edinburgh", CLAUDICANT | change)
    assert (one.result, one.possible, one.missing) == (expected, (expected,), ())
    assert one.positive is (expected != "not-claudication")


@pytest.mark.parametrize(
    ("unknown", "possible", "positive"),
    [
        ("provoked_ordinary_pace_level", DEFINITE, True),
        ("symptom_site", {"definite-grade-2", "atypical-grade-2"} | {"definite-grade-1", "atypical-grade-1", "not-claudication"}, None),
        ("begins_standing_or_sitting", {"definite-grade-2", "definite-grade-1", "not-claudication"}, None),
    ],
)  # fmt: skip
def test_edinburgh_with_an_answer_missing(unknown: str, possible: set[str], positive: bool | None) -> None:
    one = result("edinburgh", {code: value for code, value in CLAUDICANT.items() if code != unknown})
    assert one.result is None
    assert set(one.possible) == possible
    assert (one.highest, one.lowest) == (one.possible[0], one.possible[-1])
    assert one.positive is positive
    assert unknown.replace("_", "-") in one.missing


ROSE: dict[str, Any] = CLAUDICANT | {"makes_stop_or_slow_down": True, "continues_while_walking_on": True}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, "rose-grade-2"),
        ({"provoked_ordinary_pace_level": False}, "rose-grade-1"),
        ({"provoked_uphill_or_hurrying": False}, "rose-grade-2"),
        ({"symptom_site": {"thigh"}}, "no-rose-claudication"),
        ({"begins_standing_or_sitting": True}, "no-rose-claudication"),
        ({"makes_stop_or_slow_down": False}, "no-rose-claudication"),
        ({"continues_while_walking_on": False}, "no-rose-claudication"),
        ({"relief_within_10_minutes": False}, "no-rose-claudication"),
    ],
)
def test_rose(change: dict[str, Any], expected: str) -> None:
    assert result("rose", ROSE | change).result == expected


@pytest.mark.parametrize(
    ("change", "right", "left"),
    [
        ({}, {"leg-rose-claudication"}, {"leg-no-pain"}),
        ({"symptom_side": "both"}, {"leg-rose-claudication"}, {"leg-rose-claudication"}),
        ({"continues_while_walking_on": False}, {"leg-calf-not-rose"}, {"leg-no-pain"}),
        ({"symptom_site": {"thigh"}}, {"leg-not-calf"}, {"leg-no-pain"}),
        ({"begins_standing_or_sitting": True}, {"leg-pain-at-rest"}, {"leg-no-pain"}),
        ({"symptom_side": None}, {"leg-rose-claudication", "leg-no-pain"}, {"leg-rose-claudication", "leg-no-pain"}),
        ({"symptom_site": None}, {"leg-rose-claudication", "leg-calf-not-rose", "leg-not-calf"}, {"leg-no-pain"}),
        ({"begins_standing_or_sitting": None}, {"leg-rose-claudication", "leg-calf-not-rose", "leg-pain-at-rest"}, {"leg-no-pain"}),
    ],
)  # fmt: skip
def test_san_diego_leg_by_leg(change: dict[str, Any], right: set[str], left: set[str]) -> None:
    known = {code: value for code, value in (ROSE | change).items() if value is not None}
    for side, expected in ((Side.RIGHT, right), (Side.LEFT, left)):
        assert set(result("san-diego", known, side=side).possible) >= expected
        assert len(expected) > 1 or set(result("san-diego", known, side=side).possible) == expected


# --- Fontaine and Rutherford -------------------------------------------------------------------------------------------

NO_TISSUE_LOSS = {"foot_wound_right": False, "gangrene_right": False, "rest_pain_foot": False}
STAGED = CLAUDICANT | NO_TISSUE_LOSS
PAD_RIGHT = study(right=80, left=130)


@pytest.mark.parametrize(
    ("change", "fontaine", "rutherford"),
    [
        ({"leg_pain_on_walking": False}, {"fontaine-1"}, {"rutherford-0"}),
        ({"walking_distance_m": "200", "walking_limitation": "mild"}, {"fontaine-2a"}, {"rutherford-1"}),
        ({"walking_distance_m": "199"}, {"fontaine-2b"}, {"rutherford-3", "rutherford-2", "rutherford-1"}),
        ({"walking_limitation": "lifestyle-limiting"}, {"fontaine-2b", "fontaine-2a"}, {"rutherford-3", "rutherford-2"}),
        ({"rest_pain_foot": True}, {"fontaine-3"}, {"rutherford-4"}),
        ({"foot_wound_right": True}, {"fontaine-4"}, {"rutherford-6", "rutherford-5"}),
        ({"gangrene_right": True}, {"fontaine-4"}, {"rutherford-6", "rutherford-5"}),
        ({"symptom_side": "left"}, {"fontaine-1"}, {"rutherford-0"}),
        ({"foot_wound_right": None, "walking_distance_m": "300", "walking_limitation": "none"}, {"fontaine-4", "fontaine-2a"}, {"rutherford-6", "rutherford-5", "rutherford-1"}),
    ],
)  # fmt: skip
def test_stages_of_a_leg_with_artery_disease(change: dict[str, Any], fontaine: set[str], rutherford: set[str]) -> None:
    known = {code: value for code, value in (STAGED | change).items() if value is not None}
    for code, expected in (("fontaine", fontaine), ("rutherford", rutherford)):
        one = result(code, known, measured=PAD_RIGHT, side=Side.RIGHT)
        assert set(one.possible) == expected
        assert one.positive is None


def test_only_a_leg_with_artery_disease_is_staged() -> None:
    assert {(one.code, one.side) for one in assessed(findings(**STAGED), PAD_RIGHT).instruments if "fontaine" in one.code} == {
        ("fontaine", Side.RIGHT)
    }
    assert "fontaine" not in codes(STAGED, NORMAL_STUDY)
    assert "fontaine" in codes(STAGED | {"known_pad": True})
    assert "rutherford" not in codes(STAGED | {"leg_amputated_right": True}, PAD_RIGHT)


ACUTE: dict[str, Any] = {
    "sudden_onset_within_14_days": True, "cold_leg_right": True, "leg_sensory_loss_right": "none", "leg_motor_loss_right": "none",
    "arterial_doppler_right": "audible", "venous_doppler_right": "audible",
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, {"acute-1"}),
        ({"leg_sensory_loss_right": "toes"}, {"acute-2a"}),
        ({"arterial_doppler_right": "inaudible"}, {"acute-2a"}),
        ({"venous_doppler_right": "inaudible"}, {"acute-2a"}),
        ({"leg_sensory_loss_right": "more-than-toes"}, {"acute-2b"}),
        ({"leg_motor_loss_right": "mild-moderate"}, {"acute-2b"}),
        ({"leg_sensory_loss_right": "profound", "leg_motor_loss_right": "paralysis"}, {"acute-2b"}),
        ({"leg_sensory_loss_right": "profound", "leg_motor_loss_right": "paralysis", "arterial_doppler_right": "inaudible"}, {"acute-2b"}),
        ({"leg_sensory_loss_right": "profound", "leg_motor_loss_right": "paralysis", "arterial_doppler_right": "inaudible", "venous_doppler_right": "inaudible"}, {"acute-3"}),
        ({"leg_sensory_loss_right": "profound", "leg_motor_loss_right": "paralysis", "arterial_doppler_right": "inaudible", "venous_doppler_right": None}, {"acute-3", "acute-2b"}),
        ({"leg_motor_loss_right": None}, {"acute-2b", "acute-1"}),
    ],
)  # fmt: skip
def test_classes_of_acute_ischaemia(change: dict[str, Any], expected: set[str]) -> None:
    known = {code: value for code, value in (ACUTE | change).items() if value is not None}
    one = result("rutherford-acute", known, side=Side.RIGHT)
    assert set(one.possible) == expected
    assert {code.replace("_", "-") for code, value in change.items() if value is None} == set(one.missing)


def test_the_acute_class_is_given_only_of_a_leg_whose_flag_is_raised() -> None:
    one = assessed(findings(**ACUTE)).instruments
    assert {(each.code, each.side) for each in one} == {("rutherford-acute", Side.RIGHT)}
    assert "rutherford-acute" not in codes(CLAUDICANT | {"leg_sensory_loss_right": "toes", "sudden_onset_within_14_days": False})


# --- in general --------------------------------------------------------------------------------------------------------


def test_nothing_is_said_where_nothing_more_is_known_than_that_it_hurts_or_not() -> None:
    assert codes({}) == set()
    assert codes({"leg_pain_on_walking": False}) == set()
    assert codes({"relieved_by_sitting": True, "diabetes": True}) == set()
    assert "lss-dst" not in codes({"leg_pain_on_walking": True, "symptom_character": {"aching"}})


def test_what_a_result_rests_on_and_where_it_comes_from() -> None:
    one = result("san-diego", CLAUDICANT, side=Side.LEFT)
    assert {"QuestionnaireResponse/leg-pain-on-walking", "QuestionnaireResponse/symptom-side"} <= set(one.sources)
    assert (one.basis.citation, one.basis.rule) == ("criqui-1996", "san-diego")
    dst = result("lss-dst", CLAUDICANT, measured=PAD_RIGHT)
    assert "Observation/rest-dorsalis-pedis-right" in dst.sources


LOOKED_AT = sorted(code for code in (*DST_NOTHING, *SSHQ_NOTHING, *SUGIOKA_NOTHING, *ROSE, *STENOTIC))


def answers(name: str) -> st.SearchStrategy[Any]:
    term = VOCABULARY[name.replace("_", "-")]
    if term.kind is Kind.BOOLEAN:
        return st.booleans()
    if term.kind is Kind.CHOICE:
        return st.sampled_from(term.options)
    return st.sets(st.sampled_from(term.options), min_size=1) if term.kind is Kind.CHOICES else st.integers(0, 100)


PATIENTS = st.fixed_dictionaries({}, optional={name: answers(name) for name in sorted(set(LOOKED_AT) - {"leg_pain_on_walking"})})


@given(known=PATIENTS, forgotten=st.sets(st.sampled_from(LOOKED_AT)))
def test_forgetting_an_answer_never_excludes_what_was_true(known: dict[str, Any], forgotten: set[str]) -> None:
    if known.get("relieved_by_standing_still") is False:
        # Who is not relieved by standing still is not asked how soon; that he is after all is a contradiction, not an answer.
        known = {name: value for name, value in known.items() if name != "relief_within_10_minutes"}
    if known.get("no_pain_when_seated") and known.get("relieved_by_sitting") is False:
        # The same: whoever has no pain when seated is relieved by sitting. Either answer alone is taken at its word.
        known = {name: value for name, value in known.items() if name != "no_pain_when_seated"}
    hurts = {"leg_pain_on_walking": True}
    full = {(one.code, one.side): one for one in assessed(findings(**known, **hurts)).instruments}
    fewer = {name: value for name, value in known.items() if name not in forgotten}
    for one in assessed(findings(**fewer, **hurts)).instruments:
        more = full[one.code, one.side]
        if isinstance(one.lowest, int):
            assert int(one.lowest) <= int(more.lowest) <= int(more.highest) <= int(one.highest)
        else:
            assert set(more.possible) <= set(one.possible)
        assert one.positive in (None, more.positive)


# --- WIfI ----------------------------------------------------------------------------------------------------------------

SORE: dict[str, Any] = {"leg_pain_on_walking": True, "symptom_side": "right", "foot_wound_right": True, "gangrene_right": False}


@pytest.mark.parametrize(
    ("change", "possible", "missing"),
    [
        ({}, (3, 2, 1), ()),
        ({"gangrene_right": None}, (3, 2, 1), ("gangrene-right",)),
        ({"gangrene_right": True}, (3, 2), ()),
        ({"foot_wound_right": False, "gangrene_right": True}, (3, 2), ()),
        ({"foot_wound_right": False, "rest_pain_foot": True}, (0,), ()),
        ({"foot_wound_right": None, "rest_pain_foot": True}, (3, 2, 1, 0), ("foot-wound-right",)),
        ({"foot_wound_right": False, "gangrene_right": None, "rest_pain_foot": True}, (3, 2, 0), ("gangrene-right",)),
    ],
)
def test_the_wound_grade_stays_open_where_depth_and_extent_decide(
    change: dict[str, Any], possible: tuple[int, ...], missing: tuple[str, ...]
) -> None:
    known = {code: value for code, value in (SORE | change).items() if value is not None}
    one = result("wifi-wound", known, side=Side.RIGHT)
    assert one.possible == tuple(f"wound-{grade}" for grade in possible)
    assert one.missing == missing


@pytest.mark.parametrize(
    ("measured", "grade", "missing"),
    [
        (study(arms=(130, 130), toe_right=22), "ischaemia-3", ()),
        (study(arms=(130, 130), right=65), "ischaemia-2", ()),
        (study(arms=(130, 130), right=91), "ischaemia-1", ()),
        (study(arms=(130, 130), right=130), "ischaemia-0", ()),
        (NO_PRESSURES, None, ("toe-brachial-index",)),
    ],
)
def test_the_ischaemia_grade_is_that_of_the_pressures(
    measured: Measurements, grade: str | None, missing: tuple[str, ...]
) -> None:
    one = result("wifi-ischaemia", SORE, measured=measured, side=Side.RIGHT)
    assert (one.result, one.missing) == (grade, missing)
    if grade is None:
        assert (one.lowest, one.highest) == ("ischaemia-0", "ischaemia-3")


def test_nothing_recorded_decides_the_grade_of_infection() -> None:
    one = result("wifi-foot-infection", SORE | {"fever": True}, side=Side.RIGHT)
    assert one.possible == ("foot-infection-3", "foot-infection-2", "foot-infection-1", "foot-infection-0")
    assert (one.lowest, one.highest, one.missing) == ("foot-infection-0", "foot-infection-3", ())


def test_wifi_is_for_a_threatened_foot_and_not_for_an_acute_limb() -> None:
    wifi = {"wifi-wound", "wifi-ischaemia", "wifi-foot-infection"}
    assert wifi <= codes(SORE)
    assert wifi.isdisjoint(codes(SORE | {"foot_wound_right": False}))
    assert wifi.isdisjoint(codes(SORE | {"leg_amputated_right": True}))
    assert wifi.isdisjoint(codes(SORE | {"sudden_onset_within_14_days": True, "cold_leg_right": True}))
    assert {one.side for one in assessed(findings(**SORE)).instruments if one.code == "wifi-wound"} == {Side.RIGHT}
