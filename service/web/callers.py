"""Who is calling: the registered client of a signed token, or in development the client that needs none."""

from __future__ import annotations

from flask import Request

from service.cds_hooks.clients import Client, development_client
from service.errors import Problem, Unauthorized
from service.web.deployment import Deployment


def caller(request: Request, deployment: Deployment, audience: str) -> Client:
    """The client that calls `audience`, the URL as callers know it. Raises Unauthorized, and never says what is wrong with a token."""
    if deployment.settings.development:
        return development_client(deployment.clients)
    raise Unauthorized(
        Problem(
            issue_type="login",
            diagnostics="This door asks for the signed token of a registered client, in Authorization: Bearer.",
        )
    )


def audience_of(request: Request, deployment: Deployment) -> str:
    """The URL of this request as its caller addressed it, without the query."""
    return (deployment.settings.public_url or request.host_url.rstrip("/")) + request.path
