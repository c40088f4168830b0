"""The ABI and TBI of single studies: which reading counts, which band, and what is said beside the number."""

from __future__ import annotations

from decimal import Decimal

import pytest

from service.clinical.abi import abi_category, abi_ratio
from service.clinical.data_issues import IssueCode
from service.clinical.indices import Abi, AbiCategory, NotComputed, PadReason, PadStatus, Tbi
from service.clinical.measurements import Bound, Pressure, ReportedIndex, Site
from tests.clinical.pressures import TEN, L, R, arms, codes, indices, lab, p, thresholds, told


def right_abi(*items: Pressure | ReportedIndex) -> Abi:
    abi = indices(*items).right.abi
    assert abi is not None
    return abi


def right_tbi(*items: Pressure | ReportedIndex) -> Tbi:
    tbi = indices(*items).right.tbi
    assert tbi is not None
    return tbi


@pytest.mark.parametrize(
    ("ankle", "arm", "value", "category"),
    [
        (88, 140, "0.63", AbiCategory.ABNORMAL),
        (0, 140, "0.00", AbiCategory.ABNORMAL),
        ("90.4", 100, "0.90", AbiCategory.ABNORMAL),
        ("90.5", 100, "0.91", AbiCategory.BORDERLINE),
        (181, 200, "0.91", AbiCategory.BORDERLINE),
        ("99.4", 100, "0.99", AbiCategory.BORDERLINE),
        ("99.5", 100, "1.00", AbiCategory.NORMAL),
        ("140.4", 100, "1.40", AbiCategory.NORMAL),
        ("140.5", 100, "1.41", AbiCategory.NONCOMPRESSIBLE),
        (70, 100, "0.70", AbiCategory.ABNORMAL),
    ],
)
def test_every_edge_is_tried_on_both_sides(ankle: int | str, arm: int, value: str, category: AbiCategory) -> None:
    abi = right_abi(*arms(arm, arm), p("dp", R, ankle))
    assert str(abi.ratio.value) == value
    assert abi.ratio.raw == Decimal(ankle) / arm
    assert abi.category is category


def test_a_ratio_keeps_its_value_before_rounding() -> None:
    assert abi_ratio(ankle_mmhg=Decimal(85), arm_mmhg=Decimal(140)) == (
        Decimal("0.6071428571428571428571428571"),
        Decimal("0.61"),
    )
    assert abi_category(Decimal("0.90"), thresholds().abi) is AbiCategory.ABNORMAL


def test_the_higher_ankle_artery_stands_over_the_higher_arm_for_both_legs() -> None:
    found = indices(*arms(132, 140), p("dp", R, 85), p("pt", R, 88), p("dp", L, 150), p("pt", L, 145))
    assert found.right.abi is not None
    assert found.left.abi is not None
    assert found.right.abi.ratio.value == Decimal("0.63")
    assert found.right.abi.ratio.sources == ("pt-right-88-rest-2603021000", "arm-left-140-rest-2603021000")
    assert found.right.abi.lower is not None
    assert found.right.abi.lower.value == Decimal("0.61")
    assert [(site, ratio.value) for site, ratio in found.right.abi.artery_ratios] == [
        (Site.DORSALIS_PEDIS, Decimal("0.61")),
        (Site.POSTERIOR_TIBIAL, Decimal("0.63")),
    ]
    assert found.left.abi.ratio.value == Decimal("1.07")
    assert found.right.ankle is not None
    assert found.right.ankle.mmhg == 88
    assert found.arms.difference_mmhg == 8
    assert found.leg(R) is found.right
    assert found.leg(L) is found.left
    assert found.issues == ()


def test_an_ankle_pressure_without_its_artery_counts_when_no_artery_is_named() -> None:
    abi = right_abi(*arms(), p("ankle", R, 98))
    assert abi.ratio.value == Decimal("0.70")
    assert abi.lower is None


