"""An answer of ours on its way into an EHR: what of it the server can store, under which condition, and what became of each resource."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from service.fhir.elements import Json, dicts
from service.fhir.own_identity import tagged

# R4 has a search by identifier for all that we write but this; the tag is one of every resource.
_NO_IDENTIFIER = frozenset(("Provenance",))


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One thing to say about the writing, as an issue of an OperationOutcome."""

    severity: str
    issue_type: str
    diagnostics: str
    expression: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WritePlan:
    """`entries` as they go out, each with a condition; `places` where each stands in the answer; `told` what does not go out, and why.

    `atomic`: as one transaction, all or nothing; else in batches, entry by entry, for a server that takes no transaction.
    """

    entries: tuple[Json, ...]
    places: tuple[str, ...]
    told: tuple[Told, ...]
    atomic: bool


def write_plan(transaction: Json, statement: Json | None, *, unlisted: bool = True) -> WritePlan:
    """The plan for a server with this CapabilityStatement; None: what R4 says that servers have is believed of it.

    `unlisted`: types that it does not list go out too, on a condition that R4 gives every type. Many statements are shorter than what their servers do.
    """
    offered = _offered(statement)
    entries: list[Json] = []
    places: list[str] = []
    told: list[Told] = []
    gone: dict[str, Json] = {}
    for number, entry in enumerate(transaction["entry"]):
        resource, place = entry["resource"], f"Bundle.entry[{number}]"
        sent, why = _conditional(resource, offered, unlisted=unlisted)
        if sent is None:
            gone[entry["fullUrl"]] = resource
            said = f"{resource['resourceType']} was not written: {why}."
            told.append(Told(severity="warning", issue_type="not-supported", diagnostics=said, expression=place))
        else:
            entries.append({"fullUrl": entry["fullUrl"], **sent})
            places.append(place)
    return WritePlan(
        entries=tuple(_without(entry, gone) for entry in entries),
        places=tuple(places),
        told=tuple(told),
        atomic=_takes_transactions(statement),
    )


def next_round(entries: Mapping[int, Json], known: Mapping[str, str]) -> dict[int, Json]:
    """Of the entries that are left those that refer to nothing that is not stored yet, with what they refer to by its place in the server."""
    urls = {entry["fullUrl"] for entry in entries.values()}
    return {
        number: placed(entry, known)
        for number, entry in entries.items()
        if not {one["reference"] for one in _references(entry["resource"])} & (urls - {entry["fullUrl"]})
    }


def placed(entry: Json, known: Mapping[str, str]) -> Json:
    """The entry with its references to what is `known` turned into where that is."""

    def replaced(reference: Json) -> Json:
        url = reference.get("reference", "")
        return {**reference, "reference": known[url]} if url in known else reference

    return {**entry, "resource": _mapped(entry["resource"], replaced)}


def without_stored(plan: WritePlan, there: Mapping[str, str]) -> WritePlan:
    """The plan without the entries that are stored already, by their fullUrls with where they are; what refers to them refers to that place."""
    numbers = range(len(plan.entries))
    gone = {number: there[url] for number in numbers if (url := plan.entries[number]["fullUrl"]) in there}
    left = [number for number in numbers if number not in gone]
    told = [
        Told(
            severity="information",
            issue_type="informational",
            diagnostics=f"{plan.entries[number]['resource']['resourceType']} was there already, more than once, as {place} for one; nothing was changed.",
            expression=plan.places[number],
        )
        for number, place in gone.items()
    ]
    return replace(
        plan,
        entries=tuple(placed(plan.entries[number], there) for number in left),
        places=tuple(plan.places[number] for number in left),
        told=(*told, *plan.told),
    )


def without_refused(entries: Mapping[int, Json], refused: Iterable[Json]) -> dict[int, Json]:
    """The entries with nothing in them that leads to a refused one."""
    gone = {entry["fullUrl"]: entry["resource"] for entry in refused}
    return {number: _without(entry, gone) for number, entry in entries.items()}


def batch_of(entries: Iterable[Json], *, atomic: bool) -> Json:
    """The Bundle to POST."""
    return {"resourceType": "Bundle", "type": "transaction" if atomic else "batch", "entry": list(entries)}


