"""A committee's morning in a real browser: an EHR has called and told what became of its cards; somebody signs in, looks, filters, takes the file and leaves."""

from __future__ import annotations

import csv
import io
import threading
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from werkzeug.serving import make_server

from service.app import create_app, deploy
from service.config import load_settings
from tests.browser import axe
from tests.cds_hooks.calls import call
from tests.cds_hooks.tokens import HANDED_OVER, bearer
from tests.store.hook_calls import DAY, card, feedback
from tests.store.hook_calls import call as hook_call
from tests.web.signing_in import NAME, OPERATORS, PASSWORD

LAPTOP = {"width": 1366, "height": 700}
PHONE = {"width": 390, "height": 844}
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
HOOK = "/cds-services/claudication"
REASON = {"system": "http://terminology.hl7.org/CodeSystem/non-adherence-reason-codes", "code": "action-completed"}


@pytest.fixture(scope="module")
def staffed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Any]]:
    """A service with one operator and one registered client: its address, and what it shares."""
    environ = {
        "CLAUDICATION_DATABASE_URL": f"sqlite:///{tmp_path_factory.mktemp('staffed')}/audit.db",
        "CLAUDICATION_OPERATORS_FILE": OPERATORS,
    }
    deployment = deploy(load_settings(environ), clock=lambda: NOW, log_to=io.BytesIO())
    deployment = replace(deployment, clients={HANDED_OVER.id: HANDED_OVER})
    server = make_server("127.0.0.1", 0, create_app(deployment), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", deployment
    server.shutdown()
    thread.join()
    server.server_close()
    deployment.assessments.close()


@pytest.fixture
def window(browser: Any, staffed: tuple[str, Any]) -> Iterator[Any]:
    """A window of somebody who is not signed in. What a page asks of another server, or breaks of its own policy, fails the test."""
    wrong: list[str] = []
    context = browser.new_context(viewport=LAPTOP, accept_downloads=True, java_script_enabled=True)
    opened = context.new_page()
    opened.on("console", lambda message: wrong.append(message.text) if "Content Security Policy" in message.text else None)
    opened.on("request", lambda request: None if request.url.startswith(staffed[0]) else wrong.append(request.url))
    yield opened
    context.close()
    assert wrong == []


def ask(address: str, hook: str = "patient-view") -> str:
    """A call of the EHR; gives the id of the card it was shown."""
    made = call(hook, hookInstance=str(uuid.uuid4()))
    answer = requests.post(f"{address}{HOOK}", json=made, headers=bearer(aud=f"{address}{HOOK}"), timeout=30)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["cards"][0]["uuid"])


def tell(address: str, card_id: str, **what: Any) -> None:
    item = {"card": card_id, "outcomeTimestamp": "2026-03-02T09:29:00Z", **what}
    told = requests.post(
        f"{address}{HOOK}/feedback", json={"feedback": [item]}, headers=bearer(aud=f"{address}{HOOK}/feedback"), timeout=30
    )
    assert told.status_code == 200, told.text


def enter(window: Any, password: str = PASSWORD) -> None:
    window.get_by_label("Name").fill(NAME)
    window.get_by_label("Password").fill(password)
    window.keyboard.press("Enter")


def test_a_committee_reads_what_became_of_the_cards_of_an_ehr(window: Any, staffed: tuple[str, Any]) -> None:
    address, deployment = staffed
    accepted, overridden, _ = ask(address), ask(address, "encounter-start"), ask(address)
    tell(address, accepted, outcome="accepted", acceptedSuggestions=[{"id": str(uuid.uuid4())}])
    tell(address, overridden, outcome="overridden", overrideReason={"reason": REASON})

    window.goto(f"{address}/dashboard")
    assert "/sign-in?return_to=" in window.url
    enter(window, "not-hers-at-all")
    assert window.get_by_role("alert").text_content() == "Name and password do not fit together."
    enter(window)
    window.wait_for_url(f"{address}/dashboard")
    row = window.locator("section:has(#by-rule) tbody tr").first
    assert [cell.strip() for cell in row.locator("td.n").all_text_contents()] == ["3", "1", "1", "0", "1"]
    assert "too few to judge" in row.text_content()
    assert window.get_by_text("Recommended action was already completed").is_visible()

    window.get_by_label("Hook", exact=True).select_option("encounter-start")
    window.get_by_role("button", name="Show").click()
    window.wait_for_url("**/dashboard?*hook=encounter-start*")
    assert window.locator(".in-short dd").first.text_content() == "1"
    with window.expect_download() as download:
        window.get_by_role("link", name="Export as CSV").click()
    rows = list(csv.DictReader(io.StringIO(Path(download.value.path()).read_text())))
    assert [(one["hook"], one["outcome"], one["reason_code"]) for one in rows] == [
        ("encounter-start", "overridden", "action-completed")
    ]

    window.get_by_role("button", name="Sign out").click()
    window.wait_for_url(f"{address}/sign-in")
    window.goto(f"{address}/dashboard")
    assert "/sign-in" in window.url
    done = [row.action for row in deployment.audit.rows() if row.actor == f"operator:{NAME}"]
    assert done == ["not-signed-in", "signed-in", "read", "read", "exported", "signed-out"]


