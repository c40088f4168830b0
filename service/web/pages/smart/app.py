"""GET /app and its forms: the assessment of the patient the app was launched for, what is still to be asked, and what the user writes back."""

from __future__ import annotations

from datetime import datetime
from functools import cache, partial

from flask import Blueprint, Request, Response, request
from werkzeug.exceptions import RequestEntityTooLarge

from service.errors import BadRequest, PayloadTooLarge, Problem, UnsupportedMedia
from service.fhir.answer import Output
from service.fhir.elements import Json
from service.fhir.exchange.chosen_orders import chosen_orders, orders_of, own_code
from service.fhir.exchange.write_back import Told
from service.fhir.patient_banner import patient_banner
from service.outbound.revocation import revoke
from service.pipeline import Answer
from service.web.assessment_record import record_answer, record_writing
from service.web.browser_session import FORM_TOKEN, end
from service.web.deployment import Deployment
from service.web.pages.anchors import evidence_anchors
from service.web.pages.assessment.values import page_values
from service.web.pages.page import download, page
from service.web.pages.report.pdf import FILE_NAME, PDF_TYPE, can_make_reports
from service.web.pages.smart import sheet
from service.web.pages.smart.card_link import shown_card
from service.web.pages.smart.pending import configuration_of
from service.web.pages.smart.questions import FIELD, SHOWN, question_groups, read_answers, set_aside_in_words
from service.web.pages.smart.record import assessed, connected, drafts_in_record, read_record
from service.web.pages.smart.registered import LaunchingEhr, launching_ehr, launching_ehrs
from service.web.pages.smart.session import PATIENT, AppSession, OpenApp, open_app, open_app_for_form
from service.web.pages.stopped import unless_stopped
from service.worker.assessment_record import writing_entry
from service.worker.hook_events import tell, to_tell_now
from service.writing import write_back

DOOR = "smart"
ORDER = "order"
FORM = "application/x-www-form-urlencoded"
_MOST_BYTES = 64 * 1024
_MOST_PARTS = 500


