"""From a hook request to the one Bundle to assess: what was sent, what is missing fetched together, and all of it about one patient."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from service.cds_hooks.clients import Client
from service.cds_hooks.key_states import Held, Sent, held_elsewhere, sent_for
from service.cds_hooks.patient_guard import refuse_other_patients
from service.cds_hooks.prefetch import Fetch, Gathered, KeyReport, KeyState
from service.cds_hooks.request import HookRequest
from service.errors import PreconditionFailed, Problem
from service.fhir.elements import Json
from service.fhir.exchange.record_queries import RecordQuery
from service.fhir.extract import LOOKED_UP, READERS

_USED = frozenset(("Patient", *READERS, *LOOKED_UP))
_ISSUE_TYPES: Mapping[Fetch, str] = {
    Fetch.REFUSED: "forbidden",
    Fetch.UNREACHABLE: "transient",
    Fetch.TOO_LATE: "timeout",
}


class Read(Protocol):
    """What the search for one key came to."""

    @property
    def outcome(self) -> str:
        """A value of Fetch."""

    @property
    def resources(self) -> tuple[Json, ...]: ...

    @property
    def why(self) -> str:
        """A sentence when something is lacking, else ""."""


class ReadTogether(Protocol):
    """Reads several searches from a client's FHIR server at once, by a moment of the monotonic clock; decides whether that server may be asked at all."""

    def __call__(
        self,
        searches: Mapping[str, str],
        *,
        base_url: str,
        token: str,
        allowed: Sequence[str],
        deadline_s: float,
        already: Mapping[str, tuple[int, int]],
    ) -> Mapping[str, Read]:
        """`already`: of searches whose first page was sent, how many entries that holds, and how many its server counts."""


def gather(
    request: HookRequest,
    client: Client,
    *,
    queries: Sequence[RecordQuery],
    read: ReadTogether | None,
    now: datetime,
    deadline_s: float,
) -> Gathered:
    """Everything known of the patient, each resource once.

    Raises Unprocessable where any of it is about another patient, and PreconditionFailed where data that every judgement needs was neither sent nor
    could be fetched, key by key. Data that is there and not enough is no reason for either.
    """
    sent = {query.key: sent_for(query, request.prefetch) for query in queries}
    elsewhere = held_elsewhere(request.prefetch, sent)
    refuse_other_patients(request, [*_all_of(sent), *elsewhere])
    searches = {query.key: search for query in queries if (search := _search(query, sent[query.key], request))}
    impossible = _why_impossible(request, now) or ("" if read else "this service does not fetch")
    reads: Mapping[str, Read] = {}
    if searches and not impossible and read and request.authorization:
        reads = read(
            searches,
            base_url=request.fhir_server,
            token=request.authorization.access_token,
            allowed=client.fhir_servers,
            deadline_s=deadline_s,
            already={key: sent[key].counted for key in searches if sent[key].next_page},
        )
    fetched = {key: _held(key, one) for key, one in reads.items()}
    refuse_other_patients(request, [one for held in fetched.values() for one in held])
    keys = tuple(
        _report(query, sent[query.key], searched=query.key in searches, read=reads.get(query.key), impossible=impossible)
        for query in queries
    )
    _refuse_without_mandatory(queries, keys, sent)
    return Gathered(
        bundle=_collection(request, [*_all_of(sent), *elsewhere, *(one for held in fetched.values() for one in held)]), keys=keys
    )


def _all_of(sent: Mapping[str, Sent]) -> Iterable[Held]:
    return [held for one in sent.values() for held in one.held]


def _search(query: RecordQuery, sent: Sent, request: HookRequest) -> str:
    """What to ask the server for under this key; "" for nothing. The client's own failure is tried again once, and only where it matters."""
    match sent.state:
        case KeyState.MISSING | KeyState.WRONG_TYPE:
            return query.search(request.patient_id)
        case KeyState.FAILED if query.mandatory:
            return query.search(request.patient_id)
        case KeyState.PARTIAL:
            return _below(sent.next_page, request.fhir_server)
    return ""


def _below(page: str, base_url: str) -> str:
    """The rest of an address behind the client's own FHIR server; "" for any other, to which the token does not go."""
    rest = page.removeprefix(base_url) if base_url else page
    return rest.removeprefix("/") if rest != page and rest[:1] in ("/", "?") else ""


def _why_impossible(request: HookRequest, now: datetime) -> str:
    if not request.fhir_server:
        return "the request names no fhirServer"
    if request.authorization is None:
        return "the request has no fhirAuthorization"
    return "the token of the request has expired" if request.authorization.expires_at <= now else ""


def _held(key: str, read: Read) -> tuple[Held, ...]:
    return tuple(
        Held(path=f"prefetch.{key}", resource=resource)
        for resource in read.resources
        if isinstance(resource.get("resourceType"), str) and resource["resourceType"] != "OperationOutcome"
    )


def _report(query: RecordQuery, sent: Sent, *, searched: bool, read: Read | None, impossible: str) -> KeyReport:
    fetch, why = Fetch.NOT_NEEDED, sent.why
    if read is not None:
        fetch = Fetch(read.outcome)
        why = "; ".join(filter(None, (sent.why, read.why)))
    elif searched:
        fetch = Fetch.NOT_POSSIBLE
        why = f"{sent.why}; {impossible}"
    resources = [one.resource for one in sent.held] + list(read.resources if read else ())
    resources = [one for one in resources if one.get("resourceType") == query.resource_type]
    return KeyReport(
        key=query.key,
        mandatory=query.mandatory,
        state=sent.state,
        fetch=fetch,
        resources=len(resources),
        newest=query.newest(resources),
        why=why,
    )


def _refuse_without_mandatory(queries: Sequence[RecordQuery], keys: Sequence[KeyReport], sent: Mapping[str, Sent]) -> None:
    lacking = [
        Problem(
            issue_type=_issue_type(sent[report.key], report),
            expression=f"prefetch.{report.key}",
            diagnostics=(
                f"{report.key} ({query.about}) is mandatory: {report.why}. Send the prefetch key, with null where the record has nothing, or a "
                "fhirServer that this client is registered for with a fhirAuthorization."
            ),
        )
        for query, report in zip(queries, keys, strict=True)
        if report.mandatory and not report.available
    ]
    if lacking:
        raise PreconditionFailed(lacking)


def _issue_type(sent: Sent, report: KeyReport) -> str:
    if sent.state is KeyState.WRONG_TYPE:
        return "structure"
    return _ISSUE_TYPES.get(report.fetch) or ("incomplete" if sent.state is KeyState.FAILED else "not-found")


def _collection(request: HookRequest, held: Iterable[Held]) -> Json:
    """Each resource once, by type, id and version; where two differ under one version, the assessment chooses and says so.

    A patient of whom nothing is on record is still a patient: the context says who it is.
    """
    entries: list[Json] = []
    seen: dict[tuple[str, str, str], list[Json]] = {}
    for one in held:
        resource = one.resource
        if resource["resourceType"] not in _USED:
            continue
        meta = resource.get("meta")
        version = meta.get("versionId") if isinstance(meta, dict) else None
        same = seen.setdefault((resource["resourceType"], str(resource.get("id")), str(version)), [])
        if resource in same:
            continue
        same.append(resource)
        entries.append({"fullUrl": one.full_url, "resource": resource} if one.full_url else {"resource": resource})
    if not any(entry["resource"]["resourceType"] == "Patient" for entry in entries):
        entries.insert(0, {"resource": {"resourceType": "Patient", "id": request.patient_id}})
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}
