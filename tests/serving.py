"""A real server in a process of its own, for tests of what only a real one does."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

START_S = 60.0
PROGRAM = (sys.executable, "-c", "from service.cli import main; main()", "serve")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def environment(folder: Path, **settings: str) -> dict[str, str]:
    """The environment of a service with its database in this folder and no settings but these."""
    kept = {name: value for name, value in os.environ.items() if name != "PORT" and not name.startswith("CLAUDICATION_")}
    return kept | {"CLAUDICATION_DATABASE_URL": f"sqlite:///{folder}/audit.db"} | settings


@contextmanager
def serving(folder: Path, **settings: str) -> Iterator[int]:
    """The port of a running service. What it writes is in `folder/log`."""
    port = free_port()
    given = {"PORT": str(port), "CLAUDICATION_WORKERS": "1", "CLAUDICATION_LOG_LEVEL": "error"} | settings
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(PROGRAM, env=environment(folder, **given), stdout=log, stderr=subprocess.STDOUT)
    try:
        until = time.monotonic() + START_S
        while True:
            try:
                ask(port, "GET", "/health/ready")
                break
            except OSError:
                assert process.poll() is None, (folder / "log").read_text()
                assert time.monotonic() < until, "the service did not start"
                time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=30)


def ask(
    port: int, method: str, path: str, body: bytes | Iterator[bytes] | None = None, headers: Mapping[str, str] | None = None
) -> tuple[int, dict[str, str], bytes]:
    """Status, headers in lower case, body."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request(method, path, body=body, headers=headers or {})
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    finally:
        connection.close()
