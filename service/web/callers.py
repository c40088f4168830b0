"""Who calls: the registered client behind a request."""

from __future__ import annotations

from flask import Request

from service.cds_hooks.clients import Client, Dialect, Profile
from service.errors import Problem, Unauthorized
from service.web.deployment import Deployment

_DEVELOPMENT = Client(id="development", profile=Profile(dialect=Dialect.GENERIC))


def caller(request: Request, deployment: Deployment, audience: str) -> Client:
    """The client that signed the token of this request for `audience`. Raises Unauthorized."""
    if deployment.settings.development:
        return _DEVELOPMENT
    raise Unauthorized(Problem(issue_type="login", diagnostics="a signed client is asked for"))
