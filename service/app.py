"""The composition root: everything a running service is made of is put together here. Start reading here."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import BinaryIO

from flask import Flask

from service.cds_hooks.clients import Client
from service.config import Settings, load_settings
from service.evidence.loader import load_evidence
from service.fhir.mapping import DeploymentCodes
from service.fhir.mapping_file import load_mapping_file
from service.outbound.callback import TIMEOUT_S
from service.pipeline import assess_bundle
from service.store.assessments import AssessmentLog
from service.store.at_rest import at_rest
from service.store.database import open_database
from service.store.deliveries import Deliveries
from service.store.jobs import Jobs
from service.store.subscriptions import Subscriptions
from service.store.transaction import transaction
from service.web.definitions import definitions
from service.web.deployment import Deployment
from service.web.errors import register_errors
from service.web.evidence import evidence_pages
from service.web.fhir_operation import fhir_operation
from service.web.health import health
from service.web.jobs import jobs
from service.web.knowledge import knowledge
from service.web.plan_definition import plan_application
from service.web.request_log import json_logger, register_request_log
from service.web.security import register_security
from service.worker.queue import LazyAlarm
from service.worker.workplace import Workplace

_NOBODY = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": {"resourceType": "Patient", "id": "nobody"}}]}


def present() -> datetime:
    """The present moment, UTC."""
    return datetime.now(UTC)


def deploy(
    settings: Settings,
    *,
    clock: Callable[[], datetime] = present,
    log_to: BinaryIO | None = None,
    clients: Mapping[str, Client] | None = None,
) -> Deployment:
    """Load what the doors need. Raises EvidenceError, MappingError or StoreError when it cannot be loaded: better no service than a wrong one."""
    engine = open_database(settings.database_url)
    evidence = load_evidence()
    codes = load_mapping_file(settings.mapping_file) if settings.mapping_file else DeploymentCodes()
    assessments = AssessmentLog(engine)
    logger = json_logger(settings.log_level, log_to)
    kept, keep, lease = at_rest(settings), timedelta(hours=settings.job_keep_hours), timedelta(seconds=settings.job_lease_seconds)
    return Deployment(
        settings=settings,
        evidence=evidence,
        codes=codes,
        assessments=assessments,
        logger=logger,
        clock=clock,
        place=Workplace(
            settings=settings,
            evidence=evidence,
            codes=codes,
            assessments=assessments,
            logger=logger,
            clock=clock,
            clients=clients or {},
            jobs=Jobs(engine, kept, keep=keep, lease=lease),
            deliveries=Deliveries(engine, kept, keep=keep, lease=lease + timedelta(seconds=TIMEOUT_S)),
            subscriptions=Subscriptions(engine, kept, keep=keep),
            transaction=lambda: transaction(engine),
            alarm=LazyAlarm(settings, lambda error: logger.error("no worker could be woken", error=error)),
        ),
    )


def create_app(deployment: Deployment) -> Flask:
    """The WSGI application."""
    app = Flask("service", static_folder=None)
    # A path is what it says: no redirects to another spelling of it, and no answer to a method that is not documented.
    app.url_map.merge_slashes = False
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
    register_request_log(app, deployment)
    register_security(app)
    register_errors(app, deployment)
    app.register_blueprint(fhir_operation(deployment))
    app.register_blueprint(plan_application(deployment))
    app.register_blueprint(jobs(deployment))
    app.register_blueprint(definitions())
    app.register_blueprint(knowledge(deployment.evidence))
    app.register_blueprint(evidence_pages(deployment.evidence))
    app.register_blueprint(health(deployment))
    return app


def from_environment() -> Flask:
    """What the server's workers call: the application as the environment's settings ask for it."""
    deployment = deploy(load_settings(os.environ))
    app = create_app(deployment)
    warm_up(deployment)
    return app


def warm_up(deployment: Deployment) -> None:
    """Load what is loaded on first use, so that no caller waits for it, and leave all that out of every later garbage collection."""
    assess_bundle(_NOBODY, deployment.evidence, as_of=deployment.clock(), codes=deployment.codes)
    gc.collect()
    gc.freeze()
