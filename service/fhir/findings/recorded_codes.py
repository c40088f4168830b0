"""What the codes of a record mean to us, the deployment's own mapping first: orders, findings, disorders; and the findings they come to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from service.clinical.data_issues import DataIssue, IssueCode
from service.clinical.findings import Finding, FindingValue
from service.clinical.vocabulary import NAMED_BY_SITE, VOCABULARY, Kind
from service.fhir.elements import Json, codings, moment
from service.fhir.findings.recorded_sides import codes_of, legs_of, side_missing
from service.fhir.reading import Context, Entry
from service.fhir.remarks import remark
from service.fhir.terminology.code import own_system
from service.fhir.terminology.disorder_claims import Claim, Disorder, Reach
from service.fhir.terminology.disorders import Recorded
from service.fhir.terminology.orders import ORDERS
from service.fhir.terminology.recorded_orders import ORDER_OF

_ORDER_SYSTEM = own_system("order")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dates:
    """When something was written down, and when it began. None: not known."""

    recorded: datetime | None = None
    began: datetime | None = None


def orders_named(concept: object, context: Context) -> tuple[str, ...]:
    """Our order codes for a coded order or study, each once: our own code, the deployment's mapping, then LOINC and SNOMED CT."""
    found = []
    for system, code in codings(concept):
        order = code if system == _ORDER_SYSTEM else context.codes.orders.get((system, code)) or ORDER_OF.get((system, code))
        # What is only recognised while it is written is no order of ours that could be open.
        if order is not None and (order in ORDERS or system == _ORDER_SYSTEM):
            found.append(order)
    return tuple(dict.fromkeys(found))


def mapped(system_code: tuple[str, str], context: Context) -> Recorded | None:
    """What the deployment's mapping says of a code. A code mapped without a value can only mean yes."""
    known = context.codes.findings.get(system_code)
    if known is None or known.code in NAMED_BY_SITE:
        return None
    if known.value is None and VOCABULARY[known.code].kind is not Kind.BOOLEAN:
        text = f"The mapping names {known.code} for {system_code[1]} but no value, and the resource gives none. Add a value to the mapping."
        return Recorded(disorder=Disorder(name=known.code, remark=IssueCode.CODE_NOT_UNDERSTOOD, remark_text=text))
    value = True if known.value is None else known.value
    return Recorded(disorder=Disorder(name=known.code, claims=(Claim(finding=known.code, value=value),)))


def findings_of(
    entry: Entry, concept: Json, recorded: Sequence[Recorded], dates: Dates, *, ended: bool = False, element: str = "code"
) -> tuple[tuple[Finding, ...], tuple[DataIssue, ...]]:
    """The findings that coded disorders or procedures state, and what must be said beside them; with `ended` what is left of them."""
    legs, issues = legs_of(entry, concept, recorded, element=element)
    findings: dict[tuple[str, FindingValue], Finding] = {}
    for item in recorded:
        for claim in item.disorder.claims:
            value = claim.ended if ended else claim.value
            if value is None:
                continue
            codes = codes_of(claim, value, legs)
            if not codes and claim.reach is Reach.LEG:
                issues.append(side_missing(entry, recorded[0].disorder.name, claim))
            at = dates.began or dates.recorded if claim.from_onset else dates.recorded or dates.began
            for code, said in codes:
                findings[code, said] = Finding(code=code, value=said, source=entry.reference, recorded_at=at, lapses=claim.lapses)
    issues += () if ended else _remarks(entry, recorded, element)
    return tuple(findings.values()), tuple(dict.fromkeys(issues))


def first_moment(resource: Json, keys: Iterable[str]) -> datetime | None:
    """The first date there is under these keys, of a period its start (else its end)."""
    for key in keys:
        value = resource.get(key)
        parts = (value.get("start"), value.get("end")) if isinstance(value, dict) else (value,)
        for part in parts:
            if found := moment(part):
                return found[0]
    return None


def _remarks(entry: Entry, recorded: Sequence[Recorded], element: str) -> Iterator[DataIssue]:
    for item in recorded:
        if item.disorder.remark is not None:
            used = item.disorder.remark is IssueCode.ASSUMED
            yield remark(entry, item.disorder.remark, item.disorder.remark_text, element=element, used=used)
