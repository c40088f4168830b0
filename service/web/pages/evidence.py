"""GET /evidence and GET /source-attributes: what the reasoning rests on, as a page without scripts and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from flask import Blueprint, Request, Response, render_template, request

from service import __version__
from service.errors import BadRequest, NotAcceptable, Problem
from service.evidence.dependence import Dependence, dependence
from service.evidence.intended_use import INTENDED_USE
from service.evidence.loader import Evidence
from service.evidence.reading import Tag
from service.evidence.report import Report, report
from service.evidence.report_filter import matching
from service.evidence.report_formats import as_data
from service.evidence.report_rows import TAG_MEANINGS
from service.evidence.source_attributes import attributes_as_data, source_attributes
from service.fhir.json_format import shortened
from service.fhir.knowledge.operation_definition import PUBLISHED
from service.web.answers import document
from service.web.definitions import revalidated, tagged
from service.web.pages.evidence_values import evidence_values
from service.web.pages.page import HTML, POLICY

JSON = "application/json"
_OFFERED = (JSON, "text/html")
_FORMATS = {"json": JSON, "html": "text/html", **{kind: kind for kind in _OFFERED}}
_LONGEST = 200


def evidence_pages(evidence: Evidence) -> Blueprint:
    """The doors to the evidence. Each form of each whole page is written once, when first asked for; what is looked for, each time."""
    door = Blueprint("evidence", __name__, template_folder="templates")
    attributes = source_attributes(evidence, version=__version__, released=PUBLISHED)

    @cache
    def whole() -> Report:
        return report(evidence)

    @cache
    def depends() -> Dependence:
        return dependence(evidence)

    def write(found: Report, kind: str, pretty: bool, words: str = "", tag: Tag | None = None) -> tuple[bytes, str]:
        if kind == JSON:
            return tagged(document(as_data(found), pretty=pretty))
        values = evidence_values(found, whole(), depends())
        return tagged(_page("evidence.html", values=values, evidence_version=found.version, tags=TAG_MEANINGS, q=words, tag=tag))

    @cache
    def evidence_written(kind: str, pretty: bool) -> tuple[bytes, str]:
        return write(whole(), kind, pretty)

    @cache
    def attributes_written(kind: str, pretty: bool) -> tuple[bytes, str]:
        data = attributes_as_data(attributes)
        if kind == JSON:
            return tagged(document(data, pretty=pretty))
        return tagged(_page("source_attributes.html", source=data))

    @door.get("/evidence")
    def read_evidence() -> Response:
        kind = _wanted(request)
        words, tag = _looked_for(request)
        if not words and tag is None:
            return _answer(kind, *evidence_written(kind, _pretty(kind)))
        return _answer(kind, *write(matching(whole(), words=words, tag=tag), kind, _pretty(kind), words, tag))

    @door.get("/source-attributes")
    def read_source_attributes() -> Response:
        kind = _wanted(request)
        return _answer(kind, *attributes_written(kind, _pretty(kind)))

    return door


def _looked_for(asked: Request) -> tuple[str, Tag | None]:
    """The words and the tag; what is left empty is not asked for. Raises BadRequest with all that is wrong."""
    words, said = asked.args.get("q", "").strip(), asked.args.get("tag", "").strip()
    problems = list(_wrong(words, said))
    if problems:
        raise BadRequest(problems)
    return words, Tag(said) if said else None


def _wrong(words: str, tag: str) -> Iterator[Problem]:
    if len(words) > _LONGEST:
        yield Problem(issue_type="value", diagnostics=f"q has {len(words)} characters; at most {_LONGEST}", expression="q")
    if tag and tag not in [one.value for one in Tag]:
        said = f"tag is {shortened(tag)!r}; allowed: {', '.join(Tag)}"
        yield Problem(issue_type="code-invalid", diagnostics=said, expression="tag")


def _wanted(asked: Request) -> str:
    """HTML where the caller likes it better than JSON. Raises NotAcceptable when neither is accepted."""
    format_ = asked.args.get("_format")
    chosen = asked.accept_mimetypes.best_match(_OFFERED) if format_ is None else _FORMATS.get(format_.strip().lower())
    if format_ is None and "Accept" not in asked.headers:
        chosen = JSON
    if chosen is None:
        raise NotAcceptable(
            Problem(
                issue_type="not-supported",
                diagnostics="this page is offered as text/html and as application/json; ask for one of them, in Accept or with _format=html or _format=json",
                expression="Accept" if format_ is None else "_format",
            )
        )
    return chosen


def _pretty(kind: str) -> bool:
    return kind == JSON and request.args.get("_pretty") == "true"


def _answer(kind: str, body: bytes, tag: str) -> Response:
    if kind == JSON:
        return revalidated(body, tag, JSON)
    answer = revalidated(body, tag, HTML)
    answer.headers["Content-Security-Policy"] = POLICY
    return answer


def _page(template: str, **shown: object) -> bytes:
    return render_template(template, intended_use=INTENDED_USE, version=__version__, **shown).encode()
