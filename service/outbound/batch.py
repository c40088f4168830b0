"""Several reads in one batch, and what came of each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from service.outbound.answer import Answer, NoAnswer
from service.outbound.fhir_answer import Json, Pages, Refusal, next_page, resource_of, take_one, take_page
from service.outbound.fhir_reader import Read, ReadOutcome

_FHIR_JSON = "application/fhir+json"


def batch_of(searches: Mapping[str, str]) -> Json:
    """The Bundle that asks for all of them."""
    entries = [{"request": {"method": "GET", "url": search}} for search in searches.values()]
    return {"resourceType": "Bundle", "type": "batch", "entry": entries}


def reads_of(searches: Mapping[str, str], answered: Json) -> dict[str, tuple[Read, Json]]:
    """What each search came to, with its page ({} where there is none). Raises NoAnswer for what is no answer to a batch of so many.

    The link to a next page is for the caller to follow: a page with one is not judged by its total.
    """
    entries = answered.get("entry")
    if answered.get("type") != "batch-response" or not isinstance(entries, list) or len(entries) != len(searches):
        raise NoAnswer("answered a batch with something else than an answer to each of its entries")
    return {
        key: _read(search, entry if isinstance(entry, dict) else {})
        for (key, search), entry in zip(searches.items(), entries, strict=True)
    }


def _read(search: str, entry: Json) -> tuple[Read, Json]:
    so_far = Pages()
    try:
        resource = resource_of(_answer(entry))
        if "?" not in search:
            take_one(resource, f"https://any/{search}", so_far)
            return Read(outcome=ReadOutcome.FETCHED, resources=tuple(so_far.resources)), {}
        take_page(resource, so_far)
    except NoAnswer as error:
        return Read(outcome=ReadOutcome.UNREACHABLE, why=f"the FHIR server {error.why}"), {}
    except Refusal as error:
        return Read(outcome=ReadOutcome.REFUSED, why=f"the FHIR server {error.why}", missing=error.missing), {}
    why = "the FHIR server says that it left something out" if so_far.left_out else ""
    if so_far.too_few and not next_page(resource, ""):
        why = f"the FHIR server counts {so_far.total} and gave {so_far.seen}"
    outcome = ReadOutcome.FETCHED_IN_PART if why else ReadOutcome.FETCHED
    return Read(outcome=outcome, resources=tuple(so_far.resources), why=why), resource


def counted(bundle: Json) -> tuple[int, int]:
    """How many entries of a search came with its first page, and how many the server counts, for judging the pages that come after it."""
    first = Pages()
    take_page(bundle, first)
    return first.seen, first.total


def _answer(entry: Json) -> Answer:
    """The entry as if it had come by itself."""
    response: Any = entry.get("response")
    status = str(response.get("status", "")) if isinstance(response, dict) else ""
    number = int(status[:3]) if status[:3].isdecimal() else 0
    return Answer(status=number, media_type=_FHIR_JSON, body=orjson.dumps(entry.get("resource")), headers={})
