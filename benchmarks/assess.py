"""How fast the operation is beside an endpoint that only parses and echoes the same body, on the same server in the same run.

    python -m benchmarks.assess [--rounds 6] [--seconds 4] [--workers 2] [--connections 4]

Absolute numbers move with whatever else the machine does; the ratio of one run is what means something. The load generator shares the
machine: its own CPU is counted and shown, and the ratio of server CPU per request does not depend on it.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from wsgiref.types import StartResponse, WSGIEnvironment

import orjson
from flask import Flask, Response, request

from benchmarks.load import Run
from benchmarks.record import record
from service.app import from_environment
from service.cli.serve import wsgi_server
from service.config import load_settings

ECHO = "/benchmark/echo"
OPERATION = "/fhir/$assess-claudication"
GOAL = 0.30


def with_echo() -> Flask:
    """The service as it is served, and beside it a bare Flask application that parses and writes a body back.

    The echo is an application of its own, so that it pays for none of our hooks; only the first step of every path is shared.
    """
    echo = Flask("echo", static_folder=None)

    @echo.post(ECHO)
    def answer() -> Response:
        return Response(orjson.dumps(orjson.loads(request.get_data())), content_type="application/json")

    service = from_environment()
    serve, serve_echo = service.wsgi_app, echo.wsgi_app

    def either(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return (serve_echo if environ["PATH_INFO"] == ECHO else serve)(environ, start_response)

    service.wsgi_app = either  # type: ignore[method-assign]  # how Flask puts middleware in place
    return service


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    run: Run
    server_cpu: float

    @property
    def rate(self) -> float:
        return len(self.run.latencies) / self.run.seconds

    @property
    def cpu_each(self) -> float:
        return self.server_cpu / len(self.run.latencies)


def main() -> None:
    arguments = _arguments()
    if arguments.serve:
        wsgi_server(load_settings(os.environ), "benchmarks.assess:with_echo").serve()
        return
    body = record()
    print(
        f"body: {len(body)} bytes, {len(json.loads(body)['entry'])} resources; {arguments.workers} workers, {arguments.connections} connections"
    )
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        server = start(port, arguments.workers, folder)
        try:
            rounds: dict[str, list[Round]] = {ECHO: [], OPERATION: []}
            for path in rounds:
                measure(server.pid, port, path, body, arguments.connections, 1.0)
            for number in range(arguments.rounds):
                for path in (ECHO, OPERATION) if number % 2 == 0 else (OPERATION, ECHO):
                    rounds[path].append(measure(server.pid, port, path, body, arguments.connections, arguments.seconds))
        finally:
            server.terminate()
            server.wait()
    _report(rounds)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--connections", type=int, default=4)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def start(port: int, workers: int, folder: str, **more: str) -> subprocess.Popen[bytes]:
    """The service with the echo beside it, ready to answer."""
    settings = {
        "CLAUDICATION_PORT": str(port),
        "CLAUDICATION_WORKERS": str(workers),
        "CLAUDICATION_DATABASE_URL": f"sqlite:///{folder}/audit.db",
        **more,
    }
    # The log is written, as in service; only nobody reads it.
    server = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.assess", "--serve"], env=os.environ | settings, stdout=subprocess.DEVNULL
    )
    wait_for(server, f"http://127.0.0.1:{port}/health/ready")
    return server


def wait_for(server: subprocess.Popen[bytes], url: str) -> None:
    """Until something answers there."""
    for _ in range(300):
        try:
            urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url).close()
            return
        except OSError:
            time.sleep(0.1)
    server.kill()
    raise SystemExit("the server did not come up")


def measure(server: int, port: int, path: str, body: bytes, connections: int, seconds: float) -> Round:
    """Drive one path for some seconds."""
    before = server_cpu(server)
    load = subprocess.run(
        [sys.executable, "-m", "benchmarks.load", str(port), path, str(connections), str(seconds)],
        input=body,
        capture_output=True,
        check=True,
    )
    return Round(run=Run(**json.loads(load.stdout)), server_cpu=server_cpu(server) - before)


def server_cpu(server: int) -> float:
    """Seconds of processor used by the server and its workers so far."""
    children = Path(f"/proc/{server}/task/{server}/children").read_text().split()
    ticks = sum(
        sum(int(part) for part in Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[11:13])
        for process in [server, *children]
    )
    return ticks / os.sysconf("SC_CLK_TCK")


def _report(rounds: dict[str, list[Round]]) -> None:
    print(f"{'':12}{'requests/s':>12}{'p50 ms':>9}{'p99 ms':>9}{'server us/req':>15}{'client us/req':>15}")
    p99 = {}
    for name, path in (("echo", ECHO), ("operation", OPERATION)):
        latencies = sorted(latency for one in rounds[path] for latency in one.run.latencies)
        p99[path] = latencies[int(len(latencies) * 0.99)]
        rate = statistics.median(one.rate for one in rounds[path])
        server = statistics.median(one.cpu_each for one in rounds[path])
        client = sum(one.run.client_cpu for one in rounds[path]) / len(latencies)
        p50 = latencies[len(latencies) // 2]
        print(f"{name:12}{rate:12.0f}{p50 * 1000:9.2f}{p99[path] * 1000:9.2f}{server * 1e6:15.0f}{client * 1e6:15.0f}")
    pairs = list(zip(rounds[ECHO], rounds[OPERATION], strict=True))
    by_rate = [ours.rate / echo.rate for echo, ours in pairs]
    by_cpu = [echo.cpu_each / ours.cpu_each for echo, ours in pairs]
    print(
        f"ratio of the echo, requests/s: {statistics.median(by_rate):.3f} (rounds {min(by_rate):.3f} to {max(by_rate):.3f}; goal {GOAL:.2f})"
    )
    print(
        f"ratio of the echo, server CPU: {statistics.median(by_cpu):.3f}; p99 is {p99[OPERATION] / p99[ECHO]:.1f} times the echo's"
    )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


if __name__ == "__main__":
    main()
