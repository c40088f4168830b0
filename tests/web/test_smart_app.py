"""The app once it is open: what a clinician sees, answers and writes, and that none of it lands with another patient."""

from __future__ import annotations

import json
import re
import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from service.app import create_app
from service.outbound.trying_again import Timing
from service.web.deployment import Deployment
from tests.claudicant import claudicant
from tests.mock_ehr import FHIR, PRACTITIONER, MockEhr
from tests.smart_visit import BASE, CALLBACK, Clock, Visit, connected, visit
from tests.web.conftest import NOW, Deploy
from tests.web.test_contract import CALLED_BACK
from tests.web.test_hook_events import told as told_of
from tests.web.test_jobs import Story, subscribed
from tests.web.test_smart_launch import audit

PATIENT, OTHER = "invented-1", "invented-2"


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


@pytest.fixture
def ehr(clock: Clock) -> Iterator[MockEhr]:
    with MockEhr(redirect_uri=CALLBACK, clock=clock) as server:
        server.add(claudicant())
        server.add(json.loads(json.dumps(claudicant()).replace(PATIENT, OTHER)))
        yield server


@pytest.fixture
def guest(deployed: Deploy, ehr: MockEhr, clock: Clock) -> Visit:
    """The app open for the claudicant."""
    opened = visit(deployed(development="true"), ehr, clock)
    opened.launch(PATIENT)
    return opened


def choices(page: str) -> list[str]:
    return re.findall(r'name="order" value="([^"]+)"', page)


def checked(page: str) -> dict[str, str]:
    """The answers that are marked on the page."""
    return dict(re.findall(r'name="answer-([^"]+)" value="([^"]+)" checked', page))


def posttest(page: str) -> list[str]:
    return re.findall(r'data-told="posttest">after <strong><data value="([^"]+)"', page)


def told(page: str) -> list[str]:
    return [re.sub(r"<[^>]+>", "", one) for one in re.findall(r'<li class="told-\w+">(.*?)</li>', page)]


def test_the_page_says_whose_it_is_and_shows_what_every_door_answers(guest: Visit, ehr: MockEhr) -> None:
    ehr.of_type(PATIENT, "Patient")[0]["name"] = [
        {"use": "nickname", "given": ["Rob"]},
        {"use": "official", "family": "Invented", "given": ["Robin", "Kim"]},
    ]
    guest.get("/app")
    assert "<strong>INVENTED, Robin Kim</strong><span>born 1955-06-01</span><span>male</span><span>70 years</span>" in guest.page
    assert "0.62" in guest.page
    assert checked(guest.page) == {}
    assert choices(guest.page)
    assert " checked" not in re.sub(r'value="" checked', "", guest.page)


def test_an_answer_counts_at_once_and_can_be_taken_back(guest: Visit) -> None:
    before = posttest(guest.page)
    guest.post("/app/answers", ("answer-bruit-femoral-left", "true"), ("answer-fever", "false"), ("answer-symptom-side", "left"))
    assert posttest(guest.page) != before
    assert checked(guest.page) == {"bruit-femoral-left": "true", "fever": "false", "symptom-side": "left"}
    assert "Answered here (3)" in guest.page
    guest.post("/app/answers", ("answer-bruit-femoral-left", ""))
    assert checked(guest.page) == {"fever": "false", "symptom-side": "left"}
    guest.post("/app/answers", ("answer-fever", ""), ("answer-symptom-side", ""))
    assert posttest(guest.page) == before


def test_an_older_page_of_the_same_patient_loses_no_answer(guest: Visit) -> None:
    """The way back to the page before a yes, where the question still stands at "not asked", and another question is answered there."""
    older = guest.page
    guest.post("/app/answers", ("answer-saddle-anaesthesia", "true"))
    assert "cauda equina" in guest.page.lower()
    guest.page = older
    guest.post("/app/answers", ("answer-saddle-anaesthesia", ""), ("answer-fever", "false"))
    assert checked(guest.page) == {"saddle-anaesthesia": "true", "fever": "false"}
    guest.post("/app/answers", ("answer-saddle-anaesthesia", ""), ("answer-fever", "false"))
    assert checked(guest.page) == {"fever": "false"}


def test_what_is_not_asked_stays_not_known(guest: Visit) -> None:
    before = guest.page
    guest.post("/app/answers", *((f"answer-{code}", "") for code in ("fever", "back-pain", "night-pain")))
    assert guest.page == before


@pytest.mark.parametrize(
    "field",
    [
        ("answer-fever", "maybe"),
        ("answer-symptom-side", "true"),
        ("answer-walking-distance-m", "100"),
        ("answer-symptom-site", "calf"),
        ("answer-egfr-ml-min-1.73m2", "20"),
        ("answer-tcpo2-mmhg-right", ""),
        ("answer-", ""),
        ("answer-<script>", "x"),
    ],
)
def test_an_answer_that_no_question_has_is_refused_and_the_others_are_not_kept(guest: Visit, field: tuple[str, str]) -> None:
    page = guest.page
    guest.post("/app/answers", ("answer-fever", "true"), field)
    assert guest.status == 400
    assert "<script>" not in guest.page
    guest.page = page
    guest.get("/app")
    assert checked(guest.page) == {}


