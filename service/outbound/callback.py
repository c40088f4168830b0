"""Sends a callback to a client's registered address: once, within five seconds, to the address that was checked, and reads no answer but its status."""

from __future__ import annotations

import socket
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import requests
from urllib3.exceptions import HTTPError

from service.outbound.address_guard import AddressRefused, Resolve, checked_address
from service.outbound.in_time import Crowded, Lines, in_time
from service.outbound.networks import Network
from service.outbound.pinned_session import PinnedSession

TIMEOUT_S = 5.0
_TOO_MANY = 429
_FAULT = 500
_OK = range(200, 300)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came back. `status` 0: no answer. `why` is a sentence without address, token or patient. `wait_s`: what the receiver asked for, 0 for nothing."""

    status: int
    why: str
    wait_s: float = 0.0
    refused: bool = False
    """The address may not be called at all."""

    @property
    def delivered(self) -> bool:
        return self.status in _OK

    @property
    def hopeless(self) -> bool:
        """Whether trying again would get the same: the receiver understood, and refused."""
        return self.refused or not (self.delivered or self.status in (0, _TOO_MANY) or self.status >= _FAULT)


def post(
    url: str,
    body: bytes,
    *,
    headers: Mapping[str, str],
    development: bool,
    networks: Sequence[Network] = (),
    resolve: Resolve = socket.getaddrinfo,
) -> Reply:
    """POST the body. Never raises for anything the receiver does or is."""
    deadline = time.monotonic() + TIMEOUT_S

    def send(lines: Lines) -> Reply:
        address = checked_address(url, allowed=[url], development=development, networks=networks, resolve=resolve)
        left = max(deadline - time.monotonic(), 0.01)
        with (
            PinnedSession(address, lines=lines) as session,
            session.post(
                url, data=body, headers=dict(headers), timeout=(left, left), stream=True, allow_redirects=False
            ) as answer,
        ):
            return _reply(answer.status_code, answer.headers.get("Retry-After", ""))

    done = in_time({"callback": send}, deadline_s=deadline).get("callback")
    if done is None:
        return Reply(status=0, why="did not answer within five seconds")
    if done.result is not None:
        return done.result
    match done.error:
        case AddressRefused() as refused:
            return Reply(status=0, why=refused.why, refused=True)
        case Crowded():
            return Reply(status=0, why="was not called: too many calls are still waiting")
        case requests.Timeout() | TimeoutError():
            return Reply(status=0, why="did not answer within five seconds")
        case requests.RequestException() | HTTPError() | OSError():
            # Their texts hold the address.
            return Reply(status=0, why="cannot be reached, or broke off its answer")
        case error:
            return Reply(status=0, why=f"could not be called ({type(error).__name__})")


def _reply(status: int, retry_after: str) -> Reply:
    said = "accepted it" if status in _OK else f"answered {status}"
    return Reply(status=status, why=said, wait_s=_seconds(retry_after) if status == _TOO_MANY or status >= _FAULT else 0.0)


def _seconds(retry_after: str) -> float:
    """Retry-After: seconds, or a date. 0 for what is neither."""
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return 0.0
    return max(0.0, ((at if at.tzinfo else at.replace(tzinfo=UTC)) - datetime.now(UTC)).total_seconds())