@pytest.mark.parametrize(
    ("ankle", "code"),
    [
        (90, IssueCode.DUPLICATE),
        (120, IssueCode.REPEAT_DISCORDANT),
        (">250", IssueCode.REPEAT_DISCORDANT),
        (">", IssueCode.REPEAT_DISCORDANT),
    ],
)
def test_named_arteries_count_before_an_unnamed_one_which_is_told(ankle: int | str, code: IssueCode) -> None:
    found = indices(*arms(), p("dp", R, 84), p("pt", R, 88), p("ankle", R, ankle))
    assert found.right.abi is not None
    assert found.right.abi.ratio.value == Decimal("0.63")
    (issue,) = told(found, code)
    assert issue.source is not None
    assert issue.source.startswith("ankle-right")
    assert not issue.used


def test_an_unnamed_ankle_above_the_only_named_artery_does_not_count() -> None:
    assert right_abi(*arms(), p("dp", R, 84), p("ankle", R, 120)).ratio.value == Decimal("0.60")


def test_an_unnamed_ankle_that_counts_is_not_remarked_on() -> None:
    assert indices(*arms(), p("ankle", R, 98)).issues == ()
    assert indices(*arms(), p("dp", R, 150), p("ankle", R, ">250")).issues == ()


@pytest.mark.parametrize(("stiff", "other"), [(">", 140), (">180", 200), (">", ">"), (">", "<50")])
def test_an_artery_that_does_not_compress_stands_before_any_number_of_the_other(stiff: str, other: int | str) -> None:
    abi = right_abi(*arms(), p("dp", R, stiff), p("pt", R, other))
    assert (abi.category, abi.ratio.bound) == (AbiCategory.NONCOMPRESSIBLE, Bound.ABOVE)


def test_an_unnamed_ankle_that_did_not_compress_is_the_second_artery() -> None:
    found = indices(*arms(), p("dp", R, 150), p("ankle", R, ">250"))
    assert found.right.abi is not None
    assert found.right.abi.category is AbiCategory.NONCOMPRESSIBLE
    assert found.right.pad_status is PadStatus.INDETERMINATE


def test_not_occluded_at_250_is_noncompressible_although_250_over_190_would_be_normal() -> None:
    abi = right_abi(*arms(190, 190), p("dp", R, ">250"))
    assert (abi.category, abi.ratio.bound, abi.ratio.value) == (AbiCategory.NONCOMPRESSIBLE, Bound.ABOVE, Decimal("1.32"))
    assert not abi.near_threshold


def test_unable_to_compress_needs_no_number_and_no_arm() -> None:
    abi = right_abi(*arms(), p("dp", R, ">"))
    assert (abi.category, abi.ratio.value, abi.ratio.raw) == (AbiCategory.NONCOMPRESSIBLE, None, None)
    found = indices(p("dp", R, ">250"))
    assert found.right.abi is not None
    assert found.right.abi.ratio.value is None
    assert not found.right.abi.single_arm
    assert codes(found) == {IssueCode.ARM_MISSING}


def test_one_stiff_artery_beside_an_abnormal_one_is_noncompressible_and_possible_disease() -> None:
    found = indices(*arms(), p("dp", R, ">250"), p("pt", R, 112))
    assert found.right.abi is not None
    assert found.right.abi.category is AbiCategory.NONCOMPRESSIBLE
    assert found.right.abi.lower is not None
    assert found.right.abi.lower.value == Decimal("0.80")
    assert len(found.right.abi.artery_ratios) == 2
    assert (found.right.pad_status, found.right.pad_reason) == (PadStatus.POSSIBLE, PadReason.ONE_ARTERY_ABNORMAL)


