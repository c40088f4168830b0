"""The EHR's FHIR server: reads, searches with pages, $everything and batch; and writing, as a transaction or a batch.

Never raises for what the server does; says it in sentences. Its failures that may pass are tried again, within the deadline of the whole job, which
is a moment of `way.timing.monotonic`. What was read in part is said to be a part.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import orjson

from service.outbound.address_guard import AddressRefused
from service.outbound.answer import Answer, NoAnswer
from service.outbound.batch import batch_of, counted, reads_of
from service.outbound.breaker import CircuitBreaker
from service.outbound.fhir_answer import Json, Refusal, next_page, resource_of
from service.outbound.fhir_reader import NOTHING_YET, Read, ReadOutcome, once, read_together
from service.outbound.sent import Sent, sent_of
from service.outbound.trying_again import try_again
from service.outbound.way import RESTING, Way

if TYPE_CHECKING:
    from service.outbound.pinned_session import PinnedSession

FHIR_JSON = "application/fhir+json"
PAGE_LIMIT = 5
EVERYTHING_PAGES = 50
STATEMENT_S = 3600.0
"""How long a CapabilityStatement is taken to hold."""
_UNAUTHORIZED = 401


class Tokens(Protocol):
    """Where access tokens come from. Both raise NoAnswer."""

    def token(self, *, deadline_s: float) -> str: ...

    def renew(self, refused: str, *, deadline_s: float) -> str:
        """Another one than the one that the server has refused."""


@dataclass(frozen=True, slots=True)
class _Statement:
    resource: Json
    until_s: float


class FhirClient:
    """One server, shared by all threads: its circuit breaker, its token and what it says it can do. `tokens` None: it asks for none."""

    def __init__(self, base_url: str, *, way: Way, tokens: Tokens | None = None, page_limit: int = PAGE_LIMIT) -> None:
        self.base_url = base_url.rstrip("/")
        self._way = way
        self._tokens = tokens
        self._page_limit = page_limit
        self._timing = way.timing
        self._breaker = CircuitBreaker(monotonic=way.timing.monotonic)
        self._lock = threading.Lock()
        self._statement: _Statement | None = None

    def read(self, what: str, *, deadline_s: float) -> Read:
        """One read ("Patient/1") or search ("Observation?patient=1") with its pages."""
        return self.read_together({what: what}, deadline_s=deadline_s)[what]

    def read_together(self, searches: Mapping[str, str], *, deadline_s: float) -> dict[str, Read]:
        """Several at once, each with its pages; an answer for each key."""
        return self._read(searches, deadline_s=deadline_s, page_limit=self._page_limit)

    def batch(self, searches: Mapping[str, str], *, deadline_s: float) -> dict[str, Read]:
        """The same in one request, for servers that count requests; the pages behind the first of each search are read together."""
        try:
            answer = self._ask(self.base_url, deadline_s, method="POST", body=orjson.dumps(batch_of(searches)))
            reads = reads_of(searches, resource_of(answer))
        except (NoAnswer, Refusal, AddressRefused) as error:
            return dict.fromkeys(searches, _failed(error))
        pages = {key: next_page(bundle, f"{self.base_url}/{searches[key]}") for key, (_, bundle) in reads.items()}
        following = {key: self._below(page) for key, page in pages.items() if page}
        already = {key: counted(reads[key][1]) for key in following}
        more = self._read(
            {key: rest for key, rest in following.items() if rest},
            deadline_s=deadline_s,
            page_limit=self._page_limit,
            already=already,
        )
        elsewhere = Read(outcome=ReadOutcome.REFUSED, why="the next one lies on another server")
        return {key: _joined(read, more.get(key, elsewhere)) if key in following else read for key, (read, _) in reads.items()}

    def everything(self, patient_id: str, *, deadline_s: float) -> Read:
        """All that the server has of a patient, where it offers that operation; else REFUSED. For ids that are usable in a URL."""
        statement = self.statement(deadline_s=deadline_s)
        if statement is not None and not offers_everything(statement):
            return Read(outcome=ReadOutcome.REFUSED, why="the FHIR server does not offer $everything for a Patient")
        search = f"Patient/{patient_id}/$everything?_count=200"
        return self._read({"all": search}, deadline_s=deadline_s, page_limit=EVERYTHING_PAGES)["all"]

    def statement(self, *, deadline_s: float) -> Json | None:
        """What the server says it can do, its CapabilityStatement; None when it does not say."""
        with self._lock:
            kept = self._statement
        if kept is not None and self._timing.monotonic() < kept.until_s:
            return kept.resource
        try:
            found = resource_of(self._ask(f"{self.base_url}/metadata", deadline_s))
        except (NoAnswer, Refusal, AddressRefused):
            return None
        if found["resourceType"] != "CapabilityStatement":
            return None
        with self._lock:
            self._statement = _Statement(found, self._timing.monotonic() + STATEMENT_S)
        return found

    def send(self, bundle: Json, *, deadline_s: float) -> Sent:
        """POST a transaction or batch. It may arrive twice: only what changes nothing the second time belongs into it."""
        try:
            answer = self._ask(
                self.base_url,
                deadline_s,
                method="POST",
                body=orjson.dumps(bundle, default=_decimal),
                prefer="return=minimal",
                read_refusals=True,
            )
        except NoAnswer as error:
            said = f"the FHIR server {error.why}{', so nothing was sent' if error.unsent else ''}"
            return Sent(accepted=False, unknown=not error.unsent, unsent=error.unsent, late=error.late, why=said)
        except AddressRefused as error:
            return Sent(accepted=False, why=error.why)
        return sent_of(answer)

    def _read(
        self,
        searches: Mapping[str, str],
        *,
        deadline_s: float,
        page_limit: int,
        already: Mapping[str, tuple[int, int]] = NOTHING_YET,
    ) -> dict[str, Read]:
        if not searches:
            return {}
        try:
            # Before the threads, which would all wait for it.
            self._token(deadline_s)
        except NoAnswer as error:
            return dict.fromkeys(searches, _failed(error))
        if not self._breaker.admit():
            return dict.fromkeys(searches, Read(outcome=ReadOutcome.UNREACHABLE, why=f"the FHIR server {RESTING}"))

        def exchange(session: PinnedSession, url: str, *, headers: Mapping[str, str], **options: Any) -> Answer:
            def send(more: Mapping[str, str]) -> Answer:
                def one() -> Answer:
                    return once(session, url, headers={**headers, **more}, **options)

                return try_again(one, breaker=self._breaker, timing=self._timing, deadline_s=deadline_s)

            return self._authorized(send, deadline_s)

        return read_together(
            searches,
            base_url=self.base_url,
            token="",
            allowed=(self.base_url,),
            development=self._way.development,
            networks=self._way.networks,
            trust=self._way.trust,
            resolve=self._way.resolve,
            deadline_s=self._timing.real(deadline_s),
            page_limit=page_limit,
            byte_limit=self._way.byte_limit,
            exchange=exchange,
            already=already,
        )

    def _ask(self, url: str, deadline_s: float, *, prefer: str = "", **options: Any) -> Answer:
        headers = {"Accept": FHIR_JSON} | ({"Content-Type": FHIR_JSON} if "body" in options else {})
        headers |= {"Prefer": prefer} if prefer else {}

        def send(more: Mapping[str, str]) -> Answer:
            return self._way.call(
                url,
                allowed=(self.base_url,),
                breaker=self._breaker,
                deadline_s=deadline_s,
                headers={**headers, **more},
                **options,
            )

        return self._authorized(send, deadline_s)

    def _authorized(self, send: Callable[[Mapping[str, str]], Answer], deadline_s: float) -> Answer:
        """What came of it with our token; once more with a new one where the server refuses the one we have."""
        token = self._token(deadline_s)
        answer = send(_bearer(token))
        if answer.status == _UNAUTHORIZED and self._tokens is not None:
            answer = send(_bearer(self._tokens.renew(token, deadline_s=deadline_s)))
        return answer

    def _token(self, deadline_s: float) -> str:
        return self._tokens.token(deadline_s=deadline_s) if self._tokens else ""

    def _below(self, page: str) -> str:
        """The rest of an address behind the base URL; "" for any other."""
        rest = page.removeprefix(self.base_url) if page.startswith(self.base_url) else ""
        return rest.lstrip("/") if rest.startswith(("/", "?")) else ""


def offers_everything(statement: Json) -> bool:
    """Whether a CapabilityStatement lists $everything for a Patient."""
    return any(
        operation.get("name") in ("everything", "$everything")
        for rest in _dicts(statement.get("rest"))
        for resource in _dicts(rest.get("resource"))
        if resource.get("type") == "Patient"
        for operation in _dicts(resource.get("operation"))
    )


def _dicts(value: Any) -> Sequence[Json]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"} if token else {}


def _decimal(value: Any) -> orjson.Fragment:
    return orjson.Fragment(format(value, "f"))


def _failed(error: Exception) -> Read:
    match error:
        case NoAnswer():
            outcome = ReadOutcome.TOO_LATE if error.late else ReadOutcome.UNREACHABLE
            return Read(outcome=outcome, why=f"the FHIR server {error.why}")
        case Refusal():
            return Read(outcome=ReadOutcome.REFUSED, why=f"the FHIR server {error.why}")
    return Read(outcome=ReadOutcome.REFUSED, why=f"the FHIR server was not asked: {getattr(error, 'why', '')}")


def _joined(first: Read, rest: Read) -> Read:
    """One search of which the first page came in a batch and the others by themselves."""
    if rest.outcome is ReadOutcome.FETCHED:
        return Read(outcome=first.outcome, resources=first.resources + rest.resources, why=first.why)
    why = rest.why if rest.outcome is ReadOutcome.FETCHED_IN_PART else f"not all pages were read: {rest.why}"
    return Read(outcome=ReadOutcome.FETCHED_IN_PART, resources=first.resources + rest.resources, why=why)
