"""What the doors of one running service share. Put together by service/app.py, handed to every blueprint."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from threading import Semaphore

from structlog.typing import FilteringBoundLogger

from service.cds_hooks.clients import Client
from service.cds_hooks.gathering import ReadTogether
from service.config import Settings
from service.evidence.loader import Evidence
from service.fhir.mapping import DeploymentCodes
from service.outbound.fhir_client import FhirClient
from service.outbound.key_sets import KeySets
from service.outbound.signing_keys import SigningKeys
from service.outbound.way import Way
from service.store.assessments import AssessmentLog
from service.store.audit_log import AuditLog
from service.store.browser_sessions import BrowserSessions
from service.store.dashboard import Dashboard
from service.store.hook_records import HookRecords
from service.store.keeping import Keeping
from service.store.record_reader import RecordReader
from service.store.sign_in_attempts import SignInAttempts
from service.store.token_ids import TokenIds
from service.web.operators import AT_ONCE, Operators
from service.worker.workplace import Workplace


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """`clock` gives the present moment, timezone-aware; only doors ask it."""

    settings: Settings
    evidence: Evidence
    codes: DeploymentCodes
    assessments: AssessmentLog
    token_ids: TokenIds
    browser_sessions: BrowserSessions
    sign_in_attempts: SignInAttempts
    dashboard: Dashboard
    key_sets: KeySets
    hook_records: HookRecords
    keeping: Keeping
    audit: AuditLog
    records: RecordReader
    pseudonym_key: bytes = field(repr=False)
    logger: FilteringBoundLogger
    clock: Callable[[], datetime]
    place: Workplace
    """What jobs, callbacks and subscriptions need; the worker processes have the same."""
    clients: Mapping[str, Client] = field(default_factory=dict)
    """Who may call the hooks, by id."""
    operators: Operators = field(default_factory=dict, repr=False)
    """Who may look at the dashboard."""
    password_turns: Semaphore = field(default_factory=lambda: Semaphore(AT_ONCE), repr=False)
    """Who holds one may have a password looked at. Nobody waits for one: who waits holds a thread that a hook call needs."""
    read_together: ReadTogether | None = None
    """The way to the FHIR servers of clients; None: what is not sent is not there."""
    ehr: FhirClient | None = None
    """The EHR's own FHIR server; None: there is none to read records from."""
    signing_keys: SigningKeys | None = None
    way: Way = field(default_factory=Way)
    """How the EHRs are asked that launch the SMART app."""
