"""A service of its own for every test: a fresh database, a frozen clock, a log to look into."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from service.app import create_app, deploy
from service.config import load_settings
from service.evidence.loader import Evidence, load_evidence
from service.web.deployment import Deployment
from tests.claudicant import claudicant
from tests.compiled_templates import compile_templates_once
from tests.outbound.fault_server import FaultServer

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)

Deploy = Callable[..., Deployment]

compile_templates_once()


@pytest.fixture
def log() -> io.BytesIO:
    return io.BytesIO()


@pytest.fixture(scope="session")
def evidence() -> Evidence:
    """The evidence, read once: hundreds of tests deploy, and none changes it."""
    return load_evidence()


@pytest.fixture(scope="session")
def started_database(tmp_path_factory: pytest.TempPathFactory, evidence: Evidence, empty_database: Path) -> Path:
    """An SQLite file to be copied, on which a service has started and been asked nothing: packing the evidence for it takes as long as a request."""
    file = Path(shutil.copy(empty_database, tmp_path_factory.mktemp("started") / "audit.db"))
    settings = load_settings({"CLAUDICATION_DATABASE_URL": f"sqlite:///{file}"})
    deploy(settings, clock=lambda: NOW, log_to=io.BytesIO(), evidence=evidence).assessments.close()
    return file


@pytest.fixture
def deployed(tmp_path: Path, log: io.BytesIO, evidence: Evidence, started_database: Path) -> Iterator[Deploy]:
    """A function that deploys with settings: `deployed(max_body_bytes="2048")`."""
    made: list[Deployment] = []

    def with_settings(**given: str) -> Deployment:
        if not (tmp_path / "audit.db").exists():
            shutil.copy(started_database, tmp_path / "audit.db")
        environ = {"CLAUDICATION_DATABASE_URL": f"sqlite:///{tmp_path}/audit.db"}
        environ |= {f"CLAUDICATION_{name.upper()}": value for name, value in given.items()}
        made.append(deploy(load_settings(environ), clock=lambda: NOW, log_to=log, evidence=evidence))
        return made[-1]

    yield with_settings
    for deployment in made:
        deployment.assessments.close()


@pytest.fixture
def client(deployed: Deploy) -> FlaskClient:
    return create_app(deployed()).test_client()


@pytest.fixture(scope="session")
def standing_client(
    tmp_path_factory: pytest.TempPathFactory, evidence: Evidence, started_database: Path
) -> Iterator[FlaskClient]:
    """A service that stands for a whole test run, for tests that leave nothing in it and look into no log: making its routes takes longer than most requests."""
    file = shutil.copy(started_database, tmp_path_factory.mktemp("standing") / "audit.db")
    deployment = deploy(
        load_settings({"CLAUDICATION_DATABASE_URL": f"sqlite:///{file}"}),
        clock=lambda: NOW,
        log_to=io.BytesIO(),
        evidence=evidence,
    )
    yield create_app(deployment).test_client()
    deployment.assessments.close()


@pytest.fixture
def failing() -> Iterator[FaultServer]:
    """An EHR that has the claudicant, until it is told to fail."""
    with FaultServer() as server:
        for entry in claudicant()["entry"]:
            server.records.setdefault(entry["resource"]["resourceType"], []).append(entry["resource"])
        for kind in ("Condition", "Procedure", "Device", "DeviceUseStatement", "AllergyIntolerance", "FamilyMemberHistory"):
            server.records[kind] = []
        for kind in ("ServiceRequest", "DiagnosticReport", "ImagingStudy"):
            server.records[kind] = []
        body = json.dumps(server.records["Patient"][0]).encode()
        server.documents["/fhir/Patient/invented-1"] = (200, {}, body)
        yield server
