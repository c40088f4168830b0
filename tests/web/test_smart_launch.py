"""The launch of the app, and who tries to get in without one: a registered EHR, its user, this browser, once."""

from __future__ import annotations

import html
import io
import json
import re
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from joserfc.jwk import RSAKey

from service.app import create_app
from service.cds_hooks.clients import DEVELOPMENT
from service.errors import RegistrationError
from service.outbound.signing_keys import new_key
from service.store.hook_values import CallRecord
from service.store.pseudonyms import pseudonym
from service.web.pages.smart import pending
from tests.cds_hooks.calls import call as hook_request
from tests.claudicant import claudicant
from tests.mock_ehr import PRACTITIONER, MockEhr
from tests.smart_visit import BASE, CALLBACK, Clock, Visit, connected, visit
from tests.store.hook_calls import call as hook_call
from tests.store.hook_calls import card as hook_card
from tests.web.conftest import NOW, Deploy

PATIENT = "invented-1"
INSTANCE = "6bc883b2-b795-4dcb-b661-34884a31d472"
CARD = "0d7c1b0e-3e6f-5b1c-9a55-2f8f1c7a9b11"


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


@pytest.fixture
def ehr(clock: Clock) -> Iterator[MockEhr]:
    with MockEhr(redirect_uri=CALLBACK, clock=clock) as server:
        server.add(claudicant())
        yield server


