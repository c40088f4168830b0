"""Asking the token endpoint of an authorisation server (OAuth 2.0), and saying with our signing key who asks."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

import orjson

from service.outbound.answer import Answer, NoAnswer
from service.outbound.breaker import CircuitBreaker
from service.outbound.signing_keys import SigningKeys
from service.outbound.way import Way

Json = dict[str, Any]

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ASSERTION_S = 240
"""How long an assertion is valid. Five minutes are allowed; a server's clock may be a little behind ours."""
LONGEST_S = 86_400.0
"""However long the server says: a moment that far off is in no calendar, and a token that fails is renewed anyway."""
_OK = 200
_CODES = frozenset(
    {
        "invalid_request",
        "invalid_client",
        "invalid_grant",
        "unauthorized_client",
        "unsupported_grant_type",
        "invalid_scope",
        "access_denied",
        "unsupported_response_type",
        "server_error",
        "temporarily_unavailable",
    }
)


def new_id() -> str:
    """What no one can guess: 192 random bits."""
    return secrets.token_urlsafe(24)


def client_assertion(keys: SigningKeys, client_id: str, endpoint: str, *, issued: int, jti: str) -> dict[str, str]:
    """The fields of a form that say who asks: a token for this endpoint, signed with the first of our keys (private_key_jwt)."""
    # Loaded here: it loads cryptography.
    from authlib.oauth2.rfc7523 import private_key_jwt_sign  # type: ignore[import-untyped]  # Authlib brings no types

    signed: str = private_key_jwt_sign(
        keys.key,
        client_id,
        endpoint,
        alg=keys.algorithm,
        claims={"jti": jti},
        header={"kid": keys.kid, "typ": "JWT"},
        issued_at=issued,
        expires_at=issued + ASSERTION_S,
    )
    return {"client_assertion_type": ASSERTION_TYPE, "client_assertion": signed}


def ask_for_token(
    endpoint: str, form: Callable[[], Mapping[str, str]], *, way: Way, breaker: CircuitBreaker, deadline_s: float
) -> Json:
    """What the endpoint grants, with an `access_token` that can stand in a header. Raises NoAnswer and AddressRefused, which hold nothing of the form.

    The form is made anew for each try: a server that broke off after it had read an assertion takes that one no more.
    """
    answer = way.call(
        endpoint,
        allowed=(endpoint,),
        breaker=breaker,
        deadline_s=deadline_s,
        method="POST",
        body=lambda: urlencode(form()).encode(),
        headers={"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"},
        read_refusals=True,
    )
    said = object_in(answer)
    token = said.get("access_token")
    if answer.status != _OK or not isinstance(token, str) or not token.isascii() or not token.isprintable() or " " in token:
        raise NoAnswer(f"gave none, and answered with status {answer.status}{error_code(said)}")
    return said


def object_in(answer: Answer) -> Json:
    """The JSON object in an answer; an empty one for anything else."""
    try:
        said = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        return {}
    return said if isinstance(said, dict) else {}


def error_code(said: Mapping[str, Any]) -> str:
    """The error code of OAuth 2.0 in brackets, which is one of a few words; not its description, which may quote what was sent."""
    code = said.get("error")
    return f" ({code})" if code in _CODES else ""


def lifetime_s(said: Mapping[str, Any], *, unsaid: float) -> float:
    """For how many seconds a granted token is used, at most LONGEST_S; `unsaid` where the server does not say."""
    given = said.get("expires_in")
    return min(float(given), LONGEST_S) if isinstance(given, int | float) and given > 0 else unsaid
