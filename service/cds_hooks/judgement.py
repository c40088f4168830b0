"""What the rules say of one hook call: which fired, with what, and which did not, and why not. No card yet, and no patient data."""

from __future__ import annotations

from dataclasses import dataclass

from service.clinical.assessment import Priority
from service.evidence.basis import Basis


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggested:
    """A change to offer. `order` is one of our order codes to propose, "" for a deletion only; `instead_of` the reference of the draft it replaces."""

    order: str = ""
    instead_of: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fired:
    """A rule that has something to say. `about` names the draft order it is about (`ServiceRequest/id`), or ""."""

    rule: str
    priority: Priority
    red_flag: bool
    summary: str
    detail: str
    basis: Basis
    about: str = ""
    suggestions: tuple[Suggested, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleTrace:
    """One rule of this hook. `outcome`: fired | not-met | not-known | not-judged; `lacking` the facts that were not known."""

    rule: str
    outcome: str
    lacking: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """The most urgent first, each rule once an order."""

    fired: tuple[Fired, ...]
    trace: tuple[RuleTrace, ...]