def query(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def audit(deployment_file: Path, action: str) -> list[dict[str, Any]]:
    with sqlite3.connect(deployment_file / "audit.db") as connection:
        rows = connection.execute("SELECT actor, object, patient, detail FROM audit WHERE action = ?", (action,)).fetchall()
    return [{"actor": actor, "object": about, "patient": patient} | json.loads(detail) for actor, about, patient, detail in rows]


@pytest.mark.parametrize("from_ehr", [True, False], ids=["from the EHR", "standalone"])
def test_a_launch_opens_the_app_for_its_patient(deployed: Deploy, ehr: MockEhr, clock: Clock, from_ehr: bool) -> None:
    guest = visit(deployed(development="true"), ehr, clock)
    guest.launch(PATIENT, from_ehr=from_ehr)
    assert guest.status == 200
    assert "1955-06-01" in guest.page
    assert ehr.complaints == []
    asked = next(one.query for one in ehr.seen if one.path == "/auth/authorize" and one.method == "GET")
    scope = asked["scope"].split()
    assert scope[0] == ("launch" if from_ehr else "launch/patient")
    assert {"openid", "fhirUser", "patient/Patient.r", "patient/Observation.rs", "patient/ServiceRequest.crs"} <= set(scope)
    assert not any("*" in one or "offline" in one for one in scope)


def test_every_question_to_the_ehr_is_one_that_an_assessment_needs_and_has_the_users_token(
    deployed: Deploy, ehr: MockEhr, clock: Clock
) -> None:
    visit(deployed(development="true"), ehr, clock).launch(PATIENT)
    read = [one for one in ehr.seen if one.path.startswith("/fhir/") and ".well-known" not in one.path]
    # The fourteen of every reading of a record, and the drafts that are there already.
    assert len(read) == 15
    assert len({(one.path, *one.query.items()) for one in read}) == 15
    (token,) = ehr.tokens
    assert {one.headers["authorization"] for one in read} == {f"Bearer {token}"}
    assert {one.headers["accept"] for one in read} == {"application/fhir+json"}
    (exchanged,) = [one for one in ehr.seen if one.path == "/auth/token"]
    assert exchanged.headers["content-type"] == "application/x-www-form-urlencoded"
    assert sorted(exchanged.form) == ["client_id", "code", "code_verifier", "grant_type", "redirect_uri"]
    assert len(exchanged.form["code_verifier"]) >= 43


def test_without_an_iss_the_registered_ehrs_are_there_to_choose(deployed: Deploy, ehr: MockEhr) -> None:
    guest = visit(deployed(development="true"), ehr)
    guest.get("/launch")
    assert (guest.status, "North Hospital" in guest.page) == (200, True)
    (link,) = re.findall(r'href="(/launch\?[^"]+)"', guest.page)
    assert query(link) == {"iss": ehr.iss}
    assert guest.get(link).status_code == 302
    nobody = Visit(create_app(deployed()), ehr)
    nobody.get("/launch")
    assert (nobody.status, "clients file" in nobody.page) == (404, True)


@pytest.mark.parametrize(
    "iss",
    [
        "https://evil.example/fhir",
        "http://169.254.169.254/fhir",
        "{iss}/../../other",
        "{iss}@evil.example",
        "{iss}.evil.example",
        "{origin}/other",
        "javascript:alert(1)",
    ],
)
def test_an_iss_that_is_not_registered_is_refused_and_nothing_is_asked_of_it(deployed: Deploy, ehr: MockEhr, iss: str) -> None:
    guest = visit(deployed(development="true"), ehr)
    answer = guest.get("/launch?" + urlencode({"iss": iss.format(iss=ehr.iss, origin=ehr.origin), "launch": "x"}))
    assert (guest.status, "is not registered" in guest.page) == (403, True)
    assert "Location" not in answer.headers
    assert "Set-Cookie" not in answer.headers
    assert ehr.seen == []


@pytest.mark.parametrize("wrong", ["iss=a&iss=b", "iss=%00", "iss=" + "x" * 2000, "launch=%0d%0aSet-Cookie:x&iss=a", "launch=ü"])
def test_a_launch_that_no_ehr_sends_is_refused(deployed: Deploy, ehr: MockEhr, wrong: str) -> None:
    guest = visit(deployed(development="true"), ehr)
    guest.get(f"/launch?{wrong}")
    assert guest.status == 400
    assert ehr.seen == []


def test_the_cookie_of_the_launch_is_lax_and_short_and_that_of_the_app_strict(
    deployed: Deploy, ehr: MockEhr, clock: Clock
) -> None:
    guest = visit(deployed(development="true"), ehr, clock)
    begun = guest.get(ehr.launch_url("", PATIENT))
    (launch,) = begun.headers.getlist("Set-Cookie")
    assert launch.startswith("__Host-claudication-launch-")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax", "Max-Age=600"} <= set(launch.split("; "))
    opened = guest.get(guest.come_back(begun.headers["Location"], PATIENT))
    app, gone = sorted(opened.headers.getlist("Set-Cookie"), key=lambda one: "Max-Age=0" in one)
    assert app.startswith("__Host-claudication-smart=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Strict", "Max-Age=3600"} <= set(app.split("; "))
    assert gone.startswith("__Host-claudication-launch-")
    assert opened.headers["Cache-Control"] == "no-store"
    assert opened.headers["Referrer-Policy"] == "no-referrer"


def test_an_answer_with_another_state_opens_nothing(deployed: Deploy, ehr: MockEhr, clock: Clock) -> None:
    guest = visit(deployed(development="true"), ehr, clock)
    back = guest.come_back(guest.go_to_ehr(PATIENT), PATIENT)
    for wrong in (back.replace(query(back)["state"], "guessed" * 5), back.replace("state=", "other="), "/launch/callback"):
        guest.get(wrong)
        assert (guest.status, "no launch of this browser" in guest.page) == (403, True)
    assert not any(one.path == "/auth/token" for one in ehr.seen)


def test_an_answer_that_another_browser_asked_for_opens_nothing(deployed: Deploy, ehr: MockEhr, clock: Clock) -> None:
    """Who lures a clinician onto the end of his own launch would have the clinician write into another patient's record."""
    deployment = connected(deployed(development="true"), ehr, clock)
    attacker, victim = (Visit(create_app(deployment), ehr) for _ in range(2))
    back = attacker.come_back(attacker.go_to_ehr(PATIENT), PATIENT)
    victim.get(back)
    assert victim.status == 403
    victim.get("/app")
    assert victim.status == 401
    assert not any(one.path == "/auth/token" for one in ehr.seen)


def test_a_stolen_code_is_worth_nothing_without_the_verifier_of_its_browser(deployed: Deploy, ehr: MockEhr, clock: Clock) -> None:
    deployment = connected(deployed(development="true"), ehr, clock)
    thief, victim = (Visit(create_app(deployment), ehr) for _ in range(2))
    stolen = query(victim.come_back(victim.go_to_ehr(PATIENT), PATIENT))["code"]
    own = thief.come_back(thief.go_to_ehr(PATIENT), PATIENT)
    thief.get(own.replace(query(own)["code"], stolen))
    assert (thief.status, "invalid_grant" in thief.page) == (502, True)
    assert stolen not in thief.page
    assert ehr.complaints == ["token: invalid_grant"]
    thief.get("/app")
    assert thief.status == 401


def test_an_answer_counts_once_whatever_the_browser_keeps(deployed: Deploy, ehr: MockEhr, clock: Clock) -> None:
    guest = visit(deployed(development="true"), ehr, clock)
    begun = guest.get(ehr.launch_url("", PATIENT))
    name, _, rest = begun.headers["Set-Cookie"].partition("=")
    back = guest.come_back(begun.headers["Location"], PATIENT)
    assert guest.get(back).status_code == 200
    guest.browser.set_cookie(name, rest.partition(";")[0], domain="cds.example", secure=True, path="/")
    assert guest.get(back).status_code == 403
    assert len([one for one in ehr.seen if one.path == "/auth/token"]) == 1


def test_a_launch_is_over_after_ten_minutes(deployed: Deploy, ehr: MockEhr, clock: Clock) -> None:
    guest = visit(deployed(development="true"), ehr, clock)
    back = guest.come_back(guest.go_to_ehr(PATIENT), PATIENT)
    clock.go_on(minutes=10)
    guest.get(back)
    assert guest.status == 403


def test_a_stranger_who_begins_launches_without_end_fills_no_database_and_keeps_nobody_out(
    deployed: Deploy, ehr: MockEhr, clock: Clock, tmp_path: Path, log: io.BytesIO
) -> None:
    guest = visit(deployed(development="true"), ehr, clock)
    soon = (NOW + pending.LASTS).strftime("%Y-%m-%d %H:%M:%S.%f")
    rows = [(f"{number:064}", "smart-launch", b"", soon) for number in range(pending.AT_MOST)]
    with sqlite3.connect(tmp_path / "audit.db") as connection:
        connection.executemany("INSERT INTO browser_sessions (id_digest, kind, content, expires_at) VALUES (?, ?, ?, ?)", rows)
    clock.go_on(seconds=1)
    guest.launch(PATIENT)
    assert guest.status == 200
    with sqlite3.connect(tmp_path / "audit.db") as connection:
        counted = dict(connection.execute("SELECT kind, count(*) FROM browser_sessions GROUP BY kind").fetchall())
    assert counted == {"smart": 1, "smart-launch": pending.AT_MOST - 1}
    assert b"launches gave way" in log.getvalue()


@pytest.mark.parametrize("frame", ["iframe", "frame", "embed", "object"])
@pytest.mark.parametrize("from_ehr", [True, False], ids=["from the EHR", "standalone"])
def test_in_a_frame_the_launch_is_offered_in_a_window_and_nothing_is_used_up(
    deployed: Deploy, ehr: MockEhr, clock: Clock, frame: str, from_ehr: bool
) -> None:
    guest = visit(deployed(development="true"), ehr, clock)
    address = ehr.launch_url("", PATIENT) if from_ehr else "/launch"
    answer = guest.browser.get(address, base_url=BASE, headers={"Accept": "text/html", "Sec-Fetch-Dest": frame})
    assert (answer.status_code, answer.headers.getlist("Set-Cookie")) == (200, [])
    assert "frame-ancestors *" in answer.headers["Content-Security-Policy"]
    assert "Sec-Fetch-Dest" in answer.headers["Vary"]
    assert ehr.seen == []
    ((href, rest),) = re.findall(r'<a href="(/launch[^"]*)" ([^>]*)>Open in a new window', answer.text)
    assert 'target="_blank" rel="noopener noreferrer"' in rest
    guest.get(html.unescape(href))
    assert guest.status == (302 if from_ehr else 200)
    assert "frame-ancestors 'none'" in guest.get("/launch").headers["Content-Security-Policy"]


def test_a_frame_around_anything_but_a_registered_launch_shows_nothing_of_ours(
    deployed: Deploy, ehr: MockEhr, clock: Clock
) -> None:
    guest = visit(deployed(development="true"), ehr, clock)
    guest.launch(PATIENT)
    for path in ("/launch?iss=https://evil.example/fhir", "/app", "/launch/callback", "/"):
        answer = guest.browser.get(path, base_url=BASE, headers={"Accept": "text/html", "Sec-Fetch-Dest": "iframe"})
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


def test_an_answer_of_another_authorisation_server_is_not_taken_to_ours(deployed: Deploy, ehr: MockEhr, clock: Clock) -> None:
    guest = visit(deployed(development="true"), ehr, clock)
    back = guest.come_back(guest.go_to_ehr(PATIENT), PATIENT)
    guest.get(f"/launch/callback?{urlencode(query(back) | {'iss': 'https://evil.example'})}")
    assert (guest.status, "another authorisation server" in guest.page) == (403, True)
    assert not any(one.path == "/auth/token" for one in ehr.seen)


def test_two_launches_on_their_way_at_once_do_not_get_into_each_others_way(deployed: Deploy, ehr: MockEhr, clock: Clock) -> None:
    other = claudicant()
    for entry in other["entry"]:
        entry["resource"] = json.loads(json.dumps(entry["resource"]).replace(PATIENT, "invented-2"))
    ehr.add(other)
    guest = visit(deployed(development="true"), ehr, clock)
    first, second = guest.go_to_ehr(PATIENT), guest.go_to_ehr("invented-2")
    assert guest.get(guest.come_back(first, PATIENT)).status_code == 200
    guest.get("/app")
    assert f"Patient/{PATIENT}" in guest.page
    assert guest.get(guest.come_back(second, "invented-2")).status_code == 200
    guest.get("/app")
    assert "Patient/invented-2" in guest.page


def test_a_cookie_from_before_the_launch_is_not_the_one_after_it(deployed: Deploy, ehr: MockEhr, clock: Clock) -> None:
    guest = visit(deployed(development="true"), ehr, clock)
    planted = "p" * 43
    guest.browser.set_cookie("__Host-claudication-smart", planted, domain="cds.example", secure=True, path="/")
    guest.launch(PATIENT)
    assert guest.status == 200
    cookie = guest.browser.get_cookie("__Host-claudication-smart", domain="cds.example")
    assert cookie is not None
    assert cookie.value != planted
    another = Visit(guest.app, ehr)
    another.browser.set_cookie("__Host-claudication-smart", planted, domain="cds.example", secure=True, path="/")
    another.get("/app")
    assert another.status == 401


def test_a_launch_again_ends_the_session_before_where_the_browser_shows_it(deployed: Deploy, ehr: MockEhr, clock: Clock) -> None:
    guest = visit(deployed(development="true"), ehr, clock)
    guest.launch(PATIENT)
    earlier = guest.browser.get_cookie("__Host-claudication-smart", domain="cds.example")
    assert earlier is not None
    guest.launch(PATIENT)
    another = Visit(guest.app, ehr)
    another.browser.set_cookie("__Host-claudication-smart", earlier.value, domain="cds.example", secure=True, path="/")
    another.get("/app")
    assert another.status == 401


def test_a_user_who_says_no_is_told_so(deployed: Deploy, ehr: MockEhr, clock: Clock) -> None:
    guest = visit(deployed(development="true"), ehr, clock)
    guest.get(guest.come_back(guest.go_to_ehr(PATIENT), PATIENT, allow="no"))
    assert (guest.status, "access_denied" in guest.page) == (403, True)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"claims": {"nonce": "another"}}, "none that was made for this launch"),
        ({"claims": {"nonce": None}}, "none that was made for this launch"),
        ({"claims": {"aud": "another-app"}}, "none that was made for this launch"),
        ({"claims": {"aud": ["claudication-app", "other"], "azp": "other"}}, "none that was made for this launch"),
        ({"claims": {"iss": "https://evil.example"}}, "none that was made for this launch"),
        ({"claims": {"exp": 1}}, "none that was made for this launch"),
        ({"claims": {"exp": None}}, "none that was made for this launch"),
        ({"signing_key": RSAKey.generate_key(2048)}, "none that was made for this launch"),
        ({"id_token": False}, "sent no id_token"),
        ({"claims": {"fhirUser": None}}, "which Practitioner is signed in"),
        ({"claims": {"fhirUser": "Patient/invented-1"}}, "which Practitioner is signed in"),
        ({"claims": {"fhirUser": 7}}, "which Practitioner is signed in"),
        ({"no_patient": True}, "for which patient"),
    ],
)
def test_who_is_not_known_to_be_a_clinician_with_a_patient_is_not_let_in(
    deployed: Deploy, ehr: MockEhr, clock: Clock, given: dict[str, Any], said: str
) -> None:
    for name, value in given.items():
        setattr(ehr, name, value)
    guest = visit(deployed(development="true"), ehr, clock)
    guest.get(guest.come_back(guest.go_to_ehr(PATIENT), PATIENT))
    assert (guest.status, said in guest.page) == (403, True)
    guest.get("/app")
    assert guest.status == 401


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": ["claudication-app"]},
        {"aud": ["claudication-app", "other"], "azp": "claudication-app"},
        {"fhirUser": None, "profile": PRACTITIONER},
        {"fhirUser": "PractitionerRole/7"},
    ],
)
def test_an_id_token_may_say_it_in_other_ways(deployed: Deploy, ehr: MockEhr, clock: Clock, claims: dict[str, Any]) -> None:
    ehr.claims = claims
    guest = visit(deployed(development="true"), ehr, clock)
    guest.launch(PATIENT)
    assert guest.status == 200


