"""Where a request leaves the standard: refused, or remarked on, by how much it matters and whom it comes from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from service.errors import BadRequest, Problem


class Grace(Enum):
    """For whom a departure is only remarked on."""

    NOBODY = "nobody"
    LENIENT = "clients of a lenient profile"
    EVERYBODY = "everybody"


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure:
    """One departure. Where it may be forgiven, the diagnostics hold nothing about the patient: as a remark they are kept."""

    problem: Problem
    grace: Grace = Grace.NOBODY


def departure(issue_type: str, expression: str, diagnostics: str, grace: Grace = Grace.NOBODY) -> Departure:
    return Departure(problem=Problem(issue_type=issue_type, expression=expression, diagnostics=diagnostics), grace=grace)


def remarks_or_refusal(found: Iterable[Departure], *, lenient: bool) -> tuple[str, ...]:
    """What is forgiven, as sentences. Raises BadRequest with everything that is not, all at once."""
    forgiven = (Grace.EVERYBODY, Grace.LENIENT) if lenient else (Grace.EVERYBODY,)
    departures = tuple(found)
    refused = [one.problem for one in departures if one.grace not in forgiven]
    if refused:
        raise BadRequest(refused)
    return tuple(one.problem.diagnostics for one in departures)