@pytest.mark.parametrize(
    ("arteries", "value", "missing"),
    [
        ({"dp": "<50"}, "0.36", None),
        ({"dp": "<126"}, "0.90", None),
        ({"dp": "<150"}, None, NotComputed.ONLY_BOUND_KNOWN),
        ({"dp": "<50", "pt": 50}, "0.36", None),
        ({"dp": "<50", "pt": 150}, "1.07", None),
        ({"dp": "<150", "pt": 100}, None, NotComputed.ONLY_BOUND_KNOWN),
    ],
)
def test_below_a_limit_is_abnormal_only_where_the_limit_is(
    arteries: dict[str, int | str], value: str | None, missing: NotComputed | None
) -> None:
    leg = indices(*arms(), *(p(site, R, mmhg) for site, mmhg in arteries.items())).right
    assert (str(leg.abi.ratio.value) if leg.abi else None) == value
    assert leg.abi_missing is missing


def test_an_exact_reading_stands_before_an_upper_limit_of_the_same_number() -> None:
    assert right_abi(*arms(), p("dp", R, "<50"), p("pt", R, 50)).ratio.bound is Bound.EXACT


@pytest.mark.parametrize(("ankle", "near"), [("87.9", False), (88, True), (92, True), ("92.1", False)])
def test_near_the_edge_is_said_and_a_repeat_advised(ankle: int | str, near: bool) -> None:
    found = indices(*arms(100, 100), p("dp", R, ankle))
    assert found.right.abi is not None
    assert found.right.abi.near_threshold is near
    issues = told(found, IssueCode.NEAR_THRESHOLD)
    assert [issue.used for issue in issues] == ([True] if near else [])


def test_one_arm_computes_and_says_that_the_index_may_be_too_high() -> None:
    found = indices(p("arm", L, 140), p("dp", R, 98), p("dp", L, 98), p("toe", R, 90))
    assert found.right.abi is not None
    assert found.right.tbi is not None
    assert found.right.abi.single_arm
    assert found.right.tbi.single_arm
    (issue,) = told(found, IssueCode.SINGLE_ARM)
    assert issue.used
    assert "left arm" in issue.detail


@pytest.mark.parametrize(("other", "told_of"), [(126, False), (125, True)])
def test_arms_fifteen_apart_are_remarked_and_the_higher_is_used(other: int, told_of: bool) -> None:
    found = indices(*arms(other, 140), p("dp", R, 98))
    assert found.right.abi is not None
    assert found.right.abi.ratio.value == Decimal("0.70")
    assert bool(told(found, IssueCode.ARM_DIFFERENCE)) is told_of


def test_without_an_arm_the_pressures_are_reported_and_nothing_is_computed() -> None:
    found = indices(p("dp", R, 44), p("toe", R, 22))
    assert (found.right.abi_missing, found.right.tbi_missing) == (NotComputed.NO_ARM_PRESSURE, NotComputed.NO_ARM_PRESSURE)
    assert found.right.ankle is not None
    assert found.right.toe is not None
    assert found.right.toe.mmhg == 22
    assert found.right.ischaemia is not None
    assert found.right.ischaemia.grade == 3
    (issue,) = told(found, IssueCode.ARM_MISSING)
    assert issue.used
    assert found.left.abi_missing is NotComputed.NO_ANKLE_PRESSURE
    assert found.left.tbi_missing is NotComputed.NO_TOE_PRESSURE


@pytest.mark.parametrize("arm", [">250", "<60", 0])
def test_an_arm_known_only_as_a_bound_is_no_denominator(arm: int | str) -> None:
    found = indices(p("arm", R, arm), p("dp", R, 98))
    assert found.right.abi_missing is NotComputed.NO_ARM_PRESSURE
    assert codes(found) == {IssueCode.VALUE_IMPLAUSIBLE, IssueCode.ARM_MISSING}


def test_nothing_measured_is_not_measured() -> None:
    found = indices()
    assert found.issues == ()
    assert found.arms.higher is None
    assert {leg.pad_status for leg in found.legs} == {PadStatus.NOT_MEASURED}


@pytest.mark.parametrize(
    ("toe", "value", "abnormal"),
    [(70, "0.70", True), ("70.4", "0.70", True), ("70.5", "0.71", False), ("<30", "0.30", True), (">71", "0.71", False)],
)
def test_tbi_is_abnormal_up_to_070(toe: int | str, value: str, abnormal: bool) -> None:
    tbi = right_tbi(*arms(100, 100), p("toe", R, toe))
    assert (str(tbi.ratio.value), tbi.abnormal) == (value, abnormal)