def test_a_confidential_client_signs_what_it_asks(deployed: Deploy, ehr: MockEhr, clock: Clock, tmp_path: Path) -> None:
    keys = tmp_path / "keys.json"
    keys.write_text(json.dumps({"keys": [new_key("ES384", "ours")]}))
    deployment = deployed(development="true", ehr_keys_file=str(keys))
    assert deployment.signing_keys is not None
    ehr.public_keys = deployment.signing_keys.published
    guest = visit(deployment, ehr, clock, confidential=True)
    guest.launch(PATIENT)
    assert guest.status == 200
    assert ehr.complaints == []
    (exchanged,) = [one for one in ehr.seen if one.path == "/auth/token"]
    assert "client_id" not in exchanged.form


def test_a_confidential_client_without_a_key_is_no_service(deployed: Deploy, ehr: MockEhr) -> None:
    with pytest.raises(RegistrationError, match="CLAUDICATION_EHR_KEYS_FILE"):
        visit(deployed(development="true"), ehr, confidential=True)


def test_scopes_of_the_registration_are_asked_for_instead(deployed: Deploy, ehr: MockEhr, clock: Clock) -> None:
    guest = visit(deployed(development="true"), ehr, clock, scopes="openid fhirUser patient/*.read")
    assert query(guest.go_to_ehr(PATIENT))["scope"] == "launch openid fhirUser patient/*.read"
    assert query(guest.go_to_ehr())["scope"] == "launch/patient openid fhirUser patient/*.read"


