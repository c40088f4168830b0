"""Invented studies for the tests of the indices: a few numbers in, Measurements or Indices out."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Any

from service.clinical.data_issues import DataIssue, IssueCode
from service.clinical.indices import Indices
from service.clinical.limb_indices import compute_indices
from service.clinical.measurements import Bound, IndexKind, Measurements, Phase, Pressure, ReportedIndex, Side, Site
from service.evidence.abi_categories import AbiCategories, parse_abi_categories

AS_OF = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
TEN = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
R, L = Side.RIGHT, Side.LEFT
SITES = {
    "arm": Site.BRACHIAL,
    "dp": Site.DORSALIS_PEDIS,
    "pt": Site.POSTERIOR_TIBIAL,
    "ankle": Site.ANKLE,
    "toe": Site.TOE,
}


def document() -> dict[str, Any]:
    text = resources.files("service.evidence").joinpath("abi_categories.toml").read_text()
    return tomllib.loads(text, parse_float=Decimal)


@cache
def thresholds() -> AbiCategories:
    return parse_abi_categories(document())


def amount(value: int | str | None) -> tuple[Decimal | None, Bound]:
    """88, "88.5", ">250", "<50", ">" (does not compress, no number)."""
    text = "" if value is None else str(value)
    bound = {">": Bound.ABOVE, "<": Bound.BELOW}.get(text[:1], Bound.EXACT)
    number = text.lstrip("<>")
    return (Decimal(number) if number else None), bound


def p(site: str, side: Side, value: int | str, *, at: datetime | None = TEN, post: bool = False, **more: Any) -> Pressure:
    """One pressure. Its source is named after it, or `source`."""
    mmhg, bound = amount(value)
    phase = Phase.POST_EXERCISE if post else Phase.REST
    source = more.pop("source", f"{site}-{side}-{value}-{phase}-{at:%y%m%d%H%M}" if at else f"{site}-{side}-{value}-{phase}")
    return Pressure(site=SITES[site], side=side, mmhg=mmhg, bound=bound, source=source, taken_at=at, phase=phase, **more)


def lab(kind: str, side: Side, value: int | str, *, at: datetime | None = TEN, post: bool = False, **more: Any) -> ReportedIndex:
    """One reported index, kind "abi" or "tbi"."""
    number, bound = amount(value)
    return ReportedIndex(
        kind=IndexKind.ABI if kind == "abi" else IndexKind.TBI,
        side=side,
        value=number,
        bound=bound,
        source=more.pop("source", f"lab-{kind}-{side}-{value}-{at}"),
        taken_at=at,
        phase=Phase.POST_EXERCISE if post else Phase.REST,
        **more,
    )


def arms(right: int | str = 140, left: int | str = 140, *, at: datetime | None = TEN, **more: Any) -> tuple[Pressure, Pressure]:
    return p("arm", R, right, at=at, **more), p("arm", L, left, at=at, **more)


def measured(*items: Pressure | ReportedIndex) -> Measurements:
    return Measurements(
        pressures=tuple(item for item in items if isinstance(item, Pressure)),
        reported=tuple(item for item in items if isinstance(item, ReportedIndex)),
    )


def indices(*items: Pressure | ReportedIndex, as_of: datetime = AS_OF, **more: Any) -> Indices:
    return compute_indices(measured(*items), thresholds(), as_of=as_of, **more)


def told(found: Indices, code: IssueCode) -> list[DataIssue]:
    return [issue for issue in found.issues if issue.code is code]


def codes(found: Indices) -> set[IssueCode]:
    return {issue.code for issue in found.issues}


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def days(count: int) -> timedelta:
    return timedelta(days=count)
