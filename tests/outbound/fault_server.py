"""A FHIR server that misbehaves as told, on 127.0.0.1, for tests of whatever reads from one.

    with FaultServer() as server:
        server.fault = Fault.DRIP                   # for every path from now on, or
        server.faults["Observation"] = Fault.SLOW   # for one resource type, before `fault`
        ... read from server.base_url ...
        assert server.seen[0].headers["authorization"] == "Bearer ..."

Without a fault it answers a read with a resource of that type and id, and a search with the resources of `server.records` of that type, in one
page. It remembers what was asked of it in `seen`. Waiting faults (SLOW, DRIP, HANG) last until the client goes away or the server is closed, so that
no test waits for them. With a `tls` context it speaks https.
"""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

WRONG_PATIENT = "somebody-else"
FHIR_JSON = "application/fhir+json"


class Fault(StrEnum):
    NONE = "none"
    SLOW = "slow"
    """Accepts the request and says nothing."""
    DRIP = "drip"
    """Answers, a byte now and then: no single wait is long."""
    DRIPPING_HEADERS = "dripping-headers"
    TOO_MANY_REQUESTS = "429"
    ERROR = "500"
    EXPIRED_TOKEN = "401"
    FORBIDDEN = "403"
    NOT_FOUND = "404"
    GONE_WRONG = "400"
    HALF_A_PAGE = "half-a-page"
    """Says how long the answer is and closes in the middle of it."""
    HALF_JSON = "half-json"
    """A whole answer, of half a document."""
    RESET = "reset"
    HTML = "html"
    HTML_AS_JSON = "html-as-json"
    NOT_FHIR = "not-fhir"
    LIST = "list"
    WRONG_TYPE = "wrong-type"
    WRONG_PATIENT = "wrong-patient"
    """Whole and well, and about somebody else."""
    ENDLESS_PAGES = "endless-pages"
    CIRCLE = "circle"
    """The next page is the first."""
    SECOND_PAGE_ELSEWHERE = "second-page-elsewhere"
    SECOND_PAGE_FAILS = "second-page-fails"
    SECOND_PAGE_SLOW = "second-page-slow"
    TWO_PAGES = "two-pages"
    RELATIVE_NEXT = "relative-next"
    NEXT_IS_NO_ADDRESS = "next-is-no-address"
    REDIRECT = "redirect"
    """To `elsewhere`, with a body without end."""
    HUGE = "huge"
    GZIP = "gzip"
    NOTHING_FOUND_WARNING = "nothing-found-warning"
    """As Epic says that there is nothing: total 0, and an OperationOutcome with a warning (code 4101)."""
    LEFT_OUT_WARNING = "left-out-warning"
    """As a server says that it omitted what does not conform: resources, and an OperationOutcome with a warning."""
    ERROR_INSIDE = "error-inside"
    """A search that says in an OperationOutcome that it went wrong."""
    ODD_SHAPES = "odd-shapes"
    """Entries and links of types that FHIR does not know."""
    BAD_HEADER = "bad-header"
    """A header that is none."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One request. Header names in lower case."""

    method: str
    path: str
    headers: dict[str, str]


