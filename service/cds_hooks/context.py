"""The context of a hook, held against the rules of that hook."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from service.cds_hooks.departures import Departure, Grace, departure
from service.cds_hooks.hooks import HOOKS, ContextField, FieldType, Hook, HookRules
from service.fhir.elements import Json, dicts
from service.fhir.exchange.record_queries import is_usable_id

_FHIR_ID = re.compile(r"[A-Za-z0-9.-]{1,64}")
_USER = re.compile(r"([A-Z][A-Za-z]*)/[A-Za-z0-9.-]{1,64}")


def context_departures(hook: Hook, context: Json) -> Iterator[Departure]:
    """Every field of the hook that is missing, of the wrong type or of no use."""
    rules = HOOKS[hook]
    for field in rules.fields:
        path = f"context.{field.name}"
        value = context.get(field.name)
        if value is not None:
            yield from _READERS[field.type](path, value, rules)
        elif field.required or field.name in context:
            yield _missing(path, field, hook)
    if isinstance(context.get("selections"), list):
        yield from _unmatched(context["selections"], context.get("draftOrders"))


def without_type(resource_type: str, reference: str) -> str:
    """ "p1" of "Patient/p1" and of "p1"."""
    return reference.removeprefix(f"{resource_type}/")


def _missing(path: str, field: ContextField, hook: Hook) -> Departure:
    if not field.required:
        return departure("structure", path, f"{path} is null, which was read as left out; leave it out.", Grace.EVERYBODY)
    said = f"{path} is missing; {hook} needs it: send {field.type}."
    return departure("required", path, said, Grace.LENIENT if field.forgivable else Grace.NOBODY)


def _id(path: str, value: Any, _rules: HookRules) -> Iterator[Departure]:
    """A FHIR id. Known clients send longer ones, and some put the type before it; anything that would change a URL is refused."""
    if not isinstance(value, str):
        yield departure("structure", path, f"{path} is not text; send the id of the resource.")
        return
    resource_type = path.removeprefix("context.").removesuffix("Id").capitalize()
    bare = without_type(resource_type, value)
    if not is_usable_id(bare):
        yield departure("value", path, f"{path} is no FHIR id; send 1 to 64 letters, digits, dots and hyphens.")
    elif bare != value:
        yield departure("value", path, f"{path} has the type before the id; send the id alone.", Grace.LENIENT)
    elif not _FHIR_ID.fullmatch(bare):
        yield departure(
            "value", path, f"{path} is longer than the 64 characters of a FHIR id, or holds an underscore.", Grace.LENIENT
        )


def _user(path: str, value: Any, rules: HookRules) -> Iterator[Departure]:
    if not isinstance(value, str) or not value:
        yield departure("structure", path, f"{path} is not text; send Type/id, such as Practitioner/123.")
        return
    named = _USER.fullmatch(value)
    if named is None:
        yield departure(
            "value", path, f"{path} is not Type/id; send a relative reference, such as Practitioner/123.", Grace.LENIENT
        )
    elif named[1] not in rules.users:
        said = f"{path} is a {named[1]}; this hook expects {' or '.join(rules.users)}."
        yield departure("value", path, said, Grace.EVERYBODY)


def _ids(path: str, value: Any, _rules: HookRules) -> Iterator[Departure]:
    if not isinstance(value, list):
        yield departure("structure", path, f"{path} is not a list; send the ids of the orders that were just chosen.")
        return
    for position, one in enumerate(value):
        if not isinstance(one, str) or not one:
            yield departure(
                "structure", f"{path}[{position}]", f"{path}[{position}] is not text; send the id of an entry of draftOrders."
            )


def _bundle(path: str, value: Any, _rules: HookRules) -> Iterator[Departure]:
    if not isinstance(value, dict) or value.get("resourceType") != "Bundle":
        yield departure(
            "structure",
            path,
            f'{path} is not a FHIR Bundle; send {{"resourceType": "Bundle", "type": "collection", "entry": [...]}}.',
        )
    elif not isinstance(value.get("entry", []), list):
        yield departure("structure", f"{path}.entry", f"{path}.entry is not a list; send the resources as its entries.")


_READERS: Mapping[FieldType, Callable[[str, Any, HookRules], Iterator[Departure]]] = {
    FieldType.ID: _id,
    FieldType.USER: _user,
    FieldType.IDS: _ids,
    FieldType.BUNDLE: _bundle,
}


def _unmatched(selections: list[Any], drafts: Any) -> Iterator[Departure]:
    """Selections that name no draft; with or without the type before the id, as both are sent."""
    known: set[str] = set()
    for entry in dicts(drafts.get("entry")) if isinstance(drafts, dict) else ():
        resource = entry.get("resource")
        if isinstance(resource, dict) and isinstance(resource.get("id"), str):
            known |= {resource["id"], f"{resource.get('resourceType')}/{resource['id']}"}
        if isinstance(entry.get("fullUrl"), str):
            known.add(entry["fullUrl"])
    for position, one in enumerate(selections):
        if isinstance(one, str) and one and one not in known:
            path = f"context.selections[{position}]"
            yield departure("not-found", path, f"{path} names no entry of context.draftOrders.", Grace.EVERYBODY)
