"""A page of docs that is run: its files written, its commands executed against this service and a real FHIR server, its answers compared."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from service.outbound.signing_keys import new_key
from tests.claudicant import claudicant
from tests.outbound.real_server import RealServer, free_port

ROOT = Path(__file__).parents[2]
FILE = re.compile(r"^```\w+ (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CONSOLE = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SERVE = "claudication serve"
LASTING = (SERVE, "claudication worker", "python receiver.py")
"""Commands that go on while the others are given."""
CHANGING = (" -X ", "--data", " > ", "resend", "ehr-key")
"""Signs of a command that may be given once only. Any other is given again until the answer has come that the page shows, as its reader would."""
PATIENCE_S = 60


@dataclass(frozen=True)
class Step:
    command: str
    answer: str

    def __str__(self) -> str:
        return self.command[:60]


def page(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def steps(text: str) -> list[Step]:
    found = []
    for block in CONSOLE.findall(text):
        for said in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, answer = said.partition("\n")
            found.append(Step(command, answer))
    return found


def matches(answer: str, shown: str) -> bool:
    """Whether an answer is what the page shows: `...` stands for anything, and blanks are there to read it."""
    pattern = ".*?".join(re.escape(part) for part in re.sub(r"\s+", "", shown).split("..."))
    return re.fullmatch(pattern, re.sub(r"\s+", "", answer)) is not None


class Walk:
    """A folder with the files of these pages, a later one's in the place of an earlier one's, the EHR, and what the page has started."""

    def __init__(self, folder: Path, *pages: str, **environ: str) -> None:
        self.folder = folder
        self.pages = pages
        self.lasting: list[subprocess.Popen[bytes]] = []
        port = free_port()
        cds = f"http://127.0.0.1:{port}"
        own = {"client_id": "claudication-cds", "jwks_url": f"{cds}/.well-known/jwks.json", "scopes": "system/*.rs system/*.c"}
        self.ehr = RealServer(folder / "ehr", client=own)
        self.env = {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "PYTHONUNBUFFERED": "1",
            "CDS": cds,
            "RESULTS": f"http://127.0.0.1:{free_port()}/claudication/results",
            "EHR_TOKEN": "loader",
            # Of this machine, without https: all that is different from what the page says.
            "CLAUDICATION_DEVELOPMENT": "true",
            "CLAUDICATION_PORT": str(port),
            "CLAUDICATION_WORKERS": "1",
            "CLAUDICATION_DATABASE_URL": f"sqlite:///{folder}/claudication.db",
        } | environ

    def __enter__(self) -> Walk:
        for text in self.pages:
            for name, body in FILE.findall(text):
                # What a shell would put there; in a file that is no shell's it is the reader who does.
                (self.folder / name).write_text(body.replace("$RESULTS", self.env["RESULTS"]))
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
        for process in self.lasting:
            process.terminate()
        for process in self.lasting:
            process.wait(timeout=30)

    def take(self, step: Step) -> None:
        """Do as the page says. Fails when the answer is another than it shows."""
        if any(name in step.command for name in LASTING):
            self.start(step.command)
            return
        until = time.monotonic() + PATIENCE_S
        once = any(sign in step.command for sign in CHANGING)
        while True:
            answer = self.run(step.command)
            if matches(answer, step.answer):
                return
            assert not once, f"{step}: {answer}"
            assert time.monotonic() < until, f"{step}: {answer}"
            time.sleep(0.2)

    def start(self, command: str) -> None:
        """Something that goes on until the walk ends."""
        [name] = [name for name in LASTING if name in command]
        with (self.folder / "log").open("ab") as log:
            process = subprocess.Popen(
                ["bash", "-c", command.replace(name, f"exec {name}")], cwd=self.folder, env=self.env, stdout=log, stderr=log
            )
        self.lasting.append(process)
        if name == SERVE:
            self._wait(process)

    def run(self, command: str) -> str:
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

    def _wait(self, service: subprocess.Popen[bytes]) -> None:
        until = time.monotonic() + 60
        while True:
            try:
                with urlopen(f"{self.env['CDS']}/health/ready", timeout=5):
                    return
            except OSError:
                assert service.poll() is None, (self.folder / "log").read_text()
                assert time.monotonic() < until
                time.sleep(0.05)


def files(texts: Sequence[str]) -> set[str]:
    """The names of the files that pages give."""
    return {name for text in texts for name, _ in FILE.findall(text)}
