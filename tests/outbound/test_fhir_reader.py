"""Reading from FHIR servers that are slow, down, lying, endless or redirecting: an answer by the deadline, which says what is missing and nothing else."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from service.outbound import in_time as threads
from service.outbound.fhir_reader import Read, ReadOutcome, read_together
from tests.outbound.fault_server import WRONG_PATIENT, Fault, FaultServer, resource

TOKEN = "tok-8d1f-SECRET"
SECRETS = (TOKEN, "Bearer", "patient=p1", "p1", "127.0.0.1", "http")


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as running:
        yield running


def read(server: FaultServer, search: str = "Observation?patient=p1", *, seconds: float = 5.0, **options: Any) -> Read:
    """One search, in as much time as is never needed unless the test is about time."""
    return read_all(server, {"key": search}, seconds=seconds, **options)["key"]


def read_all(server: FaultServer, searches: dict[str, str], *, seconds: float = 5.0, **options: Any) -> dict[str, Read]:
    settings: dict[str, Any] = {"base_url": server.base_url, "token": TOKEN, "allowed": (), "development": True} | options
    limits = {"page_limit": 5, "byte_limit": 100_000} | {
        name: settings.pop(name) for name in ("page_limit", "byte_limit") if name in settings
    }
    return read_together(searches, deadline_s=time.monotonic() + seconds, **limits, **settings)


@pytest.mark.requirement("34", "60", "61")
def test_each_search_is_read_with_the_token_and_nothing_is_asked_twice(server: FaultServer) -> None:
    server.records["Condition"] = [resource("Condition", "c1"), resource("Condition", "c2")]
    found = read_all(server, {"patient": "Patient/p1", "conditions": "Condition?patient=p1", "scores": "Observation?patient=p1"})
    assert found == {
        "patient": Read(outcome=ReadOutcome.FETCHED, resources=(resource("Patient", "p1"),)),
        "conditions": Read(outcome=ReadOutcome.FETCHED, resources=tuple(server.records["Condition"])),
        "scores": Read(outcome=ReadOutcome.FETCHED, resources=(resource("Observation"),)),
    }
    assert sorted(seen.path for seen in server.seen) == [
        "/fhir/Condition?patient=p1",
        "/fhir/Observation?patient=p1",
        "/fhir/Patient/p1",
    ]
    for seen in server.seen:
        assert seen.headers["authorization"] == f"Bearer {TOKEN}"
        assert seen.headers["accept"] == "application/fhir+json"
        assert seen.headers["host"] == f"127.0.0.1:{server.port}"


def test_a_slash_at_the_end_of_the_base_address_is_one_slash(server: FaultServer) -> None:
    assert read(server, base_url=server.base_url + "/").outcome == ReadOutcome.FETCHED
    assert server.seen[0].path == "/fhir/Observation?patient=p1"


def test_without_a_token_none_is_sent(server: FaultServer) -> None:
    assert read(server, token="").outcome == ReadOutcome.FETCHED
    assert "authorization" not in server.seen[0].headers


NOT_WHOLE = {
    Fault.TOO_MANY_REQUESTS: (ReadOutcome.UNREACHABLE, "asked too often"),
    Fault.ERROR: (ReadOutcome.UNREACHABLE, "status 500"),
    Fault.EXPIRED_TOKEN: (ReadOutcome.REFUSED, "does not accept the access token, or no longer"),
    Fault.FORBIDDEN: (ReadOutcome.REFUSED, "does not allow"),
    Fault.NOT_FOUND: (ReadOutcome.REFUSED, "does not have this"),
    Fault.GONE_WRONG: (ReadOutcome.REFUSED, "status 400"),
    Fault.HALF_A_PAGE: (ReadOutcome.UNREACHABLE, "broke off"),
    Fault.HALF_JSON: (ReadOutcome.UNREACHABLE, "only half of it"),
    Fault.RESET: (ReadOutcome.UNREACHABLE, "cannot be reached, or broke off"),
    Fault.HTML: (ReadOutcome.UNREACHABLE, "not FHIR as JSON"),
    Fault.HTML_AS_JSON: (ReadOutcome.UNREACHABLE, "cannot be read"),
    Fault.NOT_FHIR: (ReadOutcome.UNREACHABLE, "no FHIR resource"),
    Fault.LIST: (ReadOutcome.UNREACHABLE, "no FHIR resource"),
    Fault.WRONG_TYPE: (ReadOutcome.UNREACHABLE, "another kind of resource"),
    Fault.REDIRECT: (ReadOutcome.REFUSED, "points to another address, which is not followed"),
    Fault.HUGE: (ReadOutcome.UNREACHABLE, "more bytes than are read"),
    Fault.GZIP: (ReadOutcome.UNREACHABLE, "compressed its answer"),
}


@pytest.mark.parametrize("search", ["Observation?patient=p1", "Patient/p1"])
@pytest.mark.parametrize("fault", NOT_WHOLE)
def test_a_fault_gives_no_resources_and_a_sentence(server: FaultServer, fault: Fault, search: str) -> None:
    server.fault = fault
    came = read(server, search)
    outcome, told = NOT_WHOLE[fault]
    assert (came.outcome, came.resources) == (outcome, ())
    assert told in came.why
    assert [secret for secret in SECRETS if secret in came.why] == []
    assert len(server.seen) == 1


LATE = [Fault.SLOW, Fault.DRIP, Fault.DRIPPING_HEADERS]


@pytest.mark.parametrize("fault", LATE)
def test_the_answer_comes_at_the_deadline_whatever_the_server_does(server: FaultServer, fault: Fault) -> None:
    server.faults["Observation"] = fault
    before = time.monotonic()
    came = read_all(server, {"slow": "Observation?patient=p1", "well": "Condition?patient=p1"}, seconds=1.5)
    assert time.monotonic() - before < 15, "it waited for the server"
    assert came["well"].outcome == ReadOutcome.FETCHED
    assert came["slow"] == Read(outcome=ReadOutcome.TOO_LATE, why="the FHIR server did not answer in time")
    assert_no_thread_is_left()


def assert_no_thread_is_left() -> None:
    for thread in [thread for thread in threading.enumerate() if thread.name == "outbound"]:
        thread.join(timeout=30)
        assert not thread.is_alive()


def test_a_name_that_is_looked_up_for_too_long_keeps_nobody_waiting(server: FaultServer) -> None:
    looked_up = threading.Event()

    def hang(*_: object, **__: object) -> list[Any]:
        looked_up.wait(30)
        return []

    came = read(server, seconds=0.5, base_url="http://ehr.example/fhir", allowed=("http://ehr.example/fhir",), resolve=hang)
    looked_up.set()
    assert came == Read(outcome=ReadOutcome.TOO_LATE, why="the FHIR server's name was not found in time")
    assert_no_thread_is_left()


def test_a_name_that_does_not_exist_is_said(server: FaultServer) -> None:
    def unknown(*_: object, **__: object) -> list[Any]:
        raise OSError("unknown")

    came = read(server, base_url="http://ehr.example/fhir", allowed=("http://ehr.example/fhir",), resolve=unknown)
    assert came == Read(outcome=ReadOutcome.UNREACHABLE, why="the FHIR server's name was not found")


def test_with_all_threads_waiting_elsewhere_it_says_so_at_once(server: FaultServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "_SLOTS", threading.BoundedSemaphore(1))
    came = read_all(server, {"a": "Observation?patient=p1", "b": "Condition?patient=p1"})
    assert came["a"].outcome == ReadOutcome.FETCHED
    assert came["b"] == Read(outcome=ReadOutcome.UNREACHABLE, why="too many earlier reads are still waiting for their servers")
    assert read(server).outcome == ReadOutcome.FETCHED
    held = threading.BoundedSemaphore(1)
    held.acquire()
    monkeypatch.setattr(threads, "_SLOTS", held)
    assert read(server).outcome == ReadOutcome.UNREACHABLE


def test_where_no_thread_can_be_started_it_says_so(server: FaultServer, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    assert read(server) == Read(outcome=ReadOutcome.UNREACHABLE, why="too many earlier reads are still waiting for their servers")


def test_a_fault_of_ours_is_not_taken_for_one_of_the_server(server: FaultServer) -> None:
    def broken(*_: object, **__: object) -> list[Any]:
        raise KeyError("ours")

    with pytest.raises(KeyError):
        read(server, base_url="http://ehr.example", allowed=("http://ehr.example",), resolve=broken)
    with pytest.raises(AttributeError):
        read(server, base_url=server.base_url.replace("http", "https"), trust="not a context")


def test_a_deadline_that_has_passed_asks_nothing(server: FaultServer) -> None:
    assert read(server, seconds=-1).outcome == ReadOutcome.TOO_LATE
    assert server.seen == []


def test_two_pages_are_one_search(server: FaultServer) -> None:
    server.fault = Fault.TWO_PAGES
    came = read(server)
    assert came == Read(outcome=ReadOutcome.FETCHED, resources=(resource("Observation", "1"), resource("Observation", "2")))
    assert {seen.headers["authorization"] for seen in server.seen} == {f"Bearer {TOKEN}"}


def test_a_relative_link_is_read_from_where_it_stands(server: FaultServer) -> None:
    server.fault = Fault.RELATIVE_NEXT
    assert len(read(server).resources) == 2
    assert server.seen[1].path == "/fhir/Observation?patient=p1&page=2"


PARTS = {
    Fault.ENDLESS_PAGES: (5, "more than 5"),
    Fault.CIRCLE: (1, "in a circle"),
    Fault.SECOND_PAGE_ELSEWHERE: (1, "another server"),
    Fault.SECOND_PAGE_FAILS: (1, "status 500"),
    Fault.LEFT_OUT_WARNING: (1, "left something out"),
    Fault.ERROR_INSIDE: (0, "left something out"),
}


@pytest.mark.parametrize("fault", PARTS)
def test_what_was_read_before_the_fault_is_kept(server: FaultServer, fault: Fault) -> None:
    server.fault = fault
    came = read(server)
    number, told = PARTS[fault]
    assert came.outcome == ReadOutcome.FETCHED_IN_PART
    assert len(came.resources) == number
    assert told in came.why
    assert [secret for secret in SECRETS if secret in came.why] == []


def test_what_was_read_before_the_deadline_is_kept(server: FaultServer) -> None:
    server.fault = Fault.SECOND_PAGE_SLOW
    came = read(server, seconds=1.5)
    assert came.outcome == ReadOutcome.FETCHED_IN_PART
    assert came.resources == (resource("Observation"),)
    assert came.why == "not all pages were read: the FHIR server did not answer in time"


def test_the_limit_of_bytes_is_for_all_pages_together(server: FaultServer) -> None:
    server.fault = Fault.ENDLESS_PAGES
    came = read(server, page_limit=100, byte_limit=1_000)
    assert came.outcome == ReadOutcome.FETCHED_IN_PART
    assert "more bytes than are read" in came.why
    assert 1 <= len(came.resources) < 10


def test_a_warning_beside_nothing_is_nothing_found(server: FaultServer) -> None:
    server.fault = Fault.NOTHING_FOUND_WARNING
    assert read(server) == Read(outcome=ReadOutcome.FETCHED)


def test_entries_that_are_none_are_passed_over(server: FaultServer) -> None:
    server.fault = Fault.ODD_SHAPES
    assert read(server) == Read(outcome=ReadOutcome.FETCHED, resources=(resource("Observation"),))


def test_somebody_elses_data_are_handed_on_for_the_caller_to_refuse(server: FaultServer) -> None:
    server.fault = Fault.WRONG_PATIENT
    assert read(server).resources[0]["subject"] == {"reference": f"Patient/{WRONG_PATIENT}"}


def test_a_redirect_leads_nowhere_and_takes_no_token_along(server: FaultServer) -> None:
    with FaultServer() as other:
        server.elsewhere = other.base_url
        server.fault = Fault.REDIRECT
        assert read(server).outcome == ReadOutcome.REFUSED
        server.fault = Fault.SECOND_PAGE_ELSEWHERE
        assert read(server).outcome == ReadOutcome.FETCHED_IN_PART
        assert other.seen == []


REFUSED = [
    {"base_url": "http://10.0.0.1/fhir"},
    {"base_url": "http://user:secret@127.0.0.1/fhir"},
    {"base_url": "http://127.0.0.1/fhir?x=1"},
    {"development": False},
    {"allowed": ("https://ehr.example/fhir",)},
    {"token": "two words"},
    {"token": "line\nbreak"},
    {"token": "nöt-ascii"},
]


@pytest.mark.parametrize("options", REFUSED, ids=str)
def test_what_is_refused_is_refused_before_anything_is_sent(server: FaultServer, options: dict[str, Any]) -> None:
    came = read(server, **options)
    assert came.outcome == ReadOutcome.REFUSED
    assert came.why
    assert [word for word in ("secret", "words", "line", "nöt", "10.0", "fhir?") if word in came.why] == []
    assert server.seen == []


def test_a_search_that_leads_out_of_the_base_is_refused(server: FaultServer) -> None:
    came = read(server, "../admin?patient=p1")
    assert came.outcome == ReadOutcome.REFUSED
    assert server.seen == []


def test_nothing_is_logged_about_what_was_asked(
    server: FaultServer, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    for fault in (Fault.NONE, Fault.BAD_HEADER, Fault.RESET, Fault.ERROR):
        server.fault = fault
        read(server)
    assert [record for record in caplog.records if any(secret in record.getMessage() for secret in SECRETS)] == []
    assert "".join(capfd.readouterr()) == ""


def test_the_proxies_of_the_environment_are_not_used(server: FaultServer, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert read(server).outcome == ReadOutcome.FETCHED
