"""axe-core on what a window shows."""

from __future__ import annotations

from typing import Any

import pytest

from tests.judges.node import NODE_MODULES, missing

SCRIPT = NODE_MODULES / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def needed() -> None:
    """Skips a test where axe is not installed."""
    if missing() or not SCRIPT.exists():
        pytest.skip("axe-core is not installed: run python -m tests.judges.install")


def violations(window: Any) -> list[Any]:
    """What is wrong with the page, each with where. The window was opened with bypass_csp: the policy of the pages lets no such script in."""
    window.add_script_tag(path=SCRIPT)
    found = window.evaluate("tags => axe.run(document, {runOnly: {type: 'tag', values: tags}})", TAGS)
    assert len(found["passes"]) > 10
    return [(one["id"], [node["html"][:160] for node in one["nodes"][:5]]) for one in found["violations"]]
