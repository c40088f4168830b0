"""The dashboard and its export: what a committee reads, who may read it, and that it says so in the audit."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from service.app import create_app
from service.store.dashboard_values import Asked, Became, CardCount, Counted
from service.web.deployment import Deployment
from service.web.pages.dashboard.values import dashboard_values, percent
from tests.cds_hooks.calls import INSTANCE, PATIENT_ID
from tests.cds_hooks.calls import call as hook_request
from tests.cds_hooks.tokens import CLIENTS, HANDED_OVER, bearer
from tests.store.hook_calls import NOW, call, card, feedback
from tests.web.conftest import Deploy
from tests.web.reading_pages import read_page
from tests.web.signing_in import BASE, HTML, OPERATORS, sign_in

DASHBOARD, EXPORT = "/dashboard", "/dashboard/export.csv"
HOSTILE = "</title><script>alert(1)</script>\"'"


@pytest.fixture
def deployment(deployed: Deploy) -> Deployment:
    return deployed(development="true")


@pytest.fixture
def client(deployment: Deployment) -> FlaskClient:
    return create_app(deployment).test_client()


def with_cards(deployment: Deployment) -> None:
    """Ten cards: six accepted, two overridden, one ignored, one just shown; and one of a second client."""
    for number in range(10):
        shown_at = NOW if number == 9 else NOW - timedelta(days=2)
        made = card("abi-overdue", key=f"k{number}", uuid=f"uuid-{number}")
        deployment.hook_records.save(
            call(made, hook_instance=f"i-{number}", received_at=shown_at, data_issues=frozenset(["stale"]))
        )
    deployment.hook_records.save(call(card("duplicate-study"), client=HANDED_OVER.id, hook="order-sign"))
    deployment.hook_records.save(call(hook_instance="refused", status=412))
    deployment.hook_records.add_feedback(
        [
            *(feedback(str(number), "accepted") for number in range(6)),
            feedback(
                "6",
                reason_code="action-completed",
                reason_system="http://terminology.hl7.org/CodeSystem/non-adherence-reason-codes",
            ),
            feedback("7"),
        ]
    )


def rows_of(client: FlaskClient, query: str = "", **more: Any) -> list[dict[str, str]]:
    answer = client.get(f"{EXPORT}{query}", **more)
    assert answer.status_code == 200, answer.text
    assert answer.mimetype == "text/csv"
    assert "attachment" in answer.headers["Content-Disposition"]
    return list(csv.DictReader(io.StringIO(answer.text, newline="")))


def test_a_committee_reads_how_many_were_accepted_and_how_sure_that_is(client: FlaskClient, deployment: Deployment) -> None:
    with_cards(deployment)
    page = read_page(client.get(f"{DASHBOARD}?client=north-hospital").text).text
    assert "67 %" in page
    assert "6 of 9; 95 % interval 35 to 88 %" in page
    assert "Accepted is not helped." in page
    assert "Recommended action was already completed" in page
    assert "No reason given" in page
    assert "stale" in page
    assert "1 with status 412 (data that is needed could not be had)" in page


def test_too_few_are_not_made_into_a_share(client: FlaskClient, deployment: Deployment) -> None:
    with_cards(deployment)
    page = read_page(client.get(f"{DASHBOARD}?rule=duplicate-study").text)
    assert "none to judge" in page.text
    deployment.hook_records.save(
        call(
            *(card("duplicate-study", key=f"d{n}", uuid=f"d{n}") for n in range(4)),
            hook_instance="d",
            received_at=NOW - timedelta(days=3),
        )
    )
    page = read_page(client.get(f"{DASHBOARD}?rule=duplicate-study&from=2026-02-23").text)
    assert "too few to judge (fewer than 5)" in page.text


def test_an_empty_dashboard_is_a_page_too(client: FlaskClient) -> None:
    answer = client.get(DASHBOARD)
    assert answer.status_code == 200
    assert "No card was shown." in read_page(answer.text).text


def test_the_page_needs_no_script_and_keeps_to_its_own_site(client: FlaskClient) -> None:
    answer = client.get(DASHBOARD)
    policy = answer.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert answer.headers["Cache-Control"] == "no-store"
    assert " style=" not in answer.text
    assert "http://" not in answer.text.replace('xmlns="http://www.w3.org/2000/svg"', "")


def test_nothing_that_is_asked_for_becomes_markup(client: FlaskClient, deployment: Deployment) -> None:
    deployment.hook_records.save(call(card(HOSTILE[:60]), client=HOSTILE))
    for query in ({"client": HOSTILE}, {"rule": HOSTILE}, {"hook": HOSTILE}, {}):
        page = client.get(DASHBOARD, query_string=query).text
        assert "<script>alert" not in page
        assert "</title><script" not in page


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"from": "yesterday"}, "from"),
        ({"to": "2026-02-30"}, "to"),
        ({"from": "20260302"}, "from"),
        ({"from": "0001-01-01"}, "from"),
        ({"from": "2026-03-02", "to": "2026-02-20"}, "from"),
        ({"from": "1950-01-01"}, "from"),
        ({"client": "x" * 129}, "client"),
        ({"days": "30"}, "days"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_its_name(client: FlaskClient, query: dict[str, str], names: str) -> None:
    for path in (DASHBOARD, EXPORT):
        answer = client.get(path, query_string=query)
        assert (answer.status_code, answer.mimetype) == (400, "application/fhir+json")
        assert names in str(answer.json)
        shown = client.get(path, query_string=query, headers=HTML)
        assert (shown.status_code, shown.mimetype) == (400, "text/html")
    assert client.get(f"{DASHBOARD}?rule=a&rule=b").status_code == 400


def test_fields_left_empty_ask_for_nothing(client: FlaskClient) -> None:
    assert client.get(f"{DASHBOARD}?from=&to=&client=&hook=&rule=").status_code == 200


def test_the_export_has_a_row_a_card_and_nobody_s_patient(client: FlaskClient, deployment: Deployment) -> None:
    with_cards(deployment)
    rows = rows_of(client, "?client=north-hospital")
    assert [row["outcome"] for row in rows] == ["accepted"] * 6 + ["overridden"] * 2 + ["ignored", "waiting"]
    assert rows[6]["reason_code"] == "action-completed"
    assert (rows[0]["day"], rows[0]["week"], rows[0]["latency_ms"]) == ("2026-02-28", "2026-W09", "11")
    text = client.get(EXPORT).text
    for secret in ("p-1", "09:30", "uuid-0", "a-1"):
        assert secret not in text


def test_a_hook_call_is_on_the_dashboard_with_what_it_met(client: FlaskClient, deployment: Deployment) -> None:
    assert client.post("/cds-services/claudication", json=hook_request()).status_code == 200
    page = read_page(client.get(DASHBOARD).text).text
    assert "artery-disease-not-followed-up" in page
    assert "record incomplete" in page or "None was met." not in page
    file = deployment.settings.database_url.removeprefix("sqlite:///")
    with sqlite3.connect(file) as connection:
        assert PATIENT_ID not in "\n".join(connection.iterdump())
    assert INSTANCE not in client.get(EXPORT).text


# Who may look


@pytest.fixture
def staffed(deployed: Deploy) -> Deployment:
    return deployed(operators_file=OPERATORS)


def test_nobody_looks_where_nobody_is_named_and_the_remedy_is_told(deployed: Deploy) -> None:
    client = create_app(deployed()).test_client()
    for path in (DASHBOARD, EXPORT, "/sign-in"):
        answer = client.get(path, headers=HTML)
        assert answer.status_code == 403
        assert "CLAUDICATION_OPERATORS_FILE" in answer.text


def test_who_is_not_signed_in_is_sent_to_sign_in_and_comes_back_to_what_was_asked(staffed: Deployment) -> None:
    browser = create_app(staffed).test_client()
    sent = browser.get(f"{DASHBOARD}?rule=abi-overdue", headers=HTML, base_url=BASE)
    assert (sent.status_code, sent.headers["Location"]) == (303, "/sign-in?return_to=%2Fdashboard%3Frule%3Dabi-overdue")
    form = browser.get(sent.headers["Location"], headers=HTML, base_url=BASE)
    assert 'value="/dashboard?rule=abi-overdue"' in form.text
    assert sign_in(browser, return_to="/dashboard?rule=abi-overdue").headers["Location"] == "/dashboard?rule=abi-overdue"
    assert browser.get(DASHBOARD, headers=HTML, base_url=BASE).status_code == 200
    assert rows_of(browser, base_url=BASE) == []


def test_a_program_without_a_session_is_refused(staffed: Deployment) -> None:
    for path in (DASHBOARD, EXPORT):
        assert create_app(staffed).test_client().get(path).status_code == 401


def test_who_is_an_operator_no_longer_sees_nothing_more(staffed: Deployment) -> None:
    browser = create_app(staffed).test_client()
    assert sign_in(browser).status_code == 303
    other_password = dict.fromkeys(staffed.operators, "scrypt:32768:8:3$another$hash")
    for operators in ({"somebody": "else"}, other_password):
        later = create_app(replace(staffed, operators=operators)).test_client()
        for cookie in browser._cookies.values():
            later.set_cookie(cookie.key, cookie.value, domain=cookie.domain, secure=True)
        assert later.get(DASHBOARD, headers=HTML, base_url=BASE).status_code == 303


def test_a_registered_client_exports_its_own_cards_and_looks_at_no_page(staffed: Deployment) -> None:
    with_cards(staffed)
    registered = create_app(replace(staffed, clients={one.id: one for one in CLIENTS})).test_client()

    def token() -> dict[str, str]:
        return bearer(aud=f"http://localhost{EXPORT}")

    rows = rows_of(registered, headers=token())
    assert {row["client"] for row in rows} == {HANDED_OVER.id}
    assert registered.get(f"{EXPORT}?client=north-hospital", headers=token()).status_code == 400
    assert registered.get(DASHBOARD, headers=token()).status_code == 401
    assert registered.get(EXPORT, headers={"Authorization": "Bearer none"}).status_code == 401


def test_each_look_and_each_export_is_in_the_audit_with_who_and_what(staffed: Deployment) -> None:
    browser = create_app(staffed).test_client()
    sign_in(browser)
    browser.get(f"{DASHBOARD}?client=north-hospital&from=2026-02-25", base_url=BASE)
    browser.get(f"{EXPORT}?rule=abi-overdue", base_url=BASE)
    looked, exported = list(staffed.audit.rows())[-2:]
    assert (looked.actor, looked.action, looked.object) == ("operator:ada", "read", "dashboard")
    assert json.loads(looked.detail) == {"client": "north-hospital", "from": "2026-02-23", "to": "2026-03-02"}
    assert (exported.actor, exported.action) == ("operator:ada", "exported")
    assert staffed.audit.check().faults == ()


# The drawings


def counted(*cards: CardCount) -> Counted:
    return Counted(cards=cards, held_back=(), calls=(), met=(), unmatched=0)


def one_card(week: date, became: Became, cards: int) -> CardCount:
    return CardCount(
        week=week, service="s", client="c", hook="h", rule="r", became=became, reason_system="", reason_code="", cards=cards
    )


def test_a_plot_of_years_names_some_weeks_and_says_all_of_them() -> None:
    first, last = date(2024, 1, 1), date(2026, 3, 2)
    asked = Asked(first_week=first, last_week=last, silent_since=NOW)
    values = dashboard_values(counted(one_card(last, Became.ACCEPTED, 3)), asked, deadline_ms=450)
    assert len(values.weeks) == 114
    assert values.week_plot.count("<text") < 30
    assert "2026-W10: 3 shown, 3 accepted" in values.week_plot


def test_a_layer_is_as_high_as_its_cards() -> None:
    asked = Asked(first_week=date(2026, 3, 2), last_week=date(2026, 3, 2), silent_since=NOW)
    cards = [
        one_card(asked.first_week, became, 5) for became in (Became.ACCEPTED, Became.OVERRIDDEN, Became.IGNORED, Became.UNTOLD)
    ]
    plot = read_page(dashboard_values(counted(*cards), asked, deadline_ms=450).week_plot)
    heights = {one.attributes["height"] for one in plot.all() if one.attributes.get("class", "").startswith("layer ")}
    assert heights == {"63"}


def test_a_plot_without_anything_is_an_empty_frame() -> None:
    asked = Asked(first_week=date(2026, 3, 2), last_week=date(2026, 3, 2), silent_since=NOW)
    values = dashboard_values(counted(), asked, deadline_ms=450)
    assert "None." in values.week_plot
    assert "None recorded." in values.latency_plot


def test_shares_are_told_in_whole_percents_half_up() -> None:
    assert [percent(one) for one in (0.0, 0.005, 0.125, 0.995, 1.0)] == ["0 %", "1 %", "13 %", "100 %", "100 %"]
