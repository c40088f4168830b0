"""What holds for every file of the checkout, and what has to be said the same in several of them."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
import yaml

import service
from tests.house.checkout import ROOT, files, name

# Put together here, so that this file does not hold what it looks for.
PLACES_OF_ONE_MACHINE = [
    "/" + place for place in ("work/", "root/", "home/", "Users/", "opt/pypi", "opt/wheels", "tmp/team", "tmp/probe")
]
PACKAGE_INDEXES = ["pypi" + ".org", "pythonhosted" + ".org", "npmjs" + ".org", "npmjs" + ".com", "yarnpkg" + ".com"]


def text_of(path: Path) -> str:
    return path.read_bytes().decode("utf-8", errors="ignore")


@pytest.mark.parametrize("forbidden", PLACES_OF_ONE_MACHINE + PACKAGE_INDEXES)
def test_no_file_names_a_place_of_one_machine_or_a_package_index(forbidden: str) -> None:
    assert [name(path) for path in files() if forbidden in text_of(path)] == []


def test_the_version_is_the_same_everywhere() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    newest = re.search(r"^## \[([^\]]+)\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert newest is not None
    assert {
        "service.__version__": service.__version__,
        "openapi.yaml": yaml.safe_load((ROOT / "openapi.yaml").read_text())["info"]["version"],
        "CHANGELOG.md": newest.group(1),
    } == dict.fromkeys(["service.__version__", "openapi.yaml", "CHANGELOG.md"], project)


def test_the_changelog_has_its_heading_for_evidence() -> None:
    assert "### Evidence" in (ROOT / "CHANGELOG.md").read_text()


def test_every_decision_is_in_the_index_and_has_the_form() -> None:
    folder = ROOT / "docs" / "adr"
    index = (folder / "README.md").read_text()
    for page in sorted(folder.glob("[0-9]*.md")):
        text = page.read_text()
        assert f"({page.name})" in index
        assert text.startswith(f"# {page.name[:4]}. ")
        assert re.search(r"^Date: \d{4}-\d{2}-\d{2}\. Status: (proposed|accepted|replaced by \d{4})\.$", text, re.MULTILINE), (
            page.name
        )
        for heading in ("## Context", "## Decision", "## Consequences"):
            assert heading in text, f"{page.name} lacks {heading}"


@pytest.mark.parametrize("owner", ["LOINC", "SNOMED", "UCUM", "HL7 FHIR", "ICD-10-CM"])
def test_the_notice_names_whose_codes_we_use(owner: str) -> None:
    assert owner in (ROOT / "NOTICE").read_text()
