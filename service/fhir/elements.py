"""Small readers for FHIR data types. They take what EHRs send, never raise on a wrong shape, and return None for what is not there."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

Json = dict[str, Any]


def dicts(value: Any) -> list[Json]:
    """The objects in a list element; a lone object counts as a list of one; anything else is none."""
    if value is None:
        return []
    if isinstance(value, dict):
        return [value]
    if not isinstance(value, list):
        return []
    # A list of one, as most are, is given back as it is.
    return value if len(value) == 1 and isinstance(value[0], dict) else [item for item in value if isinstance(item, dict)]


def codings(concept: Any) -> list[tuple[str, str]]:
    """(system, code) of every coding of a CodeableConcept (or list of them), both as trimmed strings, "" where absent."""
    found: list[tuple[str, str]] = []
    if concept is None:
        return found
    for one in (concept,) if isinstance(concept, dict) else dicts(concept):
        for coding in dicts(one.get("coding")):
            code = coding.get("code")
            if isinstance(code, str) and (code := code.strip()):
                system = coding.get("system")
                found.append((system.strip() if isinstance(system, str) else "", code))
    return found


def texts(concept: Any) -> list[str]:
    """Every text and display of a CodeableConcept (or list of them)."""
    found: list[str] = []
    if concept is None:
        return found
    for one in (concept,) if isinstance(concept, dict) else dicts(concept):
        if isinstance(text := one.get("text"), str):
            found.append(text)
        for coding in dicts(one.get("coding")):
            if isinstance(display := coding.get("display"), str):
                found.append(display)
    return found


def value_key(element: Json) -> str:
    """The name under which an Observation, component or answer has its value[x]; "" when it has none."""
    for key in element:
        if key.startswith("value"):
            return key
    return ""


def number(value: Any) -> Decimal | None:
    """A JSON number as Decimal, as written. Booleans and strings are not numbers."""
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        return None
    result = Decimal(value if isinstance(value, int) else str(value))
    return result if result.is_finite() else None


def moment(text: Any) -> tuple[datetime, bool] | None:
    """A FHIR date, dateTime or instant as (aware datetime, only the day is known). Year and year-month count from their first day."""
    if not isinstance(text, str):
        return None
    try:
        if len(text) <= 10:
            padded = {4: f"{text}-01-01", 7: f"{text}-01", 10: text}[len(text)]
            day = date.fromisoformat(padded)
            return datetime(day.year, day.month, day.day, tzinfo=UTC), True
        parsed = datetime.fromisoformat(text)
    except (ValueError, KeyError):
        return None
    return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)), False


def reference(value: Any) -> str | None:
    """Reference.reference, where it is one."""
    if isinstance(value, dict) and isinstance(value.get("reference"), str) and value["reference"]:
        return str(value["reference"])
    return None


def effective(resource: Json) -> tuple[datetime, bool] | None:
    """When an Observation holds: effectiveDateTime, effectiveInstant, the start of effectivePeriod (else its end), the first event of effectiveTiming, issued."""
    for key in ("effectiveDateTime", "effectiveInstant"):
        found = moment(resource.get(key))
        if found:
            return found
    period = resource.get("effectivePeriod")
    if isinstance(period, dict):
        found = moment(period.get("start")) or moment(period.get("end"))
        if found:
            return found
    timing = resource.get("effectiveTiming")
    if isinstance(timing, dict) and isinstance(timing.get("event"), list):
        for event in timing["event"]:
            found = moment(event)
            if found:
                return found
    return moment(resource.get("issued"))
