"""One number with its unit and its source, and how a table of them is read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from itertools import pairwise
from typing import Any

from marshmallow import fields as schema_fields
from marshmallow import validate

from service.evidence.reading import Number, SourcedSchema, Tag, load, refuse, words

RATIO = "{ratio}"
MMHG = "mm[Hg]"
MINUTES = "min"
DAYS = "d"
YEARS = "a"
PERCENT = "%"
BODY_MASS_INDEX = "kg/m2"


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


class _ThresholdSchema(SourcedSchema):
    value = Number(required=True, validate=validate.Range(min=0, min_inclusive=False))
    unit = words()
    note = words()
    class_of_recommendation = schema_fields.String(load_default="")
    level_of_evidence = schema_fields.String(load_default="")


def thresholds_of(sections: Any) -> Iterator[tuple[str, Threshold]]:
    """Each threshold of a dataclass of sections with its dotted name, as the file has it."""
    for section in fields(sections):
        of_section = getattr(sections, section.name)
        for key in fields(of_section):
            yield f"{section.name}.{key.name}", getattr(of_section, key.name)


def check_units(file: str, thresholds: Iterator[tuple[str, Threshold]], units: Mapping[str, str]) -> None:
    """Raises EvidenceError for another unit: the code compares bare numbers, so a number in another one must not get past."""
    for name, threshold in thresholds:
        if threshold.unit != units[name]:
            raise refuse(f"{file}, {name}", f"the unit is {units[name]!r}, not {threshold.unit!r}")


def check_rising(file: str, values: Mapping[str, Decimal], rows: Iterable[tuple[str, ...]]) -> None:
    """Raises EvidenceError where a row does not rise from left to right: bands would overlap or leave a hole."""
    for row in rows:
        for lower, upper in pairwise(row):
            if not values[lower] < values[upper]:
                raise refuse(f"{file}, {upper}", f"{values[upper]} is not above {lower}, which is {values[lower]}")


def read_section(file: str, name: str, section: type[Any], raw: object) -> Any:
    """One section of a file: a table for each of its thresholds, no more and no less. Raises EvidenceError naming file, section and key."""
    keys = [key.name for key in fields(section)]
    tables = same_keys(f"{file}, {name}", raw, keys)
    schema = _ThresholdSchema()
    return section(**{key: Threshold(**load(schema, tables[key], where=f"{file}, {name}.{key}")) for key in keys})


def same_keys(where: str, raw: object, expected: Mapping[str, object] | list[str]) -> Mapping[str, Any]:
    """The table, when it has these keys. Raises EvidenceError naming what is missing and what is not known."""
    if not isinstance(raw, Mapping):
        raise refuse(where, f"a table is needed, not {raw!r}")
    missing = [key for key in expected if key not in raw]
    unknown = [key for key in raw if key not in expected]
    if missing or unknown:
        raise refuse(where, "; ".join([*(f"{key} is missing" for key in missing), *(f"{key} is not known" for key in unknown)]))
    return raw
