"""The composition root: everything a running service is made of is put together here. Start reading here."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from importlib import import_module
from ipaddress import ip_network
from typing import BinaryIO

from flask import Flask

from service.cds_hooks.client_file import load_client_file
from service.cds_hooks.registration import public_registration
from service.config import Settings, load_settings
from service.errors import Problem, RegistrationError
from service.evidence.loader import Evidence, load_evidence
from service.fhir.mapping import DeploymentCodes
from service.fhir.mapping_file import load_mapping_file
from service.outbound.fhir_client import FhirClient
from service.outbound.fhir_reader import read_together
from service.outbound.key_sets import KeySets
from service.outbound.load import load
from service.outbound.signing_keys import SigningKeys, load_signing_keys
from service.outbound.smart_backend import BackendTokens
from service.outbound.way import Way
from service.store.assessments import AssessmentLog
from service.store.audit_log import AuditLog
from service.store.browser_sessions import BrowserSessions
from service.store.client_registrations import remember_registrations
from service.store.dashboard import Dashboard
from service.store.database import STATEMENT_MS, open_database
from service.store.evidence_versions import remember_evidence
from service.store.hook_records import HookRecords
from service.store.keeping import keeping_of
from service.store.pseudonyms import pseudonym_key
from service.store.record_reader import RecordReader
from service.store.sign_in_attempts import SignInAttempts
from service.store.token_ids import TokenIds
from service.web.cds_hooks import cds_hooks
from service.web.cors import preflight, register_cors
from service.web.definitions import definitions
from service.web.deployment import Deployment
from service.web.errors import register_errors
from service.web.fhir_operation import fhir_operation
from service.web.health import health
from service.web.hook_feedback import hook_feedback
from service.web.hook_records import hook_records
from service.web.jobs import jobs
from service.web.jwks import jwks
from service.web.knowledge import knowledge
from service.web.lint import lint_door
from service.web.operators import load_operators_file
from service.web.pages.assets import assets
from service.web.pages.dashboard.dashboard import dashboard
from service.web.pages.dashboard.sign_in import sign_in
from service.web.pages.evidence import evidence_pages
from service.web.pages.forms.form import form
from service.web.pages.forms.patient_form import patient_form
from service.web.pages.report.pdf import report_pdf
from service.web.pages.report.words import Paper
from service.web.pages.smart.app import smart_app
from service.web.pages.smart.launch import smart_launch
from service.web.pages.workbench import workbench
from service.web.patient_operation import patient_operation
from service.web.plan_definition import plan_application
from service.web.process_message import process_message
from service.web.proxies import register_proxies
from service.web.read_back import read_back
from service.web.rehearsal import rehearse
from service.web.request_log import json_logger, register_request_log
from service.web.rules import MatchedRule
from service.web.security import register_security
from service.web.subscriptions import subscriptions
from service.worker.workplace import furnish

PAGE_LIMIT = 5
"""Pages of one search. A server sends fifty or more in each, and what is read is the newest."""


def present() -> datetime:
    """The present moment, UTC."""
    return datetime.now(UTC)


def deploy(
    settings: Settings,
    *,
    clock: Callable[[], datetime] = present,
    log_to: BinaryIO | None = None,
    evidence: Evidence | None = None,
) -> Deployment:
    """Load what the doors need, and the evidence unless it is given. Raises EvidenceError, MappingError, RegistrationError or StoreError when it cannot be loaded: better no service than a wrong one."""
    database = open_database(settings.database_url, statement_ms=STATEMENT_MS)
    networks = tuple(ip_network(network) for network in settings.private_networks.split())
    evidence = evidence or load_evidence()
    remember_evidence(database, version=evidence.version, now=clock())
    pseudonyms = pseudonym_key(database, settings.pseudonym_key)
    keeping = keeping_of(settings, pseudonyms)
    signing_keys = load_signing_keys(settings.ehr_keys_file) if settings.ehr_keys_file else None
    way = Way(development=settings.development, networks=networks)
    place = furnish(
        database,
        settings=settings,
        evidence=evidence,
        codes=load_mapping_file(settings.mapping_file) if settings.mapping_file else DeploymentCodes(),
        keeping=keeping,
        logger=json_logger(settings.log_level, log_to),
        clock=clock,
        clients=load_client_file(settings.clients_file) if settings.clients_file else {},
        networks=networks,
        report=partial(report_pdf, evidence=evidence, paper=Paper(settings.report_paper)),
        ehr=_ehr(settings, signing_keys, way),
    )
    registered = {client.id: public_registration(client) for client in place.clients.values()}
    remember_registrations(database, registered, now=clock())
    return Deployment(
        settings=settings,
        evidence=evidence,
        codes=place.codes,
        assessments=AssessmentLog(database),
        token_ids=TokenIds(database),
        browser_sessions=BrowserSessions(database),
        sign_in_attempts=SignInAttempts(database),
        dashboard=Dashboard(database),
        key_sets=KeySets(development=settings.development, networks=networks),
        hook_records=HookRecords(database),
        keeping=keeping,
        audit=AuditLog(database),
        records=RecordReader(database, keeping),
        pseudonym_key=pseudonyms,
        logger=place.logger,
        clock=clock,
        clients=place.clients,
        operators=load_operators_file(settings.operators_file) if settings.operators_file else {},
        place=place,
        read_together=partial(
            read_together,
            development=settings.development,
            networks=networks,
            page_limit=PAGE_LIMIT,
            byte_limit=settings.max_body_bytes,
        ),
        ehr=place.ehr,
        signing_keys=signing_keys,
        way=way,
    )


def _ehr(settings: Settings, keys: SigningKeys | None, way: Way) -> FhirClient | None:
    """The EHR's FHIR server. Raises RegistrationError for a client that has no keys to sign with."""
    if not settings.ehr_base_url:
        return None
    if not settings.ehr_client_id:
        return FhirClient(settings.ehr_base_url, way=way)
    if keys is None:
        said = "CLAUDICATION_EHR_CLIENT_ID is set and CLAUDICATION_EHR_KEYS_FILE is not; a client signs with a key. Make one with `claudication ehr-key`."
        raise RegistrationError(Problem(issue_type="required", diagnostics=said))
    tokens = BackendTokens(
        settings.ehr_base_url, client_id=settings.ehr_client_id, keys=keys, scopes=settings.ehr_scopes, way=way
    )
    return FhirClient(settings.ehr_base_url, way=way, tokens=tokens)


