"""An authority for all tests of connections: making its key takes a moment."""

from __future__ import annotations

import pytest

from tests.outbound.authority import Authority


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))
