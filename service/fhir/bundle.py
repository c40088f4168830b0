"""One Bundle taken apart: its patient, its entries, the references between them; and what of it cannot be used."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from service.clinical.data_issues import DataIssue, IssueCode
from service.errors import BadRequest, InvalidResource, Problem, Unprocessable
from service.fhir.duplicates import without_duplicates
from service.fhir.elements import Json, reference
from service.fhir.json_format import dumps, shortened
from service.fhir.reading import Entry
from service.fhir.references import index_of, resolve, server_base
from service.fhir.structure import model_problems, problems
from service.fhir.structure_schema import CHECKED_TYPES
from service.fhir.subject import MAY_LACK_SUBJECT, SUBJECT_ELEMENT, Patient, names_nobody, the_patient, why_not_about

BUNDLE_TYPES = ("collection", "searchset", "transaction", "batch", "message", "document")
# What a server answers to a transaction holds resources too, where it was asked to send them back.
_RESPONSES = ("transaction-response", "batch-response")


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedBundle:
    """`entries` are the usable ones in the order of the input, the Patient not among them; `patient` None when only references name the patient."""

    patient_reference: str
    patient: Json | None
    entries: tuple[Entry, ...]
    issues: tuple[DataIssue, ...]
    patient_path: str = ""
    index: Mapping[str, Entry] = field(default_factory=dict, repr=False)
    """Every usable entry and the Patient, by each address a reference may use."""

    def find(self, origin: Entry, reference: str) -> Entry | None:
        """The entry, or contained resource, that a reference in `origin` points at, if the Bundle holds it."""
        return resolve(self.index, origin, reference)


def open_bundle(bundle: Json, *, strict: bool = False) -> OpenedBundle:
    """Take a Bundle apart.

    Raises BadRequest (not a Bundle, not a Bundle type of R4; under `strict`: InvalidResource with every problem of every resource the service
    reads) and Unprocessable (another resource, a history, two patients, both named; no patient at all).
    """
    envelope = _envelope(bundle)
    read, unusable = _entries(bundle.get("entry"))
    if strict:
        _refuse_broken([entry for entry, _ in read], [*envelope, *unusable])
    repeated: tuple[DataIssue, ...] = ()
    index, distinct = index_of(read)
    if not distinct:
        read, repeated = without_duplicates(read)
        index, _ = index_of(read)
    patients = [(entry, full_url) for entry, full_url in read if entry.resource_type == "Patient"]
    entries = [entry for entry, _ in read if entry.resource_type != "Patient"]
    patient = the_patient(patients, entries, index)
    remarks = _remarks(patient, entries, index)
    others = {path for path, remark in remarks.items() if not remark.used}
    if others:
        entries = [entry for entry in entries if entry.path not in others]
        index, _ = index_of([(entry, full_url) for entry, full_url in read if entry.path not in others])
    return OpenedBundle(
        patient_reference=patient.reference,
        patient=None if patient.entry is None else patient.entry.resource,
        patient_path="" if patient.entry is None else patient.entry.path,
        entries=tuple(entries),
        issues=(*envelope, *unusable, *repeated, *remarks.values()),
        index=index,
    )


def _envelope(bundle: Any) -> tuple[DataIssue, ...]:
    """The remarks on what is around the entries. Raises for what is no Bundle of a record."""
    if not isinstance(bundle, dict):
        kind = "an array" if isinstance(bundle, list) else "no JSON object"
        raise BadRequest(_problem("structure", "", f"The body is {kind}; send a FHIR R4 Bundle as a JSON object."))
    resource_type = bundle.get("resourceType")
    if not isinstance(resource_type, str) or not resource_type:
        raise BadRequest(
            _problem("required", "resourceType", 'resourceType is missing; a Bundle begins with "resourceType": "Bundle".')
        )
    if resource_type != "Bundle":
        said = f"The resource is a {shortened(resource_type)}; what is assessed is a Bundle. Put the resources of one patient into a Bundle."
        raise Unprocessable(_problem("not-supported", "resourceType", said))
    if not isinstance(bundle.get("entry", []), list):
        raise BadRequest(_problem("structure", "Bundle.entry", "Bundle.entry is no list; put the entries in [ ]."))
    stated: Any = bundle.get("type")
    if stated in (*BUNDLE_TYPES, *_RESPONSES):
        return ()
    known = ", ".join(BUNDLE_TYPES)
    if stated is None:
        said = f"Bundle.type is missing; the entries were read as those of a collection. Send one of {known}."
        return (DataIssue(code=IssueCode.ASSUMED, expression="Bundle.type", detail=said, used=True),)
    if stated == "history":
        said = f"Bundle.type is history: versions of resources over time, not a record as it is now. Send one of {known}."
        raise Unprocessable(_problem("not-supported", "Bundle.type", said))
    said = f"Bundle.type is {shortened(str(stated))!r}, which R4 does not know. Send one of {known}."
    raise BadRequest(_problem("code-invalid", "Bundle.type", said))


def _entries(entries: list[Any] | None) -> tuple[list[tuple[Entry, str]], list[DataIssue]]:
    """The resources with their fullUrls, and a remark on each entry that holds none to use."""
    read: list[tuple[Entry, str]] = []
    unusable: list[DataIssue] = []
    for position, entry in enumerate(entries or ()):
        path = f"Bundle.entry[{position}]"
        remark = _why_unusable(entry, path)
        if remark is not None:
            unusable.append(remark)
            continue
        resource = entry["resource"]
        given = entry.get("fullUrl")
        full_url = given.strip() if isinstance(given, str) else ""
        reference = _reference(resource, full_url)
        read.append((Entry(reference, f"{path}.resource", resource["resourceType"], resource, server_base(full_url)), full_url))
    return _told_apart(read), unusable


def _why_unusable(entry: Any, path: str) -> DataIssue | None:
    if not isinstance(entry, dict):
        return _broken(path, f"{path} is no object; an entry is {{ }} with a resource.")
    resource = entry.get("resource")
    if resource is None:
        return _not_relevant(
            path, f"{path} has no resource (a request, a response or a link only), so there was nothing to read."
        )
    if not isinstance(resource, dict):
        return _broken(f"{path}.resource", f"{path}.resource is no object; put the resource in {{ }}.")
    if not isinstance(resource.get("resourceType"), str) or not resource["resourceType"]:
        return _broken(f"{path}.resource.resourceType", f"{path}.resource.resourceType is missing; add it.")
    if isinstance(entry.get("search"), dict) and entry["search"].get("mode") == "outcome":
        return _not_relevant(
            path, f"{path} is the server's own remark on the search (search.mode outcome), not part of the record."
        )
    if isinstance(entry.get("request"), dict) and entry["request"].get("method") == "DELETE":
        return _not_relevant(path, f"{path} deletes its resource (request.method DELETE), so it was not read.")
    return None


def _reference(resource: Json, full_url: str) -> str:
    """How an answer refers to a resource so that whoever sent it finds it again."""
    identity = resource.get("id")
    if isinstance(identity, str) and identity:
        return f"{resource['resourceType']}/{identity}"
    return full_url or f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, dumps(resource).decode('utf-8'))}"


def _told_apart(read: list[tuple[Entry, str]]) -> list[tuple[Entry, str]]:
    """Two servers may use one id: then the fullUrl is the reference."""
    if len({entry.base for entry, _ in read} - {""}) < 2:
        return read
    bases: dict[str, set[str]] = {}
    for entry, _ in read:
        bases.setdefault(entry.reference, set()).add(entry.base)
    return [
        (entry._replace(reference=full_url) if entry.base and len(bases[entry.reference] - {""}) > 1 else entry, full_url)
        for entry, full_url in read
    ]


def _refuse_broken(entries: list[Entry], remarks: list[DataIssue]) -> None:
    """Raise InvalidResource with every problem of every resource the service reads."""
    found = [
        _problem("structure", remark.expression, remark.detail) for remark in remarks if remark.code is not IssueCode.NOT_RELEVANT
    ]
    for entry in entries:
        if entry.resource_type in CHECKED_TYPES:
            found.extend(_once_each(problems(entry.resource, entry.path), model_problems(entry.resource, entry.path)))
    if found:
        raise InvalidResource(found)


def _once_each(first: tuple[Problem, ...], second: tuple[Problem, ...]) -> Iterator[Problem]:
    """The first check names an element and the remedy better; the second adds what it alone has seen."""
    told = {problem.expression for problem in first}
    yield from first
    yield from (problem for problem in second if problem.expression not in told)


def _remarks(patient: Patient, entries: list[Entry], index: dict[str, Entry]) -> dict[str, DataIssue]:
    """By path, what there is to say about whom an entry is about; nothing of most."""
    remarks: dict[str, DataIssue] = {}
    # Most entries of a Bundle name the patient in the same words.
    known: set[tuple[str, str]] = set()
    for entry in entries:
        element = SUBJECT_ELEMENT.get(entry.resource_type)
        if element is None:
            continue
        words = (reference(entry.resource.get(element)) or "#", entry.base)
        if words in known:
            continue
        remark = _remark(patient, entry, element, index)
        if remark is not None:
            remarks[entry.path] = remark
        elif not words[0].startswith("#"):
            known.add(words)
    return remarks


def _remark(patient: Patient, entry: Entry, element: str, index: dict[str, Entry]) -> DataIssue | None:
    expression = f"{entry.path}.{element}"
    why = why_not_about(patient, entry, index)
    if why is None and names_nobody(entry):
        if entry.resource_type in MAY_LACK_SUBJECT:
            said = f"{expression} names nobody; {entry.reference} was taken to be about {patient.reference}. Give {element}.reference."
            return DataIssue(code=IssueCode.ASSUMED, source=entry.reference, expression=expression, detail=said, used=True)
        if isinstance(entry.resource.get(element), dict) and entry.resource[element]:
            why = "names nobody by reference or identifier"
    if why is None:
        return None
    said = f"{expression}: {entry.reference} {why}, so it was not used. Correct the {element}, or send it in a Bundle of its own patient."
    return DataIssue(code=IssueCode.OTHER_PATIENT, source=entry.reference, expression=expression, detail=said)


def _broken(expression: str, detail: str) -> DataIssue:
    return DataIssue(code=IssueCode.STRUCTURE_INVALID, expression=expression, detail=detail)


def _not_relevant(expression: str, detail: str) -> DataIssue:
    return DataIssue(code=IssueCode.NOT_RELEVANT, expression=expression, detail=detail)


def _problem(issue_type: str, expression: str, diagnostics: str) -> Problem:
    return Problem(issue_type=issue_type, expression=expression, diagnostics=diagnostics)
