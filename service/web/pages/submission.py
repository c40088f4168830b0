"""What the form of the workbench sends: one Bundle (an example, pasted, or as a file) and the options of the operation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from flask import Request
from werkzeug.exceptions import RequestEntityTooLarge

from service.errors import BadRequest, PayloadTooLarge, Problem, UnsupportedMedia
from service.fhir.json_format import parse
from service.fhir.operation import AssessmentRequest, read_request
from service.web.pages.examples import AS_OF, EXAMPLES, example_body
from service.web.pages.same_site import refuse_other_sites

FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")
FIELDS = ("example", "bundle", "setting", "asOf", "show")
_PARTS = 16
# The names and boundaries around the Bundle, and its line ends: a browser sends a pasted text with two characters for each.
_AROUND = 64 * 1024


class Show(StrEnum):
    """What is wanted back."""

    PAGE = "page"
    ANSWER = "answer"
    CARD = "card"
    PDF = "pdf"
    SENT = "sent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """`text`: the document as it was sent, for the page to send again; "" for an example, whose id is enough."""

    asked: AssessmentRequest
    example: str
    text: str
    setting: str
    as_of: str
    show: Show


def read_form(request: Request, *, limit: int, limit_depth: int) -> Submission:
    """The form. Raises Forbidden for another site's page, UnsupportedMedia, PayloadTooLarge, and BadRequest or Unprocessable as the operation does."""
    # Nothing here depends on who the browser belongs to, so a forged form gains nothing; it would only leave a row in the audit.
    refuse_other_sites(request)
    if request.mimetype not in FORMS:
        raise UnsupportedMedia(
            Problem(
                issue_type="not-supported",
                diagnostics=f"Content-Type is {request.mimetype[:64]!r}; send a form ({' or '.join(FORMS)}), or send the Bundle itself to /fhir/$assess-claudication",
                expression="Content-Type",
            )
        )
    request.max_content_length = 3 * limit + _AROUND if request.mimetype == FORMS[1] else limit + _AROUND
    request.max_form_memory_size = request.max_content_length
    request.max_form_parts = _PARTS
    try:
        fields = request.form
        file = request.files.get("file")
    except RequestEntityTooLarge:
        raise _too_large(limit) from None
    problems = list(_unknown([*fields, *request.files]))
    show = Show.PAGE
    if fields.get("show") in [one.value for one in Show]:
        show = Show(fields["show"])
    elif fields.get("show"):
        problems.append(_problem("code-invalid", f"show is {fields['show'][:64]!r}; allowed: {', '.join(Show)}", "show"))
    if problems:
        raise BadRequest(problems)
    uploaded = file.read() if file is not None else b""
    pasted = fields.get("bundle", "").strip().encode()
    example = fields.get("example", "")
    body = _document(example, pasted, uploaded)
    if len(body) > limit:
        raise _too_large(limit)
    setting, as_of = fields.get("setting", ""), fields.get("asOf", "").strip()
    if example:
        setting = setting or EXAMPLES[example].setting.value
        as_of = as_of or AS_OF.isoformat()
    options = {name: [value] for name, value in (("setting", setting), ("asOf", as_of)) if value}
    asked = read_request(parse(body, limit_depth=limit_depth), options)
    text = "" if example else body.decode()
    return Submission(asked=asked, example=example, text=text, setting=setting, as_of=as_of, show=show)


def _document(example: str, pasted: bytes, uploaded: bytes) -> bytes:
    given = [name for name, value in (("example", example), ("bundle", pasted), ("file", uploaded)) if value]
    if len(given) != 1:
        said = f"{' and '.join(given)} are given" if given else "nothing is given"
        raise BadRequest(_problem("required", f"{said}; choose an example, or paste one Bundle, or choose one file", "bundle"))
    if not example:
        return pasted or uploaded
    if example not in EXAMPLES:
        raise BadRequest(
            _problem("code-invalid", f"there is no example {example[:64]!r}; there are: {', '.join(sorted(EXAMPLES))}", "example")
        )
    return example_body(example)


def _unknown(names: list[str]) -> Iterator[Problem]:
    known = (*FIELDS, "file")
    for name in names:
        if name not in known:
            yield _problem("not-supported", f"there is no field {name[:64]!r}; there are: {', '.join(known)}", name[:64])


def _too_large(limit: int) -> PayloadTooLarge:
    return PayloadTooLarge(
        _problem(
            "too-long",
            f"the Bundle is over the limit of {limit} bytes; send one patient's limb pressures, answers and conditions, not the whole chart",
            "bundle",
        )
    )


def _problem(issue_type: str, diagnostics: str, expression: str) -> Problem:
    return Problem(issue_type=issue_type, diagnostics=diagnostics, expression=expression)
