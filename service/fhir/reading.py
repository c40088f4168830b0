"""The seam between one resource and the whole extraction: what every reader of resources takes and gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from service.clinical.assessment import OpenOrder
from service.clinical.data_issues import DataIssue
from service.clinical.findings import Finding
from service.clinical.measurements import Pressure, ReportedIndex
from service.evidence.reading_limits import ReadingLimits
from service.fhir.elements import Json
from service.fhir.mapping import DeploymentCodes


class Entry(NamedTuple):
    """One resource of the Bundle. `reference` is how our answer refers to it; `path` is its FHIRPath in the Bundle, e.g. "Bundle.entry[3].resource"."""

    reference: str
    path: str
    resource_type: str
    resource: Json
    base: str = ""
    """The fullUrl without its last two segments, for resolving relative references; "" when there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenBack:
    """An answer given in our app that its author took back. `author` as the form names it, `source` the form that says so."""

    author: str
    at: datetime
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a reader may know besides its own resource."""

    as_of: datetime
    codes: DeploymentCodes
    limits: ReadingLimits
    find: Callable[[Entry, str], Entry | None]
    """(from entry, reference) -> the entry or contained resource it points at, if it is in the Bundle."""
    questionnaires: Mapping[str, Json] = field(default_factory=dict)
    """Questionnaire resources of the Bundle by canonical URL, for foreign forms."""
    taken_out: frozenset[str] = frozenset()
    """Paths of Devices that are not in the patient, or not any more."""
    taken_back: Mapping[str, tuple[TakenBack, ...]] = field(default_factory=dict)
    """By finding code, who took back an answer that was given in our app."""


class Read(NamedTuple):
    """What one resource gave. Everything empty and no issue means: understood, and nothing in it for us."""

    pressures: tuple[Pressure, ...] = ()
    reported: tuple[ReportedIndex, ...] = ()
    findings: tuple[Finding, ...] = ()
    open_orders: tuple[OpenOrder, ...] = ()
    issues: tuple[DataIssue, ...] = ()


Reader = Callable[[Entry, Context], Read | None]
"""None: not a resource this reader knows; another may."""
