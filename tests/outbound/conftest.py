"""What the tests of connections share: an authority, whose key takes a moment to make, and a wire that leads nowhere."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import responses

from tests.outbound.authority import Authority


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Here a socket that is left open fails the test, as pyproject.toml has it for everything else that is not closed."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.filterwarnings("error"))


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def wire() -> Iterator[responses.RequestsMock]:
    """Every answer that is registered has to be asked for, and nothing else may be."""
    with responses.RequestsMock(assert_all_requests_are_fired=True) as mocked:
        yield mocked
