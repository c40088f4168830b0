"""A callback is sent once, to the address that was checked; whatever the receiver does, what came of it is told."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
import requests
import responses

from service.outbound import callback, in_time
from service.outbound.callback import Reply, post

URL = "https://ehr.example/in"
HEADERS = {"Content-Type": "application/fhir+json", "webhook-id": "1"}


def public(host: str, port: int, **_: Any) -> list[tuple[Any, ...]]:
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.216.34", port))]


def private(host: str, port: int, **_: Any) -> list[tuple[Any, ...]]:
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.7", port))]


def sent(**answer: Any) -> Reply:
    with responses.RequestsMock() as mocked:
        mocked.post(URL, **answer)
        reply = post(URL, b"body", headers=HEADERS, development=False, resolve=public)
        [call] = mocked.calls
        assert call.request.body == b"body"
        assert call.request.headers["webhook-id"] == "1"
        assert "Authorization" not in call.request.headers
    assert "ehr.example" not in reply.why
    return reply


@pytest.mark.parametrize("status", [200, 202, 204])
def test_a_success_is_delivered(status: int) -> None:
    assert sent(status=status).delivered


@pytest.mark.parametrize("status", [301, 307, 400, 401, 404, 410, 422])
def test_what_the_receiver_refuses_is_not_tried_again(status: int) -> None:
    reply = sent(status=status, headers={"Location": "https://elsewhere.example/"})
    assert (reply.delivered, reply.hopeless, reply.why) == (False, True, f"answered {status}")


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_what_may_pass_is_tried_again(status: int) -> None:
    reply = sent(status=status)
    assert (reply.delivered, reply.hopeless) == (False, False)


@pytest.mark.parametrize(
    ("text", "seconds"), [("17", 17), (" 17 ", 17), ("", 0), ("soon", 0), ("-5", 0), ("Mon, 02 Mar 2020 09:30:00 GMT", 0)]
)
def test_what_the_receiver_asks_to_wait_is_told(text: str, seconds: int) -> None:
    assert sent(status=503, headers={"Retry-After": text}).wait_s == seconds


def test_a_date_to_wait_for_is_told_in_seconds() -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=100), usegmt=True)
    assert 0 < sent(status=429, headers={"Retry-After": date}).wait_s <= 100


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (requests.ConnectionError(f"{URL} refused"), "cannot be reached, or broke off its answer"),
        (requests.exceptions.SSLError(URL), "cannot be reached, or broke off its answer"),
        (requests.Timeout(URL), "did not answer within five seconds"),
        (KeyError(URL), "could not be called (KeyError)"),
    ],
)
def test_a_receiver_that_does_not_answer_is_tried_again(error: Exception, why: str) -> None:
    reply = sent(body=error)
    assert (reply.status, reply.hopeless, reply.why) == (0, False, why)


@pytest.mark.parametrize(
    ("url", "resolve"), [("http://ehr.example/in", public), (URL, private), ("https://user:word@ehr.example/in", public)]
)
def test_an_address_that_is_not_open_is_never_called(url: str, resolve: Callable[..., Any]) -> None:
    with responses.RequestsMock():
        reply = post(url, b"body", headers=HEADERS, development=False, resolve=resolve)
    assert (reply.refused, reply.hopeless) == (True, True)


def test_too_many_calls_at_once_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    full = threading.BoundedSemaphore(1)
    full.acquire()
    monkeypatch.setattr(in_time, "_SLOTS", full)
    reply = post(URL, b"body", headers=HEADERS, development=False, resolve=public)
    assert (reply.status, reply.hopeless) == (0, False)
    assert "too many" in reply.why


@contextmanager
def listening(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(65536)
                answer(connection)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/in"
        thread.join(10)


def test_a_receiver_that_drips_is_cut_off_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(callback, "TIMEOUT_S", 0.5)

    def drip(connection: socket.socket) -> None:
        for byte in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"." * 200:
            try:
                connection.send(bytes([byte]))
            except OSError:
                return
            time.sleep(0.02)

    with listening(drip) as url:
        reply = post(url, b"body", headers=HEADERS, development=True)
    assert reply == Reply(status=0, why="did not answer within five seconds")


def test_an_answer_is_not_read_beyond_its_status() -> None:
    def endless(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n" + b"." * 1000)

    with listening(endless) as url:
        assert post(url, b"body", headers=HEADERS, development=True).delivered
