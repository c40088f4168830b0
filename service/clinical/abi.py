"""The ankle-brachial index and the toe-brachial index, and everything the pressures of one patient come to."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from service.clinical.ankle import arteries_of, decisive, swapped_toe
from service.clinical.exercise_test import judge, same_artery
from service.clinical.index_issues import Evaluated, issues_of, set_aside_of_amputated
from service.clinical.indices import (
    Abi,
    AbiCategory,
    Arms,
    ExerciseTest,
    Indices,
    Leg,
    NotComputed,
    PadReason,
    PadStatus,
    Ratio,
    Reading,
    Tbi,
)
from service.clinical.ischaemia import ischaemia_grade, toe_grade
from service.clinical.leg_issues import EvaluatedLeg
from service.clinical.measurements import Bound, IndexKind, Measurements, Phase, Side, Site
from service.clinical.newest import newest_exercise, newest_index, newest_reading
from service.clinical.pad_status import pad_status
from service.clinical.reported_index import of_kind, reported_ratio
from service.clinical.session import Session, Study, arms_only, sessions, study
from service.evidence.abi_categories import AbiCategories, AbiThresholds


def abi_ratio(*, ankle_mmhg: Decimal, arm_mmhg: Decimal) -> tuple[Decimal, Decimal]:
    """ABI = ankle pressure / arm pressure: (as divided, to 28 digits; rounded half up to two decimals). `arm_mmhg` > 0.

    Half up by whole-number division, never by rounding a quotient: 181/200 is 0.905 and becomes 0.91. The toe-brachial index is the same sum.
    """
    hundredths = (200 * ankle_mmhg + arm_mmhg) // (2 * arm_mmhg)
    return ankle_mmhg / arm_mmhg, hundredths.scaleb(-2)


def abi_category(value: Decimal, thresholds: AbiThresholds) -> AbiCategory:
    """The band of an ABI already rounded to two decimals. Bands have one edge each, read in order (2024 ACC/AHA)."""
    if value <= thresholds.abnormal_at_most.value:
        return AbiCategory.ABNORMAL
    if value <= thresholds.borderline_at_most.value:
        return AbiCategory.BORDERLINE
    if value <= thresholds.normal_at_most.value:
        return AbiCategory.NORMAL
    return AbiCategory.NONCOMPRESSIBLE


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
    abi, abi_missing, abi_study = newest_index(studies, lambda one: _abi(one, side, thresholds), NotComputed.NO_ANKLE_PRESSURE)
    tbi, tbi_missing, tbi_study = newest_index(studies, lambda one: _tbi(one, side, thresholds), NotComputed.NO_TOE_PRESSURE)
    exercise, exercise_study = newest_exercise(studies, lambda one: _exercise(one, side, thresholds))
    ankle, ankle_study = newest_reading(studies, lambda one: decisive(arteries_of(one, side)))
    toe, toe_study = newest_reading(studies, lambda one: _toe(one, side, thresholds))
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


def _ratio(reading: Reading, arm: Reading | None) -> Ratio:
    if arm is None or arm.mmhg is None or reading.mmhg is None:
        return Ratio(
            value=None,
            raw=None,
            bound=reading.bound,
            sources=reading.sources,
            taken_at=reading.taken_at,
            numerator=reading,
            denominator=arm,
        )
    raw, value = abi_ratio(ankle_mmhg=reading.mmhg, arm_mmhg=arm.mmhg)
    return Ratio(
        value=value,
        raw=raw,
        bound=reading.bound,
        sources=tuple(dict.fromkeys(reading.sources + arm.sources)),
        taken_at=reading.taken_at,
        numerator=reading,
        denominator=arm,
    )


def _abi(one: Study, side: Side, thresholds: AbiCategories) -> Abi | NotComputed:
    """From the pressures; from a reported index where they do not give it."""
    computed = _computed_abi(one, side, thresholds)
    reported = of_kind(one.session.reported, kind=IndexKind.ABI, side=side)
    if isinstance(computed, Abi) or not reported:
        return computed
    ratio = reported_ratio(reported[0])
    category = _category(ratio, thresholds.abi)
    if category is None:
        return NotComputed.ONLY_BOUND_KNOWN
    return Abi(ratio=ratio, category=category, near_threshold=_near(ratio, thresholds.abi))


def _computed_abi(one: Study, side: Side, thresholds: AbiCategories) -> Abi | NotComputed:
    arteries = arteries_of(one, side)
    highest = decisive(arteries)
    if highest is None:
        return NotComputed.NO_ANKLE_PRESSURE
    arm = one.rest.higher
    # Arteries that do not compress are what they are without an arm to compare with.
    if arm is None and highest.bound is not Bound.ABOVE:
        return NotComputed.NO_ARM_PRESSURE
    ratios = [(reading.site, _ratio(reading, arm)) for reading in arteries]
    (ratio,) = [ratio for _, ratio in ratios if ratio.numerator is highest]
    category = _category(ratio, thresholds.abi)
    if category is None:
        return NotComputed.ONLY_BOUND_KNOWN
    return Abi(
        ratio=ratio,
        category=category,
        near_threshold=_near(ratio, thresholds.abi),
        lower=next((other for _, other in ratios if other is not ratio), None),
        artery_ratios=tuple(ratios),
        single_arm=arm is not None and one.rest.lower is None,
    )


def _category(ratio: Ratio, thresholds: AbiThresholds) -> AbiCategory | None:
    """A lower limit is noncompressible whatever its number; an upper limit is abnormal where even the limit is; else None: the class is not known."""
    if ratio.bound is Bound.ABOVE or ratio.value is None:
        return AbiCategory.NONCOMPRESSIBLE
    category = abi_category(ratio.value, thresholds)
    return category if ratio.bound is Bound.EXACT or category is AbiCategory.ABNORMAL else None


def _near(ratio: Ratio, thresholds: AbiThresholds) -> bool:
    if ratio.raw is None or ratio.bound is not Bound.EXACT:
        return False
    return abs(ratio.raw - thresholds.abnormal_at_most.value) <= thresholds.near_threshold_within.value


def _tbi(one: Study, side: Side, thresholds: AbiCategories) -> Tbi | NotComputed:
    toe = _toe(one, side, thresholds)
    computed = NotComputed.NO_TOE_PRESSURE if toe is None else _computed_tbi(toe, one.rest, thresholds)
    reported = of_kind(one.session.reported, kind=IndexKind.TBI, side=side)
    if isinstance(computed, Tbi) or not reported:
        return computed
    ratio = reported_ratio(reported[0])
    abnormal = _toe_abnormal(ratio, thresholds)
    return NotComputed.ONLY_BOUND_KNOWN if abnormal is None else Tbi(ratio=ratio, abnormal=abnormal)


def _computed_tbi(toe: Reading, arms: Arms, thresholds: AbiCategories) -> Tbi | NotComputed:
    if arms.higher is None:
        return NotComputed.NO_ARM_PRESSURE
    ratio = _ratio(toe, arms.higher)
    abnormal = _toe_abnormal(ratio, thresholds)
    return (
        NotComputed.ONLY_BOUND_KNOWN if abnormal is None else Tbi(ratio=ratio, abnormal=abnormal, single_arm=arms.lower is None)
    )


def _toe_abnormal(ratio: Ratio, thresholds: AbiCategories) -> bool | None:
    """None where only a limit is known and it lies on the wrong side of the edge."""
    if ratio.value is None:
        return None
    abnormal = ratio.value <= thresholds.tbi.abnormal_at_most.value
    if ratio.bound is Bound.EXACT:
        return abnormal
    return abnormal if abnormal is (ratio.bound is Bound.BELOW) else None


def _toe(one: Study, side: Side, thresholds: AbiCategories) -> Reading | None:
    """The toe reading, unless it looks swapped with the ankle's and would reassure: a wrong high toe hides ischaemia, a wrong low one is measured again."""
    toe = one.at(Site.TOE, side)
    if toe is None or toe.mmhg is None or swapped_toe(one, side, thresholds) is None:
        return toe
    tbi = _computed_tbi(toe, one.rest, thresholds)
    reassuring = not tbi.abnormal if isinstance(tbi, Tbi) else toe_grade(toe.mmhg, thresholds.wifi) == 0
    return None if reassuring else toe


def _exercise(one: Study, side: Side, thresholds: AbiCategories) -> ExerciseTest | None:
    """The test of one study; None where nothing was measured after exercise."""
    after = arteries_of(one, side, Phase.POST_EXERCISE)
    reported = of_kind(one.session.reported, kind=IndexKind.ABI, side=side, phase=Phase.POST_EXERCISE)
    if not after and not reported:
        return None
    artery = same_artery(arteries_of(one, side), after)
    abi = None
    if artery and one.rest.higher and one.post.higher:
        abi = _ratio(artery[0], one.rest.higher), _ratio(artery[1], one.post.higher)
    elif reported and reported[0].bound is not Bound.ABOVE:
        rest = _abi(one, side, thresholds)
        if isinstance(rest, Abi) and rest.ratio.bound is Bound.EXACT:
            abi = rest.ratio, reported_ratio(reported[0])
    rests_on = [reading.sources for reading in (artery or after)]
    rests_on += [ratio.sources for ratio in abi or ()]
    sources = tuple(dict.fromkeys(source for group in rests_on for source in group))
    return judge(artery=artery, abi=abi, sources=sources, thresholds=thresholds.exercise)
