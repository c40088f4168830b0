"""SMART Backend Services: access tokens for the EHR's FHIR server, asked for with a signed assertion, kept until shortly before they expire."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import orjson

from service.outbound.address_guard import AddressRefused
from service.outbound.answer import Answer, NoAnswer
from service.outbound.breaker import CircuitBreaker
from service.outbound.signing_keys import SigningKeys
from service.outbound.way import Way

Json = dict[str, Any]

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ASSERTION_S = 240
"""How long an assertion is valid. Five minutes are allowed; a server's clock may be a little behind ours."""
EARLIER_S = 30.0
"""So long before it expires a token is not used any more; a tenth of its time where that is less."""
UNSAID_S = 60.0
"""How long a token is used of which the server does not say how long it is valid."""
DISCOVERED_S = 3600.0
_OK = 200


class NoToken(NoAnswer):
    """No access token could be had, so that nothing was sent. `why` is the rest of a sentence after "the FHIR server ...", as of every NoAnswer."""

    def __init__(self, why: str, *, late: bool = False) -> None:
        super().__init__(why, late=late, unsent=True)


@dataclass(frozen=True, slots=True)
class _Kept:
    value: str
    until_s: float


class BackendTokens:
    """The access token of this process for one FHIR server. Shared by all threads; one at a time fetches."""

    def __init__(
        self,
        base_url: str,
        *,
        client_id: str,
        keys: SigningKeys,
        scopes: str,
        way: Way,
        new_id: Callable[[], str] = lambda: secrets.token_urlsafe(24),
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._client_id = client_id
        self._keys = keys
        self._scopes = scopes
        self._way = way
        self._new_id = new_id
        self._timing = way.timing
        self._breaker = CircuitBreaker(monotonic=way.timing.monotonic)
        self._lock = threading.Lock()
        self._token: _Kept | None = None
        self._endpoint: _Kept | None = None

    def token(self, *, deadline_s: float) -> str:
        """An access token that is valid for a while yet. Raises NoToken."""
        return self._usable("", deadline_s)

    def renew(self, refused: str, *, deadline_s: float) -> str:
        """Another token than the one that the server has refused. Raises NoToken."""
        return self._usable(refused, deadline_s)

    def _usable(self, refused: str, deadline_s: float) -> str:
        if not self._lock.acquire(timeout=max(0.0, deadline_s - self._timing.monotonic())):
            raise NoToken("cannot be asked: no access token came in time", late=True)
        try:
            kept = self._token
            if kept is not None and kept.value != refused and self._timing.monotonic() < kept.until_s:
                return kept.value
            self._token = None
            self._token = self._fetch(deadline_s)
            return self._token.value
        except (NoAnswer, AddressRefused) as error:
            # An endpoint that has moved is found again next time.
            self._endpoint = None
            late = isinstance(error, NoAnswer) and error.late
            raise NoToken(f"cannot be asked: there is no access token, because its token server {error.why}", late=late) from None
        finally:
            self._lock.release()

    def _fetch(self, deadline_s: float) -> _Kept:
        endpoint = self._discovered(deadline_s)
        form = {
            "grant_type": "client_credentials",
            "scope": self._scopes,
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": self._assertion(endpoint),
        }
        asked_s = self._timing.monotonic()
        answer = self._way.call(
            endpoint,
            allowed=(endpoint,),
            breaker=self._breaker,
            deadline_s=deadline_s,
            method="POST",
            body=urlencode(form).encode(),
            headers={"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"},
            read_refusals=True,
        )
        said = _object(answer)
        token = said.get("access_token")
        if answer.status != _OK or not isinstance(token, str) or not token.isascii() or not token.isprintable() or " " in token:
            raise NoAnswer(f"gave none, and answered with status {answer.status}{_why(said)}")
        lifetime_s = said.get("expires_in")
        valid_s = float(lifetime_s) if isinstance(lifetime_s, int | float) and lifetime_s > 0 else UNSAID_S
        return _Kept(token, asked_s + valid_s - min(EARLIER_S, valid_s / 10))

    def _discovered(self, deadline_s: float) -> str:
        kept = self._endpoint
        if kept is not None and self._timing.monotonic() < kept.until_s:
            return kept.value
        answer = self._way.call(
            f"{self._base_url}/.well-known/smart-configuration",
            allowed=(self._base_url,),
            breaker=self._breaker,
            deadline_s=deadline_s,
            headers={"Accept": "application/json"},
        )
        said = _object(answer)
        endpoint = said.get("token_endpoint")
        if answer.status != _OK or not isinstance(endpoint, str):
            raise NoAnswer(f"is not named: .well-known/smart-configuration has no token_endpoint, and status {answer.status}")
        algorithms = said.get("token_endpoint_auth_signing_alg_values_supported")
        if isinstance(algorithms, list) and self._keys.algorithm not in algorithms:
            raise NoAnswer(f"does not accept {self._keys.algorithm}, which the first of our keys is for")
        self._endpoint = _Kept(endpoint, self._timing.monotonic() + DISCOVERED_S)
        return endpoint

    def _assertion(self, endpoint: str) -> str:
        # Loaded here: it loads cryptography.
        from authlib.oauth2.rfc7523 import private_key_jwt_sign  # type: ignore[import-untyped]  # Authlib brings no types

        issued = int(self._timing.now().timestamp())
        signed: str = private_key_jwt_sign(
            self._keys.key,
            self._client_id,
            endpoint,
            alg=self._keys.algorithm,
            claims={"jti": self._new_id()},
            header={"kid": self._keys.kid, "typ": "JWT"},
            issued_at=issued,
            expires_at=issued + ASSERTION_S,
        )
        return signed


def _object(answer: Answer) -> Json:
    try:
        said = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        return {}
    return said if isinstance(said, dict) else {}


def _why(said: Json) -> str:
    """The error code of OAuth 2.0, which is one of a few words; not its description, which may quote what was sent."""
    code = said.get("error")
    known = {
        "invalid_request",
        "invalid_client",
        "invalid_grant",
        "unauthorized_client",
        "unsupported_grant_type",
        "invalid_scope",
    }
    return f" ({code})" if code in known else ""
