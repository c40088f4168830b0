"""What an EHR says of its authorisation server, at .well-known/smart-configuration below the base URL of its FHIR server."""

from __future__ import annotations

from dataclasses import dataclass

from service.outbound.address_guard import AddressRefused, read_url
from service.outbound.answer import NoAnswer
from service.outbound.breaker import CircuitBreaker
from service.outbound.token_endpoint import Json, object_in
from service.outbound.way import Way

PKCE = "S256"
KEPT_S = 300.0
"""How long what an EHR says is taken to hold: anybody can follow a link that launches, and the EHR is not to be asked each time."""
_OK = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class SmartConfiguration:
    """`issuer` and `jwks_uri`: who signs the id_token, and with which keys."""

    authorization_endpoint: str
    token_endpoint: str
    issuer: str
    jwks_uri: str
    revocation_endpoint: str = ""
    """Where a token is given back (RFC 7009); "" where the EHR names none that could be used."""
    capabilities: frozenset[str] = frozenset()
    algorithms: frozenset[str] = frozenset()
    """What may sign an assertion; empty where it does not say."""


class SmartConfigurations:
    """Those of this process, by `iss`. Only of EHRs that are registered: the caller has made sure."""

    def __init__(self, way: Way) -> None:
        self._way = way
        self._kept: dict[str, tuple[SmartConfiguration, float]] = {}
        # Shared by all launches: anybody can follow a link, and each would wait for an EHR that does not answer.
        self._breakers: dict[str, CircuitBreaker] = {}

    def of(self, iss: str, *, deadline_s: float) -> SmartConfiguration:
        """What the EHR says, or said some minutes ago. Raises as `discover`."""
        now = self._way.timing.monotonic()
        kept = self._kept.get(iss)
        if kept is not None and now < kept[1]:
            return kept[0]
        breaker = self._breakers.setdefault(iss, CircuitBreaker(monotonic=self._way.timing.monotonic))
        found = discover(iss, way=self._way, breaker=breaker, deadline_s=deadline_s)
        self._kept[iss] = (found, now + KEPT_S)
        return found


def discover(iss: str, *, way: Way, deadline_s: float, breaker: CircuitBreaker | None = None) -> SmartConfiguration:
    """What the registered EHR says. Raises NoAnswer and AddressRefused; `why` goes on from "the EHR ..."."""
    answer = way.call(
        f"{iss}/.well-known/smart-configuration",
        allowed=(iss,),
        breaker=breaker or CircuitBreaker(monotonic=way.timing.monotonic),
        deadline_s=deadline_s,
        headers={"Accept": "application/json"},
    )
    said = object_in(answer)
    if answer.status != _OK:
        raise NoAnswer(f"has no .well-known/smart-configuration, and answered with status {answer.status}")
    methods = said.get("code_challenge_methods_supported")
    if isinstance(methods, list) and PKCE not in methods:
        raise NoAnswer(f"does not support PKCE with {PKCE}, and without it a stolen code could be used")
    endpoints = {name: _endpoint(said, name, way) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")}
    revocation = _usable(said, "revocation_endpoint", way)
    issuer = said.get("issuer")
    if not isinstance(issuer, str) or not issuer:
        raise NoAnswer("does not name the issuer of its id_token in .well-known/smart-configuration")
    return SmartConfiguration(
        **endpoints,
        issuer=issuer,
        revocation_endpoint=revocation,
        capabilities=_words(said, "capabilities"),
        algorithms=_words(said, "token_endpoint_auth_signing_alg_values_supported"),
    )


def _endpoint(said: Json, name: str, way: Way) -> str:
    url = _usable(said, name, way)
    if not url:
        raise NoAnswer(f"names no usable {name} in .well-known/smart-configuration")
    return url


def _usable(said: Json, name: str, way: Way) -> str:
    url = said.get(name)
    try:
        secure = isinstance(url, str) and (read_url(url)[0].scheme == "https" or way.development)
    except AddressRefused:
        secure = False
    return url if isinstance(url, str) and secure else ""


def _words(said: Json, name: str) -> frozenset[str]:
    listed = said.get(name)
    return frozenset(one for one in listed if isinstance(one, str)) if isinstance(listed, list) else frozenset()
