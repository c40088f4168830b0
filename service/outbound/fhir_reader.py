"""Reads several searches from a client's FHIR server at once, within one deadline. Never raises for what the server does; says it in sentences."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Any

from service.outbound.address_guard import Address, AddressRefused, Resolve, checked_address, same_server
from service.outbound.answer import Answer, NoAnswer
from service.outbound.fhir_answer import Json, Pages, Refusal, next_page, resource_of, take_one, take_page
from service.outbound.in_time import Crowded, Done, Lines, in_time
from service.outbound.networks import Network

if TYPE_CHECKING:
    from service.outbound.pinned_session import PinnedSession

Exchange = Callable[..., Answer]
"""Called as `pinned_session.ask` is for a GET."""

_TOKEN = re.compile(r"[\x21-\x7e]+")
NOTHING_YET: Mapping[str, tuple[int, int]] = {}
_CROWDED = "too many earlier reads are still waiting for their servers"


class ReadOutcome(StrEnum):
    FETCHED = "fetched"
    FETCHED_IN_PART = "fetched-in-part"
    REFUSED = "refused"
    """By us, because the server may not be asked; or by the server: the token, the scope, the resource."""
    UNREACHABLE = "unreachable"
    TOO_LATE = "too-late"


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What one search came to. `resources` as the server sent them, its OperationOutcomes left out; whose they are is for the caller to check.

    `why` is a sentence when something is lacking, else "". It holds no URL, no token and nothing of what the server said.
    """

    outcome: ReadOutcome
    resources: tuple[Json, ...] = ()
    why: str = ""
    missing: bool = False
    """The server says that there is no such resource."""


def once(session: PinnedSession, url: str, **options: Any) -> Answer:
    """The exchange that asks once."""
    # Loaded here: it takes a fifth of a second, which whoever asks nobody need not wait for (`load` does it at the start of a server).
    from service.outbound.pinned_session import ask

    return ask(session, url, **options)


def read_together(
    searches: Mapping[str, str],
    *,
    base_url: str,
    token: str,
    allowed: Sequence[str],
    development: bool,
    deadline_s: float,
    page_limit: int,
    byte_limit: int,
    networks: Sequence[Network] = (),
    trust: ssl.SSLContext | None = None,
    resolve: Resolve = socket.getaddrinfo,
    exchange: Exchange = once,
    already: Mapping[str, tuple[int, int]] = NOTHING_YET,
) -> dict[str, Read]:
    """Read each search ("Patient/1", "Observation?patient=1") below the base URL; an answer for each key, by `deadline_s` of time.monotonic.

    `allowed`, `development`, `networks`, `resolve` as in `checked_address`; the server is looked up once. `byte_limit` is for all pages of one search,
    as is `page_limit`. `token` "" sends none; `exchange` may send one of its own. `already`: of searches
    whose first page came another way, how many of its entries came, and how many the server counts.
    """
    if token and not _TOKEN.fullmatch(token):
        return _all(searches, ReadOutcome.REFUSED, "the access token holds characters that a token does not")
    look_up = partial(_look_up, base_url, allowed=allowed, development=development, networks=networks, resolve=resolve)
    address = in_time({"address": look_up}, deadline_s=deadline_s).get("address", Done())
    if address.result is None:
        return _all(searches, *_not_found(address.error))
    so_far = {key: Pages(seen=seen, total=total) for key in searches for seen, total in (already.get(key, (0, 0)),)}
    headers = {"Accept": "application/fhir+json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    jobs = {
        key: partial(
            _read,
            f"{base_url.rstrip('/')}/{search}",
            so_far[key],
            address=address.result,
            headers=headers,
            trust=trust,
            deadline_s=deadline_s,
            page_limit=page_limit,
            byte_limit=byte_limit,
            exchange=exchange,
            single="?" not in search and key not in already,
        )
        for key, search in searches.items()
    }
    done = in_time(jobs, deadline_s=deadline_s)
    return {key: _outcome(done.get(key), so_far[key]) for key in searches}


def _all(searches: Mapping[str, str], outcome: ReadOutcome, why: str) -> dict[str, Read]:
    return {key: Read(outcome=outcome, why=why) for key in searches}


def _look_up(base_url: str, _lines: Lines, **limits: Any) -> Address:
    if "?" in base_url:
        raise AddressRefused("the server's base address holds a query")
    return checked_address(base_url, **limits)


def _not_found(error: Exception | None) -> tuple[ReadOutcome, str]:
    match error:
        case None:
            return ReadOutcome.TOO_LATE, "the FHIR server's name was not found in time"
        case AddressRefused():
            return ReadOutcome.REFUSED, f"the FHIR server was not asked: {error.why}"
        case OSError():
            return ReadOutcome.UNREACHABLE, "the FHIR server's name was not found"
        case Crowded():
            return ReadOutcome.UNREACHABLE, _CROWDED
    raise error


def _outcome(done: Done[str] | None, so_far: Pages) -> Read:
    error = done.error if done else NoAnswer("did not answer in time", late=True)
    match error:
        case None:
            outcome, why = ReadOutcome.FETCHED, (done.result or "") if done else ""
        case NoAnswer():
            outcome = ReadOutcome.TOO_LATE if error.late else ReadOutcome.UNREACHABLE
            why = f"the FHIR server {error.why}"
        case Refusal() | AddressRefused():
            outcome, why = ReadOutcome.REFUSED, f"the FHIR server {error.why}" if isinstance(error, Refusal) else error.why
        case Crowded():
            outcome, why = ReadOutcome.UNREACHABLE, _CROWDED
        case _:
            raise error
    missing = isinstance(error, Refusal) and error.missing
    # A copy: a thread that was too late may still be adding.
    resources = tuple(so_far.resources)
    if so_far.pages and why:
        return Read(outcome=ReadOutcome.FETCHED_IN_PART, resources=resources, why=f"not all pages were read: {why}")
    if so_far.pages and so_far.left_out:
        return Read(
            outcome=ReadOutcome.FETCHED_IN_PART, resources=resources, why="the FHIR server says that it left something out"
        )
    if so_far.pages and so_far.too_few:
        counted = f"the FHIR server counts {so_far.total} and gave {so_far.seen}"
        return Read(outcome=ReadOutcome.FETCHED_IN_PART, resources=resources, why=counted)
    return Read(outcome=outcome, resources=resources, why=why, missing=missing)


def _read(
    url: str,
    so_far: Pages,
    lines: Lines,
    *,
    address: Address,
    headers: Mapping[str, str],
    trust: ssl.SSLContext | None,
    deadline_s: float,
    page_limit: int,
    byte_limit: int,
    exchange: Exchange,
    single: bool,
) -> str:
    """Read one search with its pages. Gives why it stopped before the last page, or ""."""
    from service.outbound.pinned_session import PinnedSession

    asked: set[str] = set()
    with PinnedSession(address, lines=lines, trust=trust) as session:
        while url:
            if url in asked:
                return "the FHIR server's pages lead in a circle"
            if len(asked) == page_limit:
                return f"the FHIR server has more than {page_limit}"
            asked.add(url)
            answer = exchange(session, url, headers=headers, deadline_s=deadline_s, byte_limit=byte_limit)
            byte_limit -= len(answer.body)
            resource = resource_of(answer)
            if single:
                take_one(resource, url, so_far)
                return ""
            take_page(resource, so_far)
            url = next_page(resource, url)
            if url and not same_server(url, address.origin):
                return "the next one lies on another server"
    return ""
