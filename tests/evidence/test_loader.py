"""The evidence files: what is shipped holds together, and what is broken is refused by file, entry and key."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest

from service.clinical.assessment import Setting
from service.clinical.facts import ALTERNATIVES, FACT_NAMES
from service.clinical.record_facts import DIAGNOSED, RECORD_FACTS
from service.clinical.vocabulary import VOCABULARY, Kind
from service.errors import EvidenceError
from service.evidence.condition_facts import facts_named, facts_needed
from service.evidence.conditions import All, AnyOf, Condition, Is, Member, Unless
from service.evidence.loader import Evidence, load_evidence, read_files, version_of
from service.evidence.reading import Tag
from service.fhir.terminology.orders import ORDERS
from service.fhir.terminology.own import DIAGNOSES, RED_FLAGS


@pytest.fixture(scope="module")
def shipped() -> Evidence:
    return load_evidence()


def broken(name: str, change: Callable[[str], str]) -> str:
    """What the loader says of the shipped files with one of them changed."""
    files = dict(read_files())
    before = files[name].decode()
    after = change(before)
    assert after != before, "the change must change something"
    files[name] = after.encode()
    with pytest.raises(EvidenceError) as refused:
        load_evidence(files)
    return str(refused.value)


def replacing(old: str, new: str) -> Callable[[str], str]:
    return lambda text: text.replace(old, new, 1)


def test_version_is_the_hash_of_the_files_and_changes_with_any() -> None:
    files = dict(read_files())
    version = version_of(files)
    assert len(version) == 12
    for name in files:
        assert version_of({**files, name: files[name] + b" "}) != version


def conditions(evidence: Evidence) -> Iterator[Condition]:
    for entry in evidence.entries:
        yield from entry.when
        yield from entry.absent_when
    for flag in evidence.red_flags:
        yield flag.when
        yield from (order.when for order in flag.orders if order.when)
    for rule in evidence.recommendations.rules:
        yield rule.when
    for alternative in evidence.alternatives:
        yield from (one.when for one in (*alternative.essential, *alternative.supporting, *alternative.against))


def leaves(condition: Condition) -> Iterator[Condition]:
    match condition:
        case All(of=parts) | AnyOf(of=parts):
            for part in parts:
                yield from leaves(part)
        case Unless(of=part):
            yield from leaves(part)
        case _:
            yield condition


def test_every_fact_a_rule_names_exists(shipped: Evidence) -> None:
    named = {fact for condition in conditions(shipped) for fact in facts_named(condition)}
    assert named <= FACT_NAMES


def test_every_word_a_rule_compares_with_is_an_option_of_its_finding(shipped: Evidence) -> None:
    for condition in conditions(shipped):
        for leaf in leaves(condition):
            # A diagnosis is compared by its days, never by the words of its date.
            assert not (isinstance(leaf, Is) and leaf.fact in DIAGNOSED), leaf
            if isinstance(leaf, Is) and leaf.fact in RECORD_FACTS:
                assert leaf.value is True, leaf
            if isinstance(leaf, Is | Member) and leaf.fact in VOCABULARY:
                term = VOCABULARY[leaf.fact]
                words = {leaf.value} if isinstance(leaf, Is) else leaf.values
                if term.kind is Kind.BOOLEAN:
                    assert words <= {True, False}, leaf
                else:
                    assert words <= set(term.options), leaf


def test_what_a_flag_says_of_a_fact_is_known_whenever_it_is_raised(shipped: Evidence) -> None:
    for flag in shipped.red_flags:
        for text in (flag.text, *(order.reason for order in flag.orders)):
            assert set(re.findall(r"\{(.*?)\}", text)) <= facts_needed(flag.when), flag.id


def test_every_diagnosis_has_its_rule_and_every_caution_its_orders(shipped: Evidence) -> None:
    raised = {fact for flag in shipped.red_flags for fact in facts_needed(flag.when) if fact in DIAGNOSED}
    assert raised == set(DIAGNOSED)
    assert all(
        DIAGNOSED[fact].startswith(flag.flag)
        for flag in shipped.red_flags
        for fact in facts_needed(flag.when)
        if fact in DIAGNOSED
    )
    assert {order for rule in shipped.recommendations.rules for order in rule.cautions} <= set(ORDERS)


def test_what_is_asked_for_exists(shipped: Evidence) -> None:
    asked = {code for flag in shipped.red_flags for code in flag.asks}
    asked |= {entry.ask.code for entry in shipped.entries if entry.ask and entry.ask.effort != "test"}
    assert asked <= set(VOCABULARY)


def test_every_pattern_every_flag_and_every_order_has_a_published_code(shipped: Evidence) -> None:
    assert tuple(one.code for one in shipped.alternatives) == ALTERNATIVES
    assert set(ALTERNATIVES) <= set(DIAGNOSES)
    assert {flag.flag for flag in shipped.red_flags} == set(RED_FLAGS)
    ordered = {order.order for flag in shipped.red_flags for order in flag.orders}
    ordered |= {rule.order for rule in shipped.recommendations.rules if rule.order}
    assert ordered <= set(ORDERS)
    assert shipped.recommendations.orders == tuple(ORDERS)
    # Named as options in words, because nothing calls for them as an order.
    assert set(ORDERS) - ordered == {"segmental-pressures"}


def test_every_setting_has_a_prior_of_both_causes_for_every_age(shipped: Evidence) -> None:
    for setting in Setting:
        for cause in ("vascular", "neurogenic"):
            for age in (0, 49, 50, 110):
                matching = [
                    prior
                    for prior in shipped.priors.priors
                    if (prior.cause, prior.setting) == (cause, setting)
                    and (prior.age_from or 0) <= age < (prior.age_below or 200)
                ]
                assert len(matching) == 1, (setting, cause, age)


def test_no_order_rests_on_an_unconfirmed_number_alone(shipped: Evidence) -> None:
    assert all(
        rule.withhold or not rule.order or not Tag(rule.basis.tag).to_be_confirmed for rule in shipped.recommendations.rules
    )
    assert all(not Tag(flag.basis.tag).to_be_confirmed for flag in shipped.red_flags)


def test_entries_by_cause_are_all_entries(shipped: Evidence) -> None:
    assert sorted(entry.id for entries in shipped.entries_of.values() for entry in entries) == sorted(
        entry.id for entry in shipped.entries
    )


def test_every_citation_is_printed_with_a_way_to_find_it(shipped: Evidence) -> None:
    for citation in shipped.citations.values():
        assert citation.printed.startswith(citation.text)
        assert citation.printed != citation.text


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("likelihood_ratios.toml", replacing('cause = "vascular"', 'casue = "vascular"'), ["v-calf", "casue"]),
        ("likelihood_ratios.toml", replacing('citation = "nadeau-2013"', 'citation = "nadeau-1999"'), ["v-calf", "nadeau-1999"]),
        ("likelihood_ratios.toml", replacing("value = 3.3, low = 2.3", "value = 2.2, low = 2.3"), ["outside its interval"]),
        (
            "likelihood_ratios.toml",
            replacing("value = 3.3, low = 2.3, high = 4.8", "value = 3.3, low = 2.3"),
            ["both low and high"],
        ),
        ("likelihood_ratios.toml", replacing("value = 3.08", "value = 0"), ["positive"]),
        ("likelihood_ratios.toml", replacing("value = 3.08", 'value = "3"'), ["not a number"]),
        ("likelihood_ratios.toml", replacing('group = "site-and-standing-relief"\n', ""), ["v-calf", "group"]),
        ("likelihood_ratios.toml", replacing('"v-calf", "v-relieved', '"v-cal", "v-relieved'), ["instead_of", "v-cal"]),
        ("likelihood_ratios.toml", replacing('id = "v-bruit"', 'id = "v-calf"'), ["v-calf", "twice"]),
        ("likelihood_ratios.toml", replacing("present = { value = 20 }\n", ""), ["present", "absent"]),
        ("likelihood_ratios.toml", replacing("{ history = 0.5, ", "{ "), ["v-calf", "shrinkage", "history"]),
        ("likelihood_ratios.toml", lambda text: text + "\n[[entry]]\ncause = 'vascular'\n", ["(no id)"]),
        ("likelihood_ratios.toml", lambda text: text.replace("[[entry]]", "[[entri]]"), ["entri"]),
        (
            "likelihood_ratios.toml",
            replacing("absent = { value = 0.31 }", "absent = { value = 1.31 }"),
            ["v-calf", "opposite sides"],
        ),
        ("citations.toml", replacing("checked = 2026-11-23", 'checked = "soon"'), ["checked"]),
        ("citations.toml", replacing('locator = "docs/adr"\n', ""), ["engineering", "doi"]),
        (
            "priors.toml",
            replacing("value = 0.25, low = 0.15, high = 0.35", "value = 0.25, low = 0.15, high = 1.35"),
            ["between 0 and 1"],
        ),
        ("priors.toml", replacing("spine-clinic = 0.15", "spine = 0.15"), ["smoking-status current", "spine-clinic"]),
        ("red_flags.toml", replacing('id = "ali-sudden-onset-side-unknown"', 'id = "ali-sudden-onset"'), ["twice"]),
        ("red_flags.toml", replacing('priority = "stat"', 'priority = "now"'), ["ali-diagnosed", "priority"]),
        ("red_flags.toml", lambda text: "flags = ['x']\nrule = ['x']\n", ["red_flags.toml, 'x'"]),
        ("recommendations.toml", replacing('id = "row-1-toe"', 'id = "row-1-resting-abi"'), ["twice"]),
        ("recommendations.toml", replacing('tag = "F"', 'tag = "K-L"'), ["row-1-resting-abi", "alone"]),
        (
            "recommendations.toml",
            replacing('id = "row-1-toe"', 'id = "row-1-toe"\noverrides = true'),
            ["row-1-toe", "withhold = true"],
        ),
        (
            "recommendations.toml",
            replacing('id = "row-1-toe"', 'id = "row-1-toe"\ncautions = ["mra-runoff"]'),
            ["row-1-toe", "not both"],
        ),
        ("recommendations.toml", replacing('reason = "', 'raeson = "'), ["row-1-resting-abi", "raeson"]),
        (
            "recommendations.toml",
            lambda text: (
                "orders = ['x']\nnamed_in_words = []\nrecent_days = 90\nlapse_days = 90\nonset_lapse_days = 14\nrule = [3]\n"
            ),
            ["recommendations.toml, 3"],
        ),
        ("likelihood_ratios.toml", lambda text: text[: text.index("[[entry]]")] + "[[entry]]\n", ["(no id)"]),
        ("likelihood_ratios.toml", lambda text: "entry = [1]\n" + text[: text.index("[[entry]]")], ["likelihood_ratios.toml, 1"]),
        (
            "alternatives.toml",
            replacing('code = "popliteal-cyst"', 'code = "hip-osteoarthritis"'),
            ["hip-osteoarthritis", "twice"],
        ),
        ("alternatives.toml", replacing("matched_from = 3", "matched_from = 6"), ["venous-claudication", "matched_from"]),
        ("alternatives.toml", replacing("partly_from = 2", "partly_from = 3"), ["venous-claudication", "partly_from"]),
        ("alternatives.toml", replacing("essential = [", "esential = ["), ["venous-claudication", "esential"]),
        ("alternatives.toml", replacing('"prior-dvt", is = true', '"prior-dvt", are = true'), ["venous-claudication", "are"]),
        ("alternatives.toml", lambda text: "codes = ['x']\nalternative = [7]\n", ["alternatives.toml, 7"]),
        ("alternatives.toml", lambda text: text + "\n[[alternative]]\ntag = 'F'\n", ["(no code)"]),
        ("citations.toml", replacing('doi = "10.1161/CIR.0000000000001251"\n', ""), ["acc-aha-2024", "no_identifier"]),
        ("citations.toml", replacing('doi = "10.1161/', 'doi = "doi:10.1161/'), ["acc-aha-2024", "not a DOI"]),
        ("citations.toml", replacing('pmid = "', 'pmid = "PMID '), ["tehan-2016", "not a PMID"]),
        ("citations.toml", replacing('locator = "docs/adr"\n', 'doi = "10.1000/1"\n'), ["engineering", "no_identifier"]),
        ("likelihood_ratios.toml", replacing("history = 0.5", "history = 1.5"), ["shrinkage", "history", "between 0 and 1"]),
        ("likelihood_ratios.toml", replacing("history = 0.5", "history = -0.5"), ["shrinkage", "between 0 and 1"]),
        ("likelihood_ratios.toml", replacing("value = 3.08", "value = -3.08"), ["v-calf", "positive"]),
        ("likelihood_ratios.toml", replacing('tag = "F"', 'tag = "X"'), ["v-calf", "tag"]),
        ("priors.toml", replacing("shrinkage = 0.5", "shrinkage = 2"), ["priors.toml", "shrinkage", "between 0 and 1"]),
        (
            "priors.toml",
            replacing("primary-care = 0.15, vascular", "primary-care = 1.15, vascular"),
            ["prevalence", "between 0 and 1"],
        ),
        ("priors.toml", replacing('finding = "diabetes"', 'finding = "smoking-status"'), ["smoking-status", "twice"]),
        (
            "recommendations.toml",
            replacing('order = "resting-abi"', 'order = "resting-abis"'),
            ["row-1-resting-abi", "resting-abis"],
        ),
        ("recommendations.toml", replacing("orders = [\n   ", 'orders = [\n    "pet-ct",'), ["no rule", "pet-ct"]),
        ("recommendations.toml", replacing('["segmental-pressures"]', "[]"), ["no rule", "segmental-pressures"]),
        (
            "recommendations.toml",
            replacing('["segmental-pressures"]', '["segmental-pressures", "hip-xray"]'),
            ["hip-xray", "only named"],
        ),
        ("red_flags.toml", replacing('order = "emergency-department"', 'order = "ambulance"'), ["ali-diagnosed", "ambulance"]),
        ("red_flags.toml", replacing('flag = "acute-limb-ischaemia"', 'flag = "acute-limb"'), ["ali-diagnosed", "acute-limb"]),
        ("red_flags.toml", replacing("flags = [\n   ", 'flags = [\n    "stroke",'), ["no rule raises stroke"]),
        ("alternatives.toml", replacing("codes = [\n   ", 'codes = [\n    "gout",'), ["no pattern for gout"]),
        ("alternatives.toml", replacing('code = "popliteal-cyst"', 'code = "baker-cyst"'), ["baker-cyst", "not among codes"]),
        ("not_weighed.toml", replacing('citation = "khan-2006"', 'citaton = "khan-2006"'), ["(no citation)", "citaton"]),
        ("not_weighed.toml", replacing('measure = "likelihood ratio"', 'measure = "odds"'), ["khan-2006", "measure"]),
        ("not_weighed.toml", replacing('group = "vascular: pulses, bruit, skin"\n', ""), ["khan-2006", "group"]),
        (
            "not_weighed.toml",
            replacing("value = 4.8, low = 2.4", "value = 2.3, low = 2.4"),
            ["khan-femoral-bruit", "outside its interval"],
        ),
        ("not_weighed.toml", replacing("low = 2.4, high = 9.5", "low = 2.4"), ["khan-femoral-bruit", "both low and high"]),
        (
            "not_weighed.toml",
            replacing('id = "khan-pulse-abnormal"', 'id = "khan-femoral-bruit"'),
            ["khan-femoral-bruit", "twice"],
        ),
        ("not_weighed.toml", replacing('text = "femoral bruit"', 'txet = "femoral bruit"'), ["khan-2006", "txet"]),
        ("not_weighed.toml", lambda text: "source = [3]\n", ["not_weighed.toml, 3"]),
        ("pictures.toml", lambda text: text + "\n[[[", ["pictures.toml is not TOML"]),
        ("pictures.toml", replacing("[motor-deficit]", "[motor-defecit]"), ["motor-deficit"]),
    ],
)
def test_a_broken_file_is_refused_by_name(name: str, change: Callable[[str], str], said: list[str]) -> None:
    message = broken(name, change)
    for word in said:
        assert word in message


def test_a_dangling_citation_is_found_wherever_it_stands() -> None:
    for name, entry in (
        ("priors.toml", "vascular in primary-care"),
        ("red_flags.toml", "ali-diagnosed"),
        ("recommendations.toml", "row-1-resting-abi"),
        ("alternatives.toml", "venous-claudication"),
        ("not_weighed.toml", "khan-femoral-bruit"),
        ("instruments.toml", "edinburgh"),
    ):
        message = broken(name, lambda text: text.replace('citation = "', 'citation = "no-', 1))
        assert entry in message
        assert "citations.toml does not have" in message


def test_a_ratio_without_a_published_interval_ranges_from_half_its_log_to_the_whole(shipped: Evidence) -> None:
    (calf,) = [entry for entry in shipped.entries if entry.id == "v-calf"]
    assert calf.present is not None
    assert calf.absent is not None
    assert (calf.present.ratio.low, calf.present.ratio.high) == (pytest.approx(3.08**0.5), 3.08)
    assert (calf.absent.ratio.low, calf.absent.ratio.high) == (0.31, pytest.approx(0.31**0.5))
    assert not calf.present.ratio.published


def test_scores_whose_weights_were_never_seen_are_in_no_file() -> None:
    everything = b"".join(read_files().values()).lower()
    assert not [name for name in (b"n-class", b"genevay", b"ramos", b"duval", b"boyko 1997") if name in everything]
