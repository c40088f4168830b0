"""GET /.well-known/jwks.json: our public keys, for servers that check what we signed."""

from __future__ import annotations

from flask import Blueprint, Response

from service.outbound.signing_keys import SigningKeys
from service.web.answers import document
from service.web.definitions import revalidated, tagged

JSON = "application/json"
# A server that meets a key it does not know looks again; a new key is published for a day before it signs.
_KEPT_S = 3600


def jwks(keys: SigningKeys | None) -> Blueprint:
    """The door to our public keys."""
    door = Blueprint("jwks", __name__)
    published, tag = tagged(document(keys.published if keys else {"keys": []}))

    @door.get("/.well-known/jwks.json")
    def read_keys() -> Response:
        answer = revalidated(published, tag, JSON)
        answer.headers["Cache-Control"] = f"public, max-age={_KEPT_S}"
        del answer.headers["Vary"]
        return answer

    return door