def test_chosen_orders_are_written_as_drafts_with_the_answers_and_nothing_else(guest: Visit, ehr: MockEhr, panel: Any) -> None:
    guest.post("/app/answers", ("answer-bruit-femoral-left", "true"))
    chosen = choices(guest.page)[0]
    before = len(ehr.records[PATIENT])
    guest.post("/app/orders", ("order", chosen))
    assert guest.status == 200
    assert len(told(guest.page)) == 2
    assert all(re.search(r"was written as (ServiceRequest|QuestionnaireResponse)/\S+\.", one) for one in told(guest.page))
    form, order = ehr.records[PATIENT][before:]
    assert (order["status"], order["intent"], order["subject"]) == ("draft", "proposal", {"reference": f"Patient/{PATIENT}"})
    assert order["identifier"][0]["value"] == chosen
    assert form["author"] == {"reference": PRACTITIONER}
    assert form["authored"] == NOW.isoformat()
    assert form["item"] == [
        {
            "linkId": "group-examination",
            "text": "Examination",
            "item": [
                {
                    "linkId": "bruit-femoral-left",
                    "text": "Is there a bruit over the left femoral artery?",
                    "answer": [{"valueBoolean": True}],
                }
            ],
        }
    ]
    assert panel.complaints(form) == []
    (sent,) = [one for one in ehr.seen if one.method == "POST" and one.path == "/fhir"]
    assert sent.headers["content-type"].startswith(FHIR)
    assert sent.headers["authorization"] == f"Bearer {next(iter(ehr.tokens))}"


def test_a_second_press_changes_nothing_and_a_changed_answer_is_another_form(guest: Visit, ehr: MockEhr) -> None:
    guest.post("/app/answers", ("answer-bruit-femoral-left", "true"))
    page, chosen = guest.page, choices(guest.page)[0]
    guest.post("/app/orders", ("order", chosen))
    written = len(ehr.records[PATIENT])
    guest.page = page
    guest.post("/app/orders", ("order", chosen))
    assert all("was there already" in one for one in told(guest.page))
    assert len(ehr.records[PATIENT]) == written
    guest.get("/app")
    assert choices(guest.page) == choices(page)
    assert "a draft of it is in the record: ServiceRequest/servicerequest-" in guest.page
    assert "a draft of it is in the record" not in page
    guest.post("/app/answers", ("answer-bruit-femoral-left", "false"))
    guest.post("/app/orders")
    assert len(ehr.of_type(PATIENT, "QuestionnaireResponse")) == 3
    first, second = ehr.of_type(PATIENT, "QuestionnaireResponse")[1:]
    assert first["identifier"] != second["identifier"]


def test_what_was_answered_here_and_written_counts_in_the_next_launch(guest: Visit, ehr: MockEhr, clock: Clock) -> None:
    before = posttest(guest.page)
    guest.post("/app/answers", ("answer-bruit-femoral-left", "true"))
    after = posttest(guest.page)
    guest.post("/app/orders")
    guest.get("/app")
    assert posttest(guest.page) == after
    clock.go_on(minutes=1)
    guest.launch(PATIENT)
    assert "Answered here" not in groups(guest.page)
    assert posttest(guest.page) == after != before


def groups(page: str) -> dict[str, str]:
    """The questions of the page, by the title of their group."""
    found = re.findall(r"<details[^>]*><summary>(.*?) \(\d+\)</summary>(.*?)</details>", page, re.DOTALL)
    return dict(found)


BRUIT, FEVER = "answer-bruit-femoral-left", "answer-fever"


def test_an_answer_that_is_taken_back_after_it_was_written_counts_for_nobody_any_more(
    guest: Visit, ehr: MockEhr, clock: Clock, panel: Any
) -> None:
    """The clinician had the wrong leg; the written yes must not be there at the next visit, and no "no" in its place."""
    before = posttest(guest.page)
    guest.post("/app/answers", (BRUIT, "true"), (FEVER, "false"))
    guest.post("/app/orders")
    guest.get("/app")
    clock.go_on(minutes=1)
    guest.post("/app/answers", (BRUIT, ""))
    assert posttest(guest.page) == before
    assert "1 of your answers in the record is taken back" in guest.page
    assert "bruit-femoral-left" in groups(guest.page)["Taken back here"]
    for said in ("was written as", "was there already"):
        guest.post("/app/orders")
        assert [said in one for one in told(guest.page)] == [True]
        guest.get("/app")
    _, first, second = ehr.of_type(PATIENT, "QuestionnaireResponse")
    assert (first["status"], second["status"]) == ("completed", "amended")
    (bruit,) = [one for group in second["item"] for one in group["item"] if one["linkId"] == "bruit-femoral-left"]
    assert bruit == {"linkId": "bruit-femoral-left", "text": "Is there a bruit over the left femoral artery?"}
    assert panel.complaints(second) == []
    clock.go_on(minutes=1)
    guest.launch(PATIENT)
    assert posttest(guest.page) == before
    assert "was taken back by who gave it" in guest.page
    assert set(re.findall(r'name="shown" value="([^"]+)"', guest.page)) == {"fever"}


