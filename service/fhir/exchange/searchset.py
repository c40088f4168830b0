"""What is read back from the record: kept resources as a server publishes them, and searchset Bundles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from service.fhir.answer_frame import URI_SYSTEM
from service.fhir.elements import Json
from service.fhir.exchange.record_search import READ_BACK
from service.fhir.identity import full_url


def published(resource: Json, entries: Sequence[Json], *, recorded_at: datetime) -> Json:
    """A resource of a kept answer, with its references to the others of that answer (`entries`) made to lead somewhere outside of it.

    What can be read back is referred to by type and id, the rest by its identifier: nobody could read it.
    """
    types = {full_url(entry["id"]): entry["resourceType"] for entry in entries}
    rewritten: Json = _rewritten(resource, types)
    updated = recorded_at.isoformat(timespec="microseconds")
    head = {
        "resourceType": resource["resourceType"],
        "id": resource["id"],
        "meta": {**resource.get("meta", {}), "lastUpdated": updated},
    }
    return {**head, **{name: value for name, value in rewritten.items() if name not in head}}


def searchset(resources: Sequence[Json], *, base: str, total: int, links: Mapping[str, str], outcome: Json | None = None) -> Json:
    """A page of results. `base` is the address of this FHIR server, `links` relation -> address; `outcome` says what the results do not."""
    entries: list[Json] = [
        {"fullUrl": f"{base}/{one['resourceType']}/{one['id']}", "resource": one, "search": {"mode": "match"}}
        for one in resources
    ]
    if outcome is not None:
        entries.append({"resource": outcome, "search": {"mode": "outcome"}})
    bundle: Json = {
        "resourceType": "Bundle",
        "type": "searchset",
        "total": total,
        "link": [{"relation": relation, "url": url} for relation, url in links.items()],
    }
    # An empty list is no element of R4.
    return {**bundle, "entry": entries} if entries else bundle


def nothing_kept_outcome(diagnostics: str) -> Json:
    """Why a search finds nothing, as information beside the results."""
    return {
        "resourceType": "OperationOutcome",
        "issue": [{"severity": "information", "code": "informational", "diagnostics": diagnostics}],
    }


def _rewritten(value: Any, types: Mapping[str, str]) -> Any:
    if isinstance(value, list):
        return [_rewritten(item, types) for item in value]
    if not isinstance(value, dict):
        return value
    target = value.get("reference")
    if not isinstance(target, str) or target not in types:
        return {name: _rewritten(item, types) for name, item in value.items()}
    kind = types[target]
    if kind in READ_BACK:
        return {**value, "reference": f"{kind}/{target.removeprefix('urn:uuid:')}"}
    rest = {name: item for name, item in value.items() if name != "reference"}
    return {"type": kind, "identifier": {"system": URI_SYSTEM, "value": target}, **rest}