def a_quarter(deployment: Any) -> None:
    """Thirteen weeks of cards of three clients, as a record might look; every number is made from its place in the row."""
    rules = (
        "leg-symptoms-without-abi",
        "done-recently",
        "contrast-and-kidneys",
        "red-flag",
        "toe-pressure-missing",
        "ct-in-pregnancy",
    )
    reasons = ("action-completed", "action-not-priority", "patient-ineligible", "")
    for number in range(420):
        rule = rules[0 if number % 3 == 0 else number % 5]
        client, hook = ("north", "south", "clinic")[number % 3], ("patient-view", "order-sign")[number % 2]
        made = card(rule, key=f"k{number}", uuid=f"of-{number}", red_flag=rule == "red-flag")
        held = card(
            rules[number % 4],
            key=f"h{number}",
            uuid="",
            shown=False,
            reason=("noise-budget-spent", "suppressed-after-override")[number % 5 % 2],
        )
        deployment.hook_records.save(
            hook_call(
                *((made, held) if number % 6 == 0 else (made,)),
                client=client,
                hook=hook,
                hook_instance=f"i-{number}",
                received_at=NOW - DAY * (number * 89 % 900) / 10,
                steps={"gather": 20.0 + number * number * 7 % 173, "assess": 9.0},
                data_issues=frozenset(("stale", "record-incomplete", "single-arm", "near-threshold")[: number % 5]),
                red_flags=frozenset(
                    ("chronic-limb-threatening-ischaemia", "cauda-equina-syndrome")[: 1 + number % 2]
                    if rule == "red-flag"
                    else ()
                ),
            )
        )
        if number % 7 < 5:
            outcome = "accepted" if number * 5 % 7 < 3 + number % 2 else "overridden"
            given = {"reason_system": REASON["system"], "reason_code": reasons[number % 4]} if outcome == "overridden" else {}
            deployment.hook_records.add_feedback(
                [feedback(str(number), outcome, client=client, card_uuid=f"of-{number}", **given)]
            )
    one_more = card(rules[5], key="once", uuid="once")
    deployment.hook_records.save(
        hook_call(one_more, client="clinic", hook_instance="once", received_at=NOW - 9 * DAY, steps={"parse": 40.0})
    )
    deployment.hook_records.save(hook_call(client="clinic", hook_instance="refused", status=412, received_at=NOW - 9 * DAY))


@pytest.fixture(scope="module")
def full(staffed: tuple[str, Any]) -> str:
    """The address of a service that has been in use for a quarter of a year."""
    address, deployment = staffed
    a_quarter(deployment)
    return address


def test_a_quarter_is_seen_on_a_screen_a_phone_and_paper(browser: Any, full: str, pictures: Path) -> None:
    context = browser.new_context(viewport=LAPTOP, java_script_enabled=False)
    window = context.new_page()
    window.goto(f"{full}/dashboard")
    enter(window)
    window.wait_for_url(f"{full}/dashboard")
    assert window.evaluate("document.documentElement.scrollWidth") <= LAPTOP["width"]
    window.screenshot(path=pictures / "dashboard.png", full_page=True)
    window.pdf(format="A4", print_background=True, path=pictures / "dashboard.pdf")
    window.set_viewport_size(PHONE)
    assert window.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    window.screenshot(path=pictures / "dashboard-phone.png", full_page=True)
    context.close()


def test_axe_finds_no_violation_on_the_dashboard(browser: Any, full: str) -> None:
    axe.needed()
    context = browser.new_context(viewport=LAPTOP, bypass_csp=True)
    window = context.new_page()
    found = {}
    window.goto(f"{full}/sign-in")
    found["sign-in"] = axe.violations(window)
    enter(window, "not-hers-at-all")
    window.get_by_role("alert").wait_for()
    found["not signed in"] = axe.violations(window)
    enter(window)
    window.wait_for_url(f"{full}/dashboard")
    found["full"] = axe.violations(window)
    window.goto(f"{full}/dashboard?client=nobody")
    found["empty"] = axe.violations(window)
    window.goto(f"{full}/dashboard?from=yesterday")
    found["refused"] = axe.violations(window)
    window.set_viewport_size(PHONE)
    window.goto(f"{full}/dashboard")
    found["phone"] = axe.violations(window)
    context.close()
    assert {page: wrong for page, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize(
    "path", ["/evidence?q=cauda", "/source-attributes", "/dashboard", pytest.param("/evidence", marks=pytest.mark.slow)]
)
def test_axe_finds_no_violation_on_what_is_read_by_everybody(browser: Any, address: str, path: str, pictures: Path) -> None:
    axe.needed()
    context = browser.new_context(viewport=LAPTOP, bypass_csp=True)
    window = context.new_page()
    window.goto(f"{address}{path}")
    found = axe.violations(window)
    window.set_viewport_size(PHONE)
    assert window.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    window.screenshot(path=pictures / f"open-{path.strip('/').partition('?')[0]}-phone.png")
    context.close()
    assert found == []


def test_an_assessment_that_is_refused_is_read_by_everybody(browser: Any, address: str) -> None:
    axe.needed()
    context = browser.new_context(viewport=LAPTOP, bypass_csp=True)
    window = context.new_page()
    window.goto(address)
    window.locator("#bundle").fill("{")
    window.locator(".own .main-action").click()
    window.wait_for_selector(".refused li")
    found = axe.violations(window)
    context.close()
    assert found == []