def test_what_was_written_at_an_earlier_launch_can_be_taken_back_by_who_wrote_it(
    guest: Visit, ehr: MockEhr, clock: Clock
) -> None:
    before = posttest(guest.page)
    guest.post("/app/answers", (BRUIT, "true"))
    guest.post("/app/orders")
    guest.post("/app/end")
    clock.go_on(days=3)
    guest.launch(PATIENT)
    assert 'name="answer-bruit-femoral-left" value="true" checked' in groups(guest.page)["Answered by you with this app before"]
    # Sent as the page shows it, it is not answered anew: it keeps its day.
    guest.post("/app/answers", (BRUIT, "true"), (FEVER, "false"))
    assert "Answered here (1)" in guest.page
    guest.post("/app/answers", (BRUIT, ""))
    assert posttest(guest.page) == before
    guest.post("/app/orders")
    clock.go_on(minutes=1)
    guest.launch(PATIENT)
    assert posttest(guest.page) == before
    assert "bruit-femoral-left" not in groups(guest.page)["Answered by you with this app before"]


def test_an_answer_of_somebody_else_is_neither_offered_nor_touched(guest: Visit, ehr: MockEhr, clock: Clock) -> None:
    guest.post("/app/answers", (BRUIT, "true"))
    guest.post("/app/orders")
    after = posttest(guest.get("/app").get_data(as_text=True))
    ehr.user = "Practitioner/dr-baker"
    clock.go_on(minutes=1)
    guest.launch(PATIENT)
    assert "Answered by you with this app before" not in groups(guest.page)
    guest.post("/app/answers", (BRUIT, "true"))
    guest.post("/app/orders")
    guest.get("/app")
    clock.go_on(minutes=1)
    guest.post("/app/answers", (BRUIT, ""))
    guest.post("/app/orders")
    guest.get("/app")
    assert posttest(guest.page) == after


def test_a_taken_back_answer_can_be_given_again(guest: Visit, ehr: MockEhr, clock: Clock) -> None:
    guest.post("/app/answers", (BRUIT, "true"))
    after = posttest(guest.page)
    guest.post("/app/orders")
    for value in ("", "true"):
        # A clock that was set back meanwhile makes no later answer an earlier one.
        clock.go_on(seconds=-1)
        guest.get("/app")
        guest.post("/app/answers", (BRUIT, value))
        guest.post("/app/orders")
    assert [one["status"] for one in ehr.of_type(PATIENT, "QuestionnaireResponse")[1:]] == ["completed", "amended", "completed"]
    clock.go_on(minutes=1)
    guest.launch(PATIENT)
    assert posttest(guest.page) == after


def test_answers_that_the_others_do_not_lead_to_are_set_aside_as_in_the_form(guest: Visit, ehr: MockEhr, clock: Clock) -> None:
    """How long the foot has hurt at rest is asked where it does; whether sitting relieves the legs where they hurt on walking, as the record says."""
    guest.post("/app/answers", ("answer-relieved-by-sitting", "true"), ("answer-rest-pain-over-2-weeks", "true"))
    assert "Answered, and not used" in guest.page
    (said,) = re.findall(r'data-told="set-aside">.*?<ul>(.*?)</ul>', guest.page, re.DOTALL)
    assert said.count("<li>") == 1
    assert "Only if" in said
    # What the record says leads to a question as well as what is answered here.
    assert "1 answer of this page goes with them" in guest.page
    guest.post("/app/orders")
    (form,) = ehr.of_type(PATIENT, "QuestionnaireResponse")[1:]
    assert "rest-pain-over-2-weeks" not in json.dumps(form)
    assert "relieved-by-sitting" in json.dumps(form)
    guest.get("/app")
    guest.post("/app/answers", ("answer-rest-pain-foot", "true"))
    assert "Answered, and not used" not in guest.page
    guest.post("/app/orders")
    guest.get("/app")
    # And turned again: what was written because of it is taken back with it.
    guest.post("/app/answers", ("answer-rest-pain-foot", "false"))
    guest.post("/app/orders")
    last = ehr.of_type(PATIENT, "QuestionnaireResponse")[-1]
    (item,) = [one for group in last["item"] for one in group["item"] if one["linkId"] == "rest-pain-over-2-weeks"]
    assert ("answer" in item, last["status"]) == (False, "amended")


