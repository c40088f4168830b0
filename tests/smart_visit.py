"""A clinician's browser before the app, without a browser: follows the launch through the mock EHR, keeps cookies, sends the forms of a page as it stands."""

from __future__ import annotations

import http.client
import re
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import Flask
from flask.testing import FlaskClient

from service.app import create_app
from service.cds_hooks.clients import PROFILES, Client, Dialect
from service.cds_hooks.smart_app import SmartApp
from service.outbound.trying_again import Timing
from service.outbound.way import Way
from service.web.deployment import Deployment
from tests.mock_ehr import MockEhr

# Cookies of a `__Host-` name go over https only.
BASE = "https://cds.example"
CALLBACK = f"{BASE}/launch/callback"
HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@dataclass(slots=True)
class Clock:
    """A clock for both sides, which goes when it is told to."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now

    def go_on(self, **time: float) -> None:
        self.now += timedelta(**time)


def connected(deployment: Deployment, ehr: MockEhr, clock: Clock | None = None, **app: Any) -> Deployment:
    """A deployment at which this EHR may launch the app."""
    smart_app = SmartApp(**{"iss": ehr.iss, "client_id": ehr.client_id, "name": "North Hospital"} | app)
    client = Client(id="north", profile=PROFILES[Dialect.GENERIC], smart_app=smart_app)
    way = Way(development=True, timing=Timing(sleep=lambda seconds: None))
    return replace(deployment, clients={"north": client}, way=way, clock=clock or deployment.clock)


def ask(url: str, form: dict[str, str] | None = None) -> tuple[int, dict[str, str], str]:
    """Status, headers, text of the EHR's own pages; no redirect is followed."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=30)
    headers = {"Content-Type": "application/x-www-form-urlencoded"} if form is not None else {}
    body = urlencode(form) if form is not None else None
    connection.request("GET" if form is None else "POST", f"{parts.path}?{parts.query}", body=body, headers=headers)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, dict(answer.getheaders()), text


@dataclass(slots=True)
class Visit:
    """One browser. `page`: the text of the last page, `status` its status."""

    app: Flask
    ehr: MockEhr
    browser: FlaskClient = field(init=False)
    page: str = ""
    status: int = 0

    def __post_init__(self) -> None:
        self.browser = self.app.test_client()

    def get(self, path: str, **options: Any) -> Any:
        """Our own page."""
        answer = self.browser.get(path, base_url=BASE, headers=HTML, **options)
        self.page, self.status = answer.get_data(as_text=True), answer.status_code
        return answer

    def post(self, path: str, *fields: tuple[str, str], own: bool = True, **headers: str) -> Any:
        """A form of the page that is open: with its own hidden fields, unless told otherwise."""
        hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', self.page)[:2] if own else []
        shown = (
            re.findall(r'<input type="hidden" name="(shown)" value="([^"]*)">', self.page)
            if own and path == "/app/answers"
            else []
        )
        body = urlencode([*hidden, *shown, *fields])
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = self.browser.post(path, base_url=BASE, data=body, headers=HTML | kind | headers)
        if answer.status_code == 303:
            return self.get(answer.headers["Location"])
        self.status = answer.status_code
        # A download leaves the page open from which it was made.
        self.page = self.page if "Content-Disposition" in answer.headers else answer.get_data(as_text=True)
        return answer

    def go_to_ehr(self, patient: str = "") -> str:
        """Launch from the chart of a patient, or without one; gives where the browser is sent."""
        url = self.ehr.launch_url("", patient) if patient else f"/launch?{urlencode({'iss': self.ehr.iss})}"
        answer = self.get(url)
        assert answer.status_code == 302, self.page
        return str(answer.headers["Location"])

    def come_back(self, address: str, patient: str, allow: str = "yes") -> str:
        """Sign in at the EHR; gives the way back as the EHR says it, below our own address."""
        status, _, text = ask(address)
        assert status == 200, text
        origin = "{0.scheme}://{0.netloc}{0.path}".format(urlsplit(address))
        status, headers, _ = ask(origin, {"asked": urlsplit(address).query, "patient": patient, "allow": allow})
        assert status == 302
        return headers["Location"].removeprefix(BASE)

    def launch(self, patient: str, *, from_ehr: bool = True) -> Any:
        """The whole way, up to the app's page."""
        answer = self.get(self.come_back(self.go_to_ehr(patient if from_ehr else ""), patient))
        assert answer.status_code == 200, self.page
        return self.go_on()

    def go_on(self) -> Any:
        """As the page says by itself that comes after the way back."""
        (place,) = re.findall(r'content="0; url=([^"]+)"', self.page)
        return self.get(place)


def visit(deployment: Deployment, ehr: MockEhr, clock: Clock | None = None, **app: Any) -> Visit:
    return Visit(create_app(connected(deployment, ehr, clock, **app)), ehr)
