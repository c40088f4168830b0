"""What a search of the record may ask: patient, _lastUpdated with its prefixes, _count, and the mark of the next page. Anything else is refused."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from service.errors import BadRequest, Problem
from service.fhir.json_format import shortened
from service.fhir.references import without_version

READ_BACK = ("RiskAssessment", "ServiceRequest", "Observation", "Provenance", "AuditEvent")
"""The types that are read back."""
PARAMETERS = ("patient", "_lastUpdated", "_count", "_page")
PREFIXES = ("eq", "gt", "ge", "lt", "le", "sa", "eb")
DEFAULT_COUNT = 20
MOST_COUNT = 100
"""More than so many on a page are not given: every one of them is decrypted."""

# As the ids that a patient of the EHR is asked for by, which known servers make longer than R4 and with underscores.
_ID = re.compile(r"[A-Za-z0-9._-]{1,256}")
_DATE = re.compile(r"(\d{4})(-\d\d)?(-\d\d)?(T\d\d:\d\d)?(:\d\d)?(\.\d{1,6})?(Z|[+-]\d\d:\d\d)?")
_PAGE = re.compile(r"(\d{1,18})-(\d{1,18})")
_DAY = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordSearch:
    """A search as it was asked. [`since`, `until`) bounds the time; `page` is (snapshot, before) of the page before, None on the first."""

    patient: str = ""
    since: datetime | None = None
    until: datetime | None = None
    count: int = DEFAULT_COUNT
    page: tuple[int, int] | None = None


def read_search(given: Mapping[str, Sequence[str]]) -> RecordSearch:
    """The search in the parameters of a query. Raises BadRequest for every one that is unknown, repeated or wrong, all at once."""
    problems = [_unknown(name) for name in given if name not in PARAMETERS]
    problems += [
        _repeated(name) for name, values in given.items() if name in PARAMETERS and name != "_lastUpdated" and len(values) > 1
    ]
    patient = _patient(given, problems)
    since, until = _between(given.get("_lastUpdated", ()), problems)
    count = _count(given, problems)
    page = _page(given, problems)
    if problems:
        raise BadRequest(problems)
    return RecordSearch(patient=patient, since=since, until=until, count=count, page=page)


def page_mark(snapshot: int, before: int) -> str:
    """The mark of the next page: opaque to who follows the link."""
    return base64.urlsafe_b64encode(f"{snapshot}-{before}".encode()).decode().rstrip("=")


def _patient(given: Mapping[str, Sequence[str]], problems: list[Problem]) -> str:
    said = next(iter(given.get("patient", ())), None)
    if said is None:
        return ""
    if _ID.fullmatch(said):
        return f"Patient/{said}"
    named = without_version(said)
    if "," in said or not (re.fullmatch(r"(https?://\S+/)?Patient/[A-Za-z0-9._-]{1,256}|urn:(uuid|oid):\S+", named)):
        problems.append(
            _wrong(
                "patient", said, "one reference to a Patient, as the assessed Bundle had it: 23, Patient/23 or an absolute URL"
            )
        )
    return named


def _between(values: Sequence[str], problems: list[Problem]) -> tuple[datetime | None, datetime | None]:
    since: datetime | None = None
    until: datetime | None = None
    for value in values:
        # In a query an unescaped plus arrives as a blank.
        said = value.replace(" ", "+")
        prefix, date = (said[:2], said[2:]) if said[:2].isalpha() else ("eq", said)
        interval = _interval(date) if prefix in PREFIXES else None
        if interval is None:
            allowed = f"a date or dateTime with time zone, with one of the prefixes {', '.join(PREFIXES)} or none"
            problems.append(_wrong("_lastUpdated", value, allowed))
            continue
        low, high = interval
        lower = {"eq": low, "ge": low, "gt": high, "sa": high}.get(prefix)
        upper = {"eq": high, "le": high, "lt": low, "eb": low}.get(prefix)
        since = max(filter(None, (since, lower)), default=None)
        until = min(filter(None, (until, upper)), default=None)
    return since, until


def _interval(text: str) -> tuple[datetime, datetime] | None:
    """The time that a date of some precision covers, [low, high)."""
    found = _DATE.fullmatch(text)
    if found is None:
        return None
    year, month, day, minute, second, fraction, zone = found.groups()
    given = [part is not None for part in (year, month, day, minute, second, fraction)]
    # A time needs all that stands before it, and its zone; a date has none.
    if given != sorted(given, reverse=True) or (zone is not None) != (minute is not None):
        return None
    try:
        low = datetime.fromisoformat(
            f"{year}{month or '-01'}{day or '-01'}{minute or 'T00:00'}{second or ':00'}{_microseconds(fraction)}{zone or '+00:00'}"
        )
        return low.astimezone(UTC), _end(low, sum(given), fraction).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _microseconds(fraction: str | None) -> str:
    return f".{(fraction or '.')[1:]:0<6}"


def _end(low: datetime, precision: int, fraction: str | None) -> datetime:
    if precision == 1:
        return low.replace(year=low.year + 1)
    if precision < _DAY:
        return (low + timedelta(days=31)).replace(day=1)
    if fraction is not None:
        return low + timedelta(microseconds=10 ** (6 - len(fraction[1:])))
    return low + (timedelta(days=1), timedelta(minutes=1), timedelta(seconds=1))[precision - _DAY]


def _count(given: Mapping[str, Sequence[str]], problems: list[Problem]) -> int:
    said = next(iter(given.get("_count", ())), str(DEFAULT_COUNT))
    if not (said.isascii() and said.isdigit()) or len(said) > 9:
        problems.append(_wrong("_count", said, f"a whole number; more than {MOST_COUNT} gives {MOST_COUNT} on a page"))
        return DEFAULT_COUNT
    return min(int(said), MOST_COUNT)


def _page(given: Mapping[str, Sequence[str]], problems: list[Problem]) -> tuple[int, int] | None:
    said = next(iter(given.get("_page", ())), None)
    if said is None:
        return None
    try:
        found = _PAGE.fullmatch(base64.urlsafe_b64decode(said + "=" * (-len(said) % 4)).decode())
    except ValueError:
        found = None
    if found is None:
        problems.append(_wrong("_page", said, "what a next link of this search has; follow the link as it is"))
        return None
    return int(found[1]), int(found[2])


def _unknown(name: str) -> Problem:
    return Problem(
        issue_type="not-supported",
        diagnostics=f"there is no search parameter {shortened(name)!r} here; there are: patient, _lastUpdated, _count. Leave it out",
        expression=name[:64],
    )


def _repeated(name: str) -> Problem:
    return Problem(issue_type="invalid", diagnostics=f"{name} is given more than once; give it once", expression=name)


def _wrong(name: str, value: str, allowed: str) -> Problem:
    # The name of a patient is not quoted: it would stand in whatever log keeps this answer.
    shown = "the value given" if name == "patient" else shortened(value)
    return Problem(issue_type="value", diagnostics=f"{name} is {shown}; allowed: {allowed}", expression=name)
