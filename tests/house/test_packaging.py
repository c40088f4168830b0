"""What is installed, from which lock, and what is in the wheel and the image."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.house.checkout import ROOT, SERVICE, files

PYPROJECT = (ROOT / "pyproject.toml").read_text()
PROJECT = tomllib.loads(PYPROJECT)
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))


def canonical(requirement: str) -> str:
    """The name in a requirement, as the lock writes it."""
    return re.sub(r"[-_.]+", "-", re.split(r"[<>=!~\[; ]", requirement, maxsplit=1)[0]).lower()


def locked(lock: Path) -> dict[str, list[str]]:
    """The packages of a lock, each with its hashes; a package at two versions (one for each Python) counts once."""
    packages: dict[str, list[str]] = {}
    for block in re.split(r"\n(?=\S)", lock.read_text()):
        if "==" in block.split("\n", maxsplit=1)[0]:
            packages.setdefault(canonical(block), []).extend(re.findall(r"--hash=(sha256:[0-9a-f]{64})", block))
    return packages


def test_each_dependency_says_why_it_is_there() -> None:
    lines = re.findall(r'^    "[A-Za-z][^"]*[<>=][^"]*",.*$', PYPROJECT, re.MULTILINE)
    groups = PROJECT["dependency-groups"]
    extras = PROJECT["project"]["optional-dependencies"].values()
    assert len(lines) == sum(map(len, [PROJECT["project"]["dependencies"], *groups.values(), *extras]))
    assert [line for line in lines if not re.search(r"# \S+ \S+ \S+", line)] == []


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_has_hashes_for_everything_and_names_no_place(lock: Path) -> None:
    assert [package for package, hashes in locked(lock).items() if not hashes] == []
    assert re.search(r"://|--index|--extra-index|--find-links|file:|^-e|^\.?/", lock.read_text(), re.MULTILINE) is None


def test_a_lock_names_the_extras_that_its_packages_ask_for() -> None:
    """Where the lock pins `coverage` and a package asks for `coverage[toml]`, an older pip looks for the newest one and refuses it as not pinned."""
    lock = (ROOT / "requirements" / "test.txt").read_text()
    pinned = re.findall(r"^(\S+?)(?:\[(\S+)\])?==", lock, re.MULTILINE)
    extras = {canonical(name): set(filter(None, named.split(","))) for name, named in pinned}
    lacking = []
    for installed in distributions():
        for requirement in map(Requirement, installed.requires or ()):
            wanted = not requirement.marker or requirement.marker.evaluate({"extra": ""})
            if (
                requirement.extras
                and wanted
                and not requirement.extras <= extras.get(canonical(requirement.name), requirement.extras)
            ):
                lacking.append(f"{installed.name} asks for {requirement}")
    assert lacking == []


def test_the_locks_hold_what_the_project_asks_for() -> None:
    asked = {
        "run": PROJECT["project"]["dependencies"] + PROJECT["project"]["optional-dependencies"]["report"],
        "build": PROJECT["dependency-groups"]["build"],
        "test": PROJECT["project"]["dependencies"] + PROJECT["dependency-groups"]["build"] + PROJECT["dependency-groups"]["test"],
        "mutation": PROJECT["dependency-groups"]["test"] + PROJECT["dependency-groups"]["mutation"],
    }
    for lock, requirements in asked.items():
        assert {canonical(requirement) for requirement in requirements} <= set(locked(ROOT / "requirements" / f"{lock}.txt"))


def test_what_is_tested_is_what_runs() -> None:
    run, test = ((ROOT / "requirements" / lock).read_text() for lock in ("run.txt", "test.txt"))
    assert set(re.findall(r"^\S+==\S+", run, re.MULTILINE)) <= set(re.findall(r"^\S+==\S+", test, re.MULTILINE))


@pytest.mark.parametrize("package", ["orjson", "jsonschema-rs", "granian", "pydantic-core"])
def test_compiled_packages_are_locked_for_more_than_one_platform(package: str) -> None:
    assert len(locked(ROOT / "requirements" / "run.txt")[package]) > 10


def test_what_the_service_imports_is_declared() -> None:
    # The models of fhir.resources are pydantic's, werkzeug's exceptions are flask's, and the connections of requests are urllib3's: each comes and
    # goes with its owner.
    provided_by = {"fhir": "fhir-resources", "pydantic": "fhir-resources", "werkzeug": "flask", "urllib3": "requests"}
    extras = PROJECT["project"]["optional-dependencies"].values()
    declared = {canonical(requirement) for listed in (PROJECT["project"]["dependencies"], *extras) for requirement in listed}
    imported: set[str] = set()
    for path in files(SERVICE):
        if path.suffix == ".py":
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Import):
                    imported |= {alias.name.split(".")[0] for alias in node.names}
                elif isinstance(node, ast.ImportFrom) and node.module:
                    imported.add(node.module.split(".")[0])
    foreign = imported - set(sys.stdlib_module_names) - {"service"}
    assert {package for package in foreign if provided_by.get(package, canonical(package)) not in declared} == set()


def test_the_wheel_holds_every_file_of_the_package(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path)], cwd=ROOT, check=True
    )
    (wheel,) = tmp_path.glob("*.whl")
    inside = set(zipfile.ZipFile(wheel).namelist())
    assert {path.relative_to(ROOT).as_posix() for path in files(SERVICE)} <= inside
    assert any(entry.endswith("licenses/NOTICE") for entry in inside)
    assert {entry.split("/")[0] for entry in inside} == {"service", f"claudication_cds-{PROJECT['project']['version']}.dist-info"}


def instructions(word: str) -> list[str]:
    """The arguments of one kind of instruction of the Dockerfile, lines continued with a backslash joined."""
    text = re.sub(r"\\\n\s*", "", (ROOT / "Dockerfile").read_text())
    return re.findall(rf"^{word} (.*)$", text, re.MULTILINE)


def test_the_image_has_a_pinned_slim_base() -> None:
    bases = instructions("FROM")
    assert len(bases) == 2
    assert [base for base in bases if not re.match(r"python:3\.12\.\d+-slim-[a-z]+( AS \w+)?$", base)] == []


def test_the_image_installs_from_the_lock_with_hashes() -> None:
    installs = [step for run in instructions("RUN") for step in run.split("&&") if "pip install" in step or "pip wheel" in step]
    assert [step for step in installs if "--require-hashes" not in step and "--no-index" not in step] == []
    assert any("requirements/run.txt" in step for step in installs)


def test_the_image_does_not_run_as_root() -> None:
    last_stage = (ROOT / "Dockerfile").read_text().rsplit("\nFROM ", maxsplit=1)[1]
    (user,) = re.findall(r"^USER (\S+)$", last_stage, re.MULTILINE)
    assert user not in {"root", "0"}
    assert last_stage.index("\nUSER ") < last_stage.index("\nCMD ")


def test_the_image_says_how_it_is() -> None:
    (check,) = instructions("HEALTHCHECK")
    assert "/health/live" in check
    assert instructions("EXPOSE") == ["8000"]


def test_the_image_is_given_all_that_it_copies() -> None:
    let_through = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = {word.rstrip("/") for copy in instructions("COPY") if "--from" not in copy for word in copy.split()[:-1]}
    assert {name for name in copied if not any(entry == name or entry.startswith(name + "/") for entry in let_through)} == set()
