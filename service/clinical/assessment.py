"""The whole answer about one patient, as values. `assess` in the module of that name gives it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from service.clinical.data_issues import DataIssue
from service.clinical.indices import Indices

# Part of the answer: offered here with the rest of it.
from service.clinical.instrument_result import InstrumentResult as InstrumentResult
from service.clinical.measurements import Side

# Made when the evidence is read, and part of the answer: offered here with the rest of it.
from service.evidence.basis import Basis as Basis
from service.evidence.conditions import FactValue


class Setting(StrEnum):
    PRIMARY_CARE = "primary-care"
    VASCULAR_CLINIC = "vascular-clinic"
    SPINE_CLINIC = "spine-clinic"


class Sex(StrEnum):
    FEMALE = "female"
    MALE = "male"


class Diagnosis(StrEnum):
    VASCULAR = "vascular-claudication"
    NEUROGENIC = "neurogenic-claudication"
    MIXED = "mixed-claudication"
    OTHER = "other-cause"


class Priority(StrEnum):
    """In order of urgency, R4 request-priority codes."""

    STAT = "stat"
    ASAP = "asap"
    URGENT = "urgent"
    ROUTINE = "routine"


class Likelihood(StrEnum):
    """R4 risk-probability codes; `certain` is not used for a cause."""

    NEGLIGIBLE = "negligible"
    LOW = "low"
    MODERATE = "moderate"
    HIGH = "high"


class Effort(StrEnum):
    """What it costs to learn a missing datum."""

    QUESTION = "question"
    EXAMINATION = "examination"
    TEST = "test"


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A probability 0-1 with its range, low <= value <= high."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution:
    """One literature entry met (or not) by this patient. `log_odds` is what it added after shrinkage, 0.0 when not counted."""

    entry: str
    present: bool
    likelihood_ratio: float
    low: float
    high: float
    group: str
    part: str
    """history | examination | haemodynamic | risk-factor"""
    shrinkage: float
    counted: bool
    why: str
    log_odds: float
    text: str
    basis: Basis
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """One of the two independent causes, weighed. `capped`: history plus examination hit the cap; `floored`: PAD confirmed in a symptomatic leg."""

    name: str
    """vascular | neurogenic"""
    pretest: Interval
    posttest: Interval
    likelihood: Likelihood
    contributions: tuple[Contribution, ...]
    capped: bool = False
    floored: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """One of the four joint states."""

    diagnosis: Diagnosis
    probability: Interval
    likelihood: Likelihood


@dataclass(frozen=True, slots=True, kw_only=True)
class Differential:
    """The weighing. `explanations` has all four states, the most probable first; their values sum to 1."""

    vascular: Cause
    neurogenic: Cause
    explanations: tuple[Explanation, ...]
    notes: tuple[str, ...] = ()


class NotWeighed(StrEnum):
    """Why there is no differential."""

    NO_LEG_SYMPTOMS = "no-leg-symptoms"
    SYMPTOMS_NOT_KNOWN = "symptoms-not-known"
    NOTHING_TO_WEIGH = "nothing-to-weigh"


class PatternMatch(StrEnum):
    """How far the pattern of another explanation is met."""

    MATCHED = "matched"
    PARTLY = "partly"
    NOT_MATCHED = "not-matched"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlternativeMatch:
    """Another explanation, by its pattern: what of it is there, what speaks against it, and what nobody has recorded. It has no probability."""

    code: str
    match: PatternMatch
    matched: tuple[str, ...]
    against: tuple[str, ...]
    not_known: tuple[str, ...]
    basis: Basis
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RedFlag:
    code: str
    side: Side | None
    priority: Priority
    text: str
    basis: Basis
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One proposed order. `reason` is a sentence for the clinician; `red_flag` names the flag it answers, if any."""

    code: str
    side: Side | None
    priority: Priority
    reason: str
    basis: Basis
    red_flag: str | None = None
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WithheldOrder:
    """Considered and not proposed, with the reason: already open, contraindicated, or of no benefit."""

    code: str
    reason: str
    basis: Basis


@dataclass(frozen=True, slots=True, kw_only=True)
class NextDatum:
    """A missing finding or measurement, with the information (bits) it is expected to add to the differential."""

    code: str
    effort: Effort
    text: str
    expected_bits: float


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenOrder:
    """An order already open in the record, or a study already `done`. `code` is one of our order codes."""

    code: str
    source: str
    authored_at: datetime | None = None
    done: bool = False
    priority: Priority = Priority.ROUTINE


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    setting: Setting
    age_years: int | None
    sex: Sex | None
    indices: Indices
    red_flags: tuple[RedFlag, ...]
    red_flags_not_asked: tuple[str, ...]
    """Finding codes of red-flag questions nobody has answered."""
    differential: Differential | None
    not_weighed: NotWeighed | None
    orders: tuple[Order, ...]
    withheld: tuple[WithheldOrder, ...]
    next_data: tuple[NextDatum, ...]
    advice: tuple[str, ...]
    """Sentences about limits and care that belong in every door."""
    issues: tuple[DataIssue, ...]
    evidence_version: str
    sources: tuple[str, ...]
    """Every input resource that was used, in order of the input."""
    alternatives: tuple[AlternativeMatch, ...] = ()
    """Other explanations by pattern, the best met first; those not met are there too. Empty where there was nothing to weigh."""
    instruments: tuple[InstrumentResult, ...] = ()
    """Those for which something is known."""
    facts: Mapping[str, FactValue] = field(default_factory=dict, repr=False)
    """What the order rules were read with, by name; not known is not in it. The rules of a hook call are read with the same."""
    fact_sources: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    """The input resources behind each fact."""
    open_orders: tuple[OpenOrder, ...] = ()
    """Orders open in the record and studies done, as they were read."""
