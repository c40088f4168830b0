"""Who is calling: the registered client of a signed token, or in development the client that sends none."""

from __future__ import annotations

from functools import partial

from flask import Request, g

from service.cds_hooks.client_token import TokenRefused, verify
from service.cds_hooks.clients import Client, development_client
from service.web.deployment import Deployment


def caller(request: Request, deployment: Deployment, audience: str) -> Client:
    """The client that calls `audience`, the URL as callers know it. Raises Unauthorized, which says nothing of why; and Overloaded.

    In development a call without a token is from `development_client`; a token that is sent is verified all the same.
    """
    sent = request.headers.get("Authorization")
    if sent is None and deployment.settings.development:
        return development_client(deployment.clients)
    now = deployment.clock()
    try:
        return verify(
            sent,
            clients=deployment.clients.values(),
            audience=audience,
            key_sets=deployment.key_sets,
            first_use=partial(deployment.token_ids.first_use, now=now),
            now=now,
        )
    except TokenRefused as refused:
        # A word from a closed list: nothing of the token, which may be a good one sent to the wrong place.
        deployment.logger.warning("token refused", reason=refused.reason.value, request_id=g.request_id)
        raise


def audience_of(request: Request, deployment: Deployment) -> str:
    """The URL of this request as its caller addressed it, without the query: by the setting, or else by the Host header and what proxies say."""
    public = deployment.settings.public_url
    return public + request.path if public else request.base_url
