"""Each rule of the cards told as people: one for whom it speaks, one for whom it just does not, and one of whom too little is known."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any, NamedTuple

import pytest

from service.cds_hooks.hooks import Hook
from service.clinical.assessment import Assessment, OpenOrder, Priority
from service.clinical.measurements import Side
from tests.cds_hooks.hook_stories import draft, fired, judged, problem, rules, trace
from tests.clinical.patients import CLAUDICANT, NORMAL_FOOT_PULSES, NOW, STENOTIC, assessed, evidence, findings, study

VIEW, SIGN, ADD = Hook.PATIENT_VIEW, Hook.ORDER_SIGN, Hook.PROBLEM_LIST_ITEM_CREATE
CTA, MRI, MRA = "cta-runoff", "mri-lumbar-without-contrast", "mra-runoff"


def open_order(code: str, source: str = "ServiceRequest/earlier") -> OpenOrder:
    return OpenOrder(code=code, source=source, authored_at=NOW - timedelta(days=3))


def done(code: str, days: int) -> OpenOrder:
    return OpenOrder(code=code, source="DiagnosticReport/earlier", authored_at=NOW - timedelta(days=days), done=True)


def somebody(measured: Any = None, *, age: int | None = 68, orders: tuple[OpenOrder, ...] = (), **said: Any) -> Assessment:
    return assessed(findings(**said), measured or study(arms=(None, None)), age=age, open_orders=orders)


LOW = {"right": 80, "left": 130}
NORMAL = {"right": 130, "left": 132}
IN_VIEW = {"walking_limitation": "lifestyle-limiting", "guideline_therapy_inadequate": True, "revascularisation_considered": True}


class Story(NamedTuple):
    """`outcome`: what the rule comes to for somebody of whom too little is known, and `lacking` some of what is missing; () where a key was not seen."""

    rule: str
    hook: Hook
    speaks: Assessment
    silent: Assessment
    unknown: Assessment | None = None
    lacking: tuple[str, ...] = ()
    written: tuple[Any, ...] = ()


def ordered(code: str, *legs: Side) -> tuple[Any, ...]:
    return (draft(code, *legs),)


STORIES = (
    Story(
        "artery-disease-not-followed-up",
        VIEW,
        somebody(study(**LOW), **CLAUDICANT),
        somebody(study(**LOW), known_pad=True, **CLAUDICANT),
    ),
    Story(
        "toe-pressure-missing",
        VIEW,
        somebody(study(right=240, left=130), **CLAUDICANT),
        somebody(study(right=240, left=130, toe_right=90, toe_left=95), **CLAUDICANT),
        somebody(diabetes=True, **CLAUDICANT),
        ("abi-category-right",),
    ),
    Story(
        "answers-point-to-arteries",
        VIEW,
        somebody(**CLAUDICANT),
        somebody(leg_pain_on_walking=True, relieved_by_sitting=True),
        somebody(pulse_dorsalis_pedis_right="absent"),
        ("leg-symptoms",),
    ),
    Story(
        "answers-point-to-spine",
        VIEW,
        somebody(study(**NORMAL), **STENOTIC, **NORMAL_FOOT_PULSES),
        somebody(study(**NORMAL), known_lumbar_stenosis=True, **STENOTIC, **NORMAL_FOOT_PULSES),
    ),
    Story(
        "leg-symptoms-without-abi",
        VIEW,
        somebody(leg_pain_on_walking=True),
        somebody(study(**NORMAL), leg_pain_on_walking=True),
        somebody(leg_pain_on_walking=True, age=None),
        ("age-years",),
    ),
    Story("angiography-without-abi", SIGN, somebody(**CLAUDICANT), somebody(study(**LOW), **CLAUDICANT), written=ordered(CTA)),
    Story(
        "angiography-without-revascularisation",
        SIGN,
        somebody(study(**LOW), revascularisation_considered=False, **CLAUDICANT),
        somebody(study(**LOW), **IN_VIEW, **CLAUDICANT),
        somebody(study(**LOW), **CLAUDICANT),
        ("revascularisation-considered",),
        ordered(MRA),
    ),
    Story(
        "angiography-reason-not-recorded",
        SIGN,
        somebody(study(**LOW), **CLAUDICANT),
        somebody(study(**LOW), **IN_VIEW, **CLAUDICANT),
        written=ordered(CTA),
    ),
    Story(
        "spine-imaging-for-vascular-story",
        SIGN,
        somebody(**CLAUDICANT),
        somebody(progressive_motor_deficit=True, **CLAUDICANT),
        somebody(),
        ("leg-symptoms",),
        ordered(MRI),
    ),
    Story(
        "spine-imaging-too-early",
        SIGN,
        somebody(spine_care_6_weeks_failed=False, **STENOTIC),
        somebody(spine_care_6_weeks_failed=True, spine_intervention_candidate=True, **STENOTIC),
        somebody(**STENOTIC),
        ("spine-care-6-weeks-failed",),
        ordered(MRI),
    ),
    Story(
        "compression-of-an-ischaemic-leg",
        SIGN,
        somebody(study(right=63, left=130)),
        somebody(study(right=66, left=130, toe_right=40)),
        somebody(),
        ("draft-leg-abi",),
        ordered("leg-compression", Side.RIGHT),
    ),
    Story(
        "compression-below-the-limit",
        SIGN,
        somebody(study(right=70, left=130)),
        somebody(study(right=78, left=130)),
        somebody(),
        ("draft-leg-abi",),
        ordered("leg-compression"),
    ),
    Story(
        "compression-without-abi",
        SIGN,
        somebody(known_pad=True),
        somebody(study(**NORMAL), known_pad=True),
        somebody(),
        ("known-pad",),
        ordered("leg-compression"),
    ),
    Story(
        "compression-and-stiff-arteries",
        SIGN,
        somebody(study(right=240, left=130)),
        somebody(study(right=240, left=130, toe_right=90)),
        written=ordered("leg-compression", Side.RIGHT),
    ),
    Story(
        "abi-alone-where-toe-is-needed",
        SIGN,
        somebody(diabetes=True, **CLAUDICANT),
        somebody(**CLAUDICANT),
        written=ordered("resting-abi"),
    ),
    Story(
        "contrast-and-kidneys",
        SIGN,
        somebody(egfr=29),
        somebody(egfr=30, dialysis=False),
        somebody(),
        ("egfr-ml-min-1.73m2", "dialysis"),
        ordered(CTA),
    ),
    Story(
        "contrast-allergy",
        SIGN,
        somebody(contrast_allergy=True),
        somebody(contrast_allergy=False),
        somebody(),
        ("contrast-allergy",),
        ordered("ct-myelogram"),
    ),
    Story(
        "ct-in-pregnancy",
        SIGN,
        somebody(pregnant=True, age=31),
        somebody(pregnant=False),
        somebody(),
        ("pregnant",),
        ordered("ct-lumbar"),
    ),
    Story(
        "mri-contraindicated",
        SIGN,
        somebody(mri_contraindicated=True),
        somebody(mri_contraindicated=False),
        somebody(),
        ("mri-contraindicated",),
        ordered(MRI),
    ),
    Story(
        "ordered-already",
        SIGN,
        somebody(orders=(open_order(MRI),)),
        somebody(orders=(open_order(MRI, source="ServiceRequest/draft-1"),)),
        written=ordered(MRI),
    ),
    Story("done-recently", SIGN, somebody(orders=(done(MRI, 90),)), somebody(orders=(done(MRI, 91),)), written=ordered(MRI)),
    Story(
        "spine-procedure-without-abi",
        SIGN,
        somebody(**STENOTIC),
        somebody(study(**NORMAL), **STENOTIC),
        somebody(),
        ("leg-symptoms",),
        ordered("spine-injection"),
    ),
    Story(
        "what-tells-the-causes-apart",
        ADD,
        somebody(leg_pain_on_walking=True),
        somebody(leg_pain_on_walking=False),
        written=(problem("claudication"),),
    ),
    Story("red-flag", VIEW, somebody(saddle_anaesthesia=True), somebody(saddle_anaesthesia=False)),
)
each_story = pytest.mark.parametrize("story", STORIES, ids=[story.rule for story in STORIES])


def outcome(story: Story, who: Assessment) -> str:
    return trace(judged(who, story.hook, *story.written), story.rule).outcome


@each_story
def test_the_rule_speaks_for_whom_it_is_meant_and_not_for_the_next(story: Story) -> None:
    assert outcome(story, story.speaks) == "fired"
    assert outcome(story, story.silent) == "not-met"


@pytest.mark.parametrize("story", [one for one in STORIES if one.unknown], ids=[one.rule for one in STORIES if one.unknown])
def test_where_too_little_is_known_the_rule_says_what_is_lacking(story: Story) -> None:
    assert story.unknown is not None
    told = trace(judged(story.unknown, story.hook, *story.written), story.rule)
    assert told.outcome == "not-known"
    assert set(story.lacking) <= set(told.lacking)


SPEAK_OF_ABSENCE = [story for story in STORIES if next(rule for rule in evidence().hook_rules if rule.id == story.rule).keys]


@pytest.mark.parametrize("story", SPEAK_OF_ABSENCE, ids=[story.rule for story in SPEAK_OF_ABSENCE])
def test_what_is_not_there_is_not_judged_where_nobody_looked(story: Story) -> None:
    keys = next(rule for rule in evidence().hook_rules if rule.id == story.rule).keys
    for unseen in keys:
        judgement = judged(story.speaks, story.hook, *story.written, unseen=(unseen,))
        assert story.rule not in rules(judgement)
        told = trace(judgement, story.rule)
        assert (told.outcome, told.lacking) == ("not-judged", (unseen,))


def test_every_rule_has_its_story() -> None:
    # These two rest on what only a record states, and are told with a record in test_cards_from_records.
    assert {story.rule for story in STORIES} | {"gadolinium-allergy", "mri-device-not-reviewed"} == {
        rule.id for rule in evidence().hook_rules
    }


@pytest.mark.parametrize(
    "who",
    [
        somebody(study(**NORMAL), leg_pain_on_walking=False),
        somebody(study(right=130, left=130, post_right=128, post_left=127, post_arms=132), **CLAUDICANT),
        somebody(study(**LOW), known_pad=True, **CLAUDICANT),
        somebody(study(**LOW), orders=(open_order("supervised-exercise-therapy"),), **CLAUDICANT),
        somebody(study(**LOW), orders=(done("vascular-surgery-referral", 30),), **CLAUDICANT),
        somebody(study(right=240, left=130), orders=(open_order("toe-brachial-index"),), **CLAUDICANT),
        somebody(orders=(open_order("resting-abi"),), **CLAUDICANT),
        somebody(study(**NORMAL), known_lumbar_stenosis=True, **STENOTIC, **NORMAL_FOOT_PULSES),
        somebody(age=34, leg_pain_on_walking=False),
        somebody(age=None),
    ],
    ids=[
        "healthy",
        "normal at rest and after exercise",
        "known and cared for",
        "exercise already ordered",
        "seen by a surgeon last month",
        "toe pressure already ordered",
        "index already ordered",
        "stenosis known",
        "young and well",
        "nothing known",
    ],
)
@pytest.mark.parametrize("hook", [Hook.PATIENT_VIEW, Hook.ENCOUNTER_START])
@pytest.mark.requirement("77")
def test_nothing_is_said_where_there_is_nothing_useful_to_say(who: Assessment, hook: Hook) -> None:
    assert rules(judged(who, hook)) == []


@pytest.mark.parametrize(
    "order", ["resting-abi", "arterial-duplex", "bladder-scan", "xr-lumbar", "smoking-cessation", "venous-duplex"]
)
def test_an_order_nothing_speaks_against_is_left_alone(order: str) -> None:
    assert rules(judged(somebody(**CLAUDICANT), SIGN, draft(order))) == []


def test_red_flags_come_first_on_every_hook_and_with_the_urgency_of_the_flag() -> None:
    who = somebody(saddle_anaesthesia=True, mri_contraindicated=True, **CLAUDICANT)
    for hook in Hook:
        judgement = judged(who, hook, draft(MRI))
        assert rules(judgement)[0] == "red-flag-cauda-equina-syndrome"
        first = judgement.fired[0]
        assert (first.red_flag, first.priority) == (True, Priority.STAT)
    assert "mri-contraindicated" in rules(judged(who, SIGN, draft(MRI)))


def test_one_flag_in_both_legs_is_one_card() -> None:
    who = somebody(cold_leg_right=True, cold_leg_left=True, sudden_onset_within_14_days=True, leg_pain_on_walking=True)
    judgement = judged(who, VIEW)
    assert rules(judgement).count("red-flag-acute-limb-ischaemia") == 1
    assert {"right leg", "left leg"} <= {
        side for side in ("right leg", "left leg") if side in fired(judgement, "red-flag-acute-limb-ischaemia").detail
    }


def test_a_flag_that_can_wait_is_a_finding_like_others() -> None:
    who = somebody(study(arms=(150, 120), right=150, left=150))
    assert fired(judged(who, VIEW), "red-flag-subclavian-stenosis").red_flag is False


def test_angiography_for_a_limb_in_danger_is_not_questioned() -> None:
    who = somebody(cold_leg_right=True, sudden_onset_within_14_days=True, **CLAUDICANT)
    assert not [rule for rule in rules(judged(who, SIGN, draft(CTA))) if rule.startswith("angiography")]


def test_each_order_has_its_own_card_and_one_not_selected_has_none() -> None:
    who = somebody(**CLAUDICANT)
    judgement = judged(who, SIGN, draft(CTA, id="a"), draft(MRA, id="b"), draft(CTA, id="c", judged=False))
    assert [one.about for one in judgement.fired if one.rule == "angiography-without-abi"] == [
        "ServiceRequest/a",
        "ServiceRequest/b",
    ]


def test_a_leg_that_is_not_named_may_be_either() -> None:
    who = somebody(study(right=130, left=60))
    assert "compression-of-an-ischaemic-leg" in rules(judged(who, SIGN, draft("leg-compression")))
    assert "compression-of-an-ischaemic-leg" not in rules(judged(who, SIGN, draft("leg-compression", Side.RIGHT)))
    said = fired(judged(who, SIGN, draft("leg-compression", Side.LEFT)), "compression-of-an-ischaemic-leg")
    assert said.summary == "No compression of a leg with so little pressure: left ABI 0.46, ankle 60 mmHg."


def test_a_stiff_leg_is_not_measured_by_its_index() -> None:
    """An ABI over 1.40 must not stand for a good one, nor hide the low one of the other leg."""
    judgement = judged(somebody(study(right=240, left=62)), SIGN, draft("leg-compression"))
    assert "compression-of-an-ischaemic-leg" in rules(judgement)


def offers(who: Assessment, rule: str, *written: Any) -> list[tuple[str, str]]:
    return [(one.order, one.instead_of) for one in fired(judged(who, SIGN, *written), rule).suggestions]


def test_what_is_offered_is_proposed_or_named_and_never_what_is_withheld_or_there_already() -> None:
    assert offers(somebody(**CLAUDICANT), "angiography-without-abi", draft(CTA)) == [("resting-abi", "ServiceRequest/draft-1")]
    # Ordered already, or being ordered beside it: then the angiography can only be removed.
    waiting = somebody(orders=(open_order("resting-abi"),), **CLAUDICANT)
    assert offers(waiting, "angiography-without-abi", draft(CTA)) == [("", "ServiceRequest/draft-1")]
    both = (draft(CTA), draft("resting-abi", id="draft-2"))
    assert offers(somebody(**CLAUDICANT), "angiography-without-abi", *both) == [("", "ServiceRequest/draft-1")]
    diabetic = somebody(diabetes=True, **CLAUDICANT)
    assert {"resting-abi", "toe-brachial-index"} <= {order.code for order in diabetic.orders}
    assert offers(diabetic, "spine-imaging-for-vascular-story", draft(MRI)) == [("resting-abi", "ServiceRequest/draft-1")]
    # Of the tests that could stand in for an image the first that this patient needs.
    assert offers(somebody(study(**LOW), **CLAUDICANT), "spine-imaging-for-vascular-story", draft(MRI)) == [
        ("supervised-exercise-therapy", "ServiceRequest/draft-1")
    ]


def test_a_stat_order_for_a_red_flag_is_no_duplicate_of_one_that_waits() -> None:
    who = somebody(saddle_anaesthesia=True, orders=(open_order(MRI),))
    assert "ordered-already" not in rules(judged(who, SIGN, draft(MRI)))


def test_a_study_or_order_already_there_is_named_with_its_day() -> None:
    assert fired(judged(somebody(orders=(done(MRI, 10),)), SIGN, draft(MRI)), "done-recently").summary == (
        "MRI of the lumbar spine without contrast: done on 2026-02-20. Look at that result first."
    )
    undated = OpenOrder(code=MRI, source="ServiceRequest/earlier")
    assert fired(judged(somebody(orders=(undated,)), SIGN, draft(MRI)), "ordered-already").summary.endswith("already ordered.")


def test_a_problem_added_twice_is_one_question_and_says_what_would_help_most() -> None:
    who = somebody(leg_pain_on_walking=True)
    judgement = judged(who, ADD, problem("lumbar-stenosis", "a"), problem("lumbar-stenosis", "b"), problem("claudication", "c"))
    assert sorted(one.about for one in judgement.fired) == ["Condition/a", "Condition/c"]
    said = fired(judgement, "what-tells-the-causes-apart")
    assert len(who.next_data) == 3
    assert "arteries or spine?" in said.summary


def test_the_words_for_what_confirmed_the_disease() -> None:
    exercise = somebody(study(right=130, left=130, post_right=80, post_left=128, post_arms=135), **CLAUDICANT)
    assert fired(judged(exercise, VIEW), "artery-disease-not-followed-up").summary.startswith(
        "Right leg exercise test positive: "
    )
    toes = somebody(study(right=240, left=130, toe_right=60), **CLAUDICANT)
    assert fired(judged(toes, VIEW), "artery-disease-not-followed-up").summary.startswith("Right leg TBI 0.46: ")
    assert fired(judged(somebody(dialysis=True), SIGN, draft(CTA)), "contrast-and-kidneys").summary.startswith(
        "CT angiography of aorta and leg arteries: on dialysis."
    )


def test_an_order_that_cannot_be_named_to_the_record_is_neither_removed_nor_replaced() -> None:
    nameless = replace(draft(MRI), about="draftOrders.entry[0]", reference="")
    judgement = judged(somebody(orders=(open_order(MRI),), **CLAUDICANT), SIGN, nameless)
    assert fired(judgement, "ordered-already").suggestions == ()
    assert fired(judgement, "ordered-already").about == "draftOrders.entry[0]"
    assert [(one.order, one.instead_of) for one in fired(judgement, "spine-imaging-for-vascular-story").suggestions] == [
        ("resting-abi", "")
    ]


def test_a_red_flag_is_summed_up_in_whole_sentences() -> None:
    gangrene = fired(judged(somebody(gangrene_right=True), VIEW), "red-flag-chronic-limb-threatening-ischaemia")
    assert gangrene.summary == (
        "Chronic limb-threatening ischaemia, right leg: gangrene. Vascular review within 24 to 72 hours, the same day if wet or infected."
    )
    both = fired(judged(somebody(gangrene_right=True, gangrene_left=True), VIEW), "red-flag-chronic-limb-threatening-ischaemia")
    assert both.summary.startswith("Chronic limb-threatening ischaemia, right and left leg.")
    assert "right leg: gangrene" in both.detail
    assert "left leg: gangrene" in both.detail
    for told in judged(somebody(cold_leg_right=True, leg_pain_on_walking=True), VIEW).fired:
        assert told.summary
