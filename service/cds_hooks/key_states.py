"""What the client sent for one prefetch key, told apart: missing, no data, failed, of the wrong type, partial, given. One function for each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from service.cds_hooks.prefetch import KeyState
from service.fhir.elements import Json, dicts
from service.fhir.exchange.record_queries import RecordQuery
from service.fhir.json_format import shortened

_GRAVE = frozenset(("fatal", "error"))
# Issue types that say of a search that there is more than it gives. A mere remark, such as that nothing was found, is another one.
_INCOMPLETE = frozenset(
    (
        "incomplete",
        "suppressed",
        "forbidden",
        "security",
        "login",
        "expired",
        "too-costly",
        "throttled",
        "timeout",
        "transient",
        "lock-error",
        "no-store",
    )
)
_NO_WARNING = frozenset(("informational", "not-found", "success"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One resource as it came: where from (a FHIRPath in the request, for errors), its fullUrl or "", and itself."""

    path: str
    full_url: str = ""
    resource: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One key as sent. `next_page` is the link to more, "" where there is none; `why` a sentence without patient data, "" for what needs none."""

    state: KeyState
    held: tuple[Held, ...] = ()
    next_page: str = ""
    counted: tuple[int, int] = (0, 0)
    """With a next page: how many entries came, and how many the server counts."""
    why: str = ""


def sent_for(query: RecordQuery, prefetch: Json | None) -> Sent:
    """What the prefetch holds for this query."""
    if prefetch is None:
        return _missing("the request has no prefetch")
    if query.key not in prefetch:
        return _missing("the key was not sent")
    value = prefetch[query.key]
    path = f"prefetch.{query.key}"
    if value is None:
        return _no_data()
    if not isinstance(value, dict):
        return _wrong_type(query, "something that is no resource")
    resource_type = value.get("resourceType")
    if resource_type == "OperationOutcome":
        return _failed([value])
    if resource_type == query.resource_type:
        return Sent(state=KeyState.GIVEN, held=(Held(path=path, resource=value),))
    if resource_type == "Bundle" and isinstance(value.get("entry", []), list):
        return _searched(query, value, path)
    return _wrong_type(query, f"a {shortened(str(resource_type))}")


def held_elsewhere(prefetch: Json | None, known: Iterable[str]) -> tuple[Held, ...]:
    """The resources under keys of the client's own."""
    keys = set(prefetch or ()) - set(known)
    return tuple(held for key in sorted(keys) for held in held_in((prefetch or {})[key], f"prefetch.{key}"))


def held_in(value: Any, path: str) -> tuple[Held, ...]:
    """The resources of a Bundle, or the resource itself; nothing of anything else. OperationOutcomes are no part of a record."""
    if not isinstance(value, dict):
        return ()
    if value.get("resourceType") != "Bundle":
        return _kept(value, path, "")
    entries = value.get("entry")
    numbered = enumerate(entries if isinstance(entries, list) else ())
    return tuple(
        held
        for position, entry in numbered
        if isinstance(entry, dict)
        for held in _kept(entry.get("resource"), f"{path}.entry[{position}].resource", entry.get("fullUrl"))
    )


def _kept(resource: Any, path: str, full_url: Any) -> tuple[Held, ...]:
    named = isinstance(resource, dict) and isinstance(resource.get("resourceType"), str)
    if not named or resource["resourceType"] in ("", "OperationOutcome"):
        return ()
    return (Held(path=path, full_url=full_url if isinstance(full_url, str) else "", resource=resource),)


def _missing(why: str) -> Sent:
    return Sent(state=KeyState.MISSING, why=why)


def _no_data() -> Sent:
    """null or an empty search: the client says that the record has none, so nobody asks again."""
    return Sent(state=KeyState.NO_DATA)


def _failed(outcomes: list[Json]) -> Sent:
    codes = ", ".join(dict.fromkeys(_codes(outcomes))) or "no cause given"
    return Sent(state=KeyState.FAILED, why=f"the client tried and could not ({codes})")


def _wrong_type(query: RecordQuery, what: str) -> Sent:
    wanted = "a Patient" if query.resource_type == "Patient" else f"a Bundle of {query.resource_type} resources"
    return Sent(state=KeyState.WRONG_TYPE, why=f"the key holds {what}; it has to be {wanted}")


def _searched(query: RecordQuery, bundle: Json, path: str) -> Sent:
    held = held_in(bundle, path)
    outcomes: list[Json] = [entry["resource"] for entry in dicts(bundle.get("entry")) if _is_outcome(entry.get("resource"))]
    asked_for = [one for one in held if one.resource["resourceType"] == query.resource_type]
    if held and not asked_for and not _are_all_included(bundle):
        return _wrong_type(query, f"a Bundle of {shortened(held[0].resource['resourceType'])} resources")
    if not held and not _GRAVE.isdisjoint(_severities(outcomes)):
        return _failed(outcomes)
    total = bundle.get("total")
    more = isinstance(total, int) and total > len(asked_for)
    next_page = _next_page(bundle)
    if next_page:
        counted = (len(asked_for) + len(outcomes), total if isinstance(total, int) else 0)
        return _partial(held, "the search has more pages", next_page, counted)
    if _says_incomplete(outcomes, found=bool(held)):
        return _partial(held, "the server of the record says that it left something out")
    if more:
        return _partial(held, f"the search found {total} and {len(asked_for)} of them were sent")
    return Sent(state=KeyState.GIVEN, held=held) if held else _no_data()


def _partial(held: tuple[Held, ...], why: str, next_page: str = "", counted: tuple[int, int] = (0, 0)) -> Sent:
    return Sent(state=KeyState.PARTIAL, held=held, why=why, next_page=next_page, counted=counted)


def _is_outcome(resource: Any) -> bool:
    return isinstance(resource, dict) and resource.get("resourceType") == "OperationOutcome"


def _are_all_included(bundle: Json) -> bool:
    """Whether every resource is there only because another refers to it."""
    entries = [entry for entry in dicts(bundle.get("entry")) if entry.get("resource") and not _is_outcome(entry["resource"])]
    return all(isinstance(entry.get("search"), dict) and entry["search"].get("mode") == "include" for entry in entries)


def _next_page(bundle: Json) -> str:
    for link in dicts(bundle.get("link")):
        if link.get("relation") == "next" and isinstance(link.get("url"), str):
            return str(link["url"])
    return ""


def _says_incomplete(outcomes: list[Json], *, found: bool) -> bool:
    """A warning beside results says that some are lacking, unless its type says that it is a mere remark; beside nothing, only its type can say so."""
    for issue in (issue for outcome in outcomes for issue in dicts(outcome.get("issue"))):
        code, severity = str(issue.get("code")), str(issue.get("severity"))
        if code in _INCOMPLETE or severity in _GRAVE:
            return True
        if found and severity == "warning" and code not in _NO_WARNING:
            return True
    return False


def _severities(outcomes: list[Json]) -> set[str]:
    return {str(issue.get("severity")) for outcome in outcomes for issue in dicts(outcome.get("issue"))}


def _codes(outcomes: list[Json]) -> list[str]:
    """The issue types only: the words of an outcome may be about the patient."""
    codes = [issue.get("code") for outcome in outcomes for issue in dicts(outcome.get("issue"))]
    return [code for code in codes if isinstance(code, str) and code.replace("-", "").isalpha() and len(code) < 40]
