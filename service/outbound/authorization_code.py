"""The authorization code flow of SMART App Launch: where the browser is sent, and what is granted for the code it comes back with. PKCE always."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from service.outbound.answer import NoAnswer
from service.outbound.breaker import CircuitBreaker
from service.outbound.signing_keys import SigningKeys
from service.outbound.smart_configuration import PKCE, SmartConfiguration
from service.outbound.token_endpoint import Json, ask_for_token, client_assertion, lifetime_s, new_id
from service.outbound.way import Way

UNSAID_S = 300.0
"""How long a token is used of which the server does not say how long it is valid: as long as SMART recommends at most for what is sent around."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """As whom we ask. `keys` None: a public client."""

    client_id: str
    keys: SigningKeys | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """`context`: everything the server said besides its tokens: `patient`, `scope`, `appContext` and more, as it said it."""

    access_token: str = field(repr=False)
    refresh_token: str = field(default="", repr=False)
    id_token: str = field(default="", repr=False)
    lifetime_s: float = UNSAID_S
    context: Json = field(default_factory=dict, repr=False)


def authorization_url(
    configuration: SmartConfiguration,
    *,
    client_id: str,
    redirect_uri: str,
    scope: str,
    audience: str,
    state: str,
    nonce: str,
    verifier: str,
    launch: str,
) -> str:
    """Where the browser goes. `verifier` itself is not in it, only its digest; `launch` "" for a standalone launch."""
    # Loaded here: only whoever launches needs it.
    from authlib.oauth2.rfc6749.parameters import prepare_grant_uri  # type: ignore[import-untyped]  # Authlib brings no types
    from authlib.oauth2.rfc7636 import create_s256_code_challenge  # type: ignore[import-untyped]  # Authlib brings no types

    url: str = prepare_grant_uri(
        configuration.authorization_endpoint,
        client_id,
        "code",
        redirect_uri=redirect_uri,
        scope=scope,
        state=state,
        aud=audience,
        nonce=nonce,
        launch=launch or None,
        code_challenge=create_s256_code_challenge(verifier),
        code_challenge_method=PKCE,
    )
    return url


def redeem(
    configuration: SmartConfiguration,
    us: Registered,
    *,
    code: str,
    verifier: str,
    redirect_uri: str,
    way: Way,
    deadline_s: float,
) -> Grant:
    """What is granted for a code. Raises NoAnswer and AddressRefused; `why` goes on from "the EHR's token server ..."."""
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri, "code_verifier": verifier}
    return _granted(configuration, us, form, way=way, deadline_s=deadline_s)


def refresh(configuration: SmartConfiguration, us: Registered, refresh_token: str, *, way: Way, deadline_s: float) -> Grant:
    """A new access token without the user. A server may give another refresh token with it; else the old one goes on. Raises as `redeem`."""
    form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    return _granted(configuration, us, form, way=way, deadline_s=deadline_s)


def as_client(configuration: SmartConfiguration, us: Registered, *, way: Way) -> dict[str, str]:
    """The fields of a form that say to the authorisation server who asks. Raises NoAnswer where it does not know our signature."""
    if us.keys is None:
        return {"client_id": us.client_id}
    if configuration.algorithms and us.keys.algorithm not in configuration.algorithms:
        raise NoAnswer(f"does not accept {us.keys.algorithm}, which the first of our keys is for")
    # For every endpoint of it: by the address of its token endpoint a server knows that it is meant (RFC 7523).
    endpoint, issued = configuration.token_endpoint, int(way.timing.now().timestamp())
    return client_assertion(us.keys, us.client_id, endpoint, issued=issued, jti=new_id())


def _granted(configuration: SmartConfiguration, us: Registered, form: Mapping[str, str], *, way: Way, deadline_s: float) -> Grant:
    whole = {**form, **as_client(configuration, us, way=way)}
    # One failure closes the way: a code or a refresh token that is sent twice is taken for a stolen one.
    once = CircuitBreaker(failures=1, monotonic=way.timing.monotonic)
    said = ask_for_token(configuration.token_endpoint, lambda: whole, way=way, breaker=once, deadline_s=deadline_s)
    if str(said.get("token_type", "")).lower() != "bearer":
        raise NoAnswer("gave a token that is no bearer token")
    return Grant(
        access_token=said["access_token"],
        refresh_token=_text(said, "refresh_token"),
        id_token=_text(said, "id_token"),
        lifetime_s=lifetime_s(said, unsaid=UNSAID_S),
        context={name: value for name, value in said.items() if not name.endswith("_token")},
    )


def _text(said: Mapping[str, Any], name: str) -> str:
    value = said.get(name)
    return value if isinstance(value, str) else ""
