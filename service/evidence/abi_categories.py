"""The thresholds of the indices, each with its source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from service.evidence.reading import refuse
from service.evidence.thresholds import (
    DAYS,
    MINUTES,
    MMHG,
    PERCENT,
    RATIO,
    YEARS,
    Threshold,
    check_rising,
    check_units,
    read_section,
    same_keys,
    thresholds_of,
)

FILE = "abi_categories.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class AbiThresholds:
    """Edges of the four bands, and when an index is told to be uncertain."""

    abnormal_at_most: Threshold
    borderline_at_most: Threshold
    normal_at_most: Threshold
    near_threshold_within: Threshold
    good_circulation_from: Threshold
    repeat_advised_from: Threshold
    repeat_advised_to: Threshold
    reported_differs_by_more_than: Threshold
    changed_by_more_than: Threshold


@dataclass(frozen=True, slots=True, kw_only=True)
class TbiThresholds:
    abnormal_at_most: Threshold
    toe_above_ankle_by_more_than: Threshold


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmThresholds:
    difference_from: Threshold


@dataclass(frozen=True, slots=True, kw_only=True)
class RepeatThresholds:
    first_arm_differs_by_more_than: Threshold
    agree_within: Threshold
    within_minutes: Threshold


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionThresholds:
    gap_minutes: Threshold
    longest_minutes: Threshold
    stale_after_days: Threshold


@dataclass(frozen=True, slots=True, kw_only=True)
class ExerciseThresholds:
    abi_fall_more_than_percent: Threshold
    ankle_fall_more_than: Threshold
    late_after_minutes: Threshold
    young_athlete_below_years: Threshold


@dataclass(frozen=True, slots=True, kw_only=True)
class WifiThresholds:
    """Edges of the WIfI ischaemia grades 0 to 3; what no edge admits is grade 3."""

    abi_grade_0_from: Threshold
    abi_grade_1_from: Threshold
    abi_grade_2_from: Threshold
    ankle_grade_0_above: Threshold
    ankle_grade_1_from: Threshold
    ankle_grade_2_from: Threshold
    toe_grade_0_from: Threshold
    toe_grade_1_from: Threshold
    toe_grade_2_from: Threshold
    oxygen_grade_0_from: Threshold
    oxygen_grade_1_from: Threshold
    oxygen_grade_2_from: Threshold


Section = (
    AbiThresholds | TbiThresholds | ArmThresholds | RepeatThresholds | SessionThresholds | ExerciseThresholds | WifiThresholds
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AbiCategories:
    """Every threshold the indices use, by section."""

    abi: AbiThresholds
    tbi: TbiThresholds
    arms: ArmThresholds
    repeats: RepeatThresholds
    sessions: SessionThresholds
    exercise: ExerciseThresholds
    wifi: WifiThresholds

    @property
    def thresholds(self) -> Iterator[tuple[str, Threshold]]:
        """Each threshold with its dotted name, as the file has it."""
        return thresholds_of(self)

    @property
    def citations_used(self) -> tuple[str, ...]:
        """The citation keys that must exist, each once, sorted."""
        return tuple(sorted({threshold.citation for _, threshold in self.thresholds}))


_SECTIONS: Mapping[str, type[Section]] = {
    "abi": AbiThresholds,
    "tbi": TbiThresholds,
    "arms": ArmThresholds,
    "repeats": RepeatThresholds,
    "sessions": SessionThresholds,
    "exercise": ExerciseThresholds,
    "wifi": WifiThresholds,
}

_UNITS: Mapping[str, str] = {
    "abi.abnormal_at_most": RATIO,
    "abi.borderline_at_most": RATIO,
    "abi.normal_at_most": RATIO,
    "abi.near_threshold_within": RATIO,
    "abi.good_circulation_from": RATIO,
    "abi.repeat_advised_from": RATIO,
    "abi.repeat_advised_to": RATIO,
    "abi.reported_differs_by_more_than": RATIO,
    "abi.changed_by_more_than": RATIO,
    "tbi.abnormal_at_most": RATIO,
    "tbi.toe_above_ankle_by_more_than": MMHG,
    "arms.difference_from": MMHG,
    "repeats.first_arm_differs_by_more_than": MMHG,
    "repeats.agree_within": MMHG,
    "repeats.within_minutes": MINUTES,
    "sessions.gap_minutes": MINUTES,
    "sessions.longest_minutes": MINUTES,
    "sessions.stale_after_days": DAYS,
    "exercise.abi_fall_more_than_percent": PERCENT,
    "exercise.ankle_fall_more_than": MMHG,
    "exercise.late_after_minutes": MINUTES,
    "exercise.young_athlete_below_years": YEARS,
    "wifi.abi_grade_0_from": RATIO,
    "wifi.abi_grade_1_from": RATIO,
    "wifi.abi_grade_2_from": RATIO,
    "wifi.ankle_grade_0_above": MMHG,
    "wifi.ankle_grade_1_from": MMHG,
    "wifi.ankle_grade_2_from": MMHG,
    "wifi.toe_grade_0_from": MMHG,
    "wifi.toe_grade_1_from": MMHG,
    "wifi.toe_grade_2_from": MMHG,
    "wifi.oxygen_grade_0_from": MMHG,
    "wifi.oxygen_grade_1_from": MMHG,
    "wifi.oxygen_grade_2_from": MMHG,
}

# Each row must rise from left to right, or bands would overlap or leave a hole.
_RISING = (
    ("abi.abnormal_at_most", "abi.borderline_at_most", "abi.normal_at_most"),
    ("abi.repeat_advised_from", "abi.repeat_advised_to"),
    ("sessions.gap_minutes", "sessions.longest_minutes"),
    ("wifi.abi_grade_2_from", "wifi.abi_grade_1_from", "wifi.abi_grade_0_from"),
    ("wifi.ankle_grade_2_from", "wifi.ankle_grade_1_from", "wifi.ankle_grade_0_above"),
    ("wifi.toe_grade_2_from", "wifi.toe_grade_1_from", "wifi.toe_grade_0_from"),
    ("wifi.oxygen_grade_2_from", "wifi.oxygen_grade_1_from", "wifi.oxygen_grade_0_from"),
)

# Bands are compared with an index of two decimals; a finer edge would never be met exactly.
_TWO_DECIMALS = (*_RISING[0], "tbi.abnormal_at_most", *_RISING[3])


def parse_abi_categories(document: Mapping[str, object]) -> AbiCategories:
    """abi_categories.toml as read by tomllib with Decimal for floats. Raises EvidenceError naming file and key for anything missing, unknown or out of order."""
    same_keys(FILE, document, _SECTIONS)
    sections = {name: read_section(FILE, name, section, document[name]) for name, section in _SECTIONS.items()}
    categories = AbiCategories(**sections)
    values = {name: threshold.value for name, threshold in categories.thresholds}
    check_units(FILE, categories.thresholds, _UNITS)
    check_rising(FILE, values, _RISING)
    for name in _TWO_DECIMALS:
        if values[name] * 100 % 1:
            raise refuse(f"{FILE}, {name}", f"{values[name]} has more than two decimals")
    return categories
