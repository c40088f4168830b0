"""docs/hooks.md says what is so."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from service.cds_hooks.client_file import load_client_file
from service.cds_hooks.clients import PROFILES, Dialect
from service.cds_hooks.hooks import HOOKS, Hook
from service.cds_hooks.request import read_request
from service.fhir.exchange.record_queries import RECORD_QUERIES, RecordQuery

GUIDE = (Path(__file__).parents[2] / "docs" / "hooks.md").read_text(encoding="utf-8")
ROWS = {
    cells[0]: cells[1:]
    for line in GUIDE.splitlines()
    if line.startswith("| ") and (cells := [cell.strip() for cell in line.strip("|").split("|")])
}


def block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)
    assert found is not None
    return found[1]


def test_the_clients_file_of_the_guide_is_one(tmp_path: Path) -> None:
    path = tmp_path / "clients.toml"
    path.write_text(block("toml"), encoding="utf-8")
    (client,) = load_client_file(path).values()
    assert client.profile.dialect is Dialect.EPIC
    assert not client.profile.autolaunch


def test_the_request_of_the_guide_is_one() -> None:
    request = read_request(json.loads(block("json")), PROFILES[Dialect.GENERIC], now=datetime(2026, 3, 2, tzinfo=UTC))
    assert request.remarks == ()


@pytest.mark.parametrize("query", RECORD_QUERIES, ids=lambda query: query.key)
def test_every_key_is_explained_and_the_mandatory_ones_are_marked(query: RecordQuery) -> None:
    (row,) = [cells for name, cells in ROWS.items() if f"`{query.key}`" in name.split(", ")]
    assert (row[-1] == "mandatory") is query.mandatory


@pytest.mark.parametrize("hook", Hook)
def test_every_hook_is_listed_with_what_its_context_must_have(hook: Hook) -> None:
    required = [f"`{field.name}`" for field in HOOKS[hook].fields if field.required]
    assert ROWS[f"`{hook}`"][1] == ", ".join(required)


@pytest.mark.parametrize(
    ("row", "flag"),
    [
        ("harmless departures are remarked on, not refused (`lenient`)", "lenient"),
        ("`selectionBehavior` at-most-one", "at_most_one"),
        ("`appContext`", "app_context"),
        ("cards of 1.0 (no `uuid`, no reasons)", "cards_of_1_0"),
        ("topic code alphanumeric", "alphanumeric_topic"),
        ("orders only in codes of its own catalogue", "only_agreed_order_codes"),
        ("opens links by itself", "autolaunch"),
        ("feedback comes back", "feedback"),
        ("system actions, where agreed", "system_actions"),
    ],
)
def test_the_table_of_profiles_is_that_of_the_code(row: str, flag: str) -> None:
    assert [cell == "yes" for cell in ROWS[row]] == [getattr(PROFILES[dialect], flag) for dialect in Dialect]
