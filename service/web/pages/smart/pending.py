"""A launch between the way to the EHR and the way back: remembered for minutes, bound to the browser by a cookie, good for one answer."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import asdict, dataclass, field
from datetime import timedelta

import orjson
from flask import Request, Response, g

from service.errors import Forbidden, Problem
from service.outbound.smart_configuration import SmartConfiguration
from service.outbound.token_endpoint import Json, new_id
from service.web.deployment import Deployment

KIND = "smart-launch"
LASTS = timedelta(minutes=10)
"""For the user to sign in at the EHR and to find the patient."""
AT_MOST = 10_000
"""Launches on their way at once, of all browsers: some 15 MB. Anybody may begin one, so beyond that the oldest give way; refusing the newest would let a stranger
keep everybody out for ten minutes with that many requests."""
_LONGEST_STATE = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingLaunch:
    """`endpoints`: what the EHR said before the user was sent there, so that the answer is taken to nobody else."""

    iss: str
    redirect_uri: str
    endpoints: Json
    state: str = field(default_factory=new_id, repr=False)
    nonce: str = field(default_factory=new_id, repr=False)
    verifier: str = field(default_factory=lambda: new_id() + new_id(), repr=False)

    @property
    def configuration(self) -> SmartConfiguration:
        return configuration_of(self.endpoints)


def as_content(configuration: SmartConfiguration) -> Json:
    """The configuration as it is kept."""
    return {**asdict(configuration), "capabilities": [], "algorithms": sorted(configuration.algorithms)}


def configuration_of(content: Json) -> SmartConfiguration:
    """The configuration as it was kept."""
    return SmartConfiguration(
        **{**content, "capabilities": frozenset(content["capabilities"]), "algorithms": frozenset(content["algorithms"])}
    )


def remember(answer: Response, deployment: Deployment, launch: PendingLaunch) -> None:
    """Bind a launch to the browser. A cookie for each launch: two windows may be on their way at once. Where there are too many of all browsers, the oldest give way. Raises Overloaded."""
    now = deployment.clock()
    gave_way = deployment.browser_sessions.make_room(KIND, at_most=AT_MOST, now=now)
    if gave_way:
        deployment.logger.warning("launches gave way", request_id=g.request_id, launches=gave_way, at_most=AT_MOST)
    secret = deployment.browser_sessions.begin(KIND, orjson.dumps(asdict(launch)), expires_at=now + LASTS, now=now)
    # Lax: it has to come with the redirect of the EHR, which is another site.
    answer.set_cookie(_cookie(launch.state), secret, max_age=LASTS, secure=True, httponly=True, samesite="Lax", path="/")


def take(request: Request, deployment: Deployment) -> PendingLaunch:
    """The launch that this answer belongs to, which is over with it. Raises Forbidden for an answer that this browser did not ask for, or a second one."""
    state = request.args.get("state", "")
    secret = request.cookies.get(_cookie(state), "") if 0 < len(state) <= _LONGEST_STATE else ""
    found = deployment.browser_sessions.read(secret, KIND, now=deployment.clock()) if secret else None
    launch = PendingLaunch(**orjson.loads(found)) if found else None
    # Of two answers at once one is told that it ended the launch.
    if (
        launch is None
        or not hmac.compare_digest(launch.state.encode(), state.encode())
        or not deployment.browser_sessions.end(secret)
    ):
        said = "this answer belongs to no launch of this browser, or to one that is over; launch the app again from the EHR"
        raise Forbidden(Problem(issue_type="forbidden", diagnostics=said, expression="state"))
    return launch


def forget(answer: Response, request: Request) -> None:
    """Take the cookie of the launch out of the browser."""
    cookie = _cookie(request.args.get("state", ""))
    if cookie in request.cookies:
        answer.delete_cookie(cookie, secure=True, httponly=True, samesite="Lax", path="/")


def _cookie(state: str) -> str:
    return f"__Host-claudication-launch-{hashlib.sha256(state.encode()).hexdigest()[:16]}"