def smart_app(deployment: Deployment) -> Blueprint:
    """The doors of the app. Each asks who it is open for; what changes something asks for the word of its own page too."""
    door = Blueprint("smart_app", __name__)
    evidence = deployment.evidence
    ehrs = launching_ehrs(deployment)
    anchors = cache(partial(evidence_anchors, evidence))

    @door.get("/app")
    def show() -> Response:
        return unless_stopped(request, _show)

    @door.post("/app/answers")
    def answer() -> Response:
        return unless_stopped(request, _answer)

    @door.post("/app/orders")
    def write() -> Response:
        return unless_stopped(request, _write)

    @door.post("/app/report")
    def report() -> Response:
        return unless_stopped(request, _report)

    @door.post("/app/end")
    def sign_out() -> Response:
        return unless_stopped(request, _sign_out)

    def _show() -> Response:
        opened = open_app(request, deployment)
        ehr = launching_ehr(ehrs, opened.session.iss)
        now = deployment.clock()
        with connected(deployment, ehr, opened) as connection:
            record = read_record(deployment, connection, opened.session, as_of=now)
            drafts = drafts_in_record(connection, opened.session.patient)
        session = opened.session
        opened.keep_written(deployment, record.written)
        answer = assessed(deployment, ehr.client, record.bundle, as_of=now)
        _record(ehr, session, answer, record.bundle, as_of=now, now=now)
        made = page(
            "smart_app.html",
            values=page_values(answer.assessment, evidence, anchors(), as_of=now),
            citations=evidence.citations,
            banner=patient_banner(record.bundle),
            session=session,
            form=record.form,
            set_aside=set_aside_in_words(record.set_aside),
            ehr=ehr.app.name,
            card=shown_card(deployment, ehr.client, session.card, session.patient),
            groups=question_groups(answer.assessment, session, record),
            orders=[(one, drafts.get(own_code(one), "")) for one in orders_of(answer.bundle)],
            fields={
                "token": FORM_TOKEN,
                "patient": PATIENT,
                "answer": FIELD,
                "shown": SHOWN,
                "order": ORDER,
                "as_of": sheet.AS_OF,
                "digest": sheet.DIGEST,
            },
            form_token=opened.browser.form_token,
            reports=can_make_reports(),
            shown=sheet.ShownAssessment(as_of=now, digest=answer.digest),
        )
        # Looked at again it is the same assessment, and told of once. After the page has left, as at the hooks.
        if opened.keep_announced(deployment, answer.digest):
            waiting = to_tell_now(deployment.place, ehr.client.id, answer, now=now)
            made.call_on_close(partial(tell, deployment.place, waiting))
        return made

    def _answer() -> Response:
        _limit(request)
        opened = open_app_for_form(request, deployment)
        now = deployment.clock()

        def answered(session: AppSession) -> AppSession | None:
            answers, back = read_answers(request.form, session)
            same = (answers, back) == (session.answers, tuple(session.back))
            return None if same else session.with_answers(answers, back, now=now)

        opened.change(deployment, answered)
        return Response(status=303, headers={"Location": opened.session.page, "Cache-Control": "no-store"})

    def _write() -> Response:
        _limit(request)
        opened = open_app_for_form(request, deployment)
        ehr = launching_ehr(ehrs, opened.session.iss)
        wanted = request.form.getlist(ORDER)
        now = deployment.clock()
        with connected(deployment, ehr, opened) as connection:
            record = read_record(deployment, connection, opened.session, as_of=now)
            form, bundle = record.form, record.bundle
            if not wanted and not form.says_something:
                raise BadRequest(
                    Problem(issue_type="required", diagnostics="no order is chosen; choose at least one", expression=ORDER)
                )
            transaction = assessed(deployment, ehr.client, bundle, as_of=now, output=Output.TRANSACTION).bundle
            orders = {one["id"]: one["code"]["text"] for one in orders_of(transaction)}
            if not set(wanted) <= set(orders):
                raise BadRequest(_changed())
            # Before it goes: what may have arrived can be taken back, even where no answer comes.
            opened.keep_written(deployment, {**record.written, **form.answers})
            told = write_back(chosen_orders(transaction, set(wanted), form), connection.ehr, deadline_s=connection.deadline_s)
        _record_writing(ehr, opened, told, len(wanted), now)
        names = [*(["The answers of this page"] if form.says_something else []), *(orders[id] for id in orders if id in wanted)]
        return page(
            "smart_written.html",
            banner=patient_banner(bundle),
            session=opened.session,
            ehr=ehr.app.name,
            told=[(names[int(place)] if (place := _place(one)) else "", one) for one in told],
            refused=any(one.severity == "error" for one in told),
        )

    def _report() -> Response:
        _limit(request)
        opened = open_app_for_form(request, deployment)
        ehr, now = launching_ehr(ehrs, opened.session.iss), deployment.clock()
        seen = sheet.read_shown(request, now=now)
        with connected(deployment, ehr, opened) as connection:
            bundle = read_record(deployment, connection, opened.session, as_of=seen.as_of).bundle
        answer = assessed(deployment, ehr.client, bundle, as_of=seen.as_of)
        sheet.require_shown(seen, answer.digest)
        made = deployment.place.report(answer.assessment, as_of=seen.as_of, patient_reference=answer.patient_reference)
        _record(ehr, opened.session, answer, bundle, as_of=seen.as_of, now=now)
        return download(made, FILE_NAME, PDF_TYPE)

    def _record(ehr: LaunchingEhr, session: AppSession, answer: Answer, bundle: Json, *, as_of: datetime, now: datetime) -> None:
        record_answer(
            deployment,
            answer,
            bundle=bundle,
            strict=False,
            caller=ehr.client.id,
            door=DOOR,
            as_of=as_of,
            now=now,
            user=session.user,
        )

    def _record_writing(ehr: LaunchingEhr, opened: OpenApp, told: tuple[Told, ...], chosen: int, now: datetime) -> None:
        """Who wrote."""
        entry = writing_entry(
            deployment.keeping,
            told,
            caller=ehr.client.id,
            door=DOOR,
            patient_reference=f"Patient/{opened.session.patient}",
            now=now,
            detail={"user": opened.session.user, "chosen": chosen},
        )
        record_writing(deployment, entry)

    def _sign_out() -> Response:
        _limit(request)
        opened = open_app_for_form(request, deployment)
        answer = page("smart_ended.html")
        end(answer, deployment, opened.browser)
        answer.call_on_close(partial(_give_back, opened.session))
        return answer

    def _give_back(session: AppSession) -> None:
        """The tokens, to the EHR, once the user has gone. One that is registered no more is asked for nothing."""
        endpoints = session.endpoints
        ehr = next((one for one in ehrs if one.app.iss == session.iss), None)
        if ehr is not None and endpoints.get("revocation_endpoint"):
            revoke(configuration_of(endpoints), ehr.us, session.tokens, way=deployment.way)

    return door


def _limit(request: Request) -> None:
    """Raises UnsupportedMedia for anything but a form, and PayloadTooLarge for a long one, before it is read."""
    if request.mimetype != FORM:
        said = f"Content-Type is {request.mimetype[:64]!r}; send the form of the page"
        raise UnsupportedMedia(Problem(issue_type="not-supported", diagnostics=said, expression="Content-Type"))
    request.max_content_length = request.max_form_memory_size = _MOST_BYTES
    request.max_form_parts = _MOST_PARTS
    try:
        _ = request.form
    except RequestEntityTooLarge:
        said = f"the form is over the limit of {_MOST_BYTES} bytes; send the form of the page"
        raise PayloadTooLarge(Problem(issue_type="too-long", diagnostics=said)) from None


def _place(told: Told) -> str:
    """The number of the entry that is told about, "" for what is about all of them."""
    return told.expression.removeprefix("Bundle.entry[").removesuffix("]")


def _changed() -> Problem:
    said = (
        "an order that was chosen is not proposed any more, because the record or the answers have changed since the page was made; "
        "nothing was written. Look at the page again"
    )
    return Problem(issue_type="business-rule", diagnostics=said, expression=ORDER)
