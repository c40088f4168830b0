"""Answers that come as a file, such as a patient has brought, as the fields of the form, for a clinician to go through before anything is assessed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flask import Request
from werkzeug.exceptions import RequestEntityTooLarge

from service.errors import BadRequest, PayloadTooLarge, Problem, Unprocessable, UnsupportedMedia
from service.fhir.elements import Json, dicts, number
from service.fhir.forms.own_forms import USED_STATUSES
from service.fhir.forms.questionnaire import CANONICAL, PATIENT_CANONICAL
from service.fhir.json_format import parse
from service.web.pages.forms.fields import Fields
from service.web.pages.same_site import refuse_other_sites

FILE_TYPE = "multipart/form-data"
_DEPTH = 16
_PARTS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenAnswers:
    """`authored` and `by_patient` are what the file says of itself; `authored` "" where it says nothing."""

    fields: Fields
    authored: str
    by_patient: bool


def read_file(request: Request, *, limit: int) -> TakenAnswers:
    """The answers in the file. Raises Forbidden, UnsupportedMedia, PayloadTooLarge, BadRequest for what is no JSON, and Unprocessable for what are not answers to a form of ours."""
    refuse_other_sites(request)
    if request.mimetype != FILE_TYPE:
        said = f"Content-Type is {request.mimetype[:64]!r}; send the file as the part 'file' of {FILE_TYPE}"
        raise UnsupportedMedia(Problem(issue_type="not-supported", diagnostics=said, expression="Content-Type"))
    request.max_content_length, request.max_form_memory_size, request.max_form_parts = limit, limit, _PARTS
    try:
        file = request.files.get("file")
    except RequestEntityTooLarge:
        said = f"the file is over the limit of {limit} bytes; choose the one that was saved at the end of the form"
        raise PayloadTooLarge(Problem(issue_type="too-long", diagnostics=said, expression="file")) from None
    body = file.read() if file is not None else b""
    if not body:
        raise BadRequest(Problem(issue_type="required", diagnostics="no file was chosen; choose one first", expression="file"))
    response = parse(body, limit_depth=_DEPTH)
    form = _form_of(response)
    authored = response.get("authored")
    return TakenAnswers(
        fields=Fields(_fields(response)),
        authored=authored[:10] if isinstance(authored, str) else "",
        by_patient=form == PATIENT_CANONICAL,
    )


def _form_of(response: object) -> str:
    said_of_itself: Json = response if isinstance(response, dict) else {}
    kind, named = said_of_itself.get("resourceType"), said_of_itself.get("questionnaire")
    form = named.partition("|")[0] if isinstance(named, str) else ""
    if kind != "QuestionnaireResponse" or form not in (CANONICAL, PATIENT_CANONICAL):
        said = f"the file holds {str(kind)[:40]!r} to the form {form[:80]!r}; choose a QuestionnaireResponse to {CANONICAL} or {PATIENT_CANONICAL}"
        raise Unprocessable(Problem(issue_type="not-supported", diagnostics=said, expression="file"))
    status = str(said_of_itself.get("status", "completed"))
    if status not in USED_STATUSES:
        said = f"the answers in the file are of the status {status[:40]!r}, and are not to be used; choose a file of the status {', '.join(sorted(USED_STATUSES))}"
        raise Unprocessable(Problem(issue_type="business-rule", diagnostics=said, expression="file"))
    return form


def _fields(holder: Json) -> Iterator[tuple[str, str]]:
    for item in dicts(holder.get("item")):
        for answer in dicts(item.get("answer")):
            yield from (
                (str(item.get("linkId", "")), _typed(value)) for name, value in answer.items() if name.startswith("value")
            )
            yield from _fields(answer)
        yield from _fields(item)


def _typed(value: object) -> str:
    """As it would have been typed or chosen."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        # Without a code it cannot be taken, which is then said.
        return str(value.get("code") or value.get("display") or "?")
    digits = number(value)
    return str(value) if digits is None else f"{digits.normalize():f}"