@dataclass(slots=True)
class FaultServer:
    """Use as a context manager. `elsewhere`: a base URL that faults may point to, for example another FaultServer's."""

    fault: Fault = Fault.NONE
    faults: dict[str, Fault] = field(default_factory=dict)
    records: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    elsewhere: str = "http://elsewhere.example/fhir"
    documents: dict[str, tuple[int, dict[str, str], bytes]] = field(default_factory=dict)
    """Other answers by path: status, headers, body. For key sets and the like."""
    tls: ssl.SSLContext | None = None
    seen: list[Seen] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)
    _server: ThreadingHTTPServer | None = None

    def __enter__(self) -> Self:
        self._server = _Server(("127.0.0.1", 0), _handler(self), tls=self.tls)
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.closing.set()
        assert self._server is not None
        self._server.shutdown()
        self._server.server_close()

    @property
    def port(self) -> int:
        assert self._server is not None
        return int(self._server.server_address[1])

    @property
    def base_url(self) -> str:
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}/fhir"


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # Eight connections come in at once; of those beyond the queue the system would let the client try again after a second.
    request_queue_size = 128
    block_on_close = False

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler], *, tls: ssl.SSLContext | None) -> None:
        self.tls = tls
        super().__init__(address, handler)

    def finish_request(self, request: Any, client_address: Any) -> None:
        # Here, in the thread of the connection, so that a client that breaks off the handshake keeps nobody waiting.
        if self.tls is None:
            super().finish_request(request, client_address)
            return
        with self.tls.wrap_socket(request, server_side=True) as secured:
            super().finish_request(secured, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing: clients that go away are what is tested."""


def _handler(server: FaultServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def log_message(self, format: str, *arguments: Any) -> None:
            """Nothing is printed."""

        def do_GET(self) -> None:
            server.seen.append(Seen("GET", self.path, {name.lower(): value for name, value in self.headers.items()}))
            path = urlsplit(self.path).path
            if path in server.documents:
                status, headers, body = server.documents[path]
                self.send(status, body, headers)
                return
            kind = path.removeprefix("/fhir/").split("/")[0]
            fault = server.faults.get(kind, server.fault)
            FAULTS.get(fault, _well)(server, self, kind)

        def send(self, status: int, body: bytes, headers: dict[str, str] | None = None, *, length: int | None = None) -> None:
            self.send_response(status)
            for name, value in {"Content-Type": FHIR_JSON, "Content-Length": str(length or len(body)), **(headers or {})}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def send_json(self, document: Any, status: int = 200) -> None:
            self.send(status, json.dumps(document).encode())

    return Handler


Handler = Any
Answering = Callable[[FaultServer, Handler, str], None]


def resource(kind: str, number: str = "1", patient: str = "p1") -> dict[str, Any]:
    """A small resource of a type, about a patient."""
    about = {} if kind == "Patient" else {"subject": {"reference": f"Patient/{patient}"}}
    return {"resourceType": kind, "id": number, **about}


def searchset(resources: list[dict[str, Any]], following: str = "") -> dict[str, Any]:
    """A page of a search, with the link to the next one."""
    links = [{"relation": "next", "url": following}] if following else []
    entries = [
        {"resource": found, "search": {"mode": "outcome" if found["resourceType"] == "OperationOutcome" else "match"}}
        for found in resources
    ]
    return {"resourceType": "Bundle", "type": "searchset", "total": len(resources), "link": links, "entry": entries}


def outcome(severity: str) -> dict[str, Any]:
    return {
        "resourceType": "OperationOutcome",
        "issue": [{"severity": severity, "code": "processing", "details": {"coding": [{"code": "4101"}]}}],
    }


def _is_search(handler: Handler) -> bool:
    return "?" in handler.path


def _page(handler: Handler) -> int:
    return int(parse_qs(urlsplit(handler.path).query).get("page", ["1"])[0])


def _well(server: FaultServer, handler: Handler, kind: str) -> None:
    if _is_search(handler):
        handler.send_json(searchset(server.records.get(kind, [resource(kind)])))
    else:
        handler.send_json(resource(kind, urlsplit(handler.path).path.rsplit("/", 1)[-1]))


def _status(status: int) -> Answering:
    def answer(server: FaultServer, handler: Handler, kind: str) -> None:
        # What a server says about itself may quote the question and the token: nothing of this may be told on.
        said = f"{handler.path} {handler.headers.get('Authorization', '')}"
        handler.send_json(
            {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "login", "diagnostics": said}]}, status
        )

    return answer


def _slow(server: FaultServer, handler: Handler, kind: str) -> None:
    _wait_for_goodbye(server, handler)


def _wait_for_goodbye(server: FaultServer, handler: Handler) -> None:
    handler.close_connection = True
    handler.connection.settimeout(0.05)
    while not server.closing.is_set():
        with contextlib.suppress(TimeoutError):
            if not handler.connection.recv(1):
                return


def _drip(server: FaultServer, handler: Handler, kind: str) -> None:
    handler.close_connection = True
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/fhir+json\r\nContent-Length: 1000000\r\n\r\n")
    _trickle(server, handler, b" ")


def _drip_headers(server: FaultServer, handler: Handler, kind: str) -> None:
    handler.close_connection = True
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
    _trickle(server, handler, b"x")


def _trickle(server: FaultServer, handler: Handler, byte: bytes) -> None:
    with contextlib.suppress(OSError):
        while not server.closing.wait(0.02):
            handler.wfile.write(byte)


def _half_a_page(server: FaultServer, handler: Handler, kind: str) -> None:
    body = json.dumps(searchset([resource(kind)])).encode()
    handler.send(200, body[: len(body) // 2], length=len(body))
    handler.close_connection = True


def _half_json(server: FaultServer, handler: Handler, kind: str) -> None:
    body = json.dumps(searchset([resource(kind)])).encode()
    handler.send(200, body[: len(body) // 2])


def _reset(server: FaultServer, handler: Handler, kind: str) -> None:
    handler.close_connection = True
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()


def _said(body: bytes, media_type: str, encoding: str = "identity") -> Answering:
    def answer(server: FaultServer, handler: Handler, kind: str) -> None:
        handler.send(200, body, {"Content-Type": media_type, "Content-Encoding": encoding})

    return answer


def _wrong_patient(server: FaultServer, handler: Handler, kind: str) -> None:
    if _is_search(handler):
        handler.send_json(searchset([resource(kind, patient=WRONG_PATIENT)]))
    else:
        handler.send_json(resource(kind, WRONG_PATIENT))


def _pages(last: int | None) -> Answering:
    def answer(server: FaultServer, handler: Handler, kind: str) -> None:
        page = _page(handler)
        following = "" if page == last else f"{server.base_url}/{kind}?patient=p1&page={page + 1}"
        handler.send_json(searchset([resource(kind, str(page))], following))

    return answer


def _first_page_then(second: Answering, following: str = "") -> Answering:
    def answer(server: FaultServer, handler: Handler, kind: str) -> None:
        if _page(handler) > 1:
            second(server, handler, kind)
        else:
            link = following.format(elsewhere=server.elsewhere) or f"{server.base_url}/{kind}?patient=p1&page=2"
            handler.send_json(searchset([resource(kind)], link))

    return answer


def _redirect(server: FaultServer, handler: Handler, kind: str) -> None:
    handler.close_connection = True
    with contextlib.suppress(OSError):
        handler.wfile.write(f"HTTP/1.1 302 Found\r\nLocation: {server.elsewhere}/{kind}\r\n\r\n".encode())
    _trickle(server, handler, b" " * 4096)


def _huge(server: FaultServer, handler: Handler, kind: str) -> None:
    handler.close_connection = True
    with contextlib.suppress(OSError):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/fhir+json\r\n\r\n")
        while not server.closing.is_set():
            handler.wfile.write(b" " * 65536)


def _found(*severities: str, records: bool) -> Answering:
    def answer(server: FaultServer, handler: Handler, kind: str) -> None:
        found = [resource(kind)] if records else []
        handler.send_json(searchset(found + [outcome(severity) for severity in severities]))

    return answer


def _odd_shapes(server: FaultServer, handler: Handler, kind: str) -> None:
    odd = [None, 1, {"resource": None}, {"resource": [1]}, {"fullUrl": "x"}, {"resource": resource(kind)}]
    handler.send_json(
        {"resourceType": "Bundle", "entry": odd, "link": [None, {"relation": "next"}, {"relation": "next", "url": 7}]}
    )


def _bad_header(server: FaultServer, handler: Handler, kind: str) -> None:
    body = json.dumps(searchset([resource(kind)])).encode()
    handler.wfile.write(
        b"HTTP/1.1 200 OK\r\nContent-Type: application/fhir+json\r\nContent-Length: %d\r\nno header at all\r\n\r\n" % len(body)
    )
    handler.wfile.write(body)


_HTML = b"<!DOCTYPE html><title>Sign in</title>"
FAULTS: dict[Fault, Answering] = {
    Fault.SLOW: _slow,
    Fault.DRIP: _drip,
    Fault.DRIPPING_HEADERS: _drip_headers,
    Fault.TOO_MANY_REQUESTS: _status(429),
    Fault.ERROR: _status(500),
    Fault.EXPIRED_TOKEN: _status(401),
    Fault.FORBIDDEN: _status(403),
    Fault.NOT_FOUND: _status(404),
    Fault.GONE_WRONG: _status(400),
    Fault.HALF_A_PAGE: _half_a_page,
    Fault.HALF_JSON: _half_json,
    Fault.RESET: _reset,
    Fault.HTML: _said(_HTML, "text/html; charset=utf-8"),
    Fault.HTML_AS_JSON: _said(_HTML, FHIR_JSON),
    Fault.NOT_FHIR: _said(b'{"access": "denied"}', "application/json"),
    Fault.LIST: _said(b"[]", "application/json"),
    Fault.WRONG_TYPE: _said(b'{"resourceType": "Binary"}', FHIR_JSON),
    Fault.WRONG_PATIENT: _wrong_patient,
    Fault.ENDLESS_PAGES: _pages(None),
    Fault.TWO_PAGES: _pages(2),
    Fault.CIRCLE: _first_page_then(_pages(None), "?patient=p1"),
    Fault.NEXT_IS_NO_ADDRESS: _first_page_then(_well, "https://[::1/page-2"),
    Fault.RELATIVE_NEXT: _first_page_then(_well, "?patient=p1&page=2"),
    Fault.SECOND_PAGE_ELSEWHERE: _first_page_then(_well, "{elsewhere}/Observation?page=2"),
    Fault.SECOND_PAGE_FAILS: _first_page_then(_status(500)),
    Fault.SECOND_PAGE_SLOW: _first_page_then(_slow),
    Fault.REDIRECT: _redirect,
    Fault.HUGE: _huge,
    Fault.GZIP: _said(b"\x1f\x8b", FHIR_JSON, "gzip"),
    Fault.NOTHING_FOUND_WARNING: _found("warning", records=False),
    Fault.LEFT_OUT_WARNING: _found("warning", records=True),
    Fault.ERROR_INSIDE: _found("error", records=False),
    Fault.ODD_SHAPES: _odd_shapes,
    Fault.BAD_HEADER: _bad_header,
}
