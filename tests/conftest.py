"""What every test may ask for."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, settings

from tests.judges.node import missing
from tests.judges.panel import Panel
from tests.properties import EVERY_DAY

pytest_plugins = ["tests.databases"]

# CI tries the same examples every time, so that a red run says something about the change; a developer's run, and the nightly one, look for new ones.
settings.register_profile("ci", derandomize=True, deadline=None, max_examples=EVERY_DAY)
settings.register_profile("explore", deadline=None, max_examples=EVERY_DAY)
# scripts/nightly: twenty times as many, and other ones every night.
settings.register_profile("thorough", deadline=None, max_examples=20 * EVERY_DAY, suppress_health_check=[HealthCheck.too_slow])
# scripts/mutation runs the properties thousands of times.
settings.register_profile(
    "mutation", derandomize=True, deadline=None, max_examples=20, database=None, phases=[Phase.explicit, Phase.generate]
)
settings.load_profile("ci" if os.environ.get("CI") else "explore")


LONG = {"browser", "clients", "docs", "worker"}
"""Folders of tests that take seconds each, with servers and browsers."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long ones first: at the end, where one test process waits for the other, there are short ones to share."""
    items.sort(key=lambda item: item.path.parent.name not in LONG)


@pytest.fixture(scope="session", autouse=True)
def screenshots() -> Iterator[str]:
    """The folder that CLAUDICATION_SCREENSHOTS names; "" for none. Taken out of the environment: a service that a test starts knows no such setting and says so."""
    named = os.environ.pop("CLAUDICATION_SCREENSHOTS", "")
    yield named
    if named:
        os.environ["CLAUDICATION_SCREENSHOTS"] = named


@pytest.fixture(scope="session")
def panel() -> Iterator[Panel]:
    """Three FHIR validators nobody here wrote: `assert panel.complaints(resource) == []`. In CI they must be there."""
    why = missing()
    if why and os.environ.get("CI"):
        pytest.fail(why)
    if why:
        pytest.skip(why)
    judges = Panel()
    yield judges
    judges.close()
