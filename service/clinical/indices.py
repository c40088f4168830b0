"""What the pressures of one patient come to, per leg: the values that the rest of the reasoning, and every answer, speaks of."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from service.clinical.data_issues import DataIssue
from service.clinical.measurements import Bound, Phase, ReportedIndex, Side, Site


class AbiCategory(StrEnum):
    ABNORMAL = "abnormal"
    BORDERLINE = "borderline"
    NORMAL = "normal"
    NONCOMPRESSIBLE = "noncompressible"


class PadStatus(StrEnum):
    CONFIRMED = "confirmed"
    POSSIBLE = "possible"
    NOT_SHOWN = "not-shown"
    INDETERMINATE = "indeterminate"
    NOT_MEASURED = "not-measured"


class PadReason(StrEnum):
    """Which criterion gave the PAD status. Said in words at the edge."""

    ABI_ABNORMAL = "abi-abnormal"
    TBI_ABNORMAL_BEHIND_STIFF_ARTERIES = "tbi-abnormal-behind-stiff-arteries"
    EXERCISE_CONCORDANT = "exercise-concordant"
    ABI_BORDERLINE = "abi-borderline"
    EXERCISE_DROP_IN_YOUNG_ATHLETE = "exercise-drop-in-young-athlete"
    EXERCISE_DISCORDANT = "exercise-discordant"
    ONE_ARTERY_ABNORMAL = "one-artery-abnormal-beside-a-stiff-one"
    TBI_ABNORMAL_BESIDE_NORMAL_ABI = "tbi-abnormal-beside-normal-abi"
    TBI_ABNORMAL_WITHOUT_ABI = "tbi-abnormal-without-abi"
    STIFF_WITHOUT_TOE = "stiff-without-toe-pressure"
    STIFF_WITH_NORMAL_TBI = "stiff-with-normal-tbi"
    ABI_NORMAL = "abi-normal"
    NO_PRESSURE = "no-usable-pressure"


class NotComputed(StrEnum):
    """Why an index has no value."""

    NO_ANKLE_PRESSURE = "no-ankle-pressure"
    NO_TOE_PRESSURE = "no-toe-pressure"
    NO_ARM_PRESSURE = "no-arm-pressure"
    ONLY_BOUND_KNOWN = "only-a-bound-is-known"
    LEG_AMPUTATED = "leg-amputated"


class ExerciseResult(StrEnum):
    CONCORDANT_POSITIVE = "concordant-positive"
    DISCORDANT = "discordant"
    NEGATIVE = "negative"
    NOT_COMPUTABLE = "not-computable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The one pressure that stands for a site, after repeats are resolved. `sources` are the resources it rests on."""

    site: Site
    side: Side
    mmhg: Decimal | None
    sources: tuple[str, ...]
    taken_at: datetime | None
    phase: Phase = Phase.REST
    bound: Bound = Bound.EXACT


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """A pressure over the arm's. `value`: half-up to two decimals; `raw`: before rounding (28 digits). With bound ABOVE/BELOW both are limits.

    `computed_here` False: taken as reported by a laboratory, `reported` then holds it and `numerator`/`denominator` are None.
    """

    value: Decimal | None
    raw: Decimal | None
    bound: Bound
    sources: tuple[str, ...]
    taken_at: datetime | None
    numerator: Reading | None = None
    denominator: Reading | None = None
    reported: ReportedIndex | None = None

    @property
    def computed_here(self) -> bool:
        return self.reported is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Abi:
    ratio: Ratio
    category: AbiCategory
    near_threshold: bool = False
    lower: Ratio | None = None
    """The ratio of the lower ankle artery: a secondary value, never the class."""
    artery_ratios: tuple[tuple[Site, Ratio], ...] = ()
    single_arm: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Tbi:
    ratio: Ratio
    abnormal: bool
    single_arm: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ExerciseTest:
    """Rest against minute one after exercise, same artery. Percentages and mmHg are falls: positive means lower after exercise."""

    result: ExerciseResult
    post_abi: Ratio | None = None
    abi_fall_percent: Decimal | None = None
    ankle_fall_mmhg: Decimal | None = None
    abi_criterion: bool | None = None
    ankle_criterion: bool | None = None
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ischaemia:
    """WIfI ischaemia grade 0-3 and which measurement decided it: "toe-pressure", "transcutaneous-oxygen", "abi" or "ankle-pressure"."""

    grade: int
    decided_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FootOxygen:
    """The transcutaneous oxygen pressure of one foot."""

    mmhg: Decimal
    sources: tuple[str, ...]
    taken_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """Everything known of one leg's perfusion."""

    side: Side
    pad_status: PadStatus
    pad_reason: PadReason
    abi: Abi | None = None
    abi_missing: NotComputed | None = None
    tbi: Tbi | None = None
    tbi_missing: NotComputed | None = None
    ankle: Reading | None = None
    """The higher ankle pressure at rest, whether or not an arm pressure makes it an ABI."""
    toe: Reading | None = None
    oxygen: FootOxygen | None = None
    ischaemia: Ischaemia | None = None
    exercise: ExerciseTest | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Arms:
    """The denominator. `higher` None: no arm pressure, no index can be computed."""

    higher: Reading | None = None
    lower: Reading | None = None
    difference_mmhg: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Indices:
    right: Leg
    left: Leg
    arms: Arms = field(default_factory=Arms)
    issues: tuple[DataIssue, ...] = ()

    def leg(self, side: Side) -> Leg:
        return self.right if side is Side.RIGHT else self.left

    @property
    def legs(self) -> tuple[Leg, Leg]:
        return self.right, self.left
