"""Which browser clients may call the hooks: those of the origins that clients are registered with, exactly, and in development pages of this machine."""

from __future__ import annotations

import re
from collections.abc import Iterable

from flask import Blueprint, Flask, Response, request
from flask_cors import CORS

from service.cds_hooks.clients import Client
from service.web.deployment import Deployment
from service.web.request_log import REQUEST_ID

_HOOKS = r"/cds-services(/.*)?$"
# Any port: development servers take the one that is free.
_THIS_MACHINE = re.compile(r"https?://(localhost|127\.0\.0\.1|\[::1\])(:[0-9]{1,5})?\Z")
_REMEMBERED_S = 600


def register_cors(app: Flask, deployment: Deployment) -> None:
    """Put the headers on the answers of the hooks. A page of any other origin gets none, and its browser shows it nothing."""
    CORS(
        app,
        resources=re.compile(_HOOKS),
        origins=allowed_origins(deployment.clients.values(), development=deployment.settings.development),
        methods=["GET", "POST"],
        allow_headers=["authorization", "content-type"],
        expose_headers=[REQUEST_ID],
        max_age=_REMEMBERED_S,
        # Who calls is in the token, never in a cookie.
        supports_credentials=False,
        always_send=False,
        vary_header=False,
        intercept_exceptions=False,
    )

    @app.after_request
    def vary(answer: Response) -> Response:
        # Also without an Origin: what a cache keeps of such an answer must not be given to a page.
        if request.path.startswith("/cds-services"):
            answer.vary.add("Origin")
        return answer


def allowed_origins(clients: Iterable[Client], *, development: bool) -> list[re.Pattern[str]]:
    """Patterns that match exactly the origins of these clients. flask-cors would take a text with brackets, as of IPv6, for a pattern of its own."""
    exact = [re.compile(re.escape(origin) + r"\Z") for client in clients for origin in client.origins]
    return [*exact, _THIS_MACHINE] if development else exact


def preflight() -> Blueprint:
    """The doors where browsers ask before they call; the answer to anybody is the same, the headers are not."""
    door = Blueprint("preflight", __name__)

    @door.route("/cds-services", methods=["OPTIONS"])
    def before_discovery() -> Response:
        return Response(status=204)

    @door.route("/cds-services/<id>", methods=["OPTIONS"])
    def before_call(id: str) -> Response:
        return Response(status=204)

    @door.route("/cds-services/<id>/feedback", methods=["OPTIONS"])
    def before_feedback(id: str) -> Response:
        return Response(status=204)

    return door
