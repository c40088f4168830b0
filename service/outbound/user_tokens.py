"""The access token of a user who launched the app, for as long as a request takes: refreshed where the EHR allows it, else at its end."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from service.outbound.address_guard import AddressRefused
from service.outbound.answer import NoAnswer
from service.outbound.authorization_code import Grant

EARLIER = timedelta(seconds=10)
"""So long before it expires a token is not used any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldTokens:
    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_at: datetime


def prolonged(held: HeldTokens, grant: Grant, *, now: datetime) -> HeldTokens:
    """What is held once a refresh token was taken. Where no other one came with it, the old one goes on."""
    return HeldTokens(
        access_token=grant.access_token,
        refresh_token=grant.refresh_token or held.refresh_token,
        expires_at=now + timedelta(seconds=grant.lifetime_s),
    )


class BeingRenewed(NoAnswer):
    """Another request of the session is renewing the token, and what comes of that was not there in time: nothing is over yet."""


class UserTokens:
    """What a FhirClient takes its tokens from, for one request. `over`: the EHR takes them no more, and only a launch helps."""

    def __init__(
        self, held: HeldTokens, *, renewed: Callable[[HeldTokens, float], HeldTokens], now: Callable[[], datetime]
    ) -> None:
        """`renewed(held, deadline_s)` gives other tokens than those."""
        self.held = held
        self.over = False
        self._renewed = renewed
        self._now = now
        self._lock = threading.Lock()

    def token(self, *, deadline_s: float) -> str:
        """The access token, valid for a while yet. Raises NoAnswer."""
        with self._lock:
            if self._now() >= self.held.expires_at - EARLIER:
                self._renew(deadline_s)
            return self.held.access_token

    def renew(self, refused: str, *, deadline_s: float) -> str:
        """Another than the one that the server has refused. Raises NoAnswer."""
        with self._lock:
            if self.held.access_token == refused:
                self._renew(deadline_s)
            return self.held.access_token

    def _renew(self, deadline_s: float) -> None:
        if self.over or not self.held.refresh_token:
            self.over = True
            raise NoAnswer("was not asked: the session with the EHR is over")
        try:
            self.held = self._renewed(self.held, deadline_s)
        except BeingRenewed:
            raise
        except (NoAnswer, AddressRefused):
            self.over = True
            raise NoAnswer("was not asked: the EHR did not prolong the session with it") from None
