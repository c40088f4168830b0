"""One patient's record, read from the EHR with the user's own token, with what was answered here; and what is assessed from it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from service.cds_hooks.clients import Client
from service.clinical.assessment import Setting
from service.errors import ClaudicationError
from service.fhir.answer import Output
from service.fhir.bundle import open_bundle
from service.fhir.elements import Json
from service.fhir.exchange.chosen_orders import own_code
from service.fhir.exchange.gathered import only_about
from service.fhir.exchange.record_queries import record_queries
from service.fhir.extract import extract
from service.fhir.forms.answered_form import AnsweredForm, asked_of, in_words, known_answers, with_form
from service.fhir.forms.form_answers import Answers
from service.fhir.forms.own_forms import answers_by
from service.instance_call import gather
from service.outbound.authorization_code import Grant, refresh
from service.outbound.fhir_client import FhirClient
from service.outbound.user_tokens import HeldTokens, UserTokens
from service.pipeline import Answer, assess_bundle
from service.web.deployment import Deployment
from service.web.pages.smart.pending import configuration_of
from service.web.pages.smart.registered import LaunchingEhr
from service.web.pages.smart.renewal import renewed
from service.web.pages.smart.session import AppSession, OpenApp, session_over


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """The EHR as its user may use it, until `deadline_s` of the deployment's way."""

    ehr: FhirClient
    tokens: UserTokens
    deadline_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientRecord:
    """`bundle`: the record with `form`, which is what was answered here and counts. `set_aside`: what was answered and does not, because the other answers do not lead to it.

    `known`: what is known but for these answers; `written`: what this user has answered with the app, as it is in the record.
    """

    bundle: Json
    form: AnsweredForm
    set_aside: tuple[str, ...]
    known: Answers
    written: Mapping[str, str]


@contextmanager
def connected(deployment: Deployment, ehr: LaunchingEhr, opened: OpenApp) -> Iterator[Connection]:
    """The connection for one request. A token that was renewed meanwhile is kept; raises Unauthorized where nothing came of it because the EHR takes it no more.

    Some servers refuse a type that may not be read as they refuse a token: what came all the same is not thrown away.
    """
    way, session = deployment.way, opened.session

    def ask(refresh_token: str, deadline_s: float) -> Grant:
        return refresh(configuration_of(session.endpoints), ehr.us, refresh_token, way=way, deadline_s=deadline_s)

    def others(held: HeldTokens, deadline_s: float) -> HeldTokens:
        return renewed(opened, deployment, held, ask, deadline_s=deadline_s)

    tokens = UserTokens(session.tokens, renewed=others, now=deployment.clock)
    deadline_s = way.timing.monotonic() + deployment.settings.ehr_deadline_ms / 1000
    try:
        yield Connection(ehr=FhirClient(session.iss, way=way, tokens=tokens), tokens=tokens, deadline_s=deadline_s)
    except ClaudicationError:
        if tokens.over:
            raise session_over() from None
        raise


def read_record(deployment: Deployment, connection: Connection, session: AppSession, *, as_of: datetime) -> PatientRecord:
    """The record, which says itself what could not be read. Raises as `gather`; and BadGateway for data of another patient."""
    gathered = gather(
        session.patient,
        connection.ehr,
        queries=record_queries(deployment.codes),
        gathering="searches",
        deadline_s=connection.deadline_s,
    )
    written = {**session.written, **in_words(answers_by([one["resource"] for one in gathered["entry"]], session.user))}
    known = _known(deployment, with_form(gathered, session.form_of({}, session.back)), as_of=as_of)
    asked = asked_of(session.answers, known)
    set_aside = tuple(code for code in session.answers if code not in asked)
    form = session.form_of(asked, {*session.back, *set_aside} & written.keys())
    return PatientRecord(bundle=with_form(gathered, form), form=form, set_aside=set_aside, known=known, written=written)


def _known(deployment: Deployment, bundle: Json, *, as_of: datetime) -> Answers:
    """What is known of the patient but for the answers of this page, on which depends what is asked."""
    limits = deployment.evidence.reading_limits
    said = extract(open_bundle(bundle), as_of=as_of, codes=deployment.codes, limits=limits)
    return known_answers(said.findings)


def drafts_in_record(connection: Connection, patient_id: str) -> dict[str, str]:
    """By our order code, the draft that stands in the record already; none where they may not be read. They are shown, and change no assessment."""
    read = connection.ehr.read(f"ServiceRequest?patient={patient_id}&status=draft&_count=100", deadline_s=connection.deadline_s)
    drafts = [one for one in only_about(patient_id, read.resources) if one.get("status") == "draft" and own_code(one)]
    return {own_code(one): f"ServiceRequest/{one.get('id')}" for one in drafts}


def assessed(
    deployment: Deployment, client: Client, bundle: Json, *, as_of: datetime, output: Output = Output.COLLECTION
) -> Answer:
    """As through every door."""
    setting: Setting = client.setting
    return assess_bundle(bundle, deployment.evidence, as_of=as_of, setting=setting, output=output, codes=deployment.codes)
