"""What the form of the dashboard asks for: from and to as days, and a client, a hook, a rule. Weeks are shown whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlencode

from flask import Request

from service.errors import BadRequest, Problem
from service.fhir.json_format import shortened
from service.store.dashboard_values import Asked
from service.store.hook_writes import monday_of

PARAMETERS = ("from", "to", "client", "hook", "rule")
SILENCE = timedelta(hours=24)
"""What is unanswered for so long is counted as ignored: EHRs send feedback when somebody acts, or at the end of the day."""
_USUAL = timedelta(weeks=12)
MOST_WEEKS = 530
_LONGEST = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class DashboardQuery:
    """`asked`: what is counted. The days are those that were asked for, or that stand for nothing asked."""

    asked: Asked
    first_day: date
    last_day: date

    @property
    def as_query(self) -> str:
        """The same in an address, for the export and for the way back."""
        one = self.asked
        told = (("client", one.client), ("hook", one.hook), ("rule", one.rule))
        days = (("from", self.first_day.isoformat()), ("to", self.last_day.isoformat()))
        return urlencode([*days, *((name, value) for name, value in told if value)])


def read_query(request: Request, *, now: datetime, client: str = "") -> DashboardQuery:
    """The parameters; what is left empty is not asked. `client`: the only one that may be asked for, "" for any. Raises BadRequest with all that is wrong."""
    problems = list(_unknown(request))
    today = now.astimezone(UTC).date()
    last_day = _day(request, "to", today, problems)
    first_day = _day(request, "from", monday_of(last_day - _USUAL), problems)
    words = {name: request.args.get(name, "").strip() for name in ("client", "hook", "rule")}
    problems += [
        _problem("value", f"{name} is longer than {_LONGEST} characters; choose one that the page offers", name)
        for name, value in words.items()
        if len(value) > _LONGEST
    ]
    if client and words["client"] not in ("", client):
        problems.append(_problem("value", f"client may be {client} only: a client sees its own cards", "client"))
    weeks = (monday_of(last_day) - monday_of(first_day)).days // 7 + 1
    if not problems and not 1 <= weeks <= MOST_WEEKS:
        said = (
            f"from {first_day} to {last_day} is no period of at most {MOST_WEEKS} weeks; let it end on a later day than it begins"
        )
        problems.append(_problem("value", said, "from"))
    if problems:
        raise BadRequest(problems)
    asked = Asked(
        first_week=monday_of(first_day),
        last_week=monday_of(last_day),
        silent_since=now - SILENCE,
        client=client or words["client"],
        hook=words["hook"],
        rule=words["rule"],
    )
    return DashboardQuery(asked=asked, first_day=first_day, last_day=last_day)


def _day(request: Request, name: str, otherwise: date, problems: list[Problem]) -> date:
    said = request.args.get(name, "").strip()
    if not said:
        return otherwise
    try:
        if len(said) == len("2026-03-02"):
            day = date.fromisoformat(said)
            # A week before the first, or after the last, of the calendar cannot be counted.
            if 1900 <= day.year <= 9998:
                return day
    except ValueError:
        pass
    problems.append(_problem("value", f"{name} is {shortened(said)!r}; send a day such as 2026-03-02", name))
    return otherwise


def _unknown(request: Request) -> Iterator[Problem]:
    for name in request.args:
        if name not in PARAMETERS or len(request.args.getlist(name)) > 1:
            said = f"{shortened(name)!r} is not known or stands twice; the parameters are {', '.join(PARAMETERS)}, each once"
            yield _problem("not-supported", said, "")


def _problem(issue_type: str, diagnostics: str, expression: str) -> Problem:
    return Problem(issue_type=issue_type, diagnostics=diagnostics, expression=expression)
