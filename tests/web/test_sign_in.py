"""Signing in and out: who comes in, what a stranger learns, where a browser is sent, and which forms are taken."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.security import check_password_hash

from service.app import create_app, deploy, open_doors
from service.config import load_settings
from service.errors import RegistrationError
from service.web.browser_session import FORM_TOKEN
from service.web.deployment import Deployment
from service.web.operators import entry, fingerprint, is_operator, load_operators_file
from service.web.pages.dashboard.sign_in import own_path
from tests.web.conftest import NOW, Deploy
from tests.web.signing_in import BASE, HTML, NAME, OPERATORS, PASSWORD, sign_in, token_in

WRONG = "Name and password do not fit together."


@pytest.fixture
def deployment(deployed: Deploy) -> Deployment:
    return deployed(operators_file=OPERATORS)


@pytest.fixture
def browser(deployment: Deployment) -> FlaskClient:
    return create_app(deployment).test_client()


def dashboard(browser: FlaskClient) -> int:
    return browser.get("/dashboard", headers=HTML, base_url=BASE).status_code


def actions(deployment: Deployment) -> list[tuple[str, str]]:
    return [(row.actor, row.action) for row in deployment.audit.rows()]


def test_an_operator_signs_in_looks_and_signs_out(browser: FlaskClient, deployment: Deployment) -> None:
    assert dashboard(browser) == 303
    answer = sign_in(browser)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/dashboard")
    page = browser.get("/dashboard", headers=HTML, base_url=BASE)
    assert page.status_code == 200
    out = browser.post("/sign-out", base_url=BASE, data={FORM_TOKEN: token_in(page.text)})
    assert (out.status_code, out.headers["Location"]) == (303, "/sign-in")
    assert dashboard(browser) == 303
    assert actions(deployment) == [("operator:ada", "signed-in"), ("operator:ada", "read"), ("operator:ada", "signed-out")]


def test_the_cookie_is_for_this_host_alone_and_for_no_script(browser: FlaskClient) -> None:
    cookies = [one for one in sign_in(browser).headers.getlist("Set-Cookie") if "claudication-operator=" in one]
    [cookie] = cookies
    for part in ("__Host-", "Secure", "HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=28800"):
        assert part in cookie
    assert "Domain" not in cookie


def test_a_stranger_learns_neither_that_a_name_is_there_nor_that_it_is_not(browser: FlaskClient) -> None:
    pages = [
        sign_in(browser, **wrong) for wrong in ({"password": "not-hers-at-all"}, {"name": "nobody"}, {"name": "", "password": ""})
    ]
    told = {page.text.replace(token_in(page.text), "") for page in pages}
    assert {page.status_code for page in pages} == {401}
    assert len(told) == 1
    assert WRONG in told.pop()


def test_what_was_typed_in_place_of_a_name_is_written_nowhere(
    browser: FlaskClient, deployment: Deployment, log: io.BytesIO
) -> None:
    sign_in(browser, name="my-own-secret-phrase", password="also-a-secret-phrase")
    sign_in(browser, password="a-third-secret-phrase")
    assert actions(deployment) == [("operator:not-known", "not-signed-in"), ("operator:ada", "not-signed-in")]
    assert "secret-phrase" not in log.getvalue().decode() + str(list(deployment.audit.rows()))
    assert PASSWORD not in log.getvalue().decode()


def test_the_sixth_attempt_has_to_wait_even_with_the_right_password(browser: FlaskClient) -> None:
    for _ in range(5):
        assert sign_in(browser, password="not-hers-at-all").status_code == 401
    answer = sign_in(browser)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "30")
    assert "Try again in 30 seconds." in answer.text
    assert dashboard(browser) == 303


def test_a_long_wait_is_told_in_minutes(browser: FlaskClient, deployment: Deployment) -> None:
    for number in range(9):
        deployment.sign_in_attempts.begin(NAME, "127.0.0.1", now=NOW - timedelta(hours=9 - number))
    deployment.sign_in_attempts.begin(NAME, "127.0.0.1", now=NOW)
    assert "Try again in 16 minutes." in sign_in(browser).text


def test_a_form_of_no_page_of_ours_signs_nobody_in(browser: FlaskClient) -> None:
    fields = {"name": NAME, "password": PASSWORD}
    form = browser.get("/sign-in", base_url=BASE)
    for token in ({}, {FORM_TOKEN: ""}, {FORM_TOKEN: "0" * 64}):
        assert browser.post("/sign-in", base_url=BASE, data=fields | token).status_code == 403
    good = fields | {FORM_TOKEN: token_in(form.text)}
    elsewhere = browser.post("/sign-in", base_url=BASE, data=good, headers={"Sec-Fetch-Site": "cross-site"})
    assert elsewhere.status_code == 403
    another_browser = browser.application.test_client()
    assert another_browser.post("/sign-in", base_url=BASE, data=good).status_code == 403
    assert browser.post("/sign-in", base_url=BASE, data=good).status_code == 303


def test_nobody_is_signed_out_by_another_site(browser: FlaskClient) -> None:
    sign_in(browser)
    assert browser.post("/sign-out", base_url=BASE, data={}).status_code == 403
    assert dashboard(browser) == 200


def test_who_signs_in_gets_a_session_of_their_own(browser: FlaskClient) -> None:
    def cookie() -> str:
        return next(one.value for one in browser._cookies.values() if one.key == "__Host-claudication-operator")

    sign_in(browser)
    first = cookie()
    sign_in(browser)
    assert cookie() != first


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/dashboard",
        "//evil.example/dashboard",
        "/\\evil.example/dashboard",
        "\\\\evil.example",
        "/dashboard\r\nLocation: https://evil.example",
        "javascript:alert(1)",
        "/sign-out",
        "/dashboard/../sign-out",
        "dashboard",
        "",
    ],
)
def test_nobody_is_sent_elsewhere(elsewhere: str) -> None:
    assert own_path(elsewhere) == "/dashboard"


def test_who_asked_for_something_comes_back_to_it() -> None:
    assert own_path("/dashboard?rule=abi-overdue&client=a%26b") == "/dashboard?rule=abi-overdue&client=a%26b"


# The file of the operators


def written(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "operators.toml"
    file.write_text(text)
    return file


def test_an_entry_lets_in_who_has_its_password_and_nobody_else(tmp_path: Path) -> None:
    made = entry("grace", "a-password-of-hers")
    assert "a-password-of-hers" not in made
    operators = load_operators_file(written(tmp_path, made))
    assert check_password_hash(operators["grace"], "a-password-of-hers")
    assert is_operator(operators, "grace", "a-password-of-hers")
    assert not is_operator(operators, "grace", "a-password-of-his")
    assert not is_operator(operators, "ada", "a-password-of-hers")
    assert fingerprint(operators, "ada") == ""


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("operators = [", "not valid TOML"),
        ("", "operators"),
        ("operators = []", "operators"),
        ('[[operators]]\nname = "Ada"\npassword = "x"', "operators[0].name"),
        ('[[operators]]\nname = "ada"\npassword = "my-secret"', "never the password itself"),
        ('[[operators]]\nname = "ada"\npassword = "my-secret"\nrole = "admin"', "operators[0].role"),
        (Path(OPERATORS).read_text() * 2, "twice"),
    ],
)
def test_a_wrong_file_stops_the_start_and_never_quotes_a_password(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(RegistrationError) as refused:
        load_operators_file(written(tmp_path, text))
    assert says in str(refused.value)
    assert "my-secret" not in str(refused.value)


def test_a_file_that_is_not_there_stops_the_start(tmp_path: Path) -> None:
    environ = {
        "CLAUDICATION_DATABASE_URL": f"sqlite:///{tmp_path}/a.db",
        "CLAUDICATION_OPERATORS_FILE": str(tmp_path / "none.toml"),
    }
    with pytest.raises(RegistrationError, match="cannot be read"):
        deploy(load_settings(environ), log_to=io.BytesIO())


def test_a_dashboard_that_is_open_to_everybody_is_said_at_the_start() -> None:
    [said] = open_doors(load_settings({"CLAUDICATION_DEVELOPMENT": "true"}))
    assert "dashboard" in said


def test_while_one_password_is_looked_at_no_other_is_and_nothing_is_counted(
    browser: FlaskClient, deployment: Deployment, log: io.BytesIO
) -> None:
    """Looking at a password takes a third of a second of a processor: a stranger's tries take no more of it than one at a time, and hold no thread."""
    with deployment.password_turns:
        for _ in range(7):
            answer = sign_in(browser, password="not-hers-at-all")
            assert (answer.status_code, answer.headers["Retry-After"]) == (429, "2")
            assert "Somebody else is signing in" in answer.text
        assert browser.get("/cds-services", base_url=BASE).status_code == 200
    assert actions(deployment) == []
    assert "sign-in has to wait for others" in log.getvalue().decode()
    assert sign_in(browser).status_code == 303
    assert sign_in(browser, password="not-hers-at-all").status_code == 401
    assert sign_in(browser).status_code == 303


def test_of_several_who_try_at_the_same_time_each_is_answered(deployment: Deployment) -> None:
    app = create_app(deployment)

    def one(_: int) -> int:
        return sign_in(app.test_client()).status_code

    with ThreadPoolExecutor(4) as threads:
        statuses = list(threads.map(one, range(4)))
    assert set(statuses) <= {303, 429}
    assert 303 in statuses