def with_told(bundle: Json, told: Sequence[Told]) -> Json:
    """The collection with what became of the writing in its OperationOutcome, before what is said of the input."""
    issues = [_issue(one) for one in told]
    entries = [
        {**entry, "resource": {**entry["resource"], "issue": [*issues, *entry["resource"]["issue"]]}}
        if entry["resource"]["resourceType"] == "OperationOutcome"
        else entry
        for entry in bundle["entry"]
    ]
    return {**bundle, "entry": entries}


def _issue(one: Told) -> Json:
    issue: Json = {"severity": one.severity, "code": one.issue_type, "diagnostics": one.diagnostics}
    return issue | ({"expression": [one.expression]} if one.expression else {})


def _offered(statement: Json | None) -> Mapping[str, frozenset[str]] | None:
    """By type that can be created, the names of what it can be searched by; None when that is not said."""
    if statement is None:
        return None
    found: dict[str, frozenset[str]] = {}
    for rest in dicts(statement.get("rest")):
        common = _words(rest, "searchParam", "name")
        for resource in dicts(rest.get("resource")):
            if "create" in _words(resource, "interaction", "code"):
                found[str(resource.get("type"))] = common | _words(resource, "searchParam", "name")
    return found or None


def _takes_transactions(statement: Json | None) -> bool:
    codes = {code for rest in dicts((statement or {}).get("rest")) for code in _words(rest, "interaction", "code")}
    return "batch" not in codes or "transaction" in codes


def _words(element: Json, list_name: str, name: str) -> frozenset[str]:
    """The words under a name in the objects of a list, whatever else a server has put there."""
    return frozenset(word for one in dicts(element.get(list_name)) if isinstance(word := one.get(name), str))


def _conditional(resource: Json, offered: Mapping[str, frozenset[str]] | None, *, unlisted: bool) -> tuple[Json | None, str]:
    """The entry with its condition; or None and why it cannot be sent."""
    kind = resource["resourceType"]
    names = frozenset({"identifier", "_tag"})
    if offered is not None:
        if kind not in offered and not unlisted:
            return None, "the server does not say that it creates this type, and refused it"
        names = offered.get(kind, frozenset({"_tag"}))
    if kind not in _NO_IDENTIFIER and "identifier" in names:
        own = dicts(resource["identifier"])[0]
        return _posted(resource, f"identifier={own['system']}|{own['value']}"), ""
    if "_tag" in names:
        sent = tagged(resource)
        own = sent["meta"]["tag"][0]
        return _posted(sent, f"_tag={own['system']}|{own['code']}"), ""
    return None, "the server offers no search by which a second one could be told from the first"


def fulfils(resource: Json, condition: str) -> bool:
    """Whether a resource is one that such a condition of ours is about."""
    meta = resource.get("meta")
    tags = dicts(meta.get("tag")) if isinstance(meta, dict) else ()
    named = [f"identifier={one.get('system')}|{one.get('value')}" for one in dicts(resource.get("identifier"))]
    return condition in (*named, *(f"_tag={one.get('system')}|{one.get('code')}" for one in tags))


def _posted(resource: Json, condition: str) -> Json:
    # The server gives the id, and some refuse one that comes with a POST.
    sent = {name: value for name, value in resource.items() if name != "id"}
    return {"resource": sent, "request": {"method": "POST", "url": resource["resourceType"], "ifNoneExist": condition}}


def _without(entry: Json, gone: Mapping[str, Json]) -> Json:
    """The entry with references to what is not sent turned into its identifier, by which it can be found should it come another way."""

    def replaced(reference: Json) -> Json:
        lost = gone.get(reference.get("reference", ""))
        if lost is None:
            return reference
        if "identifier" in lost:
            return {"type": lost["resourceType"], "identifier": dicts(lost["identifier"])[0]}
        return {"type": lost["resourceType"], "display": "not stored"}

    return {**entry, "resource": _mapped(entry["resource"], replaced)} if gone else entry


def _mapped(value: Any, changed: Any) -> Any:
    if isinstance(value, dict):
        if isinstance(value.get("reference"), str):
            return changed(value)
        return {name: _mapped(child, changed) for name, child in value.items()}
    return [_mapped(child, changed) for child in value] if isinstance(value, list) else value


def _references(value: Any) -> Iterator[Json]:
    if isinstance(value, dict):
        if isinstance(value.get("reference"), str):
            yield value
        else:
            for child in value.values():
                yield from _references(child)
    elif isinstance(value, list):
        for child in value:
            yield from _references(child)
