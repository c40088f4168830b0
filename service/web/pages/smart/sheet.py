"""Which assessment a page of the app shows, so that the sheet made from there is of that one and of no other."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import Request

from service.errors import BadRequest, Problem
from service.web.pages.smart.session import LASTS

AS_OF, DIGEST = "as_of", "assessment"
"""The names of the fields that say it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownAssessment:
    """`digest` is that of everything it was made from."""

    as_of: datetime
    digest: str


def read_shown(request: Request, *, now: datetime) -> ShownAssessment:
    """What the form says. Raises BadRequest for a moment at which no page of a session that is still open can have been made."""
    given = request.form.get(AS_OF, "")
    try:
        as_of = datetime.fromisoformat(given)
    except ValueError:
        as_of = None
    if as_of is None or as_of.tzinfo is None or not now - LASTS <= as_of <= now:
        said = f"{AS_OF} is {given[:64]!r}, and the page was not made then; look at the page again, and take the sheet from there"
        raise BadRequest(Problem(issue_type="value", diagnostics=said, expression=AS_OF))
    return ShownAssessment(as_of=as_of, digest=request.form.get(DIGEST, ""))


def require_shown(shown: ShownAssessment, digest: str) -> None:
    """Raises BadRequest where the record and the answers make another assessment by now than the page showed."""
    if shown.digest != digest:
        said = (
            "the record or the answers have changed since the page was made, so a sheet would say something else than the page; "
            "look at the page again, and take the sheet from there"
        )
        raise BadRequest(Problem(issue_type="business-rule", diagnostics=said, expression=DIGEST))
