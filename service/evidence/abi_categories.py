"""The thresholds of the indices, each with its source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from itertools import pairwise
from typing import Any

from marshmallow import fields as schema_fields
from marshmallow import validate

from service.evidence.reading import Number, SourcedSchema, Tag, load, refuse, words

FILE = "abi_categories.toml"

RATIO = "{ratio}"
MMHG = "mm[Hg]"
MINUTES = "min"
DAYS = "d"
YEARS = "a"
PERCENT = "%"


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """One number with its UCUM unit, where it comes from and how sure the project is of it."""

    value: Decimal
    unit: str
    citation: str
    tag: Tag
    note: str
    class_of_recommendation: str = ""
    level_of_evidence: str = ""


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
        for section in fields(self):
            of_section: Section = getattr(self, section.name)
            for key in fields(of_section):
                yield f"{section.name}.{key.name}", getattr(of_section, key.name)

    @property
    def citations_used(self) -> tuple[str, ...]:
        """The citation keys that must exist, each once, sorted."""
        return tuple(sorted({threshold.citation for _, threshold in self.thresholds}))


class _ThresholdSchema(SourcedSchema):
    value = Number(required=True, validate=validate.Range(min=0, min_inclusive=False))
    unit = words()
    note = words()
    class_of_recommendation = schema_fields.String(load_default="")
    level_of_evidence = schema_fields.String(load_default="")


_SECTIONS: Mapping[str, type[Section]] = {
    "abi": AbiThresholds,
    "tbi": TbiThresholds,
    "arms": ArmThresholds,
    "repeats": RepeatThresholds,
    "sessions": SessionThresholds,
    "exercise": ExerciseThresholds,
    "wifi": WifiThresholds,
}

# The code compares bare numbers, so a number in another unit must not get past this table.
_UNITS: Mapping[str, str] = {
    "abi.abnormal_at_most": RATIO,
    "abi.borderline_at_most": RATIO,
    "abi.normal_at_most": RATIO,
    "abi.near_threshold_within": RATIO,
    "abi.good_circulation_from": RATIO,
    "abi.repeat_advised_from": RATIO,
    "abi.repeat_advised_to": RATIO,
    "abi.reported_differs_by_more_than": RATIO,
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
    _same_keys(FILE, document, _SECTIONS)
    sections = {name: _section(name, section, document[name]) for name, section in _SECTIONS.items()}
    categories = AbiCategories(**sections)
    values = {name: threshold.value for name, threshold in categories.thresholds}
    for name, threshold in categories.thresholds:
        if threshold.unit != _UNITS[name]:
            raise refuse(f"{FILE}, {name}", f"the unit is {_UNITS[name]!r}, not {threshold.unit!r}")
    for row in _RISING:
        for lower, upper in pairwise(row):
            if not values[lower] < values[upper]:
                raise refuse(f"{FILE}, {upper}", f"{values[upper]} is not above {lower}, which is {values[lower]}")
    for name in _TWO_DECIMALS:
        if values[name] * 100 % 1:
            raise refuse(f"{FILE}, {name}", f"{values[name]} has more than two decimals")
    return categories


def _section(name: str, section: type[Section], raw: object) -> Any:
    keys = [key.name for key in fields(section)]
    tables = _same_keys(f"{FILE}, {name}", raw, keys)
    schema = _ThresholdSchema()
    return section(**{key: Threshold(**load(schema, tables[key], where=f"{FILE}, {name}.{key}")) for key in keys})


def _same_keys(where: str, raw: object, expected: Mapping[str, object] | list[str]) -> Mapping[str, Any]:
    if not isinstance(raw, Mapping):
        raise refuse(where, f"a table is needed, not {raw!r}")
    missing = [key for key in expected if key not in raw]
    unknown = [key for key in raw if key not in expected]
    if missing or unknown:
        raise refuse(where, "; ".join([*(f"{key} is missing" for key in missing), *(f"{key} is not known" for key in unknown)]))
    return raw
