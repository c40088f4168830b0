"""Who looks at the dashboard: a signed-in operator, in development everybody, and for the export a registered client that shows its token."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Request

from service.errors import Forbidden, Problem
from service.web.browser_session import BrowserSession, SessionKind, current
from service.web.callers import audience_of, caller
from service.web.deployment import Deployment
from service.web.operators import fingerprint

EVERYBODY = "development"


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """`actor`: as the audit names them. `client`: the one client whose cards may be seen, "" for all. `session`: of a browser that is signed in."""

    actor: str
    client: str = ""
    session: BrowserSession | None = None

    @property
    def name(self) -> str:
        """As a person reads it."""
        return self.actor.rpartition(":")[2]


def operator_actor(name: str) -> str:
    """An operator as the audit names them: a client of the same name is somebody else."""
    return f"operator:{name}"


def viewer(request: Request, deployment: Deployment) -> Viewer | None:
    """Who looks at a page; None when nobody is signed in. Raises Forbidden where nobody can be, and Overloaded."""
    session = current(request, deployment, SessionKind.OPERATOR)
    if session is not None and _still_stands(deployment, session):
        return Viewer(actor=operator_actor(session.content["name"]), session=session)
    if deployment.settings.development:
        return Viewer(actor=EVERYBODY)
    refuse_without_operators(deployment)
    return None


def exporter(request: Request, deployment: Deployment) -> Viewer | None:
    """The same for a file: a client that shows its token sees its own cards. Raises Unauthorized for a token that is not a good one."""
    if "Authorization" in request.headers:
        client = caller(request, deployment, audience_of(request, deployment)).id
        return Viewer(actor=client, client=client)
    return viewer(request, deployment)


def refuse_without_operators(deployment: Deployment) -> None:
    """Raises Forbidden where the deployment has named nobody who may look."""
    if not deployment.operators:
        said = (
            "nobody may look at the dashboard of this service: make an entry with `claudication operator NAME`, put it into a file, name the file in "
            "CLAUDICATION_OPERATORS_FILE, and start the service again"
        )
        raise Forbidden(Problem(issue_type="forbidden", diagnostics=said))


def _still_stands(deployment: Deployment, session: BrowserSession) -> bool:
    """Whether the operator of a session is one still, with the password it was begun with."""
    known_by = fingerprint(deployment.operators, session.content["name"])
    return known_by != "" and known_by == session.content["fingerprint"]
