"""What is believed of a record before anything is computed from it: how far a pressure can go, when a record is too old, where a finding begins."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from service.evidence.thresholds import (
    BODY_MASS_INDEX,
    DAYS,
    MMHG,
    RATIO,
    Threshold,
    check_rising,
    check_units,
    read_section,
    same_keys,
    thresholds_of,
)

FILE = "reading_limits.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class PressureLimits:
    """Wider than any reading of a cuff that a clinician would believe. At the leg the lowest is 0: no signal is a measurement."""

    arm_from: Threshold
    arm_to: Threshold
    ankle_to: Threshold
    toe_to: Threshold
    kpa_suspected_below: Threshold
    unit_assumed_above: Threshold
    unit_assumed_to: Threshold


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexLimits:
    to: Threshold


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordLimits:
    body_mass_index_from: Threshold
    body_mass_index_to: Threshold
    obesity_from: Threshold
    pregnancy_longest: Threshold


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingLimits:
    """Every limit of reading, by section."""

    pressure: PressureLimits
    index: IndexLimits
    record: RecordLimits

    @property
    def thresholds(self) -> Iterator[tuple[str, Threshold]]:
        """Each limit with its dotted name, as the file has it."""
        return thresholds_of(self)


_SECTIONS: Mapping[str, type[PressureLimits | IndexLimits | RecordLimits]] = {
    "pressure": PressureLimits,
    "index": IndexLimits,
    "record": RecordLimits,
}
_UNITS: Mapping[str, str] = {
    "pressure.arm_from": MMHG,
    "pressure.arm_to": MMHG,
    "pressure.ankle_to": MMHG,
    "pressure.toe_to": MMHG,
    "pressure.kpa_suspected_below": MMHG,
    "pressure.unit_assumed_above": MMHG,
    "pressure.unit_assumed_to": MMHG,
    "index.to": RATIO,
    "record.body_mass_index_from": BODY_MASS_INDEX,
    "record.body_mass_index_to": BODY_MASS_INDEX,
    "record.obesity_from": BODY_MASS_INDEX,
    "record.pregnancy_longest": DAYS,
}
_RISING = (
    ("pressure.kpa_suspected_below", "pressure.arm_from", "pressure.arm_to"),
    ("pressure.unit_assumed_above", "pressure.unit_assumed_to"),
    ("record.body_mass_index_from", "record.obesity_from", "record.body_mass_index_to"),
)


def parse_reading_limits(document: Mapping[str, object]) -> ReadingLimits:
    """reading_limits.toml as read by tomllib with Decimal for floats. Raises EvidenceError naming file and key for anything missing, unknown or out of order."""
    same_keys(FILE, document, _SECTIONS)
    sections = {name: read_section(FILE, name, section, document[name]) for name, section in _SECTIONS.items()}
    limits = ReadingLimits(**sections)
    check_units(FILE, limits.thresholds, _UNITS)
    check_rising(FILE, {name: limit.value for name, limit in limits.thresholds}, _RISING)
    return limits
