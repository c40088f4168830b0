"""What the tests of connections share: an authority, whose key takes a moment to make, and a wire that leads nowhere."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import responses

from tests.outbound.authority import Authority


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def wire() -> Iterator[responses.RequestsMock]:
    """Every answer that is registered has to be asked for, and nothing else may be."""
    with responses.RequestsMock(assert_all_requests_are_fired=True) as mocked:
        yield mocked
