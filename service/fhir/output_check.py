"""Our own check of what leaves: what R4 4.0.1 demands of the elements we emit, and what we demand of ourselves.

The model library checks neither required bindings, nor invariants, nor where a reference leads; this does, for our answers only.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from service.errors import OutputError, Problem
from service.fhir.elements import Json
from service.fhir.fixed import Fixed
from service.fhir.knowledge.code_systems import MEMBERS
from service.fhir.output_demands import DEMANDS
from service.fhir.terminology.code import LOINC, UCUM

_ID = re.compile(r"[A-Za-z0-9.-]{1,64}")
_UNITS = frozenset({"%", "{ratio}", "mm[Hg]"})
_BLOOD_PRESSURE_PROFILE = frozenset({"8480-6", "85354-9", "55284-4", "8459-0", "35094-2", "76534-7"})
"""LOINC codes that validators bind to the blood pressure profile, which an ankle pressure cannot satisfy."""

_LISTED: Mapping[str, frozenset[str]] = {**MEMBERS, UCUM: _UNITS}
"""Systems of which every code that may leave is known."""
_KIND_OF_CODE: Mapping[str, str] = {system: f"no code of {system}" for system in MEMBERS} | {UCUM: "none of our UCUM units"}


def violations(bundle: Json) -> tuple[str, ...]:
    """What an answer breaks, each with its place; () when it may leave."""
    found: list[str] = []
    entries = bundle["entry"]
    urls = {entry["fullUrl"] for entry in entries}
    if len(urls) < len(entries):
        found.append("Bundle.entry: two entries with one fullUrl")
    sent = bundle["type"] == "transaction"
    for number, entry in enumerate(entries):
        said = _entry(entry, urls, sent=sent)
        if said:
            place = f"Bundle.entry[{number}] ({entry['resource']['resourceType']})"
            found += [f"{place}: {one}" for one in said]
    return tuple(found)


def checked(bundle: Json) -> Json:
    """The same answer. Raises OutputError with every violation when there is one."""
    found = violations(bundle)
    if found:
        raise OutputError([Problem(issue_type="exception", diagnostics=one) for one in found])
    return bundle


def _entry(entry: Json, urls: set[str], *, sent: bool) -> list[str]:
    resource = entry["resource"]
    resource_type = resource["resourceType"]
    found: list[str] = []
    if entry["fullUrl"] != f"urn:uuid:{resource.get('id')}":
        found.append("the fullUrl is not the id's")
    if not _ID.fullmatch(resource.get("id", "")):
        found.append("the id is not 1 to 64 letters, digits, hyphens and dots")
    if sent != ("request" in entry):
        found.append("a request belongs to each entry of a transaction, and to no other")
    demands = DEMANDS.get(resource_type)
    if demands is None:
        return [*found, "not a resource of an answer"]
    if sent and resource_type in ("OperationOutcome", "Parameters"):
        found.append("no server stores it")
    found += [f"{name} is missing" for name in demands.required if name not in resource]
    for name, codes in demands.bound:
        if resource.get(name) not in codes:
            found.append(_unbound(name, resource.get(name), codes))
    for element, name, codes in demands.bound_inside:
        for number, part in enumerate(resource.get(element, ())):
            if part.get(name) not in codes:
                found.append(_unbound(f"{element}[{number}].{name}", part.get(name), codes))
    everywhere(resource, urls, found)
    if demands.rules is not None:
        demands.rules(resource, found)
    return found


def _unbound(place: str, code: object, codes: frozenset[str]) -> str:
    return f"{place} is {code!r}, which is none of {', '.join(sorted(codes))}"


def everywhere(resource: Json, urls: set[str], found: list[str]) -> None:
    """Add to `found` what breaks a rule for every element: nothing empty, references that lead somewhere, codes that exist, ranges the right way round."""
    waiting: list[Any] = [resource]
    wait_for = waiting.append
    # The list grows while it is read, until it has held every object below the resource. What has a system (Coding, Quantity, Identifier)
    # holds plain values only in our answers and is not searched further: that is a third of all there is.
    for node in waiting:
        if type(node) is not dict:
            if type(node) is Fixed and not node.sound:
                before = len(found)
                everywhere(dict(node), urls, found)
                node.sound = len(found) == before
            continue
        if "system" in node:
            system, code = node["system"], node.get("code")
            listed = _LISTED.get(system)
            if listed is None:
                if code in _BLOOD_PRESSURE_PROFILE and system == LOINC:
                    found.append(f"LOINC {code} asks for the blood pressure profile")
            elif code not in listed:
                found.append(f"{code} is {_KIND_OF_CODE[system]}")
            if all(node.values()):
                continue
        elif "reference" in node and type(reference := node["reference"]) is str:
            if reference not in urls and reference.startswith("urn:"):
                found.append(f"{reference} leads nowhere in this Bundle")
            if reference and len(node) == 1:
                continue
        elif "low" in node and node["low"]["value"] > node["high"]["value"]:
            found.append(f"the low end {node['low']['value']} is above the high end {node['high']['value']}")
        for child in node.values():
            kind = type(child)
            if kind is str:
                if child:
                    continue
            elif kind is dict or kind is Fixed:
                if child:
                    wait_for(child)
                    continue
            elif kind is list:
                if child:
                    waiting += child
                    continue
            elif child is not None:
                continue
            found.append(f"{next(name for name in node if node[name] is child)} is empty")
