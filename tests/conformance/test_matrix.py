"""Every numbered requirement of CDS Hooks 2.0 is checked by a test, or says why not; and the page that tells it is not stale."""

from __future__ import annotations

import pytest

from tests.conformance.matrix import PAGE, checks, page, probes, requirements

TABLE = requirements()
CHECKS = checks()


def test_all_119_requirements_for_a_service_are_there() -> None:
    assert len(TABLE) == 119
    assert {requirement["level"] for requirement in TABLE.values()} <= {"SHALL", "SHALL NOT", "SHOULD", "SHOULD NOT", "MAY"}


@pytest.mark.parametrize("number", TABLE)
def test_a_requirement_is_tested_or_says_why_not(number: str) -> None:
    assert (number in CHECKS) is not ("not_tested" in TABLE[number]), f"{number} ({TABLE[number]['says']}): one of the two"


def test_no_test_names_a_requirement_that_is_not_there() -> None:
    assert set(CHECKS) <= set(TABLE)


def test_every_probe_is_there_and_says_what_others_did() -> None:
    assert set(probes()) == {f"P{number}" for number in range(1, 28)}
    assert all(sent and others for _, sent, others in probes().values())


def test_the_page_is_not_stale() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run python -m tests.conformance.matrix"
