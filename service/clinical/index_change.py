"""How the ABI of a leg changed since the study before: more than measuring explains is said, since the older one is not used."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from service.clinical.abi import abi_of
from service.clinical.data_issues import DataIssue, IssueCode
from service.clinical.indices import Abi, AbiCategory, Ratio
from service.clinical.leg_issues import EvaluatedLeg
from service.clinical.measurements import Bound
from service.clinical.session import Study
from service.evidence.abi_categories import AbiCategories


def changed_since(evaluated: EvaluatedLeg, studies: Sequence[Study], thresholds: AbiCategories) -> Iterator[DataIssue]:
    """A remark where the study before (`studies`: newest first) gave this leg another ABI, beyond the threshold or on the other side of stiff arteries."""
    leg, used = evaluated.leg, evaluated.abi
    if leg.abi is None or used is None:
        return
    place = next(number for number, one in enumerate(studies) if one is used)
    for one in studies[place + 1 :]:
        before = None if one.session.apart else abi_of(one, leg.side, thresholds)
        if isinstance(before, Abi):
            if _differ(before, leg.abi, thresholds):
                yield DataIssue(
                    code=IssueCode.REPEAT_DISCORDANT,
                    source=before.ratio.sources[0],
                    detail=(
                        f"{leg.side} ABI {_told(before.ratio)} of {one.session.spoken} is not used; the newer, {_told(leg.abi.ratio)} of {used.session.spoken}, "
                        f"is. A change of more than {thresholds.abi.changed_by_more_than.value} between studies is more than measuring explains, and disease that "
                        "was shown is not unmade by a higher index, unless it was treated. Look at both."
                    ),
                )
            return


def _differ(before: Abi, now: Abi, thresholds: AbiCategories) -> bool:
    categories = {before.category, now.category}
    if AbiCategory.NONCOMPRESSIBLE in categories:
        return AbiCategory.ABNORMAL in categories
    exact = before.ratio.bound is Bound.EXACT and now.ratio.bound is Bound.EXACT
    if before.ratio.raw is None or now.ratio.raw is None or not exact:
        return False
    return abs(before.ratio.raw - now.ratio.raw) > thresholds.abi.changed_by_more_than.value


def _told(ratio: Ratio) -> str:
    if ratio.value is None:
        return "noncompressible"
    return f"{ratio.value}" if ratio.bound is Bound.EXACT else f"{ratio.bound} {ratio.value}"
