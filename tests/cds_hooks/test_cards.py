"""The cards that clients of each kind are given."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.cds_hooks.card_check import checked, violations
from service.cds_hooks.cards import cards_of
from service.cds_hooks.clients import Client
from service.cds_hooks.hooks import Hook
from service.cds_hooks.judgement import Fired, Suggested
from service.cds_hooks.markdown import DETAIL_LIMIT, SUMMARY_LIMIT, cut, escaped, plain
from service.cds_hooks.prefetch import Fetch, KeyState
from service.cds_hooks.words import of_a_flag
from service.clinical.assessment import Priority, RedFlag
from service.clinical.diagnoses import UNDATED
from service.evidence.basis import Basis
from service.fhir.terminology.card_topics import CARD_TOPICS
from service.fhir.terminology.override_reasons import NON_ADHERENCE
from tests.cds_hooks.hook_stories import (
    CATALOGUE_SYSTEM,
    CLIENTS,
    EPIC,
    EPIC_WITHOUT_CODES,
    GENERIC,
    ORACLE,
    SANDBOX,
    answer,
    call,
    draft,
    judged,
    key,
    problem,
)
from tests.clinical.patients import CLAUDICANT, NOW, assessed, evidence, findings, study
from tests.judges.panel import Panel
from tests.properties import examples

CLAUDICATION = assessed(findings(**CLAUDICANT))
CTA = draft("cta-runoff")
each_client = pytest.mark.parametrize("client", CLIENTS, ids=[client.id for client in CLIENTS])


def cta_card(client: Client = GENERIC, **more: Any) -> dict[str, Any]:
    written = answer(judged(CLAUDICATION, Hook.ORDER_SIGN, CTA), CLAUDICATION, Hook.ORDER_SIGN, CTA, client=client, **more)
    card: dict[str, Any] = written["cards"][0]
    return card


def view_card(client: Client = GENERIC, **more: Any) -> dict[str, Any]:
    card: dict[str, Any] = answer(
        judged(CLAUDICATION, Hook.PATIENT_VIEW), CLAUDICATION, Hook.PATIENT_VIEW, client=client, **more
    )["cards"][0]
    return card


@pytest.mark.requirement("74", "77")
def test_nothing_to_say_is_an_empty_list_of_cards_and_nothing_else() -> None:
    well = assessed(findings(leg_pain_on_walking=False))
    assert answer(judged(well, Hook.PATIENT_VIEW), well, Hook.PATIENT_VIEW) == {"cards": []}


@pytest.mark.requirement("80", "82", "83", "85", "87", "88", "90", "93", "95", "96", "105", "107", "109", "113", "115", "218")
def test_a_card_has_all_its_parts() -> None:
    card = cta_card()
    assert UUID(card["uuid"]).version == 5
    assert (
        card["summary"]
        == "CT angiography of aorta and leg arteries: there is no usable ABI on record. The resting ABI comes first."
    )
    assert card["indicator"] == "warning"
    assert card["source"] == {
        "label": "2024 ACC/AHA PAD guideline, 3.1 (1)",
        "url": "https://doi.org/10.1161/CIR.0000000000001251",
        "topic": CARD_TOPICS["angiographywithoutabi"].coding("card-topic"),
    }
    assert all(isinstance(card["source"]["topic"][element], str) for element in ("system", "code"))
    assert card["selectionBehavior"] == "at-most-one"
    assert "the draft order CT angiography of aorta and leg arteries (ServiceRequest/draft-1)" in card["detail"]
    assert "Support for clinicians who can review its basis; not a diagnosis." in card["detail"]


def test_the_same_call_gives_the_same_ids_and_another_instance_client_or_order_gives_others() -> None:
    card = cta_card()
    assert card == cta_card()
    assert card["uuid"] != cta_card(SANDBOX)["uuid"]
    other = draft("cta-runoff", id="draft-2")
    both = answer(judged(CLAUDICATION, Hook.ORDER_SIGN, CTA, other), CLAUDICATION, Hook.ORDER_SIGN, CTA, other)
    ids = [one["uuid"] for one in both["cards"]] + [one["uuid"] for card in both["cards"] for one in card.get("suggestions", ())]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize(
    ("priority", "indicator"),
    [(Priority.STAT, "critical"), (Priority.ASAP, "critical"), (Priority.URGENT, "warning"), (Priority.ROUTINE, "info")],
)
@pytest.mark.requirement("87", "88")
def test_the_indicator_follows_the_urgency(priority: Priority, indicator: str) -> None:
    fired = Fired(rule="ordered-already", priority=priority, red_flag=False, summary="s", detail="d", basis=_basis())
    written = cards_of((fired,), call(), GENERIC, CLAUDICATION, (), evidence(), as_of=NOW)
    assert written["cards"][0]["indicator"] == indicator


@pytest.mark.requirement("92", "117", "119", "121", "124", "125", "127", "128", "129", "130", "131", "133", "134", "135")
def test_a_replacement_removes_and_creates_together_where_the_client_takes_both() -> None:
    suggestions = cta_card()["suggestions"]
    assert isinstance(suggestions, list)
    (suggestion,) = suggestions
    assert suggestion["label"] == "Instead: Resting ankle-brachial index"
    assert suggestion["isRecommended"] is True
    removed, created = suggestion["actions"]
    assert removed == {
        "type": "delete",
        "description": "Remove the draft order: CT angiography of aorta and leg arteries",
        "resourceId": "ServiceRequest/draft-1",
    }
    assert (created["type"], created["description"]) == ("create", "Draft an order, to be signed: Resting ankle-brachial index")
    resource = created["resource"]
    assert (resource["status"], resource["intent"]) == ("draft", "proposal")
    assert resource["subject"] == {"reference": "Patient/p-1"}
    assert resource["requester"] == {"reference": "Practitioner/dr-9"}


def test_where_a_suggestion_holds_one_action_the_halves_are_apart_and_neither_is_preselected() -> None:
    """Adding comes first: half a replacement must not leave the patient with nothing."""
    card = cta_card(EPIC)
    assert card["selectionBehavior"] == "any"
    assert [[action["type"] for action in one["actions"]] for one in card["suggestions"]] == [["create"], ["delete"]]
    assert not any("isRecommended" in one for one in card["suggestions"])
    coding = card["suggestions"][0]["actions"][0]["resource"]["code"]["coding"]
    assert coding == [{"system": CATALOGUE_SYSTEM, "code": "PL-resting-abi"}]


@pytest.mark.requirement("94")
def test_without_an_agreed_code_nothing_is_removed_either_and_the_order_is_named() -> None:
    card = cta_card(EPIC_WITHOUT_CODES)
    assert "suggestions" not in card
    assert "selectionBehavior" not in card
    assert "**To consider:** Resting ankle-brachial index" in card["detail"]


@pytest.mark.requirement("81", "116", "118", "120", "145")
def test_a_client_of_1_0_is_given_cards_of_1_0() -> None:
    card = view_card(ORACLE)
    assert set(card) == {"summary", "detail", "indicator", "source", "suggestions", "links"}
    assert "topic" not in card["source"]
    assert set(card["suggestions"][0]) == {"label", "actions"}
    assert card["links"] == [{"label": "Open Claudication CDS", "url": "https://app.example/launch", "type": "smart"}]
    # It names deletions in another way, so there are none.
    assert [action["type"] for one in cta_card(ORACLE)["suggestions"] for action in one["actions"]] == ["create"]


@pytest.mark.requirement("103", "104", "110", "138", "139", "140", "141", "142", "144", "146")
def test_links_are_there_where_there_is_something_to_open() -> None:
    assert "links" not in view_card()
    links = view_card(SANDBOX)["links"]
    assert isinstance(links, list)
    (app,) = links
    assert app["type"] == "smart"
    assert json.loads(app["appContext"]) == {"card": view_card(SANDBOX)["uuid"], "hookInstance": call().hook_instance}


@pytest.mark.requirement("75", "132")
def test_only_who_agreed_is_given_an_action_without_a_question_and_it_is_a_note() -> None:
    written = answer(judged(CLAUDICATION, Hook.ORDER_SIGN, CTA), CLAUDICATION, Hook.ORDER_SIGN, CTA, client=SANDBOX)
    (action,) = written["systemActions"]
    assert action["type"] == "update"
    noted = action["resource"].pop("note")
    assert action["resource"] == CTA.resource
    assert [list(note) for note in noted] == [["text"]]
    for client in (GENERIC, EPIC, ORACLE):
        assert "systemActions" not in answer(
            judged(CLAUDICATION, Hook.ORDER_SIGN, CTA), CLAUDICATION, Hook.ORDER_SIGN, CTA, client=client
        )


def test_what_is_no_service_request_is_not_written_on() -> None:
    unnamed = problem("claudication")
    written = answer(
        judged(CLAUDICATION, Hook.PROBLEM_LIST_ITEM_CREATE, unnamed),
        CLAUDICATION,
        Hook.PROBLEM_LIST_ITEM_CREATE,
        unnamed,
        client=SANDBOX,
    )
    assert "systemActions" not in written
    assert "the problem being added (Condition/problem-1)" in written["cards"][0]["detail"]
    assert "\n1. " in written["cards"][0]["detail"] or "\n\n1. " in written["cards"][0]["detail"]


@pytest.mark.requirement("98", "99", "100", "136", "216", "217", "218", "219")
def test_reasons_to_set_a_card_aside_are_coded_and_in_words() -> None:
    reasons = view_card()["overrideReasons"]
    assert isinstance(reasons, list)
    for reason in reasons:
        assert set(reason) == {"system", "code", "display"}
        assert all(isinstance(element, str) and element for element in reason.values())
        assert reason["system"] == NON_ADHERENCE


def test_the_detail_says_how_old_the_data_are_and_what_was_not_seen() -> None:
    keys = (
        key("pressures", newest="2026-03-01T10:00:00Z"),
        key("indices", KeyState.NO_DATA),
        key("orders", KeyState.FAILED),
        key("conditions", KeyState.PARTIAL),
        key("reports", KeyState.MISSING, fetch=Fetch.FETCHED_IN_PART, newest="yesterday"),
        key("findings", KeyState.PARTIAL, fetch=Fetch.FETCHED),
        key("family-history", KeyState.NO_DATA),
    )
    measured = assessed(findings(**CLAUDICANT), study(right=80, left=130))
    card = answer(judged(measured, Hook.PATIENT_VIEW), measured, Hook.PATIENT_VIEW, keys=keys)["cards"][0]
    assert "**Data as of:** ankle and toe indices 2026-03-01; pressures 2026-03-01" in card["detail"]
    assert (
        "**Not seen:** orders (neither sent nor to be had); conditions, reports only in part; "
        "nothing on record for indices measured elsewhere, family history" in card["detail"]
    )


def test_what_rests_on_no_primary_source_says_so() -> None:
    thin = assessed(findings(), study(right=50, left=130))
    stocking = draft("leg-compression")
    cards = answer(judged(thin, Hook.ORDER_SIGN, stocking), thin, Hook.ORDER_SIGN, stocking)["cards"]
    card = next(one for one in cards if one["source"]["topic"]["code"] == "compressionofanischaemicleg")
    assert "to be confirmed against the primary source" in card["detail"]


@pytest.mark.parametrize(("user", "asked"), [("PractitionerRole/7", True), ("nurse-without-type", False), ("Group/1", False)])
def test_nobody_is_guessed_as_requester(user: str, asked: bool) -> None:
    judgement = judged(CLAUDICATION, Hook.PATIENT_VIEW)
    request = call(Hook.PATIENT_VIEW, user=user, encounter="enc-5")
    written = cards_of(judgement.fired, request, GENERIC, CLAUDICATION, (), evidence(), as_of=NOW)
    resource = written["cards"][0]["suggestions"][0]["actions"][0]["resource"]
    assert ("requester" in resource) is asked
    assert resource["encounter"] == {"reference": "Encounter/enc-5"}


@pytest.mark.requirement("108")
def test_a_source_without_an_identifier_is_our_page_and_only_where_it_can_be_reached() -> None:
    assert "url" not in flag_card()["source"]
    assert flag_card(public_url="https://cds.example/")["source"]["url"].startswith("https://cds.example/evidence#")


def flag_card(**more: Any) -> dict[str, Any]:
    basis = Basis(rule="r", citation="engineering", tag="E")
    fired = Fired(rule="ordered-already", priority=Priority.ROUTINE, red_flag=False, summary="s", detail="d", basis=basis)
    card: dict[str, Any] = cards_of((fired,), call(), GENERIC, CLAUDICATION, (), evidence(), as_of=NOW, **more)["cards"][0]
    return card


def test_a_source_known_by_its_pmid_alone_is_found_there() -> None:
    by_pmid = [one for one in evidence().citations.values() if one.pmid and not one.doi]
    for citation in by_pmid:
        basis = Basis(rule="r", citation=citation.key, tag="F")
        fired = Fired(rule="ordered-already", priority=Priority.ROUTINE, red_flag=False, summary="s", detail="d", basis=basis)
        card = cards_of((fired,), call(), GENERIC, CLAUDICATION, (), evidence(), as_of=NOW)["cards"][0]
        assert card["source"]["url"] == f"https://pubmed.ncbi.nlm.nih.gov/{citation.pmid}/"


def test_an_order_that_only_the_rule_names_rests_on_what_the_rule_read() -> None:
    failing = assessed(findings(egfr=20))
    cards = answer(judged(failing, Hook.ORDER_SIGN, CTA), failing, Hook.ORDER_SIGN, CTA)["cards"]
    card = next(one for one in cards if one["source"]["topic"]["code"] == "contrastandkidneys")
    resource = card["suggestions"][0]["actions"][1]["resource"]
    assert resource["code"]["coding"][0]["code"] == "arterial-duplex"
    assert resource["priority"] == "routine"
    assert resource["supportingInfo"] == [{"reference": "QuestionnaireResponse/egfr-ml-min-1.73m2"}]
    assert "Rule contrast-and-kidneys; ACR manual on contrast media" in resource["note"][0]["text"]


def test_an_order_that_rests_on_nothing_in_the_record_is_about_the_patient() -> None:
    fired = Fired(
        rule="spine-procedure-without-abi",
        priority=Priority.URGENT,
        red_flag=False,
        summary="s",
        detail="d",
        basis=_basis(),
        suggestions=(Suggested(order="resting-abi"),),
    )
    nobody = assessed(findings(), age=None)
    card = cards_of((fired,), call(), GENERIC, nobody, (), evidence(), as_of=NOW)["cards"][0]
    assert card["suggestions"][0]["actions"][0]["resource"]["supportingInfo"] == [{"reference": "Patient/p-1"}]


def test_orders_that_go_together_may_be_taken_together() -> None:
    who = assessed(findings(cold_leg_right=True, sudden_onset_within_14_days=True, **CLAUDICANT))
    card = answer(judged(who, Hook.PATIENT_VIEW), who, Hook.PATIENT_VIEW)["cards"][0]
    assert card["indicator"] == "critical"
    assert len(card["suggestions"]) > 1
    assert card["selectionBehavior"] == "any"
    assert [one.get("isRecommended") for one in card["suggestions"]].count(True) == 1


def test_a_draft_order_is_valid_r4_in_the_eyes_of_others(panel: Panel) -> None:
    for card in (cta_card(), cta_card(EPIC)):
        created = [action["resource"] for one in card["suggestions"] for action in one["actions"] if action["type"] == "create"]
        for resource in created:
            assert panel.complaints(json.loads(json.dumps(resource))) == []


@each_client
@examples(15)
@given(
    summary=st.text(min_size=1, max_size=400).filter(lambda text: plain(text)),
    text=st.text(min_size=1, max_size=3000).filter(lambda text: escaped(text)),
    about=st.text(min_size=1, max_size=60),
)
@pytest.mark.requirement("83", "84", "85")
def test_whatever_words_come_a_card_may_leave(client: Client, summary: str, text: str, about: str) -> None:
    fired = Fired(
        rule="ordered-already",
        priority=Priority.ROUTINE,
        red_flag=False,
        summary=summary,
        detail=text,
        basis=_basis(),
        about=about,
    )
    written = cards_of((fired,), call(), client, CLAUDICATION, (key("pressures", newest=summary),), evidence(), as_of=NOW)
    assert violations(written, client) == ()
    card = written["cards"][0]
    assert 0 < len(card["summary"]) < 140
    assert len(card["detail"]) <= DETAIL_LIMIT
    assert "<" not in card["detail"]


@pytest.mark.parametrize("rule", [one.basis.rule for one in evidence().red_flags if one.side != "left"])
def test_the_summary_of_a_red_flag_is_a_whole_sentence(rule: str) -> None:
    (told,) = [one for one in evidence().red_flags if one.basis.rule == rule and one.side != "left"]
    text = re.sub(r"\{[a-z-]+\}", UNDATED, told.text)
    flag = RedFlag(code=told.flag, side=None, priority=Priority(told.priority), text=text, basis=told.basis)
    summary = of_a_flag([flag])["flag-summary"]
    assert len(summary) <= SUMMARY_LIMIT
    assert summary.endswith(".")


def test_a_long_finding_is_cut_and_what_follows_it_is_not() -> None:
    fired = Fired(
        rule="ordered-already", priority=Priority.ROUTINE, red_flag=False, summary="s", detail="*word* <b> " * 300, basis=_basis()
    )
    keys = tuple(key(f"part-{number}", KeyState.FAILED) for number in range(60))
    written = cards_of((fired,), call(), GENERIC, CLAUDICATION, keys, evidence(), as_of=NOW)
    assert violations(written, GENERIC) == ()
    assert written["cards"][0]["detail"].endswith("*Support for clinicians who can review its basis; not a diagnosis.*")
    assert "&l…" not in written["cards"][0]["detail"]


@given(st.text(max_size=500), st.integers(min_value=2, max_value=200))
def test_a_cut_is_never_longer_than_its_limit_and_keeps_what_fits(text: str, limit: int) -> None:
    shortened = cut(text, limit)
    assert len(shortened) <= limit
    assert shortened == text or (shortened.endswith("…") and text.startswith(shortened[:-1]))


def test_a_cut_is_made_between_words() -> None:
    assert cut("The resting ABI comes first", 16) == "The resting ABI…"
    assert cut("Pneumonoultramicroscopic", 10) == "Pneumonou…"


def test_markup_and_links_in_data_are_shown_as_they_are_written() -> None:
    assert escaped("<b>*x*</b> [a](http://evil.example) `c` www.evil.example me@x") == (
        "&lt;b&gt;\\*x\\*&lt;/b&gt; \\[a\\](http&#58;//evil.example) \\`c\\` www&#46;evil.example me&#64;x"
    )
    assert plain("a\n<script>\x07b") == "a ‹script› b"


def test_what_breaks_a_requirement_never_leaves() -> None:
    good = {"cards": [cta_card()]}
    assert checked(good, GENERIC) is good
    assert urlsplit(good["cards"][0]["source"]["url"]).scheme == "https"
    assert re.fullmatch(r"[a-z0-9]+", good["cards"][0]["source"]["topic"]["code"])
    assert SUMMARY_LIMIT == 139


def _basis() -> Basis:
    return Basis(rule="ordered-already", citation="acc-aha-2024", tag="F", guideline="A guideline")
