"""`claudication evidence` prints what the page and docs/evidence.md show."""

from __future__ import annotations

import io
from pathlib import Path

from click.testing import CliRunner

from service.app import create_app, deploy
from service.cli import main
from service.config import load_settings
from service.evidence.intended_use import INTENDED_USE


def printed(*options: str) -> bytes:
    result = CliRunner().invoke(main, ["evidence", *options])
    assert result.exit_code == 0
    return result.stdout_bytes


def test_markdown_is_the_page_in_docs() -> None:
    assert printed("--format", "markdown") == (Path(__file__).parents[2] / "docs" / "evidence.md").read_bytes()


def test_json_is_what_the_service_gives(tmp_path: Path) -> None:
    deployment = deploy(load_settings({"CLAUDICATION_DATABASE_URL": f"sqlite:///{tmp_path}/audit.db"}), log_to=io.BytesIO())
    served = create_app(deployment).test_client().get("/evidence").data
    deployment.assessments.close()
    assert printed("--format", "json") == served


def test_text_is_the_default_and_says_what_it_is_for() -> None:
    assert printed() == printed("--format", "text")
    assert INTENDED_USE in printed().decode()