def test_of_a_question_that_is_not_asked_yet_the_one_that_leads_to_it_is_asked(guest: Visit, ehr: MockEhr) -> None:
    ehr.records[PATIENT] = [one for one in ehr.records[PATIENT] if one["resourceType"] != "QuestionnaireResponse"]
    guest.get("/app")
    asked = re.findall(r'name="answer-([^"]+)" value=""', guest.page)
    assert "leg-pain-on-walking" in asked
    assert "relieved-by-standing-still" not in asked
    guest.post("/app/answers", ("answer-leg-pain-on-walking", "true"))
    assert "relieved-by-standing-still" in guest.page
    guest.post("/app/answers", ("answer-leg-pain-on-walking", "false"))
    assert "relieved-by-standing-still" not in re.findall(r'name="answer-([^"]+)" value=""', guest.page)


def test_nothing_chosen_and_nothing_answered_is_nothing_to_write(guest: Visit, ehr: MockEhr) -> None:
    guest.post("/app/orders")
    assert (guest.status, "no order is chosen" in guest.page) == (400, True)
    assert not any(one.method == "POST" and one.path == "/fhir" for one in ehr.seen)


def test_an_order_that_is_not_proposed_any_more_is_not_written(guest: Visit, ehr: MockEhr) -> None:
    chosen = choices(guest.page)[0]
    page = guest.page
    guest.post("/app/answers", ("answer-fever", "true"))
    guest.page = page
    guest.post("/app/orders", ("order", chosen))
    assert (guest.status, "nothing was written" in guest.page) == (400, True)
    assert ehr.of_type(PATIENT, "ServiceRequest") == []


@pytest.mark.parametrize("atomic", [True, False], ids=["transaction", "batch"])
def test_what_the_ehr_refuses_is_told_with_its_reason(guest: Visit, ehr: MockEhr, atomic: bool, tmp_path: Path) -> None:
    ehr.atomic, ehr.refuses = atomic, frozenset(("ServiceRequest",))
    guest.post("/app/answers", ("answer-fever", "false"))
    guest.post("/app/orders", ("order", choices(guest.page)[0]))
    assert guest.status == 200
    assert "Not all of it was written" in guest.page
    assert any("This type is not taken from apps." in one for one in told(guest.page))
    assert ehr.of_type(PATIENT, "ServiceRequest") == []
    kept = len(ehr.of_type(PATIENT, "QuestionnaireResponse")) - 1
    assert kept == (0 if atomic else 1)
    if not atomic:
        assert any(one.startswith("The answers of this page: QuestionnaireResponse was written") for one in told(guest.page))
    (wrote,) = audit(tmp_path, "wrote")
    assert (wrote["user"], wrote["chosen"]) == (PRACTITIONER, 1)
    assert wrote["refused"] > 0


@pytest.mark.parametrize("path", ["/app/answers", "/app/orders", "/app/report", "/app/end"])
def test_a_form_that_no_page_of_this_session_made_does_nothing(guest: Visit, ehr: MockEhr, path: str) -> None:
    order = ("order", choices(guest.page)[0])
    fever = ("answer-fever", "true")
    page = guest.page
    for forged, headers in (
        ((order, fever), {}),
        ((("form_token", "0" * 64), order, fever), {}),
        ((("form_token", ""), ("patient", PATIENT), order, fever), {}),
    ):
        guest.page = ""
        guest.post(path, *forged, own=False, **headers)
        assert guest.status == 403
    guest.page = page
    guest.post(path, order, fever, **{"Sec-Fetch-Site": "cross-site"})
    assert guest.status == 403
    guest.get("/app")
    assert (guest.status, checked(guest.page)) == (200, {})
    assert ehr.of_type(PATIENT, "ServiceRequest") == []


def test_a_page_of_one_patient_never_writes_to_the_next(guest: Visit, ehr: MockEhr) -> None:
    page, chosen = guest.page, choices(guest.page)[0]
    guest.launch(OTHER)
    fresh = guest.page
    assert f"Patient/{OTHER}" in fresh
    for path, field in (("/app/orders", ("order", chosen)), ("/app/answers", ("answer-fever", "true"))):
        guest.page = page
        guest.post(path, field)
        assert (guest.status, "another patient" in guest.page) == (403, True)
    # And with the token of the new page on the old one, as nobody but an attacker could make it.
    guest.page = fresh
    guest.post("/app/orders", ("patient", PATIENT), ("order", chosen))
    assert guest.status == 400
    guest.page = fresh.replace(f'value="{OTHER}"', f'value="{PATIENT}"')
    guest.post("/app/orders", ("order", choices(fresh)[0]))
    assert guest.status == 403
    for patient in (PATIENT, OTHER):
        assert ehr.of_type(patient, "ServiceRequest") == []


def test_a_window_never_turns_by_itself_to_the_patient_of_another_window(guest: Visit) -> None:
    """Two charts, opened one after the other while both are still on their way; and the first window loaded again."""
    first = guest.come_back(guest.go_to_ehr(PATIENT), PATIENT)
    second = guest.come_back(guest.go_to_ehr(OTHER), OTHER)
    guest.get(first)
    going_on = guest.page
    guest.get(second)
    guest.go_on()
    assert (guest.status, f"Patient/{OTHER}" in guest.page) == (200, True)
    guest.page = going_on
    guest.go_on()
    assert (guest.status, "launched again in this browser" in guest.page) == (403, True)
    assert OTHER not in guest.page
    guest.get("/app?launch=0123456789abcdef")
    assert guest.status == 403


