"""The workbench at / and the assessment page: the same answer as through every door, for eyes. Made here, without a script it would need."""

from __future__ import annotations

import shlex
from functools import cache
from urllib.parse import urlencode

from flask import Blueprint, Response, request

from service.clinical.assessment import Setting
from service.errors import ClaudicationError, NotFound, Problem
from service.evidence.report import report
from service.pipeline import assess_bundle
from service.web.answers import FHIR_JSON, document
from service.web.assessment_record import record_answer
from service.web.callers import known_caller
from service.web.definitions import revalidated, tagged
from service.web.deployment import Deployment
from service.web.pages.card import cards
from service.web.pages.examples import EXAMPLES, example_body
from service.web.pages.page import HTML_TYPE, download, page
from service.web.pages.report.pdf import FILE_NAME, PDF_TYPE, can_make_reports
from service.web.pages.submission import Show, Submission, read_form
from service.web.pages.values import page_values

DOOR = "workbench"
_FAULT = 500


def workbench(deployment: Deployment) -> Blueprint:
    """The doors for people."""
    door = Blueprint("workbench", __name__, template_folder="templates")
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
    def open_workbench() -> Response:
        return page("workbench.html", examples=EXAMPLES.values(), settings=_settings())

    @door.post("/assessment")
    def assess() -> Response:
        try:
            return _assess()
        except ClaudicationError as error:
            if error.status >= _FAULT or request.accept_mimetypes.best_match((FHIR_JSON, HTML_TYPE)) != HTML_TYPE:
                raise
            return page("refused.html", status=error.status, problems=error.problems)

    def _assess() -> Response:
        client = known_caller(request, deployment)
        sent = read_form(request, limit=settings.max_body_bytes, limit_depth=settings.max_depth)
        if sent.show is Show.SENT:
            return download(_sent(sent), "bundle.json", FHIR_JSON)
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
            report=deployment.place.report if sent.asked.report else None,
        )
        sheet = b""
        if sent.show is Show.PDF:
            sheet = deployment.place.report(answer.assessment, as_of=as_of, patient_reference=answer.patient_reference)
        record_answer(deployment, answer, bundle=sent.asked.bundle, strict=False, caller=client, door=DOOR, as_of=as_of, now=now)
        if sent.show is Show.PDF:
            return download(sheet, FILE_NAME, PDF_TYPE)
        if sent.show is Show.ANSWER:
            return download(document(answer.bundle, pretty=True), "assessment.json", FHIR_JSON)
        card = document(cards(answer, evidence, as_of=as_of, public_url=settings.public_url), pretty=True)
        if sent.show is Show.CARD:
            return download(card, "cards.json", "application/json")
        return page(
            "assessment.html",
            values=page_values(answer.assessment, evidence, anchors(), as_of=as_of),
            sent=sent,
            example=EXAMPLES.get(sent.example),
            citations=evidence.citations,
            settings=_settings(),
            curl=_curl(sent, settings.public_url or request.host_url.rstrip("/")),
            cards=card.decode(),
            reports=can_make_reports(),
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

    return door


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
