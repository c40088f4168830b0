"""An operator who signs in, as a browser does it: with the cookies it was given, and the token of the form."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient

from service.store.browser_sessions import _close, _digest
from service.store.database import open_database
from service.store.tables import BROWSER_SESSIONS
from service.web.browser_session import FORM_TOKEN, SessionKind, _form_token
from service.web.deployment import Deployment
from service.web.operators import fingerprint
from service.web.pages.dashboard.sign_in import COOKIE, _page_token

OPERATORS = str(Path(__file__).parent / "operators.toml")
NAME, PASSWORD = "ada", "correct-horse-battery"
# Cookies of a `__Host-` name go over https only.
BASE = "https://cds.example"
HTML = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
GIVEN = "a-secret-of-a-page"
PAGE_COOKIE = {"Cookie": f"{COOKIE}={GIVEN}"}
SECRET = "s" * 43
SESSION_COOKIE = {"Cookie": f"{SessionKind.OPERATOR.cookie}={SECRET}"}


def token_in(page: str) -> str:
    found = re.search(rf'name="{FORM_TOKEN}" value="([0-9a-f]+)"', page)
    assert found is not None, page
    return found[1]


def sign_in(browser: FlaskClient, *, name: str = NAME, password: str = PASSWORD, **more: Any) -> Any:
    """Open the form, fill it in and send it."""
    form = browser.get("/sign-in", base_url=BASE, headers=HTML)
    fields = {"name": name, "password": password, FORM_TOKEN: token_in(form.text)}
    return browser.post("/sign-in", base_url=BASE, headers=HTML, data=fields | more)


def page_token() -> str:
    """What stands in the form that came with PAGE_COOKIE."""
    return _page_token(GIVEN)


def session_token() -> str:
    """What stands in the forms of the session of SESSION_COOKIE."""
    return _form_token(SECRET)


def with_session(deployment: Deployment) -> Deployment:
    """A browser that shows SESSION_COOKIE is signed in."""
    content = f'{{"name":"{NAME}","fingerprint":"{fingerprint(deployment.operators, NAME)}"}}'.encode()
    row = {
        "id_digest": _digest(SECRET),
        "kind": "operator",
        "content": _close(SECRET, content),
        "expires_at": deployment.clock() + timedelta(hours=8),
    }
    engine = open_database(deployment.settings.database_url)
    with engine.begin() as connection:
        connection.execute(BROWSER_SESSIONS.insert(), row)
    engine.dispose()
    return deployment