def test_after_an_answer_and_after_writing_the_page_stays_of_its_launch(guest: Visit) -> None:
    here = guest.get("/app").request.path
    guest.post("/app/answers", ("answer-fever", "true"))
    guest.post("/app/orders")
    (back,) = re.findall(r'href="(/app\?launch=[0-9a-f]{16})"', guest.page)
    assert PATIENT not in back
    assert here == "/app"
    assert guest.get(back).status_code == 200


def sheet_of(page: str) -> list[tuple[str, str]]:
    """What the button for the sheet sends besides what every form of the page sends."""
    form = page[page.index('action="/app/report"') :]
    return re.findall(r'<input type="hidden" name="(as_of|assessment)" value="([^"]*)">', form)


def test_the_sheet_is_that_of_the_page_and_the_same_as_through_every_door(guest: Visit, ehr: MockEhr, clock: Clock) -> None:
    guest.post("/app/answers", ("answer-bruit-femoral-left", "true"))
    seen = sheet_of(guest.page)
    clock.go_on(minutes=2)
    answer = guest.post("/app/report", *seen)
    assert (answer.status_code, answer.content_type, answer.headers["Cache-Control"]) == (200, "application/pdf", "no-store")
    assert "attachment" in answer.headers["Content-Disposition"]
    guest.get("/app")
    guest.post("/app/orders")
    # What the app gathers of the record is that record; the form that was written is the one that was answered.
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": one} for one in ehr.records[PATIENT]]}
    headers = {"Content-Type": "application/fhir+json", "Accept": "application/pdf"}
    other = guest.browser.post(f"/fhir/$assess-claudication?asOf={NOW:%Y-%m-%dT%H:%M:%SZ}", json=bundle, headers=headers)
    assert other.status_code == 200
    assert other.data == answer.data


def test_a_sheet_of_what_the_page_does_not_show_is_not_made(guest: Visit, ehr: MockEhr, clock: Clock) -> None:
    seen, page = sheet_of(guest.page), guest.page
    guest.post("/app/answers", ("answer-bruit-femoral-left", "true"))
    guest.post("/app/report", *seen)
    assert (guest.status, "have changed since the page was made" in guest.page) == (400, True)
    for as_of in ("", "yesterday", "2026-03-02T09:30:00", "2026-03-02T08:29:59+00:00", "2026-03-02T09:30:01+00:00"):
        guest.page = page
        guest.post("/app/report", ("as_of", as_of), seen[1])
        assert (guest.status, "the page was not made then" in guest.page) == (400, True)


