"""docs/hazards.md: each hazard says what it is and what guards it, the guard exists, and what nothing guards is marked open."""

from __future__ import annotations

import re

import pytest

from tests.house.checkout import ROOT

PAGE = (ROOT / "docs" / "hazards.md").read_text()
HAZARDS = re.findall(r"^## \d+\. (.+?)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)


def guards(text: str) -> list[str]:
    return re.findall(r"^- Guarded by: `([^`]+)`$", text, re.MULTILINE)


@pytest.mark.parametrize(("name", "text"), HAZARDS, ids=[name for name, _ in HAZARDS])
def test_a_hazard_says_cause_effect_harm_and_control(name: str, text: str) -> None:
    for part in ("Cause", "Effect", "Harm", "Control"):
        assert re.search(rf"^- {part}: \S", text, re.MULTILINE), f"{name} has no {part}"


@pytest.mark.parametrize(("name", "text"), HAZARDS, ids=[name for name, _ in HAZARDS])
def test_a_hazard_is_guarded_by_tests_that_exist_or_marked_open(name: str, text: str) -> None:
    assert bool(guards(text)) is not ("- Status: open" in text), f"{name}: guarded or open, one of them"
    for guard in guards(text):
        file, _, test = guard.partition("::")
        assert (ROOT / file).is_file(), guard
        assert re.search(rf"^def {re.escape(test)}\(", (ROOT / file).read_text(), re.MULTILINE), guard


def test_hazards_are_numbered_and_stand_once() -> None:
    numbers = [int(number) for number in re.findall(r"^## (\d+)\. ", PAGE, re.MULTILINE)]
    assert numbers == list(range(1, len(HAZARDS) + 1))
    assert len({name for name, _ in HAZARDS}) == len(HAZARDS)


def test_the_readme_leads_to_the_limits() -> None:
    readme = (ROOT / "README.md").read_text()
    for page in ("docs/intended-use.md", "docs/hazards.md", "docs/evidence.md"):
        assert f"({page})" in readme
