"""GET /launch and /launch/callback: from the EHR to its authorisation server, back with a code, and on to the app. Who is not registered gets no further."""

from __future__ import annotations

import uuid
from datetime import timedelta

from flask import Blueprint, Response, request

from service.errors import BadGateway, BadRequest, ClaudicationError, Forbidden, Overloaded, Problem
from service.fhir.elements import Json
from service.fhir.exchange.record_queries import is_usable_id
from service.outbound.address_guard import AddressRefused
from service.outbound.answer import NoAnswer
from service.outbound.authorization_code import Grant, authorization_url, redeem
from service.outbound.id_token import UserNotKnown, clinician
from service.outbound.smart_configuration import SmartConfigurations
from service.outbound.token_endpoint import error_code
from service.store.audit import Action, AuditEntry
from service.store.database import StoreError
from service.store.keeping import patient_pseudonym
from service.web.browser_session import SessionKind, begin, current
from service.web.deployment import Deployment
from service.web.pages.page import FRAMED_POLICY, page
from service.web.pages.smart import pending
from service.web.pages.smart.card_link import read_app_context, shown_card
from service.web.pages.smart.pending import PendingLaunch, as_content
from service.web.pages.smart.registered import LaunchingEhr, launching_ehr, launching_ehrs, none_registered, scopes
from service.web.pages.smart.session import LASTS, AppSession
from service.web.pages.stopped import unless_stopped

_LONGEST_LAUNCH = 2048
_FRAMES = ("iframe", "frame", "embed", "object", "fencedframe")
"""What a browser says of a page that it opens inside another one."""


def smart_launch(deployment: Deployment) -> Blueprint:
    """The doors of the launch. Raises RegistrationError for an EHR that is registered as it cannot be."""
    door = Blueprint("smart_launch", __name__)
    ehrs = launching_ehrs(deployment)
    configurations = SmartConfigurations(deployment.way)

    @door.get("/launch")
    def launch() -> Response:
        return unless_stopped(request, _launch)

    @door.get("/launch/callback")
    def callback() -> Response:
        answer = unless_stopped(request, _callback)
        pending.forget(answer, request)
        return answer

    def _launch() -> Response:
        iss, token = _parameter("iss", 1024), _parameter("launch", _LONGEST_LAUNCH)
        ehr = launching_ehr(ehrs, iss) if iss else None
        if ehr is None and not ehrs:
            raise none_registered()
        if request.headers.get("Sec-Fetch-Dest") in _FRAMES:
            return _framed()
        if ehr is None:
            return page("smart_choose.html", ehrs=[ehr.app for ehr in ehrs])
        try:
            configuration = configurations.of(ehr.app.iss, deadline_s=_deadline_s())
        except (NoAnswer, AddressRefused) as error:
            raise _failed(f"{ehr.app.name} {error.why}") from None
        started = PendingLaunch(
            iss=ehr.app.iss, redirect_uri=f"{_own_address()}/launch/callback", endpoints=as_content(configuration)
        )
        url = authorization_url(
            configuration,
            client_id=ehr.app.client_id,
            redirect_uri=started.redirect_uri,
            scope=scopes(ehr, configuration, deployment, from_ehr=bool(token)),
            audience=ehr.app.iss,
            state=started.state,
            nonce=started.nonce,
            verifier=started.verifier,
            launch=token,
        )
        answer = Response(status=302, headers={"Location": url, "Cache-Control": "no-store"})
        pending.remember(answer, deployment, started)
        return answer

    def _callback() -> Response:
        started = pending.take(request, deployment)
        ehr = launching_ehr(ehrs, started.iss)
        configuration = started.configuration
        if request.args.get("iss", configuration.issuer) != configuration.issuer:
            said = "this answer comes from another authorisation server than the one that was asked; launch the app again from the EHR"
            raise _refused(said, "iss")
        code = request.args.get("code", "")
        if not code:
            said = f"{ehr.app.name} did not let the app in{error_code(request.args)}; launch it again, or look at its registration there"
            raise _refused(said, "code")
        try:
            grant = redeem(
                configuration,
                ehr.us,
                code=code,
                verifier=started.verifier,
                redirect_uri=started.redirect_uri,
                way=deployment.way,
                deadline_s=_deadline_s(),
            )
            user = clinician(
                grant.id_token,
                configuration,
                client_id=ehr.app.client_id,
                nonce=started.nonce,
                key_sets=deployment.key_sets,
                now=deployment.clock(),
            )
        except (NoAnswer, AddressRefused) as error:
            raise _failed(f"no access token came, because the token server of {ehr.app.name} {error.why}") from None
        except UserNotKnown as error:
            raise _refused(error.why, "id_token") from None
        return _open(ehr, started, grant, user)

    def _open(ehr: LaunchingEhr, started: PendingLaunch, grant: Grant, user: str) -> Response:
        patient, now = grant.context.get("patient"), deployment.clock()
        if not isinstance(patient, str) or not is_usable_id(patient):
            said = f"{ehr.app.name} did not say for which patient; open a patient's chart and launch the app from there"
            raise _refused(said, "patient")
        session = AppSession(
            iss=started.iss,
            patient=patient,
            user=user,
            endpoints=started.endpoints,
            access_token=grant.access_token,
            refresh_token=grant.refresh_token,
            expires_at=(now + timedelta(seconds=grant.lifetime_s)).isoformat(),
            form=str(uuid.uuid4()),
            answered_at=now.isoformat(),
            card=read_app_context(grant.context.get("appContext")),
        )
        _record_launch(deployment, ehr, session)
        # The way back came from another site, with which a browser sends no strict cookie: this page is ours, and goes on from here.
        answer = page("smart_going_on.html", session=session)
        earlier = current(request, deployment, SessionKind.SMART)
        if earlier is not None:
            deployment.browser_sessions.end(earlier.secret)
        begin(answer, deployment, SessionKind.SMART, session.content, lifetime=LASTS)
        return answer

    def _deadline_s() -> float:
        return deployment.way.timing.monotonic() + deployment.settings.ehr_deadline_ms / 1000

    def _own_address() -> str:
        return deployment.settings.public_url or request.host_url.rstrip("/")

    return door


