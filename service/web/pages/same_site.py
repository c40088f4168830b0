"""Whether a form was sent by a page of ours. Browsers say so themselves, and no page can make them say otherwise."""

from __future__ import annotations

from flask import Request

from service.errors import Forbidden, Problem


def refuse_other_sites(request: Request) -> None:
    """Raises Forbidden for a form that a page of another site, or of another host of this one, has sent."""
    site = request.headers.get("Sec-Fetch-Site", "none")
    if site not in ("same-origin", "none"):
        said = "this form was sent by a page of another site; open the page itself, beginning at /"
        raise Forbidden(Problem(issue_type="forbidden", diagnostics=said, expression="Sec-Fetch-Site"))
