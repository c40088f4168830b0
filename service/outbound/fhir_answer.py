"""What a FHIR server's answer is: a resource, a page of a search, or a reason why there is none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin

import orjson

from service.outbound.address_guard import read_url
from service.outbound.answer import Answer, NoAnswer

Json = dict[str, Any]

_FHIR_JSON = ("application/fhir+json", "application/json", "application/json+fhir")


class Refusal(Exception):
    """The server will not give this. `why` goes on from "the FHIR server ..."; `missing` when it says that there is no such thing."""

    def __init__(self, why: str, *, missing: bool = False) -> None:
        super().__init__(why)
        self.why = why
        self.missing = missing


@dataclass(slots=True)
class Pages:
    """What has come of one search so far, so that the pages before a deadline are not lost with those after it."""

    resources: list[Json] = field(default_factory=list)
    pages: int = 0
    left_out: bool = False
    seen: int = 0
    """Entries of all pages but those included for others, which no total counts; remarks of the server among them, as a careless server counts them."""
    total: int = 0
    """How many the server says there are."""

    @property
    def too_few(self) -> bool:
        """Whether the server counts more than it gave: some cap what a search answers, and send no link to the rest."""
        return self.total > self.seen


def resource_of(answer: Answer) -> Json:
    """The resource in an answer. Raises Refusal or NoAnswer, which say what came instead."""
    match answer.status:
        case 200:
            pass
        case 401:
            raise Refusal("does not accept the access token, or no longer")
        case 403:
            raise Refusal("does not allow this with the access token of the request")
        case 404 | 410:
            raise Refusal("does not have this", missing=True)
        case 429:
            raise NoAnswer("is asked too often, and answered with status 429")
        case status if 300 <= status < 400:
            raise Refusal("points to another address, which is not followed")
        case status if 400 <= status < 500:
            raise Refusal(f"refused the question with status {status}")
        case status:
            raise NoAnswer(f"answered with status {status}")
    if answer.media_type not in _FHIR_JSON:
        raise NoAnswer("answered with something that is not FHIR as JSON")
    try:
        resource = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        raise NoAnswer("answered with JSON that cannot be read, or only half of it") from None
    if not isinstance(resource, dict) or not isinstance(resource.get("resourceType"), str):
        raise NoAnswer("answered with JSON that is no FHIR resource")
    return resource


def take_one(resource: Json, url: str, so_far: Pages) -> None:
    """Keep what was read by its id. Raises NoAnswer for another kind of resource."""
    wanted = read_url(url)[1].rsplit("/", 2)[-2]
    if resource["resourceType"] != wanted:
        raise NoAnswer("answered with another kind of resource than it was asked for")
    so_far.resources.append(resource)
    so_far.pages += 1


def take_page(bundle: Json, so_far: Pages) -> None:
    """Keep the resources of one page of a search. Raises NoAnswer for anything but a Bundle."""
    if bundle["resourceType"] != "Bundle":
        raise NoAnswer("answered with another kind of resource than it was asked for")
    outcomes: list[Json] = []
    for entry in _objects(bundle.get("entry")):
        resource = entry.get("resource")
        if isinstance(resource, dict):
            so_far.seen += not _is_included(entry)
            (outcomes if resource.get("resourceType") == "OperationOutcome" else so_far.resources).append(resource)
    total = bundle.get("total")
    so_far.total = max(so_far.total, total) if isinstance(total, int) else so_far.total
    so_far.left_out |= _says_more(outcomes, found=bool(so_far.resources))
    so_far.pages += 1


def _says_more(outcomes: Sequence[Json], *, found: bool) -> bool:
    """Whether the search is told to be incomplete. A warning beside nothing is how some servers say that nothing was found."""
    severities = {str(issue.get("severity")) for outcome in outcomes for issue in _objects(outcome.get("issue"))}
    return bool(severities & {"error", "fatal"}) or (found and "warning" in severities)


def next_page(bundle: Json, url: str) -> str:
    """Where the page at this address says that the next one is, or "". What is no address stays as it is, for whoever checks whose it is."""
    for link in _objects(bundle.get("link")):
        if link.get("relation") == "next" and isinstance(link.get("url"), str):
            said = str(link["url"])
            try:
                return urljoin(url, said) if said else ""
            except ValueError:
                return said
    return ""


def _is_included(entry: Json) -> bool:
    search = entry.get("search")
    return isinstance(search, dict) and search.get("mode") == "include"


def _objects(value: Any) -> Iterator[Json]:
    return (item for item in value if isinstance(item, dict)) if isinstance(value, list) else iter(())
