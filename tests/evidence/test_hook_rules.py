"""The rules of the cards: what is shipped holds together, and what is broken is refused by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from service.cds_hooks.hook_facts import HOOK_FACTS
from service.cds_hooks.hooks import Hook
from service.clinical.facts import FACT_NAMES
from service.errors import EvidenceError
from service.evidence.condition_facts import facts_lacking, facts_named
from service.evidence.conditions import Condition, parse_condition
from service.evidence.hook_rules import HOOKS, About, Change, HookRule, filled, placeholders
from service.evidence.loader import load_evidence, read_files
from service.evidence.report import Report, report
from service.fhir.terminology.card_topics import CARD_TOPICS, flag_topic
from service.fhir.terminology.own import RED_FLAGS

RULES = load_evidence().hook_rules
each_rule = pytest.mark.parametrize("rule", RULES, ids=[rule.id for rule in RULES])


def broken(change: Callable[[str], str]) -> str:
    files = dict(read_files())
    before = files["hook_rules.toml"].decode()
    after = change(before)
    assert after != before, "the change must change something"
    files["hook_rules.toml"] = after.encode()
    with pytest.raises(EvidenceError) as refused:
        load_evidence(files)
    return str(refused.value)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('topic = "angiographywithoutabi"', 'topic = "angiography-without-abi"', "lower-case letters and digits only"),
        ('topic = "angiographywithoutabi"', 'topic = "redflag"', "this topic is used twice"),
        ('id = "angiography-without-abi"', 'id = "red-flag"', "this id is used twice"),
        ('id = "angiography-without-abi"', 'idd = "angiography-without-abi"', "idd: Unknown field"),
        ('[[rule]]\nid = "red-flag"', 'rule = [7]\n[[other]]\nid = "red-flag"', "hook_rules.toml"),
        ('hooks = ["patient-view", "encounter-start"]', 'hooks = ["patient-viewed"]', "hooks"),
        ('keys = ["conditions", "orders"]', 'keys = ["problems"]', "keys"),
        ("{draft}: there is no usable ABI", "{order}: there is no usable ABI", "names order in braces"),
        ("{draft}: there is no usable ABI", "{known-pad}: there is no usable ABI", "names known-pad in braces"),
        ('order = "resting-abi", named = true }', 'order = "abi", named = true }', "offers 'abi', which is not among the orders"),
        (
            'offers = [ { change = "remove" } ]',
            'offers = [ { change = "remove", order = "ct-lumbar" } ]',
            "one to remove names none",
        ),
        (
            'offers = [ { change = "replace", order = "resting-abi", named = true } ]',
            'offers = [ { change = "replace" } ]',
            "names an order",
        ),
        (
            'offers = [ { change = "add", order = "physical-therapy" } ]',
            'offers = [ { change = "replace", order = "physical-therapy" } ]',
            'only a rule about = "draft"',
        ),
        (
            '    { change = "add", order = "vascular-surgery-referral" },\n]\nguideline = "International',
            '    { change = "add", order = "vascular-surgery-referral", named = true },\n]\nguideline = "International',
            "may not rest on evidence tagged F2 alone",
        ),
        ('citation = "rabe-2020-compression"', 'citation = "nobody"', "cites 'nobody'"),
        ('priority = "asap"', 'priority = "soon"', "priority"),
    ],
)
def test_a_broken_rule_is_refused_by_file_and_name(old: str, new: str, said: str) -> None:
    assert said in broken(lambda text: text.replace(old, new, 1))


def test_the_hooks_are_those_there_are() -> None:
    assert set(HOOKS) == set(Hook)


def conditions(rule: HookRule) -> Iterator[Condition]:
    yield rule.when
    yield from (offer.when for offer in rule.offers if offer.when)


@each_rule
def test_every_fact_a_rule_names_exists(rule: HookRule) -> None:
    assert {fact for condition in conditions(rule) for fact in facts_named(condition)} <= FACT_NAMES | HOOK_FACTS


def test_every_rule_and_flag_has_a_topic_of_its_own_that_is_published() -> None:
    assert {rule.topic for rule in RULES if rule.about is not About.RED_FLAG} | {flag_topic(flag) for flag in RED_FLAGS} == set(
        CARD_TOPICS
    )


@each_rule
def test_a_rule_that_speaks_of_what_is_not_there_says_which_part_of_the_record_it_must_have_seen(rule: HookRule) -> None:
    # "not-measured" is a value, and stands for nothing found as for nothing looked for.
    speaks_of_absence = "not-measured" in str(rule.when)
    assert not speaks_of_absence or {"pressures", "indices"} <= rule.keys


@each_rule
def test_nothing_offers_an_angiography_and_only_orders_being_written_are_replaced(rule: HookRule) -> None:
    assert not {offer.order for offer in rule.offers} & {"cta-runoff", "mra-runoff"}
    assert rule.about is About.DRAFT or all(offer.change is Change.ADD for offer in rule.offers)


@pytest.fixture(scope="module")
def shown() -> Report:
    return report(load_evidence())


@each_rule
def test_a_rule_is_shown_with_the_rest_of_the_evidence(rule: HookRule, shown: Report) -> None:
    (row,) = [row for section in shown.sections if section.id == "hook-rules" for row in section.rows if row.id == rule.id]
    assert row.says == f"{rule.summary} {rule.detail}"
    for offer in rule.offers:
        assert f"{offer.change} {offer.order}".strip() in row.used_by


def test_texts_are_filled_with_what_is_said() -> None:
    assert placeholders("{draft}: eGFR {egfr-ml-min-1.73m2}") == {"draft", "egfr-ml-min-1.73m2"}
    assert filled("{draft}: none", {"draft": "CT"}) == "CT: none"


def condition(raw: dict[str, object]) -> Condition:
    return parse_condition(raw, where="here", pictures={})


@pytest.mark.parametrize(
    ("facts", "lacking"),
    [
        ({"a": True, "b": True}, []),
        ({"a": False}, []),
        ({"a": True}, ["b"]),
        ({}, ["a", "b"]),
    ],
)
def test_what_is_lacking_is_what_would_decide(facts: dict[str, bool], lacking: list[str]) -> None:
    both = condition(
        {
            "all": [
                {"fact": "a", "is": True},
                {"any": [{"fact": "b", "is": True}, {"fact": "a", "is": False}]},
                {"unless": {"fact": "c", "is": True}},
            ]
        }
    )
    assert list(dict.fromkeys(sorted(facts_lacking(both, facts)))) == lacking
