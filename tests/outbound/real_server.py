"""A FHIR server that nobody here wrote, as a process of its own on 127.0.0.1."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.error import HTTPError
from urllib.request import Request, urlopen

FHIR = "application/fhir+json"
_START_S = 60.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(slots=True)
class RealServer:
    """sekmet. `client`: it demands tokens of SMART Backend Services, and knows this client: {"client_id", "jwks", "scopes"}."""

    folder: Path
    client: dict[str, Any] | None = None
    port: int = 0
    _process: subprocess.Popen[bytes] | None = None

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/fhir"

    def __enter__(self) -> Self:
        self.port = free_port()
        self.folder.mkdir(parents=True, exist_ok=True)
        auth: dict[str, Any] = {"types": ["none"]}
        if self.client is not None:
            auth = {"types": ["bearer", "smart"], "tokens": ["loader"], "smart_clients": [self.client]}
        settings = {
            "base_url": self.base_url,
            "data_dir": str(self.folder),
            "own_private_key_path": str(self.folder / "own.pem"),
            "server_auth": auth,
            "simulator": {"enabled": False},
        }
        file = self.folder / "settings.yaml"
        file.write_text(json.dumps(settings))
        command = [
            str(Path(sys.executable).with_name("sekmet")),
            "serve",
            "--config",
            str(file),
            "--host",
            "127.0.0.1",
            "--port",
            str(self.port),
        ]
        with (self.folder / "log").open("wb") as log:
            self._process = subprocess.Popen(command, cwd=self.folder, stdout=log, stderr=log, env=_environment(file))
        until = time.monotonic() + _START_S
        while True:
            try:
                self.ask("GET", "metadata")
            except OSError:
                assert self._process.poll() is None, (self.folder / "log").read_text()
                assert time.monotonic() < until, "the FHIR server did not start"
                time.sleep(0.05)
            else:
                return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        assert self._process is not None
        self._process.terminate()
        self._process.wait(timeout=30)

    def ask(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """What it answers to somebody else than us; {} for nothing."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Accept": FHIR, "Content-Type": FHIR} | ({"Authorization": "Bearer loader"} if self.client else {})
        request = Request(f"{self.base_url}/{path}".rstrip("/"), data=data, method=method, headers=headers)
        try:
            with urlopen(request, timeout=30) as answer:
                return json.loads(answer.read() or b"{}")
        except HTTPError as error:
            raise AssertionError(f"{method} {path}: {error.code} {error.read().decode()[:2000]}") from error

    def load(self, bundle: dict[str, Any]) -> None:
        """Keep the resources of a collection, under the ids they have."""
        entries = [
            {"resource": one, "request": {"method": "PUT", "url": f"{one['resourceType']}/{one['id']}"}}
            for one in (entry["resource"] for entry in bundle["entry"])
        ]
        self.ask("POST", "", {"resourceType": "Bundle", "type": "transaction", "entry": entries})

    def all_of(self, kind: str, search: str = "") -> list[dict[str, Any]]:
        """Every resource of a type that it holds."""
        return [entry["resource"] for entry in self.ask("GET", f"{kind}?_count=500{search}").get("entry", [])]


def _environment(file: Path) -> dict[str, str]:
    return {**os.environ, "SEKMET_CONFIG": str(file)}
