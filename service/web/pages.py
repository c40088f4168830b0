"""The workbench at / and the assessment page: the same answer as through every door, for eyes. Made here, without a script it would need."""

from __future__ import annotations

import shlex
from functools import cache
from importlib import resources
from urllib.parse import urlencode

from flask import Blueprint, Response, render_template, request

from service import __version__
from service.clinical.assessment import Setting
from service.errors import ClaudicationError, NotFound, Problem
from service.evidence.intended_use import INTENDED_USE
from service.evidence.report import report
from service.pipeline import assess_bundle
from service.web.answers import FHIR_JSON, document
from service.web.assessment_record import record_answer
from service.web.callers import known_caller
from service.web.definitions import revalidated, tagged
from service.web.deployment import Deployment
from service.web.examples import EXAMPLES, example_body
from service.web.page_card import cards
from service.web.page_form import Show, Submission, read_form
from service.web.page_values import page_values

DOOR = "workbench"
HTML_TYPE = "text/html"
HTML = f"{HTML_TYPE}; charset=utf-8"
_FAULT = 500
ASSETS = {"page.css": "text/css; charset=utf-8", "copy.js": "text/javascript; charset=utf-8", "icon.svg": "image/svg+xml"}
POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "script-src 'self'",
        "img-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)


def pages(deployment: Deployment) -> Blueprint:
    """The doors for people."""
    door = Blueprint("pages", __name__, template_folder="templates")
    settings, evidence = deployment.settings, deployment.evidence

    @cache
    def anchors() -> dict[str, str]:
        """The place on the page of the evidence for each entry and rule; where two sections have the same name, the first."""
        places: dict[str, str] = {}
        for section in report(evidence).sections:
            for row in section.rows:
                name = row.id.partition(",")[0]
                places.setdefault(name, f"{section.id}-{name}")
        return places

    @door.get("/")
    def workbench() -> Response:
        return _page("workbench.html", examples=EXAMPLES.values(), settings=_settings())

    @door.post("/assessment")
    def assess() -> Response:
        try:
            return _assess()
        except ClaudicationError as error:
            if error.status >= _FAULT or request.accept_mimetypes.best_match((FHIR_JSON, HTML_TYPE)) != HTML_TYPE:
                raise
            return _page("refused.html", status=error.status, problems=error.problems)

    def _assess() -> Response:
        client = known_caller(request, deployment)
        sent = read_form(request, limit=settings.max_body_bytes, limit_depth=settings.max_depth)
        if sent.show is Show.SENT:
            return _download(_sent(sent), "bundle.json", FHIR_JSON)
        now = deployment.clock()
        as_of = sent.asked.as_of or now
        answer = assess_bundle(
            sent.asked.bundle,
            evidence,
            as_of=as_of,
            setting=sent.asked.setting,
            output=sent.asked.output,
            explain=sent.asked.explain,
            codes=deployment.codes,
        )
        record_answer(deployment, answer, bundle=sent.asked.bundle, strict=False, caller=client, door=DOOR, as_of=as_of, now=now)
        if sent.show is Show.ANSWER:
            return _download(document(answer.bundle, pretty=True), "assessment.json", FHIR_JSON)
        card = document(cards(answer, evidence, as_of=as_of, public_url=settings.public_url), pretty=True)
        if sent.show is Show.CARD:
            return _download(card, "cards.json", "application/json")
        return _page(
            "assessment.html",
            page=page_values(answer.assessment, evidence, anchors(), as_of=as_of),
            sent=sent,
            example=EXAMPLES.get(sent.example),
            citations=evidence.citations,
            settings=_settings(),
            curl=_curl(sent, settings.public_url or request.host_url.rstrip("/")),
            cards=card.decode(),
        )

    @door.get("/examples/<id>")
    def example(id: str) -> Response:
        if id not in EXAMPLES:
            raise NotFound(
                Problem(
                    issue_type="not-found",
                    diagnostics=f"there is no example {id[:64]!r} here; there are: {', '.join(sorted(EXAMPLES))}",
                )
            )
        return revalidated(*_tagged_example(id), FHIR_JSON)

    @door.get("/assets/<name>")
    def asset(name: str) -> Response:
        if name not in ASSETS:
            raise NotFound(
                Problem(issue_type="not-found", diagnostics=f"there is no {name[:64]!r} here; there are: {', '.join(ASSETS)}")
            )
        return revalidated(*_asset(name), ASSETS[name])

    return door


def _page(template: str, *, status: int = 200, **shown: object) -> Response:
    """Nobody keeps a page: it may tell of a patient."""
    body = render_template(template, intended_use=INTENDED_USE, version=__version__, **shown)
    answer = Response(body, status=status, content_type=HTML)
    answer.headers["Content-Security-Policy"] = POLICY
    answer.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Vary"] = "Accept"
    return answer


def _download(body: bytes, name: str, media_type: str) -> Response:
    answer = Response(body, content_type=media_type)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Vary"] = "Accept"
    return answer


def _sent(sent: Submission) -> bytes:
    return example_body(sent.example) if sent.example else sent.text.encode()


def _settings() -> list[tuple[str, str]]:
    return [(setting.value, setting.value.replace("-", " ").capitalize()) for setting in Setting]


def _curl(sent: Submission, address: str) -> str:
    """The same question on a command line. The values of the form are quoted for it."""
    options = {name: value for name, value in (("setting", sent.setting), ("asOf", sent.as_of)) if value}
    query = f"?{urlencode(options)}" if options else ""
    asked = shlex.quote(f"{address}/fhir/$assess-claudication{query}")
    post = f"curl --silent --show-error {asked} \\\n  --header 'Content-Type: application/fhir+json' --data-binary "
    if sent.example:
        return f"curl --silent {shlex.quote(f'{address}/examples/{sent.example}')} |\n{post}@-"
    return f"{post}@bundle.json"


@cache
def _tagged_example(id: str) -> tuple[bytes, str]:
    return tagged(example_body(id))


@cache
def _asset(name: str) -> tuple[bytes, str]:
    return tagged((resources.files("service.web") / "assets" / name).read_bytes())
