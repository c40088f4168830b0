"""docs/integration.md is run: its files written, its commands executed against this service and a real FHIR server, its answers compared."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from service.outbound.signing_keys import new_key
from tests.claudicant import claudicant
from tests.outbound.real_server import RealServer, free_port

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "integration.md").read_text(encoding="utf-8")
FILE = re.compile(r"^```\w+ (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CONSOLE = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
START = "claudication serve"


@dataclass(frozen=True)
class Step:
    command: str
    answer: str

    def __str__(self) -> str:
        return self.command[:60]


def steps() -> list[Step]:
    found = []
    for block in CONSOLE.findall(PAGE):
        for said in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, answer = said.partition("\n")
            found.append(Step(command, answer))
    return found


def matches(answer: str, shown: str) -> bool:
    """Whether an answer is what the page shows: `...` stands for anything, and blanks are there to read it."""
    pattern = ".*?".join(re.escape(part) for part in re.sub(r"\s+", "", shown).split("..."))
    return re.fullmatch(pattern, re.sub(r"\s+", "", answer)) is not None


def test_what_is_shown_can_be_wrong() -> None:
    assert matches('{"a": 1, "b": [2, 3]}\n', '{"a":1,...,3]}')
    assert not matches('{"a": 1, "b": [2, 3]}', '{"a":1,...,4]}')
    assert not matches('{"a": 1}', '{"a": 1')


class Walk:
    """A folder with the page's files, the EHR, and the service once the page has started it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.service: subprocess.Popen[bytes] | None = None
        port = free_port()
        cds = f"http://127.0.0.1:{port}"
        own = {"client_id": "claudication-cds", "jwks_url": f"{cds}/.well-known/jwks.json", "scopes": "system/*.rs system/*.c"}
        self.ehr = RealServer(folder / "ehr", client=own)
        self.env = {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "CDS": cds,
            "EHR_TOKEN": "loader",
            # Of this machine, without https: all that is different from what the page says.
            "CLAUDICATION_DEVELOPMENT": "true",
            "CLAUDICATION_PORT": str(port),
            "CLAUDICATION_WORKERS": "1",
            "CLAUDICATION_DATABASE_URL": f"sqlite:///{folder}/claudication.db",
        }

    def __enter__(self) -> Walk:
        for name, body in FILE.findall(PAGE):
            (self.folder / name).write_text(body)
        key = new_key("ES384", "north-1")
        (self.folder / "north-private.json").write_text(json.dumps(key))
        (self.folder / "north.json").write_text(json.dumps({"keys": [{name: key[name] for name in key if name != "d"}]}))
        (self.folder / "record.json").write_text(json.dumps(claudicant()))
        self.ehr.__enter__()
        self.ehr.load(claudicant())
        self.env["EHR"] = self.ehr.base_url
        return self

    def __exit__(self, *raised: Any) -> None:
        self.ehr.__exit__(None, None, None)
        if self.service is not None:
            self.service.terminate()
            self.service.wait(timeout=20)

    def run(self, command: str) -> str:
        if START in command:
            with (self.folder / "service.log").open("wb") as log:
                self.service = subprocess.Popen(
                    ["bash", "-c", command.replace(START, f"exec {START}")], cwd=self.folder, env=self.env, stdout=log, stderr=log
                )
            self._wait()
            return ""
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=self.folder,
            env=self.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=60,
            check=False,
        )
        return done.stdout.decode()

    def _wait(self) -> None:
        assert self.service is not None
        until = time.monotonic() + 30
        while True:
            try:
                with urlopen(f"{self.env['CDS']}/health/ready", timeout=5):
                    return
            except (URLError, ConnectionError):
                assert self.service.poll() is None, (self.folder / "service.log").read_text()
                assert time.monotonic() < until
                time.sleep(0.05)


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    if shutil.which("curl") is None:
        pytest.skip("the page calls curl, which is not on this machine")
    with Walk(tmp_path_factory.mktemp("walk")) as begun:
        yield begun


@pytest.mark.parametrize("step", steps(), ids=str)
def test_every_request_of_the_page_gets_the_answer_that_is_shown(step: Step, walk: Walk) -> None:
    answer = walk.run(step.command)
    assert matches(answer, step.answer), answer


def test_the_page_runs_what_it_shows() -> None:
    assert len(steps()) >= 10
    assert {name for name, _ in FILE.findall(PAGE)} == {"clients.toml", "sign.py", "claudication.env"}
