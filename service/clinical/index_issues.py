"""What the indices leave to say: assumptions made, values near an edge, and every reading that was not used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from service.clinical.ankle import swapped_toe
from service.clinical.data_issues import DataIssue, IssueCode
from service.clinical.index_change import changed_since
from service.clinical.leg_issues import EvaluatedLeg, leg_issues
from service.clinical.measurements import ANKLE_SITES, Measurements, Phase, Side, Site
from service.clinical.repeats import Measured, described, spoken_mmhg
from service.clinical.session import Session, Study
from service.evidence.abi_categories import AbiCategories


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluated:
    """Everything the remarks are made from. `used`: the studies that gave a value, newest first; `arms`: the one whose arms are shown."""

    measurements: Measurements
    sessions: tuple[Session, ...]
    studies: tuple[Study, ...]
    used: tuple[Study, ...]
    legs: tuple[EvaluatedLeg, EvaluatedLeg]
    arms: Study | None
    amputated_great_toes: frozenset[Side]


def set_aside_of_amputated(
    measurements: Measurements, amputated_legs: frozenset[Side]
) -> tuple[Measurements, tuple[DataIssue, ...]]:
    """The measurements without those of an amputated leg, and a remark on each of these."""
    if not amputated_legs:
        return measurements, ()

    kept = Measurements(
        pressures=tuple(item for item in measurements.pressures if item.site is Site.BRACHIAL or item.side not in amputated_legs),
        reported=tuple(item for item in measurements.reported if item.side not in amputated_legs),
    )
    items: tuple[Measured, ...] = measurements.pressures + measurements.reported
    issues = tuple(
        DataIssue(
            code=IssueCode.NOT_RELEVANT,
            source=item.source,
            detail=f"{described(item)}: the {item.side} leg is recorded as amputated. Correct the side of the reading or the record of the amputation.",
        )
        for item in items
        if item not in kept.pressures and item not in kept.reported
    )
    return kept, issues


def issues_of(evaluated: Evaluated, thresholds: AbiCategories, *, as_of: datetime) -> tuple[DataIssue, ...]:
    """Every remark, each once; the readings nothing was made of come last."""
    remarks_made: list[DataIssue] = []
    shown = list(evaluated.used)
    if evaluated.arms is not None and not any(one is evaluated.arms for one in shown):
        shown.append(evaluated.arms)
    for one in shown:
        remarks_made.extend(one.issues)
        remarks_made.extend(_arm_difference(one, thresholds))
        remarks_made.extend(_age(one.session, thresholds, as_of=as_of))
    for leg in evaluated.legs:
        remarks_made.extend(leg_issues(leg, thresholds, great_toe_amputated=leg.leg.side in evaluated.amputated_great_toes))
        remarks_made.extend(changed_since(leg, evaluated.studies, thresholds))
    for one in evaluated.studies:
        remarks_made.extend(_swapped(one, evaluated, thresholds))
    remarks_made.extend(_arms_missing(evaluated))
    once = {(issue.code, issue.source, issue.used): issue for issue in reversed(remarks_made)}
    told = tuple(reversed(once.values()))
    return told + tuple(_not_used(evaluated, told, shown))


def _arm_difference(one: Study, thresholds: AbiCategories) -> Iterator[DataIssue]:
    arms, rule = one.rest, thresholds.arms.difference_from
    if (
        arms.higher is not None
        and arms.lower is not None
        and arms.difference_mmhg is not None
        and arms.difference_mmhg >= rule.value
    ):
        yield DataIssue(
            code=IssueCode.ARM_DIFFERENCE,
            source=arms.lower.sources[0],
            used=True,
            detail=(
                f"The {arms.lower.side} arm is {spoken_mmhg(arms.difference_mmhg)} lower than the {arms.higher.side} ({rule.value} mmHg or more is remarkable). "
                "The higher arm is used. Repeat both arms; a narrowed subclavian artery is possible."
            ),
        )


def _age(session: Session, thresholds: AbiCategories, *, as_of: datetime) -> Iterator[DataIssue]:
    source = _first_source(session)
    if session.day is None:
        yield DataIssue(
            code=IssueCode.ASSUMED,
            source=source,
            used=True,
            detail="The pressures used have no date; they are taken as of one session and as the oldest of all. Send when they were measured.",
        )
        return
    days, limit = (as_of.date() - session.day).days, thresholds.sessions.stale_after_days.value
    if days > limit:
        yield DataIssue(
            code=IssueCode.STALE,
            source=source,
            used=True,
            detail=f"The pressures or indices of {session.spoken} are {days} days old, more than {limit}; they are used. Measure again.",
        )


def _swapped(one: Study, everything: Evaluated, thresholds: AbiCategories) -> Iterator[DataIssue]:
    limit = thresholds.tbi.toe_above_ankle_by_more_than.value
    for leg in everything.legs:
        swapped = swapped_toe(one, leg.leg.side, thresholds)
        if swapped is None:
            continue
        toe, ankle = swapped
        kept = leg.leg.toe is toe
        yield DataIssue(
            code=IssueCode.VALUE_IMPLAUSIBLE,
            source=toe.sources[0],
            used=kept,
            detail=(
                f"{leg.leg.side} toe pressure {spoken_mmhg(toe.mmhg)} is more than {limit} mmHg above the ankle pressure {spoken_mmhg(ankle.mmhg)}: "
                f"the two may have been swapped. It is {'used' if kept else 'not used'}: only a value that does not reassure is. Measure both again."
            ),
        )


def _arms_missing(everything: Evaluated) -> Iterator[DataIssue]:
    """For each session that could not give an index for want of an arm, which arms would be needed."""
    without = [one for one in everything.studies if one.rest.higher is None]
    if not without:
        return
    days = list(dict.fromkeys(session.spoken for session in everything.sessions if _has_arm(session)))
    order = {id(one): place for place, one in enumerate(everything.studies)}
    for one in without:
        if not any(_lacks_arm(one, leg, order) for leg in everything.legs):
            continue
        at_hand = f" The arm pressures at hand are of {', '.join(days[:3])} and are not combined with them." if days else ""
        yield DataIssue(
            code=IssueCode.ARM_MISSING,
            source=_first_source(one.session),
            used=True,
            detail=(
                f"The leg pressures of {one.session.spoken} have no arm pressure of the same session, so they count as pressures and give no ratio.{at_hand} "
                "Measure both arms together with the legs."
            ),
        )


def _lacks_arm(one: Study, evaluated: EvaluatedLeg, order: Mapping[int, int]) -> bool:
    """Whether pressures of this leg at rest would have made an index that no other study gave."""
    leg = evaluated.leg
    for given, index, sites in ((evaluated.abi, leg.abi, ANKLE_SITES), (evaluated.tbi, leg.tbi, (Site.TOE,))):
        if all(one.at(site, leg.side) is None for site in sites):
            continue
        if given is None or index is None:
            return True
        whole_day = given.session.apart and given.session.day == one.session.day
        newer = order[id(given)] < order[id(one)]
        reported = given is one and index.ratio.reported is not None
        if not (whole_day or newer or reported):
            return True
    return False


def _has_arm(session: Session) -> bool:
    return any(pressure.site is Site.BRACHIAL and pressure.phase is Phase.REST for pressure in session.pressures)


def _first_source(session: Session) -> str:
    """A resource to hang a remark about the session on: a leg pressure if there is one."""
    brachial = Site.BRACHIAL
    of_legs = (item for item in session.pressures if item.site is not brachial)
    first = next(of_legs, None) or (session.reported or session.pressures)[0]
    return first.source


def _not_used(everything: Evaluated, told: tuple[DataIssue, ...], shown: list[Study]) -> Iterator[DataIssue]:
    """Each resource that gave nothing and of which nothing has been said yet."""
    settled = {issue.source for issue in told} | set(_sources_used(everything, shown))
    items: tuple[Measured, ...] = everything.measurements.pressures + everything.measurements.reported
    unsettled: dict[str, Measured] = {}
    for item in items:
        if item.source not in settled:
            unsettled.setdefault(item.source, item)
    if not unsettled:
        return
    days = ", ".join(dict.fromkeys(one.session.spoken for one in everything.used))
    for item in unsettled.values():
        why = f"the indices rest on the session of {days}" if days else "nothing of the same session makes an index of it"
        yield DataIssue(
            code=IssueCode.DIFFERENT_SESSION,
            source=item.source,
            detail=f"{described(item)}: not used, {why}. Readings of different sessions are never combined.",
        )


def _sources_used(everything: Evaluated, shown: list[Study]) -> Iterator[str]:
    for one in shown:
        for arm in (one.rest.higher, one.rest.lower):
            if arm is not None:
                yield from arm.sources
    for evaluated in everything.legs:
        leg = evaluated.leg
        if leg.abi is not None:
            yield from leg.abi.ratio.sources
            for _, ratio in leg.abi.artery_ratios:
                yield from ratio.sources
        if leg.tbi is not None:
            yield from leg.tbi.ratio.sources
        if leg.exercise is not None:
            yield from leg.exercise.sources
        for reading in (leg.ankle, leg.toe):
            if reading is not None:
                yield from reading.sources
