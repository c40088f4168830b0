"""SMART Backend Services: access tokens for the EHR's FHIR server, asked for with a signed assertion, kept until shortly before they expire."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from service.outbound.address_guard import AddressRefused
from service.outbound.answer import NoAnswer
from service.outbound.breaker import CircuitBreaker
from service.outbound.signing_keys import SigningKeys
from service.outbound.token_endpoint import ask_for_token, client_assertion, lifetime_s, new_id, object_in
from service.outbound.way import Way

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
        new_id: Callable[[], str] = new_id,
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

        def form() -> dict[str, str]:
            issued = int(self._timing.now().timestamp())
            who = client_assertion(self._keys, self._client_id, endpoint, issued=issued, jti=self._new_id())
            return {"grant_type": "client_credentials", "scope": self._scopes, **who}

        asked_s = self._timing.monotonic()
        said = ask_for_token(endpoint, form, way=self._way, breaker=self._breaker, deadline_s=deadline_s)
        valid_s = lifetime_s(said, unsaid=UNSAID_S)
        return _Kept(said["access_token"], asked_s + valid_s - min(EARLIER_S, valid_s / 10))

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
        said = object_in(answer)
        endpoint = said.get("token_endpoint")
        if answer.status != _OK or not isinstance(endpoint, str):
            raise NoAnswer(f"is not named: .well-known/smart-configuration has no token_endpoint, and status {answer.status}")
        algorithms = said.get("token_endpoint_auth_signing_alg_values_supported")
        if isinstance(algorithms, list) and self._keys.algorithm not in algorithms:
            raise NoAnswer(f"does not accept {self._keys.algorithm}, which the first of our keys is for")
        self._endpoint = _Kept(endpoint, self._timing.monotonic() + DISCOVERED_S)
        return endpoint
