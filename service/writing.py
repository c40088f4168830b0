"""Writing an answer into the EHR: as one transaction, or entry by entry where the server takes none. Twice changes nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from service.fhir.elements import Json
from service.fhir.exchange.write_back import (
    Told,
    WritePlan,
    batch_of,
    fulfils,
    next_round,
    without_refused,
    without_stored,
    write_plan,
)
from service.fhir.output_demands import ISSUE_TYPES
from service.outbound.fhir_client import FhirClient
from service.outbound.sent import EntrySent, Sent, ServerIssue

_CREATED = 201
_SEVERAL = 412
"""What a condition is answered with that more than one resource fulfils."""
_OF_NO_TYPE = (401, 409, _SEVERAL)
"""Refusals that say nothing about the types that were sent."""
_AGAIN = "Nothing is written twice: send the same again."


def write_back(transaction: Json, ehr: FhirClient, *, deadline_s: float) -> tuple[Told, ...]:
    """Write a transaction Bundle of ours, and tell what became of it: first of the whole, then of each entry."""
    statement = ehr.statement(deadline_s=deadline_s)
    plan = write_plan(transaction, statement)
    if not plan.atomic:
        return (*_in_batches(plan, ehr, deadline_s), *plan.told)
    sent = ehr.send(batch_of(plan.entries, atomic=True), deadline_s=deadline_s)
    there: Mapping[str, str] = {}
    if sent.status == _SEVERAL and (there := _there_more_than_once(plan, ehr, deadline_s)):
        # Two that wrote at the same moment: what is there twice, our Device for one, would else keep every later answer out.
        plan = without_stored(plan, there)
        if not plan.entries:
            return plan.told
        sent = ehr.send(batch_of(plan.entries, atomic=True), deadline_s=deadline_s)
    listed = without_stored(write_plan(transaction, statement, unlisted=False), there)
    if sent.refused and sent.status not in _OF_NO_TYPE and 0 < len(listed.entries) < len(plan.entries):
        # All or nothing, and it was nothing: for a type that the server never said it takes, what it does take is not given up.
        plan, sent = listed, ehr.send(batch_of(listed.entries, atomic=True), deadline_s=deadline_s)
    return (*_told_of_all(plan, sent), *plan.told)


def _there_more_than_once(plan: WritePlan, ehr: FhirClient, deadline_s: float) -> Mapping[str, str]:
    """By the fullUrl of an entry of which the server holds several: a reference to one of them."""
    requests = {str(number): entry["request"] for number, entry in enumerate(plan.entries)}
    reads = ehr.read_together(
        {number: f"{request['url']}?{request['ifNoneExist']}" for number, request in requests.items()}, deadline_s=deadline_s
    )
    found: dict[str, str] = {}
    for number, read in reads.items():
        kind, condition = requests[number]["url"], requests[number]["ifNoneExist"]
        # Looked at ourselves: a server that knows no such search gives whatever it has, of whomever.
        ids = sorted(
            str(one["id"])
            for one in read.resources
            if one.get("resourceType") == kind and one.get("id") and fulfils(one, condition)
        )
        if len(ids) > 1:
            found[plan.entries[int(number)]["fullUrl"]] = f"{kind}/{ids[0]}"
    return found


def _told_of_all(plan: WritePlan, sent: Sent) -> list[Told]:
    if sent.accepted and len(sent.entries) != len(plan.entries):
        said = "The FHIR server answered the transaction with another number of entries, so it is not known what was written."
        return [Told(severity="error", issue_type="incomplete", diagnostics=f"{said} {_AGAIN}")]
    if sent.accepted:
        return [_told(plan, number, entry) for number, entry in enumerate(sent.entries)]
    return _failed(
        sent, "It is not known whether the transaction was written" if sent.unknown else "The transaction was not written"
    )


def _in_batches(plan: WritePlan, ehr: FhirClient, deadline_s: float) -> list[Told]:
    """Round by round: first what refers to nothing else, then what refers to that, by the ids the server gave."""
    left: dict[int, Json] = dict(enumerate(plan.entries))
    known: dict[str, str] = {}
    told: dict[int, Told] = {}
    while left:
        ready = next_round(left, known)
        if not ready:
            # No answer of ours does this; but nothing is dropped without a word.
            for number in left:
                said = "Not written: it and another resource refer to each other, which only a transaction can store."
                told[number] = Told(
                    severity="error", issue_type="not-supported", diagnostics=said, expression=plan.places[number]
                )
            break
        sent = ehr.send(batch_of(ready.values(), atomic=False), deadline_s=deadline_s)
        if not sent.accepted or len(sent.entries) != len(ready):
            return [*_in_order(told), *_not_in_batches(plan, sent, ready, left)]
        refused: list[Json] = []
        for number, entry in zip(ready, sent.entries, strict=True):
            told[number] = _told(plan, number, entry)
            if entry.taken and (reference := _reference(entry.location)):
                known[left[number]["fullUrl"]] = reference
            else:
                refused.append(left[number])
            del left[number]
        left = without_refused(left, refused)
    return _in_order(told)


def _not_in_batches(plan: WritePlan, sent: Sent, ready: Collection[int], left: Iterable[int]) -> list[Told]:
    """Of a round that failed, and of those behind it, which were not sent any more."""
    if not (sent.unknown or sent.accepted):
        return _failed(sent, f"Not written ({_places(plan, left)})")
    told = _failed(sent, f"Not known whether written ({_places(plan, ready)})")
    if behind := [number for number in left if number not in ready]:
        said = f"Not written ({_places(plan, behind)}): they refer to what may not be there. {_AGAIN}"
        told.append(Told(severity="error", issue_type="transient", diagnostics=said))
    return told


def _places(plan: WritePlan, numbers: Iterable[int]) -> str:
    return ", ".join(plan.places[number] for number in numbers)


def _in_order(told: Mapping[int, Told]) -> list[Told]:
    return [told[number] for number in sorted(told)]


def _told(plan: WritePlan, number: int, entry: EntrySent) -> Told:
    kind, place = plan.entries[number]["resource"]["resourceType"], plan.places[number]
    if not entry.taken:
        why = _words(entry.issues) or "it gave no reason"
        said = f"{kind} was refused by the EHR with status {entry.status}: {why}"
        return Told(severity="error", issue_type=_code(entry.issues), diagnostics=said, expression=place)
    where = _reference(entry.location)
    as_what = f" as {where}" if where else ""
    said = (
        f"{kind} was written{as_what}."
        if entry.status == _CREATED
        else f"{kind} was there already{as_what}; nothing was changed."
    )
    return Told(severity="information", issue_type="informational", diagnostics=said, expression=place)


def _failed(sent: Sent, what: str) -> list[Told]:
    """The whole, then each reason that the server gave."""
    issue_type = "timeout" if sent.late else _code(sent.issues) if sent.refused else "transient"
    whole = (
        f"{what}: {sent.why or 'the FHIR server answered with another number of entries'}.{'' if sent.refused else f' {_AGAIN}'}"
    )
    told = [Told(severity="error", issue_type=issue_type, diagnostics=whole)]
    return told + [
        Told(severity="error", issue_type=_code((one,)), diagnostics=f"The EHR says: {_words((one,))}") for one in sent.issues
    ]


def _code(issues: Sequence[ServerIssue]) -> str:
    code = issues[0].code if issues else "processing"
    return code if code in ISSUE_TYPES else "processing"


def _words(issues: Sequence[ServerIssue]) -> str:
    return "; ".join(one.said or one.code for one in issues)


def _reference(location: str) -> str:
    """ "RiskAssessment/1" of a location that a server gave, relative or absolute, with or without a version."""
    parts = location.partition("/_history/")[0].rsplit("/", 2)
    return "/".join(parts[-2:]) if len(parts) >= 2 and parts[-1] else ""
