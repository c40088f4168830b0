"""Signed in with a browser: what the cookie is like, and which forms are taken."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask, Response, request
from flask.testing import FlaskClient

from service.app import create_app
from service.web.browser_session import FORM_TOKEN, SessionKind, begin, current, end, require_form_token
from service.web.browser_session import change as change_session
from tests.web.conftest import Deploy

HOURS = timedelta(hours=8)
# Cookies of a `__Host-` name go over https only.
BASE = "https://cds.example"


@pytest.fixture
def browser(deployed: Deploy) -> FlaskClient:
    """A service with four doors more: sign in, look, change, sign out."""
    deployment = deployed()
    app: Flask = create_app(deployment)

    @app.get("/in")
    def sign_in() -> Response:
        answer = Response("in")
        begin(answer, deployment, SessionKind.OPERATOR, {"name": "Ada"}, lifetime=HOURS)
        return answer

    @app.get("/look")
    def look() -> Response:
        session = current(request, deployment, SessionKind.OPERATOR)
        return Response(f"{session.content['name']} {session.form_token}" if session else "nobody")

    @app.post("/change")
    def change() -> Response:
        session = current(request, deployment, SessionKind.OPERATOR)
        assert session is not None
        require_form_token(request, session)
        change_session(deployment, session, lambda held: held | {"name": request.form["name"]})
        return Response("changed")

    @app.post("/out")
    def sign_out() -> Response:
        session = current(request, deployment, SessionKind.OPERATOR)
        assert session is not None
        answer = Response("out")
        end(answer, deployment, session)
        return answer

    return app.test_client()


def _look(browser: FlaskClient) -> list[str]:
    return browser.get("/look", base_url=BASE).get_data(as_text=True).split()


def test_the_cookie_is_for_this_host_alone_and_for_no_script(browser: FlaskClient) -> None:
    said = browser.get("/in", base_url=BASE).headers["Set-Cookie"]
    for part in ("__Host-claudication-operator=", "Secure", "HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=28800"):
        assert part in said
    assert "Domain" not in said


def test_a_browser_is_known_from_signing_in_to_signing_out(browser: FlaskClient) -> None:
    assert _look(browser) == ["nobody"]
    browser.get("/in", base_url=BASE)
    assert _look(browser)[0] == "Ada"
    kept = browser.get_cookie("__Host-claudication-operator", domain="cds.example")
    assert kept is not None
    browser.post("/out", base_url=BASE)
    assert browser.get_cookie("__Host-claudication-operator", domain="cds.example") is None
    # Somebody who copied the cookie is out as well.
    browser.set_cookie("__Host-claudication-operator", kept.value, domain="cds.example", secure=True)
    assert _look(browser) == ["nobody"]


def test_signing_in_again_gives_another_secret(browser: FlaskClient) -> None:
    first, second = (browser.get("/in", base_url=BASE).headers["Set-Cookie"] for _ in range(2))
    assert first != second


def test_a_form_is_taken_with_its_token_from_the_same_site_only(browser: FlaskClient) -> None:
    browser.get("/in", base_url=BASE)
    token = _look(browser)[1]
    for form, headers in (
        ({"name": "Eve"}, {}),
        ({"name": "Eve", FORM_TOKEN: "0" * 64}, {}),
        ({"name": "Eve", FORM_TOKEN: "é"}, {}),
        ({"name": "Eve", FORM_TOKEN: token}, {"Sec-Fetch-Site": "cross-site"}),
    ):
        assert browser.post("/change", data=form, headers=headers, base_url=BASE).status_code == 403
    assert _look(browser)[0] == "Ada"
    assert browser.post("/change", data={"name": "Grace", FORM_TOKEN: token}, base_url=BASE).status_code == 200
    assert _look(browser)[0] == "Grace"


def test_the_token_of_one_session_is_not_that_of_another(browser: FlaskClient) -> None:
    browser.get("/in", base_url=BASE)
    token = _look(browser)[1]
    browser.get("/in", base_url=BASE)
    assert browser.post("/change", data={"name": "Eve", FORM_TOKEN: token}, base_url=BASE).status_code == 403


@pytest.mark.parametrize("cookie", ["", "short", "a" * 43, "é" * 43])
def test_a_cookie_that_is_none_of_ours_lets_nobody_in(browser: FlaskClient, cookie: str) -> None:
    answer = browser.get("/look", headers={"Cookie": f"__Host-claudication-operator={cookie}"}, base_url=BASE)
    assert answer.get_data(as_text=True) == "nobody"