def test_an_ehr_without_an_authorisation_server_is_told_so(deployed: Deploy, ehr: MockEhr) -> None:
    guest = visit(deployed(development="true"), ehr, iss=f"{ehr.origin}/elsewhere")
    guest.get("/launch?" + urlencode({"iss": f"{ehr.origin}/elsewhere/"}))
    assert (guest.status, "smart-configuration" in guest.page) == (502, True)


def test_who_opened_the_app_is_recorded_and_whoever_cannot_be_recorded_stays_out(
    deployed: Deploy, ehr: MockEhr, clock: Clock, tmp_path: Path
) -> None:
    guest = visit(deployed(development="true"), ehr, clock)
    guest.launch(PATIENT)
    assert audit(tmp_path, "launched") == [{"actor": "north", "object": "smart", "patient": "", "user": PRACTITIONER}]
    (seen,) = audit(tmp_path, "assessed")
    assert (seen["actor"], seen["door"], seen["user"]) == ("north", "smart", PRACTITIONER)
    back = guest.come_back(guest.go_to_ehr(PATIENT), PATIENT)
    with sqlite3.connect(tmp_path / "audit.db") as connection:
        connection.execute("DROP TABLE audit")
    guest.get(back)
    assert (guest.status, "nobody is let in" in guest.page) == (503, True)


