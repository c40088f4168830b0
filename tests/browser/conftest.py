"""A real browser before a running service. Without a Chromium the tests are skipped; where CLAUDICATION_SCREENSHOTS names a folder, what they saw lands there."""

from __future__ import annotations

import io
import shutil
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from werkzeug.serving import make_server

from service.app import create_app, deploy
from service.config import load_settings

NAMES = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the service listens, with a clock that stands."""
    database = f"sqlite:///{tmp_path_factory.mktemp('browser')}/audit.db"
    deployment = deploy(
        load_settings({"CLAUDICATION_DATABASE_URL": database}),
        clock=lambda: datetime(2026, 3, 2, 9, 30, tzinfo=UTC),
        log_to=io.BytesIO(),
    )
    server = make_server("127.0.0.1", 0, create_app(deployment), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
    deployment.assessments.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.skip(f"no Chromium is installed ({', '.join(NAMES)}): what a person sees is not looked at")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        # Containers give no user namespace; the only pages opened are those of the service under test.
        opened = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def pictures(tmp_path: Path, screenshots: str) -> Path:
    """Where screenshots go."""
    folder = Path(screenshots) if screenshots else tmp_path
    folder.mkdir(parents=True, exist_ok=True)
    return folder
