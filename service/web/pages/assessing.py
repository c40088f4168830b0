"""From one Bundle and its options to the assessment page, or to a download of the same: what every page that assesses does."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from functools import cache, partial
from urllib.parse import urlencode

from flask import Response, request

from service.clinical.assessment import Setting
from service.pipeline import assess_bundle
from service.web.answers import FHIR_JSON, document
from service.web.assessment_record import record_answer
from service.web.callers import known_caller
from service.web.deployment import Deployment
from service.web.pages.anchors import evidence_anchors
from service.web.pages.assessment.values import page_values
from service.web.pages.card import cards
from service.web.pages.examples import EXAMPLES, example_body
from service.web.pages.page import download, page
from service.web.pages.report.pdf import FILE_NAME, PDF_TYPE, can_make_reports
from service.web.pages.submission import Show, Submission

Shown = Callable[..., Response]


def assessing(deployment: Deployment, *, door: str) -> Shown:
    """`shown(sent, **more)` assesses, records and answers as `sent.show` asks. `more`: what the page shows besides, by the names of its template.

    Raises as the operation does.
    """
    settings, evidence = deployment.settings, deployment.evidence
    anchors = cache(partial(evidence_anchors, evidence))

    def shown(sent: Submission, **more: object) -> Response:
        client = known_caller(request, deployment)
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
        record_answer(deployment, answer, bundle=sent.asked.bundle, strict=False, caller=client, door=door, as_of=as_of, now=now)
        if sent.show is Show.PDF:
            return download(sheet, FILE_NAME, PDF_TYPE)
        if sent.show is Show.ANSWER:
            return download(document(answer.bundle, pretty=True), "assessment.json", FHIR_JSON)
        card = document(cards(answer, evidence, as_of=as_of, public_url=settings.public_url), pretty=True)
        if sent.show is Show.CARD:
            return download(card, "cards.json", "application/json")
        return page(
            "assessment.html",
            status=200,
            values=page_values(answer.assessment, evidence, anchors(), as_of=as_of),
            sent=sent,
            example=EXAMPLES.get(sent.example),
            citations=evidence.citations,
            settings=settings_to_choose(),
            curl=_curl(sent, settings.public_url or request.host_url.rstrip("/")),
            cards=card.decode(),
            reports=can_make_reports(),
            **more,
        )

    return shown


def settings_to_choose() -> list[tuple[str, str]]:
    """The clinical settings with their names."""
    return [(setting.value, setting.value.replace("-", " ").capitalize()) for setting in Setting]


def _sent(sent: Submission) -> bytes:
    return example_body(sent.example) if sent.example else sent.text.encode()


def _curl(sent: Submission, address: str) -> str:
    """The same question on a command line. The values of the form are quoted for it."""
    options = {name: value for name, value in (("setting", sent.setting), ("asOf", sent.as_of)) if value}
    query = f"?{urlencode(options)}" if options else ""
    asked = shlex.quote(f"{address}/fhir/$assess-claudication{query}")
    post = f"curl --silent --show-error {asked} \\\n  --header 'Content-Type: application/fhir+json' --data-binary "
    if sent.example:
        return f"curl --silent {shlex.quote(f'{address}/examples/{sent.example}')} |\n{post}@-"
    return f"{post}@bundle.json"
