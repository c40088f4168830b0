"""One question to one server: its address checked, the connection pinned to it, asked again where that may help, answered by the deadline."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from service.outbound.address_guard import AddressRefused, Resolve, checked_address
from service.outbound.answer import Answer, NoAnswer
from service.outbound.breaker import CircuitBreaker
from service.outbound.in_time import Crowded, Done, Lines, in_time
from service.outbound.networks import Network
from service.outbound.trying_again import Timing, try_again

RESTING = "was not asked: it has failed several times in a row, and is left alone until it has had time to recover"
MOST_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How this service calls out. `development`, `networks`, `resolve` as in `checked_address`; `trust` as in `PinnedSession`."""

    development: bool = False
    networks: Sequence[Network] = ()
    trust: ssl.SSLContext | None = None
    resolve: Resolve = socket.getaddrinfo
    timing: Timing = field(default_factory=Timing)
    byte_limit: int = MOST_BYTES

    def call(
        self,
        url: str,
        *,
        allowed: Sequence[str],
        breaker: CircuitBreaker,
        deadline_s: float,
        headers: Mapping[str, str],
        body: bytes | Callable[[], bytes] | None = None,
        **options: Any,
    ) -> Answer:
        """Ask this URL, by `deadline_s` of `timing.monotonic`; `options` as in `ask`. Raises NoAnswer and AddressRefused.

        `body` may be a function that makes one for each try, for what a server takes once only.
        """
        # Loaded here, as in fhir_reader: it takes long.
        from service.outbound.pinned_session import PinnedSession, ask

        real_s = self.timing.real(deadline_s)

        def job(lines: Lines) -> Answer:
            address = checked_address(
                url, allowed=allowed, development=self.development, networks=self.networks, resolve=self.resolve
            )
            with PinnedSession(address, lines=lines, trust=self.trust) as session:

                def send() -> Answer:
                    sent = body() if callable(body) else body
                    return ask(session, url, headers=headers, deadline_s=real_s, byte_limit=self.byte_limit, body=sent, **options)

                return try_again(send, breaker=breaker, timing=self.timing, deadline_s=deadline_s)

        if not breaker.admit():
            raise NoAnswer(RESTING, unsent=True)
        return _answer(in_time({"call": job}, deadline_s=real_s).get("call"))


def _answer(done: Done[Answer] | None) -> Answer:
    if done is None:
        raise NoAnswer("did not answer in time", late=True)
    if done.result is not None:
        return done.result
    match done.error:
        case NoAnswer() | AddressRefused() as error:
            raise error
        case OSError():
            raise NoAnswer("has a name that was not found", unsent=True)
        case Crowded():
            raise NoAnswer("was not asked: too many earlier calls are still waiting", unsent=True)
    raise done.error or RuntimeError("a job without a result has an error")