def _framed() -> Response:
    """The way out of a frame, in which no cookie of ours would come back. What the EHR gave for the launch is not used yet, so the same address launches in a window."""
    answer = page("smart_framed.html", here=request.full_path)
    answer.headers["Content-Security-Policy"] = FRAMED_POLICY
    answer.headers["Vary"] = "Accept, Sec-Fetch-Dest"
    return answer


def _record_launch(deployment: Deployment, ehr: LaunchingEhr, session: AppSession) -> None:
    """Who opened the app, and from which card. Raises Overloaded: who cannot be recorded is not let in."""
    card = shown_card(deployment, ehr.client, session.card, session.patient)
    told: Json = {"user": session.user} | ({"card": session.card["card"], "rule": card.rule} if card else {})
    about = f"Patient/{session.patient}"
    keeping, client = deployment.keeping, ehr.client.id
    kept = patient_pseudonym(keeping, client=client, patient_reference=about) if keeping.results else ""
    entry = AuditEntry(
        recorded_at=deployment.clock(), actor=client, action=Action.LAUNCHED, object="smart", patient=kept, detail=told
    )
    try:
        deployment.audit.append(entry)
    except StoreError as error:
        said = "who opens the app cannot be recorded now, so nobody is let in; try again soon"
        raise Overloaded(Problem(issue_type="transient", diagnostics=said)) from error


def _parameter(name: str, longest: int) -> str:
    """One parameter of the launch, "" for none. Raises BadRequest for two of them, and for what no EHR sends."""
    given = request.args.getlist(name)
    if len(given) > 1 or any(len(one) > longest or not one.isascii() or not one.isprintable() for one in given):
        said = f"{name} is given more than once, or is longer than {longest} characters, or holds others than a URL does"
        raise BadRequest(Problem(issue_type="value", diagnostics=f"{said}; launch the app from the EHR", expression=name))
    return given[0] if given else ""


def _refused(said: str, where: str) -> Forbidden:
    return Forbidden(Problem(issue_type="forbidden", diagnostics=said, expression=where))


def _failed(said: str) -> ClaudicationError:
    return BadGateway(Problem(issue_type="transient", diagnostics=f"{said}; try again later, or look at its registration"))
