"""The public keys of clients, fetched from the addresses they are registered with and kept for a while."""

from __future__ import annotations

import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import orjson

from service.outbound.address_guard import AddressRefused, Resolve, checked_address
from service.outbound.answer import Answer, NoAnswer
from service.outbound.in_time import Crowded, Lines, in_time
from service.outbound.networks import Network

Json = dict[str, Any]

FETCH_S = 1.0
"""A key set is fetched while a clinician waits; but seldom, and without it the client is turned away."""
KEPT_S = 3600.0
"""Where the server does not say for how long."""
LEAST_KEPT_S = 60.0
MOST_KEPT_S = 86_400.0
"""However long the server says: a key that was withdrawn must not be believed for longer."""
AGAIN_S = 30.0
"""At most one fetch of an address in this time, whatever `kid` is asked for: anybody can make up a `kid`."""
STALE_S = 3600.0
"""For so long the last keys are believed when their server has gone: turning every call away would be worse than a key withdrawn in this hour."""
MOST_BYTES = 256 * 1024
MOST_KEYS = 100

_MAX_AGE = re.compile(r"(?:^|[\s,])max-age\s*=\s*\"?(\d{1,10})")
_NOT_KEPT = re.compile(r"(?:^|[\s,])no-(?:store|cache)\b")


class KeysUnavailable(Exception):
    """The key set could not be had, and none is kept that could still be believed. `why` as in NoAnswer or AddressRefused."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(slots=True)
class _Kept:
    """What is known of one address. Moments of time.monotonic."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    keys: tuple[Json, ...] = ()
    fresh_until: float = float("-inf")
    asked_at: float = float("-inf")
    why: str = "was not asked yet"


class KeySets:
    """The key sets of this process. Each worker keeps its own."""

    def __init__(
        self,
        *,
        development: bool,
        networks: Sequence[Network] = (),
        trust: ssl.SSLContext | None = None,
        resolve: Resolve = socket.getaddrinfo,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._check = partial(checked_address, development=development, networks=networks, resolve=resolve)
        self._trust = trust
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._kept: dict[str, _Kept] = {}

    def find(self, jku: str, kid: str | None) -> tuple[Json, ...]:
        """The keys of this `kid` in the set at this address, perhaps none; for None its only key. Raises KeysUnavailable.

        The caller has made sure that the client is registered with this address: a token may name any.
        """
        with self._lock:
            kept = self._kept.setdefault(jku, _Kept())
        with kept.lock:
            now = self._monotonic()
            found = keys_named(kept.keys, kid)
            if now < kept.fresh_until and found:
                return found
            if now - kept.asked_at >= AGAIN_S:
                kept.asked_at = now
                self._refresh(kept, jku, now)
            if now < kept.fresh_until + STALE_S:
                return keys_named(kept.keys, kid)
            raise KeysUnavailable(kept.why)

    def _refresh(self, kept: _Kept, jku: str, now: float) -> None:
        deadline_s = time.monotonic() + FETCH_S
        done = in_time({"keys": partial(self._fetch, jku, deadline_s)}, deadline_s=deadline_s).get("keys")
        if done is None:
            kept.why = "did not answer in time"
        elif done.result is not None:
            kept.keys, kept_s = done.result
            kept.fresh_until = now + kept_s
        else:
            kept.why = _reason(done.error)

    def _fetch(self, jku: str, deadline_s: float, lines: Lines) -> tuple[tuple[Json, ...], float]:
        # Loaded here, as in fhir_reader: it takes long.
        from service.outbound.pinned_session import PinnedSession, ask

        address = self._check(jku, allowed=(jku,))
        with PinnedSession(address, lines=lines, trust=self._trust) as session:
            answer = ask(session, jku, headers={"Accept": "application/json"}, deadline_s=deadline_s, byte_limit=MOST_BYTES)
        return _keys(answer), _kept_s(answer.headers)


def keys_named(keys: Sequence[Any], kid: str | None) -> tuple[Json, ...]:
    """The keys with exactly this `kid`, which may hold any characters; `+`, `/` and `=` too. None: the only key of the set, which needs no name."""
    if kid is None:
        return (keys[0],) if len(keys) == 1 and isinstance(keys[0], dict) else ()
    return tuple(key for key in keys if isinstance(key, dict) and key.get("kid") == kid)


def _reason(error: Exception | None) -> str:
    match error:
        case NoAnswer() | AddressRefused():
            return error.why
        case OSError():
            return "has a name that was not found"
        case Crowded():
            return "was not asked: too many earlier reads are still waiting"
    raise error or RuntimeError("a job without result has an error")


def _keys(answer: Answer) -> tuple[Json, ...]:
    # The media type is not looked at: key sets are served as plain text by more than one.
    try:
        document = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        document = None
    keys = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(keys, list) or len(keys) > MOST_KEYS:
        raise NoAnswer(f"answered with status {answer.status} and no key set")
    return tuple(key for key in keys if isinstance(key, dict))


def _kept_s(headers: Mapping[str, str]) -> float:
    said = headers.get("Cache-Control", "").lower()
    if _NOT_KEPT.search(said):
        return LEAST_KEPT_S
    age = _MAX_AGE.search(said)
    return min(max(float(age[1]), LEAST_KEPT_S), MOST_KEPT_S) if age else KEPT_S