@pytest.mark.parametrize("toe", ["<90", ">30", ">"])
def test_a_toe_limit_that_settles_nothing_gives_no_tbi(toe: str) -> None:
    leg = indices(*arms(100, 100), p("toe", R, toe)).right
    assert leg.tbi is None
    assert leg.tbi_missing is NotComputed.ONLY_BOUND_KNOWN
    assert leg.toe is not None


def test_a_toe_above_the_ankle_that_would_reassure_is_not_used() -> None:
    found = indices(*arms(), p("dp", R, 90), p("toe", R, 101))
    assert found.right.toe is None
    assert found.right.tbi_missing is NotComputed.NO_TOE_PRESSURE
    (issue,) = told(found, IssueCode.VALUE_IMPLAUSIBLE)
    assert not issue.used
    assert "swapped" in issue.detail


def test_a_toe_known_only_to_lie_below_a_limit_was_not_swapped() -> None:
    """Below 30 mmHg, beside an ankle of 10: the toe may lie below the ankle as it should."""
    found = indices(*arms(), p("dp", R, 10), p("toe", R, "<30"))
    assert found.right.toe is not None
    assert told(found, IssueCode.VALUE_IMPLAUSIBLE) == []


def test_a_toe_that_does_not_compress_has_no_number_to_compare_with_the_ankles() -> None:
    found = indices(*arms(), p("dp", R, 90), p("toe", R, ">"))
    assert found.right.toe is not None
    assert told(found, IssueCode.VALUE_IMPLAUSIBLE) == []


def test_a_toe_at_most_ten_above_the_ankle_is_used() -> None:
    assert right_tbi(*arms(), p("dp", R, 90), p("toe", R, 100)).ratio.value == Decimal("0.71")


def test_a_toe_above_the_ankle_that_is_abnormal_all_the_same_is_used_and_told() -> None:
    found = indices(*arms(), p("dp", R, 20), p("toe", R, 40))
    assert found.right.tbi is not None
    assert found.right.tbi.abnormal
    assert [issue.used for issue in told(found, IssueCode.VALUE_IMPLAUSIBLE)] == [True]


@pytest.mark.parametrize(("toe", "kept"), [(59, True), (60, False)])
def test_without_arms_a_swapped_toe_is_kept_only_where_it_warns(toe: int, kept: bool) -> None:
    leg = indices(p("dp", R, 40), p("toe", R, toe)).right
    assert (leg.toe is not None) is kept


@pytest.mark.parametrize("ankle", [">250", "<50"])
def test_an_ankle_known_only_as_a_bound_does_not_make_the_toe_suspect(ankle: str) -> None:
    assert right_tbi(*arms(), p("dp", R, ankle), p("toe", R, 110)).abnormal is False


def test_readings_of_an_amputated_leg_are_set_aside_and_its_arm_is_not() -> None:
    found = indices(p("arm", R, 140), p("dp", R, 98), p("dp", L, 98), lab("abi", R, "0.70"), amputated_legs=frozenset({R}))
    assert found.right.abi_missing is NotComputed.LEG_AMPUTATED
    assert found.right.tbi_missing is NotComputed.LEG_AMPUTATED
    assert found.right.pad_status is PadStatus.NOT_MEASURED
    assert found.left.abi is not None
    assert len(told(found, IssueCode.NOT_RELEVANT)) == 2


def test_a_toe_pressure_beside_an_amputated_great_toe_is_another_toes() -> None:
    found = indices(*arms(), p("toe", R, 60), p("toe", L, 60), amputated_great_toes=frozenset({R}))
    assert found.right.tbi is not None
    (issue,) = told(found, IssueCode.ASSUMED)
    assert issue.used
    assert "another toe" in issue.detail