def with_card(deployment: Any, patient: str) -> CallRecord:
    about = pseudonym(deployment.pseudonym_key, client="north", patient_id=patient)
    call = hook_call(hook_card("a", uuid=CARD), client="north", hook_instance=INSTANCE)
    return replace(call, patient=about)


def test_the_card_that_led_here_is_named_and_recorded(deployed: Deploy, ehr: MockEhr, clock: Clock, tmp_path: Path) -> None:
    deployment = deployed(development="true")
    deployment.hook_records.save(with_card(deployment, PATIENT))
    ehr.app_context = json.dumps({"card": CARD, "hookInstance": INSTANCE})
    guest = visit(deployment, ehr, clock)
    guest.launch(PATIENT)
    rule = hook_card("a", uuid=CARD).rule
    assert f"Opened from the card of rule {rule}" in guest.page
    (launched,) = audit(tmp_path, "launched")
    assert (launched["card"], launched["rule"]) == (CARD, rule)


def test_from_a_hook_over_the_link_of_its_card_into_the_app(deployed: Deploy, ehr: MockEhr, clock: Clock, tmp_path: Path) -> None:
    """The whole way of one clinician: the EHR calls the hook, shows the card, and hands the link's context on when the app is launched from it."""
    deployment = connected(deployed(development="true"), ehr, clock)
    north = replace(deployment.clients["north"], id=DEVELOPMENT, smart_launch_url=f"{BASE}/launch")
    guest = Visit(create_app(replace(deployment, clients={DEVELOPMENT: north})), ehr)
    answered = guest.browser.post("/cds-services/claudication", base_url=BASE, json=hook_request())
    shown = answered.json["cards"][0]
    (link,) = [one for one in shown["links"] if one["type"] == "smart"]
    assert link["url"] == f"{BASE}/launch"
    ehr.app_context = link["appContext"]
    guest.launch(PATIENT)
    assert "Opened from the card of rule" in guest.page
    (launched,) = audit(tmp_path, "launched")
    assert (launched["actor"], launched["card"], launched["user"]) == (DEVELOPMENT, shown["uuid"], PRACTITIONER)