def create_app(deployment: Deployment) -> Flask:
    """The WSGI application."""
    app = Flask("service", static_folder=None)
    # A path is what it says: no redirects to another spelling of it, and no answer to a method that is not documented.
    app.url_map.merge_slashes = False
    app.url_rule_class = MatchedRule
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
    register_proxies(app, deployment.settings.proxies)
    register_request_log(app, deployment)
    register_security(app)
    register_cors(app, deployment)
    register_errors(app, deployment)
    app.register_blueprint(fhir_operation(deployment))
    app.register_blueprint(patient_operation(deployment))
    app.register_blueprint(plan_application(deployment))
    app.register_blueprint(cds_hooks(deployment))
    app.register_blueprint(jobs(deployment))
    app.register_blueprint(process_message(deployment))
    app.register_blueprint(subscriptions(deployment))
    app.register_blueprint(preflight())
    app.register_blueprint(jwks(deployment.signing_keys))
    app.register_blueprint(definitions())
    app.register_blueprint(knowledge(deployment.evidence))
    app.register_blueprint(evidence_pages(deployment.evidence))
    app.register_blueprint(hook_feedback(deployment))
    app.register_blueprint(hook_records(deployment))
    app.register_blueprint(lint_door(deployment))
    app.register_blueprint(workbench(deployment))
    app.register_blueprint(form(deployment))
    app.register_blueprint(patient_form(deployment))
    app.register_blueprint(smart_launch(deployment))
    app.register_blueprint(smart_app(deployment))
    app.register_blueprint(assets())
    app.register_blueprint(sign_in(deployment))
    app.register_blueprint(dashboard(deployment))
    app.register_blueprint(read_back(deployment))
    app.register_blueprint(health(deployment))
    return app


def from_environment() -> Flask:
    """What the server's workers call: the application as the environment's settings ask for it."""
    deployment = deploy(load_settings(os.environ))
    for warning in open_doors(deployment.settings):
        deployment.logger.warning("open doors", says=warning)
    app = create_app(deployment)
    warm_up(deployment)
    return app


def open_doors(settings: Settings) -> tuple[str, ...]:
    """What these settings leave open, a sentence each. Whoever starts the service is told at every start."""
    said = []
    if settings.development:
        said.append(
            "CLAUDICATION_DEVELOPMENT IS ON: the hooks are open to everybody without a signed token, so is the dashboard, and any server of this machine may be "
            "asked for data, without https. For a try-out with invented patients only"
        )
    elif settings.clients_file and not settings.public_url:
        said.append(
            "CLAUDICATION_PUBLIC_URL is not set: the address in a signed token is compared with the Host header, which its sender writes. "
            "Set it to the address that clients call"
        )
    return tuple(said)


def warm_up(deployment: Deployment) -> None:
    """Load what is loaded on first use, so that no caller waits for it, and leave all that out of every later garbage collection."""
    import_module("service.cds_hooks.token_signature")
    load()
    if deployment.keeping.seal is not None:
        deployment.keeping.seal.close(b"", record="", part="")
    rehearse(deployment)
    gc.collect()
    gc.freeze()
