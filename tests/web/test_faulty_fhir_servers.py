"""A client's FHIR server that is slow, down, lying, endless or redirecting, and a real service that is called without what it needs.

The answer comes in time, says what is missing, and nothing of it leaks.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from service.cds_hooks.hooks import Hook
from service.fhir.exchange.record_queries import MANDATORY
from tests.cds_hooks.calls import PATIENT_ID, TOKEN, authorization, call, draft, full_prefetch, put
from tests.outbound.fault_server import WRONG_PATIENT, Fault, FaultServer
from tests.serving import ask, free_port, serving

SERVICE = "/cds-services/claudication"
# More than the service takes by default, so that a machine with much else to do has asked before it gives up. The rest is room for the answer;
# the servers that are waited for would say nothing for ever.
DEADLINE_MS = 1200
IN_TIME_S = 10.0
WAITING = (Fault.SLOW, Fault.DRIP, Fault.DRIPPING_HEADERS)
REDIRECTING = (Fault.REDIRECT,)
BROKEN = (Fault.ERROR, Fault.EXPIRED_TOKEN, Fault.RESET, Fault.HTML, Fault.HALF_A_PAGE)
# What the fault server serves is about p1.
US = "p1"


@dataclass(frozen=True)
class Served:
    port: int
    folder: Path

    def written(self) -> bytes:
        return b"".join(file.read_bytes() for file in self.folder.iterdir())


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("served")
    # Many cards for one patient, so that none is held back as noise.
    (folder / "clients.toml").write_text('[[clients]]\nid = "development"\ncards_per_patient_and_day = 99\n')
    settings = {
        "CLAUDICATION_DEVELOPMENT": "true",
        "CLAUDICATION_LOG_LEVEL": "debug",
        "CLAUDICATION_HOOK_DEADLINE_MS": str(DEADLINE_MS),
    }
    with serving(folder, CLAUDICATION_CLIENTS_FILE=str(folder / "clients.toml"), **settings) as port:
        yield Served(port, folder)


@pytest.fixture
def elsewhere() -> Iterator[FaultServer]:
    with FaultServer() as other:
        yield other


@pytest.fixture
def server(elsewhere: FaultServer) -> Iterator[FaultServer]:
    with FaultServer(elsewhere=elsewhere.base_url) as one:
        yield one


def answered(served: Served, body: dict[str, Any], fhir_server: str) -> tuple[int, dict[str, Any]]:
    """Status and body, of an answer that came in time and tells no secret."""
    body = body | {"hookInstance": str(uuid.uuid4()), "fhirServer": fhir_server, "fhirAuthorization": authorization()}
    sent = json.dumps(body).replace(PATIENT_ID, US).encode()
    began = time.monotonic()
    status, _, told = ask(served.port, "POST", SERVICE, sent, {"Content-Type": "application/json"})
    assert time.monotonic() - began < IN_TIME_S
    for secret in (TOKEN, WRONG_PATIENT):
        assert secret.encode() not in told + served.written()
    return status, json.loads(told)


def nothing_sent() -> dict[str, Any]:
    return call(prefetch=None)


def all_but(*keys: str) -> dict[str, Any]:
    """An angiography for somebody who was never measured: there is a card about that, whatever else is missing."""
    angiography = draft() | {"code": {"coding": [{"system": "http://www.ama-assn.org/go/cpt", "code": "75635"}]}}
    known = full_prefetch() | {"pressures": None}
    body = call(Hook.ORDER_SIGN, prefetch={key: value for key, value in known.items() if key not in keys})
    return put(body, "context.draftOrders.entry", [{"resource": angiography}])


def lacking(told: dict[str, Any]) -> list[str]:
    return [issue["expression"][0].removeprefix("prefetch.") for issue in told["issue"]]


@pytest.mark.requirement("27", "54")
@pytest.mark.parametrize("fault", [*WAITING, *REDIRECTING, *BROKEN])
def test_without_anything_each_key_that_is_needed_is_named(
    served: Served, server: FaultServer, elsewhere: FaultServer, fault: Fault
) -> None:
    server.fault = fault
    status, told = answered(served, nothing_sent(), server.base_url)
    assert (status, lacking(told)) == (412, list(MANDATORY))
    assert server.seen
    assert elsewhere.seen == []


def test_a_server_that_is_down_is_said_to_be(served: Served) -> None:
    status, told = answered(served, nothing_sent(), f"http://127.0.0.1:{free_port()}/fhir")
    assert (status, lacking(told)) == (412, list(MANDATORY))
    assert {issue["code"] for issue in told["issue"]} == {"transient"}


@pytest.mark.requirement("27")
@pytest.mark.parametrize("fault", [*WAITING, *REDIRECTING, *BROKEN])
def test_what_could_not_be_seen_stands_on_the_card(
    served: Served, server: FaultServer, elsewhere: FaultServer, fault: Fault
) -> None:
    server.fault = fault
    status, told = answered(served, all_but("reports", "images"), server.base_url)
    assert status == 200
    [card] = told["cards"]
    assert "reports, images (neither sent nor to be had)" in card["detail"]
    assert elsewhere.seen == []


@pytest.mark.parametrize(
    "body", [nothing_sent(), all_but("reports"), all_but("conditions")], ids=["nothing", "reports", "conditions"]
)
def test_a_server_that_tells_of_somebody_else_gets_no_card(served: Served, server: FaultServer, body: dict[str, Any]) -> None:
    server.fault = Fault.WRONG_PATIENT
    status, told = answered(served, body, server.base_url)
    assert status == 422
    assert "cards" not in told
    assert {issue["code"] for issue in told["issue"]} == {"business-rule"}


@pytest.mark.parametrize(
    "fault",
    [Fault.ENDLESS_PAGES, Fault.CIRCLE, Fault.SECOND_PAGE_ELSEWHERE, Fault.SECOND_PAGE_SLOW, Fault.NEXT_IS_NO_ADDRESS],
)
@pytest.mark.parametrize("key", ["conditions", "reports"])
def test_of_a_search_without_end_the_beginning_is_used_and_called_a_part(
    served: Served, server: FaultServer, elsewhere: FaultServer, fault: Fault, key: str
) -> None:
    server.fault = fault
    status, told = answered(served, all_but(key), server.base_url)
    assert status == 200
    [card] = told["cards"]
    assert f"{key} only in part" in card["detail"]
    assert len(server.seen) <= 5
    assert elsewhere.seen == []


def test_the_next_call_is_answered_as_if_nothing_had_been(served: Served, server: FaultServer) -> None:
    server.fault = Fault.SLOW
    for _ in range(12):
        answered(served, nothing_sent(), server.base_url)
    status, told = answered(served, all_but(), server.base_url)
    assert status == 200
    assert len(told["cards"]) == 1