def test_stiff_arteries_and_an_abnormal_toe_confirm() -> None:
    leg = indices(*arms(), p("dp", R, 210), p("toe", R, 60)).right
    assert leg.pad_reason is PadReason.TBI_ABNORMAL_BEHIND_STIFF_ARTERIES
    assert leg.ischaemia is not None
    assert leg.ischaemia.decided_by == "toe-pressure"


@pytest.mark.parametrize(
    ("value", "rounded", "category"),
    [
        ("0.9", "0.90", AbiCategory.ABNORMAL),
        ("0.905", "0.91", AbiCategory.BORDERLINE),
        ("1.41", "1.41", AbiCategory.NONCOMPRESSIBLE),
        (">1.3", "1.30", AbiCategory.NONCOMPRESSIBLE),
        ("<0.4", "0.40", AbiCategory.ABNORMAL),
    ],
)
def test_a_laboratory_abi_is_used_where_there_are_no_pressures(value: str, rounded: str, category: AbiCategory) -> None:
    abi = right_abi(lab("abi", R, value))
    assert (str(abi.ratio.value), abi.category) == (rounded, category)
    assert not abi.ratio.computed_here
    assert abi.ratio.numerator is None


def test_a_laboratory_may_call_an_abi_noncompressible_without_a_number() -> None:
    assert right_abi(lab("abi", R, ">")).category is AbiCategory.NONCOMPRESSIBLE


def test_a_laboratory_limit_that_settles_nothing() -> None:
    leg = indices(lab("abi", R, "<1.2"), lab("tbi", R, "<0.9")).right
    assert (leg.abi_missing, leg.tbi_missing) == (NotComputed.ONLY_BOUND_KNOWN, NotComputed.ONLY_BOUND_KNOWN)


def test_a_laboratory_tbi_is_used_where_there_is_no_toe_pressure() -> None:
    tbi = right_tbi(lab("tbi", R, "0.7"))
    assert tbi.abnormal
    assert str(tbi.ratio.value) == "0.70"


def test_a_laboratory_abi_stands_in_for_ankle_pressures_without_an_arm() -> None:
    found = indices(p("dp", R, 88), lab("abi", R, "0.62"))
    assert found.right.abi is not None
    assert found.right.abi.ratio.reported is not None
    assert found.right.ankle is not None
    assert found.issues == ()


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("0.65", IssueCode.DUPLICATE),
        ("0.75", IssueCode.DUPLICATE),
        ("0.64", IssueCode.INDEX_DISCORDANT),
        ("0.76", IssueCode.INDEX_DISCORDANT),
        (">", IssueCode.INDEX_DISCORDANT),
        ("<0.9", IssueCode.DUPLICATE),
    ],
)
def test_a_laboratory_abi_beside_pressures_is_compared_and_the_computed_one_used(value: str, code: IssueCode) -> None:
    found = indices(*arms(), p("dp", R, 98), lab("abi", R, value))
    assert found.right.abi is not None
    assert found.right.abi.ratio.value == Decimal("0.70")
    assert codes(found) == {code}
    assert found.issues[0].used is (code is IssueCode.INDEX_DISCORDANT)


def test_a_laboratory_value_beside_arteries_that_do_not_compress() -> None:
    assert codes(indices(*arms(), p("dp", R, ">250"), lab("abi", R, "0.80"))) == {IssueCode.INDEX_DISCORDANT}
    assert codes(indices(*arms(), p("dp", R, ">"), lab("abi", R, ">"))) == {IssueCode.DUPLICATE}


def test_a_posterior_tibial_laboratory_abi_is_used_with_a_remark() -> None:
    found = indices(lab("abi", R, "0.8", artery=Site.POSTERIOR_TIBIAL))
    assert found.right.abi is not None
    (issue,) = told(found, IssueCode.ASSUMED)
    assert issue.used
    assert "posterior tibial" in issue.detail


