"""The socket goes to the pinned address; the name is what the certificate, SNI and the Host header are about."""

from __future__ import annotations

import socket
import ssl
import time
from typing import Any

import pytest
import requests

from service.outbound.address_guard import Address, AddressRefused, checked_address
from service.outbound.answer import Answer, NoAnswer
from service.outbound.fhir_reader import ReadOutcome, read_together
from service.outbound.in_time import Lines
from service.outbound.pinned_session import PinnedAdapter, PinnedSession, ask, trusted_authorities
from tests.outbound.authority import Authority
from tests.outbound.fault_server import Fault, FaultServer

HERE = "127.0.0.1"


@pytest.fixture(autouse=True)
def no_second_lookup(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever looks a name up while connecting fails the test."""

    def refuse(*_: object, **__: object) -> Any:
        raise AssertionError("a name was looked up again")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def found_here(host: str, port: int, **_: object) -> list[tuple[Any, ...]]:
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (HERE, port))]


def address(server: FaultServer, name: str = "ehr.example", scheme: str = "https") -> Address:
    base = f"{scheme}://{name}:{server.port}"
    return checked_address(base, allowed=(base,), development=True, resolve=found_here)


def get(
    server: FaultServer, trust: ssl.SSLContext | None, name: str = "ehr.example", scheme: str = "https", **options: Any
) -> Answer:
    limits: dict[str, Any] = {"headers": {}, "deadline_s": time.monotonic() + 5, "byte_limit": 10_000} | options
    with PinnedSession(address(server, name, scheme), trust=trust) as session:
        return ask(session, f"{scheme}://{name}:{server.port}/fhir/Patient/p1", **limits)


def named(context: ssl.SSLContext) -> list[str | None]:
    """The names that clients asked this server for (SNI), as they come in."""
    names: list[str | None] = []
    context.sni_callback = lambda _socket, name, _context: names.append(name)
    return names


@pytest.mark.requirement("168")
def test_the_name_is_checked_and_not_the_address(authority: Authority) -> None:
    context = authority.server("ehr.example")
    names = named(context)
    with FaultServer(tls=context) as server:
        answer = get(server, authority.trust)
        assert (answer.status, answer.media_type) == (200, "application/fhir+json")
        assert server.seen[0].headers["host"] == f"ehr.example:{server.port}"
    assert names == ["ehr.example"]


@pytest.mark.parametrize("certified", [("other.example",), (HERE,), ("example",)])
def test_a_certificate_for_another_name_is_refused_even_one_for_the_pinned_address(
    authority: Authority, certified: tuple[str, ...]
) -> None:
    with FaultServer(tls=authority.server(*certified)) as server:
        with pytest.raises(NoAnswer, match="certificate"):
            get(server, authority.trust, headers={"Authorization": "Bearer never-sent"})
        assert server.seen == []


def test_a_certificate_of_an_authority_nobody_knows_is_refused(authority: Authority) -> None:
    with FaultServer(tls=authority.server("ehr.example")) as server:
        with pytest.raises(NoAnswer, match="signed by nobody who is trusted"):
            get(server, None)
        assert server.seen == []


def test_a_session_cannot_be_told_to_believe_everyone(authority: Authority) -> None:
    with FaultServer(tls=authority.server("ehr.example")) as server, PinnedSession(address(server)) as session:
        session.verify = False
        with pytest.raises(requests.exceptions.SSLError):
            session.get(f"https://ehr.example:{server.port}/fhir/Patient/p1", verify=False)
        assert server.seen == []


def test_an_address_as_the_name_needs_a_certificate_for_the_address(authority: Authority) -> None:
    with FaultServer(tls=authority.server(HERE)) as server:
        assert get(server, authority.trust, HERE).status == 200


def test_those_whom_the_system_trusts_are_trusted() -> None:
    context = trusted_authorities()
    assert context is trusted_authorities()
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert len(context.get_ca_certs()) > 50


@pytest.mark.parametrize(
    "url",
    [
        "https://other.example/",
        "http://ehr.example/",
        "https://ehr.example.evil.example/",
        "https://127.0.0.1/",
        "ftp://ehr.example/",
    ],
)
def test_nothing_is_sent_to_another_server(authority: Authority, url: str) -> None:
    with FaultServer(tls=authority.server("ehr.example")) as server, PinnedSession(address(server)) as session:
        with pytest.raises((AddressRefused, requests.exceptions.InvalidSchema)):
            session.get(url, headers={"Authorization": "Bearer secret"})
        with pytest.raises(AddressRefused):
            ask(session, url, headers={}, deadline_s=time.monotonic() + 5, byte_limit=1)
        assert server.seen == []


def test_the_adapter_keeps_the_session_of_another_library_to_the_server() -> None:
    """What follows redirects follows them to nowhere else."""
    with FaultServer() as other, FaultServer(elsewhere=other.base_url) as server:
        moved = {"Location": f"{other.base_url}/Patient/p1"}
        server.documents["/moved"] = (302, moved, b"")
        lines = Lines()
        with requests.Session() as session:
            session.mount("http://", PinnedAdapter(address(server, scheme="http"), lines))
            with pytest.raises(AddressRefused):
                session.get(f"http://ehr.example:{server.port}/moved", headers={"Authorization": "Bearer secret"})
        lines.close()
        assert other.seen == []


def test_the_first_address_that_answers_is_taken() -> None:
    with FaultServer() as server:
        pinned = address(server, scheme="http")
        with PinnedSession(Address(origin=pinned.origin, ips=("::1", "127.0.0.2", HERE))) as session:
            assert (
                ask(
                    session,
                    f"http://ehr.example:{server.port}/fhir/Patient/p1",
                    headers={},
                    deadline_s=time.monotonic() + 5,
                    byte_limit=999,
                ).status
                == 200
            )


def test_a_port_that_nobody_listens_on_is_not_reached() -> None:
    with FaultServer() as server:
        gone = address(server, scheme="http")
    with PinnedSession(gone) as session, pytest.raises(NoAnswer, match="cannot be reached") as told:
        ask(
            session,
            f"http://ehr.example:{gone.origin.port}/fhir/Patient?name=x",
            headers={},
            deadline_s=time.monotonic() + 5,
            byte_limit=1,
        )
    assert not told.value.late
    assert told.value.__cause__ is None


def test_a_byte_now_and_then_is_not_read_beyond_the_deadline() -> None:
    with FaultServer(fault=Fault.DRIP) as server, pytest.raises(NoAnswer) as told:
        get(server, None, scheme="http", deadline_s=time.monotonic() + 0.3)
    assert told.value.late


def test_cookies_are_not_kept() -> None:
    with FaultServer() as server:
        server.documents["/cookie"] = (200, {"Set-Cookie": "session=1"}, b"{}")
        with PinnedSession(address(server, scheme="http")) as session:
            for _ in range(2):
                ask(
                    session, f"http://ehr.example:{server.port}/cookie", headers={}, deadline_s=time.monotonic() + 5, byte_limit=9
                )
        assert [seen.headers.get("cookie") for seen in server.seen] == [None, None]


def test_a_connection_that_was_cut_is_not_opened_again() -> None:
    lines = Lines()
    lines.cut()
    with FaultServer() as server, PinnedSession(address(server, scheme="http"), lines=lines) as session:
        with pytest.raises(NoAnswer) as told:
            ask(
                session,
                f"http://ehr.example:{server.port}/fhir/Patient/p1",
                headers={},
                deadline_s=time.monotonic() + 5,
                byte_limit=999,
            )
        assert told.value.late
        assert server.seen == []
    lines.close()


def test_a_drip_inside_tls_is_cut_at_the_deadline(authority: Authority) -> None:
    with FaultServer(tls=authority.server("ehr.example"), fault=Fault.DRIPPING_HEADERS) as server:
        base = f"https://ehr.example:{server.port}/fhir"
        came = read_together(
            {"patient": "Patient/p1"}, base_url=base, token="t", allowed=(base,), development=True, deadline_s=time.monotonic() + 0.5,
            page_limit=1, byte_limit=1000, trust=authority.trust, resolve=found_here,
        )  # fmt: skip
    assert came["patient"].outcome == ReadOutcome.TOO_LATE
    assert len(server.seen) == 1
