"""What holds for every module of the service, whoever wrote it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests.house.checkout import ROOT, SERVICE, files, name

MODULES = [path for path in files(SERVICE) if path.suffix == ".py"]
LONGEST = 260
VAGUE_NAMES = {"utils", "util", "common", "helpers", "base", "services", "handlers", "managers", "misc"}


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_a_module_is_short_enough_to_read(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= LONGEST


def test_a_module_is_named_for_what_is_in_it() -> None:
    assert [name(path) for path in MODULES if VAGUE_NAMES & {path.stem, path.parent.name}] == []


@pytest.mark.parametrize("path", [path for path in MODULES if path.read_text().strip()], ids=name)
def test_a_module_begins_with_a_sentence_for_its_caller(path: Path) -> None:
    assert path.read_text().startswith('"""') or path.parent.name == "versions"


def test_nothing_is_left_for_later() -> None:
    later = re.compile(r"\b(TODO|FIXME|XXX)\b|raise NotImplementedError")
    assert [name(path) for path in MODULES if later.search(path.read_text())] == []


def test_a_check_is_silenced_only_with_a_reason() -> None:
    silenced = re.compile(r"#\s*(type: ignore(\[[\w, -]+\])?|noqa(: [A-Z0-9, ]+)?|pragma: no cover)\s*$", re.MULTILINE)
    code = [path for path in files() if path.suffix == ".py"]
    assert [name(path) for path in code if silenced.search(path.read_text())] == []


AFTER_IMPORT = """
    import importlib, json, pkgutil, sys, threading
    sys.dont_write_bytecode = True  # what Python keeps for itself is not what the service does
    opened = []
    sys.addaudithook(lambda event, arguments: opened.append([event, str(arguments[0])]) if event in ("open", "socket.bind", "socket.connect") else None)
    import service
    names = {names}
    for name in names or [found.name for found in pkgutil.walk_packages(service.__path__, "service.") if ".migrations." not in found.name]:
        importlib.import_module(name)
    print(json.dumps({{"opened": opened, "modules": sorted(sys.modules), "threads": [thread.name for thread in threading.enumerate()]}}))
"""


def after_import(*names: str) -> dict[str, list[str]]:
    """What a fresh Python has opened and loaded once it has imported these modules, or all modules of the service."""
    program = textwrap.dedent(AFTER_IMPORT).format(names=list(names))
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    loaded: dict[str, list[str]] = json.loads(done.stdout.splitlines()[-1])
    return loaded


def test_nothing_happens_on_import() -> None:
    after = after_import()
    # urllib3 asks the system whether there is IPv6, by binding a socket that nobody listens on; with the modules of the calls, which the service loads late.
    probes = [event for event in after["opened"] if event[0] == "socket.bind" and "laddr=('::', 0, 0, 0)" in event[1]]
    assert len(probes) <= 1
    data = [
        event
        for event in after["opened"]
        if event not in probes
        and (event[0] != "open" or (event[1].startswith(str(ROOT / "service")) and not event[1].endswith((".py", ".pyc"))))
    ]
    assert data == []
    assert after["threads"] == ["MainThread"]


def test_importing_the_application_does_not_load_the_model_library_nor_what_sets_reports() -> None:
    """They take a second, and 80 MB, which every start of the command line would pay."""
    assert {"fhir.resources", "typst", "fontpkg"} & set(after_import("service.app")["modules"]) == set()


def test_the_report_knows_no_web() -> None:
    loaded = set(after_import("service.web.pages.report.pdf")["modules"])
    assert loaded & {"flask", "sqlalchemy", "requests", "typst"} == set()


def test_the_reasoning_loads_neither_web_nor_database_nor_wire_format() -> None:
    loaded = set(after_import("service.clinical.assess")["modules"])
    assert loaded & {"flask", "sqlalchemy", "fhir", "requests", "jsonschema_rs", "granian", "service.fhir"} == set()
