"""Indices a laboratory computed: which of several counts, and how they stand to what is computed here."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal

from service.clinical.data_issues import DataIssue, IssueCode
from service.clinical.indices import Ratio
from service.clinical.measurements import Bound, IndexKind, Phase, ReportedIndex, Side
from service.clinical.repeats import described, instant
from service.evidence.abi_categories import AbiThresholds

_HUNDREDTH = Decimal("0.01")
_INFINITE = Decimal("Infinity")


def of_kind(
    reported: tuple[ReportedIndex, ...], *, kind: IndexKind, side: Side, phase: Phase = Phase.REST
) -> tuple[ReportedIndex, ...]:
    """The one that counts first, then the others.

    An index of the whole ankle counts before one of a named artery, of named arteries the higher, of others the latest; where time does not tell, the lower.
    """
    if not reported:
        return ()
    found = [index for index in reported if index.kind is kind and index.side is side and index.phase is phase]
    if len(found) < 2:
        return tuple(found)
    if all(index.artery for index in found):
        return tuple(
            sorted(
                found,
                key=lambda index: (
                    -_ends(index.value, index.bound, _INFINITE)[1],
                    _ends(index.value, index.bound, _INFINITE),
                    index.source,
                ),
            )
        )
    return tuple(sorted(found, key=_whole_ankle_latest_lowest))


def _whole_ankle_latest_lowest(index: ReportedIndex) -> tuple[bool, float, tuple[Decimal, Decimal], str]:
    return index.artery is not None, -instant(index.taken_at), _ends(index.value, index.bound, _INFINITE), index.source


def reported_ratio(index: ReportedIndex) -> Ratio:
    """As reported, rounded half up to two decimals for the class."""
    value = None if index.value is None else index.value.quantize(_HUNDREDTH, ROUND_HALF_UP)
    return Ratio(
        value=value, raw=index.value, bound=index.bound, sources=(index.source,), taken_at=index.taken_at, reported=index
    )


def remarks(indices: tuple[ReportedIndex, ...], used: Ratio, thresholds: AbiThresholds) -> Iterator[DataIssue]:
    """What to say of the reported indices of a session when `used` is the value that stands."""
    for index in indices:
        agrees = _agree(reported_ratio(index), used, thresholds)
        if used.reported is index:
            if index.artery is not None:
                yield DataIssue(
                    code=IssueCode.ASSUMED,
                    source=index.source,
                    used=True,
                    detail=(
                        f"{described(index)} is of the {index.artery.replace('-', ' ')} artery alone and taken for the index of the ankle; "
                        "that would be higher if the other artery's pressure is. Send the pressures of both arteries."
                    ),
                )
        elif agrees:
            yield DataIssue(
                code=IssueCode.DUPLICATE,
                source=index.source,
                detail=f"{described(index)} agrees with {_spoken(used)}, which is used; it is counted once.",
            )
        elif used.reported is not None:
            yield DataIssue(
                code=IssueCode.REPEAT_DISCORDANT,
                source=index.source,
                detail=f"{described(index)}: {_spoken(used)} of the same session is used instead. Check which of the two is right.",
            )
        else:
            yield DataIssue(
                code=IssueCode.INDEX_DISCORDANT,
                source=index.source,
                used=True,
                detail=(
                    f"{described(index)} differs from {_spoken(used)}, computed from the pressures of the same session, by more than "
                    f"{thresholds.reported_differs_by_more_than.value}; the computed one is used. Check the pressures and the laboratory's method."
                ),
            )


def _agree(one: Ratio, other: Ratio, thresholds: AbiThresholds) -> bool:
    """Whether the two allow a common value within the tolerance."""
    tolerance = thresholds.reported_differs_by_more_than.value
    low, high = _ends(one.value, one.bound, thresholds.normal_at_most.value)
    other_low, other_high = _ends(other.value, other.bound, thresholds.normal_at_most.value)
    return low <= other_high + tolerance and other_low <= high + tolerance


def _ends(value: Decimal | None, bound: Bound, stiff_from: Decimal) -> tuple[Decimal, Decimal]:
    """The lowest and highest true value; "noncompressible" without a number lies above `stiff_from`."""
    known = stiff_from if value is None else value
    if bound is Bound.BELOW:
        return Decimal(0), known
    return known, _INFINITE if bound is Bound.ABOVE else known


def _spoken(used: Ratio) -> str:
    if used.value is None:
        return "noncompressible"
    return f"{used.value}" if used.bound is Bound.EXACT else f"{used.bound} {used.value}"
