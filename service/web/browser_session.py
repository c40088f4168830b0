"""A browser that is signed in: a cookie that no script reads and no other site sends, and a word in every form that no other site knows."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

import orjson
from flask import Request, Response

from service.errors import Forbidden, Problem
from service.fhir.elements import Json
from service.web.deployment import Deployment
from service.web.pages.same_site import refuse_other_sites

FORM_TOKEN = "form_token"  # noqa: S105 - the name of the field, not a secret
_SECRET_LENGTH = 43


class SessionKind(StrEnum):
    """What the browser may do. A cookie for one thing opens no other."""

    OPERATOR = "operator"
    SMART = "smart"

    @property
    def cookie(self) -> str:
        """`__Host-`: set by this host, for this host, over https (or on the same machine), and by nobody else."""
        return f"__Host-claudication-{self.value}"


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowserSession:
    """`content`: what it was begun with, or what was kept last. `form_token`: to stand in every form, in a hidden field named FORM_TOKEN."""

    kind: SessionKind
    content: Json
    form_token: str = field(repr=False)
    secret: str = field(repr=False)


def begin(answer: Response, deployment: Deployment, kind: SessionKind, content: Json, *, lifetime: timedelta) -> None:
    """Sign a browser in with this answer, under a secret it did not have before. Raises Overloaded."""
    now = deployment.clock()
    secret = deployment.browser_sessions.begin(kind, orjson.dumps(content), expires_at=now + lifetime, now=now)
    answer.set_cookie(kind.cookie, secret, max_age=lifetime, secure=True, httponly=True, samesite="Strict", path="/")


def current(request: Request, deployment: Deployment, kind: SessionKind) -> BrowserSession | None:
    """The session of the browser that asks; None when it is not signed in. Raises Overloaded."""
    secret = request.cookies.get(kind.cookie, "")
    if len(secret) != _SECRET_LENGTH:
        return None
    found = _held(deployment, secret, kind)
    return None if found is None else BrowserSession(kind=kind, content=found, form_token=_form_token(secret), secret=secret)


def present(deployment: Deployment, session: BrowserSession) -> Json | None:
    """What a session holds by now; None where it has ended. Raises Overloaded."""
    return _held(deployment, session.secret, session.kind)


def change(deployment: Deployment, session: BrowserSession, work: Callable[[Json], Json | None]) -> Json | None:
    """Remember in a session what `work` makes of what it holds by now, and give that; the session ends when it would have. Raises Overloaded, and what `work` raises.

    None where it has ended, or `work` gives None to leave it. `work` may be asked again, where another request changed the session meanwhile.
    """
    made: Json | None = None

    def changed(held: bytes) -> bytes | None:
        nonlocal made
        made = work(orjson.loads(held))
        return None if made is None else orjson.dumps(made)

    kept = deployment.browser_sessions.change(session.secret, session.kind, changed, now=deployment.clock())
    return None if kept is None else made


def end(answer: Response, deployment: Deployment, session: BrowserSession) -> None:
    """Sign the browser out, here and in the browser. Raises Overloaded."""
    deployment.browser_sessions.end(session.secret)
    answer.delete_cookie(session.kind.cookie, secure=True, httponly=True, samesite="Strict", path="/")


def require_form_token(request: Request, session: BrowserSession) -> None:
    """Raises Forbidden for a form that a page of this session did not make."""
    refuse_other_sites(request)
    if not hmac.compare_digest(request.form.get(FORM_TOKEN, "").encode(), session.form_token.encode()):
        said = "this form was not made for who is signed in now; open the page again and send it from there"
        raise Forbidden(Problem(issue_type="forbidden", diagnostics=said, expression=FORM_TOKEN))


def _held(deployment: Deployment, secret: str, kind: SessionKind) -> Json | None:
    found = deployment.browser_sessions.read(secret, kind, now=deployment.clock())
    return None if found is None else orjson.loads(found)


def _form_token(secret: str) -> str:
    # Another text than the cookie, so that a page that leaks does not give the session away.
    return hmac.new(secret.encode(), b"form", hashlib.sha256).hexdigest()
