"""Words that stand for numbers, sites, sides and states of exercise, and words that only seem to."""

from __future__ import annotations

from decimal import Decimal

import pytest

from service.clinical.measurements import Bound, IndexKind, Phase, Side, Site
from service.fhir.limbs import free_text
from service.fhir.limbs.free_text import Numeral


@pytest.mark.parametrize(
    "text",
    [
        "noncompressible",
        "Non-compressible vessel",
        "non compressible",
        "incompressible",
        "uncompressible",
        "unable to compress",
        "Noncompressible (greater than 1.3)",
        "could not compress",
        "not occluded at 250",
        "cannot be compressed",
        "not fully occluded",
    ],
)
def test_does_not_compress(text: str) -> None:
    assert free_text.says_noncompressible(text)


@pytest.mark.parametrize(
    "text",
    [
        "compressible",
        "no evidence of noncompressible vessels",
        "normal 1.00-1.40, noncompressible >1.40",
        "142",
        "calcified plaques seen",
    ],
)
def test_does_not_say_that_it_does_not_compress(text: str) -> None:
    assert not free_text.says_noncompressible(text)


def test_calcified_in_place_of_a_number_means_it_does_not_compress() -> None:
    assert free_text.says_noncompressible("calcified, >254", whole_value=True)


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("not occluded at 250", Numeral(Decimal(250), Bound.ABOVE, "")),
        ("Noncompressible (greater than 1.3)", Numeral(Decimal("1.3"), Bound.ABOVE, "")),
        ("calcified, >33,3 kPa", Numeral(Decimal("33.3"), Bound.ABOVE, "kPa")),
        ("noncompressible", None),
    ],
)
def test_the_limit_of_the_cuff(text: str, limit: Numeral | None) -> None:
    assert free_text.cuff_limit(text) == limit


@pytest.mark.parametrize(
    "text", ["no signal", "No Doppler signal", "absent signal", "signal absent", "inaudible", "not audible", "no flow"]
)
def test_no_signal(text: str) -> None:
    assert free_text.says_no_signal(text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("142", Numeral(Decimal(142), Bound.EXACT, "")),
        (" 142 mmHg ", Numeral(Decimal(142), Bound.EXACT, "mmHg")),
        ("0,85", Numeral(Decimal("0.85"), Bound.EXACT, "")),
        (">250", Numeral(Decimal(250), Bound.ABOVE, "")),
        ("Greater than 1.4", Numeral(Decimal("1.4"), Bound.ABOVE, "")),
        ("<40 mm[Hg]", Numeral(Decimal(40), Bound.BELOW, "mm[Hg]")),
        ("142/88 mmHg", Numeral(Decimal(142), Bound.EXACT, "mmHg")),
        ("95 %", Numeral(Decimal(95), Bound.EXACT, "%")),
        ("about 142 or 150", None),
        ("see report", None),
    ],
)
def test_one_number(text: str, found: Numeral | None) -> None:
    assert free_text.numeral(text) == found


@pytest.mark.parametrize(
    ("text", "side"),
    [
        ("Right posterior tibial", Side.RIGHT),
        ("R DP", Side.RIGHT),
        ("LT ankle", Side.LEFT),
        ("brachial L", Side.LEFT),
        ("abi_right", Side.RIGHT),
        ("LEXLABPI", Side.LEFT),
        ("LEXRABPI", Side.RIGHT),
        ("S4RT_AAR", Side.RIGHT),
        ("S4LT_AAR", Side.LEFT),
        ("right and left", None),
        ("ankle", None),
    ],
)
def test_the_side_in_words(text: str, side: Side | None) -> None:
    assert free_text.side_in(text) is side


@pytest.mark.parametrize(
    ("text", "sites"),
    [
        ("Right posterior tibial", {Site.POSTERIOR_TIBIAL}),
        ("L PT", {Site.POSTERIOR_TIBIAL}),
        ("pt seated", set()),
        ("R DP at the ankle", {Site.DORSALIS_PEDIS}),
        ("LT ankle", {Site.ANKLE}),
        ("upper arm", {Site.BRACHIAL}),
        ("great toe", {Site.TOE}),
        ("digital monitor, arm", {Site.BRACHIAL}),
        ("Ankle-brachial index", set()),
        ("Toe/brachial pressure index", set()),
        ("arms and ankles", {Site.BRACHIAL, Site.ANKLE}),
    ],
)
def test_the_site_in_words(text: str, sites: set[Site]) -> None:
    assert free_text.sites_in(text) == sites


@pytest.mark.parametrize(("text", "name"), [("L peroneal", "peroneal"), ("Above-knee cuff", "above-knee"), ("ankle", "")])
def test_a_site_without_part_in_an_index(text: str, name: str) -> None:
    assert free_text.refused_site_in(text) == name


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("ABI right", IndexKind.ABI),
        ("ABPI", IndexKind.ABI),
        ("aai_left", IndexKind.ABI),
        ("LEXRABPI", IndexKind.ABI),
        ("S4RT_AAR", IndexKind.ABI),
        ("ankle arm index", IndexKind.ABI),
        ("TBPI", IndexKind.TBI),
        ("Toe-brachial index", IndexKind.TBI),
        ("body mass index", None),
    ],
)
def test_the_label_of_an_index(text: str, kind: IndexKind | None) -> None:
    assert free_text.index_kind_in(text) is kind


@pytest.mark.parametrize(
    ("text", "phases"),
    [
        ("post exercise", {Phase.POST_EXERCISE}),
        ("after treadmill", {Phase.POST_EXERCISE}),
        ("1 min post-exercise", {Phase.POST_EXERCISE}),
        ("after the heel raises", {Phase.POST_EXERCISE}),
        ("pre-exercise", {Phase.REST}),
        ("resting ankle pressure", {Phase.REST}),
        ("during exercise", {None}),
        ("resting and post-exercise", {Phase.REST, Phase.POST_EXERCISE}),
        ("post-exercise study recommended", set()),
        ("ankle", set()),
    ],
)
def test_the_state_of_exercise_in_words(text: str, phases: set[Phase | None]) -> None:
    assert free_text.phases_in([text]) == phases


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("1 min post-exercise", Decimal(1)),
        ("2.5 minutes after exercise", Decimal("2.5")),
        ("recovery minute 3", Decimal(3)),
        ("post-exercise, 1 min", Decimal(1)),
        ("after 5 minutes of treadmill", None),
    ],
)
def test_minutes_after_exercise_are_not_minutes_of_exercise(text: str, minutes: Decimal | None) -> None:
    assert free_text.minutes_after_exercise(["", text]) == minutes


@pytest.mark.parametrize(
    ("text", "told"), [("seated", True), ("seated 5 min, then supine", False), ("semi-recumbent", True), ("lying", False)]
)
def test_another_position_than_lying(text: str, told: bool) -> None:
    assert free_text.says_not_supine(text) is told
