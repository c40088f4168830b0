"""GET /evidence and GET /source-attributes: what the reasoning rests on, as a page without scripts and as JSON."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib import resources

from flask import Blueprint, Request, Response, render_template, request

from service import __version__
from service.errors import NotAcceptable, Problem
from service.evidence.intended_use import INTENDED_USE
from service.evidence.loader import Evidence
from service.evidence.report import report
from service.evidence.report_formats import as_data
from service.evidence.source_attributes import attributes_as_data, source_attributes
from service.fhir.operation_definition import PUBLISHED
from service.web.answers import document
from service.web.definitions import revalidated, tagged
from service.web.pages.page import HTML

JSON = "application/json"
_OFFERED = (JSON, "text/html")
_FORMATS = {"json": JSON, "html": "text/html", **{kind: kind for kind in _OFFERED}}


def evidence_pages(evidence: Evidence) -> Blueprint:
    """The doors to the evidence. Each form of each page is written once, when first asked for."""
    door = Blueprint("evidence", __name__, template_folder="templates")
    attributes = source_attributes(evidence, version=__version__, released=PUBLISHED)

    @cache
    def evidence_written(kind: str, pretty: bool) -> tuple[bytes, str]:
        if kind == JSON:
            return tagged(document(as_data(report(evidence)), pretty=pretty))
        return tagged(_page("evidence.html", report=as_data(report(evidence))))

    @cache
    def attributes_written(kind: str, pretty: bool) -> tuple[bytes, str]:
        data = attributes_as_data(attributes)
        if kind == JSON:
            return tagged(document(data, pretty=pretty))
        return tagged(_page("source_attributes.html", source=data))

    @door.get("/evidence")
    def read_evidence() -> Response:
        kind = _wanted(request)
        return _answer(kind, *evidence_written(kind, _pretty(kind)))

    @door.get("/source-attributes")
    def read_source_attributes() -> Response:
        kind = _wanted(request)
        return _answer(kind, *attributes_written(kind, _pretty(kind)))

    return door


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
    answer.headers["Content-Security-Policy"] = (
        f"default-src 'none'; style-src '{_style()[1]}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return answer


def _page(template: str, **shown: object) -> bytes:
    return render_template(template, style=_style()[0], intended_use=INTENDED_USE, version=__version__, **shown).encode()


@cache
def _style() -> tuple[str, str]:
    """The style sheet, and the hash by which the policy lets it, and no other, stand in the page."""
    style = (resources.files("service.web.pages") / "templates" / "page.css").read_text(encoding="utf-8")
    return style, f"sha256-{base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()}"
