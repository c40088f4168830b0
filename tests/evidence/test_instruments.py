"""instruments.toml: what is shipped is what was published, and what is broken is refused by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from service.clinical.facts import FACT_NAMES
from service.clinical.instruments import INSTRUMENT_FACTS
from service.clinical.vocabulary import VOCABULARY, Kind
from service.evidence.conditions import All, AnyOf, Condition, Is, Member, Unless
from service.evidence.instruments import Instrument, parse_instruments
from service.evidence.loader import load_evidence
from tests.evidence.test_loader import broken, replacing


@pytest.fixture(scope="module")
def shipped() -> tuple[Instrument, ...]:
    return load_evidence().instruments


def leaves(condition: Condition) -> Iterator[Condition]:
    match condition:
        case All(of=parts) | AnyOf(of=parts):
            for part in parts:
                yield from leaves(part)
        case Unless(of=part):
            yield from leaves(part)
        case _:
            yield condition


def conditions(instrument: Instrument) -> Iterator[Condition]:
    yield instrument.applies
    cases = [option.case for item in instrument.items for option in item.options]
    cases += [one.case for one in instrument.classes]
    for case in cases:
        yield from (condition for condition in (case.when, case.absent_when) if condition)


def test_every_fact_an_instrument_names_exists(shipped: tuple[Instrument, ...]) -> None:
    assert {fact for instrument in shipped for fact in instrument.facts} <= FACT_NAMES | set(INSTRUMENT_FACTS)


def test_every_word_an_instrument_compares_with_is_an_option_of_its_finding(shipped: tuple[Instrument, ...]) -> None:
    for condition in (condition for instrument in shipped for condition in conditions(instrument)):
        for leaf in leaves(condition):
            if isinstance(leaf, Is | Member) and leaf.fact in VOCABULARY:
                term = VOCABULARY[leaf.fact]
                words = {leaf.value} if isinstance(leaf, Is) else set(leaf.values)
                assert words <= ({True, False} if term.kind is Kind.BOOLEAN else set(term.options)), leaf


@pytest.mark.parametrize(
    ("code", "lowest", "highest"),
    [
        ("lss-dst", -3, 16),
        ("lss-sshq", 0, 10),
        ("sugioka", -2, 10),
        ("cook", 0, 5),
        ("nadeau-neurogenic", 0, 4),
        ("nadeau-vascular", 0, 2),
    ],
)
def test_the_weights_sum_to_the_range(code: str, lowest: int, highest: int, shipped: tuple[Instrument, ...]) -> None:
    (instrument,) = [one for one in shipped if one.id == code]
    points = [[option.points for option in item.options] for item in instrument.items]
    assert sum(min(0, *options) for options in points) == lowest
    assert sum(max(0, *options) for options in points) == highest


def test_what_was_never_confirmed_is_not_there(shipped: tuple[Instrument, ...]) -> None:
    assert "n-class" not in {instrument.id for instrument in shipped}


def test_each_leg_has_its_own_reading_of_what_is_read_per_leg(shipped: tuple[Instrument, ...]) -> None:
    per_leg = {instrument.id for instrument in shipped if instrument.side}
    assert per_leg == {
        "san-diego", "fontaine", "rutherford", "rutherford-acute", "wifi-wound", "wifi-ischaemia", "wifi-foot-infection",
    }  # fmt: skip
    for code in per_leg:
        assert [instrument.side for instrument in shipped if instrument.id == code] == ["right", "left"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (replacing('id = "edinburgh"', 'id = "rose"'), ["rose", "twice"]),
        (replacing('kind = "survey"', 'kind = "servey"'), ["edinburgh", "kind"]),
        (replacing('kind = "survey"', 'knid = "survey"'), ["edinburgh", "knid"]),
        (replacing('citation = "leng-1992"', 'citation = "leng-1993"'), ["edinburgh", "leng-1993", "citations.toml"]),
        (replacing('tag = "F"\n\n[[', 'tag = "G"\n\n[['), ["edinburgh", "tag"]),
        (replacing("cut_offs = [{ total = 7 }]\n", ""), ["lss-dst", "cut_offs"]),
        (replacing("cut_offs = [{ total = 7 }]", "cut_offs = [{ totla = 7 }]"), ["lss-dst", "totla"]),
        (replacing("cut_offs = [{ total = 7 }]", "cut_offs = [{}]"), ["lss-dst", "nothing"]),
        (replacing("cut_offs = [{ total = 7 }]", "cut_offs = [{ total = 6.5 }]"), ["lss-dst", "cut_offs"]),
        (replacing("q5-10 = 2 }", "q5-11 = 2 }"), ["lss-sshq", "q5-11"]),
        (replacing('{ id = "achilles"', '{ id = "abi"'), ["lss-dst", "abi", "twice"]),
        (replacing("points = 1, when = { fact = \"diabetes\"", "points = 0.5, when = { fact = \"diabetes\""), ["lss-dst", "points"]),
        (replacing('{ fact = "diabetes", is = false }', '{ fact = "diabetes", was = false }'), ["lss-dst, no-diabetes", "was"]),
        (replacing('{ picture = "rose-claudication" } }', '{ picture = "rose" } }'), ["rose, rose-grade-1", "rose"]),
        (replacing('code = "definite-grade-1"', 'code = "definite-grade-2"'), ["edinburgh", "twice"]),
        (replacing('"not-claudication", positive = false, otherwise = true', '"not-claudication", positive = false'), ["not-claudication", "last"]),
        (replacing("positive = true, when", "positive = true, otherwise = true, when"), ["definite-grade-2", "last"]),
        (
            replacing('"fontaine-1", otherwise = true', '"fontaine-1", otherwise = true, when = { fact = "known-pad", is = true }'),
            ["fontaine-1", "otherwise"],
        ),
        (replacing('"fontaine-2a", when = { fact = "walking-pain-{side}", is = true }', '"fontaine-2a"'), ["fontaine-2a", "conditions"]),
        (replacing("value = 3.3, low = 2.7", "value = 2.3, low = 2.7"), ["lss-dst", "outside its interval"]),
        (replacing('measure = "sensitivity"', 'measure = "sensibility"'), ["edinburgh", "measure"]),
        (replacing("per_side = true\n", ""), ["san-diego", "per_side"]),
        (lambda text: text + "\n[[instrument]]\nkind = 'exam'\n", ["(no id)"]),
        (lambda text: "instrument = [7]\n", ["instruments.toml, 7"]),
        (lambda text: text.replace("[instrument", "[instrumnet"), ["instrumnet"]),
        (replacing('cause = "neurogenic"', 'cuase = "neurogenic"'), ["lss-dst, weighs", "cuase"]),
        (replacing('cause = "neurogenic"', 'cause = "vascular"'), ["lss-dst, weighs", "n-bending-forward", "vascular"]),
        (replacing('["n-bending-forward", "n-worse-standing-up", "n-age-over-65"', '["n-bending-forwards", "n-age-over-65"'), ["lss-dst, weighs", "n-bending-forwards"]),
        (replacing('positive_at = "7 or more"', 'positive_at = "8 or more"'), ["lss-dst, weighs", "8 or more"]),
        (replacing('positive_at = "7 or more"', 'positive_at = "6 or less"'), ["lss-dst, weighs", "0.1 does not speak for"]),
        (replacing('negative_at = "6 or less"\n', ""), ["lss-dst, weighs", "negative_at"]),
        (replacing('part = "history"', 'part = "rumour"'), ["lss-dst, weighs", "part", "history, examination"]),
        (replacing('[[instrument]]\nid = "rutherford"', '[instrument.weighs]\ncause = "vascular"\n\n[[instrument]]\nid = "rutherford"'), ["fontaine, weighs", "classification"]),
    ],
)  # fmt: skip
def test_a_broken_file_is_refused_by_name(change: Callable[[str], str], said: list[str]) -> None:
    message = broken("instruments.toml", change)
    for word in said:
        assert word in message


@pytest.mark.parametrize("both", [True, False])
def test_an_instrument_has_items_or_classes(both: bool) -> None:
    entry = {"id": "x", "kind": "exam", "applies": {"fact": "age-years", "known": True}, "citation": "c", "tag": "E"}
    if both:
        entry |= {
            "item": [{"id": "i", "text": "t", "options": [{"points": 1}]}],
            "classes": [{"code": "c", "otherwise": True}],
        }
    with pytest.raises(Exception, match="either items or classes"):
        parse_instruments({"instrument": [entry]}, {})
