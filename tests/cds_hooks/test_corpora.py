"""Requests in the dialects of real clients: answered to their own kind, and never a fault of ours to any other."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from service.app import create_app, deploy
from service.cds_hooks.clients import PROFILES, Client, Dialect
from service.cds_hooks.gathering import gather
from service.cds_hooks.hooks import Hook
from service.cds_hooks.prefetch import KeyState
from service.cds_hooks.request import HookRequest, read_request
from service.clinical.data_issues import IssueCode
from service.config import load_settings
from service.fhir.exchange.record_queries import RECORD_QUERIES
from service.pipeline import assess_bundle
from service.web.deployment import Deployment
from tests.cds_hooks.calls import Json
from tests.cds_hooks.emptiness import empties

CORPORA = Path(__file__).parents[1] / "corpora" / "hooks"
FILES = sorted(CORPORA.glob("*/*.json"))
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def request_of(path: Path) -> Json:
    body: Json = json.loads(path.read_text(encoding="utf-8"))
    return body


def read(name: str) -> HookRequest:
    path = CORPORA / f"{name}.json"
    return read_request(request_of(path), PROFILES[Dialect(path.parent.name)], now=NOW)


def states(name: str) -> dict[str, KeyState]:
    request = read(name)
    gathered = gather(request, client_of(Dialect.GENERIC), queries=RECORD_QUERIES, read=None, now=NOW, deadline_s=0)
    return {key.key: key.state for key in gathered.keys}


def client_of(dialect: Dialect) -> Client:
    return Client(id="development", profile=PROFILES[dialect])


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    settings = {
        "CLAUDICATION_DATABASE_URL": f"sqlite:///{tmp_path_factory.mktemp('corpora')}/audit.db",
        "CLAUDICATION_DEVELOPMENT": "true",
    }
    made = deploy(load_settings(settings), clock=lambda: NOW)
    yield made
    made.assessments.close()


@pytest.fixture(scope="module")
def doors(deployment: Deployment) -> dict[Dialect, FlaskClient]:
    """The service as a client of each profile meets it."""
    return {
        dialect: create_app(replace(deployment, clients={"development": client_of(dialect)})).test_client() for dialect in Dialect
    }


@pytest.mark.requirement("1")
@pytest.mark.requirement("3")
@pytest.mark.requirement("74")
@pytest.mark.requirement("77")
@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_request_is_answered_to_its_own_kind_and_never_a_fault_to_another(
    path: Path, doors: dict[Dialect, FlaskClient]
) -> None:
    for dialect, door in doors.items():
        answer = door.post("/cds-services/claudication", json=request_of(path))
        if dialect == path.parent.name:
            assert answer.status_code == 200, answer.text
            assert answer.mimetype == "application/json"
            assert empties(answer.json) == []
            assert isinstance(answer.json["cards"], list)
        else:
            assert answer.status_code == 200 or 400 <= answer.status_code < 500
            assert answer.status_code == 200 or answer.json["resourceType"] == "OperationOutcome"


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_nothing_in_a_corpus_is_taken_for_another_patients(path: Path, deployment: Deployment) -> None:
    request = read_request(request_of(path), PROFILES[Dialect(path.parent.name)], now=NOW)
    gathered = gather(request, client_of(Dialect.GENERIC), queries=RECORD_QUERIES, read=None, now=NOW, deadline_s=0)
    answer = assess_bundle(gathered.bundle, deployment.evidence, as_of=NOW)
    assert not {issue.code for issue in answer.assessment.issues} & {IssueCode.OTHER_PATIENT, IssueCode.STRUCTURE_INVALID}


@pytest.mark.parametrize("dialect", [Dialect.GENERIC, Dialect.EPIC, Dialect.ORACLE, Dialect.SANDBOX])
def test_every_dialect_has_its_corpus(dialect: Dialect) -> None:
    assert [path for path in FILES if path.parent.name == dialect]


def test_the_generic_corpus_has_every_hook() -> None:
    assert {request_of(path)["hook"] for path in FILES if path.parent.name == "generic"} == {hook.value for hook in Hook}


@pytest.mark.parametrize(
    "name", [f"{path.parent.name}/{path.stem}" for path in FILES if path.parent.name in ("generic", "sandbox")]
)
def test_clients_that_keep_to_the_standard_are_not_remarked_on(name: str) -> None:
    assert read(name).remarks == ()


@pytest.mark.parametrize("name", ["generic/patient-view-low-abi", "epic/patient-view-open-chart", "sandbox/patient-view"])
def test_the_same_leg_is_measured_whoever_sends_it(name: str, deployment: Deployment) -> None:
    gathered = gather(read(name), client_of(Dialect.GENERIC), queries=RECORD_QUERIES, read=None, now=NOW, deadline_s=0)
    assessment = assess_bundle(gathered.bundle, deployment.evidence, as_of=NOW).assessment
    ratios = [leg.abi.ratio.value if leg.abi else None for leg in assessment.indices.legs]
    assert ratios == [Decimal("0.95"), Decimal("0.60")]


def test_epics_remark_in_an_empty_search_is_no_data_and_its_standing_remark_no_gap() -> None:
    told = states("epic/patient-view-standing-remark")
    assert (told["findings"], told["indices"], told["orders"]) == (KeyState.GIVEN, KeyState.NO_DATA, KeyState.MISSING)


def test_resources_that_oracle_dropped_are_a_gap() -> None:
    assert states("oracle/patient-view-dropped-resources")["pressures"] is KeyState.PARTIAL
    assert states("oracle/patient-view-more-pages")["pressures"] is KeyState.PARTIAL


def test_what_epic_leaves_out_or_spells_otherwise_is_remarked_on() -> None:
    assert [remark.split()[0] for remark in read("epic/order-sign-without-scope-for-orders").remarks] == [
        "hookInstance",
        "context.draftOrders",
    ]
    assert read("epic/order-select-cta").remarks == ()
