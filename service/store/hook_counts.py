"""In how many calls of a week a data issue or a red flag was met. Counted where a call is written, so that a repetition counts once."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite

from service.store.hook_values import CallRecord
from service.store.tables import HOOK_COUNTS

DATA_ISSUE, RED_FLAG = "data-issue", "red-flag"


def count_met(connection: Connection, call: CallRecord, week: date) -> None:
    """Add one to the count of everything this call met in its week, in the transaction that writes it."""
    met = [(DATA_ISSUE, code) for code in call.data_issues] + [(RED_FLAG, code) for code in call.red_flags]
    # In one order everywhere: two processes that count the same in another order would wait for each other.
    rows = [
        {"week": week, "client": call.client, "hook": call.hook, "kind": kind, "code": code, "calls": 1}
        for kind, code in sorted(met)
    ]
    for row in rows:
        _count(connection, row)


def _count(connection: Connection, row: dict[str, Any]) -> None:
    # The two databases write the same statement alike; SQLAlchemy has it once for each of them.
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    connection.execute(
        insert(HOOK_COUNTS)
        .values(row)
        .on_conflict_do_update(index_elements=list(HOOK_COUNTS.primary_key), set_={"calls": HOOK_COUNTS.c.calls + 1})
    )
