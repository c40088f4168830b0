"""What every test may ask for."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.judges.node import missing
from tests.judges.panel import Panel


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
