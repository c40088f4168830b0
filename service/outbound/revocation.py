"""Giving tokens back to the authorisation server that granted them (RFC 7009), so that nobody can use them after their user has gone."""

from __future__ import annotations

from contextlib import suppress
from urllib.parse import urlencode

from service.outbound.address_guard import AddressRefused
from service.outbound.answer import NoAnswer
from service.outbound.authorization_code import Registered, as_client
from service.outbound.breaker import CircuitBreaker
from service.outbound.smart_configuration import SmartConfiguration
from service.outbound.user_tokens import HeldTokens
from service.outbound.way import Way

WITHIN_S = 2.0
"""For all tokens together: they end soon by themselves."""


def revoke(configuration: SmartConfiguration, us: Registered, held: HeldTokens, *, way: Way) -> None:
    """Ask for it, once for each, where the EHR can be asked. What it answers changes nothing, and nothing is said of it anywhere.

    The refresh token first: with it others could be had.
    """
    if not configuration.revocation_endpoint:
        return
    deadline_s = way.timing.monotonic() + WITHIN_S
    for hint, token in (("refresh_token", held.refresh_token), ("access_token", held.access_token)):
        if token:
            with suppress(NoAnswer, AddressRefused):
                _revoke(configuration, us, {"token": token, "token_type_hint": hint}, way=way, deadline_s=deadline_s)


def _revoke(configuration: SmartConfiguration, us: Registered, form: dict[str, str], *, way: Way, deadline_s: float) -> None:
    endpoint = configuration.revocation_endpoint
    way.call(
        endpoint,
        allowed=(endpoint,),
        # One failure closes the way: asking again would take the time that the other token needs.
        breaker=CircuitBreaker(failures=1, monotonic=way.timing.monotonic),
        deadline_s=deadline_s,
        method="POST",
        body=urlencode({**form, **as_client(configuration, us, way=way)}).encode(),
        headers={"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"},
        read_refusals=True,
    )
