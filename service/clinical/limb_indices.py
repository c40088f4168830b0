"""Everything the pressures of one patient come to: the indices of both legs, each from the newest session that gives it."""

from __future__ import annotations

from datetime import datetime

from service.clinical.abi import abi_of, ratio_of
from service.clinical.ankle import arteries_of, decisive
from service.clinical.exercise_test import judge, same_artery
from service.clinical.index_issues import Evaluated, issues_of, set_aside_of_amputated
from service.clinical.indices import Abi, Arms, ExerciseTest, Indices, Leg, NotComputed, PadReason, PadStatus
from service.clinical.ischaemia import ischaemia_grade
from service.clinical.leg_issues import EvaluatedLeg
from service.clinical.measurements import Bound, IndexKind, Measurements, Phase, Side
from service.clinical.newest import newest_exercise, newest_index, newest_reading
from service.clinical.pad_status import pad_status
from service.clinical.reported_index import of_kind, reported_ratio
from service.clinical.session import Session, Study, arms_only, sessions, study
from service.clinical.tbi import tbi_of, toe_reading
from service.evidence.abi_categories import AbiCategories


def compute_indices(
    measurements: Measurements,
    thresholds: AbiCategories,
    *,
    as_of: datetime,
    amputated_legs: frozenset[Side] = frozenset(),
    amputated_great_toes: frozenset[Side] = frozenset(),
) -> Indices:
    """ABI, TBI, exercise test, WIfI ischaemia grade and PAD status of both legs, with the arms they rest on and what the data left to say.

    Each index comes from the newest session that gives it; readings of different sessions are never combined. `as_of` (timezone-aware) decides only
    what is stale. Pressures of an amputated leg are set aside; a toe pressure beside an amputated great toe is taken for another toe's. Never raises.
    """
    kept, aside = set_aside_of_amputated(measurements, amputated_legs)
    found = sessions(kept, thresholds.sessions)
    studies = [study(session, thresholds) for session in found if not arms_only(session)]
    right, left = [_leg(side, studies, thresholds, amputated=side in amputated_legs) for side in (Side.RIGHT, Side.LEFT)]
    given = {id(one) for one in (*right.studies, *left.studies)}
    used = [one for one in studies if id(one) in given]
    evaluated = Evaluated(
        measurements=kept,
        sessions=found,
        studies=tuple(studies),
        used=tuple(used),
        legs=(right, left),
        arms=_arms(used, found, thresholds),
        amputated_great_toes=amputated_great_toes,
    )
    issues = issues_of(evaluated, thresholds, as_of=as_of)
    return Indices(right=right.leg, left=left.leg, arms=evaluated.arms.rest if evaluated.arms else Arms(), issues=aside + issues)


def _arms(used: list[Study], found: tuple[Session, ...], thresholds: AbiCategories) -> Study | None:
    """The study whose arms are shown: the newest used one that has any, or else the newest session that has."""
    for one in used:
        if one.rest.higher:
            return one
    for session in found:
        one = study(session, thresholds)
        if one.rest.higher:
            return one
    return None


def _leg(side: Side, studies: list[Study], thresholds: AbiCategories, *, amputated: bool) -> EvaluatedLeg:
    if amputated:
        gone = NotComputed.LEG_AMPUTATED
        leg = Leg(
            side=side, pad_status=PadStatus.NOT_MEASURED, pad_reason=PadReason.NO_PRESSURE, abi_missing=gone, tbi_missing=gone
        )
        return EvaluatedLeg(leg=leg)
    abi, abi_missing, abi_study = newest_index(studies, lambda one: abi_of(one, side, thresholds), NotComputed.NO_ANKLE_PRESSURE)
    tbi, tbi_missing, tbi_study = newest_index(studies, lambda one: tbi_of(one, side, thresholds), NotComputed.NO_TOE_PRESSURE)
    exercise, exercise_study = newest_exercise(studies, lambda one: _exercise(one, side, thresholds))
    ankle, ankle_study = newest_reading(studies, lambda one: decisive(arteries_of(one, side)))
    toe, toe_study = newest_reading(studies, lambda one: toe_reading(one, side, thresholds))
    status, reason = pad_status(abi=abi, tbi=tbi, exercise=exercise, thresholds=thresholds.abi)
    leg = Leg(
        side=side,
        pad_status=status,
        pad_reason=reason,
        abi=abi,
        abi_missing=abi_missing,
        tbi=tbi,
        tbi_missing=tbi_missing,
        ankle=ankle,
        toe=toe,
        ischaemia=ischaemia_grade(abi=abi, ankle=ankle, toe=toe, thresholds=thresholds.wifi),
        exercise=exercise,
    )
    return EvaluatedLeg(leg=leg, abi=abi_study, tbi=tbi_study, exercise=exercise_study, ankle=ankle_study, toe=toe_study)


def _exercise(one: Study, side: Side, thresholds: AbiCategories) -> ExerciseTest | None:
    """The test of one study; None where nothing was measured after exercise."""
    after = arteries_of(one, side, Phase.POST_EXERCISE)
    reported = of_kind(one.session.reported, kind=IndexKind.ABI, side=side, phase=Phase.POST_EXERCISE)
    if not after and not reported:
        return None
    artery = same_artery(arteries_of(one, side), after)
    abi = None
    if artery and one.rest.higher and one.post.higher:
        abi = ratio_of(artery[0], one.rest.higher), ratio_of(artery[1], one.post.higher)
    elif reported and reported[0].bound is not Bound.ABOVE:
        rest = abi_of(one, side, thresholds)
        if isinstance(rest, Abi) and rest.ratio.bound is Bound.EXACT:
            abi = rest.ratio, reported_ratio(reported[0])
    rests_on = [reading.sources for reading in (artery or after)]
    rests_on += [ratio.sources for ratio in abi or ()]
    sources = tuple(dict.fromkeys(source for group in rests_on for source in group))
    return judge(artery=artery, abi=abi, sources=sources, thresholds=thresholds.exercise)