def test_without_the_extra_there_is_no_button(guest: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "/app/report" in guest.page
    monkeypatch.setitem(sys.modules, "typst", None)
    guest.get("/app")
    assert guest.status == 200
    assert "/app/report" not in guest.page


@pytest.fixture
def heard(deployed: Deploy, ehr: MockEhr, clock: Clock) -> Callable[[str], tuple[Visit, Callable[[], list[dict[str, Any]]]]]:
    """The app of a client that has subscribed to a topic; and what it has been told of since it was asked last."""

    def subscribed_to(topic: str) -> tuple[Visit, Callable[[], list[dict[str, Any]]]]:
        story = Story(deployed(**CALLED_BACK))
        subscribed(story, topic=topic, payload="full-resource")
        with story.receiver():
            pass
        app = connected(story.deployment, ehr, clock).clients["north"].smart_app
        client = replace(story.deployment.clients["development"], smart_app=app)
        deployment = replace(connected(story.deployment, ehr, clock), clients={client.id: client})
        return Visit(create_app(deployment), ehr), lambda: told_of(story)

    return subscribed_to


Heard = Callable[[str], tuple[Visit, Callable[[], list[dict[str, Any]]]]]


def test_who_has_subscribed_is_told_of_each_assessment_once(heard: Heard) -> None:
    guest, told_now = heard("assessment-completed")
    guest.launch(PATIENT).close()
    [bundle] = told_now()
    assert bundle["entry"][1]["resource"]["subject"] == {"reference": f"Patient/{PATIENT}"}
    guest.get("/app").close()
    guest.post("/app/report", *sheet_of(guest.page)).close()
    assert told_now() == []
    guest.get("/app").close()
    guest.post("/app/answers", ("answer-bruit-femoral-left", "true")).close()
    assert len(told_now()) == 1
    guest.post("/app/orders", ("order", choices(guest.page)[0])).close()
    guest.get("/app").close()
    assert told_now() == []


def test_a_red_flag_that_an_answer_raises_is_told_of(heard: Heard) -> None:
    guest, told_now = heard("red-flag-raised")
    guest.launch(PATIENT).close()
    assert told_now() == []
    guest.post("/app/answers", ("answer-saddle-anaesthesia", "true")).close()
    [bundle] = told_now()
    assert "red-flags" in json.dumps(bundle["entry"][1])


def test_data_of_another_patient_stops_everything(guest: Visit, ehr: MockEhr) -> None:
    ehr.records[OTHER].append(
        {"resourceType": "Condition", "id": "c1", "subject": {"reference": f"Patient/{OTHER}"}, "code": {"text": "Angina"}}
    )
    chosen = choices(guest.page)[0]
    ehr.leaks = OTHER
    page = guest.page
    guest.get("/app")
    assert (guest.status, "of another patient" in guest.page) == (502, True)
    assert "Angina" not in guest.page
    guest.page = page
    guest.post("/app/orders", ("order", chosen))
    assert guest.status == 502
    assert ehr.of_type(PATIENT, "ServiceRequest") == []


def test_what_could_not_be_read_is_said_and_what_everything_rests_on_is_not_done_without(guest: Visit, ehr: MockEhr) -> None:
    ehr.hides = frozenset(("AllergyIntolerance", "Procedure"))
    guest.get("/app")
    assert guest.status == 200
    assert "operations and interventions: the FHIR server does not allow this" in guest.page
    ehr.hides = frozenset(("Condition",))
    guest.get("/app")
    assert (guest.status, "without it nothing is assessed" in guest.page) == (502, True)


def test_a_type_that_is_refused_as_if_the_token_were_bad_is_only_a_gap(guest: Visit, ehr: MockEhr) -> None:
    ehr.hides, ehr.hidden_status = frozenset(("ImagingStudy",)), 401
    guest.get("/app")
    assert (guest.status, "images already taken: the FHIR server was not asked" in guest.page) == (200, True)


def test_an_expired_token_is_the_end_of_the_session_with_the_ehr(guest: Visit, clock: Clock) -> None:
    page = guest.page
    clock.go_on(minutes=5)
    guest.get("/app")
    assert (guest.status, "session with the EHR is over" in guest.page) == (401, True)
    guest.page = page
    guest.post("/app/orders", ("order", choices(page)[0]))
    assert guest.status == 401


def test_a_token_that_the_ehr_takes_no_more_is_the_end_too(guest: Visit, ehr: MockEhr) -> None:
    ehr.tokens.clear()
    guest.get("/app")
    assert (guest.status, "session with the EHR is over" in guest.page) == (401, True)


def test_with_a_refresh_token_it_goes_on_and_the_new_tokens_are_kept(deployed: Deploy, ehr: MockEhr, clock: Clock) -> None:
    ehr.refreshes = True
    guest = visit(deployed(development="true"), ehr, clock)
    guest.launch(PATIENT)
    asked = next(one.query for one in ehr.seen if one.path == "/auth/authorize")
    assert "online_access" in asked["scope"].split()
    for _ in range(3):
        clock.go_on(minutes=6)
        guest.get("/app")
        assert guest.status == 200
    assert len([one for one in ehr.seen if one.path == "/auth/token"]) == 4
    ehr.refresh_tokens.clear()
    clock.go_on(minutes=6)
    guest.get("/app")
    assert (guest.status, "session with the EHR is over" in guest.page) == (401, True)
    assert ehr.complaints == ["token: invalid_grant"]


def test_an_answer_that_is_given_while_the_token_is_renewed_is_not_lost(deployed: Deploy, ehr: MockEhr, clock: Clock) -> None:
    ehr.refreshes = True
    guest = visit(deployed(development="true"), ehr, clock)
    guest.launch(PATIENT)
    other_window = Visit(guest.app, ehr)
    other_window.page = guest.page
    cookie = guest.browser.get_cookie("__Host-claudication-smart", domain="cds.example")
    assert cookie is not None
    other_window.browser.set_cookie(cookie.key, cookie.value, domain="cds.example", secure=True, path="/")
    hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', guest.page)[:2]

    def meanwhile() -> None:
        ehr.during_refresh = lambda: None
        body = urlencode([*hidden, ("answer-fever", "false")])
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        answered = other_window.browser.post("/app/answers", base_url=BASE, data=body, headers=kind)
        assert answered.status_code == 303

    ehr.during_refresh = meanwhile
    clock.go_on(minutes=6)
    guest.get("/app")
    guest.get("/app")
    assert (guest.status, checked(guest.page)) == (200, {"fever": "false"})
    assert ehr.complaints == []


def same_browser(guest: Visit, deployment: Deployment) -> Visit:
    """Another window of the same browser, served by another process on the same database."""
    window = Visit(create_app(deployment), guest.ehr)
    cookie = guest.browser.get_cookie("__Host-claudication-smart", domain="cds.example")
    assert cookie is not None
    window.browser.set_cookie(cookie.key, cookie.value, domain="cds.example", secure=True, path="/")
    return window


def while_it_renews(ehr: MockEhr, other: Visit, waiting: threading.Event) -> Callable[[], None]:
    """What happens while the EHR thinks about a refresh token: the other window asks for its page, and comes to where it can only wait."""
    thread = threading.Thread(target=other.get, args=("/app",))

    def meanwhile() -> None:
        ehr.during_refresh = lambda: None
        thread.start()
        while thread.is_alive() and not waiting.wait(0.01):
            pass

    ehr.during_refresh = meanwhile
    return thread.join


def waits(deployment: Deployment, ehr: MockEhr, clock: Clock, waiting: threading.Event) -> Deployment:
    """A process that says when it has to wait."""

    def sleep(seconds: float) -> None:
        waiting.set()
        time.sleep(0.001)

    ready = connected(deployment, ehr, clock)
    return replace(ready, way=replace(ready.way, timing=Timing(sleep=sleep)))


def test_two_windows_that_renew_at_once_renew_once_and_both_go_on(deployed: Deploy, ehr: MockEhr, clock: Clock) -> None:
    """A refresh token is good once: the second to send it would be taken for a thief."""
    ehr.refreshes, waiting = True, threading.Event()
    guest = visit(deployed(development="true"), ehr, clock)
    guest.launch(PATIENT)
    other = same_browser(guest, waits(deployed(development="true"), ehr, clock, waiting))
    clock.go_on(minutes=6)
    both_done = while_it_renews(ehr, other, waiting)
    guest.get("/app")
    both_done()
    assert (guest.status, other.status, ehr.complaints) == (200, 200, [])
    assert len([one for one in ehr.seen if one.form.get("grant_type") == "refresh_token"]) == 1
    clock.go_on(minutes=6)
    for window in (other, guest):
        window.get("/app")
        assert window.status == 200


@pytest.mark.parametrize("trouble", ["the EHR takes the token no more", "the app is closed"])
def test_who_waits_for_a_renewal_that_comes_to_nothing_is_told_so(
    deployed: Deploy, ehr: MockEhr, clock: Clock, trouble: str
) -> None:
    ehr.refreshes, waiting = True, threading.Event()
    guest = visit(deployed(development="true"), ehr, clock)
    guest.launch(PATIENT)
    other = same_browser(guest, waits(deployed(development="true"), ehr, clock, waiting))
    third = same_browser(guest, connected(deployed(development="true"), ehr, clock))
    third.page = guest.page
    clock.go_on(minutes=6)
    both_done = while_it_renews(ehr, other, waiting)
    waited = ehr.during_refresh

    def meanwhile() -> None:
        waited()
        if trouble == "the app is closed":
            third.post("/app/end").close()
        else:
            ehr.refresh_tokens.clear()

    ehr.during_refresh = meanwhile
    guest.get("/app")
    assert (guest.status, "session with the EHR is over" in guest.page) == (401, True)
    both_done()
    assert (other.status, "session with the EHR is over" in other.page) == (401, True)
    guest.get("/app")
    assert guest.status == 401


def test_tokens_that_came_meanwhile_are_used_and_not_overwritten(deployed: Deploy, ehr: MockEhr, clock: Clock) -> None:
    """The claim of a window that was slow had run out, and another one renewed."""
    ehr.refreshes = True
    deployment = connected(deployed(development="true"), ehr, clock)
    guest = Visit(create_app(deployment), ehr)
    guest.launch(PATIENT)
    cookie = guest.browser.get_cookie("__Host-claudication-smart", domain="cds.example")
    assert cookie is not None
    clock.go_on(minutes=6)
    until = clock.now + timedelta(minutes=5)
    newer = {"access_token": "newer", "refresh_token": "newer still", "expires_at": until.isoformat()}

    def meanwhile() -> None:
        ehr.tokens["newer"] = (PATIENT, until.timestamp())
        assert deployment.browser_sessions.change(
            cookie.value, "smart", lambda held: json.dumps(json.loads(held) | newer).encode(), now=clock.now
        )

    ehr.during_refresh = meanwhile
    for _ in range(2):
        guest.get("/app")
        assert guest.status == 200
    read = [one.headers["authorization"] for one in ehr.seen if one.path.startswith("/fhir/Patient/")]
    assert read[-2:] == ["Bearer newer"] * 2


def test_a_process_that_dies_while_it_renews_holds_the_others_up_for_a_while_only(
    deployed: Deploy, ehr: MockEhr, clock: Clock
) -> None:
    ehr.refreshes = True
    seconds = [0.0]
    deployment = connected(deployed(development="true"), ehr, clock)
    timing = Timing(monotonic=lambda: seconds[0], sleep=lambda more: seconds.append(seconds.pop() + more))
    guest = Visit(create_app(replace(deployment, way=replace(deployment.way, timing=timing))), ehr)
    guest.launch(PATIENT)
    cookie = guest.browser.get_cookie("__Host-claudication-smart", domain="cds.example")
    assert cookie is not None
    clock.go_on(minutes=6)
    until = clock.now + timedelta(seconds=5)
    left = {"renewing": "somebody", "renewing_until": until.isoformat()}
    deployment.browser_sessions.change(
        cookie.value, "smart", lambda held: json.dumps(json.loads(held) | left).encode(), now=clock.now
    )
    guest.get("/app")
    assert (guest.status, "another window renews the session" in guest.page) == (504, True)
    clock.go_on(seconds=5)
    guest.get("/app")
    assert (guest.status, ehr.complaints) == (200, [])


def test_the_app_left_open_closes_after_an_hour(deployed: Deploy, ehr: MockEhr, clock: Clock) -> None:
    ehr.expires_in = 24 * 3600
    guest = visit(deployed(development="true"), ehr, clock)
    guest.launch(PATIENT)
    clock.go_on(minutes=59)
    assert guest.get("/app").status_code == 200
    clock.go_on(minutes=1)
    assert guest.get("/app").status_code == 401


def test_closing_the_app_leaves_nothing_behind(guest: Visit, tmp_path: Path) -> None:
    answer = guest.post("/app/end")
    assert (guest.status, "Nothing of the patient is left" in guest.page) == (200, True)
    assert "Max-Age=0" in answer.headers["Set-Cookie"]
    guest.get("/app")
    assert guest.status == 401
    with sqlite3.connect(tmp_path / "audit.db") as connection:
        assert connection.execute("SELECT count(*) FROM browser_sessions").fetchone() == (0,)


def test_closing_the_app_gives_the_tokens_back_to_an_ehr_that_takes_them(
    deployed: Deploy, ehr: MockEhr, clock: Clock, log: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    ehr.refreshes = ehr.revokes = True
    guest = visit(deployed(development="true"), ehr, clock)
    guest.launch(PATIENT)
    tokens = [*ehr.refresh_tokens, *ehr.tokens]
    guest.post("/app/end").close()
    assert (guest.status, ehr.complaints) == (200, [])
    asked = [one.form for one in ehr.seen if one.path == "/auth/revoke"]
    assert [(one["token_type_hint"], one["token"]) for one in asked] == list(
        zip(("refresh_token", "access_token"), tokens, strict=True)
    )
    assert (ehr.refresh_tokens, ehr.tokens) == ({}, {})
    told = log.getvalue().decode() + caplog.text
    assert [one for one in tokens if one in told] == []


@pytest.mark.parametrize("trouble", ["says nothing of it", "refuses", "is gone"])
def test_the_app_is_closed_whatever_the_ehr_does_about_its_tokens(
    deployed: Deploy, ehr: MockEhr, clock: Clock, trouble: str
) -> None:
    ehr.revokes = trouble != "says nothing of it"
    guest = visit(deployed(development="true"), ehr, clock)
    guest.launch(PATIENT)
    ehr.revokes = False
    if trouble == "is gone":
        ehr.__exit__(None, None, None)
    guest.post("/app/end").close()
    assert guest.status == 200
    asked = [one for one in ehr.seen if one.path == "/auth/revoke"]
    assert len(asked) == (1 if trouble == "refuses" else 0)
    guest.get("/app")
    assert guest.status == 401


def test_a_copy_of_the_database_holds_neither_token_nor_patient(guest: Visit, ehr: MockEhr, tmp_path: Path) -> None:
    guest.post("/app/answers", ("answer-fever", "true"))
    held = b"".join(file.read_bytes() for file in tmp_path.glob("audit.db*"))
    assert [one for one in (*ehr.tokens, PATIENT, "1955-06-01") if one.encode() in held] == []


def test_hostile_text_of_the_record_is_text(guest: Visit, ehr: MockEhr) -> None:
    ehr.of_type(PATIENT, "Patient")[0] |= {"name": [{"text": "<script>alert(1)</script>"}], "gender": '"><img src=x>'}
    guest.get("/app")
    assert guest.status == 200
    assert "<script>alert" not in guest.page
    assert "<img" not in guest.page
    assert "&lt;script&gt;" in guest.page


@pytest.mark.parametrize("name", [None, [], [7], [{"family": 7, "given": [None]}], "Robin"])
def test_a_patient_without_a_usable_name_is_said_to_have_none(guest: Visit, ehr: MockEhr, name: Any) -> None:
    patient = ehr.of_type(PATIENT, "Patient")[0]
    patient["name"] = name
    patient.pop("birthDate")
    patient.pop("gender")
    guest.get("/app")
    assert guest.status == 200
    for said in ("name not known", "birth date not known", "sex not known"):
        assert said in guest.page


def test_a_writing_that_cannot_be_recorded_is_written_and_logged(guest: Visit, ehr: MockEhr, tmp_path: Path, log: Any) -> None:
    page = guest.page
    with sqlite3.connect(tmp_path / "audit.db") as connection:
        connection.execute("DROP TABLE audit")
    guest.page = page
    guest.post("/app/orders", ("order", choices(page)[0]))
    assert guest.status == 200
    assert len(ehr.of_type(PATIENT, "ServiceRequest")) == 1
    assert b"writing not recorded" in log.getvalue()


def test_a_program_is_answered_with_an_outcome(guest: Visit) -> None:
    answer = guest.browser.get("/app", headers={"Accept": "application/json"})
    assert answer.json["resourceType"] == "OperationOutcome"
