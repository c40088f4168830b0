"""`claudication serve`: a real server in a process of its own."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from service import __version__
from service.cli import main
from tests.claudicant import claudicant_json
from tests.corpora.bad_bodies import BAD_BODIES, BadBody
from tests.web.test_bad_bodies import headers_of

URL = "/fhir/$assess-claudication"
FHIR = {"Content-Type": "application/fhir+json"}
PROGRAM = (sys.executable, "-c", "from service.cli import main; main()", "serve")
SENT_FOR_REAL = ("cut off by one byte", "5 MB of record", "gzip bomb", "100,000 arrays deep", "plain text", "two patients")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def environment(tmp_path: Path, **settings: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name != "PORT" and not name.startswith("CLAUDICATION_")}
    return kept | {"CLAUDICATION_DATABASE_URL": f"sqlite:///{tmp_path}/audit.db"} | settings


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a running service, set by PORT."""
    port = free_port()
    settings = environment(
        tmp_path_factory.mktemp("served"), PORT=str(port), CLAUDICATION_WORKERS="1", CLAUDICATION_LOG_LEVEL="error"
    )
    process = subprocess.Popen(PROGRAM, env=settings)
    try:
        for _ in range(300):
            try:
                ask(port, "GET", "/health/ready")
                break
            except OSError:
                assert process.poll() is None, "the server ended by itself"
                time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=30)


def ask(
    port: int, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request(method, path, body=body, headers=headers or {})
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    finally:
        connection.close()


def test_it_assesses(server: int) -> None:
    status, headers, body = ask(server, "POST", URL, claudicant_json(), FHIR | {"X-Request-Id": "real-1"})
    assert status == 200
    assert headers["content-type"] == "application/fhir+json"
    assert headers["x-request-id"] == "real-1"
    assert json.loads(body)["resourceType"] == "Bundle"


def test_a_percent_encoded_dollar_is_the_same_path(server: int) -> None:
    assert ask(server, "POST", "/fhir/%24assess-claudication", claudicant_json(), FHIR)[0] == 200


def test_a_chunked_body_is_read_and_held_to_the_limit(server: int) -> None:
    def chunks(body: bytes) -> Iterator[bytes]:
        for start in range(0, len(body), 1000):
            yield body[start : start + 1000]

    for body, expected in ((claudicant_json(), 200), (b" " * 5_000_000, 413)):
        connection = http.client.HTTPConnection("127.0.0.1", server, timeout=30)
        connection.request("POST", URL, body=chunks(body), headers=FHIR, encode_chunked=True)
        assert connection.getresponse().status == expected
        connection.close()


@pytest.mark.parametrize("bad", [bad for bad in BAD_BODIES if bad.name in SENT_FOR_REAL], ids=lambda bad: bad.name)
def test_broken_bodies_get_their_answer_over_a_real_connection(server: int, bad: BadBody) -> None:
    status, headers, body = ask(server, "POST", URL, bad.body, headers_of(bad))
    assert status == bad.status
    assert headers["content-type"] == "application/fhir+json"
    assert json.loads(body)["resourceType"] == "OperationOutcome"


def test_a_connection_is_kept_through_good_and_bad(server: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server, timeout=30)
    for body, expected in ((b"{", 400), (claudicant_json(), 200)) * 3:
        connection.request("POST", URL, body=body, headers=FHIR)
        answer = connection.getresponse()
        assert answer.status == expected
        answer.read()
    connection.close()


def test_the_server_does_not_say_what_it_is_made_of(server: int) -> None:
    _, headers, _ = ask(server, "GET", "/health/live")
    assert not any(name in headers.get("server", "").lower() for name in ("python", "werkzeug", "flask", "/"))


def test_head_has_no_body(server: int) -> None:
    status, _, body = ask(server, "HEAD", "/fhir/metadata")
    assert (status, body) == (200, b"")


def test_a_port_that_is_taken_is_named(server: int, tmp_path: Path) -> None:
    ended = subprocess.run(
        [*PROGRAM, "--port", str(server)], env=environment(tmp_path), capture_output=True, text=True, timeout=60
    )
    assert ended.returncode == 1
    assert f"cannot listen on 127.0.0.1 port {server}" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"CLAUDICATION_PORT": "http"}, "CLAUDICATION_PORT: 'http' is not allowed"),
        ({"CLAUDICATION_WORKER": "2"}, "did you mean CLAUDICATION_WORKERS?"),
        ({"CLAUDICATION_DATABASE_URL": "sqlite:////proc/nowhere/audit.db"}, "cannot be opened"),
        ({"CLAUDICATION_MAPPING_FILE": "/nowhere/local.toml"}, "local.toml"),
    ],
)
def test_a_wrong_setting_ends_the_start_with_its_name(tmp_path: Path, settings: dict[str, str], told: str) -> None:
    ended = subprocess.run(PROGRAM, env=environment(tmp_path, **settings), capture_output=True, text=True, timeout=60)
    assert ended.returncode == 1
    assert told in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_start_in_development_says_so(server: int, tmp_path: Path) -> None:
    """It ends at the port that is taken, which is after what it has to say."""
    for development in ("true", "false"):
        settings = environment(tmp_path, CLAUDICATION_DEVELOPMENT=development)
        ended = subprocess.run([*PROGRAM, "--port", str(server)], env=settings, capture_output=True, text=True, timeout=60)
        assert ("WARNING: CLAUDICATION_DEVELOPMENT IS ON" in ended.stderr) is (development == "true")


def test_help_lists_the_settings() -> None:
    told = CliRunner().invoke(main, ["serve", "--help"]).stdout
    assert "CLAUDICATION_MAX_BODY_BYTES=4194304" in told


def test_the_version_is_said() -> None:
    assert __version__ in CliRunner().invoke(main, ["--version"]).stdout