def test_of_several_laboratory_values_the_whole_ankle_counts_before_one_artery_and_the_latest_before_the_older() -> None:
    found = indices(
        lab("abi", R, "0.95", artery=Site.POSTERIOR_TIBIAL, at=TEN.replace(minute=40)),
        lab("abi", R, "0.8"),
        lab("abi", R, "0.6", at=TEN.replace(minute=30)),
    )
    assert found.right.abi is not None
    assert found.right.abi.ratio.value == Decimal("0.60")
    assert len(told(found, IssueCode.REPEAT_DISCORDANT)) == 2


@pytest.mark.parametrize(
    ("earlier", "later", "used"),
    [("0.6", "0.8", "0.80"), ("0.6", ">1.3", "1.30"), ("<0.4", "0.8", "0.80")],
)
def test_the_later_laboratory_value_counts_although_it_reassures_more(earlier: str, later: str, used: str) -> None:
    for order in (1, -1):
        pair = (lab("abi", R, earlier), lab("abi", R, later, at=TEN.replace(minute=30)))[::order]
        assert str(right_abi(*pair).ratio.value) == used


@pytest.mark.parametrize(
    ("one", "other", "used"),
    [
        ("0.8", "0.6", "0.60"),
        ("<0.5", "0.4", "0.50"),
        (">1.5", "0.6", "0.60"),
        (">", "0.6", "0.60"),
    ],
)
def test_of_laboratory_values_of_one_time_the_lower_counts(one: str, other: str, used: str) -> None:
    """An upper limit may stand for any value down to 0, and counts as that."""
    for order in (1, -1):
        assert str(right_abi(*(lab("abi", R, one, source="a"), lab("abi", R, other, source="b"))[::order]).ratio.value) == used


def test_a_laboratory_value_keeps_its_time() -> None:
    ratio = right_abi(lab("abi", R, "0.62")).ratio
    assert (ratio.taken_at, ratio.raw, ratio.sources) == (TEN, Decimal("0.62"), (f"lab-abi-right-0.62-{TEN}",))


@pytest.mark.parametrize(
    ("computed", "reported", "agrees"),
    [
        ("<", "0.30", True),
        ("<", "0.42", False),
        (203, ">1.3", True),
        (175, ">1.3", True),
        (175, "<1.3", True),
        (174, ">1.3", False),
        (174, ">1.29", True),
        (196, ">", True),
        (189, ">", True),
        (188, ">", False),
    ],
)
def test_two_values_agree_where_they_allow_a_common_one(computed: int | str, reported: str, agrees: bool) -> None:
    """Within 0.05, over arms of 140 mmHg: 203 is 1.45, 196 is 1.40, 189 is 1.35, 188 is 1.34, 175 is 1.25, 174 is 1.24, below 50 is below 0.36."""
    ankle = "<50" if computed == "<" else computed
    found = indices(*arms(), p("dp", R, ankle), lab("abi", R, reported))
    assert bool(told(found, IssueCode.DUPLICATE)) is agrees
    assert bool(told(found, IssueCode.INDEX_DISCORDANT)) is not agrees


def test_of_laboratory_values_of_single_arteries_the_higher_counts() -> None:
    abi = right_abi(lab("abi", R, "0.7", artery=Site.POSTERIOR_TIBIAL), lab("abi", R, "0.8", artery=Site.DORSALIS_PEDIS))
    assert abi.ratio.value == Decimal("0.80")


def test_of_laboratory_values_of_single_arteries_one_that_does_not_compress_counts_first() -> None:
    for order in (1, -1):
        stiff = lab("abi", R, ">", artery=Site.POSTERIOR_TIBIAL)
        abi = right_abi(*(stiff, lab("abi", R, "1.2", artery=Site.DORSALIS_PEDIS))[::order])
        assert abi.category is AbiCategory.NONCOMPRESSIBLE


def test_a_later_laboratory_value_that_is_a_limit_is_spoken_of_as_one() -> None:
    found = indices(lab("abi", R, "<0.4", at=TEN.replace(minute=30)), lab("abi", R, "0.8"))
    (issue,) = told(found, IssueCode.REPEAT_DISCORDANT)
    assert "below 0.40" in issue.detail
