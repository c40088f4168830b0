"""A light load generator: keep-alive connections in one process, and an account of what it cost itself."""

from __future__ import annotations

import itertools
import json
import resource
import secrets
import selectors
import socket
import sys
import time
from dataclasses import asdict, dataclass

# Where a body holds these, each request has numbers of its own there: one request is never the repetition of another, and one patient not all of them.
INSTANCE = b"00000000-0000-4000-8000-000000000000"
PATIENT = b"bench-000"
_PATIENTS = 500
_CHUNK = 256 * 1024
_END_OF_HEADERS = b"\r\n\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What one endpoint did for some seconds. `latencies` in seconds; `client_cpu` is what this generator used, in seconds."""

    seconds: float
    latencies: list[float]
    client_cpu: float


@dataclass(slots=True)
class _Connection:
    socket: socket.socket
    began: float = 0.0
    received: int = 0
    expected: int = 0
    head: bytes = b""


def drive(port: int, path: str, body: bytes, *, connections: int, seconds: float) -> Run:
    """POST the body again and again on so many connections. Raises ValueError for any answer but 200."""
    request = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/fhir+json\r\n"
        f"Accept: application/fhir+json\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode() + body
    texts = [request.replace(PATIENT, b"bench-%03d" % number) for number in range(_PATIENTS if PATIENT in request else 1)]
    instance = texts[0].find(INSTANCE)
    first = secrets.randbits(40)
    sent = itertools.count()

    def next_request() -> bytes:
        number = next(sent)
        text = texts[number % len(texts)]
        if instance < 0:
            return text
        return text[: instance + 24] + b"%012x" % (first + number) + text[instance + 36 :]

    latencies: list[float] = []
    waiting = selectors.DefaultSelector()
    open_connections = [_Connection(socket.create_connection(("127.0.0.1", port))) for _ in range(connections)]
    before = _cpu()
    begin = time.perf_counter()
    for connection in open_connections:
        connection.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        waiting.register(connection.socket, selectors.EVENT_READ, connection)
        _send(connection, next_request())
    while time.perf_counter() - begin < seconds:
        for key, _ in waiting.select(timeout=1):
            if _complete(key.data):
                latencies.append(time.perf_counter() - key.data.began)
                _send(key.data, next_request())
    elapsed = time.perf_counter() - begin
    used = _cpu() - before
    for connection in open_connections:
        connection.socket.close()
    return Run(seconds=elapsed, latencies=latencies, client_cpu=used)


def _send(connection: _Connection, request: bytes) -> None:
    connection.received, connection.expected, connection.head = 0, 0, b""
    connection.began = time.perf_counter()
    connection.socket.sendall(request)


def _complete(connection: _Connection) -> bool:
    chunk = connection.socket.recv(_CHUNK)
    if not chunk:
        raise ValueError("the server closed the connection")
    connection.received += len(chunk)
    if not connection.expected:
        connection.head += chunk
        head, found, _ = connection.head.partition(_END_OF_HEADERS)
        if not found:
            return False
        if not head.startswith(b"HTTP/1.1 200"):
            raise ValueError(connection.head[:500].decode(errors="replace"))
        length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        connection.expected = len(head) + len(_END_OF_HEADERS) + int(length.split(b":")[1])
    return connection.received >= connection.expected


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    given_port, given_path, given_connections, given_seconds = sys.argv[1:]
    done = drive(
        int(given_port), given_path, sys.stdin.buffer.read(), connections=int(given_connections), seconds=float(given_seconds)
    )
    json.dump(asdict(done), sys.stdout)
