"""A deployment's own codes: local sites, pressures, indices, questions and answers, read from one mapping file at start-up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from service.clinical.findings import FindingValue
from service.clinical.measurements import IndexKind, Phase, Side, Site

SystemCode = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class MappedSite:
    """What a local body-site code or pressure code means. `side` None: the code does not say."""

    site: Site
    side: Side | None = None
    phase: Phase | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MappedIndex:
    kind: IndexKind
    side: Side | None = None
    phase: Phase | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MappedFinding:
    """A local code that is a finding. `value` None: the value comes from the answer; else the presence of the code means this value."""

    code: str
    value: FindingValue | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentCodes:
    """Keys are (system, code); of `link_ids` (Questionnaire canonical without version, linkId), with "" as canonical for any form."""

    sites: Mapping[SystemCode, MappedSite] = field(default_factory=dict)
    pressures: Mapping[SystemCode, MappedSite] = field(default_factory=dict)
    indices: Mapping[SystemCode, MappedIndex] = field(default_factory=dict)
    findings: Mapping[SystemCode, MappedFinding] = field(default_factory=dict)
    answers: Mapping[SystemCode, str] = field(default_factory=dict)
    """Answer code -> option code, or "yes"/"no"."""
    link_ids: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """-> finding code."""
    orders: Mapping[SystemCode, str] = field(default_factory=dict)
    """Local order or study code -> one of our order codes, or of those that are only recognised while they are written."""
