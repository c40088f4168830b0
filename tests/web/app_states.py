"""The states in which the doors of the SMART app are tried one by one: launched, on the way back from the EHR, open, and with an EHR that fails."""

from __future__ import annotations

import hmac
import sqlite3
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import timedelta
from functools import cache
from typing import Any
from unittest.mock import patch
from urllib.parse import urlencode

import orjson

from service.app import create_app
from service.errors import NotAcceptable, Problem
from service.outbound.smart_configuration import SmartConfiguration
from service.web.browser_session import FORM_TOKEN, SessionKind
from service.web.deployment import Deployment
from service.web.pages.smart import pending
from service.web.pages.smart.pending import PendingLaunch, as_content
from service.web.pages.smart.session import AppSession
from tests.claudicant import claudicant
from tests.mock_ehr import PRACTITIONER, MockEhr
from tests.outbound.fault_server import Fault, FaultServer
from tests.smart_visit import connected
from tests.web.conftest import NOW

# What only the browser has; here it has to be known beforehand.
SECRET = "s" * 43
STATE, NONCE, VERIFIER, CODE, TOKEN = "state-" * 5, "nonce-" * 5, "verifier-" * 6, "code", "token"
CALLBACK = "http://localhost/launch/callback"
OPEN = {"Cookie": f"{SessionKind.SMART.cookie}={SECRET}"}
ON_THE_WAY = {"Cookie": f"{pending._cookie(STATE)}={SECRET}"}
_SHOWN: dict[str, str] = {}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@cache
def ehr() -> MockEhr:
    """One for all, for as long as the tests run."""
    made = MockEhr(redirect_uri=CALLBACK, clock=lambda: NOW).__enter__()
    made.add(claudicant())
    made.records["nobody"] = []
    return made


@cache
def failing(fault: Fault) -> FaultServer:
    """A FHIR server with one kind of trouble."""
    return FaultServer(fault=fault).__enter__()


def launchable(deployment: Deployment) -> Deployment:
    return connected(deployment, ehr())


def broken(deployment: Deployment) -> Deployment:
    """The EHR answers, and knows nothing of SMART."""
    return connected(deployment, ehr(), iss=f"{ehr().origin}/elsewhere")


def on_the_way(deployment: Deployment) -> Deployment:
    """The user has signed in at the EHR and comes back with a code."""
    deployment = launchable(deployment)
    said = ehr().configuration()
    configuration = SmartConfiguration(**{name: said[name] for name in ("issuer", "jwks_uri")} | endpoints())
    launch = PendingLaunch(
        iss=ehr().iss,
        redirect_uri=CALLBACK,
        endpoints=as_content(configuration),
        state=STATE,
        nonce=NONCE,
        verifier=VERIFIER,
    )
    from authlib.oauth2.rfc7636 import create_s256_code_challenge

    challenge = create_s256_code_challenge(VERIFIER)
    ehr().codes[CODE] = {"code_challenge": challenge, "nonce": NONCE, "patient": "invented-1"}
    _begin(deployment, pending.KIND, asdict(launch))
    return deployment


def endpoints() -> dict[str, str]:
    said = ehr().configuration()
    return {name: said[name] for name in ("authorization_endpoint", "token_endpoint")}


def opened(patient: str = "invented-1", iss: str = "") -> Callable[[Deployment], Deployment]:
    """The app open for a patient."""

    def open_it(deployment: Deployment) -> Deployment:
        deployment = connected(deployment, ehr(), **({"iss": iss} if iss else {}))
        ehr().tokens[TOKEN] = (patient, NOW.timestamp() + 300)
        session = AppSession(
            iss=iss or ehr().iss,
            patient=patient,
            user=PRACTITIONER,
            endpoints={},
            access_token=TOKEN,
            refresh_token="",
            expires_at=(NOW + timedelta(minutes=5)).isoformat(),
            form="5d0c1a52-1c0e-4d0f-9a61-6a4f0a3c7e18",
            answered_at=NOW.isoformat(),
            answers={"fever": "false"},
        )
        _begin(deployment, SessionKind.SMART, session.content)
        return deployment

    return open_it


def without_the_extra(deployment: Deployment) -> Deployment:
    """What a deployment does that cannot make a PDF."""

    def not_installed(*_: Any, **__: Any) -> bytes:
        raise NotAcceptable(
            Problem(issue_type="not-supported", diagnostics="application/pdf cannot be made here; install the extra")
        )

    return replace(deployment, place=replace(deployment.place, report=not_installed))


def looked_at(deployment: Deployment) -> Deployment:
    """The app open, with its page looked at: of what that shows a sheet is to be had."""
    deployment = opened()(deployment)
    page = create_app(deployment).test_client(use_cookies=False).get("/app", headers=OPEN).get_data(as_text=True)
    _SHOWN["assessment"] = page.partition('name="assessment" value="')[2].partition('"')[0]
    return deployment


def looked_at_without_the_extra(deployment: Deployment) -> Deployment:
    """The same where no PDF can be made by now."""
    return without_the_extra(looked_at(deployment))


def sheet(**changed: str) -> bytes:
    """The form for the sheet of the page that was looked at."""
    return form(*({"as_of": NOW.isoformat(), **_SHOWN} | changed).items())


def opened_at(fault: Fault) -> Callable[[Deployment], Deployment]:
    """The app open at an EHR that has this trouble."""
    return lambda deployment: opened(iss=failing(fault).base_url)(deployment)


def opened_without_evidence(deployment: Deployment) -> Deployment:
    return opened()(replace(deployment, evidence=replace(deployment.evidence, model=None)))


def sessions_gone(deployment: Deployment) -> Deployment:
    with sqlite3.connect(deployment.settings.database_url.removeprefix("sqlite:///")) as connection:
        connection.execute("DROP TABLE browser_sessions")
    return launchable(deployment)


def form(*fields: tuple[str, str], token: str = "") -> bytes:
    """The fields of a form of the open app's page."""
    own = token or hmac.new(SECRET.encode(), b"form", "sha256").hexdigest()
    return urlencode([(FORM_TOKEN, own), *fields]).encode()


def _begin(deployment: Deployment, kind: str, content: dict[str, Any]) -> None:
    with patch("service.store.browser_sessions.secrets.token_urlsafe", return_value=SECRET):
        deployment.browser_sessions.begin(kind, orjson.dumps(content), expires_at=NOW + timedelta(hours=1), now=NOW)
