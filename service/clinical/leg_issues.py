"""What the values of one leg leave to say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from service.clinical.ankle import arteries_of, superseded
from service.clinical.data_issues import DataIssue, IssueCode
from service.clinical.indices import Leg, Ratio, Reading
from service.clinical.measurements import IndexKind, Phase, Side
from service.clinical.repeats import described, spoken_mmhg
from service.clinical.reported_index import of_kind, remarks
from service.clinical.session import Study
from service.evidence.abi_categories import AbiCategories
from service.evidence.thresholds import Threshold


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluatedLeg:
    """A leg, and the study each of its values comes from."""

    leg: Leg
    abi: Study | None = None
    tbi: Study | None = None
    exercise: Study | None = None
    ankle: Study | None = None
    toe: Study | None = None

    @property
    def studies(self) -> tuple[Study, ...]:
        return tuple(one for one in (self.abi, self.tbi, self.exercise, self.ankle, self.toe) if one is not None)


def leg_issues(evaluated: EvaluatedLeg, thresholds: AbiCategories, *, great_toe_amputated: bool) -> Iterator[DataIssue]:
    """What the values of one leg leave to say. The same remark may come twice."""
    leg = evaluated.leg
    if leg.abi is not None and evaluated.abi is not None:
        reported = of_kind(evaluated.abi.session.reported, kind=IndexKind.ABI, side=leg.side)
        yield from _of_ratio(leg.abi.ratio, evaluated.abi, "ABI", leg.side, single_arm=leg.abi.single_arm)
        yield from remarks(reported, leg.abi.ratio, thresholds.abi)
        if leg.abi.near_threshold:
            yield _near_threshold(leg.abi.ratio, leg.side, thresholds)
    if leg.tbi is not None and evaluated.tbi is not None:
        reported = of_kind(evaluated.tbi.session.reported, kind=IndexKind.TBI, side=leg.side)
        yield from _of_ratio(leg.tbi.ratio, evaluated.tbi, "TBI", leg.side, single_arm=leg.tbi.single_arm)
        yield from remarks(reported, leg.tbi.ratio, thresholds.abi)
    for one in (evaluated.abi, evaluated.ankle):
        yield from _artery_unnamed(one, leg.side, thresholds)
    if leg.toe is not None and great_toe_amputated:
        yield DataIssue(
            code=IssueCode.ASSUMED,
            source=leg.toe.sources[0],
            used=True,
            detail=f"{leg.side} toe pressure {spoken_mmhg(leg.toe.mmhg)}: the great toe is recorded as amputated; taken as measured at another toe. Confirm which.",
        )
    if evaluated.exercise is not None:
        yield from _of_exercise(leg, evaluated.exercise, thresholds)


def _of_ratio(ratio: Ratio, one: Study, name: str, side: Side, *, single_arm: bool) -> Iterator[DataIssue]:
    if ratio.denominator is None:
        return
    if single_arm:
        yield DataIssue(
            code=IssueCode.SINGLE_ARM,
            source=ratio.denominator.sources[0],
            used=True,
            detail=(
                f"Only the {ratio.denominator.side} arm was measured ({spoken_mmhg(ratio.denominator.mmhg)}). "
                "If the other arm is higher, the indices are lower than shown. Measure both arms."
            ),
        )
    if one.session.apart:
        yield DataIssue(
            code=IssueCode.DIFFERENT_SESSION,
            source=ratio.sources[0],
            used=True,
            detail=(
                f"{side} {name}: no sitting of {one.session.spoken} has all its pressures, so those of the whole day were combined. "
                "Measure arms and legs in one sitting if this decides."
            ),
        )


def _near_threshold(ratio: Ratio, side: Side, thresholds: AbiCategories) -> DataIssue:
    rules = thresholds.abi
    return DataIssue(
        code=IssueCode.NEAR_THRESHOLD,
        source=ratio.sources[0],
        used=True,
        detail=(
            f"{side} ABI {ratio.value} lies within {rules.near_threshold_within.value} of {rules.abnormal_at_most.value}: one or two mmHg change its class. "
            f"A repeat is advised for a first ABI from {rules.repeat_advised_from.value} to {rules.repeat_advised_to.value}."
        ),
    )


def _artery_unnamed(one: Study | None, side: Side, thresholds: AbiCategories) -> Iterator[DataIssue]:
    ankle = None if one is None else superseded(one, side)
    if one is None or ankle is None:
        return
    same = any(_close(ankle, reading, thresholds.repeats.agree_within) for reading in arteries_of(one, side))
    yield DataIssue(
        code=IssueCode.DUPLICATE if same else IssueCode.REPEAT_DISCORDANT,
        source=ankle.sources[0],
        detail=(
            f"{side} ankle pressure {spoken_mmhg(ankle.mmhg)} names no artery; the pressures of named arteries of the same session count. "
            + ("It agrees with one of them." if same else "It agrees with none of them: check the entry.")
        ),
    )


def _close(one: Reading, other: Reading, within: Threshold) -> bool:
    if one.mmhg is None or other.mmhg is None:
        return one.mmhg is other.mmhg
    return abs(one.mmhg - other.mmhg) <= within.value


def _of_exercise(leg: Leg, one: Study, thresholds: AbiCategories) -> Iterator[DataIssue]:
    after = arteries_of(one, leg.side, Phase.POST_EXERCISE)
    if after and one.post.higher is None:
        yield DataIssue(
            code=IssueCode.ARM_MISSING,
            source=after[0].sources[0],
            used=True,
            detail=(
                f"{leg.side} ankle pressure after exercise: no arm pressure after exercise, so no ABI after exercise is computed from it. "
                "Measure an arm together with the ankle after exercise."
            ),
        )
    if leg.exercise is not None and leg.exercise.post_abi is not None:
        reported = of_kind(one.session.reported, kind=IndexKind.ABI, side=leg.side, phase=Phase.POST_EXERCISE)
        yield from remarks(reported, leg.exercise.post_abi, thresholds.abi)
    late = thresholds.exercise.late_after_minutes.value
    chosen = {source for reading in after for source in reading.sources}
    for pressure in one.session.pressures:
        minutes = pressure.minutes_after_exercise
        if pressure.source in chosen and pressure.side is leg.side and minutes is not None and minutes > late:
            yield DataIssue(
                code=IssueCode.ASSUMED,
                source=pressure.source,
                used=True,
                detail=(
                    f"{described(pressure)} was taken {minutes} minutes after exercise; after {late} minutes a fall may have recovered, "
                    "so a negative test does not exclude disease. Repeat the test with a pressure in the first minute."
                ),
            )