@pytest.mark.parametrize(
    "said",
    [
        json.dumps({"card": CARD, "hookInstance": "another"}),
        json.dumps({"card": "another", "hookInstance": INSTANCE}),
        json.dumps({"card": CARD}),
        json.dumps({"card": 7, "hookInstance": INSTANCE}),
        json.dumps([CARD]),
        "{",
        "<script>alert(1)</script>",
        {"card": CARD, "hookInstance": "x" * 200},
        7,
    ],
    ids=str,
)
def test_a_context_that_is_not_of_a_card_shown_for_this_patient_is_nothing(
    deployed: Deploy, ehr: MockEhr, clock: Clock, tmp_path: Path, said: Any
) -> None:
    deployment = deployed(development="true")
    deployment.hook_records.save(with_card(deployment, PATIENT))
    ehr.app_context = said
    guest = visit(deployment, ehr, clock)
    guest.launch(PATIENT)
    assert guest.status == 200
    assert "Opened from the card" not in guest.page
    assert "card" not in audit(tmp_path, "launched")[0]


def test_a_card_about_another_patient_is_not_named(deployed: Deploy, ehr: MockEhr, clock: Clock) -> None:
    deployment = deployed(development="true")
    deployment.hook_records.save(with_card(deployment, "somebody-else"))
    ehr.app_context = {"card": CARD, "hookInstance": INSTANCE}
    guest = visit(deployment, ehr, clock)
    guest.launch(PATIENT)
    assert (guest.status, "Opened from the card" in guest.page) == (200, False)


def test_a_card_that_cannot_be_looked_up_keeps_nobody_out(deployed: Deploy, ehr: MockEhr, clock: Clock, tmp_path: Path) -> None:
    deployment = deployed(development="true")
    deployment.hook_records.save(with_card(deployment, PATIENT))
    ehr.app_context = json.dumps({"card": CARD, "hookInstance": INSTANCE})
    with sqlite3.connect(tmp_path / "audit.db") as connection:
        connection.execute("DROP TABLE hook_cards")
    guest = visit(deployment, ehr, clock)
    guest.launch(PATIENT)
    assert (guest.status, "Opened from the card" in guest.page) == (200, False)


def test_no_token_code_or_patient_stands_in_the_log(deployed: Deploy, ehr: MockEhr, clock: Clock, log: io.BytesIO) -> None:
    ehr.refreshes = True
    guest = visit(deployed(development="true"), ehr, clock)
    back = guest.come_back(guest.go_to_ehr(PATIENT), PATIENT)
    guest.get(back)
    guest.get("/app")
    written = log.getvalue().decode()
    secrets = [*ehr.tokens, *ehr.refresh_tokens, query(back)["code"], query(back)["state"], PATIENT, PRACTITIONER]
    assert len(secrets) == 6
    assert [one for one in secrets if one in written] == []
    assert [one for one in [*ehr.tokens, *ehr.refresh_tokens] if one in guest.page] == []
    assert BASE not in written
