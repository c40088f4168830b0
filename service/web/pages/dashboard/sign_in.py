"""GET and POST /sign-in, POST /sign-out: operators come in with name and password. What is wrong is never said more exactly than that something is."""

from __future__ import annotations

import hashlib
import hmac
import math
import secrets
from datetime import timedelta
from urllib.parse import urlsplit

from flask import Blueprint, Request, Response, g, request

from service.errors import BadRequest, Forbidden, Problem, Unauthorized
from service.store.audit import Action, AuditEntry
from service.web.browser_session import FORM_TOKEN, SessionKind, begin, current, end, require_form_token
from service.web.deployment import Deployment
from service.web.operators import fingerprint, is_operator
from service.web.pages.page import page
from service.web.pages.same_site import refuse_other_sites
from service.web.pages.stopped import unless_stopped
from service.web.stored import stored
from service.web.viewers import operator_actor, refuse_without_operators

SIGN_IN = "/sign-in"
HOME = "/dashboard"
LIFETIME = timedelta(hours=8)
COOKIE = "__Host-claudication-sign-in"
_FIELDS = ("name", "password", "return_to", FORM_TOKEN)
_NOT_OPEN, _WAIT = 401, 429
_NEXT_TURN = timedelta(seconds=2)
_FORM_LIMIT = 16 * 1024


def sign_in(deployment: Deployment) -> Blueprint:
    """The doors in and out."""
    door = Blueprint("sign_in", __name__)

    @door.get(SIGN_IN)
    def ask() -> Response:
        def form() -> Response:
            refuse_without_operators(deployment)
            return _form(own_path(request.args.get("return_to", "")))

        return unless_stopped(request, form)

    @door.post(SIGN_IN)
    def take() -> Response:
        return unless_stopped(request, lambda: _sign_in(deployment))

    @door.post("/sign-out")
    def leave() -> Response:
        return unless_stopped(request, lambda: _sign_out(deployment))

    return door


def own_path(wanted: str) -> str:
    """Where to go on after signing in: a page of ours that asks for it, whatever somebody wrote into the address."""
    parts = urlsplit(wanted) if wanted.isprintable() and "\\" not in wanted else urlsplit("")
    if parts.scheme or parts.netloc or parts.path != HOME:
        return HOME
    return f"{HOME}?{parts.query}" if parts.query else HOME


def _sign_in(deployment: Deployment) -> Response:
    refuse_without_operators(deployment)
    refuse_other_sites(request)
    request.max_content_length = request.max_form_memory_size = _FORM_LIMIT
    if unknown := [name for name in request.form if name not in _FIELDS]:
        raise BadRequest(
            Problem(
                issue_type="not-supported",
                diagnostics=f"the form has a field {unknown[0][:64]!r}; it takes {', '.join(_FIELDS)}",
            )
        )
    _require_page_token(request)
    name, password = request.form.get("name", "").strip(), request.form.get("password", "")
    return_to = own_path(request.form.get("return_to", ""))
    if not deployment.password_turns.acquire(blocking=False):
        deployment.logger.warning("sign-in has to wait for others", request_id=g.request_id)
        return _form(return_to, wait=_NEXT_TURN, busy=True)
    try:
        return _look_at(deployment, name, password, return_to)
    finally:
        deployment.password_turns.release()


def _look_at(deployment: Deployment, name: str, password: str, return_to: str) -> Response:
    """Whether they come in with this name and password."""
    address, now = request.remote_addr or "", deployment.clock()
    wait = deployment.sign_in_attempts.begin(name, address, now=now)
    if wait is not None:
        deployment.logger.warning("sign-in has to wait", request_id=g.request_id, seconds=math.ceil(wait.total_seconds()))
        return _form(return_to, wait=wait)
    if not is_operator(deployment.operators, name, password):
        # Who does not know the name may have typed the password in its place: a name that is none is not written down.
        _audit(deployment, Action.NOT_SIGNED_IN, name if name in deployment.operators else "not-known")
        deployment.logger.warning("sign-in refused", request_id=g.request_id)
        return _form(return_to, wrong=True)
    deployment.sign_in_attempts.succeeded(name, address, now=now)
    _audit(deployment, Action.SIGNED_IN, name)
    answer = _go(return_to)
    content = {"name": name, "fingerprint": fingerprint(deployment.operators, name)}
    begin(answer, deployment, SessionKind.OPERATOR, content, lifetime=LIFETIME)
    answer.delete_cookie(COOKIE, secure=True, httponly=True, samesite="Strict", path="/")
    return answer


def _sign_out(deployment: Deployment) -> Response:
    request.max_content_length = request.max_form_memory_size = _FORM_LIMIT
    session = current(request, deployment, SessionKind.OPERATOR)
    if session is None:
        raise Unauthorized(Problem(issue_type="login", diagnostics="nobody is signed in here; there is nothing to sign out of"))
    require_form_token(request, session)
    answer = _go(SIGN_IN)
    end(answer, deployment, session)
    _audit(deployment, Action.SIGNED_OUT, session.content["name"])
    return answer


def _go(path: str) -> Response:
    answer = Response(status=303)
    answer.headers["Location"] = path
    answer.headers["Cache-Control"] = "no-store"
    del answer.headers["Content-Type"]
    return answer


def _form(return_to: str, *, wrong: bool = False, wait: timedelta | None = None, busy: bool = False) -> Response:
    secret = request.cookies.get(COOKIE) or secrets.token_urlsafe(32)
    seconds = math.ceil(wait.total_seconds()) if wait else 0
    status = _WAIT if wait else _NOT_OPEN if wrong else 200
    answer = page(
        "sign_in.html",
        status=status,
        wrong=wrong,
        busy=busy,
        minutes=math.ceil(seconds / 60),
        seconds=seconds,
        return_to=return_to,
        form_token=_page_token(secret),
    )
    if wait:
        answer.headers["Retry-After"] = str(seconds)
    answer.set_cookie(COOKIE, secret, secure=True, httponly=True, samesite="Strict", path="/")
    return answer


def _require_page_token(asked: Request) -> None:
    """Raises Forbidden for a form of a page that this browser was not given: who signs somebody else in could watch what they do."""
    secret = asked.cookies.get(COOKIE, "")
    if not secret or not hmac.compare_digest(asked.form.get(FORM_TOKEN, "").encode(), _page_token(secret).encode()):
        said = "this form was not made for this browser; open /sign-in again, by https, with cookies of this site allowed"
        raise Forbidden(Problem(issue_type="forbidden", diagnostics=said, expression=FORM_TOKEN))


def _page_token(secret: str) -> str:
    return hmac.new(secret.encode(), b"sign-in", hashlib.sha256).hexdigest()


def _audit(deployment: Deployment, action: Action, name: str) -> None:
    entry = AuditEntry(recorded_at=deployment.clock(), actor=operator_actor(name), action=action, object="dashboard")
    stored(lambda: deployment.audit.append(entry))
