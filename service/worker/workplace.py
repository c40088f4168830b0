"""What a worker has at hand. Put together by service/app.py, as the doors' Deployment is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from structlog.typing import FilteringBoundLogger

from service.cds_hooks.clients import Client
from service.config import Settings
from service.evidence.loader import Evidence
from service.fhir.mapping import DeploymentCodes
from service.outbound.fhir_client import FhirClient
from service.outbound.networks import Network
from service.pipeline import ReportWriter
from service.store.announcements import Announcements
from service.store.at_rest import at_rest
from service.store.deliveries import Deliveries, deliveries_of
from service.store.jobs import Jobs
from service.store.keeping import Keeping
from service.store.subscriptions import Subscriptions
from service.store.transactions import transaction
from service.worker.queue import LazyAlarm

GRACE = timedelta(seconds=10)
"""So long a process that has answered a hook call has to tell of it: many times what a call and its telling take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workplace:
    """`clock` gives the present moment, timezone-aware; `clients` are the registered ones by their ids."""

    settings: Settings
    evidence: Evidence
    codes: DeploymentCodes
    keeping: Keeping
    jobs: Jobs
    deliveries: Deliveries
    subscriptions: Subscriptions
    announcements: Announcements
    clients: Mapping[str, Client]
    networks: Sequence[Network] = ()
    """Private networks that callbacks may go to, as the operator opened them."""
    ehr: FhirClient | None = None
    """The EHR's own FHIR server; None: there is none to read records from."""
    logger: FilteringBoundLogger
    clock: Callable[[], datetime]
    alarm: LazyAlarm
    report: ReportWriter
    """What a person looks at, as a PDF."""
    transaction: Callable[[], AbstractContextManager[Any]]
    """Opens one over the tables of deliveries and subscriptions, for what must stand or fall together."""


def furnish(
    engine: Any,
    *,
    settings: Settings,
    evidence: Evidence,
    codes: DeploymentCodes,
    keeping: Keeping,
    logger: FilteringBoundLogger,
    clock: Callable[[], datetime],
    clients: Mapping[str, Client],
    report: ReportWriter,
    networks: Sequence[Network] = (),
    ehr: FhirClient | None = None,
) -> Workplace:
    """A workplace on an open database. The queue is opened when it is first needed."""
    kept = at_rest(settings)
    keep, lease = timedelta(hours=settings.job_keep_hours), timedelta(seconds=settings.job_lease_seconds)
    return Workplace(
        settings=settings,
        evidence=evidence,
        codes=codes,
        keeping=keeping,
        logger=logger,
        clock=clock,
        clients=clients,
        networks=networks,
        report=report,
        ehr=ehr,
        jobs=Jobs(engine, kept, keep=keep, lease=lease),
        deliveries=deliveries_of(settings, engine, kept),
        subscriptions=Subscriptions(engine, kept, keep=keep),
        announcements=Announcements(engine, kept, keep=keep, grace=GRACE),
        transaction=lambda: transaction(engine),
        alarm=LazyAlarm(settings, lambda error: logger.error("no worker could be woken", error=error)),
    )
